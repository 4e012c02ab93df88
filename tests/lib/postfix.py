"""A private Postfix for tests: its own configuration, queue and ports.

It takes letters by SMTP on a loopback port, hands those for our domain to
otklik by LMTP, and puts those for the customers' domains into Maildirs that
the test reads. Needs root for master(8); `sudo -n` is used otherwise.
"""
import email
import email.policy
import os
import pwd
import shutil
import subprocess
import tempfile
import time

MAIN = """compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.otklik.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relay_domains = {our_domain}
relay_recipient_maps =
transport_maps = regexp:{dir}/etc/transport
virtual_mailbox_domains = customer.test, courier.test, friend.test
virtual_mailbox_base = {dir}/mail
virtual_mailbox_maps = texthash:{dir}/etc/mailboxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_recipient_restrictions = check_recipient_access regexp:{dir}/etc/access, permit_mynetworks, reject
smtpd_relay_restrictions = permit_mynetworks, reject
recipient_delimiter = +
maillog_file = {dir}/log
maillog_file_prefixes = {dir}
minimal_backoff_time = 2s
maximal_backoff_time = 4s
queue_run_delay = 2s
lmtp_destination_concurrency_limit = 8
message_size_limit = 67108864
virtual_mailbox_limit = 0
disable_dns_lookups = yes
smtputf8_enable = yes
biff = no
alias_maps =
alias_database =
local_recipient_maps =
"""

MAILBOXES = ("anna", "boris", "vera", "lena", "dispatch", "friend", "mallory")

MASTER = """127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def sudo(*args, **kw):
    prefix = [] if os.getuid() == 0 else ["sudo", "-n"]
    return subprocess.run([*prefix, *args], **kw)


class Postfix:
    def __init__(self, port, lmtp_port, our_domain="shop.test"):
        self.port = port
        self.dir = tempfile.mkdtemp(prefix="otklik-postfix-")
        os.chmod(self.dir, 0o755)
        owner = pwd.getpwnam("nobody")
        for sub in ("etc", "queue", "data", "mail"):
            os.mkdir(os.path.join(self.dir, sub))
        values = dict(dir=self.dir, port=port, lmtp_port=lmtp_port, our_domain=our_domain, uid=owner.pw_uid,
                      gid=owner.pw_gid)
        self.write("main.cf", MAIN.format(**values))
        self.write("master.cf", MASTER.format(**values))
        domain = our_domain.replace(".", r"\.")
        self.write("transport", f"/@{domain}$/ lmtp:inet:127.0.0.1:{lmtp_port}\n")
        self.write("access", "")
        self.write("mailboxes", "".join(
            f"{name}@{d} {d}/{name}/\n" for d in ("customer.test", "courier.test", "friend.test") for name in MAILBOXES))
        sudo("chown", "-R", "root:root", os.path.join(self.dir, "etc"), os.path.join(self.dir, "queue"), check=True)
        sudo("chown", "postfix", os.path.join(self.dir, "data"), check=True)
        sudo("chown", "nobody", os.path.join(self.dir, "mail"), check=True)
        r = sudo("/usr/sbin/postfix", "-c", os.path.join(self.dir, "etc"), "start", capture_output=True, text=True)
        if r.returncode:
            raise RuntimeError("postfix does not start: " + r.stdout + r.stderr + self.log())

    def write(self, name, text):
        with open(os.path.join(self.dir, "etc", name), "w") as f:
            f.write(text)

    def access(self, text):
        """What recipients are answered: lines of access(5) by regular expression."""
        path = os.path.join(self.dir, "etc", "access")
        sudo("tee", path, input=text, stdout=subprocess.DEVNULL, text=True, check=True)
        sudo("/usr/sbin/postfix", "-c", os.path.join(self.dir, "etc"), "reload", capture_output=True, check=True)

    def log(self):
        r = sudo("cat", os.path.join(self.dir, "log"), capture_output=True, text=True)
        return r.stdout[-3000:]

    def deferred(self):
        """What was not taken at once, and why: the last line about it."""
        r = sudo("grep", "-E", "status=(deferred|bounced)|warning|fatal", os.path.join(self.dir, "log"),
                 capture_output=True, text=True)
        return (r.stdout.splitlines() or [""])[-1]

    def mailbox(self, address):
        """The letters of one mailbox, oldest first, as email.message.EmailMessage."""
        local, domain = address.split("@")
        folder = os.path.join(self.dir, "mail", domain, local, "new")
        r = sudo("sh", "-c", f"ls -1tr '{folder}' 2>/dev/null", capture_output=True, text=True)
        letters = []
        for name in r.stdout.split():
            raw = sudo("cat", os.path.join(folder, name), capture_output=True).stdout
            letters.append(email.message_from_bytes(raw, policy=email.policy.default))
        return letters

    def wait_letter(self, address, count=1, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            letters = self.mailbox(address)
            if len(letters) >= count:
                return letters
            time.sleep(0.1)
        raise RuntimeError(f"no letter {count} for {address} within {seconds} s\n" + self.log())

    def stop(self):
        sudo("/usr/sbin/postfix", "-c", os.path.join(self.dir, "etc"), "stop", capture_output=True)
        sudo("rm", "-rf", self.dir)
        shutil.rmtree(self.dir, ignore_errors=True)

"""A private Dovecot for tests: its own configuration, ports and Maildirs; and a proxy that cuts.

One account, desk@shop.test with the password "mailbox-password"; the folder is
a Maildir in which the test puts letters itself. With oauth_url the account may
also sign in by XOAUTH2. Needs root for master(8); `sudo -n` is used otherwise.
"""
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time

from otklik import free_port
from postfix import sudo

USER, PASSWORD = "desk@shop.test", "mailbox-password"

CONF = """protocols = imap
listen = 127.0.0.1
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/log
ssl = yes
ssl_cert = <{dir}/cert.pem
ssl_key = <{dir}/key.pem
disable_plaintext_auth = yes
auth_mechanisms = plain login {mechanisms}
mail_location = maildir:{dir}/mail
mail_max_userip_connections = 100
first_valid_uid = 1
first_valid_gid = 1
passdb {{
  driver = static
  args = password={password}
  mechanisms = plain login
}}
{oauth}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={dir}/mail
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
"""

OAUTH = """passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {dir}/oauth2.conf
}}
"""


class Dovecot:
    def __init__(self, oauth_url=None):
        self.dir = tempfile.mkdtemp(prefix="otklik-dovecot-")
        os.chmod(self.dir, 0o755)
        self.port, self.tls_port = free_port(), free_port()
        self.n = 0
        owner = pwd.getpwnam("nobody")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout", f"{self.dir}/key.pem", "-out",
                        f"{self.dir}/cert.pem"], check=True, capture_output=True)
        os.mkdir(f"{self.dir}/mail")
        os.chmod(f"{self.dir}/mail", 0o777)
        if oauth_url:
            with open(f"{self.dir}/oauth2.conf", "w") as f:
                f.write(f"tokeninfo_url = {oauth_url}/tokeninfo?access_token=\nusername_attribute = email\n"
                        "username_format = %u\nactive_attribute = active\nactive_value = true\n")
        with open(f"{self.dir}/dovecot.conf", "w") as f:
            f.write(CONF.format(dir=self.dir, port=self.port, tls_port=self.tls_port, password=PASSWORD, uid=owner.pw_uid,
                                gid=owner.pw_gid, mechanisms="xoauth2 oauthbearer" if oauth_url else "",
                                oauth=OAUTH.format(dir=self.dir) if oauth_url else ""))
        sudo("chown", "nobody", f"{self.dir}/mail", check=True)
        self.start()

    def start(self):
        # The daemon keeps what it is given as its output, so that must not be a pipe of ours.
        with open(f"{self.dir}/start.log", "wb") as out:
            r = sudo("/usr/sbin/dovecot", "-c", f"{self.dir}/dovecot.conf", stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        if r.returncode:
            raise RuntimeError("dovecot does not start: " + open(f"{self.dir}/start.log").read())

    def stop(self):
        """Returns when the master process has ended: it removes its file last."""
        sudo("/usr/sbin/dovecot", "-c", f"{self.dir}/dovecot.conf", "stop", capture_output=True)
        for _ in range(200):
            if sudo("test", "-e", f"{self.dir}/run/master.pid").returncode:
                return
            time.sleep(0.05)
        raise RuntimeError("dovecot does not stop: " + self.log())

    def restart(self):
        self.stop()
        self.start()

    def log(self):
        return sudo("tail", "-c", "3000", f"{self.dir}/log", capture_output=True, text=True).stdout

    def folder(self, name="INBOX"):
        return f"{self.dir}/mail" + ("" if name == "INBOX" else f"/.{name}")

    def make_folder(self, name):
        for sub in ("", "cur", "new", "tmp"):
            os.makedirs(os.path.join(self.folder(name), sub), exist_ok=True)
        open(os.path.join(self.folder(name), "maildirfolder"), "w").close()
        sudo("chown", "-R", "nobody", self.folder(name), check=True)

    def put(self, raw, folder="INBOX", seen=False):
        """Delivers one letter as an MTA does: written aside, then renamed into place."""
        self.n += 1
        name = f"{time.time_ns() // 1000}.M{self.n}.test"
        base = self.folder(folder)
        for sub in ("cur", "new", "tmp"):
            if not os.path.isdir(os.path.join(base, sub)):
                os.mkdir(os.path.join(base, sub))
                os.chmod(os.path.join(base, sub), 0o777)
                sudo("chown", "nobody", os.path.join(base, sub), check=True)
        tmp = os.path.join(base, "tmp", name)
        with open(tmp, "wb") as f:
            f.write(raw)
        os.chmod(tmp, 0o666)
        os.rename(tmp, os.path.join(base, "cur", name + ":2,S") if seen else os.path.join(base, "new", name))
        return name

    def files(self, folder="INBOX"):
        """The names of all letters, with their flags."""
        base = self.folder(folder)
        return sorted(n for sub in ("cur", "new") if os.path.isdir(os.path.join(base, sub))
                      for n in os.listdir(os.path.join(base, sub)))

    def forget_uids(self, folder="INBOX"):
        """The folder gets a new UIDVALIDITY, as after a repair or a move to another machine."""
        base = self.folder(folder)
        sudo("sh", "-c", f"rm -f {base}/dovecot-uidlist {base}/dovecot.index* {base}/dovecot-uidvalidity*", check=True)

    def dispose(self):
        self.stop()
        sudo("rm", "-rf", self.dir)
        shutil.rmtree(self.dir, ignore_errors=True)


class Proxy:
    """Passes bytes between a port of its own and another; can cut, or swallow everything."""

    def __init__(self, to_port):
        self.to_port = to_port
        self.cut_after = []  # each next connection is cut after so many bytes from the server
        self.silent = False
        self.pairs = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.accepted = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                a, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            try:
                b = socket.create_connection(("127.0.0.1", self.to_port), timeout=5)
            except OSError:
                a.close()
                continue
            b.settimeout(None)
            pair = (a, b)
            self.pairs.append(pair)
            limit = self.cut_after.pop(0) if self.cut_after else None
            threading.Thread(target=self.carry, args=(pair, a, b, None), daemon=True).start()
            threading.Thread(target=self.carry, args=(pair, b, a, limit), daemon=True).start()

    def carry(self, pair, src, dst, limit):
        passed = 0
        try:
            while True:
                data = src.recv(16384)
                if not data:
                    break
                if self.silent:
                    continue
                passed += len(data)
                if limit is not None and passed > limit:
                    break
                dst.sendall(data)
        except OSError:
            pass
        self.end(pair)

    @staticmethod
    def end(pair):
        for s in pair:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()

    def cut_all(self):
        pairs, self.pairs = self.pairs, []
        for pair in pairs:
            self.end(pair)

    def dispose(self):
        self.listener.close()
        self.cut_all()

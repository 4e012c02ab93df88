"""Private PostgreSQL clusters for tests that stop, kill, freeze and fail over servers.

Each has its own folder and port and runs as the user "postgres" or "nobody" where we are root.
The service signs in as "app", which is no superuser, as it should be anywhere. Nothing is synced
to the disk, since no machine dies here.
"""
import glob
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time

from otklik import free_port

BIN = max(glob.glob("/usr/lib/postgresql/*/bin"), default=None,
          key=lambda p: int(re.search(r"/(\d+)/", p).group(1)) if re.search(r"/(\d+)/", p) else 0)

CONF = """
listen_addresses = '{host}'
port = {port}
unix_socket_directories = '{dir}'
max_connections = 60
shared_buffers = 32MB
fsync = off
full_page_writes = off
deadlock_timeout = 50ms
max_wal_size = 256MB
wal_level = replica
log_min_messages = warning
"""


def available():
    return BIN is not None


class Cluster:
    """wrap: what its programs are started by, such as `ip netns exec NAME`."""

    def __init__(self, host="127.0.0.1", wrap=()):
        self.dir = tempfile.mkdtemp(prefix="otklik-pg-")
        self.data = os.path.join(self.dir, "data")
        self.host, self.port, self.wrap = host, free_port(), list(wrap)
        self.user = None
        if os.getuid() == 0:
            names = [p.pw_name for p in pwd.getpwall()]
            self.user = "postgres" if "postgres" in names else "nobody"
            shutil.chown(self.dir, self.user)

    def run(self, *command, check=True):
        args = list(self.wrap)
        if self.user:
            args += ["setpriv", "--reuid", self.user, "--regid", str(pwd.getpwnam(self.user).pw_gid), "--clear-groups",
                     "env", "HOME=" + self.dir]
        r = subprocess.run([*args, os.path.join(BIN, command[0]), *command[1:]], cwd="/", capture_output=True, text=True)
        if check and r.returncode:
            raise RuntimeError(f"{command[0]}: {r.stdout[-500:]} {r.stderr[-500:]}")
        return r

    def configure(self, text):
        path = os.path.join(self.data, "postgresql.auto.conf")
        with open(path, "a") as f:
            f.write(text)

    def create(self, conf=""):
        self.run("initdb", "-D", self.data, "-U", "otklik", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.configure(CONF.format(host=self.host, port=self.port, dir=self.dir) + conf)
        with open(os.path.join(self.data, "pg_hba.conf"), "w") as f:
            f.write("local all all trust\nhost all all all trust\nlocal replication all trust\n"
                    "host replication all all trust\n")
        self.start()
        self.sql("CREATE ROLE app LOGIN")
        self.sql("CREATE DATABASE otklik OWNER app")
        return self

    def standby_of(self, primary):
        """A copy of it that follows it."""
        self.run("pg_basebackup", "-D", self.data, "-h", primary.host, "-p", str(primary.port), "-U", "otklik", "-R",
                 "-X", "stream", "--checkpoint=fast", "--no-sync")
        self.configure(f"port = {self.port}\nunix_socket_directories = '{self.dir}'\nsynchronous_standby_names = ''\n")
        self.start()
        return self

    def url(self):
        return f"postgres://app@{self.host}:{self.port}/otklik"

    def start(self):
        self.run("pg_ctl", "-D", self.data, "-l", os.path.join(self.dir, "log"), "-w", "-t", "60", "start")

    def stop(self, how="fast"):
        self.run("pg_ctl", "-D", self.data, "-m", how, "-w", "stop", check=False)

    def promote(self):
        self.run("pg_ctl", "-D", self.data, "-w", "promote")

    def postmaster(self):
        with open(os.path.join(self.data, "postmaster.pid")) as f:
            return int(f.readline())

    def processes(self):
        """The postmaster and all of its children."""
        top = self.postmaster()
        r = subprocess.run(["pgrep", "-P", str(top)], capture_output=True, text=True)
        return [top] + [int(p) for p in r.stdout.split()]

    def signal_all(self, number, pids=None):
        pids = pids or self.processes()
        for p in pids:
            try:
                os.kill(p, number)
            except (ProcessLookupError, PermissionError):
                pass
        return pids

    def kill(self):
        """kill -9 of everything, as a machine that goes away does."""
        for p in self.signal_all(signal.SIGKILL):
            end = time.monotonic() + 10
            while os.path.exists(f"/proc/{p}") and time.monotonic() < end:
                time.sleep(0.02)

    def sql(self, text, database="postgres"):
        return self.run("psql", "-qAtX", "-h", self.dir, "-p", str(self.port), "-U", "otklik", "-d", database, "-v",
                        "ON_ERROR_STOP=1", "-c", text).stdout.strip()

    def dispose(self):
        if os.path.exists(os.path.join(self.data, "postmaster.pid")):
            try:
                self.signal_all(signal.SIGCONT)
            except (OSError, ValueError):
                pass
            self.stop("immediate")
        shutil.rmtree(self.dir, ignore_errors=True)

"""What the stories of tests/faults share."""
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from ledger import Ledger, Watched, drain, judge  # noqa: E402
from otklik import Client, Server  # noqa: E402


class Skip(Exception):
    """It cannot be done here; the reason."""


def as_root(*command, check=True):
    """Runs it as root, by sudo where we are somebody else. Skip when neither works."""
    prefix = [] if os.getuid() == 0 else ["sudo", "-n"]
    if prefix and not shutil.which("sudo"):
        raise Skip("needs root or sudo")
    if not shutil.which(command[0]):
        raise Skip(f"no program {command[0]}")
    r = subprocess.run([*prefix, *command], capture_output=True, text=True)
    if check and r.returncode:
        raise Skip(f"{' '.join(command[:3])}: {r.stderr.strip()[:200]}")
    return r


def wait_for(what, seconds, fn):
    """Until fn() gives something; a generous limit, since no test measures time."""
    end = time.monotonic() + seconds
    while True:
        got = fn()
        if got:
            return got
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def log_text(server, start=0):
    with open(os.path.join(server.data, "log"), "rb") as f:
        f.seek(start)
        return f.read().decode("utf-8", "replace")


def log_size(server):
    return os.path.getsize(os.path.join(server.data, "log"))


def set_clock(server, seconds):
    """Turns the clock of a running process; the file is mapped, so it is written in place."""
    with open(server.clock_file, "r+b") as f:
        f.write(struct.pack("=q", int(seconds * 1000000)))


class Place:
    """A server with an inbox, and the ledger of all that was handed to it."""

    def __init__(self, binary, engine, extra=(), db_url=None, env=None, wrap=()):
        self.server = Server(binary, engine, extra=["--db.timeout=2s", "--jobs.poll=200ms", *extra], db_url=db_url)
        self.server.env, self.server.wrap = dict(env or {}), list(wrap)
        self.ledger = Ledger()

    def begin(self):
        s = self.server
        s.add_admin()
        s.start()
        c = s.client()
        self.cookie = c.cookie
        line = c.get("/lines")["items"][0]["id"]
        brand = c.get("/brands")["items"][0]["id"]
        self.inbox = c.post("/inboxes", {"name": "Support", "address": "support@shop.test", "brand_id": brand,
                                         "line_id": line})["id"]
        c.close()
        return self

    def client(self, server=None):
        c = Client((server or self.server).port)
        c.cookie = self.cookie
        return c

    def load(self, servers=None, **more):
        return Watched(servers or self.server, self.cookie, self.ledger, pause=0.005, **more).start()

    def fault(self, begin, end, reasons, seconds=1.5, must_refuse=False, said=True, log_most=60):
        """Under load: begin() makes it, end() ends it. The state must be told by /readyz (reasons)
        and the log (said), the service must come back by itself. must_refuse: writes cannot
        simply wait until it is over. Gives a list of what was wrong."""
        problems = []
        load = self.load()
        time.sleep(0.5)
        before, at = load.refused, log_size(self.server)
        try:
            begin()
            try:
                if reasons:
                    try:
                        wait_for("readiness tells", 20, lambda: self.told(reasons))
                    except AssertionError:
                        problems.append(f"/readyz says {self.readiness()} and not {reasons}")
                time.sleep(seconds)
            finally:
                end()
            try:
                wait_for("it is ready again", 40, lambda: self.readiness()[0] == 200)
            except AssertionError:
                problems.append(f"it does not recover: {self.readiness()}: {self.server.log_tail(800)}")
            time.sleep(0.4)
        finally:
            load.stop()
        refused = load.refused - before
        loud = [line for line in log_text(self.server, at).splitlines() if re.search(r"level=(warn|error)", line)]
        print(f"    {refused} refused {dict(load.keys)}, {load.broken} broken off, {len(loud)} loud lines")
        if must_refuse and not refused:
            problems.append("nothing was refused: the fault did not come about")
        if said and not any("database fails" in line for line in loud):
            problems.append("the log does not say that the database fails")
        if len(loud) > log_most:
            problems.append(f"{len(loud)} loud lines in the log, the last: {loud[-1][:300]}")
        if self.server.process.poll() is not None:
            problems.append(f"the process has ended: {self.server.log_tail(800)}")
        return problems + load.problems

    def readiness(self):
        try:
            return self.server.readiness()
        except OSError as e:
            return 0, {"reason": str(e)}

    def told(self, reasons):
        status, body = self.readiness()
        return status == 503 and body.get("reason") in reasons

    def end(self):
        """Everything handed over is acknowledged by now, there once, and the data are sound."""
        try:
            drain(self.server, self.cookie, self.ledger)
            c = self.client()
            problems = judge(c, self.ledger.items)
            c.close()
            self.server.stop()
            verify = self.server.command("verify", check=False)
            if verify.returncode:
                problems.append("verify: " + verify.stdout + verify.stderr)
            print(f"    {len(self.ledger.items)} items, {len(problems)} problems")
            return problems
        finally:
            self.server.dispose()

    def dispose(self):
        self.server.dispose()


class Stories:
    def __init__(self, binary, only):
        self.binary, self.only = binary, only
        self.passed = self.failed = self.skipped = 0

    def wanted(self, name):
        return not self.only or any(o in name for o in self.only)

    def tell(self, name, fn):
        """One story: fn gives a list of problems, raises Skip, or fails."""
        if not self.wanted(name):
            return
        start = time.monotonic()
        print(f"== {name}", flush=True)
        try:
            problems = fn()
        except Skip as e:
            self.skipped += 1
            print(f"skipped {name}: {e}", flush=True)
            return
        except Exception as e:  # a story that breaks has failed; the others go on
            import traceback
            traceback.print_exc()
            problems = [repr(e)]
        for p in problems[:12]:
            print(f"FAILED {name}: {p}")
        self.passed += not problems
        self.failed += bool(problems)
        print(f"    took {time.monotonic() - start:.1f} s", flush=True)


def build_shim():
    """The failing disk of shim.c, compiled: (library, folder)."""
    folder = tempfile.mkdtemp(prefix="otklik-shim-")
    library = os.path.join(folder, "shim.so")
    r = subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-w", "-o", library, os.path.join(HERE, "shim.c"), "-ldl"],
                       capture_output=True, text=True)
    if r.returncode:
        raise Skip("no compiler for the failing disk: " + r.stderr[:200])
    return library, folder


class Disk:
    """The switch of the shim."""
    WELL, NO_SPACE, READ_ONLY, BAD_WRITE, BAD_SYNC, BAD_READ = range(6)

    def __init__(self, folder):
        self.path = os.path.join(folder, "mode")
        with open(self.path, "wb") as f:
            f.write(struct.pack("=i", 0))

    def set(self, mode):
        with open(self.path, "r+b") as f:
            f.write(struct.pack("=i", mode))

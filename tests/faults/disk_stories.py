"""Disks, limits and clocks: what can happen to one process on one machine."""
import json
import os
import resource
import shutil
import socket
import time

from common import Disk, Place, Skip, as_root, build_shim, log_size, log_text, set_clock, wait_for
from otklik import ApiError


def bad_disk(stories):
    """A disk that is full, read-only or broken, by the shim: the process really gets the errno."""
    library, folder = build_shim()
    disk = Disk(folder)
    env = {"LD_PRELOAD": library, "OTKLIK_SHIM": disk.path}
    place = Place(stories.binary, "sqlite", env=env)
    place.server.env["OTKLIK_SHIM_FOLDER"] = os.path.join(place.server.data, "data")
    try:
        place.begin()
        for name, mode, reasons, must in (
                ("full", Disk.NO_SPACE, {"disk_full"}, True),
                ("read-only", Disk.READ_ONLY, {"read_only"}, True),
                ("write errors", Disk.BAD_WRITE, {"disk"}, True),
                ("sync errors", Disk.BAD_SYNC, {"disk"}, True),
                ("read errors", Disk.BAD_READ, set(), False)):
            stories.tell(f"disk: {name}", lambda: place.fault(
                lambda: disk.set(mode), lambda: disk.set(Disk.WELL), reasons, must_refuse=must, said=must))
        stories.tell("disk: nothing lost or doubled", place.end)
    finally:
        place.dispose()
        shutil.rmtree(folder, ignore_errors=True)


def full_file_system(stories):
    """The same with a real file system that another one fills up."""
    place = Place(stories.binary, "sqlite")
    data = os.path.join(place.server.data, "data")
    os.mkdir(data, 0o700)
    as_root("mount", "-t", "tmpfs", "-o", f"size=24m,mode=700,uid={os.getuid()},gid={os.getgid()}", "tmpfs", data)
    filler = os.path.join(data, "filler")

    def fill():
        with open(filler, "wb", buffering=0) as f:
            try:
                for size in (1 << 20, 4096):
                    while True:
                        f.write(b"x" * size)
            except OSError:
                pass

    try:
        place.begin()
        problems = place.fault(fill, lambda: os.remove(filler), {"disk_full"}, must_refuse=True)
        return problems + place.end()
    finally:
        place.server.stop()
        as_root("umount", data, check=False)
        place.dispose()


def size_limit(stories):
    """RLIMIT_FSIZE: a full disk for who is not root. Without help it kills a process by a signal."""
    place = Place(stories.binary, "sqlite")
    place.begin()
    try:
        pid = place.server.process.pid

        def limit(n):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (n, resource.RLIM_INFINITY))

        problems = place.fault(lambda: limit(4096), lambda: limit(resource.RLIM_INFINITY), {"disk_full"},
                               must_refuse=True, said=False)  # the log is a file too
        return problems + place.end()
    finally:
        place.dispose()


def descriptors(stories):
    """More clients than descriptors. Who is served goes on being served, and it ends by itself."""
    place = Place(stories.binary, "sqlite", wrap=["prlimit", "--nofile=96:96"])
    place.begin()
    idle = []
    try:
        client = place.client()
        client.get("/lines")

        def crowd():
            for _ in range(300):
                s = socket.socket()
                s.settimeout(0.2)
                try:
                    s.connect(("127.0.0.1", place.server.port))
                except OSError:
                    s.close()
                    break
                idle.append(s)

        problems = []
        at = log_size(place.server)
        crowd()
        time.sleep(0.5)
        for n in range(20):
            client.post("/tickets", {"subject": f"crowded-{n}", "text": "?", "from_customer": True,
                                     "to": {"address": "a@customer.test"}})
        with open(f"/proc/{place.server.process.pid}/limits") as f:
            assert "96" in f.read()
        status = client_readiness(client)
        if "connections" not in status["degraded"]:
            problems.append(f"/readyz does not tell of the crowd: {status}")
        for s in idle:
            s.close()
        wait_for("the crowd is gone", 20, lambda: place.readiness()[0] == 200)
        load = place.load()
        time.sleep(0.5)
        load.stop()
        if load.refused:
            problems.append(f"{load.refused} refused after the crowd had gone")
        loud = log_text(place.server, at).count("level=warn")
        if loud > 40:
            problems.append(f"{loud} warnings")
        return problems + load.problems + place.end()
    finally:
        for s in idle:
            s.close()
        place.dispose()


def client_readiness(client):
    client.conn.request("GET", "/readyz")
    return json.loads(client.conn.getresponse().read())


def memory(stories, room):
    """Little memory. Either it gets along, or it ends and says why; begun anew, nothing is
    missing: the same as being killed by the kernel for it."""
    place = Place(stories.binary, "sqlite", extra=["--http.loops=1", "--workers.count=2"])
    place.begin()
    try:
        pid = place.server.process.pid
        with open(f"/proc/{pid}/status") as f:
            now = next(int(line.split()[1]) << 10 for line in f if line.startswith("VmData"))
        # Not RLIMIT_AS, which counts what malloc has reserved and not yet touched.
        resource.prlimit(pid, resource.RLIMIT_DATA, (now + (room << 20), resource.RLIM_INFINITY))
        load = place.load()
        time.sleep(0.5)
        client = place.client()
        big = "х" * 400000
        ended = False
        for n in range(40):
            try:
                client.post("/tickets", {"subject": f"big-{n}", "text": big, "from_customer": True,
                                         "to": {"address": "a@customer.test"}})
            except Exception:  # refused or gone: both are allowed here
                pass
            if place.server.process.poll() is not None:
                ended = True
                break
        load.stop()
        problems = [p for p in load.problems if "LMTP" not in p]
        print(f"    {load.refused} refused {dict(load.keys)}; it {'ended' if ended else 'got along'}")
        if ended and "out of memory" not in place.server.log_tail(400):
            problems.append("it ended and did not say why: " + place.server.log_tail(400))
        if not ended:
            place.server.stop()
        place.server.start()
        return problems + place.end()
    finally:
        place.dispose()


DAY = 86400


def clock(stories):
    """A year forward and back, an hour back."""
    place = Place(stories.binary, "sqlite", extra=["--outbox.undo=0s"])
    place.begin()
    try:
        problems = []
        load = place.load()
        time.sleep(0.4)
        set_clock(place.server, 365 * DAY)
        time.sleep(0.6)
        load.stop()
        # Sessions of a year ago are over, which the load hears as 401.
        problems += [p for p in load.problems if "401" not in p]
        try:
            place.client().get("/session")
            problems.append("a session of a year ago still opens")
        except ApiError as e:
            if e.status != 401:
                problems.append(f"a session of a year ago: {e}")
        c = place.server.client()
        place.cookie = c.cookie
        ids = [c.post("/tickets", {"subject": "later", "text": "?", "from_customer": True,
                                   "to": {"address": "a@customer.test"}})["id"]]
        set_clock(place.server, 365 * DAY - 3600)
        load = place.load()
        time.sleep(0.5)
        load.stop()
        if load.refused:
            problems.append(f"an hour back: {load.refused} refused {load.problems[:2]}")
        t = c.post("/tickets", {"subject": "earlier", "text": "?", "from_customer": True,
                                "to": {"address": "a@customer.test"}})
        ids.append(t["id"])
        if ids != sorted(ids):
            problems.append(f"ids do not grow: {ids}")
        set_clock(place.server, 0)
        # The session is from a year ahead: it opens, or it is over and one signs in again.
        c = place.server.client()
        place.cookie = c.cookie
        load = place.load()
        time.sleep(0.5)
        load.stop()
        problems += load.problems
        if "the clock has jumped" not in log_text(place.server):
            problems.append("the log does not tell of the jump")
        # What was to be done goes on being done: a job of now is not kept up by those jumps.
        t = c.post("/tickets", {"subject": "answer", "text": "?", "from_customer": True,
                                "to": {"address": "a@customer.test"}})
        m = c.post(f"/tickets/{t['id']}/messages", {"kind": "agent", "text": "Here."})
        wait_for("the answer's sending is tried", 20, lambda: any(
            d["attempts"] > 0 for m in c.get(f"/tickets/{t['id']}/messages")["items"] for d in m.get("deliveries", [])))
        assert m["id"]
        return problems + place.end()
    finally:
        place.dispose()


def tell(stories):
    if stories.wanted("disk"):
        try:
            bad_disk(stories)
        except Skip as e:
            stories.skipped += 1
            print(f"skipped disk: {e}")
    for name, fn in (("file system: full", full_file_system), ("file sizes: limited", size_limit),
                     ("descriptors: few", descriptors), ("memory: little", lambda s: memory(s, 2)),
                     ("memory: none", lambda s: memory(s, -60)), ("clock: jumps", clock)):
        stories.tell(name, lambda: fn(stories))

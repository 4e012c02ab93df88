"""What can happen to the PostgreSQL behind the service, and to several processes on one."""
import http.client
import json
import os
import signal
import socket
import threading
import time

from common import Place, as_root, wait_for
from otklik import Server
from postgres import Cluster, available
from sink import Sink


def one_server(stories):
    """Restarted, killed, frozen, full: one cluster, one place."""
    cluster = Cluster().create()
    place = Place(stories.binary, "pg", db_url=cluster.url())
    away = {"db_away"}
    try:
        place.begin()

        def restart(how):
            return lambda: place.fault(lambda: cluster.stop(how), cluster.start, away)

        stories.tell("postgres: restarted", restart("fast"))
        stories.tell("postgres: restarted at once", restart("immediate"))
        stories.tell("postgres: killed", lambda: place.fault(cluster.kill, cluster.start, away))

        frozen = []

        def freeze_all():
            frozen[:] = cluster.signal_all(signal.SIGSTOP)

        def thaw():
            cluster.signal_all(signal.SIGCONT, frozen)

        stories.tell("postgres: stands still", lambda: place.fault(
            freeze_all, thaw, {"db_slow", "db_away"}))

        def freeze_backends():
            pids = cluster.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'otklik'").split()
            frozen[:] = cluster.signal_all(signal.SIGSTOP, [int(p) for p in pids])

        # New connections work: it comes back by leaving the old ones, which stay frozen.
        stories.tell("postgres: its connections stand still", lambda: place.fault(
            freeze_backends, lambda: None, set(), seconds=5))
        thaw()

        def full():
            cluster.sql("ALTER ROLE app CONNECTION LIMIT 0")
            cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'")

        stories.tell("postgres: takes no more connections", lambda: place.fault(
            full, lambda: cluster.sql("ALTER ROLE app CONNECTION LIMIT -1"), {"db_connections"}))
        stories.tell("postgres: nothing lost or doubled", place.end)
    finally:
        place.dispose()
        cluster.dispose()


def fail_over(stories):
    """The primary dies, its standby is promoted; one list of hosts in db.url. What was
    acknowledged is on the standby, because the primary waits for it."""
    primary = Cluster().create("synchronous_standby_names = ''\n")
    standby = Cluster()
    try:
        standby.standby_of(primary)
        primary.configure("synchronous_standby_names = '*'\n")
        primary.sql("SELECT pg_reload_conf()")
        wait_for("the standby is synchronous", 20, lambda: primary.sql(
            "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "1")
        place = Place(stories.binary, "pg", db_url=f"postgres://app@{primary.host}:{primary.port},"
                                                   f"{standby.host}:{standby.port}/otklik")
        try:
            place.begin()
            problems = place.fault(primary.kill, standby.promote, {"db_away", "read_only"})
            return problems + place.end()
        finally:
            place.dispose()
    finally:
        standby.dispose()
        primary.dispose()


def partition(stories):
    """The network between them swallows everything: a name space of its own, whose address is
    taken away. Nobody says a word, so only time-outs help."""
    name, a, b = f"otk{os.getpid()}", f"oa{os.getpid()}", f"ob{os.getpid()}"
    host, there = "10.213.77.1", "10.213.77.2"
    as_root("ip", "netns", "add", name)
    cluster = place = None
    try:
        as_root("ip", "link", "add", a, "type", "veth", "peer", "name", b, "netns", name)
        as_root("ip", "addr", "add", host + "/30", "dev", a)
        as_root("ip", "link", "set", a, "up")
        as_root("ip", "-n", name, "addr", "add", there + "/30", "dev", b)
        as_root("ip", "-n", name, "link", "set", b, "up")
        as_root("ip", "-n", name, "link", "set", "lo", "up")
        mac = as_root("ip", "-n", name, "-br", "link", "show", b).stdout.split()[2]
        as_root("ip", "neigh", "replace", there, "lladdr", mac, "dev", a, "nud", "permanent")
        inside = ["ip", "netns", "exec", name]
        if os.getuid() != 0:  # in by sudo, and back to who we are
            inside = ["sudo", "-n", *inside, "setpriv", "--reuid", str(os.getuid()), "--regid", str(os.getgid()),
                      "--clear-groups"]
        cluster = Cluster(host=there, wrap=inside).create()
        place = Place(stories.binary, "pg", db_url=cluster.url())
        place.begin()
        problems = place.fault(
            lambda: as_root("ip", "-n", name, "addr", "del", there + "/30", "dev", b),
            lambda: as_root("ip", "-n", name, "addr", "add", there + "/30", "dev", b),
            {"db_slow", "db_away"}, seconds=5)
        return problems + place.end()
    finally:
        if place:
            place.dispose()
        if cluster:
            cluster.dispose()
        as_root("ip", "netns", "del", name, check=False)
        as_root("ip", "link", "del", a, check=False)


def beside(place, *extra):
    """A further process on the same database: its own data folder, the first one's key."""
    s = Server(place.server.binary, "pg", db_url=place.server.db_url, extra=[*place.server.extra, *extra])
    s.start()
    return s


class Stream(threading.Thread):
    """Listens to the events of one process."""

    def __init__(self, port, cookie):
        super().__init__(daemon=True)
        self.conn = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.conn.connect()
        self.socket = self.conn.sock  # the connection forgets it when the answer ends with it
        self.conn.request("GET", "/api/v1/events/stream", headers={"Cookie": cookie})
        self.response = self.conn.getresponse()
        self.seen = []
        self.start()

    def run(self):
        try:
            for line in self.response:
                if line.startswith(b"data:"):
                    self.seen.append(json.loads(line[5:]))
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.join()
        self.conn.close()

    def tickets(self):
        return {e.get("ticket_id") for e in self.seen}


def three_processes(stories):
    """Three on one database: one is killed, one stands still for longer than its leases and goes
    on. Nothing is lost; events of the others arrive at the one that stood still."""
    cluster = Cluster().create()
    place = Place(stories.binary, "pg", db_url=cluster.url(), extra=["--jobs.lease=2s"])
    others = []
    try:
        place.server.extra.append("--data.key_file=" + os.path.join(place.server.data, "key"))
        place.begin()
        others = [beside(place), beside(place)]
        b, c = others
        stream = Stream(c.port, place.cookie)
        load = place.load([place.server, b, c], kinds=("api",) * 6 + ("lmtp",) * 3)
        time.sleep(0.7)
        b.kill()
        c.process.send_signal(signal.SIGSTOP)
        time.sleep(3)
        c.process.send_signal(signal.SIGCONT)
        b.start()
        time.sleep(1)
        load.stop()
        client = place.client()
        t = client.post("/tickets", {"subject": "news", "text": "?", "from_customer": True,
                                     "to": {"address": "a@customer.test"}})
        client.close()
        wait_for("an event of another process arrives", 20, lambda: t["id"] in stream.tickets())
        problems = [p for p in load.problems if "no answer at all" not in p]
        if c.readiness()[0] != 200:
            problems.append(f"the one that stood still is not ready: {c.readiness()}")
        stream.close()
        for s in others:
            s.stop()
        return problems + place.end()
    finally:
        for s in others:
            if s.process:
                s.process.send_signal(signal.SIGCONT)
            s.dispose()
        place.dispose()
        cluster.dispose()


def one_letter(stories):
    """A process stands still while it is speaking to a mail server, for longer than its lease.
    Another one sends the letter; the first one goes on and must not send it again."""
    cluster = Cluster().create()
    sink = Sink()
    place = Place(stories.binary, "pg", db_url=cluster.url(), extra=[
        "--smtp.host=127.0.0.1", f"--smtp.port={sink.port}", "--smtp.tls=none", "--smtp.allow_private=true",
        "--outbox.undo=0s", "--outbox.lease=5s"])
    second = None
    try:
        place.server.extra.append("--data.key_file=" + os.path.join(place.server.data, "key"))
        place.begin()
        client = place.client()
        t = client.post("/tickets", {"subject": "letter", "text": "?", "from_customer": True,
                                     "to": {"address": "anna@customer.test"}})
        sink.hold()  # the next connection gets no greeting
        client.post(f"/tickets/{t['id']}/messages", {"kind": "agent", "text": "Once only."})
        client.close()
        wait_for("the letter is being offered", 20, lambda: sink.held)
        place.server.process.send_signal(signal.SIGSTOP)
        second = beside(place)
        wait_for("another process has sent it", 40, lambda: sink.letters)
        sink.release()
        place.server.process.send_signal(signal.SIGCONT)
        client = place.client()

        def state():
            items = client.get(f"/tickets/{t['id']}/messages")["items"]
            return [d["state"] for m in items for d in m.get("deliveries") or []]

        wait_for("the letter counts as sent", 20, lambda: state() == ["sent"])
        time.sleep(7)  # the first one's lease and its retry
        problems = []
        if len(sink.letters) != 1:
            problems.append(f"the letter was sent {len(sink.letters)} times")
        if state() != ["sent"]:
            problems.append(f"its state is {state()}")
        client.close()
        second.stop()
        return problems + place.end()
    finally:
        if place.server.process:
            place.server.process.send_signal(signal.SIGCONT)
        if second:
            second.dispose()
        place.dispose()
        sink.close()
        cluster.dispose()


def outcome_kept(stories):
    """The database goes away between the mail server's 250 and our note of it. The outcome is
    known, so the letter must not leave again."""
    cluster = Cluster().create()
    sink = Sink()
    place = Place(stories.binary, "pg", db_url=cluster.url(), extra=[
        "--smtp.host=127.0.0.1", f"--smtp.port={sink.port}", "--smtp.tls=none", "--smtp.allow_private=true",
        "--outbox.undo=0s", "--outbox.lease=10s"])
    try:
        place.begin()
        client = place.client()
        t = client.post("/tickets", {"subject": "letter", "text": "?", "from_customer": True,
                                     "to": {"address": "anna@customer.test"}})
        sink.hold()
        client.post(f"/tickets/{t['id']}/messages", {"kind": "agent", "text": "Once only."})
        wait_for("the letter is being offered", 20, lambda: sink.held)
        cluster.stop("immediate")
        sink.release()
        wait_for("it was taken", 20, lambda: sink.letters)
        time.sleep(1)
        cluster.start()

        def state():
            try:
                items = client.get(f"/tickets/{t['id']}/messages")["items"]
            except Exception:  # not back yet
                return []
            return [d["state"] for m in items for d in m.get("deliveries") or []]

        wait_for("the letter counts as sent", 20, lambda: state() == ["sent"])
        time.sleep(0.5)
        problems = [] if len(sink.letters) == 1 else [f"the letter was sent {len(sink.letters)} times"]
        client.close()
        return problems + place.end()
    finally:
        place.dispose()
        sink.close()
        cluster.dispose()


def tell(stories):
    if not available():
        stories.skipped += 1
        print("skipped postgres: no server is installed")
        return
    if stories.wanted("postgres"):
        one_server(stories)
    for name, fn in (("fail-over", fail_over), ("partition", partition), ("three processes", three_processes),
                     ("one letter", one_letter), ("outcome kept", outcome_kept)):
        stories.tell(name, lambda: fn(stories))

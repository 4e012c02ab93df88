#!/usr/bin/env python3
"""A mixed load for a long time, and what the process holds meanwhile.

Creates, answers, lists, searches, letters by LMTP, event streams that come and go. Every few
seconds it notes resident memory, descriptors, threads, the log of writes and the database. At
the end it says of each whether it grew: the last quarter of the time is compared with the second
one, when caches are warm already.
Usage: soak.py BINARY [--minutes 20] [--engine sqlite|pg] [--rate 40]
"""
import argparse
import os
import statistics
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import Place  # noqa: E402
from ledger import Watched  # noqa: E402
from pg_stories import Stream  # noqa: E402
from postgres import Cluster  # noqa: E402


class Sampler(threading.Thread):
    def __init__(self, server, every):
        super().__init__(daemon=True)
        self.server, self.every = server, every
        self.start_at, self.rows, self.stopping = time.monotonic(), [], threading.Event()

    def look(self):
        pid = self.server.process.pid
        status = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status") if ":" in line)
        row = {"seconds": round(time.monotonic() - self.start_at),
               "rss_kib": int(status["VmRSS"].split()[0]),
               "threads": int(status["Threads"]),
               "descriptors": len(os.listdir(f"/proc/{pid}/fd"))}
        for name, suffix in (("wal_kib", "-wal"), ("database_kib", "")):
            path = os.path.join(self.server.data, "data", "otklik.db" + suffix)
            row[name] = os.path.getsize(path) // 1024 if os.path.exists(path) else 0
        return row

    def run(self):
        last = 0
        while not self.stopping.wait(self.every):
            try:
                self.rows.append(self.look())
            except OSError:
                return
            if self.rows[-1]["seconds"] - last >= 60:
                last = self.rows[-1]["seconds"]
                print("  ".join(f"{k} {v}" for k, v in self.rows[-1].items()), flush=True)


def reader(place, stopping):
    """Answers, lists, searches, opens."""
    c = place.client()
    n = 0
    while not stopping.is_set():
        try:
            page = c.get("/tickets", view="open", limit=50)
            for t in page["items"][:2]:
                c.get(f"/tickets/{t['id']}")
                c.post(f"/tickets/{t['id']}/messages", {"kind": "note", "text": f"Записка {n}"})
            c.get("/search", q="заказ")
            n += 1
        except Exception as e:
            print("reader:", e)
            c.close()
        stopping.wait(0.1)
    c.close()


def streams(place, stopping):
    """Twenty at a time, each for some seconds."""
    while not stopping.is_set():
        open_ones = [Stream(place.server.port, place.cookie) for _ in range(20)]
        stopping.wait(15)
        for s in open_ones:
            s.close()


def grew(rows):
    """A list of what grew."""
    q = len(rows) // 4
    early, late = rows[q:2 * q], rows[-q:]
    found = []
    for key, share, slack in (("rss_kib", 1.10, 4096), ("descriptors", 1.0, 8), ("threads", 1.0, 2),
                              ("wal_kib", 1.5, 32768)):
        a, b = (statistics.median(r[key] for r in part) for part in (early, late))
        verdict = "grew" if b > a * share + slack else "steady"
        print(f"{key}: median {a:.0f} then {b:.0f}, most {max(r[key] for r in rows)}: {verdict}")
        if verdict == "grew":
            found.append(key)
    return found


def main():
    p = argparse.ArgumentParser()
    p.add_argument("binary")
    p.add_argument("--minutes", type=float, default=20)
    p.add_argument("--engine", default="sqlite")
    p.add_argument("--rate", type=float, default=40, help="tickets a second")
    args = p.parse_args()
    cluster = Cluster().create() if args.engine == "pg" else None
    place = Place(args.binary, args.engine, db_url=cluster.url() if cluster else None, extra=["--db.timeout=30s"])
    try:
        place.begin()
        stopping = threading.Event()
        sampler = Sampler(place.server, max(1, min(5, args.minutes * 60 / 60)))
        sampler.start()
        load = Watched(place.server, place.cookie, place.ledger, pause=8 / args.rate).start()
        others = [threading.Thread(target=fn, args=(place, stopping)) for fn in (reader, reader, streams)]
        for t in others:
            t.start()
        time.sleep(args.minutes * 60)
        stopping.set()
        load.stop()
        for t in others:
            t.join()
        sampler.stopping.set()
        problems = [f"{key} grew" for key in grew(sampler.rows)] + load.problems
        if load.refused:
            problems.append(f"{load.refused} were refused")
        problems += place.end()
    finally:
        place.dispose()
        if cluster:
            cluster.dispose()
    for text in problems:
        print("FAILED", text)
    print(f"{not problems:d} passed, {bool(problems):d} failed, 0 skipped")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

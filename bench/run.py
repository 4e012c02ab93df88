#!/usr/bin/env python3
"""Measures otklik beside its limits: bench/run.py BUILD_DIR [NAME]

Every figure stands beside a limit measured in the same run on the same machine
(the raw engine writing the same rows, the first answer of a bare process ...).
Writes BUILD_DIR/bench.json: a list of {name, value, unit, limit, ratio}.
"""
import json
import os
import random
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "tests", "lib"))
from otklik import Client, Server, engines  # noqa: E402

TICKETS = 20000
SECONDS = 4
WORDS = ("заказ доставка курьер возврат деньги посылка адрес оплата карта баллы размер цвет лампа плафон срок "
         "order parcel refund courier address payment card points size colour lamp shade late broken box").split()


class Bench:
    def __init__(self, build, only):
        self.build, self.only, self.rows = build, only, []
        self.binary = os.path.join(build, "src/main/otklik")

    def put(self, name, value, unit, limit=None):
        ratio = round(value / limit, 3) if limit else None
        self.rows.append({"name": name, "value": round(value, 3), "unit": unit, "limit": limit, "ratio": ratio})
        beside = f"   limit {limit:.1f}   ratio {ratio:.2f}" if limit else ""
        print(f"{name:<44}{value:>12.1f} {unit:<6}{beside}", flush=True)

    def load(self, server, clients, method, path, body=None, largest=1, cookie=None, seconds=SECONDS):
        args = [os.path.join(self.build, "bench/load"), "-H", "X-Requested-With: otklik", "-H", "Cookie: " + cookie,
                "-m", str(largest)]
        if body:
            args += ["-H", "Content-Type: application/json", "-b", body]
        args += [str(server.port), str(clients), str(seconds), method, "/api/v1" + path]
        r = json.loads(subprocess.run(args, capture_output=True, text=True, check=True).stdout)
        if r["errors"]:
            print(f"  {r['errors']} errors at {method} {path}", file=sys.stderr)
        return r

    def raw(self, server, batch):
        """The engine alone, on a copy of the same schema."""
        path = os.path.join(server.data, "raw.sqlite")
        if not os.path.exists(path):
            source = sqlite3.connect(database_file(server))
            copy = sqlite3.connect(path)
            source.backup(copy)
            copy.close()
            source.close()
        out = subprocess.run([os.path.join(self.build, "bench/raw"), path, str(batch), str(SECONDS)],
                             capture_output=True, text=True, check=True).stdout
        return json.loads(out)["per_s"]


def database_file(server):
    folder = os.path.join(server.data, "data")
    return next(os.path.join(folder, f) for f in os.listdir(folder)
                if f.endswith((".db", ".sqlite", ".sqlite3")))


def resident_mib(pid):
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024


def fill(path, n):
    """n tickets with three messages each, straight into a SQLite file."""
    rnd = random.Random(7)
    db = sqlite3.connect(path)
    db.execute("PRAGMA synchronous=OFF")
    first = db.execute("SELECT coalesce(max(id), 0) FROM ticket").fetchone()[0] + 1
    t0 = int(time.time() * 1e6) - n * 1000000
    text = lambda k: " ".join(rnd.choice(WORDS) for _ in range(k))
    contacts, identities, tickets, messages = [], [], [], []
    cid = db.execute("SELECT coalesce(max(id), 0) FROM contact").fetchone()[0]
    mid = db.execute("SELECT coalesce(max(id), 0) FROM message").fetchone()[0]
    lines = [r[0] for r in db.execute("SELECT id FROM line")]
    for i in range(n):
        at, tid, cid = t0 + i * 1000000, first + i, cid + 1
        contacts.append((cid, f"Customer {cid}", f"customer {cid}", at, at))
        identities.append((cid, f"c{cid}@customer.test", f"c{cid}@customer.test", at))
        subject = text(6)
        for k in range(3):
            mid += 1
            kind = ("customer", "agent", "customer")[k]
            messages.append((mid, tid, kind, cid if kind == "customer" else None, at + k, at + k, subject, text(60)))
        tickets.append((tid, rnd.choice(lines), cid, subject, subject, text(12),
                        rnd.choice(("new", "open", "open", "pending", "solved", "solved")), at, at, at + 2, at + 2, mid))
    db.executemany("INSERT INTO contact (id, name, name_fold, created_at, updated_at) VALUES (?,?,?,?,?)", contacts)
    db.executemany("INSERT INTO identity (contact_id, kind, value, value_norm, created_at) VALUES (?,'email',?,?,?)",
                   identities)
    db.executemany(
        "INSERT INTO ticket (id, brand_id, line_id, contact_id, subject, subject_fold, snippet, channel, status, created_at,"
        " updated_at, last_message_at, waiting_since, message_count, last_message_id, last_from)"
        " VALUES (?,1,?,?,?,?,?,'mail',?,?,?,?,?,3,?,'customer')", tickets)
    db.executemany("INSERT INTO message (id, ticket_id, kind, channel, contact_id, sent_at, created_at, subject, text)"
                   " VALUES (?,?,?,'mail',?,?,?,?,?)", messages)
    db.execute("ANALYZE")
    db.commit()
    db.close()
    return first, first + n - 1


def start_time(server):
    t0 = time.monotonic()
    server.start(wait=False)
    server.wait_ready()
    return (time.monotonic() - t0) * 1000


def measure(b, engine):
    prefix = "" if engine == "sqlite" else "pg "
    server = Server(b.binary, engine)
    try:
        server.add_admin()
        b.put(prefix + "start, empty", start_time(server), "ms")
        cookie = server.client().cookie
        body = json.dumps({"subject": "Where is my order %d", "from_customer": True, "text": "x" * 1024,
                           "to": {"address": "bench%d@customer.test"}})
        for clients in (1, 2, 32):
            r = b.load(server, clients, "POST", "/tickets", body, cookie=cookie)
            limit = b.raw(server, clients) if engine == "sqlite" else None
            b.put(f"{prefix}tickets created, {clients} clients", r["per_s"], "/s", limit)
        c = Client(server.port)
        c.cookie = cookie
        if engine == "sqlite":
            server.stop()
            first, last = fill(database_file(server), TICKETS)
            b.put(f"start, {TICKETS} tickets", start_time(server), "ms")
        else:
            last = c.get("/tickets", view="all", limit=1)["items"][0]["id"]
        for name, path in (("list of 50", "/tickets?view=all&limit=50"), ("ticket", "/tickets/%d"),
                           ("thread", "/tickets/%d/messages")):
            r = b.load(server, 2, "GET", path, largest=last, cookie=cookie)
            b.put(f"{prefix}{name}, 2 clients", r["per_s"], "/s")
            b.put(f"{prefix}{name}, p99", r["p99_us"] / 1000, "ms")
        b.put(prefix + "memory after the load", resident_mib(server.process.pid), "MiB")
        server.stop()
        server.start()
        b.put(prefix + "memory idle", resident_mib(server.process.pid), "MiB")
    finally:
        server.dispose()


def main():
    b = Bench(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
    for engine in engines():
        if not b.only or b.only == engine:
            measure(b, engine)
    with open(os.path.join(b.build, "bench.json"), "w") as f:
        json.dump(b.rows, f, indent=1)


if __name__ == "__main__":
    main()

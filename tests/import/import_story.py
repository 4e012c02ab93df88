#!/usr/bin/env python3
"""Archives of real letters come in completely and once, and their threads are those of their references.

    import_story.py BINARY [--all]

Takes the mboxes of $OTKLIK_DATA (default ../shared/data): mail_rhelp and
mail_spamassassin, of the latter a part unless --all. What belongs together is
worked out here from the files by Python's email package alone.
"""
import collections
import email
import email.policy
import email.utils
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from otklik import Server, engines  # noqa: E402

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")
DATA = os.environ.get("OTKLIK_DATA") or os.path.join(ROOT, "..", "shared", "data")
SHARE = 500  # letters of the large archive without --all
INBOX = "list@shop.test"


def letters_of(path):
    """The letters of an mbox file, bytes with their separator line."""
    with open(path, "rb") as f:
        data = f.read()
    starts = [m.start() for m in re.finditer(rb"(?:\A|(?<=\n\n))From [^\n]*\d\d:\d\d[^\n]*\n", data)]
    return [data[a:b] for a, b in zip(starts, starts[1:] + [len(data)])]


def ids(text):
    return re.findall(r"<([^<>\s]+@[^<>\s]*)>", text or "")


class Letter:
    def __init__(self, raw):
        m = email.message_from_bytes(raw.split(b"\n", 1)[1], policy=email.policy.compat32)
        self.id = (ids(str(m["Message-ID"] or "")) or [""])[0]
        self.refs = [i for h in ("References", "In-Reply-To") for v in m.get_all(h, []) for i in ids(str(v))]


def components(letters):
    """Message-ID to the name of its thread: whatever refers to the same letter belongs together."""
    parent = {}

    def root(x):
        parent.setdefault(x, x)
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    here = {x.id for x in letters if x.id}
    for x in letters:
        for r in x.refs:
            if x.id and r in here:
                parent[root(x.id)] = root(r)
    return {x.id: root(x.id) for x in letters if x.id}


def rows(server, sql):
    if server.engine == "pg":
        out = subprocess.run(["psql", "-qAt", "-F", "\x1f", server.db_url, "-c", sql], check=True, capture_output=True,
                             text=True).stdout
        return [line.split("\x1f") for line in out.splitlines()]
    import sqlite3
    c = sqlite3.connect(os.path.join(server.data, "data", "otklik.db"))
    try:
        return [[str(v) for v in r] for r in c.execute(sql).fetchall()]
    finally:
        c.close()


def number(server, sql):
    return int(rows(server, sql)[0][0])


def agreement(server, letters):
    """Shares: of references to letters that are there, those within one ticket; of letters, those
    whose ticket holds nothing that is foreign to them."""
    ticket = {r[0]: r[1] for r in rows(server, "SELECT mail_id, ticket_id FROM message WHERE mail_id <> ''")}
    edges = good = 0
    for x in letters:
        for r in set(x.refs):
            if r in ticket and x.id in ticket:
                edges += 1
                good += ticket[r] == ticket[x.id]
    # Those whose common origin is not in the archive belong together too.
    thread = components(letters)
    absent = collections.defaultdict(list)
    for x in letters:
        for r in x.refs:
            absent[r].append(x.id)
    related = {}
    for x in letters:
        related.setdefault(x.id, {thread.get(x.id)})
        for r in x.refs:
            related[x.id] |= {thread.get(y) for y in absent[r]}
    of_ticket = collections.defaultdict(set)
    for i, t in ticket.items():
        of_ticket[t].add(i)
    pure = sum(1 for i, t in ticket.items()
               if len(of_ticket[t]) == 1 or any(thread.get(y) in related.get(i, ()) for y in of_ticket[t] - {i}))
    return good, edges, pure, len(ticket)


def server_for(binary, engine):
    s = Server(binary, engine)
    s.add_admin()
    s.start()
    c = s.client()
    brand = c.get("/brands")["items"][0]["id"]
    line = c.get("/lines")["items"][0]["id"]
    c.post("/inboxes", {"brand_id": brand, "line_id": line, "name": "List", "address": INBOX, "autoack": True})
    return s


def take(server, *files, env=None):
    r = server.command("import", "mbox", *files, "--inbox", INBOX)
    out = dict((k.strip(), int(n)) for n, k in re.findall(r"^ *(\d+)  (.*)$", r.stdout, re.M))
    return out


def counts(server):
    return [number(server, f"SELECT count(*) FROM {t}") for t in ("intake", "message", "ticket", "event", "blob")]


def check_archive(binary, engine, name, files):
    letters = [Letter(x) for f in files for x in letters_of(f)]
    s = server_for(binary, engine)
    try:
        t0 = time.monotonic()
        got = take(s, *files)
        took = time.monotonic() - t0
        assert got["letters in the archive"] == len(letters), (got, len(letters))
        assert number(s, "SELECT count(*) FROM intake") == len(letters)
        states = dict(rows(s, "SELECT state, count(*) FROM intake GROUP BY state"))
        lost = {x.id for x in letters if x.id} - {r[0] for r in rows(s, "SELECT mail_id FROM intake")}
        assert not lost, lost
        before = counts(s)
        again = take(s, *files)
        assert again["here already"] == len(letters) and "taken in" not in {k for k, v in again.items() if v and
               k != "letters in the archive" and k != "here already"}, again
        assert counts(s) == before, (before, counts(s))
        good, edges, pure, n = agreement(s, letters)
        print(f"{name} ({engine}): {len(letters)} letters in {took:.1f} s, {states}; threads {good}/{edges} references, "
              f"{pure}/{n} letters without strangers")
        assert good >= 0.99 * edges and pure >= 0.99 * n
        assert number(s, "SELECT count(*) FROM delivery") == 0, "an archive is never answered"
        assert number(s, "SELECT count(*) FROM job WHERE kind = 'send'") == 0
        s.stop()
        s.command("verify")
    finally:
        s.dispose()


def check_kill(binary, engine, files):
    """Killed in the middle, many times, and started again: every letter once."""
    letters = [Letter(x) for f in files for x in letters_of(f)]
    s = server_for(binary, engine)
    try:
        broken = 0
        for delay in (0.3, 0.5, 0.8, 1.2):
            p = subprocess.Popen([s.binary, "import", "mbox", *files, "--inbox", INBOX, *s.settings()],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            seen = number(s, "SELECT count(*) FROM intake")
            end = time.monotonic() + delay * 20
            while p.poll() is None and time.monotonic() < end:
                if number(s, "SELECT count(*) FROM intake") > seen:
                    break
            if p.poll() is None:
                p.send_signal(signal.SIGKILL)
                broken += 1
            p.wait()
        take(s, *files)
        assert number(s, "SELECT count(*) FROM intake") == len(letters)
        twice = rows(s, "SELECT mail_id FROM message WHERE mail_id <> '' GROUP BY mail_id, raw_hash HAVING count(*) > 1")
        assert not twice, twice
        good, edges, _, _ = agreement(s, letters)
        assert good >= 0.99 * edges, (good, edges)
        print(f"killed {broken} times ({engine}): {len(letters)} letters, each once")
        s.stop()
        s.command("verify")
    finally:
        s.dispose()


def part_of(path, n, folder):
    out = os.path.join(folder, os.path.basename(path))
    with open(out, "wb") as f:
        f.writelines(letters_of(path)[:n])
    return out


def main():
    binary, everything = sys.argv[1], "--all" in sys.argv
    folder = os.path.join(DATA, "mail_rhelp")
    spam = os.path.join(DATA, "mail_spamassassin", "mail.mbox")
    if not os.path.isdir(folder) or not os.path.exists(spam):
        print("the archives are not in $OTKLIK_DATA\n0 passed, 0 failed, 1 skipped")
        return 0
    months = sorted(os.path.join(folder, f) for f in os.listdir(folder) if f.endswith(".mbox"))
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="otklik-import-") as tmp:
        large = spam if everything else part_of(spam, SHARE, tmp)
        for engine in engines():
            for name, test in (("r-help", lambda e: check_archive(binary, e, "r-help", months)),
                               ("SpamAssassin", lambda e: check_archive(binary, e, "SpamAssassin", [large])),
                               ("kill", lambda e: check_kill(binary, e, months))):
                try:
                    test(engine)
                    passed += 1
                except Exception as e:  # noqa: BLE001
                    failed += 1
                    print(f"FAILED {name} ({engine}): {type(e).__name__}: {e}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

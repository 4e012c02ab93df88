#!/usr/bin/env python3
"""Kills the server with -9 at random moments under concurrent API, LMTP and IMAP intake.

What was acknowledged (201, LMTP 250) must be there exactly once afterwards;
what was not is sent again with the same Idempotency-Key or Message-ID and must
then be there exactly once as well. What was put into a mailbox of a real Dovecot
must be there exactly once without anybody's help. At the end `otklik verify` must be clean.
Usage: kill.py BINARY [--rounds N] [--seed S]
"""
import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dovecot import PASSWORD, USER, Dovecot  # noqa: E402
from ledger import Ledger, Load, drain, judge, letter  # noqa: E402
from otklik import Client, Server, all_tickets, engines  # noqa: E402

TEST_PG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "test_pg.sh")


def run_imap(load, dovecot):
    """Delivers into the mailbox; that is an acknowledgement already."""
    while not load.stopping.is_set():
        item = load.ledger.next_item("imap")
        dovecot.put(letter(item))
        item.acknowledged += 1
        load.stopping.wait(0.02)


def wait_for_mailbox(c, want, seconds=120):
    """Until the ledger has as many letters of the mailbox as were put there, or the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = sum(1 for t in all_tickets(c) if t["subject"].startswith("imap-"))
        if got >= want:
            return
        time.sleep(0.5)


def run(binary, engine, rounds, rnd):
    dovecot = Dovecot()
    # Another process waits for the lease of a dead one; on one machine it need not be long.
    server = Server(binary, engine, extra=[
        "--imap.allow_private=true", f"--imap.ca_file={dovecot.dir}/cert.pem", "--imap.lease=5s", "--jobs.poll=100ms"])
    ledger = Ledger()
    try:
        server.add_admin()
        server.start()
        c = server.client()
        cookie = c.cookie
        line = c.get("/lines")["items"][0]["id"]
        brand = c.get("/brands")["items"][0]["id"]
        c.post("/inboxes", {"name": "Support", "address": "support@shop.test", "brand_id": brand, "line_id": line})
        box = c.post("/inboxes", {"name": "Mailbox", "address": "box@shop.test", "brand_id": brand, "line_id": line})
        c.post("/mailboxes", {"inbox_id": box["id"], "host": "localhost", "port": dovecot.tls_port, "username": USER,
                              "password": PASSWORD})
        c.close()
        for r in range(rounds):
            load = Load(server, cookie, ledger)
            load.threads.append(threading.Thread(target=run_imap, args=(load, dovecot)))
            load.start()
            time.sleep(rnd.uniform(0.05, 0.9))
            server.kill()
            load.stop()
            server.start()
        drain(server, cookie, ledger)
        items = ledger.items
        c = Client(server.port)
        c.cookie = cookie
        wait_for_mailbox(c, sum(1 for i in items if i.kind == "imap"))
        problems = judge(c, items)
        c.close()
        server.stop()
        verify = server.command("verify", check=False)
        if verify.returncode:
            problems.append("verify: " + verify.stdout + verify.stderr)
        acknowledged = sum(1 for i in items if i.acknowledged)
        print(f"{engine}: {rounds} kills, {len(items)} items, {acknowledged} acknowledged, {len(problems)} problems")
        for p in problems[:20]:
            print("FAILED", p)
        return not problems
    finally:
        server.dispose()
        dovecot.dispose()


def durable_postgres():
    """A server of our own that syncs to disk; the one of the other tests does not. Returns its folder."""
    if not os.environ.get("OTKLIK_TEST_PG"):
        return None
    folder = tempfile.mkdtemp(prefix="otklik-kill-pg-")
    os.chmod(folder, 0o755)
    out = subprocess.run([TEST_PG, "start", "-s", "-d", os.path.join(folder, "pg")], check=True, capture_output=True,
                         text=True).stdout
    os.environ["OTKLIK_TEST_PG"] = re.search(r"OTKLIK_TEST_PG='([^']*)'", out).group(1)
    return folder


def main():
    p = argparse.ArgumentParser()
    p.add_argument("binary")
    p.add_argument("--rounds", type=int, default=20)
    p.add_argument("--seed", type=int, default=None)
    args = p.parse_args()
    seed = args.seed if args.seed is not None else random.randrange(1 << 30)
    print("seed", seed)
    ok = failed = 0
    folder = durable_postgres()
    try:
        for engine in engines():
            if run(args.binary, engine, args.rounds, random.Random(seed)):
                ok += 1
            else:
                failed += 1
    finally:
        if folder:
            subprocess.run([TEST_PG, "stop", "-d", os.path.join(folder, "pg")], stdout=subprocess.DEVNULL)
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{ok} passed, {failed} failed, {2 - len(engines())} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Kills the server with -9 at random moments under concurrent API, LMTP and IMAP intake.

What was acknowledged (201, LMTP 250) must be there exactly once afterwards;
what was not is sent again with the same Idempotency-Key or Message-ID and must
then be there exactly once as well. What was put into a mailbox of a real Dovecot
must be there exactly once without anybody's help. At the end `otklik verify` must be clean.
Usage: kill.py BINARY [--rounds N] [--seed S]
"""
import argparse
import collections
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
from otklik import ADMIN, Client, Server, all_tickets, engines  # noqa: E402

API_CLIENTS, LMTP_CLIENTS = 4, 4
TEST_PG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "test_pg.sh")


class Item:
    def __init__(self, n, kind):
        self.kind, self.label = kind, f"{kind}-{n:06d}"
        self.acknowledged = 0


def letter(item):
    return (f"From: Anna {item.label} <{item.label}@customer.test>\r\nTo: support@shop.test\r\n"
            f"Subject: {item.label}\r\nMessage-ID: <{item.label}@customer.test>\r\n"
            f"Date: Sun, 22 Nov 2026 10:00:00 +0300\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\n\r\nГде мой заказ {item.label}?\r\n").encode()


class Load:
    """Workers that push items until told to stop; unfinished items go back to the queue."""

    def __init__(self, server, cookie, queue, counter):
        self.server, self.cookie, self.queue, self.counter = server, cookie, queue, counter
        self.stopping = threading.Event()
        self.lock = threading.Lock()

    def next_item(self, kind):
        with self.lock:
            if self.queue[kind]:
                return self.queue[kind].popleft()
            self.counter[0] += 1
            item = Item(self.counter[0], kind)
            self.counter[1].append(item)
            return item

    def give_back(self, item):
        with self.lock:
            self.queue[item.kind].append(item)

    def run_imap(self, dovecot):
        """Delivers into the mailbox; that is an acknowledgement already."""
        while not self.stopping.is_set():
            item = self.next_item("imap")
            dovecot.put(letter(item))
            item.acknowledged += 1
            self.stopping.wait(0.02)

    def run(self, kind):
        client = Client(self.server.port)
        client.cookie = self.cookie
        while not self.stopping.is_set():
            item = self.next_item(kind)
            try:
                if kind == "api":
                    client.post("/tickets", {
                        "subject": item.label, "text": "Где мой заказ?", "from_customer": True,
                        "to": {"address": item.label + "@customer.test"}}, {"Idempotency-Key": item.label})
                else:
                    self.server.letter(letter(item), sender=item.label + "@customer.test")
                item.acknowledged += 1
            except Exception as e:  # the server is being killed: any failure is "not acknowledged"
                self.last = e
                self.give_back(item)
                self.stopping.wait(0.02)
        client.close()


def drain(server, cookie, queue):
    """Sends again whatever was never acknowledged, until all is."""
    load = Load(server, cookie, queue, None)
    for kind in ("api", "lmtp"):
        for _ in range(3):
            again = list(queue[kind])
            queue[kind].clear()
            for item in again:
                queue[kind].append(item)
                load.stopping.clear()
                one = queue[kind].popleft()
                client = Client(server.port)
                client.cookie = cookie
                try:
                    if kind == "api":
                        client.post("/tickets", {
                            "subject": one.label, "text": "Где мой заказ?", "from_customer": True,
                            "to": {"address": one.label + "@customer.test"}}, {"Idempotency-Key": one.label})
                    else:
                        server.letter(letter(one), sender=one.label + "@customer.test")
                    one.acknowledged += 1
                finally:
                    client.close()


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
    queue = {"api": collections.deque(), "lmtp": collections.deque(), "imap": collections.deque()}
    counter = [0, []]
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
            load = Load(server, cookie, queue, counter)
            kinds = ["api"] * API_CLIENTS + ["lmtp"] * LMTP_CLIENTS
            threads = [threading.Thread(target=load.run, args=(k,)) for k in kinds]
            threads.append(threading.Thread(target=load.run_imap, args=(dovecot,)))
            for t in threads:
                t.start()
            time.sleep(rnd.uniform(0.05, 0.9))
            server.kill()
            load.stopping.set()
            for t in threads:
                t.join()
            server.start()
        drain(server, cookie, queue)
        items = counter[1]
        c = Client(server.port)
        c.cookie = cookie
        wait_for_mailbox(c, sum(1 for i in items if i.kind == "imap"))
        seen = collections.Counter(t["subject"] for t in all_tickets(c))
        problems = []
        for item in items:
            if not item.acknowledged:
                problems.append(f"{item.label} was never acknowledged")
            if seen[item.label] != 1:
                problems.append(f"{item.label} is there {seen[item.label]} times")
        ledger, cursor = collections.Counter(), None
        while True:
            page = c.get("/intake", limit=200, cursor=cursor)
            for i in page["items"]:
                if i["state"] == "accepted":
                    ledger[i["subject"]] += 1
            cursor = page.get("next")
            if not cursor:
                break
        for item in items:
            if item.kind != "api" and ledger[item.label] != 1:
                problems.append(f"the ledger has {item.label} accepted {ledger[item.label]} times")
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

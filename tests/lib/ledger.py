"""What was handed over, what was acknowledged, and whether it is there exactly once.

Workers push items by the API and by LMTP while something happens to the server.
An item that was not acknowledged goes back to the queue and is sent again with
the same Idempotency-Key or Message-ID, as clients and mail servers do.
"""
import collections
import http.client
import json
import smtplib
import threading

from otklik import Client


class Item:
    def __init__(self, n, kind):
        self.kind, self.label = kind, f"{kind}-{n:06d}"
        self.acknowledged = 0


def letter(item):
    return (f"From: Anna {item.label} <{item.label}@customer.test>\r\nTo: support@shop.test\r\n"
            f"Subject: {item.label}\r\nMessage-ID: <{item.label}@customer.test>\r\n"
            f"Date: Sun, 22 Nov 2026 10:00:00 +0300\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\n\r\nГде мой заказ {item.label}?\r\n").encode()


class Refused(Exception):
    """An answer of the API that is no success."""

    def __init__(self, status, headers, data):
        super().__init__(f"HTTP {status}: {data[:300]!r}")
        self.status, self.headers, self.data = status, headers, data


class Ledger:
    def __init__(self):
        self.lock = threading.Lock()
        self.items, self.waiting = [], collections.defaultdict(collections.deque)

    def next_item(self, kind):
        with self.lock:
            if self.waiting[kind]:
                return self.waiting[kind].popleft()
            item = Item(len(self.items) + 1, kind)
            self.items.append(item)
            return item

    def give_back(self, item):
        with self.lock:
            self.waiting[item.kind].append(item)


def hand_over(server, client, item):
    """Returns when it was acknowledged, else raises."""
    if item.kind == "api":
        r, data = client.raw("POST", "/tickets", {
            "subject": item.label, "text": "Где мой заказ?", "from_customer": True,
            "to": {"address": item.label + "@customer.test"}}, {"Idempotency-Key": item.label})
        if r.status >= 400:
            raise Refused(r.status, r.headers, data)
    else:
        server.letter(letter(item), sender=item.label + "@customer.test")
    item.acknowledged += 1


class Load:
    """Workers on one ledger until they are told to stop. With several servers they take turns."""

    def __init__(self, servers, cookie, ledger, kinds=("api",) * 4 + ("lmtp",) * 4, pause=0.0):
        self.servers = servers if isinstance(servers, list) else [servers]
        self.cookie, self.ledger, self.pause = cookie, ledger, pause
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(k, self.servers[i % len(self.servers)]), daemon=True)
                        for i, k in enumerate(kinds)]

    def note(self, kind, error):
        """Something was not acknowledged: for whoever judges how."""

    def run(self, kind, server):
        client = Client(server.port)
        client.cookie = self.cookie
        while not self.stopping.is_set():
            item = self.ledger.next_item(kind)
            try:
                hand_over(server, client, item)
                self.stopping.wait(self.pause)
            except Exception as e:  # whatever it is, it is no acknowledgement
                self.ledger.give_back(item)
                self.note(kind, e)
                self.stopping.wait(0.02)
        client.close()

    def start(self):
        for t in self.threads:
            t.start()
        return self

    def stop(self):
        self.stopping.set()
        for t in self.threads:
            t.join()


class Watched(Load):
    """Says of every refusal whether it was an honest one: 503 in the common form with a time to
    come back, 4xx by LMTP, and in any case an answer."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.problems, self.refused, self.broken = [], 0, 0
        self.keys = collections.Counter()

    def wrong(self, text):
        if len(self.problems) < 20:
            self.problems.append(text)

    def note(self, kind, error):
        self.refused += 1
        if isinstance(error, Refused):
            try:
                body = json.loads(error.data)
            except ValueError:
                body = {}
            self.keys[body.get("key", "?")] += 1
            if error.status != 503 or not body.get("code") or not body.get("message"):
                self.wrong(f"a refusal without form: {error}")
            elif not error.headers.get("Retry-After"):
                self.wrong(f"no Retry-After: {error}")
        elif isinstance(error, smtplib.SMTPResponseException):
            if not 400 <= error.smtp_code < 500:
                self.wrong(f"LMTP {error.smtp_code} {error.smtp_error}")
        elif isinstance(error, smtplib.SMTPRecipientsRefused):
            for code, words in error.recipients.values():
                if not 400 <= code < 500:
                    self.wrong(f"LMTP {code} {words}")
        elif isinstance(error, TimeoutError):
            self.wrong(f"{kind}: no answer at all")
        elif isinstance(error, (OSError, http.client.HTTPException, smtplib.SMTPException)):
            self.broken += 1  # the process or the network was away
        else:
            self.wrong(f"{kind}: {error!r}")


def drain(server, cookie, ledger):
    """Sends again whatever was never acknowledged. Everything must be, by now."""
    client = Client(server.port)
    client.cookie = cookie
    for kind, queue in ledger.waiting.items():
        if kind not in ("api", "lmtp"):
            continue
        while queue:
            hand_over(server, client, queue.popleft())
    client.close()


def all_pages(client, path, **query):
    cursor = None
    while True:
        page = client.get(path, limit=200, cursor=cursor, **query)
        yield from page["items"]
        cursor = page.get("next")
        if not cursor:
            return


def judge(client, items):
    """A list of what is wrong: everything acknowledged, and there exactly once."""
    problems = []
    seen = collections.Counter(t["subject"] for t in all_pages(client, "/tickets", view="all"))
    kept = collections.Counter(i["subject"] for i in all_pages(client, "/intake") if i["state"] == "accepted")
    for item in items:
        if not item.acknowledged:
            problems.append(f"{item.label} was never acknowledged")
        if seen[item.label] != 1:
            problems.append(f"{item.label} is there {seen[item.label]} times")
        if item.kind != "api" and kept[item.label] != 1:
            problems.append(f"the ledger has {item.label} accepted {kept[item.label]} times")
    return problems

#!/usr/bin/env python3
"""Letters fetched from a real Dovecot, on each engine: every one exactly once, whatever happens.

The server restarts, drops IDLE or goes silent, cuts a letter in the middle, gives
the folder a new UIDVALIDITY, renames it, ends tokens; thousands of letters wait.
Flags never change, and nothing is deleted that was not told to be.
usage: imap_story.py BINARY [NAME] [--waiting N]
"""
import base64
import http.server
import json
import os
import shutil
import sys
import threading
import time
import traceback
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dovecot import PASSWORD, USER, Dovecot, Proxy  # noqa: E402
from otklik import ApiError, Server, all_tickets, engines  # noqa: E402
from stage import wait  # noqa: E402


class Tokens(http.server.ThreadingHTTPServer):
    """A provider: /token for us, /tokeninfo for Dovecot."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.n, self.good, self.refresh, self.expires_in = 0, set(), "refresh-token", 3600
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Answer(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def say(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        s = self.server
        if form.get("refresh_token") != s.refresh or form.get("client_secret") != "client secret":
            return self.say(400, {"error": "invalid_grant"})
        s.n += 1
        s.good.add(f"token-{s.n}")
        self.say(200, {"access_token": f"token-{s.n}", "token_type": "Bearer", "expires_in": s.expires_in})

    def do_GET(self):
        token = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query)).get("access_token", "")
        if token in self.server.good:
            return self.say(200, {"email": USER, "active": "true"})
        self.say(401, {"error": "invalid_token"})


class Stage:
    def __init__(self, binary, engine):
        self.tokens = Tokens()
        self.dovecot = Dovecot(self.tokens.url)
        self.proxy = Proxy(self.dovecot.tls_port)
        self.server = Server(binary, engine, extra=[
            "--imap.allow_private=true", f"--imap.ca_file={self.dovecot.dir}/cert.pem", "--imap.timeout=3s",
            "--imap.idle=20s", "--imap.retry_most=2s", "--imap.lease=6s", "--jobs.poll=200ms",
            "--imap.max_message=1MiB", "--mail.sender_most=1000000"])
        try:
            self.server.add_admin()
            self.server.start()
            self.c = self.server.client()
            self.line = self.c.get("/lines")["items"][0]
            self.brand = self.c.get("/brands")["items"][0]
        except BaseException:
            self.dispose()
            raise
        self.boxes = 0

    def mailbox(self, folder, **more):
        """An inbox of its own with a mailbox that feeds it."""
        self.boxes += 1
        inbox = self.c.post("/inboxes", {
            "name": folder, "address": f"box{self.boxes}@shop.test", "brand_id": self.brand["id"],
            "line_id": self.line["id"]})
        body = {"inbox_id": inbox["id"], "host": "localhost", "port": self.proxy.port, "username": USER,
                "password": PASSWORD, "folder": folder}
        body.update(more)
        box = self.c.post("/mailboxes", body)
        box["address"] = inbox["address"]
        return box

    def state(self, box):
        return next(m for m in self.c.get("/mailboxes")["items"] if m["id"] == box["id"])

    def letter(self, subject, text="Hello", to="somebody.else@elsewhere.test", extra=""):
        return (f"From: {subject.split()[0].lower()}@customer.test\r\nTo: {to}\r\nSubject: {subject}\r\n"
                f"Message-ID: <{subject.replace(' ', '.')}@customer.test>\r\n"
                f"Date: Sun, 22 Nov 2026 10:00:00 +0300\r\n{extra}\r\n{text}\r\n").encode()

    def ready(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.server.port}/readyz") as r:
            return json.load(r)

    def subjects(self, prefix):
        return [t["subject"] for t in all_tickets(self.c) if t["subject"].startswith(prefix)]

    def wait_once(self, prefix, n, seconds=60):
        """Exactly n tickets with these subjects, each once."""
        def there():
            if n > 200:  # a long list, not asked for without a break
                time.sleep(2)
            return len(self.subjects(prefix)) >= n
        wait(f"{n} letters {prefix}", there, seconds)
        got = self.subjects(prefix)
        assert len(got) == n and len(set(got)) == n, f"{len(got)} tickets, {len(set(got))} different, wanted {n}"

    def ledger(self, state, prefix, **query):
        out, cursor = [], None
        while True:
            page = self.c.get("/intake", state=state, limit=200, cursor=cursor, **query)
            out += [i for i in page["items"] if i["subject"].startswith(prefix)]
            cursor = page.get("next")
            if not cursor:
                return out

    def dispose(self):
        self.server.dispose()
        self.proxy.dispose()
        self.dovecot.dispose()
        self.tokens.shutdown()
        self.tokens.server_close()


WAITING = 2000


def test_letters_come_at_once_and_flags_stay(s):
    d = s.dovecot
    d.make_folder("Plain")
    d.put(s.letter("Plain one"), "Plain")
    d.put(s.letter("Plain two, read by somebody"), "Plain", seen=True)
    before = d.files("Plain")
    box = s.mailbox("Plain")
    s.wait_once("Plain", 2)
    assert wait("ok", lambda: s.state(box)["state"] == "ok")
    began = time.monotonic()
    d.put(s.letter("Plain three"), "Plain")
    s.wait_once("Plain", 3)
    assert time.monotonic() - began < 10, "IDLE did not tell of the letter"
    after = d.files("Plain")
    assert len(after) == 3 and set(before) <= set(after), (before, after)
    item = s.ledger("accepted", "Plain one")[0]
    assert item["recipient"] == box["address"], item
    trial = s.c.post(f"/mailboxes/{box['id']}/test")
    assert trial["ok"] and trial["letters"] == 3, trial


def test_wrong_password_is_said_and_mended(s):
    s.dovecot.make_folder("Auth")
    s.dovecot.put(s.letter("Auth one"), "Auth")
    box = s.mailbox("Auth", password="wrong")
    got = wait("the state", lambda: (lambda m: m if m["state"] == "sign_in" else None)(s.state(box)))
    assert "sign-in" in got["error"] and got["error_at"], got
    trial = s.c.post(f"/mailboxes/{box['id']}/test")
    assert not trial["ok"] and trial["error"], trial
    assert s.c.get("/system")["mailboxes_failing"] == 1
    s.c.patch(f"/mailboxes/{box['id']}", {"password": PASSWORD})
    s.wait_once("Auth", 1)
    wait("ok", lambda: s.state(box)["state"] == "ok")


def test_starttls_and_no_tls_by_the_rules(s):
    s.dovecot.make_folder("Start")
    s.dovecot.put(s.letter("Start one"), "Start")
    box = s.mailbox("Start", port=s.dovecot.port, tls="starttls")
    s.wait_once("Start", 1)
    # Dovecot wants no password in the clear, though it is a local address.
    s.c.patch(f"/mailboxes/{box['id']}", {"tls": "none"})
    wait("refused", lambda: s.state(box)["state"] in ("sign_in", "ok"))
    # A certificate for another name is no certificate.
    s.c.patch(f"/mailboxes/{box['id']}", {"tls": "starttls", "host": "127.0.0.1", "password": PASSWORD})
    got = wait("the certificate", lambda: (lambda m: m if m["state"] == "failing" else None)(s.state(box)))
    assert "safe connection" in got["error"], got
    s.c.delete(f"/mailboxes/{box['id']}")


def test_idle_dropped_and_silent(s):
    s.dovecot.make_folder("Idle")
    box = s.mailbox("Idle")
    wait("ok", lambda: s.state(box)["state"] == "ok")
    for i in range(3):
        s.proxy.cut_all()
        s.dovecot.put(s.letter(f"Idle cut {i}"), "Idle")
        s.wait_once("Idle cut", i + 1)
    # The network forgets the connection: no FIN, nothing comes.
    time.sleep(0.5)
    s.proxy.silent = True
    s.dovecot.put(s.letter("Idle silent"), "Idle")
    time.sleep(1)
    s.proxy.silent = False
    s.wait_once("Idle silent", 1, 90)


def test_server_restarts(s):
    s.dovecot.make_folder("Restart")
    s.mailbox("Restart")
    n = 0
    for i in range(3):
        for _ in range(20):
            s.dovecot.put(s.letter(f"Restart {n}"), "Restart")
            n += 1
        s.dovecot.restart()
    s.wait_once("Restart", n)


def test_connection_cut_in_mid_fetch(s):
    s.dovecot.make_folder("Cut")
    for i in range(5):
        s.dovecot.put(s.letter(f"Cut {i}", "x" * 70 + "\r\n" + ("y" * 75 + "\r\n") * 4000), "Cut")
    s.proxy.cut_after = [9000, 150000, 400000, 20000]
    s.mailbox("Cut")
    s.wait_once("Cut", 5)
    for i in s.ledger("accepted", "Cut"):
        assert i["size"] > 300000, i
    assert not s.ledger("quarantined", "Cut")


def test_uidvalidity_changes(s):
    d = s.dovecot
    d.make_folder("Valid")
    for i in range(30):
        d.put(s.letter(f"Valid {i}"), "Valid")
    d.put(b"From: nobody.knows@customer.test\r\nSubject: Valid without id\r\n\r\ntext\r\n", "Valid")
    box = s.mailbox("Valid")
    s.wait_once("Valid", 31)
    time.sleep(1.1)  # Dovecot makes UIDVALIDITY of the time in seconds
    d.stop()
    d.forget_uids("Valid")
    d.put(s.letter("Valid after"), "Valid")
    d.start()
    s.wait_once("Valid", 32)
    wait("duplicates", lambda: len(s.ledger("duplicate", "Valid")) == 31)
    assert s.state(box)["state"] == "ok"


def test_folder_renamed(s):
    d = s.dovecot
    d.make_folder("Old")
    d.put(s.letter("Folder one"), "Old")
    box = s.mailbox("Old")
    s.wait_once("Folder", 1)
    d.stop()
    os.rename(d.folder("Old"), d.folder("New"))
    d.start()
    d.put(s.letter("Folder two"), "New")
    got = wait("the state", lambda: (lambda m: m if m["state"] == "folder" else None)(s.state(box)), 60)
    assert "folder" in got["error"], got
    ready = s.ready()
    assert "mailbox_failing" in ready["degraded"], ready
    s.c.patch(f"/mailboxes/{box['id']}", {"folder": "New"})
    s.wait_once("Folder", 2)
    d.stop()
    os.rename(d.folder("New"), d.folder("Old"))
    d.start()
    d.put(s.letter("Folder three"), "Old")
    wait("the state", lambda: s.state(box)["state"] == "folder", 60)
    s.c.patch(f"/mailboxes/{box['id']}", {"folder": "Old"})
    s.wait_once("Folder", 3)


def test_russian_folder(s):
    d = s.dovecot
    d.make_folder("&BB8EPgQ0BDQENQRABDYEOgQw-")
    d.put(s.letter("Russian one"), "&BB8EPgQ0BDQENQRABDYEOgQw-")
    s.mailbox("Поддержка")
    s.wait_once("Russian", 1)


def test_many_letters_wait(s):
    d = s.dovecot
    d.make_folder("Many")
    for i in range(WAITING):
        d.put(s.letter(f"Many{i} waiting"), "Many")
    began = time.monotonic()
    s.mailbox("Many")
    s.wait_once("Many", WAITING, 60 + WAITING / 10)
    print(f"     {WAITING} letters in {time.monotonic() - began:.1f} s")
    assert len(s.ledger("accepted", "Many")) == WAITING
    assert all(":2," not in n or n.endswith(":2,") for n in d.files("Many"))


def test_poison_and_huge_letters_do_not_block(s):
    d = s.dovecot
    d.make_folder("Poison")
    d.put(b"", "Poison")
    d.put(b"\x00\xff\xfe" * 1000, "Poison")
    d.put(s.letter("Poison between"), "Poison")
    big = base64.encodebytes(os.urandom(3 << 20)).replace(b"\n", b"\r\n")
    d.put(s.letter("Poison huge", extra="MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n",
                   text="--b\r\nContent-Type: text/plain\r\n\r\nthe text of the huge one\r\n--b\r\n"
                        "Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n")
          + big + b"\r\n--b\r\nContent-Type: image/png; name=small.png\r\n\r\npng\r\n"
          b"--b\r\nContent-Type: text/plain\r\n\r\nand what stands behind the file\r\n--b--\r\n", "Poison")
    d.put(s.letter("Poison last"), "Poison")
    box = s.mailbox("Poison", after="delete")
    s.wait_once("Poison", 3)
    t = next(t for t in all_tickets(s.c) if t["subject"] == "Poison huge")
    m = s.c.get(f"/tickets/{t['id']}/messages")["items"][0]
    assert "the text of the huge one" in m["text"] and "what stands behind the file" in m["text"], m
    assert [(f["name"], f["held"]) for f in m["attachments"]] == [("a.zip", True), ("small.png", False)], m
    assert m["attachments"][0]["size"] == 3 << 20 and m["warning"] == "files_held", m
    item = s.ledger("accepted", "Poison huge")[0]
    assert item["reason"] == "intake.files_held" and item["size"] > 4 << 20, item
    assert len([i for i in s.c.get("/intake", state="quarantined", inbox_id=box["inbox_id"])["items"]]) == 2
    # What was taken whole is deleted, what was not stays.
    wait("deletion", lambda: len(d.files("Poison")) <= 2)
    left = d.files("Poison")
    assert len(left) == 2, left


def test_only_new_letters_if_told(s):
    d = s.dovecot
    d.make_folder("Fresh")
    d.put(s.letter("Fresh old one"), "Fresh")
    box = s.mailbox("Fresh", take_old=False)
    wait("ok", lambda: s.state(box)["state"] == "ok")
    d.put(s.letter("Fresh new one"), "Fresh")
    s.wait_once("Fresh", 1)
    assert s.subjects("Fresh") == ["Fresh new one"]


def test_tokens_end_and_are_renewed(s):
    d = s.dovecot
    d.make_folder("Token")
    d.put(s.letter("Token one"), "Token")
    cred = s.c.post("/oauth-credentials", {
        "name": "Provider", "token_url": s.tokens.url + "/token", "client_id": "client", "client_secret": "client secret",
        "refresh_token": "refresh-token", "hosts": "localhost"})
    # A token goes nowhere else, and not without TLS.
    for refused in ({"host": "127.0.0.1"}, {"tls": "none"}):
        try:
            s.mailbox("Token", auth="xoauth2", oauth_id=cred["id"], **refused)
            raise AssertionError(refused)
        except ApiError as e:
            assert e.status in (400, 422), e
    box = s.mailbox("Token", auth="xoauth2", oauth_id=cred["id"])
    s.wait_once("Token", 1)
    assert s.tokens.n == 1
    # The server ends the token before its time.
    s.tokens.good.clear()
    d.stop()
    s.proxy.cut_all()
    d.start()
    d.put(s.letter("Token two"), "Token")
    s.wait_once("Token", 2)
    assert s.tokens.n == 2, s.tokens.n
    # The consent is taken back.
    s.tokens.refresh = "another"
    s.tokens.good.clear()
    d.stop()
    s.proxy.cut_all()
    d.start()
    d.put(s.letter("Token three"), "Token")
    got = wait("the state", lambda: (lambda m: m if m["state"] == "consent" else None)(s.state(box)))
    assert "consent" in got["error"], got
    assert s.c.get("/oauth-credentials")["items"][0]["state"] == "consent"
    ready = s.ready()
    assert "oauth_consent" in ready["degraded"], ready
    s.c.patch(f"/oauth-credentials/{cred['id']}", {"refresh_token": "another"})
    s.wait_once("Token", 3)
    s.c.patch(f"/mailboxes/{box['id']}", {"active": False})
    log = open(os.path.join(s.server.data, "log")).read()
    for secret in ("token-1", "refresh-token", "client secret", PASSWORD):
        assert secret not in log, secret


def test_two_processes_share_the_mailboxes(s):
    if s.server.engine != "pg":
        return
    d = s.dovecot
    d.make_folder("Shared")
    other = Server(s.server.binary, "sqlite", extra=s.server.extra)
    other.engine, other.db_url = "shared", s.server.db_url
    shutil.copytree(os.path.join(s.server.data, "data"), os.path.join(other.data, "data"), dirs_exist_ok=True)
    other.start()
    try:
        s.mailbox("Shared")
        for i in range(100):
            d.put(s.letter(f"Shared {i}"), "Shared")
        wait("some", lambda: len(s.subjects("Shared")) > 20)
        s.server.kill()
        s.c = other.client()
        for i in range(100, 150):
            d.put(s.letter(f"Shared {i}"), "Shared")
        s.wait_once("Shared", 150, 90)
        assert not s.ledger("duplicate", "Shared")
    finally:
        s.server.start()
        s.c = s.server.client()
        other.dispose()


def main():
    global WAITING
    args = sys.argv[1:]
    if "--waiting" in args:
        i = args.index("--waiting")
        WAITING = int(args[i + 1])
        del args[i:i + 2]
    binary, only = args[0], args[1] if len(args) > 1 else ""
    tests = [(n, f) for n, f in globals().items() if n.startswith("test_") and only in n]
    passed = failed = 0
    for engine in engines():
        s = Stage(binary, engine)
        try:
            for name, fn in tests:
                try:
                    fn(s)
                    print(f"ok   {engine} {name}", flush=True)
                    passed += 1
                except Exception:
                    failed += 1
                    print(f"FAIL {engine} {name}")
                    traceback.print_exc()
                    print("server log:\n" + s.server.log_tail(2000))
                    print("dovecot log:\n" + s.dovecot.log()[-1500:], flush=True)
            s.server.stop()
            verify = s.server.command("verify", check=False)
            if verify.returncode:
                failed += 1
                print("FAIL", engine, "verify", verify.stdout, verify.stderr)
        finally:
            s.dispose()
    print(f"{passed} passed, {failed} failed, {len(tests) if 'pg' not in engines() else 0} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

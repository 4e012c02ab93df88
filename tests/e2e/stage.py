#!/usr/bin/env python3
"""The stage of the browser's story: Postfix and otklik, led by JSON lines.

usage: stage.py BINARY ENGINE

Each line of stdin is {"id": n, "do": NAME, ...arguments}; each gets one line
{"id": n, "ok": value} or {"id": n, "error": text}. The first line that is
printed is {"id": 0, "ok": {...}}: what stands. The end of stdin ends it all.
"""
import base64
import http.client
import json
import os
import signal
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from otklik import ADMIN  # noqa: E402
from stage import Stage, wait  # noqa: E402


def letter_facts(m):
    body = m.get_body(("plain",))
    html = m.get_body(("html",))
    return {
        "from": str(m["From"] or ""), "to": str(m["To"] or ""), "cc": str(m["Cc"] or ""),
        "subject": str(m["Subject"] or ""), "message_id": str(m["Message-ID"] or ""),
        "in_reply_to": str(m["In-Reply-To"] or ""), "references": str(m["References"] or ""),
        "reply_to": str(m["Reply-To"] or ""), "text": body.get_content() if body else "",
        "html": html.get_content() if html else "", "all": m.as_string(),
        "attachments": [p.get_filename() for p in m.iter_attachments()]}


class Led:
    """What can be asked for, one method a name."""

    def __init__(self, binary, engine):
        self.stage = Stage(binary, engine)
        self.second = None

    def facts(self):
        s = self.stage
        return {"url": f"http://127.0.0.1:{s.server.port}", "admin": {"email": ADMIN[0], "password": ADMIN[1]},
                "smtp_port": s.smtp_port, "line": s.line, "brand": s.brand, "inbox": s.inbox}

    def send(self, sender, subject, text, to="support@shop.test", headers=""):
        """A letter of plain text (or of what `headers` say), through Postfix."""
        return self.stage.send(sender, subject, text.replace("\n", "\r\n"), to=to, headers=headers)

    def raw(self, sender, to, raw):
        self.stage.raw_send(sender, to, base64.b64decode(raw))

    def letters(self, address):
        return [letter_facts(m) for m in self.stage.postfix.mailbox(address)]

    def letter(self, address, has):
        """The first letter of the mailbox that has these words; waited for."""
        return wait(f"a letter with '{has}' for {address}", lambda: next(
            (f for f in self.letters(address) if has in f["subject"] or has in f["text"]), None), 30)

    def api(self, method, path, body=None):
        return self.stage.c.call(method, path, body)

    def ticket(self, subject):
        return self.stage.ticket(subject)

    def messages(self, ticket):
        return self.stage.messages(ticket)

    def person(self, name, email, password, role, **more):
        """An account that can sign in at once."""
        roles = self.stage.c.get("/roles")["items"]
        account = self.stage.c.post("/accounts", {
            "name": name, "email": email, "role_id": next(r["id"] for r in roles if r["name"] == role), **more})
        url = self.stage.c.post(f"/accounts/{account['id']}/invitation")["url"]
        self.stage.server.client(sign_in=False).post("/invitations/" + url.rsplit("/", 1)[1], {"password": password})
        return account

    def start_second(self):
        self.second = self.stage.second_process()
        return f"http://127.0.0.1:{self.second.port}"

    def end_second(self):
        self.second.dispose()
        self.second = None

    def kill(self):
        self.stage.server.kill()

    def start(self):
        self.stage.server.start()

    def log(self):
        return self.stage.server.log_tail() + "\n" + self.stage.postfix.log()

    def state(self):
        """In a line: is the server ready, what did it last warn of, what could not be delivered."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.stage.server.port}/readyz", timeout=5) as r:
                ready = r.read().decode()
        except (OSError, http.client.HTTPException) as e:
            ready = str(e)
        warned = [x for x in self.stage.server.log_tail().splitlines() if " level=info " not in x]
        return " | ".join(str(x)[:240] for x in (ready, (warned or [""])[-1], self.stage.postfix.deferred()))

    def verify(self):
        r = self.stage.server.command("verify", check=False)
        return {"status": r.returncode, "text": r.stdout + r.stderr}

    def dispose(self):
        try:
            if self.second:
                self.second.dispose()
        finally:
            self.stage.dispose()


def main():
    def say(**what):
        print(json.dumps(what, ensure_ascii=False), flush=True)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    led = Led(sys.argv[1], sys.argv[2])
    try:
        say(id=0, ok=led.facts())
        for line in sys.stdin:
            ask = json.loads(line)
            number, name = ask.pop("id"), ask.pop("do")
            led.stage.c.close()  # the server ends a connection that was idle for long
            try:
                say(id=number, ok=getattr(led, name)(**ask))
            except Exception as e:  # told to the other side, which decides
                say(id=number, error=f"{type(e).__name__}: {e}")
    finally:
        led.dispose()


if __name__ == "__main__":
    main()

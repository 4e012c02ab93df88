"""Postfix and otklik wired to each other, for the stories. Standard library only."""
import os
import shutil
import smtplib
import time

from otklik import Server, all_tickets, free_port
from postfix import Postfix


def wait(what, check, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = check()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError("waited in vain for " + what)


class Stage:
    """Postfix and otklik wired to each other, one inbox support@shop.test."""

    def __init__(self, binary, engine):
        self.smtp_port = free_port()
        self.server = Server(binary, engine, extra=[
            "--smtp.host=127.0.0.1", f"--smtp.port={self.smtp_port}", "--smtp.tls=none", "--smtp.allow_private=true", "--smtp.allow_private_inboxes=true",
            "--outbox.undo=0s", "--outbox.retry_first=1s", "--outbox.retry_most=2s"])
        self.postfix = Postfix(self.smtp_port, self.server.lmtp_port)
        try:
            self.set_up()
        except BaseException:
            self.dispose()
            raise

    def set_up(self):
        self.server.add_admin()
        self.server.start()
        self.c = self.server.client()
        self.line = self.c.get("/lines")["items"][0]
        self.brand = self.c.get("/brands")["items"][0]
        self.inbox = self.c.post("/inboxes", {
            "name": "Support", "address": "support@shop.test", "sender_name": "Shop support",
            "brand_id": self.brand["id"], "line_id": self.line["id"], "signature": "Your shop"})

    def send(self, sender, subject, text, to="support@shop.test", headers=""):
        mail_id = f"{time.time_ns()}@{sender.split('@')[1]}"
        raw = (f"From: {sender.split('@')[0].title()} <{sender}>\r\nTo: {to}\r\nSubject: {subject}\r\n"
               f"Message-ID: <{mail_id}>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0300\r\n{headers}"
               f"MIME-Version: 1.0\r\n")
        if "Content-Type" not in headers:
            raw += "Content-Type: text/plain; charset=utf-8\r\n\r\n"
        else:
            raw += "\r\n"
        self.raw_send(sender, to, (raw + text).encode())
        return mail_id

    def raw_send(self, sender, to, raw):
        with smtplib.SMTP("127.0.0.1", self.smtp_port) as s:
            s.sendmail(sender, [to], raw, mail_options=["SMTPUTF8"] if not raw.isascii() else [])

    def ticket(self, subject, seconds=20):
        return wait(f"ticket {subject}", lambda: next(
            (t for t in all_tickets(self.c) if t["subject"] == subject), None), seconds)

    def messages(self, ticket_id):
        return self.c.get(f"/tickets/{ticket_id}/messages", limit=200)["items"]

    def second_process(self):
        """A server of its own port on the same PostgreSQL and the same keys; its dispose() ends it."""
        other = Server(self.server.binary, "sqlite", extra=self.server.extra)
        other.engine, other.db_url = "shared", self.server.db_url
        # The two share the folder of keys, as two machines would share its content.
        shutil.copytree(os.path.join(self.server.data, "data"), os.path.join(other.data, "data"), dirs_exist_ok=True)
        return other.start()

    def dispose(self):
        self.server.dispose()
        self.postfix.stop()

#!/usr/bin/env python3
"""The whole way of a letter with a real Postfix, on each engine, without a browser.

A customer writes, an agent answers, the answer threads in the customer's mail
program, the second letter joins the ticket; a courier is asked in a side thread;
tickets merge and part again; a backup restored elsewhere sends nothing; two
processes share one PostgreSQL.
"""
import http.client
import json
import os
import subprocess
import sys
import threading
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from otklik import ApiError, Server, all_tickets, engines  # noqa: E402
from stage import Stage, wait  # noqa: E402

PICTURE = (b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def test_letter_answer_and_second_letter(s):
    first_id = s.send("anna@customer.test", "Where is order 171", "Здравствуйте!\r\nГде мой заказ?\r\n")
    t = s.ticket("Where is order 171")
    assert t["status"] == "new" and t["waiting_since"], t
    m = s.messages(t["id"])
    assert len(m) == 1 and "Где мой заказ?" in m[0]["text"], m
    reply = s.c.post(f"/tickets/{t['id']}/messages", {
        "kind": "agent", "text": "Добрый день, Анна. Заказ приедет завтра.", "seen_message_id": m[0]["id"],
        "status": "pending"})
    letter = s.postfix.wait_letter("anna@customer.test")[-1]
    assert letter["In-Reply-To"] == f"<{first_id}>", letter["In-Reply-To"]
    assert first_id in letter["References"]
    assert "Заказ приедет завтра" in letter.get_body(("plain",)).get_content()
    assert "Your shop" in letter.get_body(("plain",)).get_content()
    assert letter["From"].addresses[0].addr_spec == "support@shop.test"
    assert letter["Subject"].startswith("Re: Where is order 171")
    wait("sent", lambda: s.c.get(f"/messages/{reply['id']}")["deliveries"][0]["state"] == "sent")
    got = s.c.get(f"/tickets/{t['id']}")
    assert got["status"] == "pending" and got["waiting_since"] is None and got["first_reply_at"]
    s.send("anna@customer.test", "Re: Where is order 171", "Спасибо, жду!\r\n",
           headers=f"In-Reply-To: {letter['Message-ID']}\r\nReferences: <{first_id}> {letter['Message-ID']}\r\n")
    wait("the second letter", lambda: len(s.messages(t["id"])) == 3)
    got = s.c.get(f"/tickets/{t['id']}")
    assert got["status"] == "open" and got["waiting_since"], got
    # Something newer has arrived than what the agent saw: the answer is refused, nothing is lost.
    try:
        s.c.post(f"/tickets/{t['id']}/messages", {"kind": "agent", "text": "Late", "seen_message_id": m[0]["id"]})
        raise AssertionError("a reply to what is out of date was taken")
    except ApiError as e:
        assert e.status == 409, e


def test_greylisting_and_refusal(s):
    s.send("vera@customer.test", "Grey lamp", "Hello\r\n")
    t = s.ticket("Grey lamp")
    s.postfix.access("/^vera@customer\\.test$/ 450 4.7.1 Greylisted, come back later\n")
    try:
        m = s.c.post(f"/tickets/{t['id']}/messages", {
            "kind": "agent", "text": "Grey answer", "cc": [{"address": "ghost@customer.test"}]})

        def fates():
            return {d["address"]: d for d in s.c.get(f"/messages/{m['id']}")["deliveries"]}
        wait("the first try", lambda: fates()["vera@customer.test"]["fault"] == "later")
        got = fates()
        assert got["vera@customer.test"]["state"] == "queued" and got["vera@customer.test"]["due_at"], got
        assert got["ghost@customer.test"]["state"] == "failed", got
        assert got["ghost@customer.test"]["fault"] == "no_address", got
    finally:
        s.postfix.access("")
    wait("sent", lambda: fates()["vera@customer.test"]["state"] == "sent")
    s.c.post(f"/messages/{m['id']}/correct", {"address": "ghost@customer.test", "to": "boris@customer.test"})
    wait("the corrected copy", lambda: fates()["boris@customer.test"]["state"] == "sent")
    for who in ("vera@customer.test", "boris@customer.test"):
        letters = wait("the letter of " + who, lambda: [
            x for x in s.postfix.mailbox(who) if "Grey answer" in x.get_body(("plain",)).get_content()])
        assert len(letters) == 1, (who, len(letters))
    assert "boris@customer.test" in str(letters[0]["Cc"]) and "ghost" not in letters[0].as_string()


def test_quotations_go_there_and_are_taken_off_back(s):
    s.send("anna@customer.test", "Quoted lamp", "Where is my lamp?\r\n")
    t = s.ticket("Quoted lamp")
    s.c.post(f"/tickets/{t['id']}/messages", {"kind": "agent", "text": "It left today."})

    def letter(has):
        return wait(has, lambda: [x for x in s.postfix.mailbox("anna@customer.test")
                                  if has in x.get_body(("plain",)).get_content()])[-1]
    first = letter("It left today.")
    text = first.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert "wrote:\n> Where is my lamp?" in text, text
    assert "<blockquote" in first.get_body(("html",)).get_content()
    quoted = "".join(f"> {line}\r\n" for line in text.splitlines())
    s.send("anna@customer.test", "Re: Quoted lamp",
           "Thank you!\r\n\r\nOn Sun, 22 Nov 2026 at 10:00, Shop support <support@shop.test> wrote:\r\n" + quoted,
           headers=f"In-Reply-To: {first['Message-ID']}\r\nReferences: {first['Message-ID']}\r\n")
    wait("the reply", lambda: len(s.messages(t["id"])) == 3)
    assert s.messages(t["id"])[2]["text"].strip() == "Thank you!", s.messages(t["id"])[2]["text"]
    s.c.post(f"/tickets/{t['id']}/messages", {"kind": "agent", "text": "You are welcome."})
    text = letter("You are welcome.").get_body(("plain",)).get_content()
    assert "> Thank you!" in text and "Where is my lamp" not in text, text


def test_same_letter_twice_is_one_message(s):
    # With a date, or the MTA would add the one of each second.
    raw = (b"From: Boris <boris@customer.test>\r\nTo: support@shop.test\r\nSubject: Twice\r\n"
           b"Date: Sun, 22 Nov 2026 10:00:00 +0000\r\nMessage-ID: <twice@customer.test>\r\n\r\nonce\r\n")
    s.raw_send("boris@customer.test", "support@shop.test", raw)
    t = s.ticket("Twice")
    s.raw_send("boris@customer.test", "support@shop.test", raw)
    wait("the ledger's duplicate", lambda: [
        i for i in s.c.get("/intake", state="duplicate")["items"] if i["subject"] == "Twice"])
    assert len(s.messages(t["id"])) == 1
    assert len([x for x in all_tickets(s.c) if x["subject"] == "Twice"]) == 1


def test_attachment_comes_and_goes_byte_for_byte(s):
    raw = (b"From: lena@customer.test\r\nTo: support@shop.test\r\nSubject: Broken lamp\r\nMIME-Version: 1.0\r\n"
           b"Message-ID: <lamp@customer.test>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
           b"Content-Type: text/plain\r\n\r\nSee the photo\r\n--b\r\nContent-Type: image/png; name=lamp.png\r\n"
           b"Content-Disposition: attachment; filename=lamp.png\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
           PICTURE + b"\r\n--b--\r\n")
    s.raw_send("lena@customer.test", "support@shop.test", raw)
    t = s.ticket("Broken lamp")
    a = s.messages(t["id"])[0]["attachments"]
    assert len(a) == 1 and a[0]["name"] == "lamp.png" and a[0]["image"], a
    r, data = s.c.raw("GET", f"/attachments/{a[0]['id']}")
    import base64
    assert data == base64.b64decode(PICTURE)
    assert "attachment" in r.getheader("Content-Disposition") and r.getheader("X-Content-Type-Options") == "nosniff"
    r, data = s.c.raw("POST", "/uploads?name=%D1%87%D0%B5%D0%BA.pdf&type=application/pdf", b"%PDF-1.4 receipt",
                      {"Content-Type": "application/octet-stream"})
    upload = json.loads(data)
    s.c.post(f"/tickets/{t['id']}/messages", {"kind": "agent", "text": "Here is the receipt", "uploads": [upload["id"]]})
    letter = s.postfix.wait_letter("lena@customer.test")[-1]
    parts = list(letter.iter_attachments())
    assert [p.get_filename() for p in parts] == ["чек.pdf"], parts
    assert parts[0].get_content() == b"%PDF-1.4 receipt"


def test_side_thread_stays_between_us_and_the_courier(s):
    s.send("anna@customer.test", "Parcel is late", "Where is it?\r\n")
    t = s.ticket("Parcel is late")
    before = len(s.postfix.mailbox("anna@customer.test"))
    side = s.c.post(f"/tickets/{t['id']}/threads", {
        "subject": "Parcel 171", "to": [{"address": "dispatch@courier.test"}], "text": "Where is parcel 171?"})
    ask = s.postfix.wait_letter("dispatch@courier.test")[-1]
    assert "anna" not in ask.as_string(), "the courier sees the customer's address"
    s.send("dispatch@courier.test", "Re: Parcel 171", "It is on the van\r\n", to=str(ask["Reply-To"] or ask["From"]),
           headers=f"In-Reply-To: {ask['Message-ID']}\r\nReferences: {ask['Message-ID']}\r\n")
    wait("the courier's answer", lambda: [
        m for m in s.messages(t["id"]) if m["kind"] == "partner" and m["thread_id"] == side["id"]])
    got = s.c.get(f"/tickets/{t['id']}")
    assert got["waiting_since"], "the courier's answer must not stop the customer's clock"
    s.c.post(f"/tickets/{t['id']}/messages", {"kind": "agent", "text": "It comes today"})
    letters = wait("our answer", lambda: (lambda l: l if len(l) > before else None)(s.postfix.mailbox("anna@customer.test")))
    assert len(letters) == before + 1
    assert "van" not in letters[-1].as_string() and "courier" not in letters[-1].as_string()


def test_spoofed_copy_gains_nothing(s):
    s.send("anna@customer.test", "My card", "Private\r\n")
    t = s.ticket("My card")
    m = s.messages(t["id"])[0]
    s.c.post(f"/tickets/{t['id']}/messages", {"kind": "agent", "text": "Answer one"})
    letter = wait("the answer", lambda: [x for x in s.postfix.mailbox("anna@customer.test")
                                         if "My card" in x["Subject"]])[-1]
    # A stranger who knows the Message-ID copies himself in.
    s.send("mallory@customer.test", "Re: My card", "let me in\r\n",
           headers=f"In-Reply-To: {letter['Message-ID']}\r\nReferences: {letter['Message-ID']}\r\nCc: friend@friend.test\r\n")
    wait("the stranger's letter in the ledger", lambda: [
        i for i in s.c.get("/intake")["items"] if i["from_address"] == "mallory@customer.test"])
    got = s.c.get(f"/tickets/{t['id']}")
    addresses = [p["address"] for p in got["participants"]]
    assert "mallory@customer.test" not in addresses and "friend@friend.test" not in addresses, addresses
    s.c.post(f"/tickets/{t['id']}/messages", {"kind": "agent", "text": "Answer two"})
    wait("answer two", lambda: [x for x in s.postfix.mailbox("anna@customer.test") if "Answer two" in x.as_string()])
    assert not s.postfix.mailbox("mallory@customer.test") and not s.postfix.mailbox("friend@friend.test")


def test_merge_and_its_undo(s):
    s.send("boris@customer.test", "First half", "one\r\n")
    s.send("boris@customer.test", "Second half", "two\r\n")
    a, b = s.ticket("First half"), s.ticket("Second half")
    merge = s.c.post(f"/tickets/{b['id']}/merge", {"into_id": a["id"]})
    assert len(s.messages(a["id"])) == 2
    assert s.c.get(f"/tickets/{b['id']}")["merged_into"] == a["id"]
    s.c.post(f"/merges/{merge['id']}/undo")
    assert [m["text"].strip() for m in s.messages(a["id"])] == ["one"]
    assert [m["text"].strip() for m in s.messages(b["id"])] == ["two"]
    assert s.c.get(f"/tickets/{b['id']}")["merged_into"] is None


def test_event_stream_resumes(s):
    me = s.c.get("/session")
    s.send("boris@customer.test", "For the stream", "hello\r\n")
    t = s.ticket("For the stream")
    seen = read_stream(s.server.port, s.c.cookie, me["event_cursor"], lambda e: e["type"] == "message.added" and
                       e["ticket_id"] == t["id"])
    ids = [e["id"] for e in seen]
    assert ids == sorted(set(ids)), "events came out of order or twice"
    polled = [e["id"] for e in s.c.get("/events", after=me["event_cursor"], limit=500)["items"]]
    assert polled[:len(ids)] == ids, (polled, ids)


def read_stream(port, cookie, after, until, seconds=20):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    c.request("GET", f"/api/v1/events/stream?after={after}", headers={"Cookie": cookie, "Accept": "text/event-stream"})
    r = c.getresponse()
    assert r.status == 200, r.status
    events = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        line = r.fp.readline().decode()
        if line.startswith("data:"):
            e = json.loads(line[5:])
            if "id" not in e or "type" not in e or e["type"] == "hello":
                continue
            events.append(e)
            if until(e):
                c.close()
                return events
    raise AssertionError("the event did not come")


def test_restored_backup_sends_nothing(s):
    s.send("vera@customer.test", "Before the backup", "x\r\n")
    t = s.ticket("Before the backup")
    backup = os.path.join(s.server.data, "backup.otklik")
    # An answer waits in the outbox while the backup is taken: the mail server is away.
    s.c.post("/system/pause")
    s.c.post(f"/tickets/{t['id']}/messages", {"kind": "agent", "text": "Waiting in the outbox"})
    s.server.command("backup", backup)
    copy = Server(s.server.binary, s.server.engine, extra=s.server.extra)
    try:
        copy.command("restore", backup)
        copy.start()
        c = copy.client()
        system = c.get("/system")
        assert system["no_send"], system
        assert len(c.get(f"/tickets/{t['id']}/messages")["items"]) == 2
        c.post(f"/tickets/{t['id']}/messages", {"kind": "agent", "text": "From the copy"})
        time.sleep(2)
        assert not [x for x in s.postfix.mailbox("vera@customer.test")
                    if "outbox" in x.as_string() or "From the copy" in x.as_string()]
        c.post("/system/resume")
        wait("the copy's letters after resume", lambda: len([
            x for x in s.postfix.mailbox("vera@customer.test")
            if "outbox" in x.as_string() or "From the copy" in x.as_string()]) == 2)
        copy.stop()
        verify = copy.command("verify", check=False)
        assert verify.returncode == 0, verify.stdout + verify.stderr
    finally:
        copy.dispose()
        s.c.post("/system/resume")


def holding(server, word):
    """Names of what holds the word of all that a stopped server keeps: tables, index, files."""
    found = []
    if server.db_url:
        dump = subprocess.run(["pg_dump", "--inserts", server.db_url], capture_output=True, check=True).stdout
        found += [line[:80] for line in dump.lower().splitlines() if word in line or word.hex().encode() in line]
    for folder, _, names in os.walk(os.path.join(server.data, "data")):
        for name in names:
            with open(os.path.join(folder, name), "rb") as f:
                if word in f.read().lower():
                    found.append(name)
    return found


def test_what_was_erased_does_not_come_back_with_a_backup(s):
    word = b"zqxplanted"
    s.raw_send("zqxplanted@customer.test", "support@shop.test", (
        b"From: Zqxplanted Person <zqxplanted@customer.test>\r\nTo: support@shop.test\r\nSubject: Zqxplanted lamp\r\n"
        b"Message-ID: <zqxplanted@customer.test>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nI am zqxplanted\r\n--b\r\n"
        b"Content-Type: text/plain; name=zqxplanted.txt\r\nContent-Disposition: attachment\r\n\r\nzqxplanted\r\n--b--\r\n"))
    t = s.ticket("Zqxplanted lamp")
    wait("the index", lambda: s.c.get("/search", q="zqxplanted")["items"])
    contact = s.c.get(f"/tickets/{t['id']}")["contact"]
    folder = os.path.join(s.server.data, "kept")
    os.makedirs(folder, exist_ok=True)
    backup = os.path.join(folder, "before.otklik")
    s.server.command("backup", backup)
    s.c.post(f"/contacts/{contact['id']}/erase", {"confirm": contact["name"]})
    wait("the erasure", lambda: s.c.get(f"/contacts/{contact['id']}/erasure")["run"]["finished_at"])
    tombstones = os.path.join(s.server.data, "data", "tombstones.jsonl")
    for with_them in (False, True):
        copy = Server(s.server.binary, s.server.engine, extra=s.server.extra)
        try:
            said = copy.command("restore", backup, *(["--tombstones", tombstones] if with_them else [])).stdout
            if not with_them:
                assert "is back" in said and holding(copy, word), said
                continue
            assert "erasures that came after the backup were applied again" in said, said
            assert not holding(copy, word), holding(copy, word)
            copy.start()
            c = copy.client()
            assert not c.get("/search", q="zqxplanted")["items"]
            assert c.get(f"/contacts/{contact['id']}")["erased_at"]
            assert [m["text"] for m in c.get(f"/tickets/{t['id']}/messages")["items"]] == [""]
            copy.stop()
            assert not holding(copy, word), holding(copy, word)
            verify = copy.command("verify", check=False)
            assert verify.returncode == 0, verify.stdout + verify.stderr
        finally:
            copy.dispose()


def test_two_processes_share_one_postgres(s):
    if s.server.engine != "pg":
        return "skipped"
    other = s.second_process()
    try:
        c = other.client()
        cursor = c.get("/session")["event_cursor"]
        got = []
        reader = threading.Thread(target=lambda: got.extend(read_stream(
            other.port, c.cookie, cursor, lambda e: e["type"] == "ticket.created")))
        reader.start()
        s.send("anna@customer.test", "Through the first process", "hi\r\n")
        reader.join(25)
        assert got and got[-1]["type"] == "ticket.created", "the second process did not tell"
        t = s.ticket("Through the first process")
        c.post(f"/tickets/{t['id']}/messages", {"kind": "agent", "text": "Answered by the second process"})
        wait("one letter", lambda: [x for x in s.postfix.mailbox("anna@customer.test")
                                    if "second process" in x.as_string()])
        time.sleep(1)
        assert len([x for x in s.postfix.mailbox("anna@customer.test") if "second process" in x.as_string()]) == 1
    finally:
        other.dispose()


def main():
    binary, passed, failed, skipped = sys.argv[1], 0, 0, 0
    only = sys.argv[2] if len(sys.argv) > 2 else ""
    tests = [(n, f) for n, f in globals().items() if n.startswith("test_") and only in n]
    for engine in engines():
        stage = Stage(binary, engine)
        try:
            for name, fn in tests:
                try:
                    if fn(stage) == "skipped":
                        skipped += 1
                        continue
                    passed += 1
                except Exception:
                    failed += 1
                    print(f"FAILED {engine} {name}\n{traceback.format_exc()}")
            if failed:
                print("server log:\n" + stage.server.log_tail())
                print("postfix log:\n" + stage.postfix.log())
        finally:
            stage.dispose()
    if "pg" not in engines():
        skipped += len(tests)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

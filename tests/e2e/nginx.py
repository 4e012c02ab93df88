#!/usr/bin/env python3
"""otklik behind nginx with the configuration of packaging/nginx, adapted only in ports and certificate.

usage: nginx.py BINARY

Through TLS and HTTP/2: signing in, pages, uploads (large, too large, slow), server-sent events, a WebSocket; the
client's address is taken from nginx and from nobody else. Standard library, nginx, openssl and curl only.
"""
import base64
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from otklik import ADMIN, Client, Server, free_port  # noqa: E402
from stage import wait  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
CONF = os.path.join(HERE, "..", "..", "packaging", "nginx", "otklik.conf")
NGINX = next((p for p in (shutil.which("nginx"), "/usr/sbin/nginx") if p and os.path.exists(p)), None)


class Nginx:
    """A private nginx in a folder of its own."""

    def __init__(self, upstream):
        self.dir = tempfile.mkdtemp(prefix="otklik-nginx-")
        self.port = free_port()
        self.process = None
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", self.path("key.pem"), "-out", self.path("cert.pem"), "-days", "2",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
                       check=True, capture_output=True)
        with open(CONF, encoding="utf-8") as f:
            site = f.read()
        for old, new in (("server 127.0.0.1:8080;", f"server 127.0.0.1:{upstream};"),
                         ("listen 443 ssl http2;", f"listen 127.0.0.1:{self.port} ssl http2;"),
                         ("listen [::]:443 ssl http2;", ""), ("support.example.com", "localhost"),
                         ("/etc/ssl/otklik/fullchain.pem", self.path("cert.pem")),
                         ("/etc/ssl/otklik/privkey.pem", self.path("key.pem"))):
            assert site.count(old) == 1, f"packaging/nginx/otklik.conf has no {old}"
            site = site.replace(old, new)
        temp = "".join(f"{kind}_temp_path {self.path(kind)};\n" for kind in
                       ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(self.path("nginx.conf"), "w", encoding="utf-8") as f:
            f.write(f"daemon off;\nmaster_process off;\npid {self.path('pid')};\nerror_log stderr;\n"
                    f"events {{}}\nhttp {{\naccess_log off;\n{temp}{site}}}\n")
        self.tls = ssl.create_default_context(cafile=self.path("cert.pem"))

    def path(self, name):
        return os.path.join(self.dir, name)

    def start(self):
        self.log = open(self.path("log"), "wb")
        self.process = subprocess.Popen([NGINX, "-p", self.dir, "-e", "stderr", "-c", self.path("nginx.conf")],
                                        stdout=self.log, stderr=self.log)

        def up():
            assert self.process.poll() is None, open(self.path("log")).read()
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", self.port)) == 0
        wait("nginx", up)

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=20)
        shutil.rmtree(self.dir, ignore_errors=True)

    def client(self, source="127.0.0.1"):
        """Like tests/lib's, but through TLS and from this address."""
        c = Client(self.port)

        class Through(http.client.HTTPSConnection):
            def connect(conn):
                raw = socket.create_connection(("127.0.0.1", self.port), 20, (source, 0))
                conn.sock = self.tls.wrap_socket(raw, server_hostname="localhost")

        c.conn = Through("localhost", self.port, timeout=20, context=self.tls)
        return c

    def socket(self):
        s = self.tls.wrap_socket(socket.create_connection(("127.0.0.1", self.port), 20), server_hostname="localhost")
        s.settimeout(20)
        return s


def peers(c):
    return {s["peer"] for s in c.get("/sessions")}


def read_until(s, end):
    data = b""
    while not data.endswith(end):
        piece = s.recv(1)
        assert piece, "closed after " + repr(data)
        data += piece
    return data


def new_ticket(server, subject):
    return server.client().post("/tickets", {"subject": subject, "text": "x", "from_customer": True,
                                             "to": {"address": "anna@customer.test"}})


def test_sign_in_and_upload(server, nginx):
    c = nginx.client()
    r, data = c.raw("POST", "/session", {"email": ADMIN[0], "password": ADMIN[1]},
                    {"Origin": f"https://localhost:{nginx.port}"})
    assert r.status == 200, data
    cookie = r.getheader("Set-Cookie")
    assert "; Secure" in cookie and "; HttpOnly" in cookie, cookie
    c.cookie = cookie.split(";")[0]
    assert c.get("/session")["email"] == ADMIN[0]
    r, data = c.raw("POST", "/session", {"email": ADMIN[0], "password": ADMIN[1]}, {"Origin": "https://evil.test"})
    assert r.status == 403, r.status
    r, data = c.raw("POST", "/uploads?name=big.bin", os.urandom(3 << 20), {"Content-Type": "application/octet-stream"})
    assert r.status == 201 and json.loads(data)["size"] == 3 << 20, data


def test_the_clients_address(server, nginx):
    c = nginx.client("127.0.0.2")
    r, data = c.raw("POST", "/session", {"email": ADMIN[0], "password": ADMIN[1]}, {"X-Forwarded-For": "192.0.2.6"})
    assert r.status == 200, data
    c.cookie = r.getheader("Set-Cookie").split(";")[0]
    assert "127.0.0.2" in peers(c) and "192.0.2.6" not in peers(c), peers(c)
    # Not from the proxy's address: what it says about itself is nothing.
    direct = Client(server.port)
    direct.conn = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20, source_address=("127.0.0.3", 0))
    r, data = direct.raw("POST", "/session", {"email": ADMIN[0], "password": ADMIN[1]},
                         {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"})
    assert r.status == 200, data
    direct.cookie = r.getheader("Set-Cookie").split(";")[0]
    assert "127.0.0.3" in peers(direct) and "192.0.2.7" not in peers(direct), peers(direct)


def test_server_sent_events(server, nginx):
    c = nginx.client()
    c.sign_in(*ADMIN)
    c.conn.request("GET", "/api/v1/events/stream", headers={"Cookie": c.cookie})
    r = c.conn.getresponse()
    assert r.status == 200 and r.getheader("Content-Type").startswith("text/event-stream"), r.status

    def event():
        data = b""
        while not data.endswith(b"\n\n"):
            line = r.readline()
            assert line, "the stream has ended"
            if not line.startswith(b":"):
                data += line
            if data == b"\n":
                data = b""
        return json.loads(b"".join(line[5:] for line in data.split(b"\n") if line.startswith(b"data:")))

    hello = event()
    assert hello["type"] == "hello" and not hello["reset"], hello
    new_ticket(server, "Through the proxy")
    while event()["type"] != "ticket.created":  # held back by nginx it would run into the client's time-out
        pass
    c.close()


def test_websocket(server, nginx):
    c = nginx.client()
    c.sign_in(*ADMIN)
    with nginx.socket() as s:
        key = base64.b64encode(os.urandom(16)).decode()
        s.sendall((f"GET /api/v1/events/socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                   f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                   f"Origin: https://localhost:{nginx.port}\r\nCookie: {c.cookie}\r\n\r\n").encode())
        head = read_until(s, b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 "), head

        def message():
            while True:
                first, n = exactly(s, 2)
                n = int.from_bytes(exactly(s, {126: 2, 127: 8}[n]), "big") if n > 125 else n
                data = exactly(s, n)
                if first & 15 == 1:
                    return json.loads(data)

        assert message()["type"] == "hello"
        new_ticket(server, "Through the upgrade")
        while message()["type"] != "ticket.created":
            pass


def exactly(s, n):
    data = b""
    while len(data) < n:
        piece = s.recv(n - len(data))
        assert piece, "closed"
        data += piece
    return data


def curl(c, nginx, path, *args):
    """Through HTTP/2: the version spoken, status and body."""
    r = subprocess.run(["curl", "-sS", "--http2", "--max-time", "20", "--cacert", nginx.path("cert.pem"),
                        "-b", c.cookie or "none=", "-H", "X-Requested-With: otklik", "-w", "\n%{http_version} %{http_code}",
                        *args, f"https://localhost:{nginx.port}{path}"], capture_output=True, check=True)
    body, _, last = r.stdout.rpartition(b"\n")
    version, status = last.split()
    return version.decode(), int(status), body


def test_http2(server, nginx):
    c = nginx.client()
    c.sign_in(*ADMIN)
    assert curl(c, nginx, "/healthz")[:2] == ("2", 200)
    version, status, body = curl(c, nginx, "/api/v1/session")
    assert (version, status) == ("2", 200) and json.loads(body)["email"] == ADMIN[0], (version, status, body)
    assert curl(c, nginx, "/api/v1/session", "-I")[:2] == ("2", 200)
    file = nginx.path("upload")
    with open(file, "wb") as f:
        f.write(os.urandom(2 << 20))
    version, status, body = curl(c, nginx, "/api/v1/uploads?name=two.bin", "--data-binary", "@" + file,
                                 "-H", "Content-Type: application/octet-stream")
    assert (version, status) == ("2", 201) and json.loads(body)["size"] == 2 << 20, (version, status, body)


def test_bodies_that_are_too_large(server, nginx):
    c = nginx.client()
    c.sign_in(*ADMIN)
    for size, who in ((26 << 20, "nginx by client_max_body_size"), (2 << 20, "us: no upload")):
        path = "/api/v1/uploads?name=x" if size > 25 << 20 else "/api/v1/tickets"
        with nginx.socket() as s:
            s.sendall((f"POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {c.cookie}\r\nX-Requested-With: otklik\r\n"
                       f"Content-Type: application/json\r\nContent-Length: {size}\r\n\r\n").encode())
            head = read_until(s, b"\r\n\r\n")  # before a byte of the body
            assert head.startswith(b"HTTP/1.1 413 "), (who, head)


def test_slow_upload(server, nginx):
    c = nginx.client()
    c.sign_in(*ADMIN)
    with nginx.socket() as s:
        s.sendall((f"POST /api/v1/uploads?name=slow.bin HTTP/1.1\r\nHost: localhost\r\nCookie: {c.cookie}\r\n"
                   "X-Requested-With: otklik\r\nContent-Type: application/octet-stream\r\nContent-Length: 400\r\n"
                   "Connection: close\r\n\r\n").encode())
        for _ in range(40):  # each piece is a TLS record and a packet of its own
            s.sendall(b"x" * 10)
            assert nginx.client().raw("GET", "/session")[0].status == 401  # others are served meanwhile
        answer = b""
        while piece := s.recv(65536):
            answer += piece
        assert answer.startswith(b"HTTP/1.1 201 ") and b'"size":400' in answer, answer


def test_smuggling_ends_at_one_of_us(server, nginx):
    for fields, body in (("Content-Length: 4\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
                         ("Content-Length: 1\r\nContent-Length: 2", "ab"), ("Transfer-Encoding: xchunked", "0\r\n\r\n"),
                         ("Host: other", ""), ("Content-Length: +1", "a")):
        with nginx.socket() as s:
            s.sendall((f"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n\r\n{body}"
                       "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").encode())
            head = read_until(s, b"\r\n\r\n")
            assert head.split()[1][:1] in (b"4", b"5"), (fields, head)
    with nginx.socket() as s:  # an upgrade to anything but WebSocket stays a request
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
                  b"Connection: Upgrade, HTTP2-Settings\r\n\r\n")
        assert read_until(s, b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")


def test_guessing_slows_its_own_address_only(server, nginx):
    guesser, neighbour = nginx.client("127.0.0.9"), nginx.client("127.0.0.10")
    for i in range(200):  # another account each time, so that only the address can be what is counted
        r, _ = guesser.raw("POST", "/session", {"email": f"nobody{i}@otklik.test", "password": "wrong guess"},
                           {"X-Forwarded-For": f"192.0.2.{i}"})
        assert r.status in (401, 429), r.status
        if r.status == 429:
            break
    assert r.status == 429 and int(r.getheader("Retry-After")) > 0, (i, r.status)
    neighbour.sign_in(*ADMIN)


def test_what_nginx_lets_through_is_refused_in_our_form(server, nginx):
    c = nginx.client()
    r, data = c.raw("GET", "/session", headers={"X-Long": "x" * 7000, "X-Long-2": "x" * 7000, "X-Long-3": "x" * 7000})
    assert r.status == 431 and json.loads(data)["key"] == "error.too_large", (r.status, data)


TESTS = [test_sign_in_and_upload, test_the_clients_address, test_server_sent_events, test_websocket, test_http2,
         test_bodies_that_are_too_large, test_slow_upload, test_smuggling_ends_at_one_of_us,
         test_guessing_slows_its_own_address_only,
         test_what_nginx_lets_through_is_refused_in_our_form]


def main():
    if not NGINX or not shutil.which("openssl") or not shutil.which("curl"):
        print(f"nginx, openssl or curl is missing\n0 passed, 0 failed, {len(TESTS)} skipped")
        return 0
    server = Server(sys.argv[1])
    nginx = Nginx(server.port)
    server.extra = [f"--http.base_url=https://localhost:{nginx.port}", "--http.trusted_proxies=127.0.0.1",
                    "--lmtp.listen="]
    failed = 0
    try:
        server.add_admin()
        server.start()
        nginx.start()
        for test in TESTS:
            try:
                test(server, nginx)
                print("ok", test.__name__, flush=True)
            except Exception:
                failed += 1
                print("FAILED", test.__name__)
                traceback.print_exc(file=sys.stdout)
        if failed:
            print(server.log_tail(), open(nginx.path("log")).read())
    finally:
        nginx.stop()
        server.dispose()
    print(f"{len(TESTS) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

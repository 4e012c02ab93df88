"""Drives a real otklik process for tests: start, kill, API calls, letters.

Standard library only. A Server owns a data folder and, for PostgreSQL, a
database of its own on the scratch cluster named by $OTKLIK_TEST_PG.
"""
import http.client
import json
import os
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
import urllib.parse
import uuid


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class ApiError(Exception):
    def __init__(self, status, body):
        super().__init__(f"HTTP {status}: {body}")
        self.status = status
        self.body = body


class Client:
    """One keep-alive connection with a bearer token or a session cookie."""

    def __init__(self, port, token=None, timeout=20):
        self.port, self.token, self.cookie, self.timeout = port, token, None, timeout
        self.conn = None

    def raw(self, method, path, body=None, headers=None):
        h = {"Accept": "application/json", "X-Requested-With": "otklik"}
        if self.token:
            h["Authorization"] = "Bearer " + self.token
        if self.cookie:
            h["Cookie"] = self.cookie
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            h["Content-Type"] = "application/json"
        h.update(headers or {})
        if self.conn is None:
            self.conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        try:
            self.conn.request(method, "/api/v1" + path, body=body, headers=h)
            r = self.conn.getresponse()
            data = r.read()
        except Exception:
            self.close()
            raise
        if r.getheader("Connection", "").lower() == "close":
            self.close()
        return r, data

    def call(self, method, path, body=None, headers=None):
        r, data = self.raw(method, path, body, headers)
        if r.status >= 400:
            raise ApiError(r.status, data.decode("utf-8", "replace"))
        return json.loads(data) if data else None

    def get(self, path, **query):
        q = {k: v for k, v in query.items() if v is not None}
        return self.call("GET", path + ("?" + urllib.parse.urlencode(q) if q else ""))

    def post(self, path, body=None, headers=None):
        return self.call("POST", path, body if body is not None else {}, headers)

    def patch(self, path, body):
        return self.call("PATCH", path, body)

    def delete(self, path):
        return self.call("DELETE", path)

    def sign_in(self, email, password):
        r, data = self.raw("POST", "/session", {"email": email, "password": password})
        if r.status >= 400:
            raise ApiError(r.status, data.decode())
        self.cookie = r.getheader("Set-Cookie").split(";")[0]
        return json.loads(data)

    def close(self):
        if self.conn:
            self.conn.close()
            self.conn = None


ADMIN = ("admin@otklik.test", "correct horse battery")


class Server:
    """A process and its data folder.

    wrap: what the process is started by, such as prlimit; it must become the process itself."""

    def __init__(self, binary, engine="sqlite", data=None, extra=None, db_url=None):
        self.binary = os.path.abspath(binary)
        self.env, self.wrap = {}, []
        self.engine = engine
        self.own_data = data is None
        self.data = data or tempfile.mkdtemp(prefix="otklik-test-")
        self.port, self.lmtp_port = free_port(), free_port()
        self.process = None
        self.extra = list(extra or [])
        self.db_url, self.db_name = db_url or "", None
        self.clock_file = os.path.join(self.data, "clock")
        if engine == "pg" and not db_url:
            base = os.environ["OTKLIK_TEST_PG"]
            self.db_name = "otklik_" + uuid.uuid4().hex[:12]
            subprocess.run(["psql", "-q", base, "-c", f"CREATE DATABASE {self.db_name}"], check=True,
                           stdout=subprocess.DEVNULL)
            parts = urllib.parse.urlsplit(base)
            self.db_url = urllib.parse.urlunsplit(parts._replace(path="/" + self.db_name))

    def settings(self):
        args = ["--data.dir=" + os.path.join(self.data, "data"), f"--http.listen=127.0.0.1:{self.port}",
                f"--lmtp.listen=127.0.0.1:{self.lmtp_port}", "--log.level=info"]
        if self.db_url:
            args.append("--db.url=" + self.db_url)
        return args + self.extra

    def command(self, *args, input=None, check=True):
        r = subprocess.run([self.binary, *args, *self.settings()], input=input, capture_output=True, text=True)
        if check and r.returncode:
            raise RuntimeError(f"otklik {args}: exit {r.returncode}: {r.stdout} {r.stderr}")
        return r

    def add_admin(self, email=ADMIN[0], password=ADMIN[1]):
        self.command("user", "add", "--email", email, "--name", "Admin", "--role", "admin", "--password-stdin",
                     input=password + "\n")

    def start(self, wait=True):
        env = dict(os.environ, OTKLIK_CLOCK_FILE=self.clock_file, **self.env)
        env.setdefault("OTKLIK_LISTS_CHECK", "true")  # rows that are kept, beside new ones
        self.log = open(os.path.join(self.data, "log"), "ab")
        self.process = subprocess.Popen([*self.wrap, self.binary, "serve", *self.settings()], stdout=self.log, stderr=self.log,
                                        env=env)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError("the server ended: " + self.log_tail())
            try:
                c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
                c.request("GET", "/readyz")
                ok = c.getresponse().status == 200
                c.close()
                if ok:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise RuntimeError("the server does not get ready: " + self.log_tail())

    def readiness(self, timeout=20):
        """(status, body) of /readyz."""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            c.request("GET", "/readyz")
            r = c.getresponse()
            return r.status, json.loads(r.read())
        finally:
            c.close()

    def log_tail(self, n=3000):
        with open(os.path.join(self.data, "log"), "rb") as f:
            return f.read()[-n:].decode("utf-8", "replace")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=30)

    def client(self, sign_in=True):
        c = Client(self.port)
        if sign_in:
            c.sign_in(*ADMIN)
        return c

    def letter(self, raw, sender="anna@customer.test", to=("support@shop.test",), timeout=20):
        """Hands one letter over by LMTP; returns once it was acknowledged, or raises."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port, timeout=timeout) as s:
            return s.sendmail(sender, list(to), raw)

    def dispose(self):
        try:
            self.stop()
        finally:
            if self.db_name:
                subprocess.run(["psql", "-q", os.environ["OTKLIK_TEST_PG"], "-c",
                                f"DROP DATABASE IF EXISTS {self.db_name} WITH (FORCE)"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if self.own_data:
                shutil.rmtree(self.data, ignore_errors=True)


def engines():
    return ["sqlite"] + (["pg"] if os.environ.get("OTKLIK_TEST_PG") else [])


def all_tickets(client, **query):
    """Every ticket the client sees, over all pages."""
    cursor = None
    while True:
        page = client.get("/tickets", view="all", limit=200, cursor=cursor, **query)
        yield from page["items"]
        cursor = page.get("next")
        if not cursor:
            return

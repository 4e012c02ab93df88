"""What the measures share: the table, servers with data of a given size, runs of the load programs."""
import contextlib
import hashlib
import http.client
import json
import os
import re
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "lib"))
os.environ.setdefault("OTKLIK_LISTS_CHECK", "false")  # what a check costs is not measured
from otklik import Server  # noqa: E402

GENERATOR = ("fill.c", "prose.c", "prose.h", "words.h")
SMALL = 20000
LARGE = int(os.environ.get("BENCH_LARGE", "1000000"))
LISTENERS = int(os.environ.get("BENCH_LISTENERS", "10000"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
COMPARE = {">=": lambda a, b: a >= b, "<=": lambda a, b: a <= b}


def size_name(n):
    return {1000000: "1m", 20000: "20k"}.get(n, str(n))


def met(target, value, ratio):
    """target: "value >= 3600 and ratio >= 0.5", "ratio <= 1.5 or value <= 2"."""
    def one(part):
        what, op, number = part.split()
        have = {"value": value, "ratio": ratio}[what]
        return have is not None and COMPARE[op](have, float(number))
    return any(all(one(p) for p in side.split(" and ")) for side in target.split(" or "))


class Bench:
    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.folder = os.path.join(self.build, "bench")
        self.kept = os.environ.get("BENCH_DATA", self.folder)
        self.binary = os.path.join(self.build, "src/main/otklik")
        # On the disk of the build folder: /tmp may be memory, where nothing is durable.
        self.scratch = tempfile.mkdtemp(prefix="run-", dir=self.folder)
        self.rows, self.servers, self.copies, self.clusters = [], [], {}, []
        self.errors, self.high = 0, 0.0
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

    # ---- figures ----

    def put(self, name, value, unit, limit=None, target=None):
        ratio = value / limit if limit else None
        ok = met(target, value, ratio) if target else None
        self.rows.append({"name": name, "value": round(value, 3), "unit": unit,
                          "limit": None if limit is None else round(limit, 3),
                          "ratio": None if ratio is None else round(ratio, 3), "target": target, "ok": ok})
        beside = f"of {limit:.4g}: {ratio:.3f}" if limit else ""
        verdict = "" if ok is None else ("ok    " if ok else "MISSED") + f" {target}"
        print(f"{name:<26}{value:>11.4g} {unit:<5} {beside:<18}{verdict}", flush=True)

    def write(self):
        with open(os.path.join(self.build, "bench.json"), "w") as f:
            json.dump(self.rows, f, indent=1)
        missed = [r["name"] for r in self.rows if r["ok"] is False]
        if missed:
            print(f"{len(missed)} of {sum(r['ok'] is not None for r in self.rows)} targets missed: "
                  + ", ".join(missed))

    # ---- programs ----

    def run(self, program, *args, **kwargs):
        """One of ours in BUILD/bench; gives what it printed as JSON."""
        r = subprocess.run([os.path.join(self.folder, program), *map(str, args)], stdout=subprocess.PIPE,
                           text=True, **kwargs)
        if r.returncode:
            raise RuntimeError(f"{program} failed with {r.returncode}")
        out = json.loads(r.stdout)
        if out.get("errors"):
            self.errors += out["errors"]
            print(f"  {out['errors']} errors in {program} {args[-2:]}", file=sys.stderr)
        return out

    def run_at(self, server, program, *args):
        """The same against a server: with cpu_us, the server's CPU time for each request in microseconds."""
        used = cpu_seconds(server.process.pid)
        out = self.run(program, *args)
        out["cpu_us"] = (cpu_seconds(server.process.pid) - used) / max(out["requests"], 1) * 1e6
        return out

    def load(self, server, clients, method, path, body=None, largest=1, seconds=SECONDS, first=0):
        headers = ["X-Requested-With: otklik", "Cookie: " + self.cookie(server)]
        args = ["-m", largest, "-n", first]
        if body:
            headers.append("Content-Type: application/json")
            args += ["-b", body]
        for h in headers:
            args += ["-H", h]
        return self.run_at(server, "load", *args, server.port, clients, seconds, method, "/api/v1" + path)

    # ---- servers ----

    def empty(self, engine="sqlite", extra=()):
        """An installation with an administrator and nothing else, not started."""
        server = Server(self.binary, engine, data=tempfile.mkdtemp(dir=self.scratch),
                        extra=["--log.level=warn", *extra])
        self.servers.append(server)
        server.add_admin()
        return server

    def filled(self, n, extra=()):
        """One with n tickets, not started. A copy that measures of one run share."""
        if n not in self.copies:
            self.copies[n] = os.path.join(self.scratch, str(n))
            subprocess.run(["cp", "-r", "--reflink=auto", self.data(n), self.copies[n]], check=True)
        server = Server(self.binary, "sqlite", data=self.copies[n], extra=["--log.level=warn", *extra])
        self.servers.append(server)
        return server

    def filled_pg(self, n):
        """The same n tickets in PostgreSQL, by COPY."""
        server = self.empty("pg")
        source = self.data(n)
        shutil.copy(os.path.join(source, "data", "key"), os.path.join(server.data, "data", "key"))
        script = os.path.join(server.data, "copy.sql")
        with open(script, "w") as f:
            write_copy(os.path.join(source, "data", "otklik.db"), f)
        subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-f", script, server.db_url], check=True)
        return server

    def kept_pg(self, n):
        """What a reader of n tickets needs of them in a PostgreSQL of its own, not started; made once and kept."""
        source = self.data(n)
        made = os.path.join(self.kept, "pg-" + os.path.basename(source))
        ready = os.path.join(made, "ready")
        if not os.path.exists(ready):
            for old in os.listdir(self.kept):
                if old.startswith(f"pg-data-{n}-"):
                    shutil.rmtree(os.path.join(self.kept, old))
            self.clusters.append(made)
            test_pg("start", "-s", "-d", made)
            self.fill_pg(source, made)
            open(ready, "w").close()
        else:
            self.clusters.append(made)
            test_pg("restart", "-d", made)
        server = self.server_pg(made)
        server.command("migrate")
        self.servers.append(server)
        return server

    def server_pg(self, made):
        with open(os.path.join(made, "url")) as f:
            return Server(self.binary, "pg", data=os.path.join(made, "otklik"), db_url=f.read().strip(),
                          extra=["--log.level=warn"])

    def fill_pg(self, source, made):
        t0 = time.monotonic()
        print("filling PostgreSQL", file=sys.stderr)
        os.makedirs(os.path.join(made, "otklik"))
        server = self.server_pg(made)
        server.add_admin()
        shutil.copy(os.path.join(source, "data", "key"), os.path.join(server.data, "data", "key"))
        script = os.path.join(server.data, "copy.sql")
        with open(script, "w") as f:
            write_copy(os.path.join(source, "data", "otklik.db"), f, without=("event", "intake", "delivery", "job"))
        # Fast, since a cut means that it is made again; the index of words at once, which is smaller, too.
        sql(server, "ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET maintenance_work_mem = '256MB'",
            "ALTER SYSTEM SET max_wal_size = '4GB'", "SELECT pg_reload_conf()")
        subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-f", script, server.db_url], check=True)
        os.unlink(script)
        index = sql(server, "SELECT indexdef FROM pg_indexes WHERE indexname = 'message_search_words'")
        sql(server, "DROP INDEX message_search_words")
        server.start()
        while metric(server, "otklik_search_unindexed") > 0:
            time.sleep(0.5)
        self.stop(server)
        sql(server, index, "VACUUM ANALYZE", "ALTER SYSTEM RESET fsync", "ALTER SYSTEM RESET max_wal_size",
            "SELECT pg_reload_conf()", "CHECKPOINT")
        os.sync()
        print(f"filled in {time.monotonic() - t0:.0f} s", file=sys.stderr)

    def data(self, n):
        """The folder of an installation with n tickets, kept for this generator. The program brings one
        that lacks the newest migrations up to date, as it does with any installation."""
        made = os.path.join(self.kept, f"data-{n}-{digest_of(*(os.path.join(HERE, f) for f in GENERATOR))}")
        folder = os.path.join(HERE, "../sql/migrations")
        now = [f"{f} {digest_of(os.path.join(folder, f))}" for f in sorted(os.listdir(folder))]
        had = read_lines(os.path.join(made, "migrations"))
        server = Server(self.binary, "sqlite", data=made)
        if not had or had != now[:len(had)]:
            for old in os.listdir(self.kept):
                if old.startswith(f"data-{n}-"):
                    shutil.rmtree(os.path.join(self.kept, old))
            os.makedirs(made)
            t0 = time.monotonic()
            print(f"making {n} tickets", file=sys.stderr)
            server.add_admin()
            subprocess.run([os.path.join(self.folder, "bench-fill"), database_of(server), str(n)], check=True)
            print(f"made in {time.monotonic() - t0:.0f} s", file=sys.stderr)
        elif had != now:
            server.command("migrate")
        os.sync()
        with open(os.path.join(made, "migrations"), "w") as f:
            f.write("\n".join(now))
        return made

    def cookie(self, server):
        if not hasattr(server, "session"):
            server.session = server.client().cookie
        return server.session

    def stop(self, server):
        if server.process and server.process.poll() is None:
            self.high = max(self.high, memory_mib(server.process.pid, "VmHWM"))
        server.stop()

    def stop_servers(self):
        for s in self.servers:
            self.stop(s)
            s.dispose()
        self.servers = []
        for folder in self.clusters:
            test_pg("halt", "-d", folder)
        self.clusters = []

    def close(self):
        self.stop_servers()
        shutil.rmtree(self.scratch, ignore_errors=True)


class Core:
    """One of the smallest servers (core.h)."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def cpu(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


def test_pg(*args):
    subprocess.run([os.path.join(HERE, "../tools/test_pg.sh"), *args], check=True, stdout=subprocess.DEVNULL)


def sql(server, *statements):
    """What the first gives."""
    args = [x for s in statements for x in ("-c", s)]
    out = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", server.db_url, *args], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    return out.split("\n")[0]


def digest_of(*paths):
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as f:
            digest.update(f.read())
    return digest.hexdigest()[:12]


def read_lines(path):
    try:
        with open(path) as f:
            return f.read().split("\n")
    except FileNotFoundError:
        return []


def database_of(server):
    return os.path.join(server.data, "data", "otklik.db")


def copy_database(server, path):
    """As it is now, of a server that runs."""
    with contextlib.closing(sqlite3.connect(database_of(server))) as db:
        with contextlib.closing(sqlite3.connect(path)) as to:
            db.backup(to)


def copy_text(v):
    if v is None:
        return "\\N"
    if isinstance(v, bytes):
        return "\\\\x" + v.hex()
    return re.sub(r"[\\\t\n\r]", lambda m: {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}[m[0]], str(v))


def write_copy(path, out, without=()):
    """A script for psql that puts every row of a SQLite file, but for some tables, into an installation of the same
    schema."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        tables = [t for t, in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' "
                                         "AND name NOT GLOB '*_search*' AND name NOT IN ('schema_version', 'search_word')")]
        out.write("BEGIN; SET session_replication_role = replica;\n")  # no checks of references
        out.write(f"TRUNCATE {', '.join(tables)} CASCADE;\n")
        for t in tables:
            if t in without:
                continue
            rows = db.execute(f"SELECT * FROM {t}")
            columns = [d[0] for d in rows.description]
            out.write(f"COPY {t} ({', '.join(columns)}) FROM STDIN;\n")
            for row in rows:
                out.write("\t".join(map(copy_text, row)) + "\n")
            out.write("\\.\n")
            if "id" in columns:
                out.write(f"SELECT setval(pg_get_serial_sequence('{t}', 'id'), coalesce(max(id), 0) + 1, false) "
                          f"FROM {t} WHERE pg_get_serial_sequence('{t}', 'id') IS NOT NULL;\n")
        # The index is made by the server itself, as after a migration.
        if "event" in without:
            out.write("DELETE FROM event_cursor;\n")
        out.write("INSERT INTO event_cursor SELECT 'search_old', max(id), 0 FROM message;\nCOMMIT;\nANALYZE;\n")


def memory_mib(pid, what="VmRSS"):
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(rf"^{what}:\s+(\d+)", f.read(), re.M)[1]) / 1024


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def metric(server, name):
    """One figure of /metrics."""
    c = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    c.request("GET", "/metrics")
    text = c.getresponse().read().decode()
    c.close()
    return float(re.search(rf"^{name} (\S+)", text, re.M)[1])


def wait_level(server, name, most):
    t0 = time.monotonic()
    while metric(server, name) > 0:
        if time.monotonic() - t0 > most:
            raise RuntimeError(f"{name} does not go down")
        time.sleep(0.01)
    return time.monotonic() - t0


def index_lag(server):
    """Seconds until the search index has all that is committed."""
    return wait_level(server, "otklik_search_behind", 120)


def settle(server):
    """Waits for what follows the commits, so that it takes nothing from what is measured next."""
    for name in ("search_behind", "search_unindexed", "sense_behind"):
        wait_level(server, "otklik_" + name, 600)


def median_of(runs):
    """Runs of one load: the median of each figure."""
    return {k: statistics.median(r[k] for r in runs) for k in runs[0]}

"""The measures of bench/run.py: ALL lists (names, function); a function puts the figures so named."""
import http.client
import json
import os
import shutil
import statistics
import time

import search
from lib import LARGE, LISTENERS, SECONDS, SMALL, Core, copy_database, index_lag, median_of, memory_mib, metric, settle, size_name

BODY = json.dumps({
    "subject": "Где мой заказ %d", "from_customer": True, "to": {"address": "bench%d@customer.test"},
    "text": "Здравствуйте! Заказ %d оплачен в понедельник, а в кабинете всё ещё «ожидает оплаты». " * 4
            + "The courier called twice and left; please tell me when it comes. " * 5}, ensure_ascii=False)


def beside_raw(b, server, clients, load):
    """Runs of load(clients, seconds, first number) in turns with the engine that writes the same rows, as many
    tickets a batch as there are clients: ({clients: (median run, the engine's median run)}, the longest lag of the
    search index behind a run of ours)."""
    before, written = (os.path.join(server.data, f) for f in ("before", "written"))
    copy_database(server, before)
    load(clients[-1], SECONDS, 1)
    copy_database(server, written)
    runs, lag = {n: ([], []) for n in clients}, 0
    for turn in range(3):
        for n, (ours, raw) in runs.items():
            ours.append(load(n, SECONDS / 2, (turn * 100 + n) * 1_000_000))
            lag = max(lag, index_lag(server))
            settle(server)
            target = os.path.join(server.data, f"raw{turn}-{n}")
            shutil.copy(before, target)
            raw.append(b.run("raw", written, target, n, SECONDS / 2))
    return {n: (median_of(ours), median_of(raw)) for n, (ours, raw) in runs.items()}, lag


def create(b):
    """Durable creation beside the engine."""
    server = b.empty().start()
    runs, lag = beside_raw(b, server, (1, 2, 32), lambda n, seconds, first: b.load(
        server, n, "POST", "/tickets", BODY, seconds=seconds, first=first))
    b.put("create.32.lag", lag, "s", target="value <= 1")
    for clients, (r, raw) in runs.items():
        b.put(f"create.{clients}.rate", r["per_s"], "/s", raw["per_s"],
              "value >= 3600 and ratio >= 0.5" if clients == 32 else None)
        b.put(f"create.{clients}.p99", r["p99_us"] / 1000, "ms")
        b.put(f"create.{clients}.cpu", r["cpu_us"], "us", raw["cpu_us"])


def create_large(b):
    server = b.filled(LARGE).start()
    r = b.load(server, 32, "POST", "/tickets", BODY, first=900_000_000)
    lag = index_lag(server)
    b.put(f"create.{size_name(LARGE)}.rate", r["per_s"], "/s", target="value >= 3600")
    b.put(f"create.{size_name(LARGE)}.lag", lag, "s", target="value <= 1")


def letters(b):
    """Letters of 7 KB handed over by LMTP on 16 connections."""
    server = b.empty().start()
    client = server.client()
    client.post("/inboxes", {"name": "Support", "address": "support@bench.test",
                             "brand_id": client.get("/brands")["items"][0]["id"],
                             "line_id": client.get("/lines")["items"][0]["id"]})
    runs, lag = beside_raw(b, server, (16,), lambda n, seconds, first: b.run_at(
        server, "bench-letters", server.lmtp_port, n, seconds, "support@bench.test", first))
    r, raw = runs[16]
    b.put("letters.lag", lag, "s", target="value <= 1")
    b.put("letters.size", r["mean_bytes"] / 1024, "KiB")
    b.put("letters.rate", r["per_s"], "/s", raw["per_s"], "value >= 1500")
    b.put("letters.p99", r["p99_us"] / 1000, "ms")
    b.put("letters.cpu", r["cpu_us"], "us", raw["cpu_us"])


READS = {"list": "/tickets?view=all&limit=50", "open": "/tickets?view=open&limit=50", "ticket": "/tickets/%d",
         "thread": "/tickets/%d/messages", "counts": "/counts"}


def read(what):
    """Two clients, in turns at the small and at the large installation, so that both see the same machine."""
    def measure(b):
        sizes = (SMALL, LARGE)
        servers = {n: b.filled(n).start() for n in sizes}
        runs = {n: [] for n in sizes}
        for n in sizes:
            b.load(servers[n], 2, "GET", READS[what], largest=n, seconds=SECONDS / 4)
        for _ in range(3):
            for n in sizes:
                runs[n].append(b.load(servers[n], 2, "GET", READS[what], largest=n, seconds=SECONDS / 2))
        small, large = median_of(runs[SMALL]), median_of(runs[LARGE])
        flat = what != "counts"
        s, m = f"read.{what}.{size_name(SMALL)}", f"read.{what}.{size_name(LARGE)}"
        b.put(s + ".rate", small["per_s"], "/s", target="value >= 4000" if flat else None)
        b.put(s + ".p50", small["p50_us"] / 1000, "ms")
        b.put(s + ".p99", small["p99_us"] / 1000, "ms", target="value <= 5" if flat else None)
        b.put(s + ".cpu", small["cpu_us"], "us")
        b.put(m + ".rate", large["per_s"], "/s", small["per_s"], "value >= 4000" if flat else None)
        b.put(m + ".p50", large["p50_us"] / 1000, "ms", small["p50_us"] / 1000,
              "ratio <= 1.3" if flat else None)
        b.put(m + ".p99", large["p99_us"] / 1000, "ms", small["p99_us"] / 1000,
              "ratio <= 1.5 or value <= 2" if flat else None)
        b.put(m + ".cpu", large["cpu_us"], "us", small["cpu_us"])
    return measure


def pg(b):
    """PostgreSQL in turns with SQLite: ratios of rates."""
    both = b.empty().start(), b.empty("pg").start()
    sizes = {"create.32": (both, 32, "POST", "/tickets", BODY)}
    filled = b.filled(SMALL).start(), b.filled_pg(SMALL).start()
    settle(filled[1])  # its index is made by itself
    for what in ("list", "open", "ticket", "thread"):
        sizes[what] = filled, 2, "GET", READS[what], None
    for name, (servers, clients, method, path, body) in sizes.items():
        runs = ([], [])
        lags = []
        for turn in range(4):
            for server, found in zip(servers, runs):
                r = b.load(server, clients, method, path, body, largest=SMALL, seconds=SECONDS / 2,
                           first=turn * 1_000_000)
                if turn:  # the first is to warm up
                    found.append(r)
                lags.append(index_lag(server))
                settle(server)
        lite, postgres = map(median_of, runs)
        b.put(f"pg.{name}.rate", postgres["per_s"], "/s", lite["per_s"],
              "ratio >= 0.4" if name == "create.32" else "ratio >= 0.5")
        b.put(f"pg.{name}.p99", postgres["p99_us"] / 1000, "ms", lite["p99_us"] / 1000)
        if name == "create.32":
            b.put("pg.create.32.lag", lags[-1], "s", target="value <= 1")


def first_answer(server):
    """Milliseconds from the start of the process to the first answer that says ready."""
    t0 = time.monotonic()
    server.start(wait=False)
    while time.monotonic() - t0 < 60:
        try:
            c = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
            c.request("GET", "/readyz")
            if c.getresponse().status == 200:
                return (time.monotonic() - t0) * 1000
        except OSError:
            time.sleep(0.001)
        finally:
            c.close()
    raise RuntimeError("no answer: " + server.log_tail())


def start(b):
    for n, most in ((SMALL, 100), (LARGE, 300)):
        server = b.filled(n)
        times = []
        for _ in range(5):
            times.append(first_answer(server))
            b.stop(server)
        b.put(f"start.{size_name(n)}", sorted(times)[2], "ms", target=f"value <= {most}")


def memory(b):
    """At rest: started, asked once for a list, a ticket and a search, then left alone until it has
    read what suggestions are looked up in."""
    server = b.filled(LARGE).start()
    client = server.client()
    for path in ("/tickets?view=open&limit=50", "/tickets/1", "/tickets/1/messages", "/counts", "/search?q=order"):
        client.get(path)
    until = time.monotonic() + 60
    while metric(server, "otklik_shelf_bytes") == 0 and time.monotonic() < until:
        time.sleep(1)
    time.sleep(3)
    b.put("memory.idle", memory_mib(server.process.pid), "MiB", target="value <= 64")


def push(b):
    """Ten thousand listeners."""
    server = b.filled(SMALL, ["--push.max_clients=20000", "--http.max_connections=25000"]).start()
    r = b.run("listen", server.port, server.process.pid, LISTENERS, b.cookie(server), 1)
    b.put("push.idle", r["idle_bytes"] / 1024, "KiB", target="value <= 4")
    b.put("push.event", r["event_ms"], "ms", r["bare_ms"], "value <= 250")
    b.put("push.event.worst", r["event_max_ms"], "ms")
    b.put("push.connect", r["connect_s"], "s")
    b.put("push.storm", r["storm_s"], "s", target="value <= 10")
    b.put("push.storm.refused", r["refused"], "")


def core(b):
    """CPU of our HTTP core beside libmicrohttpd, in turns, under the same load."""
    servers = [Core(os.path.join(b.folder, program)) for program in ("bench-core", "core-mhd")]
    try:
        for name, args in (("get", ["GET", "/x"]), ("post", ["-b", "x" * 1024, "POST", "/x"])):
            costs = [[], []]
            for turn in range(6):
                for server, cost in zip(servers, costs):
                    used = server.cpu()
                    r = b.run("load", *args[:-2], server.port, 16, SECONDS / 4, *args[-2:])
                    if turn:  # the first is to warm up
                        cost.append((server.cpu() - used) / r["requests"] * 1e6)
            ours, theirs = map(statistics.median, costs)
            b.put(f"core.{name}", ours, "us", theirs, "ratio <= 1.15")
    finally:
        for server in servers:
            server.stop()


def memory_high(b):
    """Of all servers that were measured, the most that one of them ever held."""
    if b.high:
        b.put("memory.high", b.high, "MiB", target="value <= 256")


ALL = [
    (["create.1", "create.2", "create.32"], create),
    (["letters"], letters),
    (["start"], start),
    (["memory"], memory),
    (["core"], core),
    (["push"], push),
    *((["read." + what], read(what)) for what in READS),
    (["pg.create.32", "pg.list", "pg.open", "pg.ticket", "pg.thread"], pg),
    *search.MEASURES,
    (["create." + size_name(LARGE)], create_large),
]

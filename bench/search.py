"""The measures of search: what people type, asked one after the other, each once on a warm server."""
import contextlib
import os
import random
import re
import sqlite3
import statistics
import time
import urllib.parse

from lib import LARGE, SMALL, database_of, size_name, sql


def ask(b, server, queries):
    """Milliseconds of each."""
    client = server.client()
    took = []
    for q in queries:
        t0 = time.perf_counter()
        client.get("/search?limit=20&q=" + urllib.parse.quote(q))
        took.append((time.perf_counter() - t0) * 1000)
    return took


def percentile(values, p):
    return sorted(values)[min(len(values) - 1, int(len(values) * p))]


def sample(path, seed, n):
    """Texts of messages as lists of words, the same ones every time."""
    dice = random.Random(seed)
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        last = db.execute("SELECT max(id) FROM message").fetchone()[0]
        ids = [dice.randrange(1, last + 1) for _ in range(n)]
        rows = [db.execute("SELECT text FROM message WHERE id >= ? LIMIT 1", (i,)).fetchone() for i in ids]
    return [re.findall(r"\w+", r[0].lower()) for r in rows], dice


def queries(path):
    """{kind: queries}. Words are drawn as they are used, so that frequent ones are frequent here too; the
    last word ends with a space, but for the beginnings, as somebody types them."""
    texts, dice = sample(path, 5, 400)
    words = [w for t in texts for w in t]
    frequent = sorted(set(words), key=lambda w: (-words.count(w), w))[:60]
    kinds = {"frequent": frequent, "one": [dice.choice(words) for _ in range(200)], "two": [], "three": [],
             "apart": [f"{dice.choice(words)} {dice.choice(words)}" for _ in range(100)],
             "phrase": [], "prefix": []}
    for t in texts:
        at = dice.randrange(0, len(t) - 3)
        kinds["two"].append(" ".join(dice.sample(t, 2)))
        kinds["three"].append(" ".join(dice.sample(t, 3)))
        kinds["phrase"].append(f'"{t[at]} {t[at + 1]}"')
        kinds["prefix"].append(dice.choice(t)[:dice.randrange(2, 7)])
    for kind in ("frequent", "one", "two", "three", "apart"):
        kinds[kind] = [q + " " for q in kinds[kind]]
    return kinds


def index_share(path):
    """Bytes of the index for each byte of text."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        index = db.execute("SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'message_search%' OR name LIKE "
                           "'%search_word%'").fetchone()[0]
        columns = "text quoted subject author_name author_address".split()
        text = db.execute("SELECT " + " + ".join(f"sum(length(CAST({c} AS BLOB)))" for c in columns)
                          + " FROM message").fetchone()[0]
    return index / text


def put(b, name, took):
    words = took["frequent"] + took["one"] + took["two"] + took["three"]
    b.put(name + ".p50", statistics.median(words), "ms", target="value <= 10")
    b.put(name + ".p99", percentile(words, 0.99), "ms", target="value <= 60")
    for kind in ("frequent", "apart", "phrase"):
        b.put(f"{name}.{kind}.p99", percentile(took[kind], 0.99), "ms")
    b.put(name + ".prefix.p99", percentile(took["prefix"], 0.99), "ms", target="value <= 20")


def search(b):
    """One to three words, frequent ones among them, phrases, beginnings."""
    for n in (SMALL, LARGE):
        server = b.filled(n).start()
        asked = queries(database_of(server))
        ask(b, server, asked["one"][:20])
        put(b, f"search.{size_name(n)}", {kind: ask(b, server, qs) for kind, qs in asked.items()})
        b.put(f"search.{size_name(n)}.index", index_share(database_of(server)), "", target="value <= 1.2")
        b.stop(server)


def index_share_pg(server):
    """The same: of the indexes, and of the table that keeps what they were made of."""
    text = "(SELECT sum(octet_length(text) + octet_length(quoted) + octet_length(subject) + octet_length(author_name) + " \
           "octet_length(author_address)) FROM message)"
    return [float(sql(server, f"SELECT ({size})::float8 / {text}")) for size in
            ("pg_indexes_size('message_search') + pg_total_relation_size('search_word')",
             "pg_table_size('message_search')")]


def search_pg(b):
    """The same questions to PostgreSQL at a million messages, at most three times as slow, or within three times
    SQLite's targets."""
    n = LARGE // 3
    lite, pg = b.filled(n).start(), b.kept_pg(n).start()
    asked = queries(database_of(lite))
    for server in (lite, pg):
        ask(b, server, asked["one"][:40])
    for kind, most in (("frequent", 180), ("one", 180), ("two", 180), ("three", 180), ("prefix", 60), ("phrase", None)):
        some = asked[kind][:100]
        a, c = ask(b, lite, some), ask(b, pg, some)
        for name, of, limit in (("p50", statistics.median, 30), ("p99", lambda v: percentile(v, 0.99), most)):
            b.put(f"search.pg.{kind}.{name}", of(c), "ms", of(a), f"ratio <= 3 or value <= {limit}" if most else None)
    index, table = index_share_pg(pg)
    b.put("search.pg.index", index, "", target="value <= 1.2")
    b.put("search.pg.table", table, "")


MEASURES = [(["search.20k.p50", "search.20k.p99", f"search.{size_name(LARGE)}.p50", f"search.{size_name(LARGE)}.p99",
              f"search.{size_name(LARGE)}.prefix.p99", f"search.{size_name(LARGE)}.index"], search),
            (["search.pg.one", "search.pg.two", "search.pg.three", "search.pg.prefix", "search.pg.index"], search_pg)]

"""The measures of search: what people type, asked one after the other, each once on a warm server."""
import contextlib
import os
import random
import re
import sqlite3
import statistics
import time
import urllib.parse

from lib import LARGE, SMALL, database_of, metric, size_name


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


def search_pg(b):
    """The same questions to PostgreSQL, at most three times as slow."""
    n = SMALL
    lite, pg = b.filled(n).start(), b.filled_pg(n).start()
    while metric(pg, "otklik_search_unindexed") > 0:
        time.sleep(0.5)
    asked = queries(database_of(lite))
    for kind in ("frequent", "two", "three", "prefix"):
        a, c = ask(b, lite, asked[kind]), ask(b, pg, asked[kind])
        b.put(f"search.pg.{kind}.p50", statistics.median(c), "ms", statistics.median(a),
              "ratio <= 3 or value <= 30")
        b.put(f"search.pg.{kind}.p99", percentile(c, 0.99), "ms", percentile(a, 0.99),
              "ratio <= 3 or value <= 180")


MEASURES = [(["search.20k.p50", "search.20k.p99", f"search.{size_name(LARGE)}.p50", f"search.{size_name(LARGE)}.p99",
              f"search.{size_name(LARGE)}.prefix.p99", f"search.{size_name(LARGE)}.index"], search),
            (["search.pg.two.p50", "search.pg.two.p99"], search_pg)]

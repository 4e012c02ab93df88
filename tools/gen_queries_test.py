#!/usr/bin/env python3
"""Tests of gen_queries.py: python3 tools/gen_queries_test.py"""

import os
import sqlite3
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import gen_queries as g


def one(text):
    queries = g.parse_queries("x.sql", text)
    assert len(queries) == 1
    return queries[0]


class Queries(unittest.TestCase):
    def fails(self, text, words):
        with self.assertRaises(g.Error) as caught:
            g.parse_queries("x.sql", text)
        self.assertIn(words, str(caught.exception))
        self.assertRegex(str(caught.exception), r"^x\.sql:[0-9]+: ")

    def test_numbers_follow_the_params_line(self):
        q = one("-- about\n-- name: a\n-- params: x y\n-- note\nSELECT :y, -- :z\n :x, :y;\n")
        self.assertEqual(q.sql["sqlite"], "SELECT ?2, ?1, ?2")
        self.assertEqual(q.sql["pg"], "SELECT $2, $1, $2")
        self.assertEqual((q.params, q.notes), (["x", "y"], ["note"]))

    def test_literals_and_casts_are_no_parameters(self):
        q = one("-- name: a\n-- params: x\n-- @pg\nSELECT ':n' || \":m\" || 'it''s :k', :x::text"
                "\n-- @sqlite\nSELECT :x\n-- @end\n")
        self.assertEqual(q.sql["pg"], "SELECT ':n' || \":m\" || 'it''s :k', $1::text")

    def test_typed_parameters_are_cast_in_postgresql(self):
        q = one("-- name: a\n-- params: x:int\nSELECT 1 WHERE :x IS NULL\n")
        self.assertEqual(q.sql["pg"], "SELECT 1 WHERE CAST($1 AS bigint) IS NULL")
        self.assertEqual(q.sql["sqlite"], "SELECT 1 WHERE ?1 IS NULL")

    def test_blocks(self):
        q = one("-- name: a\nSELECT\n-- @sqlite\n1\n-- @pg\n2\n-- @end\n+ 3")
        self.assertEqual((q.sql["sqlite"], q.sql["pg"]), ("SELECT 1 + 3", "SELECT 2 + 3"))

    def test_text_search_operator_is_no_macro(self):
        q = one("-- name: a\n-- params: w\nSELECT 1 WHERE x @@to_tsquery(:w)")
        self.assertEqual(q.sql["pg"], "SELECT 1 WHERE x @@to_tsquery($1)")

    def test_errors_name_their_place(self):
        self.fails("SELECT 1", "SQL before the first")
        self.fails("-- name: A b\nSELECT 1", "bad name")
        self.fails("-- name: a\nSELECT :x", ":x is not in its params line")
        self.fails("-- name: a\n-- params: x\nSELECT 1", "parameter x is never used")
        self.fails("-- name: a\n-- params: x x\nSELECT :x", "twice")
        self.fails("-- name: a\n-- params: x:date\nSELECT :x", "bad type")
        self.fails("-- name: a\nSELECT $1", "parameters have names")
        self.fails("-- name: a\nSELECT 'x", "never closed")
        self.fails("-- name: a\n-- @pg\nSELECT 1\n", "has no -- @end")
        self.fails("-- name: a\n-- @mysql\nSELECT 1\n", "unknown block")
        self.fails("-- name: a\n-- @pg\nSELECT 1\n-- @end\n", "no SQL for sqlite")
        self.fails("-- name: a\nSELECT 1; SELECT 2", "more than one statement")
        self.fails("-- name: a\nSELECT now()", "the time is a parameter")
        self.fails("-- name: a\n-- params: s\nSELECT @seen(t, :s)", "unknown macro @seen")
        self.fails("-- name: a\n-- params: s\nSELECT @visible(:s)", "is written @visible(alias")
        self.fails("-- name: a\n-- params: s\nSELECT @ids(t, :s)", "is written @ids(:list)")
        self.fails("-- name: a\nSELECT 1::text", "PostgreSQL only")

    def test_line_of_an_error(self):
        with self.assertRaises(g.Error) as caught:
            g.parse_queries("x.sql", "-- name: a\n-- params: x\nSELECT :x,\n'\n',\n:y\n")
        self.assertTrue(str(caught.exception).startswith("x.sql:6: "))

    def test_visible_in_sqlite(self):
        q = one("-- name: a\n-- params: s\nSELECT t.id FROM t WHERE @visible(t, :s)")
        db = sqlite3.connect(":memory:")
        db.execute("CREATE TABLE t (id, line_id, brand_id)")
        db.executemany("INSERT INTO t VALUES (?,?,?)", [(1, 1, 1), (2, 2, 1), (3, None, 2)])

        def ids(scope):
            return [r[0] for r in db.execute(q.sql["sqlite"], (scope,))]

        self.assertEqual(ids('{"lines":null,"brands":null}'), [1, 2, 3])
        self.assertEqual(ids('{"lines":[2],"brands":null}'), [2])
        self.assertEqual(ids('{"lines":null,"brands":[2]}'), [3])
        self.assertEqual(ids('{"lines":null}'), [])


class Migrations(unittest.TestCase):
    def test_words_blocks_and_strict_tables(self):
        text = (
            "-- a\nCREATE TABLE t ( -- @int here stays out\n id @pk, n @int DEFAULT ';',\n b @blob\n);\n"
            "-- @sqlite\nCREATE VIRTUAL TABLE v USING fts5 (x);\n-- @end\n"
        )
        sqlite = g.compile_migration("0001_x.sql", text, "sqlite")
        self.assertIn("id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER DEFAULT ';'", sqlite)
        self.assertIn(") STRICT;", sqlite)
        self.assertEqual(sqlite.count("STRICT"), 1)
        pg = g.compile_migration("0001_x.sql", text, "pg")
        self.assertIn("n BIGINT DEFAULT ';'", pg)
        self.assertIn("b BYTEA", pg)
        self.assertNotIn("fts5", pg)
        self.assertNotIn("STRICT", pg)

    def test_unknown_word(self):
        with self.assertRaisesRegex(g.Error, "0001_x.sql:1: unknown word @text"):
            g.compile_migration("0001_x.sql", "CREATE TABLE t (x @text);", "pg")


class Output(unittest.TestCase):
    def test_literals(self):
        self.assertEqual(g.c_string('a "b" \\ ?\n', ""), '"a \\"b\\" \\\\ \\?\\n"')


if __name__ == "__main__":
    unittest.main()

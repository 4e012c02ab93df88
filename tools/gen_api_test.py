#!/usr/bin/env python3
"""Tests of gen_api.py: python3 tools/gen_api_test.py

What is wrong in a declaration is told with file and name; the document of
OpenAPI made from the project's own declarations is whole: every reference
resolves, every parameter of a path is declared, operation ids are unique.
"""
import os
import re
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import gen_api as g

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
RIGHTS = '[[right]]\nname = "ticket.read"\nen = "x"\nru = "x"\n'
TYPES = '[enum]\nColour = ["red", "blue"]\n[out.Error]\ncode = "text"\n[out.Thing]\nid = "id"\n[in.ThingIn]\nname = "text(1,20)"\n'
ROUTE = '[thing_get]\nat = "GET /things/{id}"\ndoc = "A thing"\nright = "ticket.read"\nmode = "read"\nout = "Thing"\n'


class Made(unittest.TestCase):
    def make(self, types=TYPES, routes=ROUTE, rights=RIGHTS):
        with tempfile.TemporaryDirectory() as d:
            paths = []
            for name, text in (("types.toml", types), ("routes.toml", routes), ("rights.toml", rights)):
                paths.append(os.path.join(d, name))
                with open(paths[-1], "w", encoding="utf-8") as f:
                    f.write(text)
            return g.Api(*paths)

    def fails(self, words, **files):
        with self.assertRaises(g.Wrong) as caught:
            self.make(**files)
        self.assertIn(words, str(caught.exception))
        self.assertRegex(str(caught.exception), r"(types|routes|rights)\.toml: ")


class Declarations(Made):
    def test_a_small_one_is_read(self):
        api = self.make()
        self.assertEqual([r.name for r in api.routes], ["thing_get"])
        self.assertIn("struct api_thing {", api.header())
        self.assertIn("enum err api_thing_get(struct api_call *call, struct api_thing *out, "
                      "struct error *e)", api.header())

    def test_broken_toml(self):
        self.fails("types.toml", types="[out.Error\n")

    def test_unknown_types(self):
        self.fails("out.Thing.x: cannot read the type 'txt'", types=TYPES.replace('id = "id"', 'x = "txt"'))
        self.fails("no such type 'Nothing'", types=TYPES.replace('id = "id"', 'x = "Nothing[]"'))
        self.fails("no such enumeration 'Shape'", types=TYPES.replace('id = "id"', 'x = "enum:Shape"'))

    def test_a_request_holds_no_answers(self):
        self.fails("belongs to the other direction",
                   types=TYPES.replace('name = "text(1,20)"', 'thing = "Thing"'))

    def test_names(self):
        self.fails("is not snake_case", types=TYPES.replace('id = "id"', 'Id = "id"'))
        self.fails("not a CamelCase name", types=TYPES + '[out.lower]\nid = "id"\n')
        self.fails("the name is taken", types=TYPES + '[in.Thing]\nid = "id"\n')

    def test_ranges(self):
        self.fails("empty range", types=TYPES.replace("text(1,20)", "text(20,1)"))
        self.fails("have a range", types=TYPES.replace('name = "text(1,20)"', 'name = "bool(1,2)"'))

    def test_recursion(self):
        self.fails("contains itself", types=TYPES + '[out.A]\nb = "B"\n[out.B]\na = "A?"\n')

    def test_struct_names_that_collide(self):
        self.fails("is already made by", types=TYPES + '[out.ThingGetQuery]\nid = "id"\n',
                   routes=ROUTE + 'query = { q = "text(0,9)?" }\n')

    def test_routes(self):
        self.fails("'mode' is missing", routes=ROUTE.replace('mode = "read"\n', ""))
        self.fails("unknown key 'modes'", routes=ROUTE.replace("mode =", "modes ="))
        self.fails("no such right 'ticket.eat'", routes=ROUTE.replace("ticket.read", "ticket.eat"))
        self.fails("is not 'METHOD /path'", routes=ROUTE.replace("GET /", "FETCH /"))
        self.fails("path segment '{name}'", routes=ROUTE.replace("{id}", "{name}"))
        self.fails("is no answer type", routes=ROUTE.replace('out = "Thing"', 'out = "ThingIn"'))
        self.fails("is no request type", routes=ROUTE.replace('mode', 'in = "Thing"\nmode'))
        self.fails("a GET has no body", routes=ROUTE.replace('mode', 'in = "ThingIn"\nmode'))
        self.fails("a GET must not write", routes=ROUTE.replace('"read"', '"write"'))
        self.fails("is already thing_get", routes=ROUTE + ROUTE.replace("thing_get", "other"))
        self.fails("plain values only", routes=ROUTE + 'query = { a = "int[]?" }\n')

    def test_a_field_named_like_a_word_of_c(self):
        api = self.make(types=TYPES.replace('id = "id"', 'auto = "bool"'))
        self.assertIn("bool auto_;", api.header())
        self.assertIn('.name = "auto"', api.source("{}"))

    def test_presence_flags(self):
        types = TYPES.replace('name = "text(1,20)"', 'name = "text?"\nids = "int[](1,3)?"\nby = "map?"')
        types = types.replace('id = "id"', 'id = "id?"\nn = "int?"\ns = "text?"\no = "Thing2?"')
        types += '[out.Thing2]\nid = "id"\n'
        h = self.make(types=types).header()
        for line in ("bool has_name;", "bool has_ids;", "const int64_t *ids;", "size_t n_ids;",
                     "const struct api_pair *by;", "bool has_n;", "const struct api_thing2 *o;"):
            self.assertIn(line, h)
        self.assertNotIn("has_s;", h)

    def test_words_come_before_parameters(self):
        routes = ROUTE + ROUTE.replace("thing_get", "thing_all").replace("{id}", "all")
        source = self.make(routes=routes).source("{}")
        self.assertLess(source.index('STR("all")'), source.index('STR("things"), STR("")'))


class OpenApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        api = os.path.join(ROOT, "api")
        cls.api = g.Api(*(os.path.join(api, n) for n in ("types.toml", "routes.toml", "rights.toml")))
        cls.doc = cls.api.openapi("1.2.3")

    def refs(self, node):
        if isinstance(node, dict):
            for k, v in node.items():
                if k == "$ref":
                    yield v
                else:
                    yield from self.refs(v)
        elif isinstance(node, list):
            for v in node:
                yield from self.refs(v)

    def operations(self):
        for path, methods in self.doc["paths"].items():
            for method, op in methods.items():
                yield path, method, op

    def test_head(self):
        self.assertEqual(self.doc["openapi"], "3.1.0")
        self.assertEqual(self.doc["info"]["version"], "1.2.3")
        self.assertTrue(self.doc["info"]["title"])

    def test_every_reference_resolves(self):
        n = 0
        for r in self.refs(self.doc):
            node = self.doc
            self.assertTrue(r.startswith("#/"))
            for part in r[2:].split("/"):
                self.assertIn(part, node, r)
                node = node[part]
            n += 1
        self.assertGreater(n, 100)

    def test_every_route_is_there_once(self):
        ids = [op["operationId"] for _, _, op in self.operations()]
        self.assertEqual(sorted(ids), sorted(r.name for r in self.api.routes))
        self.assertEqual(len(ids), len(set(ids)))

    def test_parameters_of_paths_are_declared(self):
        for path, method, op in self.operations():
            here = {p["name"] for p in op.get("parameters", []) if p["in"] == "path"}
            self.assertEqual(here, set(re.findall(r"\{(\w+)\}", path)), op["operationId"])
            names = [(p["name"], p["in"]) for p in op.get("parameters", [])]
            self.assertEqual(len(names), len(set(names)))
            for p in op.get("parameters", []):
                self.assertTrue(p["schema"])
                self.assertTrue(p["required"] or p["in"] != "path")

    def test_answers(self):
        for _, method, op in self.operations():
            self.assertTrue(op["summary"])
            self.assertTrue(any(s.startswith("2") for s in op["responses"]))
            for s, r in op["responses"].items():
                self.assertRegex(s, r"^[1-5]\d\d$")
                self.assertTrue("$ref" in r or r["description"])
            if method in ("get", "delete"):
                self.assertNotIn("requestBody", op)

    def test_security(self):
        schemes = self.doc["components"]["securitySchemes"]
        self.assertEqual(set(schemes), {"cookie", "bearer"})
        for _, _, op in self.operations():
            for need in op.get("security", self.doc["security"]):
                for name in need:
                    self.assertIn(name, schemes)

    def test_schemas(self):
        kinds = {"string", "integer", "boolean", "array", "object", "null", "number"}

        def walk(s):
            t = s.get("type")
            for x in t if isinstance(t, list) else [t] if t else []:
                self.assertIn(x, kinds)
            if t == "array":
                walk(s["items"])
            for p in s.get("properties", {}).values():
                walk(p)
            for name in s.get("required", []):
                self.assertIn(name, s["properties"])
        for s in self.doc["components"]["schemas"].values():
            walk(s)


if __name__ == "__main__":
    unittest.main()

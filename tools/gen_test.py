#!/usr/bin/env python3
"""Tests of gen_settings.py, gen_messages.py, gen_templates.py and check_includes.py: wrong input is
refused with its place and reason."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parent


class Case(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory()
        self.dir = pathlib.Path(self.tmp.name)

    def tearDown(self):
        self.tmp.cleanup()

    def write(self, name, text):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
        return str(path)

    def run_tool(self, tool, *args):
        return subprocess.run([sys.executable, TOOLS / tool, *args], capture_output=True, text=True)

    def refused(self, want, tool, *args):
        r = self.run_tool(tool, *args)
        self.assertNotEqual(r.returncode, 0, "was accepted")
        self.assertIn(want, r.stderr)


class Settings(Case):
    GOOD = {"type": '"int"', "default": '"5"', "min": "1", "max": "9", "since": '"1"', "scope": '"admin"',
            "help.en": '"a"', "help.ru": '"б"'}

    def declare(self, **changes):
        fields = {**self.GOOD, **{k.replace("_", "."): v for k, v in changes.items()}}
        return self.write("s.toml", "[a.b]\n" + "".join(f"{k} = {v}\n" for k, v in fields.items() if v))

    def test_good(self):
        out = self.dir / "s.h"
        self.assertEqual(self.run_tool("gen_settings.py", self.declare(), "--header", out).returncode, 0)
        self.assertIn("int64_t b;", out.read_text())

    def test_wrong(self):
        for want, change in (("out of range", {"default": '"10"'}), ("is no int", {"default": '"x"'}),
                             ("unknown type", {"type": '"float"'}), ("needs since", {"since": None}),
                             ("needs help.en", {"help_ru": None}), ("unknown colour", {"colour": '"red"'}),
                             ("scope is", {"scope": '"all"'}), ("a bool has no range", {"type": '"bool"'})):
            self.refused(f"a.b: ", "gen_settings.py", self.declare(**change))
            self.refused(want, "gen_settings.py", self.declare(**change))


    def test_every_setting_is_read(self):
        """A setting that nothing reads is a promise that nobody keeps."""
        sys.path.insert(0, str(TOOLS))
        import gen_settings
        source = TOOLS.parent / "src"
        text = "\n".join(p.read_text(encoding="utf-8") for p in sorted(source.rglob("*.c"))
                         if not re.search(r"_(test|testing|fuzz)\.c$", p.name))
        _, settings = gen_settings.load(TOOLS.parent / "api" / "settings.toml")
        unread = [s["key"] for s in settings if not re.search(
            r"\b(s|set|settings)(->|\.)" + re.escape(s["key"]) + r"\b", text)]
        self.assertEqual(unread, [], "declared in api/settings.toml and read nowhere")


class Messages(Case):
    FORMS = {"one": "{n} a", "few": "{n} b", "many": "{n} c", "other": "{n} d"}

    def pair(self, en, ru):
        return self.write("en.json", en), self.write("ru.json", ru)

    def test_good(self):
        en = {"a.b": {"one": "{n} x", "other": "{n} y"}, "a.c": "{name}"}
        out = self.dir / "m.c"
        r = self.run_tool("gen_messages.py", "--source", out, *self.pair(en, {"a.b": self.FORMS, "a.c": "{name}!"}))
        self.assertEqual(r.returncode, 0, r.stderr)

    def test_wrong(self):
        two = {"one": "{n} x", "other": "{n} y"}
        for want, en, ru in (
                ("a.b: missing", {"a.b": "x"}, {}),
                ("a.b: missing", {}, {"a.b": "x"}),
                ("other placeholders", {"a.b": "{x}"}, {"a.b": "{y}"}),
                ("the forms few, many, one, other", {"a.b": two}, {"a.b": two}),
                ("the forms one, other", {"a.b": self.FORMS}, {"a.b": self.FORMS}),
                ("needs plural forms", {"a.b": two}, {"a.b": "{n}"}),
                ("no {placeholder}", {"a.b": "{x"}, {"a.b": "{x"}),
                ("go by {n}", {"a.b": {"one": "x", "other": "y"}}, {"a.b": {k: "z" for k in self.FORMS}}),
                ("stands twice", '{"a.b": "x", "a.b": "x"}', {"a.b": "x"}),
                ("words with dots", {"ab": "x"}, {"ab": "x"})):
            self.refused(want, "gen_messages.py", *self.pair(en, ru))

    def test_uses(self):
        self.write("src/x.c", 'error_set(e, 1, "error.unheard", 0, 0);')
        self.refused("error.unheard is not in the catalogue", "gen_messages.py", "--uses", str(self.dir / "src"),
                     *self.pair({"a.b": "x"}, {"a.b": "x"}))


class Templates(Case):
    def compile(self, text, kind="html", more=()):
        path = self.write(f"t.{kind}.tpl", text)
        messages = self.write("en.json", {"a.b": "x", "a.n": "{name}"})
        return ("gen_templates.py", "--header", str(self.dir / "t.h"), "--source", str(self.dir / "t.c"),
                "--messages", messages, path, *more)

    def test_wrong_places(self):
        v = "{{param str v}}\n"
        for want, text in (
                ("attribute without quotes", v + "<a title={{v}}>"),
                ("no value may stand in a tag", v + "<a {{v}}>"),
                ("no value may stand in a raw", v + "<script>{{v}}</script>"),
                ("no value may stand in a raw", v + "<style>{{v}}</style>"),
                ("no value may stand in a comment", v + "<!-- {{v}} -->"),
                ("no value may stand in onclick", v + '<a onclick="{{v}}">'),
                ("no value may stand in style", v + '<a style="{{v}}">'),
                ("a bare <", v + "<{{v}}>"),
                ("ends inside a attr", v + '<a title="{{v}}'),
                ("different places", v + '{{if v}}<a title="{{end}}x'),
                ("different places", v + '{{if v}}<a {{else}}<b>{{end}}'),
                ("must not begin inside an if", v + '<a href="{{if v}}x{{end}}{{v}}">'),
                ("markup may stand between tags only", "{{param markup v}}\n<a title=\"{{v}}\">"),
                ("a sentence is no address", v + '{{v}}<a href="{{t a.b}}">')):
            with self.subTest(text=text):
                self.refused(want, *self.compile(text))

    def test_wrong_words(self):
        v = "{{param str v}}\n"
        for want, text in (
                ("x is not declared", "{{x}}"), ("declared and not used", v), ("stands twice", v + v + "{{v}}"),
                ("if without end", v + "{{if v}}"), ("end without", "{{end}}"), ("else without", "{{else}}"),
                ("no sentence a.z", "{{t a.z}}"), ("a.n needs name", "{{t a.n}}"), ("a.b needs nothing", v + "{{t a.b v=v}}"),
                ("cannot read", "{{What is this}}"), ("no template zz", "{{include zz}}"),
                ("cannot include itself", "{{include t}}"), ("can only be asked for", "{{param bool v}}\n{{v}}"),
                ("is no loop's variable", "{{row.x}}"), ("cannot read the field", "{{param list v: x}}\n")):
            with self.subTest(text=text):
                self.refused(want, *self.compile(text))
        self.refused("t.txt.tpl:2: ", *self.compile("x\n{{y}}", kind="txt"))
        self.refused("markup belongs into html", *self.compile("{{param markup v}}\n{{v}}", kind="txt"))


class Includes(Case):
    def check(self, path, line):
        self.write("src/" + path, line + "\n")
        return ("check_includes.py", str(self.dir), str(self.dir))

    def test_table(self):
        for path, line in (("sys/a.c", '#include "db/db.h"'), ("text/a.c", '#include "sys/log.h"'),
                           ("desk/a.h", '#include "net/http.h"'), ("mail/a.c", '#include "push/push.h"'),
                           ("store/a.c", '#include "desk/desk.h"'), ("base/a.c", '#include "sys/clock.h"')):
            with self.subTest(path=path, line=line):
                self.refused("must not include", *self.check(path, line))
                (self.dir / "src" / path).unlink()
        self.refused("belongs to db/", *self.check("store/a.c", "#include <sqlite3.h>"))
        self.refused("is db's own", *self.check("store/a.c", '#include "db/db_internal.h"'))
        self.refused('write "module/', *self.check("store/a.c", '#include "store.h"'))
        self.refused("not in the table", *self.check("other/a.c", ""))

    def test_good(self):
        self.write("src/main/a.c", '#include "api/api.h"\n')
        tool, *args = self.check("mail/a.c", '#include "desk/desk.h"')
        self.assertEqual(self.run_tool(tool, *args).returncode, 0)


if __name__ == "__main__":
    unittest.main()

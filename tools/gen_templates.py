#!/usr/bin/env python3
"""Compiles templates/*.tpl to C functions that escape by context.

usage: gen_templates.py --header OUT.h --source OUT.c --messages EN.json TEMPLATE.tpl ...

The file's name gives the function and its kind: reply.html.tpl becomes
tpl_reply_html(struct buf *, const struct tpl_reply_html *). Kinds: html; txt
(plain text); subject (one line: line ends
of the template do not count, control characters in values become spaces).

{{param TYPE name}}        TYPE: str, int, bool, markup (HTML that has been cleaned; html only)
{{param list rows: str name, int n}}
{{name}} {{row.name}}      the value, escaped for the place where it stands
{{name|lines}}             html: line ends become <br>
{{lang}}                   "en" or "ru"
{{t some.key n=name}}      a sentence of the catalogue; its placeholders must be given
{{if name}} {{if not name}} {{else}} {{end}}
{{each row in rows}} {{end}}
{{include other name=name other=name}}   another template of the same kind
{{# remark}}

Lines that hold nothing but one of param, if, else, each, end, # leave no trace.
In html the place of each value is followed through the text: between tags, in
a quoted attribute, in an attribute that holds an address (href, src, ...). A
value in any other place (a tag's name, an unquoted attribute, script, style,
on...=, a comment) is an error of the template.
"""
import argparse
import json
import pathlib
import re
import sys

TYPES = {"str": "str", "int": "int64_t", "bool": "bool", "markup": "struct markup"}
KINDS = ("html", "txt", "subject")
URLS = {"href", "src", "action", "formaction", "cite", "poster", "background", "longdesc"}
TAG = re.compile(r"\{\{(.*?)\}\}", re.S)
NAME = r"[a-z][a-z0-9_]*"
CONTROL = re.compile(r"^(param|if|else|each|end|#)")


class Wrong(Exception):
    pass


class Place:
    """Where in HTML the text is: advances over literals, answers how to escape."""

    def __init__(self):
        self.state, self.attr, self.quote, self.tag, self.fresh = "text", "", "", "", False

    def key(self):
        """What matters of the state, for comparing."""
        if self.state == "attr":
            return (self.state, self.tag, self.attr, self.quote, self.fresh)
        return (self.state, self.tag if self.state in ("tag", "raw") else "")

    def copy(self):
        p = Place()
        p.__dict__.update(self.__dict__)
        return p

    def feed(self, text):
        i = 0
        while i < len(text):
            c, rest = text[i], text[i:]
            if self.state == "text":
                m = re.match(r"<!--", rest) or re.match(r"<!\w+[^>]*>", rest) or re.match(r"</?([A-Za-z][A-Za-z0-9]*)", rest)
                if m and m[0] == "<!--":
                    self.state = "comment"
                elif m and m[0].startswith("<!"):
                    pass
                elif m:
                    self.state, self.tag = "tag", m[1].lower() if not m[0].startswith("</") else ""
                elif c == "<":
                    raise Wrong("a bare < (write &lt;)")
                i += len(m[0]) if m else 1
            elif self.state == "comment":
                if rest.startswith("-->"):
                    self.state = "text"
                    i += 3
                else:
                    i += 1
            elif self.state == "raw":
                m = re.match(rf"</{self.tag}\s*>", rest, re.I)
                if m:
                    self.state, self.tag = "text", ""
                i += len(m[0]) if m else 1
            elif self.state == "tag":
                m = re.match(r"([A-Za-z_:][-A-Za-z0-9_:.]*)\s*=\s*([\"'])", rest)
                if m:
                    self.state, self.attr, self.quote, self.fresh = "attr", m[1].lower(), m[2], True
                    i += len(m[0])
                elif c == ">":
                    self.state = "raw" if self.tag in ("script", "style", "textarea") else "text"
                    i += 1
                elif re.match(r"[A-Za-z_:][-A-Za-z0-9_:.]*\s*=", rest):
                    raise Wrong("an attribute without quotes")
                else:
                    i += 1
            elif self.state == "attr":
                if c == self.quote:
                    self.state = "tag"
                else:
                    self.fresh = False
                i += 1

    def escape(self, markup):
        """The C function that writes a value here."""
        if self.state == "text":
            return "tpl_markup" if markup else "tpl_escape"
        if markup:
            raise Wrong("markup may stand between tags only")
        if self.state == "attr":
            if self.attr.startswith("on") or self.attr in ("style", "srcdoc", "srcset"):
                raise Wrong(f"no value may stand in {self.attr}")
            if self.attr in URLS:
                how = "tpl_url" if self.fresh else "tpl_url_part"
                self.fresh = False
                return how
            self.fresh = False
            return "tpl_escape"
        raise Wrong(f"no value may stand in a {self.state}")


class Plain:
    """The places of txt and subject: there is only one."""

    def __init__(self, kind):
        self.how = "tpl_line" if kind == "subject" else "tpl_plain"

    def key(self):
        return ()

    def copy(self):
        return self

    def feed(self, text):
        pass

    def escape(self, markup):
        if markup:
            raise Wrong("markup belongs into html")
        return self.how


class Template:
    def __init__(self, path):
        self.path = path
        base = pathlib.Path(path).name
        m = re.fullmatch(rf"({NAME})\.({'|'.join(KINDS)})\.tpl", base)
        if not m:
            sys.exit(f"{path}: the name is NAME.KIND.tpl, KIND one of {', '.join(KINDS)}")
        self.name, self.kind = m[1], m[2]
        self.c = f"tpl_{m[1]}_{m[2]}"
        self.params, self.lists = {}, {}
        self.tokens = self.split(pathlib.Path(path).read_text(encoding="utf-8"))
        for line, kind, text in self.tokens:
            if kind == "tag" and text.startswith("param"):
                self.declare(line, text)

    def fail(self, line, why):
        sys.exit(f"{self.path}:{line}: {why}")

    def split(self, text):
        tokens, at, line = [], 0, 1

        def literal(s):
            if s:
                tokens.append((line, "text", s))

        for m in TAG.finditer(text):
            body = m[1].strip()
            before, end = text[at:m.start()], m.end()
            # A line of its own for what leaves no trace.
            if CONTROL.match(body):
                head = before.rpartition("\n")[2] if "\n" in before or at == 0 or text[at - 1] == "\n" else None
                if head is not None and not head.strip() and re.match(r"[ \t]*(\n|$)", text[end:]):
                    before = before[:len(before) - len(head)]
                    end += len(re.match(r"[ \t]*\n?", text[end:])[0])
            literal(before)
            line += text.count("\n", at, m.start())
            if not body.startswith("#"):
                tokens.append((line, "tag", body))
            line += text.count("\n", m.start(), end)
            at = end
        literal(text[at:])
        return tokens

    def declare(self, line, text):
        m = re.fullmatch(rf"param\s+({'|'.join(TYPES)})\s+({NAME})", text)
        if m:
            kind, name = m[1], m[2]
            value = kind
        elif m := re.fullmatch(rf"param\s+list\s+({NAME})\s*:\s*(.+)", text):
            name, value = m[1], "list"
            self.lists[name] = {}
            for field in m[2].split(","):
                f = re.fullmatch(rf"\s*({'|'.join(TYPES)})\s+({NAME})\s*", field)
                if not f:
                    self.fail(line, f"cannot read the field {field!r}")
                self.lists[name][f[2]] = f[1]
        else:
            self.fail(line, f"cannot read {{{{{text}}}}}")
        if name in self.params or name == "lang":
            self.fail(line, f"{name} stands twice")
        self.params[name] = value

    def struct(self):
        out = []
        for name, fields in self.lists.items():
            out += [f"struct {self.c}_{name} {{"] + [f"\t{TYPES[t]} {f};" for f, t in fields.items()] + ["};"]
        out += [f"struct {self.c} {{", "\tenum lang lang;"]
        for name, kind in self.params.items():
            if kind == "list":
                out += [f"\tconst struct {self.c}_{name} *{name};", f"\tsize_t n_{name};"]
            else:
                out.append(f"\t{TYPES[kind]} {name};")
        out += ["};", f"void {self.c}(struct buf *out, const struct {self.c} *p);", ""]
        return out


class Compiler:
    def __init__(self, template, all_templates, catalogue):
        self.t, self.all, self.catalogue = template, all_templates, catalogue
        self.place = Place() if template.kind == "html" else Plain(template.kind)
        self.out, self.used = [], set()
        self.loops = {}   # variable -> (list's name, C expression)
        self.pos = 0

    def emit(self, depth, text):
        self.out.append("\t" * (depth + 1) + text)

    def value(self, name):
        """(type, C expression) of a name."""
        if m := re.fullmatch(rf"({NAME})\.({NAME})", name):
            if m[1] not in self.loops:
                raise Wrong(f"{m[1]} is no loop's variable here")
            listed, expr = self.loops[m[1]]
            if m[2] not in self.t.lists[listed]:
                raise Wrong(f"{listed} has no {m[2]}")
            return self.t.lists[listed][m[2]], f"{expr}->{m[2]}"
        if name == "lang":
            return "str", "str_of(lang_code(p->lang))"
        if name not in self.t.params:
            raise Wrong(f"{name} is not declared")
        self.used.add(name)
        return self.t.params[name], f"p->{name}"

    def write(self, depth, name, lines):
        kind, expr = self.value(name)
        if kind in ("bool", "list"):
            raise Wrong(f"{name} is a {kind}: it can only be asked for")
        how = self.place.escape(kind == "markup")
        if lines:
            if how != "tpl_escape" or self.t.kind != "html" or self.place.state != "text":
                raise Wrong("|lines belongs between tags")
            how = "tpl_lines"
        if kind == "int":
            self.emit(depth, f"buf_add_i64(out, {expr});")
        else:
            self.emit(depth, f"{how}(out, {expr}{'.html' if kind == 'markup' else ''});")

    def arguments(self, text):
        args = {}
        for word in text.split():
            m = re.fullmatch(rf"({NAME})=({NAME}(?:\.{NAME})?)", word)
            if not m:
                raise Wrong(f"cannot read {word!r} (write name=value)")
            args[m[1]] = m[2]
        return args

    def sentence(self, depth, text):
        key, _, rest = text.partition(" ")
        if key not in self.catalogue:
            raise Wrong(f"no sentence {key}")
        entry = self.catalogue[key]
        texts = [entry] if isinstance(entry, str) else entry.values()
        need = {n for s in texts for n in re.findall(r"\{(\w+)\}", s)}
        args = self.arguments(rest)
        if set(args) != need:
            raise Wrong(f"{key} needs {', '.join(sorted(need)) or 'nothing'}")
        how = self.place.escape(False)
        if how.startswith("tpl_url"):
            raise Wrong("a sentence is no address")
        items = []
        for name, source in args.items():
            kind, expr = self.value(source)
            if kind not in ("str", "int"):
                raise Wrong(f"{source} is a {kind}")
            items.append(f'MESSAGE_{kind.upper()}("{name}", {expr})')
        given = f"MESSAGE_ARGS({', '.join(items)})" if items else "MESSAGE_NO_ARGS"
        self.emit(depth, f'{how}(out, message_format(arena, p->lang, STR("{key}"), {given}));')

    def include(self, depth, text):
        name, _, rest = text.partition(" ")
        other = self.all.get((name, self.t.kind))
        if not other:
            raise Wrong(f"no template {name}.{self.t.kind}.tpl")
        if other is self.t:
            raise Wrong("a template cannot include itself")
        if self.t.kind == "html" and self.place.state != "text":
            raise Wrong("an include stands between tags")
        args = self.arguments(rest)
        if set(args) != set(other.params):
            raise Wrong(f"{name} needs {', '.join(other.params) or 'nothing'}")
        fields = [".lang = p->lang"]
        for param, source in args.items():
            kind, expr = self.value(source)
            if kind != other.params[param] or kind == "list":
                raise Wrong(f"{param} of {name} is a {other.params[param]}")
            fields.append(f".{param} = {expr}")
        self.emit(depth, f"{other.c}(out, &(struct {other.c}){{{', '.join(fields)}}});")

    def condition(self, text):
        m = re.fullmatch(rf"(not\s+)?({NAME}(?:\.{NAME})?)", text)
        if not m:
            raise Wrong(f"cannot read if {text}")
        kind, expr = self.value(m[2])
        test = {"str": f"{expr}.n > 0", "markup": f"{expr}.html.n > 0", "int": f"{expr} != 0", "bool": expr}.get(kind)
        if kind == "list":
            test = f"p->n_{m[2]} > 0"
        return f"!({test})" if m[1] else test

    def block(self, depth, inside):
        """Compiles up to the tag that ends this block and returns it."""
        while self.pos < len(self.t.tokens):
            self.line, kind, text = self.t.tokens[self.pos]
            self.pos += 1
            if kind == "text":
                if self.t.kind == "subject":
                    text = text.replace("\n", "")
                self.place.feed(text)
                for piece in re.findall(r"[^\n]*\n|[^\n]+", text):
                    self.emit(depth, f"buf_add(out, STR({json.dumps(piece, ensure_ascii=False)}));")
                continue
            word, _, rest = text.partition(" ")
            rest = rest.strip()
            if word == "param":
                continue
            if word in ("end", "else"):
                if not inside or (word == "else" and inside != "if"):
                    raise Wrong(f"{word} without its beginning")
                return word
            if word == "if":
                self.branch(depth, rest)
            elif word == "each":
                self.each(depth, rest)
            elif word == "t":
                self.sentence(depth, rest)
            elif word == "include":
                self.include(depth, rest)
            elif m := re.fullmatch(rf"({NAME}(?:\.{NAME})?)(\|lines)?", text):
                self.write(depth, m[1], m[2])
            else:
                raise Wrong(f"cannot read {{{{{text}}}}}")
        if inside:
            raise Wrong(f"{inside} without end")
        return None

    def branch(self, depth, rest):
        self.emit(depth, f"if ({self.condition(rest)}) {{")
        start = self.place.copy()
        ended = self.block(depth + 1, "if")
        first = self.place
        self.place = start
        if ended == "else":
            self.emit(depth, "} else {")
            if self.block(depth + 1, "else") != "end":
                raise Wrong("else without end")
        self.emit(depth, "}")
        # "fresh" may differ (something or nothing was written): then it is not fresh.
        if first.key()[:4] != self.place.key()[:4]:
            raise Wrong("the branches end in different places of the HTML")
        if first.key() != self.place.key():
            raise Wrong("an address must not begin inside an if")

    def each(self, depth, rest):
        m = re.fullmatch(rf"({NAME})\s+in\s+({NAME})", rest)
        if not m or m[2] not in self.t.lists:
            raise Wrong(f"cannot read each {rest}")
        if m[1] in self.loops or m[1] in self.t.params:
            raise Wrong(f"{m[1]} means something already")
        self.used.add(m[2])
        self.loops[m[1]] = (m[2], m[1])
        before = self.place.key()
        self.emit(depth, f"for (const struct {self.t.c}_{m[2]} *{m[1]} = p->{m[2]}; "
                         f"{m[1]} < p->{m[2]} + p->n_{m[2]}; {m[1]}++) {{")
        self.block(depth + 1, "each")
        self.emit(depth, "}")
        if self.place.key() != before:
            raise Wrong("each begins and ends in different places of the HTML")
        del self.loops[m[1]]

    def run(self):
        self.line = 1
        try:
            self.block(0, "")
            if self.t.kind == "html" and self.place.state != "text":
                raise Wrong(f"ends inside a {self.place.state}")
            if unused := set(self.t.params) - self.used:
                raise Wrong(f"{', '.join(sorted(unused))} is declared and not used")
        except Wrong as e:
            self.t.fail(self.line, str(e))
        sentences = any("(arena, " in line for line in self.out)
        arena = ["\tARENA_AUTO arena = arena_new();"] if sentences else []
        return [f"void {self.t.c}(struct buf *out, const struct {self.t.c} *p)", "{"] + arena + self.out + ["}", ""]


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--header", required=True)
    p.add_argument("--source", required=True)
    p.add_argument("--include", default="text/template_gen.h")
    p.add_argument("--messages", required=True)
    p.add_argument("templates", nargs="+")
    a = p.parse_args()
    catalogue = json.loads(pathlib.Path(a.messages).read_text(encoding="utf-8"))
    templates = [Template(x) for x in sorted(a.templates)]
    by_name = {(t.name, t.kind): t for t in templates}
    guard = "OTKLIK_" + re.sub(r"\W", "_", a.include).upper()
    header = ["/* Made from templates/ by tools/gen_templates.py. */", f"#ifndef {guard}", f"#define {guard}", "",
              '#include "text/template.h"', ""]
    source = ["/* Made from templates/ by tools/gen_templates.py. */", f'#include "{a.include}"', "",
              '#include "text/message.h"', ""]
    for t in templates:
        header += t.struct()
        source += Compiler(t, by_name, catalogue).run()
    header += ["#endif", ""]
    pathlib.Path(a.header).write_text("\n".join(header), encoding="utf-8")
    pathlib.Path(a.source).write_text("\n".join(source), encoding="utf-8")


if __name__ == "__main__":
    main()

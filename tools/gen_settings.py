#!/usr/bin/env python3
"""Makes the C struct and table of settings, and their TypeScript description, from api/settings.toml.

usage: gen_settings.py SETTINGS.toml --header OUT.h --source OUT.c | --ts OUT.ts
"""
import argparse
import json
import re
import sys
import tomllib

TYPES = {"str": "str", "secret": "str", "int": "int64_t", "bool": "bool", "duration": "usec",
         "size": "int64_t", "list": "struct setting_list"}
KEYS = {"type", "default", "min", "max", "values", "scope", "restart", "since", "alias", "hidden",
        "help"}
DURATIONS = {"ms": 1000, "s": 10**6, "m": 60 * 10**6, "h": 3600 * 10**6, "d": 86400 * 10**6}
SIZES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20,
         "GiB": 2**30}
INT64 = (-2**63, 2**63 - 1)


def fail(key, why):
    sys.exit(f"settings: {key}: {why}")


def number(key, kind, text):
    """A bound or default of a numeric setting as the integer that C will hold."""
    units = {"duration": DURATIONS, "size": SIZES, "int": {"": 1}}[kind]
    m = re.fullmatch(r"(-?\d+)([A-Za-z]*)", str(text))
    if not m or m[2] not in units:
        fail(key, f"{text!r} is no {kind}")
    return int(m[1]) * units[m[2]]


def check(key, s):
    if unknown := set(s) - KEYS:
        fail(key, f"unknown {', '.join(sorted(unknown))}")
    if s.get("type") not in TYPES and s.get("type") != "enum":
        fail(key, f"unknown type {s.get('type')!r}")
    for need in ("default", "since"):
        if not isinstance(s.get(need), str):
            fail(key, f"needs {need} as text")
    if s.get("scope") not in ("operator", "admin"):
        fail(key, "scope is operator or admin")
    if set(s.get("help", {})) != {"en", "ru"}:
        fail(key, "needs help.en and help.ru")
    kind = s["type"]
    if kind in ("int", "duration", "size"):
        s["lo"] = number(key, kind, s["min"]) if "min" in s else INT64[0]
        s["hi"] = number(key, kind, s["max"]) if "max" in s else INT64[1]
        if not s["lo"] <= number(key, kind, s["default"]) <= s["hi"]:
            fail(key, "the default is out of range")
    elif "min" in s or "max" in s:
        fail(key, f"a {kind} has no range")
    if (kind == "enum") != ("values" in s):
        fail(key, "values belong to an enum, and an enum needs them")
    if kind == "enum" and s["default"] not in s["values"]:
        fail(key, "the default is none of the values")
    if kind == "bool" and s["default"] not in ("true", "false"):
        fail(key, "the default of a bool is true or false")


def load(path):
    with open(path, "rb") as f:
        tree = tomllib.load(f)
    sections, settings = {}, []

    def add(key, s):
        if not re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?", key):
            fail(key, "bad name")
        check(key, s)
        s.update(key=key, env="OTKLIK_" + key.upper().replace(".", "_"))
        settings.append(s)

    for name, table in tree.items():
        if isinstance(table.get("type"), str):
            add(name, table)
            continue
        sections[name] = table.pop("title", {"en": name, "ru": name})
        for leaf, s in table.items():
            add(f"{name}.{leaf}", s)
    for what in ("key", "env", "alias"):
        seen = [s[what] for s in settings if what in s]
        if len(seen) != len(set(seen)):
            fail(path, f"a {what} stands twice")
    return sections, settings


def c_string(s):
    return json.dumps(s, ensure_ascii=False)


def upper(key):
    return key.upper().replace(".", "_")


def header(sections, settings):
    out = ["/* Made from api/settings.toml by tools/gen_settings.py. */",
           "#ifndef OTKLIK_SYS_SETTINGS_GEN_H", "#define OTKLIK_SYS_SETTINGS_GEN_H", "",
           '#include "base/str.h"', "",
           "/* The items of a list setting. */",
           "struct setting_list {", "\tconst str *p;", "\tsize_t n;", "};", ""]
    for s in settings:
        if s["type"] == "enum":
            out.append(f"enum setting_{s['key'].replace('.', '_')} {{")
            out += [f"\tSETTING_{upper(s['key'])}_{v.upper()}," for v in s["values"]]
            out += ["};", ""]
    out.append("enum setting_id {")
    out += [f"\tSETTING_{upper(s['key'])}," for s in settings]
    out += ["\tSETTING_COUNT", "};", ""]

    def field(s, name):
        kind = f"enum setting_{s['key'].replace('.', '_')}" if s["type"] == "enum" else TYPES[s["type"]]
        return f"{kind} {name};"

    out.append("struct settings {")
    for section in sections:
        out.append("\tstruct {")
        out += ["\t\t" + field(s, s["key"].split(".")[1]) for s in settings
                if s["key"].startswith(section + ".")]
        out.append(f"\t}} {section};")
    out += ["\t" + field(s, s["key"]) for s in settings if "." not in s["key"]]
    out += ["\t/* Where each value came from: \"default\", \"FILE:LINE\", \"environment\", \"command line\". */",
            "\tconst char *source[SETTING_COUNT];",
            "\t/* What was odd but no error, in sentences. */",
            "\tstruct setting_list warnings;", "};", "", "#endif", ""]
    return "\n".join(out)


def source(sections, settings):
    out = ["/* Made from api/settings.toml by tools/gen_settings.py. */",
           '#include "sys/settings.h"', ""]
    for s in settings:
        if s["type"] == "enum":
            values = ", ".join(c_string(v) for v in s["values"])
            out.append(f"static const char *const values_{s['key'].replace('.', '_')}[] = {{{values}, NULL}};")
    out += ["", "const struct setting_section setting_sections[] = {"]
    for name, title in sections.items():
        if all(s.get("hidden") for s in settings if s["key"].startswith(name + ".")):
            continue
        out.append(f"\t{{{c_string(name)}, {{{c_string(title['en'])}, {c_string(title['ru'])}}}}},")
    out += ["\t{NULL, {NULL, NULL}},", "};", "", "const struct setting setting_table[SETTING_COUNT] = {"]
    for s in settings:
        f = [f".key = {c_string(s['key'])}", f".env = {c_string(s['env'])}",
             f".type = SETTING_TYPE_{s['type'].upper()}",
             f".offset = offsetof(struct settings, {s['key']})",
             f".initial = {c_string(s['default'])}", f".since = {c_string(s['since'])}",
             f".help = {{{c_string(s['help']['en'])}, {c_string(s['help']['ru'])}}}"]
        if "lo" in s:
            f += [f".min = {int_c(s['lo'])}", f".max = {int_c(s['hi'])}"]
        if "values" in s:
            f.append(f".values = values_{s['key'].replace('.', '_')}")
        if "alias" in s:
            f.append(f".alias = {c_string(s['alias'])}")
        if s["scope"] == "admin":
            f.append(".admin = true")
        if s.get("restart", True):
            f.append(".restart = true")
        if s.get("hidden"):
            f.append(".hidden = true")
        out.append(f"\t[SETTING_{upper(s['key'])}] = {{" + ",\n\t\t".join(f) + "},")
    out += ["};", ""]
    return "\n".join(out)


def int_c(v):
    return "INT64_MIN" if v == INT64[0] else "INT64_MAX" if v == INT64[1] else f"INT64_C({v})"


def typescript(sections, settings):
    rows = []
    for s in settings:
        if s.get("hidden"):
            continue
        row = {"key": s["key"], "type": s["type"], "initial": s["default"], "scope": s["scope"],
               "restart": s.get("restart", True), "since": s["since"], "help": s["help"]}
        if "lo" in s and s["lo"] != INT64[0]:
            row["min"] = s["lo"]
        if "hi" in s and s["hi"] != INT64[1]:
            row["max"] = s["hi"]
        if "values" in s:
            row["values"] = s["values"]
        rows.append(row)
    titles = {k: v for k, v in sections.items() if any(r["key"].startswith(k + ".") for r in rows)}
    return ("// Made from api/settings.toml by tools/gen_settings.py. Durations are microseconds, sizes bytes.\n"
            "export interface Setting {\n"
            "  key: string\n"
            "  type: 'str' | 'int' | 'bool' | 'duration' | 'size' | 'enum' | 'list' | 'secret'\n"
            "  initial: string\n  scope: 'operator' | 'admin'\n  restart: boolean\n  since: string\n"
            "  help: { en: string; ru: string }\n  min?: number\n  max?: number\n  values?: string[]\n}\n\n"
            f"export const sections: Record<string, {{ en: string; ru: string }}> = "
            f"{json.dumps(titles, ensure_ascii=False, indent=2)}\n\n"
            f"export const settings: Setting[] = {json.dumps(rows, ensure_ascii=False, indent=2)}\n")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("declaration")
    p.add_argument("--header")
    p.add_argument("--source")
    p.add_argument("--ts")
    a = p.parse_args()
    sections, settings = load(a.declaration)
    for path, make in ((a.header, header), (a.source, source), (a.ts, typescript)):
        if path:
            with open(path, "w", encoding="utf-8") as f:
                f.write(make(sections, settings))


if __name__ == "__main__":
    main()

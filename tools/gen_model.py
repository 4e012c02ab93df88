#!/usr/bin/env python3
"""Makes C tables of what is declared once in api/.

usage: gen_model.py rights api/rights.toml OUT.h OUT.c
       gen_model.py events api/events.toml OUT.h OUT.c

rights: enum right, its names, descriptions and the built-in roles as bit masks
        (store/rights_gen.[ch]).
events: enum event_type with name, schema version, audience and the data keys an
        event may carry (events/types_gen.[ch]).

A wrong declaration ends the build with a sentence that names it.
"""
import re
import sys
import tomllib

NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*\Z")
AUDIENCES = ["customer", "agents", "leads", "system"]


def fail(message):
    sys.exit("gen_model.py: " + message)


def constant(prefix, name):
    return prefix + "_" + name.upper().replace(".", "_")


def quoted(text):
    out = []
    for byte in text.encode():
        if byte in b'"\\':
            out.append("\\" + chr(byte))
        elif 32 <= byte < 127:
            out.append(chr(byte))
        else:
            out.append("\\%03o" % byte)
    return '"' + "".join(out) + '"'


def check_name(name, seen, what):
    if not NAME.match(name):
        fail(f"{what} {name!r}: lower-case words with dots and underscores only")
    if name in seen:
        fail(f"{what} {name!r} is declared twice")
    seen.add(name)


def rights(source):
    declared = source.get("right", [])
    seen = set()
    for r in declared:
        check_name(r["name"], seen, "right")
        for lang in ("en", "ru"):
            if not r.get(lang):
                fail(f"right {r['name']!r} has no text in {lang!r}")
    if not 0 < len(declared) <= 63:
        fail("there must be 1 to 63 rights: a mask has 64 bits")
    masks = []
    for role, names in source.get("roles", {}).items():
        if names == ["*"]:
            masks.append((role, "RIGHTS_ALL"))
            continue
        for n in names:
            if n not in seen:
                fail(f"role {role!r} holds {n!r}, which is no right")
        masks.append((role, " | ".join(f"RIGHT_BIT({constant('RIGHT', n)})" for n in names)))

    h = ["/* Made by tools/gen_model.py from api/rights.toml. Every right there is: the",
         " * number is its bit in a mask. */",
         "#ifndef OTKLIK_STORE_RIGHTS_GEN_H", "#define OTKLIK_STORE_RIGHTS_GEN_H", "",
         '#include "base/str.h"', "", "enum right {"]
    for r in declared:
        h.append(f"\t{constant('RIGHT', r['name'])}, /* {r['en']} */")
    h += ["\tRIGHT_COUNT", "};", "",
          "#define RIGHT_BIT(right) ((uint64_t)1 << (right))",
          "#define RIGHTS_ALL (((uint64_t)1 << RIGHT_COUNT) - 1)", "",
          '/* "ticket.read"; static storage. */',
          "const char *right_name(enum right right);",
          "/* What it allows, in a language (\"ru\", anything else is English). */",
          "const char *right_text(enum right right, const char *lang);",
          "/* RIGHT_COUNT when there is no such right. */",
          "enum right right_by_name(str name);", "",
          "/* A role that every installation has. */",
          "struct right_role {", "\tconst char *name;", "\tuint64_t rights;", "};",
          f"#define RIGHT_ROLES {len(masks)}",
          "extern const struct right_role right_roles[RIGHT_ROLES];", "", "#endif", ""]
    c = ["/* Made by tools/gen_model.py from api/rights.toml. */",
         '#include "store/rights_gen.h"', "",
         "static const struct {", "\tstr name;", "\tconst char *en, *ru;", "} rights[RIGHT_COUNT] = {"]
    for r in declared:
        c.append(f"\t[{constant('RIGHT', r['name'])}] = {{STR_INIT({quoted(r['name'])}), {quoted(r['en'])}, "
                 f"{quoted(r['ru'])}}},")
    c += ["};", "", "const struct right_role right_roles[RIGHT_ROLES] = {"]
    for role, mask in masks:
        c.append(f"\t{{{quoted(role)}, {mask}}},")
    c += ["};", "",
          "const char *right_name(enum right right)", "{", "\treturn rights[right].name.p;", "}", "",
          "const char *right_text(enum right right, const char *lang)", "{",
          "\treturn lang[0] == 'r' && lang[1] == 'u' ? rights[right].ru : rights[right].en;", "}", "",
          "enum right right_by_name(str name)", "{",
          "\tfor (int i = 0; i < RIGHT_COUNT; i++)",
          "\t\tif (str_eq(name, rights[i].name))", "\t\t\treturn (enum right)i;",
          "\treturn RIGHT_COUNT;", "}", ""]
    return h, c


def flatten(table, prefix=""):
    for key, value in table.items():
        name = prefix + key
        if "schema" in value:
            yield name, value
        else:
            yield from flatten(value, name + ".")


def events(source):
    types = list(flatten(source))
    seen = set()
    for name, t in types:
        check_name(name, seen, "event")
        if t.get("audience") not in AUDIENCES:
            fail(f"event {name!r}: audience is one of {', '.join(AUDIENCES)}")
        if not isinstance(t["schema"], int) or t["schema"] < 1:
            fail(f"event {name!r}: schema is a number from 1")
    most = max(len(t["data"]) for _, t in types)
    h = ["/* Made by tools/gen_model.py from api/events.toml. Every type of event there is. */",
         "#ifndef OTKLIK_EVENTS_TYPES_GEN_H", "#define OTKLIK_EVENTS_TYPES_GEN_H", "",
         '#include "base/str.h"', "",
         "enum event_audience { AUDIENCE_CUSTOMER, AUDIENCE_AGENTS, AUDIENCE_LEADS, AUDIENCE_SYSTEM };",
         "", "enum event_type {"]
    h += [f"\t{constant('EVENT', name)}," for name, _ in types]
    h += ["\tEVENT_TYPE_COUNT, /* also: a type this program does not know */", "};", "",
          f"#define EVENT_DATA_MAX {most}", "",
          "struct event_type_info {", "\tconst char *name; /* \"ticket.created\" */", "\tint schema;",
          "\tenum event_audience audience;", "\tint n_keys;",
          "\tconst char *keys[EVENT_DATA_MAX]; /* of data, in the order they are written */", "};", "",
          "/* Static storage; type < EVENT_TYPE_COUNT. */",
          "const struct event_type_info *event_type_info(enum event_type type);",
          "/* EVENT_TYPE_COUNT when there is no such type. */",
          "enum event_type event_type_by_name(str name);",
          '/* "agents" */',
          "const char *event_audience_name(enum event_audience audience);",
          "/* AUDIENCE_SYSTEM, the narrowest, for a name nobody knows. */",
          "enum event_audience event_audience_by_name(str name);", "", "#endif", ""]
    c = ["/* Made by tools/gen_model.py from api/events.toml. */",
         '#include "events/types_gen.h"', "",
         "static const struct event_type_info types[EVENT_TYPE_COUNT] = {"]
    for name, t in types:
        keys = ", ".join(quoted(k) for k in t["data"])
        c.append(f"\t[{constant('EVENT', name)}] = {{{quoted(name)}, {t['schema']}, "
                 f"AUDIENCE_{t['audience'].upper()}, {len(t['data'])}, {{{keys}}}}},")
    c += ["};", "", "static const char *const audiences[] = {"]
    c += [f"\t[AUDIENCE_{a.upper()}] = \"{a}\"," for a in AUDIENCES]
    c += ["};", "",
          "const struct event_type_info *event_type_info(enum event_type type)", "{",
          "\treturn &types[type];", "}", "",
          "enum event_type event_type_by_name(str name)", "{",
          "\tfor (int i = 0; i < EVENT_TYPE_COUNT; i++)",
          "\t\tif (str_eq(name, str_of(types[i].name)))", "\t\t\treturn (enum event_type)i;",
          "\treturn EVENT_TYPE_COUNT;", "}", "",
          "const char *event_audience_name(enum event_audience audience)", "{",
          "\treturn audiences[audience];", "}", "",
          "enum event_audience event_audience_by_name(str name)", "{",
          "\tfor (int i = 0; i <= AUDIENCE_SYSTEM; i++)",
          "\t\tif (str_eq(name, str_of(audiences[i])))", "\t\t\treturn (enum event_audience)i;",
          "\treturn AUDIENCE_SYSTEM;", "}", ""]
    return h, c


def main(argv):
    if len(argv) != 5 or argv[1] not in ("rights", "events"):
        sys.exit(__doc__)
    with open(argv[2], "rb") as f:
        source = tomllib.load(f)
    h, c = {"rights": rights, "events": events}[argv[1]](source)
    for path, lines in ((argv[3], h), (argv[4], c)):
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(lines))


if __name__ == "__main__":
    main(sys.argv)

#!/usr/bin/env python3
"""Writes the TypeScript side of the API from its declarations.

    tools/gen_ts.py api ui/shared/api_types.ts

and api_rights.ts beside it: the names of rights, which only the settings show.

Makes: an interface for every answer and request, a union for every enumeration,
the names of rights and of event types, the table of routes (method and path, used
at run time) and `Routes`, which gives each route its path parameters, query, body
and answer (used by the compiler only). Every reference is checked; an unknown type
or a route without a known answer stops the build.

Ids and integers are numbers: the server gives ids that stay below 2^53.
"""
import re
import sys
import tomllib
from pathlib import Path

SCALARS = {"id": "number", "int": "number", "bool": "boolean", "text": "string", "bytes64": "string",
           "time": "string", "email": "string", "phone": "string", "map": "Record<string, string>"}
SPECIAL = {"html": "string", "bytes": "Blob", "stream": "never"}
FIELD = re.compile(r"^(?:enum:)?(\w+)(?:\([^)]*\))?(\[\])?(?:\([^)]*\))?(\?)?$")


class Fault(Exception):
    pass


def ts_type(spec: str, known: set[str], where: str) -> tuple[str, bool]:
    """'text(1,20)[](0,5)?' -> ('string[]', True)"""
    m = FIELD.match(spec)
    if not m:
        raise Fault(f"{where}: cannot read the type {spec!r}")
    name, many, optional = m.groups()
    if name in SCALARS and not spec.startswith("enum:"):
        t = SCALARS[name]
    elif name in known:
        t = name
    else:
        raise Fault(f"{where}: unknown type {name!r}")
    return t + ("[]" if many else ""), bool(optional)


def interface(name: str, fields: dict, known: set[str], request: bool) -> list[str]:
    out = [f"export interface {name} {{"]
    for field, spec in fields.items():
        t, optional = ts_type(spec, known, f"{name}.{field}")
        if request:
            out.append(f"\t{field}{'?' if optional else ''}: {t};")
        else:
            out.append(f"\t{field}: {t}{' | null' if optional else ''};")
    out.append("}")
    return out


def generate(api: Path) -> str:
    def load(name):
        return tomllib.loads((api / name).read_text(encoding="utf-8"))

    types, routes, events, rights = (load(n) for n in ("types.toml", "routes.toml", "events.toml", "rights.toml"))
    enums, outs, ins = types.get("enum", {}), types.get("out", {}), types.get("in", {})
    known = set(enums) | set(outs) | set(ins)
    lines = ["// Made by tools/gen_ts.py from api/*.toml. Changes here are lost.", ""]

    for name, values in enums.items():
        lines.append(f"export type {name} = {' | '.join(repr(v) for v in values)};".replace('"', "'"))
        lines.append(f"export const all{name}: readonly {name}[] = [{', '.join(repr(v) for v in values)}];")
    names = [r["name"] for r in rights["right"]]
    lines += ["", f"export type Right = {' | '.join(repr(n) for n in names)};"]
    lines += ["", f"export type EventType = {' | '.join(repr(n) for n in events)};", ""]

    for name, fields in outs.items():
        lines += interface(name, fields, known, False) + [""]
    for name, fields in ins.items():
        lines += interface(name, fields, known, True) + [""]

    lines.append("export const routes = {")
    for name, r in routes.items():
        lines.append(f"\t{name}: '{r['at']}',")
    lines += ["} as const;", "", "export interface Routes {"]
    for name, r in routes.items():
        params = re.findall(r"\{(\w+)\}", r["at"])
        path = "; ".join(f"{p}: {'number' if p == 'id' else 'string'}" for p in params)
        query = []
        for q, spec in r.get("query", {}).items():
            t, optional = ts_type(spec, known, f"{name}?{q}")
            query.append(f"{q}{'?' if optional else ''}: {t}")
        body = r.get("in")
        if body and body not in ins:
            raise Fault(f"{name}: unknown request {body!r}")
        out = r["out"]
        many = out.endswith("[]")
        base = out.removesuffix("[]")
        if base not in outs and base not in SPECIAL:
            raise Fault(f"{name}: unknown answer {out!r}")
        answer = SPECIAL.get(base, base) + ("[]" if many else "")
        # A spooled route takes the raw bytes of a file.
        body_type = body or ("Blob" if r["mode"] == "spool" else "undefined")
        lines.append(f"\t/** {r['doc']} */")
        lines.append(f"\t{name}: {{ path: {{ {path} }}; query: {{ {'; '.join(query)} }}; body: {body_type}; out: {answer} }};")
    lines += ["}", ""]
    return "\n".join(lines)


def generate_rights(api: Path) -> str:
    rights = tomllib.loads((api / "rights.toml").read_text(encoding="utf-8"))["right"]
    lines = ["// Made by tools/gen_ts.py from api/rights.toml. Changes here are lost.", "import type { Right } from './api_types';", "",
             "export const rightNames: Record<Right, { en: string; ru: string }> = {"]
    for r in rights:
        en, ru = (r[k].replace("\\", "\\\\").replace("'", "\\'") for k in ("en", "ru"))
        lines.append(f"\t'{r['name']}': {{ en: '{en}', ru: '{ru}' }},")
    return "\n".join(lines + ["};", ""])


def write(out: Path, text: str) -> None:
    """Only when it differs, so that what is built from it stays fresh."""
    if not out.exists() or out.read_text(encoding="utf-8") != text:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        api, out = Path(sys.argv[1]), Path(sys.argv[2])
        types, rights = generate(api), generate_rights(api)
    except (Fault, KeyError, tomllib.TOMLDecodeError) as e:
        print(f"gen_ts: {e}", file=sys.stderr)
        return 1
    write(out, types)
    write(out.with_name("api_rights.ts"), rights)
    return 0


if __name__ == "__main__":
    sys.exit(main())

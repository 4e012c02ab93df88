#!/usr/bin/env python3
"""Makes C tables and the OpenAPI document out of api/types.toml, routes.toml, rights.toml.

usage: gen_api.py --version V TYPES ROUTES RIGHTS OUT.h OUT.c OPENAPI.json

OUT.h holds the enumerations, one struct for each object, one struct for each
route's query, and the prototypes of the handlers; OUT.c the tables that
src/api/codec.c interprets (fields with their offsets and limits) and the route
table. Only the declarations decide: nothing here knows a particular route.
"""
import json
import re
import sys
import tomllib

FIELD = re.compile(
    r"^(?P<base>id|int|bool|text|bytes64|time|email|phone|map|enum:[A-Z]\w*|[A-Z]\w*)"
    r"(?:\((?P<min>-?\d+),(?P<max>-?\d+)\))?"
    r"(?P<list>\[\](?:\((?P<lmin>\d+),(?P<lmax>\d+)\))?)?"
    r"(?P<opt>\?)?$")
INT64 = 2**63 - 1
TEXT_MAX = 1000       # of a request's text without a range
LIST_MAX = 1000       # of a request's list without a range
KEYWORDS = {"auto", "inline", "default", "register", "static", "int", "long", "short", "char",
            "const", "bool", "switch", "case", "union", "struct", "enum", "void"}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
MODES = ["read", "write", "spool", "stream", "static"]
RAW_OUT = ["bytes", "html", "stream"]
ROUTE_KEYS = {"at", "doc", "right", "mode", "prepare", "in", "out", "status", "etag", "query"}
STATUS = {400: "error.bad_request", 401: "error.auth", 403: "error.denied", 404: "error.not_found",
          409: "error.conflict", 413: "error.too_large", 415: "error.content_type",
          422: "error.invalid", 429: "error.throttled", 503: "error.busy"}


class Wrong(Exception):
    """A declaration that cannot be used; the text names file and place."""


def snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def load(path):
    try:
        with open(path, "rb") as f:
            return tomllib.load(f)
    except tomllib.TOMLDecodeError as e:
        raise Wrong(f"{path}: {e}") from None
    except OSError as e:
        raise Wrong(f"{path}: {e.strerror}") from None


class Field:
    def __init__(self, where, name, text, request):
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise Wrong(f"{where}: field name '{name}' is not snake_case")
        m = FIELD.match(text) if isinstance(text, str) else None
        if not m:
            raise Wrong(f"{where}.{name}: cannot read the type {text!r}")
        self.where, self.name, self.request = f"{where}.{name}", name, request
        self.c = name + "_" if name in KEYWORDS else name
        self.base = m["base"]
        self.list = m["list"] is not None
        self.opt = m["opt"] is not None
        self.ranged = m["min"] is not None
        if self.ranged and self.base not in ("int", "text", "bytes64"):
            raise Wrong(f"{self.where}: only int, text and bytes64 have a range")
        low, high = (0, TEXT_MAX) if self.base in ("text", "bytes64") else (-INT64 - 1, INT64)
        if self.base == "id":
            low = 1
        self.min = int(m["min"]) if self.ranged else low
        self.max = int(m["max"]) if self.ranged else high
        self.lmin, self.lmax = int(m["lmin"] or 0), int(m["lmax"] or LIST_MAX)
        if self.min > self.max or self.lmin > self.lmax:
            raise Wrong(f"{self.where}: empty range in {text!r}")
        if self.base == "map" and self.list:
            raise Wrong(f"{self.where}: a list of maps cannot be expressed")

    @property
    def enum(self):
        return self.base[5:] if self.base.startswith("enum:") else None

    @property
    def object(self):
        return self.base if self.base[0].isupper() else None

    def has_flag(self):
        """Presence is told by a flag, but in answers where the value has an own 'none'."""
        if not self.opt:
            return False
        if self.request or self.list:
            return True
        return self.base in ("int", "bool") or self.enum is not None

    def members(self):
        c = {"id": "int64_t", "int": "int64_t", "bool": "bool", "text": "str", "bytes64": "str",
             "time": "usec", "email": "str", "phone": "str", "map": "str"}.get(self.base)
        if self.enum:
            c = f"enum api_{snake(self.enum)}"
        if self.object:
            c = f"struct api_{snake(self.object)}"
        out = [f"bool has_{self.name};"] if self.has_flag() else []
        if self.list:
            return out + [f"const {c} *{self.c};", f"size_t n_{self.name};"]
        if self.base == "map" and self.request:
            return out + [f"const struct api_pair *{self.c};", f"size_t n_{self.name};"]
        if self.object and self.opt and not self.request:
            return out + [f"const {c} *{self.c};"]
        return out + [f"{c} {self.c};"]

    def row(self, owner):
        kind = "ENUM" if self.enum else "OBJECT" if self.object else self.base.upper()
        parts = [f'.name = "{self.name}", .key = STR_INIT("\\"{self.name}\\":")', f".kind = API_{kind}",
                 f".at = offsetof({owner}, {self.c})"]
        if self.opt:
            parts.append(".optional = true")
        if self.has_flag():
            parts.append(f".has = offsetof({owner}, has_{self.name}), .flagged = true")
        if self.list:
            parts.append(f".list = true, .n = offsetof({owner}, n_{self.name})")
            parts.append(f".list_min = {self.lmin}, .list_max = {self.lmax}")
        elif self.base == "map" and self.request:
            parts.append(f".n = offsetof({owner}, n_{self.name})")
        if self.base in ("int", "id", "text", "bytes64"):
            low = "INT64_MIN" if self.min < -INT64 else f"INT64_C({self.min})"
            parts.append(f".min = {low}, .max = INT64_C({self.max})")
        if self.enum:
            parts.append(f".names = &api_{snake(self.enum)}_names")
        if self.object:
            parts.append(f".sub = &api_{snake(self.object)}_type")
        return "\t{" + ", ".join(parts) + "},"

    def schema(self):
        if self.enum:
            s = ref(self.enum)
        elif self.object:
            s = ref(self.object)
        else:
            s = {"id": {"type": "integer", "format": "int64", "minimum": 1},
                 "int": {"type": "integer", "format": "int64"},
                 "bool": {"type": "boolean"},
                 "text": {"type": "string"},
                 "bytes64": {"type": "string", "contentEncoding": "base64"},
                 "time": {"type": "string", "format": "date-time"},
                 "email": {"type": "string", "format": "email", "maxLength": 320},
                 "phone": {"type": "string", "maxLength": 40},
                 "map": {"type": "object", "additionalProperties": {"type": "string"}},
                 }[self.base].copy()
            if self.base == "int" and (self.ranged):
                s["minimum"] = self.min
                if self.max < INT64:
                    s["maximum"] = self.max
            if self.base == "text" and self.request:
                s["minLength"], s["maxLength"] = self.min, self.max
        if self.list:
            s = {"type": "array", "items": s}
            if self.request:
                s["minItems"], s["maxItems"] = self.lmin, self.lmax
        if self.opt and not self.request:
            if "$ref" in s:
                s = {"oneOf": [s, {"type": "null"}]}
            else:
                s["type"] = [s["type"], "null"]
        return s


class Object:
    def __init__(self, file, name, body, request):
        where = f"{file}: {'in' if request else 'out'}.{name}"
        if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name):
            raise Wrong(f"{where}: not a CamelCase name")
        self.name, self.c, self.request, self.where = name, f"api_{snake(name)}", request, where
        self.fields = [Field(where, k, v, request) for k, v in body.items()]

    def schema(self):
        required = [f.name for f in self.fields if not (f.request and f.opt)]
        s = {"type": "object", "properties": {f.name: f.schema() for f in self.fields}}
        if required:
            s["required"] = required
        if self.request:
            s["additionalProperties"] = False
        return s


class Query(Object):
    """The query string of a route: flat, every field from text."""

    def __init__(self, file, route, body):
        self.name, self.c, self.request = None, f"api_{route}_query", True
        self.where = f"{file}: {route}.query"
        self.fields = [Field(self.where, k, v, True) for k, v in body.items()]
        for f in self.fields:
            if f.list or f.object or f.base == "map":
                raise Wrong(f"{f.where}: a query holds plain values only")


class Route:
    def __init__(self, file, name, body, types, rights):
        self.name, self.where = name, f"{file}: {name}"
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise Wrong(f"{self.where}: not a snake_case name")
        for k in body:
            if k not in ROUTE_KEYS:
                raise Wrong(f"{self.where}: unknown key '{k}'")
        for k in ("at", "doc", "right", "mode", "out"):
            if k not in body:
                raise Wrong(f"{self.where}: '{k}' is missing")
        m = re.fullmatch(r"([A-Z]+) (/\S+)", body["at"])
        if not m or m[1] not in METHODS:
            raise Wrong(f"{self.where}: at = {body['at']!r} is not 'METHOD /path'")
        self.method, self.path = m[1], m[2]
        self.segments = self.path[1:].split("/")
        for s in self.segments:
            if not re.fullmatch(r"[a-z0-9_.-]+|\{(id|token)\}", s):
                raise Wrong(f"{self.where}: path segment '{s}' (a word, {{id}} or {{token}})")
        self.params = [s[1:-1] for s in self.segments if s[0] == "{"]
        if len(self.params) > 1:
            raise Wrong(f"{self.where}: more than one parameter in the path")
        self.doc, self.mode = body["doc"], body["mode"]
        if self.mode not in MODES:
            raise Wrong(f"{self.where}: mode '{self.mode}' is none of {', '.join(MODES)}")
        self.prepare, self.etag = body.get("prepare", False), body.get("etag", False)
        self.status = body.get("status", 200)
        self.right = body["right"]
        self.rights = [] if self.right in ("", "-") else self.right.split("|")
        for r in self.rights:
            if r not in rights:
                raise Wrong(f"{self.where}: no such right '{r}'")
        self.body = None
        if "in" in body:
            self.body = types.get(body["in"])
            if not self.body or not self.body.request:
                raise Wrong(f"{self.where}: in = '{body['in']}' is no request type")
            if self.method == "GET":
                raise Wrong(f"{self.where}: a GET has no body")
        self.out, self.out_list, self.raw = None, False, None
        out = body["out"]
        if out in RAW_OUT:
            self.raw = out
        else:
            self.out_list = out.endswith("[]")
            self.out = types.get(out.removesuffix("[]"))
            if not self.out or self.out.request:
                raise Wrong(f"{self.where}: out = '{out}' is no answer type")
        if (self.mode == "stream") != (self.raw == "stream"):
            raise Wrong(f"{self.where}: mode and out must both be 'stream' or neither")
        # A question that does not fit an address is asked by POST.
        if self.mode == "read" and self.method not in ("GET", "HEAD") and not (
                self.method == "POST" and self.body):
            raise Wrong(f"{self.where}: mode 'read' for {self.method}")
        if self.mode in ("write", "spool") and self.method == "GET":
            raise Wrong(f"{self.where}: a GET must not write")
        self.query = Query(file, name, body["query"]) if "query" in body else None

    def has_handler(self):
        return self.mode not in ("stream", "static")

    def out_c(self):
        return self.out.c + ("_list" if self.out_list else "")

    def prototype(self, prepare=False):
        args = ["struct api_call *call"]
        if self.query:
            args.append(f"const struct {self.query.c} *query")
        if self.body:
            args.append(f"const struct {self.body.c} *in")
        if not prepare:
            args.append("struct api_raw *out" if self.raw else f"struct {self.out_c()} *out")
        args.append("struct error *e")
        return f"enum err api_{self.name}{'_prepare' if prepare else ''}({', '.join(args)})"

    def arguments(self):
        out = ["call"]
        if self.query:
            out.append("call->query")
        if self.body:
            out.append("call->in")
        return out


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


class Api:
    def __init__(self, types_file, routes_file, rights_file):
        decl = load(types_file)
        for k in decl:
            if k not in ("enum", "out", "in"):
                raise Wrong(f"{types_file}: unknown table '{k}'")
        self.enums = decl.get("enum", {})
        for name, values in self.enums.items():
            if not values or len(set(values)) != len(values):
                raise Wrong(f"{types_file}: enum.{name}: empty, or a value twice")
            for v in values:
                if not re.fullmatch(r"[a-z][a-z0-9_]*", v):
                    raise Wrong(f"{types_file}: enum.{name}: value '{v}' is not snake_case")
        self.types = {}
        for side in ("out", "in"):
            for name, body in decl.get(side, {}).items():
                if name in self.types or name in self.enums:
                    raise Wrong(f"{types_file}: {side}.{name}: the name is taken")
                self.types[name] = Object(types_file, name, body, side == "in")
        rights = [r["name"] for r in load(rights_file).get("right", [])]
        self.routes = [Route(routes_file, n, b, self.types, rights)
                       for n, b in load(routes_file).items()]
        self.check(types_file, routes_file)

    def check(self, types_file, routes_file):
        objects = list(self.types.values()) + [r.query for r in self.routes if r.query]
        for o in objects:
            for f in o.fields:
                if f.enum and f.enum not in self.enums:
                    raise Wrong(f"{f.where}: no such enumeration '{f.enum}'")
                if f.object and f.object not in self.types:
                    raise Wrong(f"{f.where}: no such type '{f.object}'")
                if f.object and self.types[f.object].request != o.request:
                    raise Wrong(f"{f.where}: '{f.object}' belongs to the other direction")
        self.order = self.sorted_types()
        seen = {}
        for r in self.routes:
            key = (r.method, re.sub(r"\{\w+\}", "{}", r.path))
            if key in seen:
                raise Wrong(f"{r.where}: {r.method} {r.path} is already {seen[key]}")
            seen[key] = r.name
        tags = {}
        for o in objects:
            if o.c in tags:
                raise Wrong(f"{o.where}: struct {o.c} is already made by {tags[o.c]}")
            tags[o.c] = o.where

    def sorted_types(self):
        """By need: a struct holds others by value, so those come first."""
        out, state = [], {}

        def visit(o, path):
            if state.get(o.name) == 2:
                return
            if state.get(o.name) == 1:
                raise Wrong(f"{o.where}: contains itself ({' > '.join(path)})")
            state[o.name] = 1
            for f in o.fields:
                if f.object:
                    visit(self.types[f.object], path + [o.name])
            state[o.name] = 2
            out.append(o)
        for o in self.types.values():
            visit(o, [])
        return out

    # ---- C ----

    def header(self):
        w = ["/* Made by tools/gen_api.py from api/types.toml and api/routes.toml. */",
             "#ifndef OTKLIK_API_API_GEN_H", "#define OTKLIK_API_API_GEN_H", "",
             '#include "api/codec.h"', ""]
        for name, values in self.enums.items():
            c = snake(name)
            w.append(f"enum api_{c} {{")
            w += [f"\tAPI_{c.upper()}_{v.upper()}," for v in values]
            w += ["};", f"enum {{ API_{c.upper()}_COUNT = {len(values)} }};",
                  f"extern const struct api_names api_{c}_names;",
                  f"static inline str api_{c}_name(enum api_{c} v)", "{",
                  f"\treturn api_names_get(&api_{c}_names, (int)v);", "}", ""]
        for o in self.order:
            w += self.struct(o)
            if o.request:
                w += [f"static inline enum err api_{snake(o.name)}_read(struct arena *a, "
                      f"const struct json *j, struct {o.c} *out, struct error *e)", "{",
                      f"\treturn api_read(a, &{o.c}_type, j, out, e);", "}", ""]
            else:
                w += [f"static inline void api_{snake(o.name)}_write(struct jw *w, "
                      f"const struct {o.c} *v)", "{",
                      f"\tapi_write(w, &{o.c}_type, v);", "}", ""]
        for c, item in sorted({(r.out_c(), r.out.c) for r in self.routes if r.out_list}):
            w += [f"struct {c} {{", f"\tconst struct {item} *items;", "\tsize_t n_items;", "};", ""]
        for r in self.routes:
            if r.query:
                w += self.struct(r.query)
        w += ["struct api_call;", "struct api_raw;", ""]
        for r in self.routes:
            if r.has_handler():
                w.append(f"/* {r.method} {r.path}: {r.doc} */")
                w.append(f"{r.prototype()} MUST_USE;")
                if r.prepare or r.mode == "spool":
                    w.append(f"{r.prototype(True)} MUST_USE;")
        w += ["", "enum api_route_id {"]
        w += [f"\tAPI_ROUTE_{r.name.upper()}," for r in self.routes]
        w += ["\tAPI_ROUTE_COUNT", "};", "", "#endif", ""]
        return "\n".join(w)

    def struct(self, o):
        w = [f"struct {o.c} {{"]
        for f in o.fields:
            w += ["\t" + m for m in f.members()]
        return w + ["};", f"extern const struct api_type {o.c}_type;"]

    def source(self, openapi):
        w = ["/* Made by tools/gen_api.py from api/types.toml and api/routes.toml. */",
             '#include "api/api_gen.h"', "", '#include "api/call.h"', ""]
        for name, values in self.enums.items():
            c = snake(name)
            items = ", ".join(f'STR("{v}")' for v in values)
            w += [f"static const str {c}_values[] = {{{items}}};",
                  f"const struct api_names api_{c}_names = {{{c}_values, {len(values)}}};"]
        for o in self.order + [r.query for r in self.routes if r.query]:
            w.append(f"static const struct api_field {o.c}_fields[] = {{")
            w += [f.row(f"struct {o.c}") for f in o.fields]
            w += ["};", f"const struct api_type {o.c}_type = {{\"{o.name or o.c}\", {o.c}_fields, "
                  f"{len(o.fields)}, sizeof(struct {o.c})}};", ""]
        for r in self.routes:
            if r.has_handler():
                w += self.thunk(r)
        w.append("const struct api_route api_routes[API_ROUTE_COUNT] = {")
        for r in self.routes:
            mask = " | ".join("UINT64_C(1) << RIGHT_" + x.upper().replace(".", "_")
                              for x in r.rights) or "0"
            access = {"": "SIGNED_IN", "-": "PUBLIC"}.get(r.right, "RIGHTS")
            parts = [f'.name = "{r.name}"', f'.path = "{r.path}"', f".method = HTTP_{r.method}",
                     f".mode = API_MODE_{r.mode.upper()}", f".access = API_ACCESS_{access}",
                     f".rights = {mask}", f".status = {r.status}"]
            if r.etag:
                parts.append(".etag = true")
            if r.raw:
                parts.append(".raw = true")
            if r.body:
                parts.append(f".in = &{r.body.c}_type")
            if r.query:
                parts.append(f".query = &{r.query.c}_type")
            if r.has_handler():
                parts.append(f".run = run_{r.name}")
                if r.prepare or r.mode == "spool":
                    parts.append(f".prepare = prepare_{r.name}")
            w.append("\t{" + ", ".join(parts) + "},")
        w += ["};", "", "/* Words before parameters, so that /tickets/bulk is not a ticket. */",
              "const struct api_path api_paths[] = {"]
        paths = {}
        for r in self.routes:
            paths.setdefault(re.sub(r"\{\w+\}", "{}", r.path), []).append(r)
        for key in sorted(paths, key=lambda p: (p.count("/"), p.count("{"), p)):
            routes = paths[key]
            segs = ", ".join(f'STR("{"" if s[0] == "{" else s}")' for s in routes[0].segments)
            param = {"id": "API_PARAM_ID", "token": "API_PARAM_TOKEN"}.get(
                (routes[0].params or [""])[0], "API_PARAM_NONE")
            by = ", ".join(f"[HTTP_{r.method}] = &api_routes[API_ROUTE_{r.name.upper()}]"
                           for r in routes)
            w.append(f"\t{{{len(routes[0].segments)}, {param}, {{{segs}}}, {{{by}}}}},")
        w += ["};", "const size_t api_n_paths = sizeof api_paths / sizeof api_paths[0];", ""]
        w += ["const char api_openapi_json[] ="]
        for i in range(0, len(openapi), 1000):
            w.append('\t"' + c_escape(openapi[i:i + 1000]) + '"')
        w += ["\t;", f"const size_t api_openapi_size = {len(openapi.encode())};", ""]
        return "\n".join(w)

    @staticmethod
    def thunk(r):
        args = r.arguments()
        w = [f"static enum err run_{r.name}(struct api_call *call, struct jw *w, struct error *e)",
             "{"]
        if r.raw:
            w += [f"\treturn api_{r.name}({', '.join(args + ['&call->raw', 'e'])});", "}"]
        else:
            w += [f"\tstruct {r.out_c()} out = {{0}};",
                  f"\tenum err err = api_{r.name}({', '.join(args + ['&out', 'e'])});",
                  "\tif (err == ERR_OK)"]
            if r.out_list:
                w.append(f"\t\tapi_write_list(w, &{r.out.c}_type, out.items, out.n_items);")
            else:
                w[-1] = "\tif (err == ERR_OK && !call->written)"
                w.append(f"\t\tapi_write(w, &{r.out.c}_type, &out);")
            w += ["\treturn err;", "}"]
        if r.prepare or r.mode == "spool":
            w += [f"static enum err prepare_{r.name}(struct api_call *call, struct error *e)", "{",
                  f"\treturn api_{r.name}_prepare({', '.join(args + ['e'])});", "}"]
        return w + [""]

    # ---- OpenAPI 3.1 ----

    def openapi(self, version):
        schemas = {n: {"type": "string", "enum": v} for n, v in self.enums.items()}
        schemas |= {o.name: o.schema() for o in self.types.values()}
        paths = {}
        for r in self.routes:
            paths.setdefault(r.path, {})[r.method.lower()] = self.operation(r)
        return {
            "openapi": "3.1.0",
            "info": {
                "title": "Otklik", "version": version,
                "description": "Ids are integers; times are RFC 3339 in UTC. Lists are paged by "
                "opaque cursors. Errors have one form (schema Error). A POST with an "
                "Idempotency-Key is done once: the same key and body give the same answer again.",
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
            "servers": [{"url": "/api/v1"}],
            "security": [{"cookie": []}, {"bearer": []}],
            "paths": paths,
            "components": {
                "schemas": schemas,
                "responses": {"Error": {
                    "description": "What went wrong, for programs and for people",
                    "headers": {"Retry-After": {"schema": {"type": "integer"},
                                                "description": "Seconds; with 429 and 503"}},
                    "content": {"application/json": {"schema": ref("Error")}}}},
                "securitySchemes": {
                    "cookie": {"type": "apiKey", "in": "cookie", "name": "__Host-otklik",
                               "description": "A signed-in browser. The name is otklik where the "
                               "service is reached without TLS. Requests that change something "
                               "must also send X-Requested-With."},
                    "bearer": {"type": "http", "scheme": "bearer",
                               "description": "An API token"}}}}

    def operation(self, r):
        params = []
        for p in r.params:
            schema = ({"type": "integer", "format": "int64", "minimum": 1} if p == "id"
                      else {"type": "string"})
            params.append({"name": p, "in": "path", "required": True, "schema": schema})
        for f in r.query.fields if r.query else []:
            params.append({"name": f.name, "in": "query", "required": not f.opt,
                           "schema": f.schema()})
        if r.method == "POST" and r.right != "-":
            params.append({"name": "Idempotency-Key", "in": "header", "required": False,
                           "schema": {"type": "string", "minLength": 1, "maxLength": 200}})
        if r.etag:
            params.append({"name": "If-None-Match", "in": "header", "required": False,
                           "schema": {"type": "string"}})
        answer = {"description": r.doc}
        if r.raw:
            kind = {"bytes": "application/octet-stream", "html": "text/html",
                    "stream": "text/event-stream"}[r.raw]
            answer["content"] = {kind: {"schema": {"type": "string"}}}
        else:
            s = ref(r.out.name)
            answer["content"] = {"application/json": {
                "schema": {"type": "array", "items": s} if r.out_list else s}}
        errors = {429, 503}
        if r.right != "-":
            errors |= {401}
        if r.rights:
            errors |= {403}
        if r.params:
            errors |= {404}
        if r.query:
            errors |= {422}
        if r.body or r.mode == "spool":
            errors |= {400, 409, 413, 415, 422}
        op = {"operationId": r.name, "summary": r.doc, "tags": [r.segments[0]]}
        if r.rights:
            op["description"] = "Right: " + " or ".join(r.rights)
            op["x-rights"] = r.rights
        if params:
            op["parameters"] = params
        if r.body:
            op["requestBody"] = {"required": True, "content": {
                "application/json": {"schema": ref(r.body.name)}}}
        if r.mode == "spool":
            op["requestBody"] = {"required": True, "content": {
                "application/octet-stream": {"schema": {"type": "string"}}}}
        op["responses"] = {str(r.status): answer}
        for s in sorted(errors):
            op["responses"][str(s)] = {"$ref": "#/components/responses/Error"}
        if r.right == "-":
            op["security"] = []
        return op


def c_escape(text):
    out = []
    for ch in text:
        if ch in '"\\':
            out.append("\\" + ch)
        elif ch == "\n":
            out.append("\\n")
        elif 32 <= ord(ch) < 127:
            out.append(ch)
        else:
            out += [f"\\{b:03o}" for b in ch.encode()]
    return "".join(out)


def main(argv):
    if len(argv) != 9 or argv[1] != "--version":
        print(__doc__.strip(), file=sys.stderr)
        return 2
    version, types, routes, rights, out_h, out_c, out_json = argv[2:]
    try:
        api = Api(types, routes, rights)
    except Wrong as e:
        print(f"gen_api.py: {e}", file=sys.stderr)
        return 1
    openapi = json.dumps(api.openapi(version), ensure_ascii=False, separators=(",", ":"))
    for path, text in ((out_h, api.header()), (out_c, api.source(openapi)), (out_json, openapi)):
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))

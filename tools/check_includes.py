#!/usr/bin/env python3
"""Checks that #include lines keep to the table of modules, and that each header compiles alone.

usage: check_includes.py SOURCE_DIR BUILD_DIR

The table below is the one of ARCHITECTURE.md: a module may include itself and
the modules named for it; main may include everything. A foreign library that
one module keeps to itself stands in ONLY_IN. Headers are
compiled one by one with the compiler command of some file of their module
(compile_commands.json of BUILD_DIR), so a header that forgets an include fails
here and not in somebody else's file.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

BASE = {"base"}
PURE = BASE
SYS = BASE | {"sys"}
ENGINES = SYS | {"text", "json", "mime"}
STORE = ENGINES | {"db", "store"}
DESK = STORE | {"events", "desk", "learn"}
JOB = DESK | {"job"}
EDGE = JOB | {"net"}
TABLE = {
    "base": BASE,
    "sys": SYS,
    "text": PURE, "json": PURE, "mime": PURE, "learn": PURE | {"text"},
    "db": SYS, "net": SYS,
    "store": STORE, "events": STORE | {"events"},
    "desk": DESK,
    "api": EDGE, "site": EDGE, "push": EDGE, "mail": EDGE, "job": JOB, "channel": EDGE,
}
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')
# Headers that one module keeps to itself, with what they hide from the others.
ONLY_IN = {
    "sqlite3.h": "db", "libpq-fe.h": "db", "gumbo.h": "mime",
    "jansson.h": "json",
}


def check_line(module, name, path, number, kind, target):
    where = f"{path}:{number}"
    if kind == "<":
        owner = ONLY_IN.get(target)
        if owner and module not in (owner, "main") and not name.endswith("_test.c"):
            return f"{where}: <{target}> belongs to {owner}/"
        return None
    used, _, rest = target.partition("/")
    if not rest:
        return f'{where}: write "module/{target}"'
    if used not in TABLE and used not in ("main", "ui"):
        return f"{where}: no module {used}"
    if module == "main" or used == module:
        return None
    if used not in TABLE[module]:
        return f"{where}: {module}/ must not include {target}"
    if re.search(r"(_internal|/internal)\.h$", target):
        return f"{where}: {target} is {used}'s own"
    return None


def check_file(source, path):
    module = path.relative_to(source / "src").parts[0]
    if module not in TABLE and module != "main":
        return [f"{path}: {module} is not in the table of modules"]
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if m := INCLUDE.match(line):
            if wrong := check_line(module, path.name, path.relative_to(source), number, m[1], m[2]):
                found.append(wrong)
    return found


def commands(build):
    """One compiler command for each module, without its input and outputs."""
    by_module = {}
    file = build / "compile_commands.json"
    for entry in json.loads(file.read_text()) if file.exists() else []:
        m = re.search(r"src/(\w+)/[^/]+\.c$", entry["file"])
        if not m or m[1] in by_module:
            continue
        words, keep = iter(shlex.split(entry["command"])), []
        for w in words:
            if w in ("-o", "-MF", "-MQ"):
                next(words)
            elif w == "-c":
                next(words)
            elif w not in ("-MD", "-MMD") and not w.startswith("-fsanitize"):
                keep.append(w)
        by_module[m[1]] = (keep, entry["directory"])
    return by_module


def compile_header(source, path, by_module):
    module = path.relative_to(source / "src").parts[0]
    if module not in by_module:
        return None
    command, directory = by_module[module]
    name = path.relative_to(source / "src")
    r = subprocess.run(command + ["-fdiagnostics-color=never", "-fsyntax-only", "-x", "c", "-"], cwd=directory, text=True,
                       input=f'#include "{name}"\n#include "{name}"\n', capture_output=True)
    if r.returncode == 0 and "warning:" not in r.stderr:
        return None
    told = [line for line in r.stderr.splitlines() if "error:" in line or "warning:" in line]
    return f"{name} does not compile alone:\n\t" + "\n\t".join(told[:3])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, build = (pathlib.Path(p).resolve() for p in sys.argv[1:])
    files = sorted((source / "src").rglob("*.[ch]"))
    wrong = [w for f in files for w in check_file(source, f)]
    headers = [f for f in files if f.suffix == ".h"]
    by_module = commands(build)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        wrong += [w for w in pool.map(lambda h: compile_header(source, h, by_module), headers) if w]
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{len(files)} files keep to the table, {len(headers)} headers compile alone")


if __name__ == "__main__":
    main()

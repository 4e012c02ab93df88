#!/usr/bin/env python3
"""Embeds a folder of files into the program.

usage: gen_assets.py [--empty] FOLDER OUT.c OUT_DIR

OUT.c holds the table that src/site/assets.h describes; the bytes themselves are
taken in by the assembler (.incbin), once as they are and once compressed by
gzip where that saves something (OUT_DIR holds the compressed copies). The table
is sorted by path. Without the folder, or with --empty, it is empty: then the
program answers with a plain page. Outputs are written only when they change.
"""
import gzip
import hashlib
import os
import sys

TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".json": "application/json", ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp",
    ".gif": "image/gif", ".ico": "image/x-icon", ".woff2": "font/woff2", ".wasm": "application/wasm",
    ".txt": "text/plain; charset=utf-8", ".map": "application/json",
}
PACK = {".html", ".js", ".mjs", ".css", ".json", ".webmanifest", ".svg", ".txt", ".map", ".wasm"}


def write(path, data):
    try:
        with open(path, "rb") as f:
            if f.read() == data:
                return
    except OSError:
        pass
    with open(path, "wb") as f:
        f.write(data)


def collect(folder):
    found = []
    for base, dirs, names in os.walk(folder):
        dirs.sort()
        for name in names:
            full = os.path.join(base, name)
            path = os.path.relpath(full, folder).replace(os.sep, "/")
            if any(part.startswith(".") for part in path.split("/")):
                continue
            ext = os.path.splitext(name)[1].lower()
            if ext not in TYPES:
                raise SystemExit(f"gen_assets.py: {full}: no content type is known for '{ext}'")
            if any(ord(c) < 33 or ord(c) > 126 or c in '"\\' for c in path):
                raise SystemExit(f"gen_assets.py: {full}: the name cannot stand in a URL as it is")
            found.append((path, full, ext))
    return sorted(found)


def main(argv):
    empty = "--empty" in argv
    args = [a for a in argv[1:] if a != "--empty"]
    if len(args) != 3:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    folder, out_c, out_dir = args
    files = [] if empty or not os.path.isdir(folder) else collect(folder)
    os.makedirs(out_dir, exist_ok=True)
    w = ["/* Made by tools/gen_assets.py. */", '#include "site/assets.h"', "",
         "#define EMBED(name, file) \\",
         '\t__asm__(".section .rodata\\n.balign 16\\n" #name ":\\n.incbin \\"" file "\\"\\n" \\',
         '\t        #name "_end:\\n.byte 0\\n.previous\\n"); \\',
         "\textern const char name[], name##_end[]", ""]
    rows = []
    for i, (path, full, ext) in enumerate(files):
        with open(full, "rb") as f:
            data = f.read()
        etag = hashlib.sha256(data).hexdigest()[:16]
        # The digest in a remark makes this file change with the bytes.
        w.append(f"EMBED(asset_{i}, \"{os.path.abspath(full)}\"); /* {etag} */")
        packed = ""
        if ext in PACK:
            small = gzip.compress(data, 9, mtime=0)
            if len(small) < len(data) * 9 // 10:
                target = os.path.join(out_dir, f"{i}.gz")
                write(target, small)
                w.append(f"EMBED(asset_{i}_gz, \"{os.path.abspath(target)}\");")
                packed = f", asset_{i}_gz, asset_{i}_gz_end"
        hashed = "true" if path.startswith("assets/") else "false"
        rows.append(f'\t{{"/{path}", "{TYPES[ext]}", "\\"{etag}\\"", {hashed}, asset_{i}, '
                    f"asset_{i}_end{packed}}},")
    w += ["", "const struct asset site_assets[] = {"] + rows + ["\t{0},", "};",
          f"const size_t site_n_assets = {len(files)};", ""]
    write(out_c, "\n".join(w).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))

#!/usr/bin/env python3
"""Compiles rules/synonyms.txt in: gen_synonyms.py OUT.c FILE

A line of the file is one meaning: words and phrases of up to four words, parted
by commas. Lines that begin with # and empty lines are passed over. A line with
one phrase only, an empty phrase, or one that stands twice in its line is refused.
"""
import pathlib
import sys


def lines(path):
    for number, line in enumerate(pathlib.Path(path).read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        phrases = [p.strip() for p in line.split(",")]
        where = f"gen_synonyms.py: {path}:{number}"
        if len(phrases) < 2 or not all(phrases):
            raise SystemExit(f"{where}: phrases are parted by commas, at least two a line")
        for p in phrases:
            if len(p.split()) > 4:
                raise SystemExit(f"{where}: more than four words: {p}")
            if phrases.count(p) > 1:
                raise SystemExit(f"{where}: stands twice: {p}")
        yield ",".join(phrases)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    out = ["/* Made by tools/gen_synonyms.py from rules/synonyms.txt. */", '#include "learn/rank_terms.h"', "",
           "str rank_synonyms(void)", "{", "\tstatic const char text[] ="]
    for line in lines(sys.argv[2]):
        bytes_ = "".join(f"\\{b:03o}" if b >= 0x80 or b in b'"\\?' else chr(b) for b in line.encode())
        out.append(f'\t    "{bytes_}\\n"')
    out += ["\t    ;", "\treturn str_n(text, sizeof text - 1);", "}", ""]
    pathlib.Path(sys.argv[1]).write_text("\n".join(out), encoding="utf-8")


if __name__ == "__main__":
    main()

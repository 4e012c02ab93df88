#!/usr/bin/env python3
"""Makes a sorted table of words: gen_words.py NAME OUT.c WORDS.txt

Words are parted by white space, lines that begin with # are passed over; they are folded as
text/fold.h folds.
"""
import sys
import unicodedata


def fold(text):
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold()).replace("ё", "е")


def main(argv):
    name, out, source = argv[1:]
    words = set()
    with open(source, encoding="utf-8") as f:
        for line in f:
            if not line.startswith("#"):
                words.update(fold(w) for w in line.split())
    table = sorted(words, key=lambda w: w.encode())
    if not table or any(c in w for w in table for c in '"\\'):
        raise SystemExit(f"gen_words.py: {source}: words without quotes and backslashes are wanted")
    with open(out, "w", encoding="utf-8") as f:
        f.write("/* Made by tools/gen_words.py. */\n#include <stddef.h>\n\n")
        f.write(f"extern const char *const {name}[];\nextern const size_t {name}_n;\n")
        f.write(f"const char *const {name}[] = {{\n")
        f.writelines(f'\t"{w}",\n' for w in table)
        f.write(f"}};\nconst size_t {name}_n = {len(table)};\n")


if __name__ == "__main__":
    main(sys.argv)

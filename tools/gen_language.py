#!/usr/bin/env python3
"""Makes the language profiles: gen_language.py OUT.c FILE...

A file of rules/language/ has words (the commonest first) and prose of one
language, parted by the line "# Text"; other lines with # are remarks. Out of it
come, folded as text/word.h folds:

- the words with their costs: rank in the list and counts of the prose;
- the cost of a letter after one letter and, where that was seen, after two
  (linear interpolation, Jelinek and Mercer), the border of a word being a letter too.

A cost is -ln(p) * 16 in one byte. src/text/language.c reads the table; the files
come in the order of enum language.
"""
import collections
import math
import os
import re
import sys
import unicodedata

SCALE = 16


def fold(text):
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
    return text.replace("ё", "е").replace("’", "'")


def read(path):
    words, prose, text = [], [], False
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line.startswith("#"):
                text = text or line.strip() == "# Text"
                continue
            for w in re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", fold(line)):
                (prose if text else words).append(w)
    if len(words) < 30 or len(prose) < 30:
        raise SystemExit(f"gen_language.py: {path}: too few words")
    return words, prose


def cost(p):
    return max(0, min(255, round(-math.log(p) * SCALE)))


def word_costs(words, prose):
    weight = collections.Counter()
    for rank, w in enumerate(dict.fromkeys(words)):
        weight[w] += 1 / (rank + 8)
    for w in prose:
        weight[w] += 1 / len(prose)
    total = sum(weight.values())
    return {w: cost(v / total) for w, v in weight.items()}


def letter_costs(words, prose, index, n):
    one, two, three = collections.Counter(), collections.Counter(), collections.Counter()
    after1, after2 = collections.Counter(), collections.Counter()
    for w in words + prose:
        s = [0, 0] + [index[c] for c in w] + [0]
        for a, b, c in zip(s, s[1:], s[2:]):
            one[c] += 1
            two[b, c] += 1
            after1[b] += 1
            three[a, b, c] += 1
            after2[a, b] += 1
    total = sum(one.values())
    # Letters that the language does not have are all but impossible.
    p1 = [(one[c] + 0.02) / (total + 0.02 * n) for c in range(n)]
    p2 = [[(two[b, c] + 4 * p1[c]) / (after1[b] + 4) for c in range(n)] for b in range(n)]
    dense = [cost(p2[b][c]) for b in range(n) for c in range(n)]
    sparse = {}
    for (a, b, c), k in three.items():
        p3 = (k + 3 * p2[b][c]) / (after2[a, b] + 3)
        sparse[(a * n + b) * n + c] = cost(p3)
    return dense, sparse


def rows(values, width=24):
    for i in range(0, len(values), width):
        yield "\t" + ",".join(str(v) for v in values[i:i + width]) + ","


def main(argv):
    out, files = argv[1], argv[2:]
    data = [(os.path.basename(f).split(".")[0], *read(f)) for f in files]
    alphabet = sorted({c for _, w, p in data for x in w + p for c in x})
    index = {c: i + 1 for i, c in enumerate(alphabet)}
    n = len(alphabet) + 2  # the border and "any other"
    w = ["/* Made by tools/gen_language.py from rules/language/. */", '#include "text/language_internal.h"', "",
         f"const size_t language_letters_n = {len(alphabet)};",
         "const uint16_t language_letters[] = {"]
    w += rows([ord(c) for c in alphabet]) 
    w += ["};"]
    table = []
    for code, words, prose in data:
        costs = word_costs(words, prose)
        dense, sparse = letter_costs(words, prose, index, n)
        listed = sorted(costs.items(), key=lambda x: x[0].encode())
        keys = sorted(sparse)
        w += [f"static const struct language_word words_{code}[] = {{"]
        w += [f'\t{{"{x}", {len(x.encode())}, {c}}},' for x, c in listed] + ["};"]
        w += [f"static const uint8_t dense_{code}[] = {{"] + list(rows(dense)) + ["};"]
        w += [f"static const uint32_t keys_{code}[] = {{"] + list(rows(keys, 12)) + ["};"]
        w += [f"static const uint8_t costs_{code}[] = {{"] + list(rows([sparse[k] for k in keys])) + ["};"]
        table.append(f'\t{{"{code}", words_{code}, {len(listed)}, dense_{code}, keys_{code}, costs_{code}, {len(keys)}}},')
    w += ["const struct language_profile language_profiles[] = {"] + table + ["};", ""]
    with open(out, "w", encoding="utf-8") as f:
        f.write("\n".join(w))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))

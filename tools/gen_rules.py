#!/usr/bin/env python3
"""Compiles the rules of the detectors: gen_rules.py OUT.c FILE... SENTIMENT

A file of rules/detect/ names a detector; its lines:

  @name = word word ...   a class of words; a name may come again and grows
  +0.9 ELEMENT ...        a phrase and how sure it makes the detector
  -0 ELEMENT ...          what such a phrase covers is no finding

An element is alternatives parted by |, each a word, the begin of one ("word*"; the
detector's word may go on), a class (@name) or * for any word. "elem?" may be absent, "!elem" is a word that is none of
these. ".." between elements is up to three other words, "^" and "$" are the begin
and the end of a sentence. "~word" is also found with one typing error. "word*0" stands
for nothing: it says that a word was thought of and left out. The words of one file are matched
in the form of word_fold().

The last file gives words their weights for the sentiment; its head tells the form.
src/text/rules.h describes what comes out.
"""
import os
import sys
import unicodedata

SETS_MAX = 1024


class Wrong(Exception):
    pass


def fold(text):
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
    return text.replace("ё", "е").replace("’", "'")


class Rules:
    def __init__(self):
        self.atoms = {}     # (word, prefix) -> set of sets
        self.fuzzy = set()
        self.sets = {}      # frozenset of atoms -> index
        self.elements = []
        self.patterns = []  # (kind, confidence, first, n)

    def set_of(self, atoms):
        key = frozenset(atoms)
        if key not in self.sets:
            self.sets[key] = len(self.sets)
            for a in key:
                self.atoms.setdefault(a, set()).add(self.sets[key])
        return self.sets[key]

    def words(self, text, classes):
        found = set()
        for w in text:
            if w.startswith("@"):
                if w not in classes:
                    raise Wrong(f"no class {w}")
                found |= classes[w]
                continue
            if w.endswith("*0"):
                continue
            w = w.rstrip("?")
            fuzzy, w = w.startswith("~"), fold(w.lstrip("~"))
            prefix, w = w.endswith("*"), w.rstrip("*")
            # A word with a hyphen comes as its parts.
            if "-" in w or " " in w or not w:
                continue
            if fuzzy and prefix:
                fuzzy = False
            if fuzzy:
                self.fuzzy.add(w)
            found.add((w, prefix))
        return found

    def pattern(self, kind, confidence, line, classes):
        first = len(self.elements)
        gap = 0
        for e in line.split():
            if e == "..":
                gap = 3
                continue
            if e in ("^", "$"):
                self.elements.append(("BEGIN" if e == "^" else "END", 0, gap, 0, 0))
                gap = 0
                continue
            negated, e = e.startswith("!"), e.lstrip("!")
            optional = any(x.endswith("?") for x in e.split("|"))
            parts = e.split("|")
            end = "$" in parts
            parts = [p for p in parts if p != "$"]
            if "*" in parts:
                self.elements.append(("ANY", 0, gap, int(optional), 0))
            else:
                atoms = self.words([p.rstrip("?") for p in parts], classes)
                if not atoms:
                    raise Wrong(f"nothing in {e}")
                self.elements.append(("NOT" if negated else "WORD", self.set_of(atoms), gap, int(optional), int(end)))
            gap = 0
        if len(self.elements) == first:
            raise Wrong("an empty phrase")
        self.patterns.append((kind, confidence, first, len(self.elements) - first))

    def read(self, path):
        kind = os.path.basename(path).split(".")[0].upper()
        classes = {}
        with open(path, encoding="utf-8") as f:
            for number, line in enumerate(f, 1):
                line = line.split("#")[0].strip()
                try:
                    if not line:
                        continue
                    if line.startswith("@"):
                        name, _, rest = line.partition("=")
                        classes.setdefault(name.strip(), set())
                        classes[name.strip()] |= self.words(rest.split(), classes)
                        continue
                    sign, _, rest = line.partition(" ")
                    if sign[0] not in "+-":
                        raise Wrong("a line begins with @, + or -")
                    value = float(sign[1:])
                    if (sign[0] == "+") != (0 < value <= 1):
                        raise Wrong("+ has a confidence up to 1, - has 0")
                    self.pattern(kind, value, rest, classes)
                except (Wrong, ValueError) as e:
                    raise SystemExit(f"gen_rules.py: {path}:{number}: {e}")


def read_sentiment(path):
    words = {}
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.split("#")[0].strip()
            if not line:
                continue
            name, eq, rest = line.partition("=")
            name = name.strip()
            special = {"not": 100, "very": 101, "little": 102, "awaited": 103}
            try:
                value = special[name] if name in special else int(name)
            except ValueError:
                raise SystemExit(f"gen_rules.py: {path}:{number}: {name} is no weight")
            if not eq or (name not in special and not -3 <= value <= 3):
                raise SystemExit(f"gen_rules.py: {path}:{number}: weights are -3 to 3")
            for w in rest.split():
                if w.endswith("*0"):
                    continue
                w = fold(w)
                words.setdefault((w.rstrip("*"), w.endswith("*")), value)
    return words


def c_word(w, prefix):
    return f'{{"{w}", {len(w.encode())}, {int(prefix)}}}'


def main(argv):
    out, files, sentiment = argv[1], argv[2:-1], argv[-1]
    rules = Rules()
    for f in files:
        rules.read(f)
    if len(rules.sets) > SETS_MAX:
        raise SystemExit("gen_rules.py: too many sets of words")
    for w in rules.fuzzy:
        if len(w) < 6:
            raise SystemExit(f"gen_rules.py: ~{w} is too short to be mistyped")
    atoms = sorted(rules.atoms, key=lambda a: (a[0].encode(), a[1]))
    o = ["/* Made by tools/gen_rules.py from rules/detect/. */", '#include "text/rules.h"', "",
         "static const uint16_t sets[] = {"]
    row, lines = [], []
    for a in atoms:
        ids = sorted(rules.atoms[a])
        lines.append(f"\t{{{c_word(*a)}, {len(row)}, {len(ids)}}},")
        row += ids
    for i in range(0, len(row), 20):
        o.append("\t" + ",".join(map(str, row[i:i + 20])) + ",")
    o += ["};", "const uint16_t *const rule_sets = sets;", "const struct rule_atom rule_atoms[] = {"] + lines + ["};"]
    fuzzy = [str(i) for i, a in enumerate(atoms) if a[0] in rules.fuzzy and not a[1]]
    o += [f"const uint16_t rule_fuzzy[] = {{{', '.join(fuzzy)}}};", f"const size_t rule_fuzzy_n = {len(fuzzy)};"]
    o += [f"const size_t rule_atoms_n = {len(atoms)};", "const struct rule_element rule_elements[] = {"]
    o += [f"\t{{RULE_{k}, {s}, {gap}, {opt}, {end}}}," for k, s, gap, opt, end in rules.elements] + ["};"]
    o += ["const struct rule_pattern rule_patterns[] = {"]
    o += [f"\t{{RULES_{k}, {c:.2f}F, {first}, {n}}}," for k, c, first, n in rules.patterns] + ["};"]
    o += [f"const size_t rule_patterns_n = {len(rules.patterns)};", "const struct rule_weight rule_weights[] = {"]
    weights = read_sentiment(sentiment)
    listed = sorted(weights.items(), key=lambda x: (x[0][0].encode(), x[0][1]))
    o += [f"\t{{{c_word(w, p)}, {v}}}," for (w, p), v in listed] + ["};"]
    o += [f"const size_t rule_weights_n = {len(listed)};", f"const size_t rule_sets_n = {len(rules.sets)};", ""]
    with open(out, "w", encoding="utf-8") as f:
        f.write("\n".join(o))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))

#!/usr/bin/env python3
"""Makes the table of cities in all their forms: gen_cities.py OUT.c rules/cities.txt

A Russian name is declined by its ending where the file does not give its forms. Forms are
folded as text/word.h folds, the words of one parted by a space. The file's head
tells its columns.
"""
import sys
import unicodedata

HARD = "гкхжчшщ"


def fold(text):
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(text.replace("ё", "е").replace("-", " ").replace(".", " ").split())


def decline(name):
    """The oblique cases of a name's last word; the words before it stay."""
    head, last = name[:-1], name[-1]
    if name.endswith("ия"):
        return [head + x for x in ("и", "ю", "ей")]
    if last == "я":
        return [head + x for x in ("и", "е", "ю", "ей")]
    if last == "а":
        i = "и" if head[-1] in HARD else "ы"
        return [head + x for x in (i, "е", "у", "ой", "ою")]
    if last == "ь":
        return [head + x for x in ("и", "ью")]
    if last == "о":
        return [head + x for x in ("а", "у", "е", "ом")]
    if last in "еиуыэюй":
        return []
    m = ["ым"] if name.endswith(("ов", "ев", "ин")) else []
    return [name + x for x in ["а", "у", "е", "ом"] + m]


def main(argv):
    out, source = argv[1:]
    cities, forms = [], {}
    with open(source, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.split("#")[0].strip()
            if not line:
                continue
            columns = [c.strip() for c in line.split("|")]
            if len(columns) < 2:
                raise SystemExit(f"gen_cities.py: {source}:{number}: a Russian and an English name are wanted")
            word = columns[0].startswith("!")
            name = columns[0].lstrip("!")
            given = columns[2] if len(columns) > 2 else None
            index = len(cities)
            cities.append((name, columns[1], word))
            # "| |" with nothing in it: the name is not declined.
            auto = given is None or (given == "" and len(columns) > 3 and columns[3] != "")
            found = [name, columns[1]] + (decline(fold(name)) if auto else [])
            found += [x for c in columns[2:] for x in c.split(",")]
            for x in found:
                x = fold(x)
                if x:
                    if forms.setdefault(x, index) != index:
                        raise SystemExit(f"gen_cities.py: {source}:{number}: {x} is another city's form too")
                    if x.count(" ") > 2:
                        raise SystemExit(f"gen_cities.py: {source}:{number}: {x} has too many words")
    w = ["/* Made by tools/gen_cities.py from rules/cities.txt. */", '#include "text/facts_internal.h"', "",
         "const struct city cities[] = {"]
    w += [f'\t{{"{ru}", "{en}", {int(word)}}},' for ru, en, word in cities]
    w += ["};", "const struct city_form city_forms[] = {"]
    w += [f'\t{{"{x}", {len(x.encode())}, {forms[x]}}},' for x in sorted(forms, key=str.encode)]
    w += ["};", f"const size_t city_forms_n = {len(forms)};", ""]
    with open(out, "w", encoding="utf-8") as f:
        f.write("\n".join(w))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))

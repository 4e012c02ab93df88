#!/usr/bin/env python3
"""Checks the message catalogue and makes its C table.

usage: gen_messages.py [--source OUT.c] [--uses SRC_DIR] [--stamp FILE] EN.json RU.json [EN2.json RU2.json ...]

The pairs are checked for the same keys, the same {placeholders} and the right
plural forms. The first pair goes into the C table; the others belong to the
interface, which reads them itself. --uses looks for quoted "error.*" keys in
the sources under SRC_DIR and fails for one that is not in the first pair.
"""
import argparse
import json
import pathlib
import re
import sys

LANGS = ["en", "ru"]
FORMS = ["one", "few", "many", "other"]
NEEDED = {"en": {"one", "other"}, "ru": {"one", "few", "many", "other"}}
PLACEHOLDER = re.compile(r"\{([a-z][a-zA-Z0-9_]*)\}")
KEY = re.compile(r"[a-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)+")
errors = []


def no_twins(pairs):
    seen = {}
    for k, v in pairs:
        if k in seen:
            errors.append(f"{k}: stands twice")
        seen[k] = v
    return seen


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f, object_pairs_hook=no_twins)


def placeholders(entry):
    texts = [entry] if isinstance(entry, str) else entry.values()
    return {name for t in texts for name in PLACEHOLDER.findall(t)}


def check_entry(where, lang, key, entry):
    if not KEY.fullmatch(key):
        errors.append(f"{where}: {key}: a key is words with dots between")
    if isinstance(entry, str):
        texts = [entry]
    elif isinstance(entry, dict) and set(entry) == NEEDED[lang]:
        texts = list(entry.values())
    else:
        errors.append(f"{where}: {key}: a sentence, or the forms {', '.join(sorted(NEEDED[lang]))}")
        return
    for t in texts:
        if not isinstance(t, str) or not t:
            errors.append(f"{where}: {key}: empty")
        elif re.search(r"[{}]", PLACEHOLDER.sub("", t)):
            errors.append(f"{where}: {key}: a brace that is no {{placeholder}}")


def check_pair(paths, catalogues):
    for lang, path, cat in zip(LANGS, paths, catalogues):
        for key, entry in cat.items():
            check_entry(path, lang, key, entry)
    en, ru = catalogues
    for key in sorted(set(en) ^ set(ru)):
        errors.append(f"{paths[0] if key not in en else paths[1]}: {key}: missing")
    for key in sorted(set(en) & set(ru)):
        if placeholders(en[key]) != placeholders(ru[key]):
            errors.append(f"{paths[0]}: {key}: the languages name other placeholders")
        if isinstance(en[key], dict) and isinstance(ru[key], str):
            errors.append(f"{paths[1]}: {key}: needs plural forms as in English")
        for entry in (en[key], ru[key]):
            if isinstance(entry, dict) and "n" not in placeholders(entry):
                errors.append(f"{paths[0]}: {key}: plural forms go by {{n}}, which is not there")


def check_uses(folder, catalogue):
    for path in sorted(pathlib.Path(folder).rglob("*.[ch]")):
        for key in set(re.findall(r'"(error\.[a-z0-9_.]+)"', path.read_text(encoding="utf-8"))):
            if key not in catalogue and not path.name.endswith("_test.c"):
                errors.append(f"{path}: {key} is not in the catalogue")


def table(en, ru):
    out = ["/* Made from the catalogue in messages/ by tools/gen_messages.py. */", '#include "text/message_table.h"', "",
           "/* Sorted by key; forms in the order one, few, many, other. */",
           "const struct message message_table[] = {"]

    def forms(entry):
        if isinstance(entry, str):
            entry = {"other": entry}
        return "{" + ", ".join(json.dumps(entry[f], ensure_ascii=False) if f in entry else "NULL"
                               for f in FORMS) + "}"

    for key in sorted(en, key=lambda k: k.encode()):
        out.append(f'\t{{"{key}", {{{forms(en[key])},\n\t\t{forms(ru[key])}}}}},')
    out += ["};", f"const size_t message_count = {len(en)};", ""]
    return "\n".join(out)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--source")
    p.add_argument("--uses")
    p.add_argument("--stamp")
    p.add_argument("files", nargs="+")
    a = p.parse_args()
    if len(a.files) % 2:
        p.error("files come in pairs: English, Russian")
    first = None
    for i in range(0, len(a.files), 2):
        paths = a.files[i:i + 2]
        if not all(pathlib.Path(x).exists() for x in paths) and i > 0:
            continue  # the interface's pair may be absent
        pair = [load(x) for x in paths]
        check_pair(paths, pair)
        first = first or pair
    if a.uses:
        check_uses(a.uses, first[0])
    if errors:
        sys.exit("\n".join(errors))
    if a.source:
        pathlib.Path(a.source).write_text(table(*first), encoding="utf-8")
    if a.stamp:
        pathlib.Path(a.stamp).touch()


if __name__ == "__main__":
    main()

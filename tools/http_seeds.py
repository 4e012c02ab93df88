#!/usr/bin/env python3
"""Writes the bytes of each case in tests/cases/http (their format: src/net/http_parse_test.c) as a seed of a fuzzer.

usage: http_seeds.py FOLDER
"""
import pathlib
import re
import sys

CASES = pathlib.Path(__file__).resolve().parent.parent / "tests" / "cases" / "http"
PLAIN = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}


def unescape(text):
    return re.sub(rb"\\(x[0-9a-fA-F]{2}|.)",
                  lambda m: bytes([int(m[1][1:], 16)]) if len(m[1]) == 3 else PLAIN[m[1]], text.replace(b"\n", b""))


def main():
    to = pathlib.Path(sys.argv[1])
    to.mkdir(parents=True, exist_ok=True)
    for case in CASES.glob("*.http"):
        (to / ("case-" + case.stem)).write_bytes(unescape(case.read_bytes().split(b"\n---\n", 1)[1]))


if __name__ == "__main__":
    main()

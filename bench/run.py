#!/usr/bin/env python3
"""Measures otklik, each figure beside its limit of the same run: bench/run.py BUILD_DIR [NAME]

NAME chooses the measures that begin with it ("read", "create.32"); "list" prints their names.
Writes BUILD_DIR/bench.json: a list of {name, value, unit, limit, ratio, target, ok}, ok being
null where there is no target. Missing a target is told, not failed: the exit status is that of
the operations.

BENCH_SECONDS (4) is how long each load runs, BENCH_LARGE (1000000) the size of the large installation.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
from lib import Bench  # noqa: E402
import measures  # noqa: E402


def main():
    b = Bench(sys.argv[1])
    only = sys.argv[2] if len(sys.argv) > 2 else ""
    if only == "list":
        for names, _ in measures.ALL:
            print("\n".join(names))
        return 0
    chosen = [m for m in measures.ALL if any(n.startswith(only) or only.startswith(n + ".") for n in m[0])]
    if not chosen:
        print(f"no measure begins with {only!r}; make bench BENCH=list prints them", file=sys.stderr)
        return 2
    failed = 0
    try:
        for names, measure in chosen:
            try:
                measure(b)
            except Exception as error:  # the others are still worth measuring
                failed = 1
                print(f"{names[0]}: {error}", file=sys.stderr)
            b.stop_servers()
        measures.memory_high(b)
    finally:
        b.close()
    b.write()
    return failed or b.errors > 0


if __name__ == "__main__":
    sys.exit(main())

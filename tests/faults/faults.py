#!/usr/bin/env python3
"""Does to a running service what happens to servers, under load of the API and of LMTP.

Each story makes a fault, looks at what clients, /readyz and the log are told, ends the fault,
and leaves the service alone: it must come back by itself. At the end of a place everything that
was handed over is there exactly once, and `otklik verify` is clean. See doc/faults.md.
Usage: faults.py BINARY [PART_OF_A_STORY'S_NAME...]
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import disk_stories  # noqa: E402
import pg_stories  # noqa: E402
from common import Stories  # noqa: E402


def main():
    stories = Stories(os.path.abspath(sys.argv[1]), sys.argv[2:])
    disk_stories.tell(stories)
    pg_stories.tell(stories)
    print(f"{stories.passed} passed, {stories.failed} failed, {stories.skipped} skipped")
    return 1 if stories.failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env bash
# make bench: bench/run.sh BUILD_DIR [NAME]; see bench/run.py
set -eu
cd "$(dirname "$0")/.."
build=$1
mkdir -p "$build/bench"
if [ "${2:-}" != list ]; then
	# The engine and the load, with nothing of ours in them.
	plain() { gcc -O2 -D_GNU_SOURCE -Wall -Wextra -o "$build/bench/$@"; }
	plain load bench/load.c bench/client.c -lpthread
	plain listen bench/listen.c bench/client.c -lpthread
	plain core-mhd bench/core_mhd.c -lmicrohttpd
	plain raw bench/raw.c -lsqlite3
	ninja -C "$build" bench/bench-fill bench/bench-letters bench/bench-core >/dev/null
fi
# A PostgreSQL of its own, durable and on a disk, when it is needed.
case "${2:-}" in
"" | p | pg*)
	if [ -z "${OTKLIK_TEST_PG:-}" ]; then
		eval "$(TMPDIR=/var/tmp tools/test_pg.sh start -s)"
		trap 'tools/test_pg.sh stop >/dev/null' EXIT
	fi
	;;
esac
python3 bench/run.py "$build" "${2:-}"

#!/usr/bin/env bash
# make bench: bench/run.sh BUILD_DIR [NAME]; see bench/run.py
set -eu
cd "$(dirname "$0")/.."
build=$1
mkdir -p "$build/bench"
if [ "${2:-}" != list ]; then
	# The engine and the load, with nothing of ours in them.
	for program in load raw; do
		gcc -O2 -D_GNU_SOURCE -Wall -Wextra "bench/$program.c" -o "$build/bench/$program" -lsqlite3 -lpthread
	done
	ninja -C "$build" bench/bench-fill >/dev/null
fi
exec python3 bench/run.py "$build" "${2:-}"

#!/usr/bin/env bash
# make bench: bench/run.sh BUILD_DIR [NAME]
set -eu
cd "$(dirname "$0")/.."
build=$1
mkdir -p "$build/bench"
gcc -O2 -D_GNU_SOURCE bench/load.c -o "$build/bench/load" -lpthread
gcc -O2 bench/raw.c -o "$build/bench/raw" -lsqlite3
exec python3 bench/run.py "$build" "${2:-}"

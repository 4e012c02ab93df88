#!/usr/bin/env bash
# Builds the browser interface into ui/dist when its sources are newer.
set -eu
cd "$(dirname "$0")/.."
newest=$(find ui messages api tools/gen_ts.py -type f -not -path '*/node_modules/*' -not -path 'ui/dist/*' -printf '%T@\n' | sort -n | tail -n 1)
stamp=ui/dist/.built
if [ -f $stamp ] && [ "$(printf '%s\n%s\n' "$newest" "$(stat -c %Y.999 $stamp)" | sort -n | tail -n 1)" != "$newest" ]; then
	exit 0
fi
cd ui
if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
	npm ci --no-audit --no-fund --loglevel=error
fi
npm run --silent build
touch dist/.built

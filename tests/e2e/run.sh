#!/usr/bin/env bash
# End to end: tests/e2e/run.sh BUILD_DIR. Real Postfix, PostgreSQL, nginx and Chromium.
set -u
cd "$(dirname "$0")/../.."
binary=$(realpath "${1:-build}")/src/main/otklik
status=0
python3 tests/e2e/mail_story.py "$binary" || status=1
python3 tests/e2e/nginx.py "$binary" || status=1
node=$(ui/run.sh --print-node) || exit 1
for story in tests/e2e/*.mjs; do
	[ -e "$story" ] || continue
	"$node" "$story" "$binary" || status=1
done
exit $status

#!/usr/bin/env bash
# Starts the program with a demo company in run/demo: tools/run_demo.sh BINARY
#
# The first start makes the data and a first login with a random password; later
# starts keep both. Removing the folder begins anew. Nothing leaves: the demo is
# in no-send mode.
set -eu
binary=$1
data=${OTKLIK_DATA_DIR:-run/demo}
mkdir -p "$data"
if [ ! -s "$data/login" ]; then
	umask 077
	"$binary" demo --data.dir="$data" >"$data/login.part"
	mv "$data/login.part" "$data/login"
fi
listen=${OTKLIK_HTTP_LISTEN:-127.0.0.1:8080}
export OTKLIK_HTTP_LISTEN=$listen OTKLIK_LMTP_LISTEN=${OTKLIK_LMTP_LISTEN:-127.0.0.1:8024}
echo
echo "  Otklik is starting with a demo company (made-up data, nothing is sent)"
echo
echo "  Open      http://$listen/"
sed 's/^/  /' "$data/login"
echo
echo "  Stop with Ctrl C. Start anew with: rm -r $data"
echo
exec "$binary" serve --data.dir="$data"

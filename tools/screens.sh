#!/usr/bin/env bash
# Takes pictures of every page of the interface with the demo company:
#
#   tools/screens.sh FOLDER [BINARY]       light and dark, Russian and English, 1440 and 390 px
#   tools/screens.sh --readme [BINARY]     doc/screenshot.png alone
#
# $OTKLIK_SCREENS_ONLY: only pictures whose name matches this expression.
set -eu
cd "$(dirname "$0")/.."
folder=$1
binary=$(realpath "${2:-build/src/main/otklik}")
data=$(mktemp -d)
server=
end() {
	[ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
	rm -rf "$data"
}
trap end EXIT
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
http=$(port) lmtp=$(port)
"$binary" demo --data.dir="$data" --log.level=warn >"$data/login"
"$binary" serve --data.dir="$data" --http.listen="127.0.0.1:$http" --lmtp.listen="127.0.0.1:$lmtp" --log.level=warn &
server=$!
for _ in $(seq 200); do
	curl -fs -o /dev/null "http://127.0.0.1:$http/readyz" && break
	sleep 0.1
done
# Something for the ledger: a letter that has no sender, one that went in circles, one that came twice.
if [ "$folder" != --readme ]; then
	python3 - "$lmtp" <<-'PY'
		import smtplib, sys
		to = "help@lumen.example"
		head = "To: help@lumen.example\r\nMessage-ID: <%s@office.example>\r\nSubject: %s\r\n"
		nobody = head % ("1", "Your mailbox is almost full") + "\r\nNo sender.\r\n"
		circles = "Received: from a.example by b.example; Sat, 21 Nov 2026 10:00:00 +0000\r\n" * 45
		circles += "From: Post office <office@office.example>\r\n" + head % ("2", "Automatic reply: Invoice 14") + "\r\nI am away.\r\n"
		twice = "From: Hannah Boyle <hannah.boyle@example.com>\r\n" + head % ("3", "Laptop lamp, where do I send it?") + "\r\nHello\r\n"
		with smtplib.LMTP("127.0.0.1", int(sys.argv[1])) as s:
		    for raw in (nobody, circles, twice, twice):
		        s.sendmail("office@office.example", [to], raw)
	PY
fi
password=$(sed -n 's/^Password *//p' "$data/login")
node=$(ui/run.sh --print-node)
"$node" tools/screens.mjs "http://127.0.0.1:$http" "$password" "$folder"

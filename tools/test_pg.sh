#!/bin/sh
# test_pg.sh: a private PostgreSQL server for tests, in a folder of its own.
#
#   eval "$(tools/test_pg.sh start)"     sets OTKLIK_TEST_PG and OTKLIK_TEST_PG_DIR
#   eval "$(tools/test_pg.sh env)"       the same for one that runs
#   eval "$(tools/test_pg.sh stop)"      stops it, removes the folder, unsets both
#   tools/test_pg.sh halt                stops it and keeps the folder
#   tools/test_pg.sh restart             stop and start with the same data and port
#   tools/test_pg.sh crash               the same with an immediate shutdown
#
# start takes -d FOLDER (default: a new one under $TMPDIR) and -s, which keeps fsync
# on and gives it the memory that PostgreSQL has by default; the other commands take
# -d FOLDER or $OTKLIK_TEST_PG_DIR. It listens on a random port of 127.0.0.1 with a
# random password, and runs as the user "postgres" or "nobody" when called by root.
# Other clusters are never touched.
set -eu

command=${1:-}
[ $# -gt 0 ] && shift
dir=${OTKLIK_TEST_PG_DIR:-}
given=
fsync=off buffers=32MB
while getopts d:s opt; do
	case $opt in
	d) dir=$OPTARG given=1 ;;
	s) fsync=on buffers=128MB ;;
	*) exit 2 ;;
	esac
done

fail() {
	echo "test_pg.sh: $*" >&2
	exit 1
}

bin=
for b in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V) \
	"$(dirname "$(command -v pg_ctl 2>/dev/null || echo /none/x)")"; do
	[ -x "$b/initdb" ] && bin=$b
done
[ -n "$bin" ] || fail "no PostgreSQL server is installed (initdb was not found)"

# The server refuses to run as root.
user=
if [ "$(id -u)" = 0 ]; then
	user=nobody
	id postgres >/dev/null 2>&1 && user=postgres
fi
as() {
	if [ -n "$user" ]; then
		(cd / && exec setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups \
			env HOME="$dir" "$@")
	else
		(cd / && exec "$@")
	fi
}

print_env() {
	[ -f "$dir/url" ] || fail "no server in ${dir:-(no folder given)}"
	echo "export OTKLIK_TEST_PG='$(cat "$dir/url")' OTKLIK_TEST_PG_DIR='$dir'"
}

launch() {
	as "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 start >/dev/null 2>&1
}

start() {
	if [ -n "$given" ]; then
		mkdir -p "$dir"
		[ ! -e "$dir/data" ] || fail "$dir is not empty"
	else
		dir=$(mktemp -d "${TMPDIR:-/tmp}/otklik-pg-XXXXXX")
	fi
	dir=$(cd "$dir" && pwd)
	[ -z "$user" ] || chown "$user" "$dir"
	chmod 700 "$dir"
	password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
	printf '%s' "$password" >"$dir/password"
	[ -z "$user" ] || chown "$user" "$dir/password"
	as "$bin/initdb" -D "$dir/data" -U otklik --pwfile="$dir/password" -A md5 -E UTF8 \
		--locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1 || {
		cat "$dir/initdb.log" >&2
		fail "initdb failed"
	}
	tries=0
	while :; do
		port=$(shuf -i 20000-32000 -n 1)
		cat >"$dir/data/postgresql.auto.conf" <<-END
			listen_addresses = '127.0.0.1'
			port = $port
			unix_socket_directories = '$dir'
			max_connections = 200
			shared_buffers = $buffers
			fsync = $fsync
			full_page_writes = $fsync
			autovacuum = off
			deadlock_timeout = 50ms
			max_wal_size = 256MB
			log_min_messages = warning
		END
		launch && break
		tries=$((tries + 1))
		if [ $tries -ge 8 ]; then
			tail -n 20 "$dir/log" >&2
			fail "the server does not start"
		fi
	done
	echo "postgres://otklik:$password@127.0.0.1:$port/postgres" >"$dir/url"
	print_env
}

stop() {
	[ -n "$dir" ] || fail "which? Give -d FOLDER or set OTKLIK_TEST_PG_DIR"
	[ -f "$dir/data/PG_VERSION" ] || fail "no server in $dir"
	as "$bin/pg_ctl" -D "$dir/data" -m "$1" -w stop >/dev/null 2>&1 || true
}

case $command in
start)
	start
	;;
env)
	print_env
	;;
stop)
	stop fast
	rm -rf "$dir"
	echo "unset OTKLIK_TEST_PG OTKLIK_TEST_PG_DIR"
	;;
halt)
	stop fast
	;;
restart)
	stop fast
	launch || fail "the server does not start again"
	;;
crash)
	stop immediate
	launch || fail "the server does not start again"
	;;
*)
	sed -n '2,16p' "$0" | cut -c3- >&2
	exit 2
	;;
esac

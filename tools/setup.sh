#!/usr/bin/env bash
# Installs what is missing from Debian's packages: tools/setup.sh build [test [bench]]
#
# Looks for commands and libraries, not for packages, so that a toolchain from
# elsewhere is left alone. `build` is what the program needs and brings no
# daemon. `bench` is what is measured beside it, `test` adds the servers and the browser the tests use; they are
# installed without being started or enabled: the tests run them from private
# configurations.
set -eu

want=()
need_cmd() { command -v "$1" >/dev/null 2>&1 || want+=("$2"); }
need_lib() { { command -v pkg-config >/dev/null && pkg-config --exists "$1"; } 2>/dev/null || want+=("$2"); }
need_file() { [ -e "$1" ] || want+=("$2"); }

node_is_new() {
	command -v node >/dev/null 2>&1 || return 1
	node -e 'const [a,b]=process.versions.node.split(".").map(Number); process.exit(a>20||(a===20&&b>=19)?0:1)'
}

collect() {
	case $1 in
	build)
		need_cmd gcc gcc
		need_file /usr/include/stdio.h libc6-dev
		need_cmd make make
		need_cmd meson meson
		need_cmd ninja ninja-build
		need_cmd pkg-config pkg-config
		need_cmd python3 python3
		need_lib sqlite3 libsqlite3-dev
		need_lib libpq libpq-dev
		need_lib gumbo libgumbo-dev
		need_lib libcurl libcurl4-gnutls-dev
		need_lib gnutls libgnutls28-dev
		need_lib jansson libjansson-dev
		need_lib libsodium libsodium-dev
		need_lib nettle nettle-dev
		need_lib libzstd libzstd-dev
		need_lib libutf8proc libutf8proc-dev
		need_lib libxxhash libxxhash-dev
		need_file /usr/include/libstemmer.h libstemmer-dev
		need_file /usr/include/uthash.h uthash-dev
		need_file /usr/share/zoneinfo/UTC tzdata
		need_file /etc/ssl/certs/ca-certificates.crt ca-certificates
		# npm brings a newer Node itself (ui/package.json) where this one is old.
		need_cmd node nodejs
		need_cmd npm npm
		;;
	test)
		need_cmd clang clang
		need_file /usr/lib/llvm-14/lib/clang/14.0.6/lib/linux/libclang_rt.asan-x86_64.a libclang-rt-14-dev
		need_file /usr/include/http_parser.h libhttp-parser-dev
		need_cmd clang-format clang-format
		need_cmd clang-tidy clang-tidy
		need_cmd cppcheck cppcheck
		need_file /usr/lib/postgresql/15/bin/initdb postgresql
		need_file /usr/sbin/postfix postfix
		need_file /usr/sbin/dovecot dovecot-imapd
		need_file /usr/sbin/nginx nginx
		need_cmd openssl openssl
		need_cmd curl curl
		need_cmd chromium chromium
		need_cmd setpriv util-linux
		need_cmd git git
		;;
	bench)
		need_lib libmicrohttpd libmicrohttpd-dev
		;;
	esac
}

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

for set in "$@"; do collect "$set"; done
[ ${#want[@]} -eq 0 ] && exit 0

echo "installing: ${want[*]}"
policy=/usr/sbin/policy-rc.d
made_policy=
if [[ " $* " == *" test "* ]]; then
	# No service is started by its package while we install.
	if [ ! -e $policy ]; then
		printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
		as_root chmod +x $policy
		made_policy=1
	fi
	as_root mkdir -p /etc/postgresql-common
	[ -e /etc/postgresql-common/createcluster.conf ] ||
		echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
	# A mail server is installed for its program only.
	command -v debconf-set-selections >/dev/null &&
		echo 'postfix postfix/main_mailer_type select No configuration' | as_root debconf-set-selections
fi
cleanup() { [ -z "$made_policy" ] || as_root rm -f $policy; }
trap cleanup EXIT
as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${want[@]}" >/tmp/otklik-setup.$$.log 2>&1 ||
	{ tail -n 30 /tmp/otklik-setup.$$.log >&2; exit 1; }
rm -f /tmp/otklik-setup.$$.log
if [[ " $* " == *" test "* ]] && [ -d /run/systemd/system ]; then
	for unit in postgresql postfix nginx; do
		[[ " ${want[*]} " == *" $unit "* ]] && as_root systemctl disable --now "$unit" >/dev/null 2>&1 || true
	done
fi

#!/usr/bin/env bash
# Both commands of the README on a bare Debian 12, as root and as a user with
# sudo: tests/fresh/fresh.sh [root|sudo] [run|test]   (default: all four)
#
# A debootstrap folder under $TMPDIR holds the system; this machine's package
# sources and npm configuration are copied in, so that it reaches the same
# mirrors. Needs root. The committed tree is cloned, nothing else.
set -eu
cd "$(dirname "$0")/../.."
source=$PWD
top=${FRESH_DIR:-${TMPDIR:-/tmp}/otklik-fresh}
who=${1:-all} what=${2:-all}
failed=0 passed=0

base() {
	[ -d "$top/base/etc" ] && return
	local mirror
	mirror=$(sed -nE 's/^URIs: *//p; s/^deb (\[[^]]*\] )?([^ ]+).*/\2/p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1)
	mkdir -p "$top"
	debootstrap --variant=minbase --include=ca-certificates,git,make,sudo bookworm "$top/base.part" "$mirror" >"$top/debootstrap.log" 2>&1 ||
		{ tail -n 20 "$top/debootstrap.log"; exit 1; }
	rm -rf "$top/base.part/etc/apt/sources.list.d" "$top/base.part/etc/apt/sources.list"
	cp -a /etc/apt/sources.list* "$top/base.part/etc/apt/" 2>/dev/null || true
	for f in /etc/apt/apt.conf.d/*; do
		# Settings that reach the mirrors; hooks of this machine's own programs stay here.
		grep -qE 'Pre-Invoke|Post-Invoke|Pre-Install' "$f" || cp -a "$f" "$top/base.part/etc/apt/apt.conf.d/"
	done
	cp -a /etc/apt/trusted.gpg.d /etc/apt/keyrings "$top/base.part/etc/apt/" 2>/dev/null || true
	mv "$top/base.part" "$top/base"
}

enter() { # DIR USER COMMAND
	local dir=$1 user=$2
	shift 2
	unshare --mount --pid --fork --kill-child bash -euc '
		dir=$1 user=$2; shift 2
		mount --bind "$dir" "$dir"
		mount -t proc proc "$dir/proc"
		mount --rbind /dev "$dir/dev"
		mount -t tmpfs tmpfs "$dir/run"
		cp /etc/resolv.conf /etc/hosts "$dir/etc/" 2>/dev/null || true
		if [ "$user" = root ]; then exec chroot "$dir" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LANG=C.UTF-8 $KEEP bash -lc "$*"
		else exec chroot --userspec="$user" "$dir" env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/home/$user USER=$user TERM=dumb LANG=C.UTF-8 $KEEP bash -lc "$*"
		fi' enter "$dir" "$user" "$@"
}

try() { # USER COMMAND
	local user=$1 command=$2 dir=$top/$1-$2 t0=$SECONDS home
	rm -rf --one-file-system "$dir"
	cp -a "$top/base" "$dir"
	home=/root
	if [ "$user" != root ]; then
		chroot "$dir" useradd -m -s /bin/bash "$user"
		echo "$user ALL=(ALL) NOPASSWD: ALL" >"$dir/etc/sudoers.d/$user"
		home=/home/$user
	fi
	for f in "$HOME/.npmrc" /etc/npmrc; do
		[ -f "$f" ] && install -m 644 "$f" "$dir$([ "$f" = /etc/npmrc ] && echo /etc/npmrc || echo "$home/.npmrc")"
	done
	[ -n "${SSL_CERT_FILE:-}" ] && cp -L "$SSL_CERT_FILE" "$dir/etc/ssl/certs/ca-certificates.crt"
	export KEEP="NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt NPM_CONFIG_REGISTRY=$(npm config get registry 2>/dev/null) OTKLIK_DATA=/none"
	git clone -q "$source" "$dir$home/otklik"
	chroot "$dir" chown -R "$user" "$home/otklik"
	if [ "$command" = run ]; then
		enter "$dir" "$user" "cd ~/otklik && OTKLIK_HTTP_LISTEN=127.0.0.1:18080 timeout 1500 make run & for i in \$(seq 1400); do sleep 1; (exec 3<>/dev/tcp/127.0.0.1/18080 && printf 'GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >&3 && grep -q '200 OK' <&3) 2>/dev/null && exit 0; done; exit 1"
	else
		enter "$dir" "$user" "cd ~/otklik && make test"
	fi >"$top/$user-$command.log" 2>&1 && status=0 || status=$?
	if [ $status = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); tail -n 30 "$top/$user-$command.log"; fi
	echo "make $command as $user: exit $status after $((SECONDS - t0)) s; log $top/$user-$command.log"
	rm -rf --one-file-system "$dir"
}

[ "$(id -u)" = 0 ] || { echo "needs root" >&2; exit 2; }
command -v debootstrap >/dev/null || apt-get install -y -qq debootstrap >/dev/null
base
for user in root clerk; do
	case $who:$user in root:clerk | sudo:root) continue ;; esac
	for command in run test; do
		[ "$what" = all ] || [ "$what" = "$command" ] || continue
		try "$user" "$command"
	done
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]

#!/usr/bin/env bash
# Runs the suites: tests/run.sh quick|all|kill|lint|fuzz|SUITE BUILD_DIR [ARG]
#
# Each suite has a time budget that is printed beside what it took; going over
# it is told, not failed (timing is never a test), except that a suite running
# three times its budget is ended and counts as failed. Every suite prints
# "N passed, N failed, N skipped" lines, one that prints none has failed; the
# sum of them is the last line.
#
# All suites run in two lanes, side by side: one that computes (sanitizers,
# fuzzers) and one that mostly waits for servers and browsers, and has the time
# for static analysis after that.
#
# A suite runs in a shell of its own under timeout(1), so what it calls is exported.
set -u
cd "$(dirname "$0")/.."
what=${1:?usage: tests/run.sh quick|all|SUITE BUILD_DIR [ARG]}
build=${2:-build}
arg=${3:-}
jobs=${JOBS:-$(nproc)}
export OTKLIK_SOURCE=$PWD
[ -d "${OTKLIK_DATA:-}" ] && OTKLIK_DATA=$(cd "$OTKLIK_DATA" && pwd) && export OTKLIK_DATA
logs=$build/test-logs
mkdir -p "$logs"
own_pg=
rm -f "$logs"/*.count "$logs"/*.failed

stop_servers() {
	[ -n "$own_pg" ] && tools/test_pg.sh stop >/dev/null 2>&1
	return 0
}
trap stop_servers EXIT

# A PostgreSQL for this run, unless the caller has one; without it its tests are skipped.
with_pg() {
	[ -n "${OTKLIK_TEST_PG:-}" ] && return 0
	compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || return 0
	eval "$(tools/test_pg.sh start)"
	own_pg=1
}

# The lines of a log that tell what failed.
signs() {
	grep -anE -A1 --no-group-separator 'FAILED|ERROR|error:|Error|Assertion|panic|Sanitizer|not ok|Traceback|Base64' "$1" | cut -c 1-700
}

# suite NAME BUDGET_SECONDS COMMAND: its counts are left in NAME.count for the sum.
suite() {
	local name=$1 budget=$2 log="$logs/$1.log" t0=$SECONDS status took note=
	timeout --kill-after=20 $((budget * 3)) bash -uc "$3" >"$log" 2>&1 </dev/null
	status=$?
	took=$((SECONDS - t0))
	local p=0 f=0 s=0 lines=0 a b c
	while read -r a b c; do
		p=$((p + a)) f=$((f + b)) s=$((s + ${c:-0})) lines=$((lines + 1))
	done < <(sed -nE 's/^(\[[^]]*\] )?([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?$/\2 \3 \5/p' "$log")
	[ $lines -eq 0 ] && note=" (it counted nothing)" && f=1
	[ $status -eq 124 ] && note=" (ended after three times its budget)"
	[ $status -ne 0 ] && [ $f -eq 0 ] && f=1
	[ $took -gt "$budget" ] && note="$note (over its budget)"
	echo "$p $f $s" >"$logs/$name.count"
	if [ $f -gt 0 ]; then
		echo "$name$note, exit $status:"
		signs "$log" | head -n 16
	fi >"$logs/$name.failed"
	# Told in one piece, for the other lane writes too.
	echo "$(
		printf '%-12s budget %4ss  took %4ss   %d passed, %d failed, %d skipped%s\n' "$name" "$budget" $took $p $f $s "$note"
		[ $f -eq 0 ] && exit
		echo "---- $log (exit $status)"
		signs "$log" | head -n 40
		tail -n 40 "$log"
		echo "----"
	)"
}

computing() {
	suite asan-ubsan 540 address
	suite tsan 480 thread
	suite fuzz 400 "fuzz 5"
}

waiting() {
	suite end-to-end 540 'tests/e2e/run.sh "$build"'
	suite imap 420 'python3 tests/e2e/imap_story.py "$build/src/main/otklik"'
	suite import 90 'python3 tests/import/import_story.py "$build/src/main/otklik"'
	suite kill 240 'python3 tests/kill/kill.py "$build/src/main/otklik" --rounds 20'
	suite faults 240 'python3 tests/faults/faults.py "$build/src/main/otklik"'
	suite lint 480 lint
}

setup_dir() { # DIR MESON_OPTIONS...
	local dir=$1
	shift
	if [ -f "$dir/build.ninja" ]; then # perhaps made with other options
		meson configure "$dir" "$@" >/dev/null
	else
		meson setup "$dir" "$@" >/dev/null
	fi
}

compile() { # DIR TARGETS...
	local dir=$1
	shift
	ninja -C "$dir" -j "$jobs" "$@" >"$dir/compile.log" 2>&1 && return 0
	grep -E 'error|FAILED' "$dir/compile.log" | head -n 40
	return 1
}

unit() { # PROGRAM OUTPUT
	"$1" >"$2" 2>&1 && return 0
	echo "FAILED program $1 (exit $?)" >>"$2"
	return 1
}

units() { # DIR [MODULE...]: the test programs of a build, all or some, as many at once as there are cores
	local dir=$1 status=0 out t m chosen=
	shift
	out=$(mktemp -d)
	for t in "$dir"/*_test; do
		m=$(basename "$t" _test)
		if [ $# -gt 0 ] && [[ " $* " != *" $m "* ]]; then continue; fi
		chosen="$chosen $m"
	done
	# shellcheck disable=SC2086
	printf '%s\n' $chosen | xargs -P "$jobs" -I{} bash -uc 'unit "$1" "$2"' unit "$dir/{}_test" "$out/{}" || status=1
	for m in $chosen; do
		echo "== $m"
		cat "$out/$m"
	done
	rm -rf "$out"
	return $status
}

# Tests of the tools: unittest prints "Ran N tests", which becomes a count line.
tools_tests() {
	local status=0 t out n bad
	for t in tools/*_test.py; do
		bad=0
		out=$(python3 "$t" 2>&1) || bad=1
		n=$(sed -nE 's/^Ran ([0-9]+) tests? in .*/\1/p' <<<"$out")
		echo "== $t"
		if [ $bad -eq 0 ] && [ "${n:-0}" -gt 0 ]; then
			echo "$n passed, 0 failed, 0 skipped"
		else
			printf '%s\nFAILED %s\n0 passed, 1 failed, 0 skipped\n' "$out" "$t"
			status=1
		fi
	done
	if python3 tools/check_includes.py . "$build"; then
		echo "1 passed, 0 failed, 0 skipped"
	else
		printf 'FAILED includes\n0 passed, 1 failed, 0 skipped\n'
		status=1
	fi
	return $status
}

plain() {
	local status=0
	units "$build" || status=1
	tools_tests || status=1
	return $status
}

address() {
	setup_dir "$build-asan" -Db_sanitize=address,undefined -Db_lundef=false -Dui=false -Doptimization=1
	compile "$build-asan" || return 1
	export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
	units "$build-asan"
}

# The modules with threads of their own.
thread() {
	local modules="sys db net events job mail push api main" targets=
	setup_dir "$build-tsan" -Db_sanitize=thread -Db_lundef=false -Dui=false -Doptimization=1
	targets=$(cd "$build-tsan" && for t in $modules; do ninja -t query "${t}_test" >/dev/null 2>&1 && echo "${t}_test"; done)
	# shellcheck disable=SC2086
	compile "$build-tsan" $targets || return 1
	export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=$PWD/tests/tsan.supp
	# shellcheck disable=SC2086
	units "$build-tsan" $modules
}

# Every fuzz target for so long, from the seeds in fuzz/corpus/<name>; what it finds new stays in the build folder.
fuzz() { # SECONDS a target
	local seconds=$1 n=0 bad=0 t name seeds
	CC=clang setup_dir "$build-fuzz" -Dfuzz=true -Dui=false -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1
	compile "$build-fuzz" || return 1
	for name in http_parse http_diff; do
		python3 tools/http_seeds.py "$build-fuzz/corpus/$name" || return 1
	done
	for t in "$build-fuzz"/fuzz_*_fuzz; do
		name=$(basename "$t" _fuzz)
		name=${name#fuzz_}
		seeds=fuzz/corpus/$name
		mkdir -p "$build-fuzz/corpus/$name"
		echo "== $name"
		if [ -z "$(ls "$seeds" 2>/dev/null)" ]; then
			echo "FAILED fuzz target $name: no seeds in $seeds"
			bad=$((bad + 1))
		elif ASAN_OPTIONS=detect_leaks=0 "$t" -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=2048 \
			-verbosity=0 -artifact_prefix="$build-fuzz/$name-" "$build-fuzz/corpus/$name" "$seeds" 2>&1; then
			n=$((n + 1))
		else
			echo "FAILED fuzz target $name"
			bad=$((bad + 1))
		fi
	done
	echo "$n passed, $bad failed, 0 skipped"
	[ $((n + bad)) -gt 0 ] && [ $bad -eq 0 ]
}

judge() { # NAME COMMAND...: one check of lint
	local name=$1
	shift
	echo "== $name"
	if "$@"; then
		echo "1 passed, 0 failed, 0 skipped"
	else
		printf 'FAILED %s\n0 passed, 1 failed, 0 skipped\n' "$name"
		return 1
	fi
}

format() {
	find src tools bench -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
}

tidy() {
	find src -name '*.c' -print0 | xargs -0 -P "$jobs" -n 4 clang-tidy --quiet -p "$build" 2>/dev/null
}

unit_file() ( # the program is not installed here, so another stands for it; exposure at most 2.0
	set -o pipefail
	copy=$logs/otklik.service
	sed 's,/usr/bin/otklik,/bin/true,' packaging/systemd/otklik.service >"$copy"
	systemd-analyze verify "$copy" &&
		systemd-analyze --no-pager security --offline=true --threshold=20 "$copy" | grep exposure
)

lint() {
	local status=0
	setup_dir "$build" --buildtype=release
	compile "$build" || return 1 # static analysis reads the generated headers
	judge format format || status=1
	judge cppcheck cppcheck --quiet --error-exitcode=1 --inline-suppr --enable=warning,portability --std=c11 \
		--suppressions-list=tests/cppcheck.supp -j "$jobs" -I src -I "$build/src" -D_GNU_SOURCE src || status=1
	judge clang-tidy tidy || status=1
	if command -v systemd-analyze >/dev/null; then judge systemd unit_file || status=1; fi
	return $status
}

interface() {
	local out status=0
	cd ui || return 1
	judge types-and-components ./run.sh check || status=1
	out=$(NO_COLOR=1 ./run.sh test 2>&1) || status=1
	echo "$out"
	sed -nE 's/^ *Tests +.*\b([0-9]+) passed.*/\1 passed, 0 failed, 0 skipped/p' <<<"$out"
	return $status
}

export -f setup_dir compile unit units tools_tests plain address thread fuzz judge format tidy unit_file lint interface
export build logs jobs

case $what in
quick)
	suite units 60 plain
	suite interface 60 interface
	;;
all)
	with_pg
	suite units 180 plain
	suite interface 120 interface
	waiting &
	computing
	wait
	;;
faults) suite faults 240 "python3 tests/faults/faults.py '$build/src/main/otklik' $arg" ;;
soak)
	suite soak $((${arg:-20} * 60 + 60)) "python3 tests/faults/soak.py '$build/src/main/otklik' --minutes ${arg:-20}"
	grep -E '^[a-z_]+: median' "$logs/soak.log"
	;;
kill)
	with_pg
	suite kill 3000 "python3 tests/kill/kill.py '$build/src/main/otklik' --rounds ${arg:-200}"
	;;
fuzz) suite fuzz $((300 + 15 * ${arg:-60})) "fuzz ${arg:-60}" ;;
lint) suite lint 300 lint ;;
units | plain | address | thread | interface)
	with_pg
	[ "$what" = units ] && what=plain
	suite "$what" 420 "$what"
	;;
imap)
	with_pg
	suite imap 420 'python3 tests/e2e/imap_story.py "$build/src/main/otklik"'
	;;
import) # with all letters
	with_pg
	suite import 200 'python3 tests/import/import_story.py "$build/src/main/otklik" --all'
	;;
e2e)
	with_pg
	suite end-to-end 420 'tests/e2e/run.sh "$build"'
	;;
*)
	echo "unknown suite: $what" >&2
	exit 2
	;;
esac

cat "$logs"/*.failed # once more at the end, where one looks first
cat "$logs"/*.count | (
	passed=0 failed=0 skipped=0
	while read -r p f s; do
		passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	done
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed -eq 0 ]
)

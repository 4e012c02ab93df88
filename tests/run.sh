#!/usr/bin/env bash
# Runs the suites: tests/run.sh quick|all|kill|lint|fuzz|SUITE BUILD_DIR [ARG]
#
# Each suite has a time budget that is printed beside what it took; going over
# it is told, not failed (timing is never a test), except that a suite running
# three times its budget is ended and counts as failed. Every suite prints
# "N passed, N failed, N skipped" lines; the sum of them is the last line.
set -u
cd "$(dirname "$0")/.."
what=$1
build=${2:-build}
arg=${3:-}
export OTKLIK_SOURCE=$PWD
[ -n "${OTKLIK_DATA:-}" ] && OTKLIK_DATA=$(cd "$OTKLIK_DATA" && pwd) && export OTKLIK_DATA
logs=$build/test-logs
mkdir -p "$logs"
passed=0 failed=0 skipped=0

stop_servers() {
	[ -n "${OTKLIK_TEST_PG:-}" ] && tools/test_pg.sh stop >/dev/null 2>&1
	return 0
}
trap stop_servers EXIT

with_pg() {
	[ -n "${OTKLIK_TEST_PG:-}" ] && return 0
	[ -x /usr/lib/postgresql/15/bin/initdb ] || return 0
	eval "$(tools/test_pg.sh start)"
}

# suite NAME BUDGET_SECONDS COMMAND...
suite() {
	local name=$1 budget=$2 log="$logs/$1.log" t0=$SECONDS status
	shift 2
	printf '%-18s budget %4ss  ' "$name" "$budget"
	timeout --kill-after=20 $((budget * 3)) "$@" >"$log" 2>&1 </dev/null
	status=$?
	local p=0 f=0 s=0 a b c
	while read -r a b c; do
		p=$((p + a)) f=$((f + b)) s=$((s + c))
	done < <(sed -nE 's/^(\[[^]]*\] )?([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?$/\2 \3 \5/p' "$log" | sed 's/ $/ 0/')
	if [ $status -ne 0 ] && [ $f -eq 0 ]; then f=1; fi
	if [ $((p + f + s)) -eq 0 ]; then p=1; fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	printf 'took %4ss   %d passed, %d failed, %d skipped\n' $((SECONDS - t0)) $p $f $s
	if [ $f -ne 0 ]; then
		echo "---- $log (exit $status)"
		grep -nE 'FAILED|ERROR|error:|Error|panic|Sanitizer|not ok|Traceback' "$log" | head -n 40
		tail -n 40 "$log"
		echo "----"
	fi
}

setup_dir() { # DIR MESON_OPTIONS...
	local dir=$1
	shift
	[ -f "$dir/build.ninja" ] || meson setup "$dir" "$@" >/dev/null
}

units() { # DIR [MODULE...]
	local dir=$1 status=0 t
	shift
	for t in $(ls "$dir"/*_test | sort); do
		local m
		m=$(basename "$t" _test)
		if [ $# -gt 0 ] && [[ " $* " != *" $m "* ]]; then continue; fi
		echo "== $m"
		"$t" || status=1
	done
	return $status
}

plain() {
	units "$build" || return 1
	for t in tests/tools/*.py tools/*_test.py; do
		[ -e "$t" ] && { python3 "$t" || return 1; }
	done
	python3 tools/check_includes.py . "$build"
}

address() {
	setup_dir "$build-asan" -Db_sanitize=address,undefined -Db_lundef=false -Dui=false --buildtype=debugoptimized
	ninja -C "$build-asan" >/dev/null || { ninja -C "$build-asan" | tail -n 20; return 1; }
	export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
	export LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0
	units "$build-asan"
}

thread() {
	setup_dir "$build-tsan" -Db_sanitize=thread -Db_lundef=false -Dui=false --buildtype=debugoptimized
	local modules="sys db net events job mail push api main" t targets=
	for t in $modules; do targets="$targets ${t}_test"; done
	# shellcheck disable=SC2086
	ninja -C "$build-tsan" -k 0 $targets >/dev/null || { ninja -C "$build-tsan" $targets | tail -n 20; return 1; }
	export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=$PWD/tests/tsan.supp
	# shellcheck disable=SC2086
	units "$build-tsan" $modules
}

fuzz() { # SECONDS a target
	local seconds=$1 n=0 bad=0 t name
	CC=clang setup_dir "$build-fuzz" -Dfuzz=true -Dui=false -Db_sanitize=address,undefined -Db_lundef=false --buildtype=debugoptimized
	ninja -C "$build-fuzz" >/dev/null || { ninja -C "$build-fuzz" | tail -n 20; return 1; }
	for t in "$build-fuzz"/fuzz_*; do
		[ -x "$t" ] && [ -f "$t" ] || continue
		name=$(basename "$t" _fuzz)
		name=${name#fuzz_}
		name=${name%_fuzz}
		mkdir -p "$build-fuzz/corpus/$name" "fuzz/corpus/$name"
		if ASAN_OPTIONS=detect_leaks=0 "$t" -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=0 \
			-artifact_prefix="$build-fuzz/$name-" "$build-fuzz/corpus/$name" "fuzz/corpus/$name" 2>&1; then
			n=$((n + 1))
		else
			echo "FAILED fuzz target $name"
			bad=$((bad + 1))
		fi
	done
	echo "$n passed, $bad failed, 0 skipped"
	[ $bad -eq 0 ]
}

lint() {
	local bad=0
	find src tools bench -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror || bad=1
	cppcheck --quiet --error-exitcode=1 --inline-suppr --enable=warning,portability --std=c11 \
		--suppressions-list=tests/cppcheck.supp -j 2 -I src -I "$build/src" -D_GNU_SOURCE src || bad=1
	setup_dir "$build" --buildtype=release
	find src -name '*.c' -print0 | xargs -0 -P 2 -n 8 clang-tidy --quiet -p "$build" 2>/dev/null | tee "$logs/tidy.out"
	grep -qE '(warning|error):' "$logs/tidy.out" && bad=1
	echo "$((1 - bad)) passed, $bad failed, 0 skipped"
	[ $bad -eq 0 ]
}

interface() {
	cd ui && ./run.sh check && ./run.sh test
}

export -f suite setup_dir units plain address thread fuzz lint interface
export build logs


case $what in
quick)
	suite units 40 bash -uc plain
	suite interface 60 bash -uc interface
	;;
all)
	with_pg
	export OTKLIK_TEST_PG=${OTKLIK_TEST_PG:-}
	suite units 120 bash -uc plain
	suite interface 120 bash -uc interface
	suite asan-ubsan 420 bash -uc address
	suite tsan 300 bash -uc thread
	suite fuzz 240 bash -uc "fuzz 5"
	suite lint 300 bash -uc lint
	suite end-to-end 420 tests/e2e/run.sh "$build"
	suite kill 300 python3 tests/kill/kill.py "$build/src/main/otklik" --rounds 20
	;;
kill)
	with_pg
	export OTKLIK_TEST_PG=${OTKLIK_TEST_PG:-}
	suite kill 3000 python3 tests/kill/kill.py "$build/src/main/otklik" --rounds 200
	;;
fuzz) suite fuzz 7200 bash -uc "fuzz ${arg:-60}" ;;
lint) suite lint 300 bash -uc lint ;;
units | address | thread | interface | plain)
	with_pg
	export OTKLIK_TEST_PG=${OTKLIK_TEST_PG:-}
	suite "$what" 600 bash -uc "$what"
	;;
e2e)
	with_pg
	export OTKLIK_TEST_PG=${OTKLIK_TEST_PG:-}
	suite end-to-end 420 tests/e2e/run.sh "$build"
	;;
*)
	echo "unknown suite: $what" >&2
	exit 2
	;;
esac

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]

#!/bin/sh
# all.sh BUILD SANITIZED -- every test, on the plain build and then, with fewer
# vectors (TC_FAST=1), on the one with sanitizers; closes with the sum.
#
# A test is a Check program BUILD/tests/unit/test_*, or a script tests/run.sh or
# tests/*/run.sh, which is given the tc0c to test, ends with a line `N passed,
# M failed`, and has exit status 0 if M is 0.
set -u
cd "$(dirname "$0")/.." || exit 2
plain=$1 sanitized=$2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 2' INT TERM
passed=0 failed=0 broken=

# run NAME COMMAND... -- runs it, shows it, counts what it says
run() {
    name=$1
    shift
    echo "== $name"
    began=$(date +%s)
    { "$@" 2>&1; echo $? >"$scratch/status"; } | tee "$scratch/log"
    status=$(cat "$scratch/status")
    took=$(($(date +%s) - began))
    [ $took -lt 20 ] || echo "($took seconds)"
    counts=$(sed -n \
        -e 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\1 \2 \3/p' \
        -e 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$scratch/log" | tail -n 1)
    # shellcheck disable=SC2086  # two or three numbers
    set -- ${counts:-0 0}
    if [ $# = 3 ]; then # Check counts all, and tells crashes from failures
        set -- $(($1 - $2 - $3)) $(($2 + $3))
    fi
    bad=$2
    # a test that ran nothing, or says one thing and exits with another
    if [ $(($1 + $2)) = 0 ] || { [ "$status" != 0 ] && [ "$bad" = 0 ]; }; then
        echo "$name: exit status $status after $1 tests" >&2
        bad=$((bad + 1))
    fi
    passed=$((passed + $1)) failed=$((failed + bad))
    [ "$bad" = 0 ] || broken="$broken
  $name"
}

run_build() {
    for unit in "$1"/tests/unit/test_*; do
        case $unit in *.d | *'*') continue ;; esac
        [ -x "$unit" ] && run "$unit" timeout 900 "$unit"
    done
    for script in tests/run.sh tests/*/run.sh; do
        [ -f "$script" ] || continue
        if [ -x "$script" ]; then
            run "$script $1/tc0c" timeout 1800 "$script" "$1/tc0c"
        else
            run "$script $1/tc0c" timeout 1800 sh "$script" "$1/tc0c"
        fi
    done
}

start=$(date +%s)
export CK_TIMEOUT_MULTIPLIER=5 # for slow and busy machines
run_build "$plain"
echo "== with sanitizers"
# a status of their own, which no command of ours has; Check must not fork,
# or leaks of its children go unseen
export TC_FAST=1 CK_FORK=no
export ASAN_OPTIONS="exitcode=99:detect_leaks=1:allocator_may_return_null=1"
export UBSAN_OPTIONS="exitcode=99:print_stacktrace=1"
[ ! -f tests/lsan.supp ] || export LSAN_OPTIONS="suppressions=$PWD/tests/lsan.supp:print_suppressions=0"
run_build "$sanitized"

[ -z "$broken" ] || echo "failed:$broken"
echo "$(($(date +%s) - start)) seconds"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]

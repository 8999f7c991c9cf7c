#!/bin/sh
# all.sh BUILD SANITIZED -- every test, on the plain build and, with fewer
# vectors (TC_FAST=1), on the one with sanitizers; closes with the sum.
#
# A test is a Check program BUILD/tests/unit/test_*, or a script tests/run.sh or
# tests/*/run.sh, which is given the tc0c to test, ends with a line `N passed,
# M failed`, and has exit status 0 if M is 0.  As many run at a time as there
# are processors; each is shown when it has ended.
set -u
cd "$(dirname "$0")/.." || exit 2

# one SCRATCH KIND BUILD TEST -- runs it, shows it, notes what it says
one() {
    scratch=$1 kind=$2 build=$3 test=$4
    export CK_TIMEOUT_MULTIPLIER=5 # for slow and busy machines
    if [ "$kind" = sanitized ]; then
        # exit status 99 is no one else's.  Check must not fork, or leaks of its
        # children go unseen.
        export TC_FAST=1 CK_FORK=no
        export ASAN_OPTIONS="exitcode=99:detect_leaks=1:allocator_may_return_null=1"
        export UBSAN_OPTIONS="exitcode=99:print_stacktrace=1"
    fi
    log=$(mktemp "$scratch/log.XXXXXX")
    began=$(date +%s)
    case $test in
    *.sh) timeout 1800 sh "$test" "$build/tc0c" >"$log" 2>&1 ;;
    *) timeout 900 "$test" >"$log" 2>&1 ;;
    esac
    status=$?
    took=$(($(date +%s) - began))
    # Check counts all, and tells failures from crashes
    counts=$(sed -n \
        -e 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\1-\2-\3 \2+\3/p' \
        -e 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$log" | tail -n 1)
    counts=${counts:-0 0}
    good=$((${counts% *})) bad=$((${counts#* }))
    name="$test, $kind"
    # a test that ran nothing, or says one thing and exits with another
    if [ $((good + bad)) = 0 ] || { [ $status != 0 ] && [ $bad = 0 ]; }; then
        echo "exit status $status after $good tests" >>"$log"
        bad=$((bad + 1))
    fi
    echo "$good $bad $name" >"$(mktemp "$scratch/count.XXXXXX")"
    (
        flock 9
        echo "== $name ($took s)"
        cat "$log"
    ) 9>"$scratch/lock"
}

if [ "$1" = --one ]; then
    shift
    one "$@"
    exit 0
fi

scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 2' INT TERM
start=$(date +%s)
for script in tests/*/run.sh tests/run.sh; do # the longest first
    [ -f "$script" ] && echo "sanitized $2 $script" && echo "plain $1 $script"
done >"$scratch/tests"
for source in tests/unit/test_*.c; do
    unit=${source%.c}
    echo "sanitized $2 $2/$unit" && echo "plain $1 $1/$unit"
done >>"$scratch/tests"
xargs -L 1 -P "$(nproc 2>/dev/null || echo 2)" sh tests/all.sh --one "$scratch" \
    <"$scratch/tests"

cat "$scratch"/count.* >"$scratch/counts"
sed -n 's/^[0-9]* [1-9][0-9]* /failed: /p' "$scratch/counts"
missing=$(($(wc -l <"$scratch/tests") - $(wc -l <"$scratch/counts")))
[ $missing = 0 ] || echo "failed: $missing tests did not end"
echo "$(($(date +%s) - start)) seconds"
awk -v missing=$missing '
    { passed += $1; failed += $2 }
    END {
        print passed + 0 " passed, " failed + missing " failed"
        exit failed + missing > 0 || !passed
    }' "$scratch/counts"

#!/bin/sh
# run.sh [--bless] [TC0C] -- every fault gets its message and its exit status
#
# NAME.xml is checked with `tc0c check NAME.xml`; NAME.cmd holds the words after
# `tc0c`, or a line of shell that runs "$TC0C" itself.  NAME.err is all of
# standard error and a last line with the exit status.  --bless writes NAME.err
# anew: read the difference.
bless=
[ "$1" = --bless ] && bless=1 && shift
TC0C=${1:-build/tc0c}
case $TC0C in /*) ;; *) TC0C=$PWD/$TC0C ;; esac
export TC0C LC_ALL=C
cd "$(dirname "$0")" || exit 2
[ -x "$TC0C" ] || { echo "$TC0C: not a program" >&2; exit 2; }
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

# one NAME COMMAND
one() {
    # a fault is told at once, however large it is
    timeout 20 sh -c "$2" >"$scratch/out" 2>"$scratch/err" </dev/null
    echo "exit $?" >>"$scratch/err"
    if [ -s "$scratch/out" ]; then
        echo "found words on standard output" >>"$scratch/err"
    fi
    [ -z "$bless" ] || cp "$scratch/err" "$1.err"
    if cmp -s "$scratch/err" "$1.err"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL $1"
        diff "$1.err" "$scratch/err"
    fi
}

for xml in *.xml; do
    one "${xml%.xml}" "\"\$TC0C\" check $xml"
done
for cmd in *.cmd; do
    line=$(cat "$cmd")
    case $line in
    *'"$TC0C"'*) ;;
    *) line="\"\$TC0C\" $line" ;;
    esac
    one "${cmd%.cmd}" "$line"
done
for err in *.err; do
    [ -f "${err%.err}.xml" ] || [ -f "${err%.err}.cmd" ] || {
        echo "FAIL $err: no test of this name"
        failed=$((failed + 1))
    }
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]

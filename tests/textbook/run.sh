#!/bin/sh
# run.sh TC0C -- values in binary (-O0): every block, in fixed point and in a float format,
# against the reference and the netlist; its circuit is deeper than that of -O1
set -u
TC0C=$1
case $TC0C in /*) ;; *) TC0C=$PWD/$TC0C ;; esac
[ -x "$TC0C" ] || {
    echo "$TC0C: not a program" >&2
    exit 2
}
export TC0C LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0
vectors=128
[ -z "${TC_FAST-}" ] || vectors=8

depth() { "$TC0C" compile "$@" -o /dev/null 2>&1 | sed -n 's/.*: depth \([0-9]*\),.*/\1/p'; }

# check FILE SETTING...
check() {
    if ! said=$("$TC0C" verify "$@" -O0 --vectors $vectors --quiet 2>&1); then
        echo "$*: verify -O0 failed: $(echo "$said" | tail -n 3)"
        failed=$((failed + 1))
        return
    fi
    textbook=$(depth "$@" -O0) composed=$(depth "$@" -O1)
    if [ "${textbook:-0}" -gt "${composed:-0}" ]; then
        passed=$((passed + 1))
    else
        echo "$*: depth ${textbook:-none} at -O0, ${composed:-none} at -O1"
        failed=$((failed + 1))
    fi
}

for spec in examples/blocks/*.xml; do
    check "$spec" --set n=3 --set d=4
    case $spec in
    # half a minute each, or too wide for so few values
    *-order-4.xml | *repeat.xml | *cme-*.xml | *layer-*.xml) continue ;;
    esac
    sed 's/format="fixed" bits="4" fraction="2"/format="ieee" significand="3" exponent-bits="3"/' \
        "$spec" >"$scratch/float.xml"
    [ -n "${TC_FAST-}" ] || check "$scratch/float.xml" --set n=2 --set d=4
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]

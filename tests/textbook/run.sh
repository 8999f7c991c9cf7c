#!/bin/sh
# run.sh TC0C -- values in binary (-O0): every block, in fixed point and in a float format,
# against the reference and the netlist; its circuit is deeper than that of -O1
. "$(dirname "$0")/../common.sh"
cd "$root" || exit 2
export LC_ALL=C
vectors=128
[ -z "${TC_FAST-}" ] || vectors=8

depth() { "$tc0c" compile "$@" -o /dev/null 2>&1 | sed -n 's/.*: depth \([0-9]*\),.*/\1/p'; }

# deeper FILE SETTING... -- the engines agree, and -O1 saves depth
deeper() {
    "$tc0c" verify "$@" -O0 --vectors $vectors --quiet || return
    textbook=$(depth "$@" -O0) composed=$(depth "$@" -O1)
    echo "depth ${textbook:-none} at -O0, ${composed:-none} at -O1"
    [ "${textbook:-0}" -gt "${composed:-0}" ]
}

for spec in examples/blocks/*.xml; do
    check "$spec" deeper "$spec" --set n=3 --set d=4
    case $spec in
    # half a minute each, or too wide for so few values
    *-order-4.xml | *repeat.xml | *cme-*.xml | *layer-*.xml) continue ;;
    esac
    sed 's/format="fixed" bits="4" fraction="2"/format="ieee" significand="3" exponent-bits="3"/' \
        "$spec" >"$t/float.xml"
    [ -n "${TC_FAST-}" ] || check "$spec, float" deeper "$t/float.xml" --set n=2 --set d=4
done

finish

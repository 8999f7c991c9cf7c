#!/bin/sh
# proof.sh TC0C [CIRCUIT...] -- that what the passes of netlists make of circuits of the EPFL is what
# it was: -O size and -O 2 of each, as rows of a table
#
# By `verify --formal`: of the result, or of the passes, whose steps are checked, where the result is once
# more what they make; where that takes longer than TC_EPFL_SECONDS (300), by berkeley-abc on the
# result's two-input logic, as long again; else it is run on TC_EPFL_VECTORS (a million) random
# inputs.  TC_EPFL is the circuits' folder.  Exit status 1: a difference was found; 4: some are not proved.
set -u
tc0c=$1 epfl=${TC_EPFL-$(dirname "$0")/../../../shared/epfl}
shift
seconds=${TC_EPFL_SECONDS-300} vectors=${TC_EPFL_VECTORS-1000000}
[ $# -gt 0 ] || set -- ctrl int2float router cavlc i2c dec adder bar priority voter arbiter max sin \
    square sqrt multiplier
[ -f "$epfl/$1.aig" ] || { echo "no circuits of the EPFL in $epfl" >&2; exit 2; }
t=$(mktemp -d) || exit 2
trap 'rm -rf "$t"' EXIT
trap 'exit 2' INT TERM
value() { # NAME -- of the sums in a report
    sed -n "s/.*<total .*$1=\"\([0-9]*\)\".*/\1/p" "$t/report.xml"
}

# CIRCUIT LEVEL -- $how: by what it is proved; 1: a difference was found
prove() {
    "$tc0c" verify --quiet --formal --timeout "$seconds" -O "$2" "$epfl/$1.aig" >"$t/log" 2>&1 &&
        "$tc0c" verify --formal --timeout 0 -O "$2" --against "$t/netlist.tc" "$epfl/$1.aig" \
            >"$t/log" 2>&1 && ! grep -q 'only sampled' "$t/log" && how="verify --formal" && return 0
    "$tc0c" verify --quiet --formal --timeout "$seconds" --passes none --against "$t/netlist.tc" \
        "$epfl/$1.aig" >"$t/log" 2>&1
    case $? in
    0) how="verify --formal" && return 0 ;;
    4) ;;
    *) how=DIFFERENT && return 1 ;;
    esac
    "$tc0c" compile --quiet -O 0 --emit aiger -o "$t/after.aig" "$t/netlist.tc" || return 1
    timeout "$seconds" berkeley-abc -q "cec $epfl/$1.aig $t/after.aig" >"$t/log" 2>&1
    grep -q 'are NOT' "$t/log" && how=DIFFERENT && return 1
    grep -q 'are equivalent' "$t/log" && how="abc cec" && return 0
    "$tc0c" verify --quiet --vectors "$vectors" -O "$2" "$epfl/$1.aig" >"$t/log" 2>&1 ||
        { how=DIFFERENT && return 1; }
    how="not proved; $vectors vectors"
    [ $status = 1 ] || status=4
}

status=0
echo "| circuit | for | gates / depth | equal by | seconds |"
echo "|---|---|---|---|---|"
for circuit; do
    for level in size 2; do
        rm -rf "$t"/*
        "$tc0c" compile --quiet -O "$level" --emit report,netlist -o "$t" "$epfl/$circuit.aig" ||
            { status=1 && continue; }
        start=$(date +%s)
        prove "$circuit" "$level" || status=1
        echo "| $circuit | -O $level | $(value gates) / $(value depth) | $how |" \
            "$(($(date +%s) - start)) |"
    done
done
exit $status

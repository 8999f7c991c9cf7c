#!/bin/sh
# run.sh TC0C -- what the passes of netlists make of circuits of the EPFL
#
# -O size: no more gates than named, -O 2: no more depth; and each pass keeps the
# function on all inputs, or ten thousand random ones.  TC_FAST: the smallest circuits;
# TC_SLOW: also those that take minutes together.
. "$(dirname "$0")/../common.sh"
cd "$here" || exit 2
value() { # NAME -- of the sums in a report
    sed -n "s/.*<total .*$1=\"\([0-9]*\)\".*/\1/p" "$t/report"
}

# CIRCUIT LEVEL GATES DEPTH: at most so many
at_most() {
    set -- "$@" "$epfl/$1.aig"
    if "$tc0c" compile --quiet --check -O "$2" "$5" >"$t/report" 2>"$t/error" &&
        [ "$(value gates)" -le "$3" ] && [ "$(value depth)" -le "$4" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $1 -O $2: $(value gates) gates, depth $(value depth); wanted $3, $4"
        head -n 3 "$t/error"
    fi
}

epfl=../../../shared/epfl
if [ -f $epfl/voter.aig ]; then
    at_most ctrl size 45 20
    at_most ctrl 2 47 2
    at_most int2float size 69 20
    at_most int2float 2 80 4
    at_most router size 35 5
    at_most router 2 35 5
    at_most priority size 8 1
    at_most priority 2 8 1
    if [ -z "${TC_FAST-}" ]; then
        at_most adder 2 256 2
        at_most voter 2 1 1
        at_most dec 2 256 1
        at_most cavlc size 206 30
        at_most cavlc 2 230 4
        at_most i2c 2 378 4
        at_most i2c size 378 10
        at_most max 2 520 3
        at_most max size 520 3
    fi
    if [ -n "${TC_SLOW-}" ]; then
        at_most adder size 511 200
        at_most arbiter 2 1537 10
        at_most arbiter size 1537 10
        at_most bar 2 1800 5
        at_most bar size 1414 10
        at_most sin 2 3000 47
        at_most sin size 2180 100
        at_most square 2 12000 47
        at_most square size 8263 200
        at_most multiplier 2 18000 72
        at_most multiplier size 12634 200
        at_most sqrt 2 10000 753
        at_most sqrt size 6901 2000
    fi
else
    echo "skipped: no circuits of the EPFL in $epfl"
    passed=1
fi

finish

#!/bin/sh
# run.sh TC0C -- attention with what positions add to scores, and computed rotations: for each encoding, order, rounding,
# format and source of weights reference, family and netlist agree on random inputs, and
# so do their counts; masks, heads, scales, lengths from 1 on and levels take turns.
# Then depth and banks are the same for every length.
#
# VECTORS=N is how many inputs each model is given (200; 40 with TC_FAST=1), ALL=1 runs
# all models instead of one in nine.
. "$(dirname "$0")/../common.sh"
export LC_ALL=C
vectors=${VECTORS:-200}
[ -z "${TC_FAST-}" ] || vectors=40
# what precision, positions, ... say, as a specification
spec() {
    cat <<END
<transformer xmlns="urn:tc0c:spec:1" name="positions">
  <parameter name="n" value="$n"/>
  <parameter name="d" value="$d"/>
  <precision $precision rounding="$rounding"/>
  <input length="n" width="d"/>
  <weights $weights/>
  <attention order="$order" heads="$heads" scale="$scale" mask="$mask">$positions</attention>
</transformer>
END
}

# turn K WORD...: the K-th, around
turn() {
    k=$1
    shift
    shift $((k % $#))
    echo "$1"
}

# agree -- the engines, on the specification
agree() {
    "$tc0c" verify -O"$level" --vectors "$vectors" --no-times "$t/a.xml" >"$t/out" 2>&1 &&
        grep -q '^reference and family agree on' "$t/out" &&
        grep -q '^depth, gates, wires, .* of family and netlist agree' "$t/out" && return
    cat "$t/a.xml" "$t/out"
    return 1
}

encodings='<alibi/>
<kerple r1="0.7" r2="3"/>
<kerple kind="power" r1="1/3" r2="1.5"/>
<sandwich r1="0.5"/>
<t5 buckets="8" distance="6"/>
<fire c="1" hidden="3" limit="2"/>
<fire c="1/10" hidden="2" limit="1" bias="computed"/>
<fire c="0.2" hidden="3" limit="5/2" bias="computed"/>
<rope mode="each" angles="computed" base="4"/>
<rope mode="complex" angles="computed"/>
<rope mode="flat" angles="computed" base="3"/>
<rope mode="query2" angles="computed" base="0.25"/>'
formats='format="fixed" bits="4" fraction="2"
format="fixed" bits="6" fraction="3"
format="ieee" significand="3" exponent-bits="3"
format="float" significand="3"'

row=0
while read -r positions; do
    while read -r precision; do
        for rounding in block op; do
            for order in 2 3; do
                for source in random input; do
                    row=$((row + 1))
                    case $source$positions in input*computed*) ;; input*fire*) continue ;; esac
                    case $order$positions in 2*flat* | 2*query2*) continue ;; esac
                    # the circuits of these are large
                    case $order$source$precision in 3*float* | 3input*ieee*) continue ;; esac
                    [ -n "${ALL-}" ] || [ $((row % 9)) = 0 ] || continue
                    weights="source=\"$source\""
                    [ $source = input ] || weights="$weights seed=\"$row\" scale=\"$(turn $row 1 2 0.5)\""
                    heads=$(turn $row 1 2 3 1 4)
                    d=$((heads * $(turn $row 1 2 1)))
                    n=$(turn $row 2 3 1 2 4 3)
                    if [ $order = 3 ] && [ $n = 4 ]; then n=2; fi
                    case $rounding$source$precision in blockinput*float*) heads=1 d=1 n=2 ;; esac
                    case $positions in
                    *rope*)
                        heads=1 d=$(turn $row 2 4 2)
                        case $order$rounding$source$precision in
                        3* | *block*ieee* | *block*float*) d=2 n=$(turn $row 1 2) ;;
                        esac
                        case $source$order$precision in input3*bits=\"6* | *float*) continue ;; esac
                        ;;
                    esac
                    mask=$(turn $row none causal none)
                    scale=$(turn $((row / 9)) 1/d '1/sqrt(2)' 0.75 '-1/sqrt(3)' -1 '1/sqrt(d)')
                    level=$(turn $((row / 3)) 1 2)
                    spec >"$t/a.xml"
                    check "row $row, -O$level" agree
                done
            done
        done
    done <<END
$formats
END
done <<END
$encodings
END

# depth_banks N: what must not depend on n
depth_banks() {
    n=$1 spec | "$tc0c" compile --quiet --no-times -O"$level" - |
        sed -n -e 's/.*<total depth="\([0-9]*\)".* banks="\([0-9]*\)".*/\1 \2/p' \
            -e 's/.*<bank name="\([^"]*\)" component="\([^"]*\)" level="\([0-9]*\)".*/\1 \2 \3/p'
}

heads=2 d=4 mask=causal precision='format="fixed" bits="4" fraction="2"'
row=0
while read -r positions; do
    for rounding in block op; do
        row=$((row + 1))
        order=2 scale='1/sqrt(2)' level=$(turn $row 1 2 1)
        weights='source="random" seed="3"'
        case $positions in *t5* | *computed*) weights='source="input"' ;; esac
        case $positions in *flat* | *query2*) order=3 ;; esac
        depth_banks 8 >"$t/8"
        for n in 1 2 300; do
            depth_banks $n >"$t/out"
            [ -s "$t/8" ] && cmp -s "$t/8" "$t/out"
            verdict $? "depth or banks for n = $n are others than for n = 8"
        done
    done
done <<END
$encodings
END

finish

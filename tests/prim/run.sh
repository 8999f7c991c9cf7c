#!/bin/sh
# run.sh TC0C -- operations of 16-bit floats on weighted vectors: `tc0c prim` by the
# family and the netlist against the reference
#
# Of many vectors the family, fifty times slower, takes the first 50,000, and the others
# where the netlist is too large.
# VECTORS=N is how many for each operation and format (2000; 300 with TC_FAST=1); the
# full run is VECTORS=1000000 sh tests/prim/run.sh build/tc0c.  Functions of one operand
# are not here: test_prim_float takes all operands of these formats.
. "$(dirname "$0")/../common.sh"
make_vectors=$(dirname "$tc0c")/tests/unit/test_prim_float
n=2000
[ "${TC_FAST:-0}" = 0 ] || n=300
n=${VECTORS:-$n}
skipped=0

# failure TEXT -- counts and shows it
failure() {
    failed=$((failed + 1))
    echo "FAILED: $1"
    [ ! -s "$t/err" ] || sed 's/^/  | /' "$t/err" | head -n 5
}

# differ ENGINE LINES -- whether results of the first LINES vectors are not the reference's
differ() {
    head -n "$2" "$t/in" >"$t/part"
    # shellcheck disable=SC2086
    "$tc0c" prim $prim --engine "$1" <"$t/part" >"$t/got" 2>"$t/err" || return 0
    head -n "$2" "$t/want" | cmp -s - "$t/got" && return 1
    head -n "$2" "$t/want" | paste "$t/part" - "$t/got" -d '|' |
        awk -F'|' '$2 != $3 { print $1 ": " $3 ", wanted " $2; exit }' >"$t/err"
}

# parts OPERATION FORMAT TERMS -- all vectors, so many at a time
parts() {
    left=$n seed=1
    while [ "$left" -gt 0 ]; do
        now=$((left < 50000 ? left : 50000))
        "$make_vectors" --vectors "$1" "$2" "$3" $now $seed >"$t/in" || return 1
        # shellcheck disable=SC2086
        "$tc0c" prim $prim --engine reference <"$t/in" >"$t/want" 2>"$t/err" || return 1
        if [ "$flat" = 1 ] && differ netlist $now; then
            return 1
        fi
        if [ $seed = 1 ] || [ "$flat" = 0 ]; then
            ! differ family $now || return 1
        fi
        left=$((left - now)) seed=$((seed + 1))
    done
}

[ -x "$make_vectors" ] || failure "$make_vectors is missing: make units"
for format in binary16 bfloat16; do
    for word in add:0 sub:0 mul:0 div:0 lt:0 le:0 eq:0 sum:2 sum:5 dot:2 max:5 argmax:5 \
        maxarg:5 prod:3 softmax:3 norm:3; do
        operation=${word%:*} terms=${word#*:}
        prim="$operation --format $format"
        [ "$terms" = 0 ] || prim="$prim --terms $terms"
        # shellcheck disable=SC2086
        if ! stats=$("$tc0c" prim $prim --stats 2>"$t/err"); then
            if grep -q 'not built yet\|limit\|are built' "$t/err"; then
                skipped=$((skipped + 1))
                echo "skipped: $prim: $(sed -n '1s/.*error: //p' "$t/err")"
            else
                failure "$prim"
            fi
            continue
        fi
        # wires of a netlist that fits the time
        flat=$(echo "$stats" | awk '{ print $6 <= 20000000 }')
        if parts "$operation" "$format" "$terms"; then
            passed=$((passed + 1))
            [ -z "${VECTORS:-}" ] || echo "$prim: $n vectors agree"
        else
            failure "$prim"
        fi
    done
done
# weights bounded: the family that split-weights makes
for word in add:0:ieee:3,3:64 mul:0:ieee:3,3:16 div:0:e4m3:64 sum:3:e4m3:512 sum:3:float:3,-5,4:poly \
    add:0:ieee:3,3:poly mul:0:float:3,-5,4:64; do
    operation=${word%%:*} rest=${word#*:}
    terms=${rest%%:*} rest=${rest#*:}
    format=${rest%:*} bound=${rest##*:}
    prim="$operation --format $format"
    [ "$terms" = 0 ] || prim="$prim --terms $terms"
    "$make_vectors" --vectors "$operation" "$format" "$terms" 500 1 >"$t/in"
    # shellcheck disable=SC2086
    "$tc0c" prim $prim --engine reference <"$t/in" >"$t/want" 2>"$t/err"
    prim="$prim --max-weight $bound"
    if differ family 500 || differ netlist 500; then
        failure "$prim"
    else
        passed=$((passed + 1))
    fi
done
echo "$n vectors each; $skipped skipped"

finish

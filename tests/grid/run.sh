#!/bin/sh
# run.sh TC0C -- the engines against each other over a grid of small specs
#
# A row of the table is a list of words KEY=VALUE; it becomes a specification,
# and `tc0c verify` tries it: on 10,000 random vectors, or with vectors=all on
# every input.  Then come the sizes that were promised, and what makes it TC0:
# the depth and the list of banks are the same for every n.
#
# TC_FAST=1: fewer vectors, and a third of the rows of the products.  `run.sh TC0C ROW` shows the specification of a row.
# shellcheck disable=SC2154,SC2086  # keys of rows are variables
set -u

# spec -- the specification of the row in $row; keys not there have defaults
spec() {
    order=3 rope=none mask=none rounding=block heads=1 width='' b=4 f=2 scale=1/d n=2 d=2
    weights=input seed=1 size=1 base=10000 blocks=1 level=1 large=1000
    format=fixed p=3 q=3 emin='' emax=''
    for word in $row; do
        eval "${word%%=*}=\${word#*=}"
    done
    source="source=\"$weights\""
    case $weights in
    random) source="$source seed=\"$seed\" scale=\"$size\"" ;;
    file) source="$source href=\"$name.json\"" ;;
    esac
    precision="format=\"$format\""
    case $format in
    fixed) precision="$precision bits=\"b\" fraction=\"f\"" bits=$b ;;
    float)
        precision="$precision significand=\"$p\" ${emin:+emin=\"$emin\" emax=\"$emax\"}"
        bits=$((2 * p + 2)) # without emin and emax
        ;;
    ieee | ftz) precision="$precision significand=\"$p\" exponent-bits=\"$q\"" bits=$((p + q)) ;;
    *) bits=8 ;;
    esac
    cat <<END
<transformer xmlns="urn:tc0c:spec:1" name="$name">
  <parameter name="n" value="$n"/>
  <parameter name="d" value="$d"/>
  <parameter name="b" value="$b"/>
  <parameter name="f" value="$f"/>
  <precision $precision rounding="$rounding"/>
  <input length="n" width="d"/>
  <weights $source/>
END
    i=0
    while [ $i -lt "$blocks" ]; do
        i=$((i + 1))
        echo "  <attention order=\"$order\" heads=\"$heads\"${width:+ head-width=\"$width\"}" \
            "scale=\"$scale\" mask=\"$mask\">"
        [ "$rope" = none ] || echo "    <rope mode=\"$rope\" base=\"$base\"/>"
        echo "  </attention>"
    done
    echo "</transformer>"
}

# weights -- of weights=file, one block: plain, extreme and saturating ones
weights() {
    awk -v order="$order" -v rows="$d" -v columns="$((heads * ${width:-d / heads}))" '
    BEGIN {
        count = split("1 -0.5 100 0.25 -100 0 0.75 -1 0.5 2 -0.25", value, " ")
        names = order == 2 ? "W_Q W_K W_V" : order == 3 ? "W_Q W_K1 W_K2 W_V1 W_V2" \
            : "W_Q W_K1 W_K2 W_K3 W_V1 W_V2 W_V3"
        n = split(names, name, " ")
        for (t = 1; t <= n; t++) {
            printf "%s\"attention.%s\": [", t == 1 ? "{" : ",\n ", name[t]
            for (r = 0; r < rows; r++) {
                printf "%s[", r ? ", " : ""
                for (c = 0; c < columns; c++)
                    printf "%s%s", c ? ", " : "", value[at++ * 4 % count + 1]
                printf "]"
            }
            printf "]"
        }
        print "}"
    }'
}

# want TEXT -- a line of what verify said
want() {
    grep -q -e "$1" "$name.out" || {
        echo "verify does not say: $1"
        return 1
    }
}

# depth_banks NAME N LEVEL -- what must not depend on n
depth_banks() {
    "$tc0c" compile --quiet --no-times -O"$3" --set n="$2" "$1.xml" |
        sed -n -e 's/.*<total depth="\([0-9]*\)".* banks="\([0-9]*\)".*/\1 \2/p' \
            -e 's/.*<bank name="\([^"]*\)" component="\([^"]*\)" level="\([0-9]*\)".*/\1 \2 \3/p'
}

# total ATTRIBUTE OPTION... -- one number of a report
total() {
    attribute=$1
    shift
    "$tc0c" compile --quiet --no-times "$@" |
        sed -n "s/.*<total.* $attribute=\"\([0-9]*\)\".*/\1/p"
}

# greater A B -- decimal integers of any length
greater() {
    [ ${#1} -gt ${#2} ] || { [ ${#1} = ${#2} ] && [ "$1" != "$2" ] &&
        [ "$(printf '%s\n%s\n' "$1" "$2" | LC_ALL=C sort | tail -n 1)" = "$1" ]; }
}

# one test, in a folder of scratch: words on standard output say what is wrong
try() {
    case $1 in
    verify)
        vectors=10000 name=$2 row=$3
        spec >"$name.xml"
        [ -z "${TC_FAST-}" ] || [ "$vectors" = all ] || [ "$vectors" -le 192 ] || vectors=192
        [ "$weights" != file ] || weights >"$name.json"
        # where there are fewer inputs than that, all are tried
        words=$((n * d))
        [ "$weights" != input ] ||
            words=$((words + (2 * order - 1) * d * (heads * ${width:-d / heads})))
        inputs=$((1 << (bits * words > 40 ? 40 : bits * words)))
        if [ "$vectors" = all ] || [ $inputs -le "$vectors" ]; then
            what="all $inputs inputs"
        else
            what="$vectors random inputs"
        fi
        [ "$vectors" = all ] && vectors='' # that is what verify does unasked
        "$tc0c" verify -O"$level" --no-times ${vectors:+--vectors $vectors} "$name.xml" \
            >"$name.out" 2>"$name.err" || {
            echo "exit status $?"
            head -n 20 "$name.out" "$name.err"
            cat "$name.xml"
            return 1
        }
        want "reference and family agree on $what" || return 1
        want "^depth, gates, wires, .* of family and netlist agree" || return 1
        wires=$(sed -n 's/.* gates, \([0-9]*\) wires.*/\1/p' "$name.err")
        if [ "${wires:-0}" -le 2000000 ] || [ $inputs -le 64 ]; then
            want "^netlist agrees on all of them"
        else
            want "^netlist agrees on 64 of them"
        fi
        ;;
    size) # depth and gates at most
        name=$2 row=$3
        spec >"$name.xml"
        found=$(total depth -O"$level" "$name.xml") gates=$(total gates -O"$level" "$name.xml")
        if greater "${found:-99}" "$depth" || greater "${gates:-$most$most}" "$most"; then
            echo "depth $found, $gates gates; promised are $depth and $most"
            return 1
        fi
        ;;
    tc0) # the same depth and banks for every n
        name=$2 row=$3
        spec >"$name.xml"
        [ "$weights" != file ] || weights >"$name.json"
        depth_banks "$name" 8 "$level" >"$name.8"
        [ -s "$name.8" ] || return 1
        for n in 1 2 3 $large; do
            depth_banks "$name" $n "$level" >"$name.n"
            cmp -s "$name.8" "$name.n" || {
                echo "depth or banks are others for n = $n than for n = 8"
                diff "$name.8" "$name.n"
                return 1
            }
        done
        ;;
    causal) # fewer gates than without the mask
        name=$2 row=$3
        spec >"$name.xml"
        sed 's/mask="none"/mask="causal"/' "$name.xml" >"$name.causal.xml"
        for n in 2 3 8; do
            none=$(total gates -O"$level" --set n=$n "$name.xml")
            causal=$(total gates -O"$level" --set n=$n "$name.causal.xml")
            greater "${none:-0}" "${causal:-0}" || {
                echo "n = $n: causal has $causal gates, without a mask $none"
                return 1
            }
        done
        ;;
    esac
}

. "$(dirname "$0")/../jobs.sh"

# every order, rope, mask, rounding, number of heads and level; the rest takes
# turns, in lists whose lengths have no common factor with these
product() {
    awk '
    function turn(list, k,  part, n) { n = split(list, part, " "); return part[k % n + 1] }
    BEGIN {
        for (order = 2; order <= 4; order++)
            for (r = 1; r <= 5; r++)
                for (m = 0; m < 2; m++)
                    for (o = 0; o < 2; o++)
                        for (heads = 1; heads <= 2; heads++) {
                            rope = turn("none each complex flat query2", r - 1)
                            if (order == 2 && r > 3)
                                continue
                            k = at++
                            row = "order=" order " rope=" rope " heads=" heads \
                                " mask=" (m ? "causal" : "none") " rounding=" (o ? "op" : "block")
                            # bits and fraction
                            format = order == 2 ? "2/0 6/3 4/3 5/2 3/1 6/5 4/0" : \
                                order == 3 ? "3/1 4/2 2/1 5/4 4/0 3/2 2/0" : "3/2 2/1 3/1 2/0 3/0"
                            split(turn(format, k), bf, "/")
                            row = row " b=" bf[1] " f=" bf[2]
                            n = order == 4 ? turn("2 2 2 3 2", k) : turn("2 3 2", k)
                            d = rope == "none" ? turn("1 2 3", k + m) : 2
                            row = row " n=" n " d=" d (rope == "none" ? " width=1" : " width=2")
                            row = row " weights=" turn("input random input file random", k + o)
                            row = row " seed=" k " size=" turn("1 3 0.5", k)
                            row = row " scale=" \
                                turn("1/d 1/sqrt(3) -0.75 1 1/sqrt(d) 0.75 37 -1/sqrt(2) 1/3", k)
                            row = row " base=" turn("10000 3 100 0.25 1", k)
                            for (level = 1; level <= 2; level++)
                                print "verify " row " level=" level
                        }
    }'
}

# rounding=layer: the exact score takes (bits x rows)^(2 order) gates, so all is small
layers() {
    awk '
    function turn(list, k,  part, n) { n = split(list, part, " "); return part[k % n + 1] }
    BEGIN {
        for (order = 2; order <= 3; order++)
            for (r = 1; r <= 5; r++)
                for (m = 0; m < 2; m++) {
                    rope = turn("none each complex flat query2", r - 1)
                    if (order == 2 && r > 3)
                        continue
                    k = at++
                    weights = turn("input random input file input", k)
                    format = weights != "input" || order == 2 ? "3/1 2/1 3/2 2/0 4/2" : "2/1 2/0"
                    split(turn(format, k), bf, "/")
                    row = "rounding=layer order=" order " rope=" rope \
                        " mask=" (m ? "causal" : "none") " b=" bf[1] " f=" bf[2] \
                        " n=" turn(order == 2 ? "3 2" : "2 2 3 2 1", k) \
                        " d=" (rope == "none" || weights != "input" || order == 2 ? 2 : 1) \
                        " heads=" turn("1 2 1", k) " width=" (rope == "none" ? 1 : 2) \
                        " weights=" weights " seed=" k " size=" turn("1 3 0.5", k) \
                        " scale=" turn("1/d 1/sqrt(3) -0.75 1 -1/sqrt(2) 1/sqrt(d) 0.75", k) \
                        " base=" turn("10000 3 100 0.25 1", k)
                    for (level = 1; level <= 2; level++)
                        print "verify " row " level=" level
                }
    }'
}

# the same of floats, in formats whose circuits are small
floats() {
    awk '
    function turn(list, k,  part, n) { n = split(list, part, " "); return part[k % n + 1] }
    BEGIN {
        for (order = 2; order <= 3; order++)
            for (r = 1; r <= 5; r++)
                for (m = 0; m < 2; m++)
                    for (o = 0; o < 2; o++) {
                        rope = turn("none each complex flat query2", r - 1)
                        if (order == 2 && r > 3)
                            continue
                        k = at++
                        split(turn("ieee/3/3 float/2/0 ftz/3/3 ieee/2/2 ieee/2/3", k), f, "/")
                        row = "format=" f[1] " p=" f[2] " q=" f[3] " vectors=1000 order=" order \
                            " rope=" rope " mask=" (m ? "causal" : "none") \
                            " rounding=" (o ? "op" : "block")
                        n = turn("2 2 3 1 2 2 2", k)
                        row = row " n=" n " d=2 heads=" turn("1 1 2", k) " width=2"
                        row = row " weights=" (n == 3 ? "random" : turn("input random", k + m))
                        row = row " seed=" k " size=" turn("1 3 0.5", k)
                        row = row " scale=" turn("1/d 1/sqrt(3) -0.75 1 1/sqrt(d) 3 -1/3", k)
                        row = row " base=" turn("10000 3 100 0.25 1", k + m)
                        for (level = 1; level <= 2; level++)
                            print "verify " row " level=" level
                    }
    }'
}

extra() {
    sed 's/ *#.*//; /^$/d' <<'END'
# one token, one coordinate, extremes of the format
verify order=2 n=1 d=1 b=2 f=0
verify order=3 n=1 d=1 b=2 f=1 rounding=op
verify order=4 n=1 d=1 b=6 f=5 rounding=op level=2
verify order=2 n=1 d=1 b=8 f=0 level=2
verify order=3 n=1 d=1 b=7 f=3
verify order=3 n=5 d=1 b=3 f=1 mask=causal
verify order=2 n=1 d=4 b=4 f=2 rope=each level=2
verify order=2 n=9 d=1 b=3 f=1 mask=causal level=2
verify order=2 n=3 d=2 b=6 f=3 rope=each rounding=op base=2 level=2
verify order=3 n=2 d=4 b=4 f=2 rope=each heads=2 mask=causal
verify order=3 n=4 d=2 b=3 f=1 rope=flat scale=1/sqrt(2)
# scales: nothing is left of the score, or only extremes
verify order=2 scale=1000000 b=5 f=2
verify order=2 scale=-1000000 b=5 f=2 rounding=op
verify order=3 scale=0.000001 rope=each
verify order=3 scale=-3/sqrt(7) rope=query2 rounding=op level=2
verify order=2 scale=-1/sqrt(5) rope=complex b=5 f=4 level=2
# two and three blocks in sequence
verify order=2 blocks=2 b=3 f=1
verify order=2 blocks=2 b=3 f=1 level=2 heads=2 width=2
verify order=3 blocks=2 b=3 f=1 rope=each rounding=op mask=causal
verify order=3 blocks=2 b=2 f=0 rope=flat level=2
verify order=2 blocks=3 b=4 f=2 rope=each weights=random size=2 rounding=op level=2
verify order=4 blocks=2 b=2 f=1 rope=complex mask=causal weights=random size=2
# constant weights, every input
verify vectors=all order=2 n=1 d=1 b=2 f=0 weights=random
verify vectors=all order=3 n=1 d=1 b=4 f=2 weights=file level=2
verify vectors=all order=4 n=1 d=1 b=5 f=4 weights=file rounding=op
verify vectors=all order=2 n=1 d=1 b=10 f=5 weights=random size=20
verify vectors=all order=3 n=1 d=2 b=6 f=3 weights=random size=2 rope=each level=2
verify vectors=all order=3 n=2 d=2 b=3 f=1 weights=random size=2 rope=each rounding=op
verify vectors=all order=3 n=3 d=2 b=2 f=1 weights=file rope=flat mask=causal level=2
verify vectors=all order=2 n=4 d=1 b=3 f=1 weights=random size=2 mask=causal rounding=op level=2
# only weights and results rounded
verify rounding=layer order=2 n=1 d=1 b=2 f=1
verify rounding=layer order=3 n=1 d=1 b=2 f=0 level=2
verify rounding=layer order=4 n=1 d=1 b=2 f=1 level=2
verify rounding=layer order=4 n=2 d=1 b=2 f=0 mask=causal
verify rounding=layer order=4 n=2 d=2 b=2 f=1 rope=flat weights=random size=2 mask=causal level=2
verify rounding=layer order=4 n=1 d=1 b=3 f=1 rope=query2 width=2
verify rounding=layer order=3 n=2 d=2 b=2 f=1 level=2
verify rounding=layer order=3 n=2 d=2 b=3 f=1 rope=each
verify rounding=layer order=3 n=1 d=4 b=2 f=1
verify rounding=layer order=3 n=2 d=1 b=4 f=2
verify rounding=layer order=2 n=1 d=1 b=8 f=4
verify rounding=layer order=3 n=2 d=8 width=2 b=4 f=3 weights=random
verify rounding=layer order=3 n=2 d=12 width=2 b=3 f=2 weights=random rope=each mask=causal
verify rounding=layer order=2 n=2 d=8 width=2 heads=2 b=5 f=3 weights=file blocks=1
verify rounding=layer order=2 n=2 d=1 b=6 f=5 level=2
verify rounding=layer order=2 n=2 d=1 b=5 f=2 scale=1000000 level=2
verify rounding=layer order=2 n=2 d=1 b=5 f=2 scale=-0.000001
verify rounding=layer order=2 n=2 d=1 b=5 f=0 scale=-3/sqrt(7) level=2
verify rounding=layer order=2 blocks=2 b=2 f=1 level=2
verify rounding=layer order=3 blocks=2 n=2 d=1 b=2 f=0 mask=causal
verify rounding=layer order=3 blocks=2 b=3 f=1 rope=flat weights=random size=2 mask=causal level=2
verify vectors=all rounding=layer order=2 n=1 d=1 b=10 f=5 weights=random size=20
verify vectors=all rounding=layer order=3 n=1 d=1 b=4 f=2 weights=file level=2
verify vectors=all rounding=layer order=3 n=2 d=2 b=3 f=1 weights=random size=2 rope=each level=2
verify vectors=all rounding=layer order=3 n=1 d=1 b=2 f=1
# floats: formats with more numbers, and few exponents
verify format=float p=3 rope=each rounding=op vectors=500
verify format=float p=3 rope=complex rounding=op level=2 weights=random size=3 vectors=500
verify format=float p=3 order=2 rope=each weights=random size=3 vectors=500
verify format=e4m3 rope=flat rounding=op weights=random size=2 vectors=500
verify format=e4m3 rope=query2 rounding=op level=2 vectors=200
verify format=e4m3 order=2 rope=each weights=random size=2 level=2 vectors=200
verify format=e5m2 rope=each rounding=op weights=random size=2 vectors=500
verify format=e5m2 order=2 rounding=op level=2 mask=causal weights=random vectors=500
verify format=float p=3 emin=-6 emax=1 rope=query2 vectors=500 weights=random
verify format=float p=2 emin=-1 emax=2 rope=each rounding=op vectors=500 # 1 is the least
verify format=float p=2 emin=-9 emax=-4 rope=each vectors=500
# entries that round to 0, and products that all do
verify format=ftz p=4 q=2 rope=flat rounding=op weights=random size=5 n=3 vectors=500
verify format=float p=2 emin=-9 emax=-6 rope=query2 rounding=op vectors=500 level=2
verify format=ieee p=4 q=2 rope=complex mask=causal weights=random vectors=500
verify format=ieee p=2 q=2 order=4 rope=flat rounding=op weights=random size=2 vectors=500
verify format=ieee p=2 q=2 order=4 weights=random size=2 vectors=500
verify format=ieee p=3 q=2 order=2 blocks=2 rope=each rounding=op weights=random vectors=500
verify format=ieee p=3 q=2 order=2 blocks=2 rope=each weights=random level=2 vectors=500
# and every input of them
verify vectors=all format=e4m3 order=2 n=1 d=1 weights=random size=20 rounding=op
verify vectors=all format=e5m2 order=3 n=1 d=1 weights=random size=2 level=2 rounding=op
verify vectors=all format=float p=3 order=3 n=1 d=1 weights=random size=2
verify vectors=all format=ieee p=3 q=3 order=2 n=1 d=1 weights=random size=3
verify vectors=all format=ieee p=3 q=3 order=3 n=2 d=1 weights=random size=2 rounding=op
verify vectors=all format=ieee p=3 q=3 order=3 n=1 d=2 weights=random rope=each level=2
verify vectors=all format=ftz p=3 q=3 order=2 n=2 d=1 weights=random size=3 rounding=op level=2
verify vectors=all format=float p=2 order=2 n=2 d=1 weights=random size=2 mask=causal
END
    [ -z "${TC_FAST-}" ] || return
    sed 's/ *#.*//; /^$/d' <<'END'
verify vectors=all order=2 n=1 d=1 b=12 f=6 weights=random size=20 level=2
verify vectors=all order=2 n=2 d=2 b=4 f=2 weights=random size=2 rope=each
verify vectors=all order=2 n=2 d=2 b=4 f=3 weights=file rope=each rounding=op level=2
verify vectors=all order=3 n=2 d=2 b=4 f=2 weights=random size=2 rope=complex
verify vectors=all order=3 n=2 d=2 b=4 f=2 weights=file rope=query2 mask=causal level=2
verify vectors=all order=4 n=2 d=2 b=4 f=2 weights=random size=2 rope=flat rounding=op
verify vectors=all order=3 n=4 d=2 b=2 f=0 weights=random size=2 scale=-0.75 mask=causal
verify vectors=all order=2 n=2 d=1 b=9 f=4 weights=random size=2
verify vectors=all order=2 n=3 d=1 b=6 f=3 weights=random size=3 rounding=op
verify vectors=all order=3 n=9 d=1 b=2 f=0 weights=random size=2 mask=causal level=2
# 20 bits
verify vectors=all order=2 n=2 d=2 b=5 f=2 weights=random size=2 rope=each
verify vectors=all order=2 n=10 d=1 b=2 f=0 weights=random size=2 mask=causal rounding=op
verify vectors=all order=3 n=2 d=2 b=5 f=2 weights=random size=2 rope=each level=2
END
}

promises() {
    sed 's/ *#.*//; /^$/d' <<'END'
# RoPE tensor attention, order 3, mode each, block, scale 1/d
size rope=each depth=7 most=2848
size rope=each n=4 d=4 depth=7 most=35616
size rope=each n=8 d=4 b=6 f=3 depth=7 most=856064
size rope=each n=1024 d=64 b=8 f=4 depth=7 most=66025827729408
size rope=each level=2 depth=6 most=3488
size rope=each level=2 n=4 d=4 depth=6 most=44832
size rope=each level=2 n=8 d=4 b=6 f=3 depth=6 most=1888256
size rope=each level=2 n=1024 d=64 b=8 f=4 depth=6 most=255141827706880
size rope=each weights=random depth=6 most=2848
size rope=each weights=random n=4 d=4 depth=6 most=35616
size rope=each weights=random n=8 d=4 b=6 f=3 depth=6 most=856064
size rope=each weights=random n=1024 d=64 b=8 f=4 depth=6 most=66025827729408
size rope=each weights=random level=2 depth=5 most=3488
size rope=each weights=random level=2 n=4 d=4 depth=5 most=44832
size rope=each weights=random level=2 n=8 d=4 b=6 f=3 depth=5 most=1888256
size rope=each weights=random level=2 n=1024 d=64 b=8 f=4 depth=5 most=255141827706880
# the same, only weights and results rounded: depth 4 at any size
size rope=each rounding=layer weights=input level=1 n=2 d=2 b=2 f=1 depth=6 most=4640
size rope=each rounding=layer weights=input level=2 n=2 d=2 b=2 f=1 depth=4 most=33564
size rope=each rounding=layer weights=random level=2 n=2 d=2 b=2 f=1 depth=4 most=668
size rope=each rounding=layer weights=input level=1 n=2 d=2 b=3 f=1 depth=6 most=16256
size rope=each rounding=layer weights=input level=2 n=2 d=2 b=3 f=1 depth=4 most=379008
size rope=each rounding=layer weights=random level=2 n=2 d=2 b=3 f=1 depth=4 most=2656
size rope=each rounding=layer weights=input level=1 n=4 d=4 b=3 f=1 depth=6 most=394656
size rope=each rounding=layer weights=input level=2 n=4 d=4 b=3 f=1 depth=4 most=48090464
size rope=each rounding=layer weights=random level=2 n=4 d=4 b=3 f=1 depth=4 most=138592
size rope=each rounding=layer weights=input level=1 n=1024 d=64 b=8 f=4 depth=7 most=2757920384745472
size rope=each rounding=layer weights=input level=2 n=1024 d=64 b=8 f=4 depth=4 most=18897509079622078627840
size rope=each rounding=layer weights=random level=2 n=1024 d=64 b=8 f=4 depth=4 most=179862646500556800
END
    for level in 1 2; do
        for rounding in block op; do
            for rope in none each complex; do
                echo "tc0 order=2 rope=$rope rounding=$rounding level=$level d=4 heads=2"
                echo "causal order=2 rope=$rope rounding=$rounding level=$level"
            done
            for rope in none each complex flat query2; do
                large=1000
                [ $rope != flat ] || large=100 # its table of angles has n^2 rows
                echo "tc0 rope=$rope rounding=$rounding level=$level large=$large"
                echo "tc0 rope=$rope rounding=$rounding level=$level large=$large" \
                    "b=6 f=3 mask=causal d=4"
                echo "causal rope=$rope rounding=$rounding level=$level"
                echo "causal order=4 rope=$rope rounding=$rounding level=$level b=3 f=1"
            done
            echo "tc0 rope=each rounding=$rounding level=$level blocks=2 weights=random"
            echo "tc0 order=4 rope=complex rounding=$rounding level=$level weights=random"
            echo "tc0 order=4 rounding=$rounding level=$level mask=causal heads=2"
            for rope in none each flat; do
                echo "tc0 format=ieee rope=$rope rounding=$rounding level=$level large=50"
                echo "causal format=ieee rope=$rope rounding=$rounding level=$level"
            done
        done
        for rope in none each complex flat query2; do
            large=1000
            [ $rope != flat ] || large=100
            echo "tc0 rope=$rope rounding=layer level=$level large=$large mask=causal d=4"
            echo "causal rope=$rope rounding=layer level=$level"
        done
        echo "tc0 order=2 rope=each rounding=layer level=$level d=4 heads=2"
        echo "tc0 order=3 rope=complex rounding=layer level=$level d=4 weights=random"
        echo "tc0 order=4 rounding=layer level=$level b=2 f=1"
        echo "tc0 rope=each rounding=layer level=$level blocks=2 b=2 f=1"
    done
}

# some -- with TC_FAST a third of the rows; rows come in pairs, so both levels take turns
some() {
    awk -v step="$([ -z "${TC_FAST-}" ] && echo 1 || echo 3)" 'NR % step == 0'
}

# the long ones of `extra` first, so that all cores are busy to the end
{
    extra
    floats | some
    product | some
    layers | some
    promises | some
} | jobs

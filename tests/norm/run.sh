#!/bin/sh
# run.sh TC0C -- norms: the engines against each other over a grid of small specs
#
# A row is a list of words KEY=VALUE; it becomes a specification.
#
#   verify   `tc0c verify` on random vectors, or with vectors=all on every input
#   tc0      depth and banks are the same for every n, and the depth for every width
#   size     what the documentation says of it
#
# TC_FAST=1: fewer vectors.  TC_FULL=1: every combination of sizes and epsilons.
# `run.sh TC0C ROW` shows the specification of a row.
# shellcheck disable=SC2154,SC2086  # keys of rows are variables
set -u

# spec -- the specification of the row in $row; keys not there have defaults
spec() {
    kind=layer rounding=op epsilon=0 affine=false weights=input seed=1 size=2 n=2 d=2 level=1
    format=fixed b=4 f=2 p=3 q=3 before='' after='' vectors=2000
    for word in $row; do
        eval "${word%%=*}=\${word#*=}"
    done
    case $format in
    fixed) precision="format=\"fixed\" bits=\"$b\" fraction=\"$f\"" ;;
    float) precision="format=\"float\" significand=\"$p\"" ;;
    ieee | ftz) precision="format=\"$format\" significand=\"$p\" exponent-bits=\"$q\"" ;;
    *) precision="format=\"$format\"" ;;
    esac
    source="source=\"$weights\""
    case $weights in
    random) source="$source seed=\"$seed\" scale=\"$size\"" ;;
    file) source="$source href=\"$name.json\"" ;;
    esac
    attributes="kind=\"$kind\""
    [ $kind = sphere ] || attributes="$attributes epsilon=\"$epsilon\" affine=\"$affine\""
    cat <<END
<transformer xmlns="urn:tc0c:spec:1" name="$name">
  <parameter name="n" value="$n"/>
  <parameter name="d" value="$d"/>
  <precision $precision rounding="$rounding"/>
  <input length="n" width="d"/>
  <weights $source/>
END
    [ "$before" != attention ] || echo '  <attention heads="2" scale="1/d"/>'
    [ "$before" != norm ] || echo '  <norm kind="sphere"/>'
    echo "  <norm $attributes/>"
    [ "$after" != norm ] || echo '  <norm kind="rms" epsilon="1/8"/>'
    echo "</transformer>"
}

# weights -- of weights=file: negative, 0, small and saturating ones
weights() {
    awk -v columns="$d" -v tensors="$([ $kind = layer ] && echo 'gain bias' || echo gain)" '
    BEGIN {
        count = split("-0.5 1 0 -100 0.25 100 1.5 -1", value, " ")
        n = split(tensors, name, " ")
        for (t = 1; t <= n; t++) {
            printf "%s\"norm.%s\": [", t == 1 ? "{" : ",\n ", name[t]
            for (c = 0; c < columns; c++)
                printf "%s%s", c ? ", " : "", value[at++ * 3 % count + 1]
            printf "]"
        }
        print "}"
    }'
}

# shape FILE LEVEL SETTING... -- depth, and the banks with their levels
shape() {
    file=$1 opt=$2
    shift 2
    "$tc0c" compile --quiet --no-times -O"$opt" "$@" "$file" |
        sed -n -e 's/.*<total depth="\([0-9]*\)".* banks="\([0-9]*\)".*/\1 \2/p' \
            -e 's/.*<bank name="\([^"]*\)" component="\([^"]*\)" level="\([0-9]*\)".*/\1 \2 \3/p'
}

# one test, in a folder of scratch: words on standard output say what is wrong
try() {
    name=$2 row=$3
    spec >"$name.xml"
    [ "$weights" != file ] || weights >"$name.json"
    case $1 in
    verify)
        [ -z "${TC_FAST-}" ] || [ "$vectors" = all ] || [ "$vectors" -le 128 ] || vectors=128
        if [ "$vectors" = all ]; then option='' what=all; else option="--vectors $vectors" what=; fi
        "$tc0c" verify -O"$level" --no-times $option "$name.xml" >"$name.out" 2>"$name.err" || {
            echo "exit status $?"
            head -n 20 "$name.out" "$name.err"
            cat "$name.xml"
            return 1
        }
        for words in "reference and family agree on $what" "^netlist agrees on" \
            "^depth, gates, wires, .* of family and netlist agree"; do
            grep -q "$words" "$name.out" || {
                echo "verify does not say: $words"
                return 1
            }
        done
        ;;
    size)
        found=$("$tc0c" compile --quiet --no-times -O"$level" "$name.xml" |
            sed -n 's/.*<total depth="\([0-9]*\)" gates="\([0-9]*\)".*/\1 \2/p')
        [ "$found" = "$depth $gates" ] || echo "found depth and gates $found, not $depth $gates"
        ;;
    tc0)
        shape "$name.xml" "$level" >"$name.is"
        [ -s "$name.is" ] || return 1
        for many in 1 3 1000; do
            shape "$name.xml" "$level" --set n=$many >"$name.n"
            cmp -s "$name.is" "$name.n" || {
                echo "depth or banks are others for n = $many than for n = $n"
                diff "$name.is" "$name.n"
            }
        done
        for many in 3 4 7; do
            shape "$name.xml" "$level" --set d=$many | sed 's/ .*//; 1q' >"$name.d"
            sed 's/ .*//; 1q' "$name.is" | cmp -s - "$name.d" || {
                echo "the depth is another for d = $many than for d = $d"
                cat "$name.d"
            }
        done
        ;;
    esac
}

. "$(dirname "$0")/../jobs.sh"

# every kind, source of weights, rounding, format and level; epsilon and sizes take turns
product() {
    awk -v full="${TC_FULL:+1}" '
    function turn(list, k,  part, n) { n = split(list, part, " "); return part[k % n + 1] }
    function rows(row, norm, slow, k,  sizes, size, i, j) {
        sizes = "n=1,d=3 n=2,d=2 n=2,d=1 n=1,d=4 n=1,d=2 n=3,d=4 n=1,d=1"
        for (i = 0; i < (full ? 7 : 1); i++)
            for (j = 0; j < (full && norm !~ /sphere/ ? 4 : 1); j++) {
                size = turn(sizes, full ? i : k)
                if (slow > 1 && !full)
                    size = "n=1,d=2"
                sub(",", " ", size)
                print "verify", row, norm, size, \
                    "epsilon=" turn("0 1/8 0.00001 3", full ? j : k), \
                    slow && !full ? "vectors=50" : ""
            }
    }
    BEGIN {
        split("b=4 f=2,b=6 f=3,format=ieee p=3 q=3,format=float p=3", format, ",")
        split("kind=layer,kind=layer affine=true weights=input,kind=layer affine=true weights=file," \
              "kind=rms,kind=rms affine=true weights=input,kind=rms affine=true weights=file," \
              "kind=sphere", norm, ",")
        for (f = 1; f <= 4; f++)
            for (n = 1; n <= 7; n++)
                for (o = 0; o < 2; o++)
                    for (level = 1; level <= 2; level++)
                        rows(format[f] " level=" level " rounding=" (o ? "op" : "block"), norm[n], \
                             (f > 2 && !o && norm[n] ~ /layer.*input/) + (f == 4 && !o), at++)
    }'
}

rest() {
    sed 's/ *#.*//; /^$/d' <<'END'
# every input
verify vectors=all rounding=op n=1 d=4
verify vectors=all rounding=block n=1 d=4 level=2
verify vectors=all rounding=op kind=rms n=1 d=2 format=ieee level=2
verify vectors=all rounding=block n=1 d=2 format=ieee affine=true weights=file
verify vectors=all rounding=op kind=sphere n=1 d=2 format=float level=2
verify rounding=block kind=sphere n=1 d=2 format=float
verify rounding=op n=1 d=2 format=e4m3 affine=true weights=file level=2 epsilon=0.001 vectors=500
verify vectors=all rounding=op n=1 d=1 affine=true
verify vectors=all rounding=block n=1 d=1 b=5 f=3 affine=true level=2
verify vectors=all rounding=block kind=rms n=1 d=1 b=6 f=0 affine=true epsilon=1/3
verify vectors=all rounding=op kind=rms n=1 d=2 affine=true level=2
# 1, 0, 1, 1, 1 is a half after a layer norm: ties, with gains of both signs
verify vectors=all rounding=block n=1 d=5 b=3 f=1 affine=true weights=file
# few bits, all of them fraction, none
verify rounding=op b=2 f=1 n=2 d=3
verify rounding=block b=2 f=0 n=2 d=3 affine=true level=2
verify rounding=block b=8 f=7 n=1 d=3 epsilon=0.01
verify rounding=op b=8 f=0 n=1 d=3 affine=true weights=random level=2
verify rounding=op kind=sphere b=9 f=4 n=1 d=3
verify rounding=block kind=rms b=9 f=8 n=1 d=2 affine=true weights=random vectors=200
# the difference saturates; epsilon does
verify rounding=op b=3 f=0 n=1 d=6 level=2
verify rounding=op kind=rms epsilon=1000 n=2 d=3
verify rounding=block epsilon=1000 n=2 d=3 affine=true
# other floats: without subnormal numbers, of 8 bits and more
verify rounding=op format=ftz p=3 q=3 n=1 d=3
verify rounding=block format=ftz p=3 q=3 n=1 d=3 level=2
verify rounding=block format=ieee p=2 q=3 n=1 d=3 affine=true epsilon=1/7
verify rounding=op format=e5m2 n=1 d=3 affine=true level=2 vectors=50
verify rounding=block format=e4m3 n=1 d=3 vectors=200
verify rounding=op format=ieee p=5 q=4 n=1 d=2 affine=true level=2 vectors=100
# bits of x less the mean, and pairs of them
verify rounding=block b=10 f=5 n=1 d=4 vectors=200
verify rounding=block b=10 f=5 n=1 d=3 affine=true vectors=50
verify rounding=block format=e5m2 n=1 d=2 affine=true weights=random vectors=100
# after and before others: two heads are two coordinates
verify before=norm rounding=op after=norm b=4 f=2 level=2
verify before=norm rounding=block b=4 f=2 affine=true
verify before=attention rounding=op b=3 f=1 affine=true level=2
verify before=attention rounding=block b=3 f=1 affine=true
verify before=attention rounding=block kind=rms b=3 f=1 after=norm level=2
verify before=attention rounding=op format=ieee p=2 q=2 affine=true vectors=200
# what CONSTRUCTIONS.md says
size rounding=op n=8 d=4 depth=4 gates=1120
size rounding=op n=8 d=4 b=8 f=4 depth=4 gates=14408
size rounding=op n=8 d=4 format=ieee depth=6 gates=5768
size rounding=op n=8 d=4 format=ieee level=2 depth=5 gates=5336
size rounding=op n=8 d=4 affine=true depth=7 gates=2592
size rounding=op n=8 d=4 affine=true level=2 depth=5 gates=3100
size rounding=op n=8 d=4 affine=true weights=random size=1 depth=4 gates=992
size rounding=op n=8 d=4 affine=true format=ieee level=2 depth=6 gates=19792
size rounding=op n=8 d=4 kind=rms depth=4 gates=1120
size rounding=op n=8 d=4 kind=sphere depth=4 gates=1024
size rounding=block n=8 d=4 depth=3 gates=3456
size rounding=block n=8 d=4 b=8 f=4 depth=3 gates=51008
size rounding=block n=8 d=4 format=ieee depth=5 gates=9312
size rounding=block n=8 d=4 format=ieee level=2 depth=4 gates=89024
size rounding=block n=8 d=4 affine=true depth=5 gates=8668
size rounding=block n=8 d=4 affine=true weights=random size=1 depth=3 gates=3328
size rounding=block n=8 d=4 affine=true format=ieee depth=7 gates=70472
size rounding=block n=8 d=4 kind=rms depth=3 gates=1088
size rounding=block n=8 d=4 kind=rms affine=true depth=4 gates=3324
size rounding=block n=8 d=4 kind=sphere depth=3 gates=864
END
    for level in 1 2; do
        for rounding in op block; do
            for kind in layer rms sphere; do
                echo "tc0 kind=$kind rounding=$rounding level=$level"
                [ $kind = sphere ] ||
                    echo "tc0 kind=$kind rounding=$rounding level=$level affine=true epsilon=0.1"
            done
            echo "tc0 rounding=$rounding level=$level affine=true weights=random format=ieee"
        done
    done
}

{
    rest
    product
} | jobs

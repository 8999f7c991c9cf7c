#!/bin/sh
# run.sh TC0C -- the engines against each other over small models of every block but
# attention and norm, which tests/grid, tests/positions and tests/norm have
#
# Each body of blocks with each format and rounding; sources of weights, sizes and levels of
# optimization take turns.  TC_BLOCKS=all: all of those too.  TC_FAST=1: fewer vectors and formats.
# Then: depth and banks are the same for every n and width.
set -u
TC0C=$1
case $TC0C in /*) ;; *) TC0C=$PWD/$TC0C ;; esac
[ -x "$TC0C" ] || {
    echo "$TC0C: not a program" >&2
    exit 2
}
export TC0C LC_ALL=C
vectors=2000 formats="fixed:4,2 fixed:6,3 ieee:3,3 float:3"
[ -z "${TC_FAST-}" ] || vectors=192 formats="fixed:4,2 ieee:3,3"

bodies() {
    cat <<'END'
<linear/>
<linear width="3" bias="false"/>
<linear/><activation kind="tanh"/>
<activation kind="gelu"/>
<activation kind="gelu-tanh"/><linear width="2"/><activation kind="sigmoid"/>
<activation kind="silu"/><activation kind="relu"/>
<mlp hidden="2"/>
<mlp hidden="3" activation="silu" gated="true"/>
<mlp hidden="2" activation="gelu" gated="true" bias="false"/>
<residual><linear/></residual>
<residual step="1/3"><mlp hidden="2" activation="gelu-tanh"/></residual>
<residual step="-3/2"><linear/><activation kind="silu"/></residual><linear width="1"/>
<residual step="0.25"><residual><linear/></residual><activation kind="relu"/></residual>
<sinusoidal/>
<sinusoidal base="3"/><residual><linear/></residual>
<learned/><linear/>
<linear/><learned/><activation kind="tanh"/>
<repeat count="2"><residual><linear bias="false"/></residual></repeat>
<repeat count="3" tied="true"><linear/><activation kind="relu"/></repeat>
<repeat count="2" tied="true"><residual><linear/></residual><repeat count="2"><activation kind="tanh"/><linear/></repeat></repeat>
<linear/><attention><sinusoidal/></attention>
<attention><learned/></attention><residual step="1/2"><attention/></residual>
<residual><attention heads="w" head-width="1"/></residual><residual><attention heads="1"/></residual>
TOKENS<embedding width="w"/>
TOKENS<embedding width="w"/><activation kind="relu"/><linear/>
TOKENS<embedding width="w"/><sinusoidal/><unembedding/>
TOKENS<embedding width="w"/><learned/><unembedding tied="true"/>
TOKENS<embedding width="w"/><unembedding tied="true" output="argmax"/>
TOKENS<embedding width="w"/><residual><mlp hidden="2"/></residual><unembedding output="argmax"/>
END
}

# spec BODY FORMAT ROUNDING WEIGHTS SIZE
spec() {
    n=${5%,*} w=${5#*,} body=$1 rows="<input length=\"n\" width=\"w\"/>"
    case $body in
    TOKENS*)
        body=${body#TOKENS}
        rows="<tokens length=\"n\" vocabulary=\"$((2 * w + 1))\"/>"
        ;;
    esac
    case $2 in
    fixed*) bf=${2#fixed:} format="format=\"fixed\" bits=\"${bf%,*}\" fraction=\"${bf#*,}\"" ;;
    ieee*)
        bf=${2#ieee:}
        format="format=\"ieee\" significand=\"${bf%,*}\" exponent-bits=\"${bf#*,}\""
        ;;
    float*) format="format=\"float\" significand=\"3\"" ;;
    esac
    source="source=\"$4\""
    [ "$4" = input ] || source="$source seed=\"7\" scale=\"2\""
    cat <<END
<transformer xmlns="urn:tc0c:spec:1">
  <parameter name="n" value="$n"/>
  <parameter name="w" value="$w"/>
  <precision $format rounding="$3"/>
  $rows
  <weights $source/>
  $body
</transformer>
END
}

# depth NAME OPTION... -- depth and banks
depth() {
    name=$1
    shift
    "$TC0C" compile --quiet --no-times "$@" "$name" |
        sed -n 's/.*<total depth="\([0-9]*\)".* banks="\([0-9]*\)".*/\1 \2/p'
}

# one test; words on standard output say what is wrong
try() { # KIND NAME LEVEL SPEC...
    kind=$1 name=$2 level=$3
    shift 3
    spec "$@" >"$name.xml"
    case $kind in
    verify)
        case $name in
        f.*) vectors=1024 ;; # all of them
        l.*) vectors=128 ;;
        esac
        "$TC0C" verify -O"$level" --no-times --vectors "$vectors" "$name.xml" >"$name.out" 2>&1 &&
            grep -q '^reference and family agree' "$name.out" &&
            grep -q '^netlist agrees' "$name.out" &&
            grep -q '^depth, gates, wires, .* agree' "$name.out" && return
        head -n 20 "$name.out"
        cat "$name.xml"
        ;;
    tc0)
        first=$(depth "$name.xml" -O"$level")
        [ -n "$first" ] || echo "no report"
        for set in n=1 n=1000 w=9; do
            now=$(depth "$name.xml" -O"$level" --set "$set")
            [ "$now" = "$first" ] || echo "depth and banks are $first, with $set $now"
        done
        ;;
    esac
}

case ${2-} in
--try)
    shift 2
    log=$(try "$@" 2>&1)
    if [ -z "$log" ]; then
        echo ok
    else
        printf 'FAILED: %s\n%s\n' "$*" "$log" | sed '2,$s/^/  | /'
    fi
    rm -f "$2.xml" "$2.out"
    exit 0
    ;;
esac

scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 2' INT TERM
case $0 in /*) self=$0 ;; *) self=$PWD/$0 ;; esac

# functions at every number of formats in which they differ
functions() {
    for kind in relu gelu gelu-tanh silu tanh sigmoid; do
        for format in fixed:10,7 ieee:5,4; do
            printf '%s\n' verify "f.$kind.$format" 1 "<activation kind=\"$kind\"/>" $format \
                block input 1,1
        done
    done
}

# formats where the values of two operands are too many for one chain
large() {
    at=0
    for level in 0 1 2 size; do
        for rounding in op block; do
            printf '%s\n' verify "l.$level.$rounding.linear" $level "<linear/>" ieee:6,5 \
                $rounding input 1,1
        done
    done
    for body in '<residual step="1/2"><linear/></residual>' '<mlp hidden="1"/>' \
        '<learned/><linear/>' 'TOKENS<embedding width="w"/><unembedding/>'; do
        printf '%s\n' verify "l.$((at += 1))" 1 "$body" ieee:6,5 op input 1,1
    done
}

# KIND NAME LEVEL BODY FORMAT ROUNDING WEIGHTS SIZE, an argument a line
list() {
    at=0
    bodies | while read -r body; do
        for format in $formats; do
            for rounding in op block; do
                turn=0
                for weights in input random; do
                    for size in 3,4 2,2 1,1; do
                        # products of floats that are inputs are large
                        case $format,$weights,$size in
                        ieee:3,3,input,3,4) size=2,2 ;;
                        float:3,input,*) size=1,1 ;;
                        esac
                        for level in 1 2; do
                            [ -z "${TC_BLOCKS-}" ] && [ $((at % 12)) != $turn ] ||
                                printf '%s\n' verify "t$at.$turn" $level "$body" $format \
                                    $rounding $weights $size
                            turn=$((turn + 1))
                        done
                    done
                done
                at=$((at + 5))
            done
        done
        [ $((at % 2)) = 0 ] && weights=input || weights=random
        printf '%s\n' tc0 "c$at" $((at % 4 / 2 + 1)) "$body" fixed:4,2 block $weights 3,4
        at=$((at + 1))
    done
}

{
    list
    functions
    large
} >"$scratch/list"
cd "$scratch" || exit 2
xargs -d '\n' -n 8 -P "$(nproc 2>/dev/null || echo 2)" sh "$self" "$TC0C" --try \
    <list >log 2>&1
grep -v '^ok$' log
tests=$(($(wc -l <list) / 8)) passed=$(grep -c '^ok$' log)
echo "$passed passed, $((tests - passed)) failed"
[ "$passed" = "$tests" ]

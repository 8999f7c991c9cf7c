#!/bin/sh
# run.sh TC0C -- attention of every kind and mask: engines against each other
#
# A row is kind, mask, rounding, format, order, heads, heads of keys, rope, W_O, weights, n, width,
# scale and -O; `tc0c verify` tries it on random vectors: reference, family and, where it
# fits, netlist, and their counts.  By default each kind with each mask, rounding and -O meets
# one choice of the rest, on 100 vectors (TC_FAST=1: half of the rows, 24).  FULL=1: formats,
# orders and sizes in all combinations, 2000 vectors.  VECTORS and SEED are others.
#
# Then come depth and gates as promised, and the depth and the list of banks are to be the
# same for every n.
# shellcheck disable=SC2154,SC2086  # rows are words
. "$(dirname "$0")/../common.sh"
full=${FULL:-0} fast=${TC_FAST:-0}
vectors=100
[ "$fast" = 0 ] || vectors=24
[ "$full" = 0 ] || vectors=2000
vectors=${VECTORS:-$vectors}

# spec KIND MASK ROUNDING FORMAT ORDER HEADS KV ROPE OUTPUT WEIGHTS N WIDTH SCALE
spec() {
    a=${4#*:}
    case $4 in
    fixed:*) format="fixed\" bits=\"${a%,*}\" fraction=\"${a#*,}" ;;
    ieee:*) format="ieee\" significand=\"${a%,*}\" exponent-bits=\"${a#*,}" ;;
    float:*,*) # P,EMIN,EMAX
        b=${a#*,}
        format="float\" significand=\"${a%%,*}\" emin=\"${b%,*}\" emax=\"${b#*,}"
        ;;
    float:*) format="float\" significand=\"$a" ;;
    esac
    is_kind=$1 more="scale=\"${13}\""
    case $1 in
    stable) is_kind=softmax more="$more stable=\"true\"" ;;
    linear) more= ;;
    esac
    cat <<END
<transformer xmlns="urn:tc0c:spec:1" name="attention">
  <parameter name="n" value="${11}"/>
  <parameter name="d" value="${12}"/>
  <precision format="$format" rounding="$3"/>
  <input length="n" width="d"/>
  <weights source="${10}"$([ "${10}" = input ] || echo ' seed="5" scale="2"')/>
  <attention kind="$is_kind" order="$5" heads="$6" kv-heads="$7" $more output="$9"
             head-width="$([ "$8" = none ] && echo d || echo 2)"
             mask="${2%:*}"$([ "${2#*:}" = "$2" ] || echo " span=\"${2#*:}\"")>
$([ "$8" = none ] || echo "    <rope mode=\"$8\"/>")
  </attention>
</transformer>
END
}

agree() {
    "$tc0c" verify --no-times -O"$1" --vectors "$vectors" "$t/spec.xml" >"$t/said" 2>"$t/warned" &&
        grep -q '^reference and family agree' "$t/said" &&
        grep -q '^depth, gates, wires, .* agree' "$t/said" && return
    cat "$t/said" "$t/warned" "$t/spec.xml"
    return 1
}

# the rest takes turns, in lists whose lengths have no common factor with each other
awk -v full="$full" -v fast="$fast" -v seed="${SEED:-0}" '
function turn(list, k,  part, n) { n = split(list, part, " "); return part[k % n + 1] }
function row(kind, mask, rounding, level, format, order, k,  n, d, heads, rope) {
    if (order > 2 && format == "float:3")
        format = "float:2,-3,2"
    if (order > 3)
        format = turn("fixed:3,1 fixed:2,0", k)
    n = order == 2 ? turn("3 2 3 1 4", k) : turn("2 2 1 3 2 2 2", k)
    d = turn("2 1 1", k)
    heads = turn("1/1 2/2 1/1 2/1 1/1 4/2 1/1", k)
    rope = turn("none each none complex none flat none none query2 none none", k)
    if ((order == 2 && rope ~ /flat|query2/) || (kind == "linear" && rope != "none"))
        rope = "each"
    sub("/", " ", heads)
    if (order > 3 || (order == 3 && n == 3))
        heads = "1 1"
    print kind, mask, rounding, format, order, heads, rope, turn("false false true false false", k), \
        turn("input random", k), n, d, turn("1 1/d -3/4 1/sqrt(2) -1/sqrt(3)", k), level
}
BEGIN {
    kinds = "softmax stable average-hard unique-hard linear unnormalized"
    masks = "none causal strict-causal window:1 window:2"
    formats = "fixed:4,2 ieee:3,3 fixed:6,3 float:3 fixed:4,3 float:2,-3,2 fixed:2,0"
    k = seed
    for (a = 0; a < 6; a++)
        for (m = 0; m < 5; m++)
            for (r = 0; r < 2; r++)
                for (level = 1; level <= 2; level++) {
                    if (full) {
                        for (f = 0; f < 7; f++)
                            for (order = 2; order <= 4; order++)
                                row(turn(kinds, a), turn(masks, m), r ? "op" : "block", level, \
                                    turn(formats, f), order, k++)
                        continue
                    }
                    k++
                    if (fast && (a + m + r + level) % 2)
                        continue
                    row(turn(kinds, a), turn(masks, m), r ? "op" : "block", level, \
                        turn(formats, k), turn("2 3 2 2 3 2 4 2 2 3 2 2 2", k), k)
                }
}' >"$t/rows"
while read -r row; do
    spec $row >"$t/spec.xml"
    check "$row" agree "${row##* }"
done <"$t/rows"

# the orders above
while read -r row; do
    spec $row >"$t/spec.xml"
    check "$row" agree "${row##* }"
done <<'END'
softmax causal block fixed:2,1 5 1 1 each true random 2 2 1/d 1
stable window:2 op fixed:3,1 5 2 1 none false input 1 2 1 2
average-hard none op ieee:2,2 6 1 1 flat false random 2 1 -3/4 1
unique-hard causal block fixed:2,0 7 1 1 none false random 2 1 1 2
linear none op fixed:2,1 8 1 1 none false input 2 1 1 1
unnormalized strict-causal block fixed:2,1 6 1 1 complex false random 2 1 1 1
softmax none op fixed:2,1 8 1 1 complex false random 2 1 1/sqrt(2) 2
softmax none op fixed:2,1 7 1 1 query2 false random 2 1 1/d 1
softmax none layer fixed:2,0 8 1 1 none false random 2 1 1 2
softmax none layer fixed:2,1 5 1 1 flat false random 2 1 1 1
END

# total ATTRIBUTE OPTION... -- a number of the report
total() {
    attribute=$1
    shift
    "$tc0c" compile --quiet --no-times "$@" "$t/spec.xml" |
        sed -n "s/.*<total.* $attribute=\"\([0-9]*\)\".*/\1/p"
}

# sized DEPTH GATES LEVEL
sized() {
    found="$(total depth -O"$3") $(total gates -O"$3")"
    [ "$found" = "$1 $2" ] || {
        echo "found $found"
        return 1
    }
}

# CONSTRUCTIONS.md, "Weights of tuples": n = 8, d = 4, 4 bits, scale 1/d
while read -r kind rounding level depth gates; do
    [ "$fast" = 0 ] || [ "$level" = 2 ] || continue
    for mask in none causal strict-causal window:3; do
        spec $kind $mask $rounding fixed:4,2 2 1 1 none false input 8 4 1/d >"$t/spec.xml"
        check "$kind $rounding -O$level $mask: depth $depth, ${gates%%/*} gates" \
            sized "$depth" "${gates%%/*}" "$level"
        gates=${gates#*/}
    done
done <<'END'
softmax block 1 7 15680/12404/11468/10649
softmax block 2 6 17728/13556/12364/11321
softmax op 2 10 31552/24496/22480/20716
stable block 1 9 16632/12992/11937/11042
stable block 2 7 58776/36656/30333/24806
stable op 1 14 30176/23484/21568/19899
stable op 2 11 37080/27616/24909/22546
average-hard block 1 7 30600/20800/17999/15550
average-hard op 1 10 28008/22072/20375/18892
unique-hard block 1 6 29152/19772/17092/14747
unique-hard op 1 8 26784/20960/19296/17840
linear block 1 7 13504/10956/10228/9591
linear block 2 6 17600/13260/12020/10935
linear op 2 10 30464/23660/21716/20015
unnormalized block 1 7 15680/12404/11468/10649
unnormalized block 2 6 17408/13376/12224/11216
unnormalized op 2 10 30304/23360/21376/19640
END

# shape N LEVEL -- depth and the names of all banks
shape() {
    "$tc0c" compile --quiet --no-times "-O$2" --set "n=$1" "$t/spec.xml" |
        sed -n -e 's/.*<total \(depth="[0-9]*"\).*/\1/p' -e 's/.*<bank name="\([^"]*\)".*/\1/p'
}

# flat LEVEL N... -- whether it is as at n = 2 at all sizes
flat() {
    level=$1
    shift
    shape 2 "$level" >"$t/want"
    [ -s "$t/want" ] || return 1
    for n; do
        shape "$n" "$level" | cmp -s - "$t/want" || return 1
    done
}

for kind in stable average-hard unique-hard linear unnormalized; do
    for rounding in block op; do
        for mask in none strict-causal window:3; do
            sizes=500
            [ $mask = strict-causal ] || sizes="1 $sizes" # no key at n = 1
            [ $kind = unique-hard ] || sizes="$sizes 65536"
            for level in 1 2; do
                spec $kind $mask $rounding fixed:4,2 2 1 1 none false input 2 2 1 >"$t/spec.xml"
                check "$kind $rounding $mask -O$level: the same at every n" flat $level $sizes
            done
        done
    done
done
# with one rounding a block the depth is that of order 2 at every order; hard kinds at -O1 take
# another layer where tuples are many
for kind in softmax stable average-hard unique-hard linear unnormalized; do
    for level in 1 2; do
        case $kind-$level in *hard-1) continue ;; esac
        spec $kind causal block fixed:4,2 2 1 1 none false input 2 2 1 >"$t/spec.xml"
        depth=$(total depth -O$level)
        for order in 3 4 6; do
            sed -i "s/order=\"[0-9]\"/order=\"$order\"/" "$t/spec.xml"
            check "$kind -O$level: order $order is no deeper than order 2, $depth" \
                [ "$(total depth -O$level)" -le "$depth" ]
        done
    done
done

finish

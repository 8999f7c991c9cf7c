#!/bin/sh
# run.sh TC0C -- attention by kernel ridge regression: engines against each other
#
# Each row of the table is a specification: format, rounding, n, width, -O, and the attention's
# attributes.  `tc0c verify` tries it on VECTORS random vectors (2000 for a full run; 200 by
# default, 40 with TC_FAST=1).  Then the depth and the list of banks are to be the same for
# every n, and `tc0c run` is to say how the series contracts.
. "$(dirname "$0")/../common.sh"
vectors=200
[ "${TC_FAST:-0}" = 0 ] || vectors=40
vectors=${VECTORS:-$vectors}

# spec FORMAT ROUNDING N WIDTH WEIGHTS ATTRIBUTES
spec() {
    a=${1#*:}
    case $1 in
    fixed:*) format="fixed\" bits=\"${a%,*}\" fraction=\"${a#*,}" ;;
    ieee:*) format="ieee\" significand=\"${a%,*}\" exponent-bits=\"${a#*,}" ;;
    float:*) format="float\" significand=\"$a" ;;
    esac
    cat <<END
<transformer xmlns="urn:tc0c:spec:1" name="cme">
  <parameter name="n" value="$3"/>
  <precision format="$format" rounding="$2"/>
  <input length="n" width="$4"/>
  <weights source="$5"/>
  <attention kind="cme" $6/>
</transformer>
END
}

while read -r format rounding n width level weights attributes; do
    row="$format $rounding n=$n d=$width -O$level $weights $attributes"
    spec "$format" "$rounding" "$n" "$width" "$weights" "$attributes" >"$t/spec.xml"
    check "$row" "$tc0c" verify --vectors "$vectors" "-O$level" "$t/spec.xml"
done <<'END'
fixed:4,2 block 2 2 1 input kernel="linear" lambda="1" terms="1"
fixed:4,2 block 2 2 1 input kernel="linear" lambda="1" terms="3"
fixed:4,2 block 2 2 2 input lambda="1/2" terms="2" gamma="2"
fixed:4,2 block 2 2 1 random kernel="rbf" lambda="1/2" terms="3" gamma="2"
fixed:4,2 block 3 1 1 input kernel="rbf" lambda="1/4" terms="2" damping="1/2"
fixed:4,3 block 1 1 1 input lambda="1/4" terms="6" gamma="2"
fixed:4,2 block 2 2 1 random heads="2" lambda="1/3" terms="2"
fixed:4,2 op 2 2 1 input kernel="linear" lambda="1" terms="3"
fixed:4,2 op 3 2 2 input lambda="1/2" terms="3" gamma="2"
fixed:4,2 op 2 2 1 input kernel="rbf" lambda="1/2" terms="4" gamma="1/3"
fixed:6,3 op 2 2 1 random kernel="rbf" lambda="1/2" terms="2" heads="2"
fixed:4,2 op 1 1 1 input kernel="rbf" lambda="1/2" terms="1"
fixed:4,2 block 1 1 1 input kernel="linear" lambda="1/2" features="1"
fixed:4,2 block 2 1 1 input lambda="1" features="2" gamma="1/3"
fixed:4,1 block 3 2 1 random kernel="linear" lambda="1/2" features="2"
fixed:4,2 block 2 1 1 random lambda="3" features="3" gamma="2"
fixed:4,2 op 2 1 1 input lambda="1/2" features="1" gamma="3"
fixed:4,2 op 2 2 2 input kernel="linear" lambda="1/3" features="2"
fixed:4,2 op 2 2 1 input lambda="1" features="3" gamma="1/3"
fixed:4,2 op 2 1 1 input lambda="1" features="3" gamma="2"
fixed:4,3 op 2 3 1 random kernel="linear" lambda="1" features="3"
ieee:3,3 block 1 1 1 input kernel="linear" lambda="1" terms="2"
ieee:3,3 block 2 1 1 random lambda="1/2" features="1"
ieee:3,3 op 2 1 1 random kernel="rbf" lambda="1/2" terms="2"
ieee:3,3 op 2 2 1 random lambda="1/2" features="3"
float:2 block 1 1 1 input kernel="linear" lambda="1/2" features="1"
float:2 op 2 1 1 random lambda="1/2" terms="2"
END

# shape N LEVEL -- depth and the names of all banks
shape() {
    "$tc0c" compile --quiet "-O$2" --set "n=$1" "$t/spec.xml" |
        sed -n -e 's/.*<total \(depth="[0-9]*"\).*/\1/p' -e 's/.*<bank name="\([^"]*\)".*/\1/p'
}

# flat LEVEL -- whether it is the same at all sizes
flat() {
    shape 2 "$1" >"$t/want"
    [ -s "$t/want" ] || return 1
    for n in 1 3 1000 1048576; do
        shape $n "$1" | cmp -s - "$t/want" || return 1
    done
}

for rounding in op block; do
    for how in 'terms="3" damping="1/4"' 'terms="3" damping="1/4" kernel="rbf"' \
        'features="3"'; do
        spec fixed:4,2 $rounding 2 2 input "lambda=\"1\" $how" >"$t/spec.xml"
        for level in 1 2; do
            check "$rounding $how -O$level: the same at every n" flat $level
        done
    done
done

# says PATTERN ATTRIBUTES -- what `tc0c run` says of the data
says() {
    spec fixed:8,4 op 2 1 random "$2" >"$t/spec.xml"
    echo '{"X": [[1], [-1]]}' >"$t/x.json"
    "$tc0c" run --values "$t/x.json" "$t/spec.xml" 2>&1 >/dev/null | grep -q "$1"
}
# of one key all kernels are 1 or less: 1 - omega (lambda + 2) at most
check "a series that converges" says 'leaves at most rho = 0\.[0-9]* .* leave rho^3' \
    'kernel="rbf" lambda="1" terms="3"'
check "one that does not" says 'does not converge' 'kernel="rbf" lambda="3" terms="3" damping="1"'

finish

#!/bin/sh
# run.sh TC0C -- what `tc0c bounds` prints against instantiated circuits
#
# For every example at n = 1, 2, 3, 5 and 8: the printed formula, evaluated here with what
# is printed beside it, is the number of gates in the netlist, counted line by line; where
# the netlist is large (above $MOST gates) the report's.  Depth is the same in every row of an
# example, as at the lengths that bounds itself tries.  All output is valid by bounds.xsd.
# TC_FAST=1: n = 1 and 3 alone, small netlists.
. "$(dirname "$0")/../common.sh"
cd "$root" || exit 2
export LC_ALL=C
lengths="1 2 3 5 8" MOST=40000
[ -z "${TC_FAST-}" ] || lengths="1 3" MOST=20000

valid() { # FILE WORDS
    xmllint --noout --nonet --schema compiler/bounds.xsd "$1" 2>"$t/words"
    verdict $? "$2 is valid: $(head -n 1 "$t/words")"
}

# value FILE -- the model's formula, each name in it replaced by the number printed for it.
# A term is NUMBER * NAME^K * ... with / before what divides; names may hold dots.
value() {
    sed -n -e 's/^ *<\(parameter\|symbol\) name="\([^"]*\)" value="\([^"]*\)".*/\2 \3/p' \
        -e '/^  <model>/,$ { s/^ *<gates [^>]*>\(.*\)<\/gates>/= \1/p; }' "$1" |
        awk '
        $1 != "=" { number[$1] = $2; next }
        { formula = substr($0, 3) }
        function atom(a,   k, base, power) {
            k = index(a, "^")
            base = k ? substr(a, 1, k - 1) : a
            power = k ? substr(a, k + 1) : 1
            if (base !~ /^[0-9]+$/) {
                if (!(base in number)) { print "no value of " base; exit 1 }
                base = number[base]
            }
            return base ^ power
        }
        END {
            gsub(/ - /, " + -", formula)
            terms = split(formula, term, / \+ /)
            for (i = 1; i <= terms; i++) {
                sign = 1
                if (sub(/^-/, "", term[i])) sign = -1
                product = sign
                factors = split(term[i], factor, /\*/)
                for (f = 1; f <= factors; f++) {
                    parts = split(factor[f], part, "/")
                    product *= atom(part[1])
                    for (p = 2; p <= parts; p++) product /= atom(part[p])
                }
                sum += product
            }
            printf "%.0f\n", sum
        }'
}

# model FILE NAME -- an attribute of the model's circuit
model() {
    sed -n "/^  <model>/,\$ { s/^ *<circuit .* *$2=\"\([0-9]*\)\".*/\1/p; }" "$1"
}

# ------------------------------------------------------------- closed forms and depth

for spec in examples/*.xml; do
    netlists=0 depths=
    for n in $lengths; do
        at="$spec at n = $n"
        if ! "$tc0c" bounds --set n=$n --format xml -o "$t/b.xml" "$spec" 2>"$t/words"; then
            verdict 1 "$at: $(head -n 1 "$t/words")"
            continue
        fi
        valid "$t/b.xml" "$at"
        formula=$(value "$t/b.xml")
        "$tc0c" compile --no-times --quiet --set n=$n "$spec" >"$t/report.xml"
        gates=$(sed -n 's/^ *<total .*gates="\([0-9]*\)".*/\1/p' "$t/report.xml")
        if [ "$gates" -le "$MOST" ]; then
            "$tc0c" compile --quiet --set n=$n --emit netlist "$spec" >"$t/netlist"
            gates=$(grep -c '^[0-9]* = ' "$t/netlist")
            netlists=$((netlists + 1))
        fi
        [ "$formula" = "$gates" ]
        verdict $? "$at: the formula gives '$formula', counted '$gates'"
        [ "$(model "$t/b.xml" depth)" = "$(sed -n 's/^ *<total depth="\([0-9]*\)".*/\1/p' "$t/report.xml")" ]
        verdict $? "$at: depth is the report's"
        [ $n = 1 ] || depths="$depths $(model "$t/b.xml" depth) $(
            sed -n 's/^ *<length .* depth="\([0-9]*\)".*/\1/p' "$t/b.xml")"
    done
    [ $netlists -gt 0 ]
    verdict $? "$spec: some length has a netlist of $MOST gates or fewer"
    [ "$(echo $depths | tr ' ' '\n' | sort -u | wc -l)" = 1 ]
    verdict $? "$spec: depth is the same at every length from 2 on: $depths"
done

# ---------------------------------------------------------- specifications of all kinds

# spec PRECISION BLOCKS
spec() {
    echo "<transformer xmlns=\"urn:tc0c:spec:1\"><parameter name=\"n\" value=\"4\"/>
<precision $1/><input length=\"n\" width=\"2\"/><weights source=\"input\"/>$2</transformer>"
}

# class NAME OPTIONS... < SPEC -- its class, by either form
class() {
    name=$1
    shift
    cat >"$t/s.xml"
    "$tc0c" bounds "$@" "$t/s.xml" >"$t/text" 2>"$t/words" &&
        "$tc0c" bounds "$@" --format xml "$t/s.xml" >"$t/b.xml" 2>"$t/words" &&
        grep -qxF "Class: $name" "$t/text" && grep -qF "<class name=\"$name\"" "$t/b.xml"
    verdict $? "class $name: $(sed -n 's/^Class: //p' "$t/text"), $(cat "$t/words"), $(head -c 300 "$t/s.xml")"
    valid "$t/b.xml" "class $name, $*"
}

# refused WORDS -- why there is no circuit, in both forms
refused() {
    grep -q "the circuit      none: .*$1" "$t/text" && grep -q "<refused>.*$1" "$t/b.xml"
    verdict $? "refused: $1"
}

fixed='format="fixed" bits="4" fraction="2"'
spec "$fixed" '<attention/>' | class TC0
spec "$fixed" '<attention order="3*n"/>' | class "no class claimed"
refused 'attention of order 12; circuits are built up to order 8'
spec "$fixed" '<attention kind="cme"/>' | class "no class claimed"
refused 'n x n matrix'
spec "$fixed" '<repeat count="ceil(log2(n))"><attention/></repeat>' | class "TC1, an upper bound"
grep -q "No such family\|then no such family" "$t/text"
[ $? = 1 ]
verdict $? "TC1: no consequences"
spec "$fixed" '<repeat count="n^8"><linear/></repeat>' | class "no class claimed"
refused '65536 repetitions'
spec "$fixed" '<mlp/>' | class AC0
grep -q "unconditionally" "$t/text"
verdict $? "AC0: unconditional consequences"
spec 'format="binary32"' '<linear/>' | class AC0
spec 'format="float" significand="12" emin="-500" emax="50"' '<norm kind="layer" affine="true"/>' | class AC0
spec "$fixed" '<attention/>' | class TC0 --regime arithmetic
spec "$fixed" '<attention/>' | class TC0 --max-weight poly
spec "$fixed" '<attention/>' | class TC0 -O 2
spec 'format="e4m3"' '<norm/>' | class AC0
spec 'format="float" significand="2"' '<attention order="3" scale="1/3"/>' | class TC0
spec 'format="fixed" bits="2+ceil(log2(n))" fraction="1"' '<norm/>' | class TC0

# the same by standard input, but at no other length
"$tc0c" bounds - <"$t/s.xml" >"$t/stdin" 2>"$t/words" &&
    "$tc0c" bounds "$t/s.xml" | grep -v '^  at n = \|^  The numbers in\|leading' >"$t/plain"
grep -v leading "$t/stdin" | cmp -s - "$t/plain"
verdict $? "a specification on standard input"

"$tc0c" bounds --format csv "$t/s.xml" 2>"$t/words"
[ $? = 2 ]
verdict $? "an unknown format is wrong usage"
echo '<transformer/>' >"$t/bad.xml"
"$tc0c" bounds "$t/bad.xml" 2>"$t/words"
[ $? = 3 ]
verdict $? "what is no specification is bad input"

finish

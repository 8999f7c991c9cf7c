#!/bin/sh
# run.sh TC0C -- what `tc0c explain` writes
#
# Of examples, in three formats: numbers are the report's, statements are those of
# `tc0c bounds`, the gate that is worked out is the one that `tc0c gate` prints, the
# same words are in each format, HTML is valid, text is narrow.  All other examples are
# explained at n = 2.  TC_FAST=1: few examples.
. "$(dirname "$0")/../common.sh"
cd "$root" || exit 2
export LC_ALL=C.UTF-8

# words < TEXT -- all of them in a row, without blanks and lines under headings
words() {
    tr -s ' \t\n' '\n' | grep -v '^[-=]*$' | tr -d '\n'
}

# horner -- indices by their ranges, from the table, and the number they stand for
horner() {
    awk '/^  index +below +value$/ { on = 1; next }
        on && NF == 3 { x = x * $2 + $3; next }
        on { exit }
        END { print x + 0 }' "$t/text"
}

# explain SPEC OPTIONS... -- and what is to be held against it
explain() {
    spec=$1
    shift
    for f in text markdown html; do
        "$tc0c" explain --format $f "$@" "$spec" >"$t/$f" 2>"$t/words"
        verdict $? "$spec $*: explain --format $f: $(cat "$t/words")"
    done
    ! grep -E '^[^ ].{76}|^    .{73}' "$t/text" >&2
    verdict $? "$spec: text of 76 columns"
    sed -e '/<style>/,/<\/style>/d; /<title>/d; s/<[^>]*>/ /g' -e 's/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' "$t/html" |
        words >"$t/a"
    sed 's/^- //' "$t/text" | words >"$t/b"
    cmp -s "$t/a" "$t/b"
    verdict $? "$spec: the same words as text and as HTML"
    xmllint --html --noout "$t/html" 2>"$t/words" && [ ! -s "$t/words" ]
    verdict $? "$spec: HTML: $(head -n 3 "$t/words")"
    [ $(($(grep -c '^```$' "$t/markdown") % 2)) = 0 ]
    verdict $? "$spec: fences of code in Markdown"
    # statements, one way and the other
    "$tc0c" bounds "$@" "$spec" >"$t/bounds" 2>"$t/words"
    sed -n 's/^ *stated: //p' "$t/bounds" | sort -u >"$t/stated"
    sed -n 's/^Stated: \(.*\)\.$/\1/p' "$t/markdown" | tr -d '\\' | sort -u >"$t/printed"
    cmp -s "$t/stated" "$t/printed"
    verdict $? "$spec: the statements of bounds, and no others"
    grep '^Class: ' "$t/bounds" | sed 's/$/; /' >"$t/class"
    tr '\n' ' ' <"$t/text" | grep -qF "$(cat "$t/class")"
    verdict $? "$spec: the class"
    grep -o 'If NC1[^.]*\.\|No such family[^.]*\.' "$t/bounds" | sort >"$t/stated"
    tr -d '\\' <"$t/markdown" | grep -o '^If NC1[^.]*\.\|^No such family[^.]*\.' | sort >"$t/printed"
    cmp -s "$t/stated" "$t/printed"
    verdict $? "$spec: the consequences of bounds"
}

# numbers SPEC OPTIONS... -- of the circuit, after explain
numbers() {
    spec=$1
    shift
    "$tc0c" compile -q --no-times "$@" "$spec" >"$t/report.xml"
    depth=$(xmllint --xpath 'string(//*[local-name()="total"]/@depth)' "$t/report.xml")
    gates=$(xmllint --xpath 'string(//*[local-name()="total"]/@gates)' "$t/report.xml")
    tr '\n' ' ' <"$t/text" | tr -s ' ' >"$t/flat"
    grep -q "the depth of the circuit is $depth\. " "$t/flat" && grep -q " = $gates gates, which is O(" "$t/flat"
    verdict $? "$spec: depth $depth and $gates gates, as in the report"
    # the sum of the banks that are shown is the whole where nothing is left out
    if ! grep -q 'further banks' "$t/flat"; then
        sum=$(tr -d '\\' <"$t/markdown" | sed -n 's/^`.*level [0-9]*: .*`\(.* = \)*\([0-9]*\)` gates.*/\2/p' |
            awk '{ x += $1 } END { printf "%d", x }')
        [ "$sum" = "$gates" ]
        verdict $? "$spec: banks of $sum gates, $gates in all"
    fi
    # the gate
    command=$(tr -d '\\' <"$t/markdown" | sed -n 's/^tc0c \(gate .* [0-9]*\)$/\1/p')
    # options hold no blanks
    # shellcheck disable=SC2086
    "$tc0c" $command >"$t/gate" 2>"$t/words"
    verdict $? "$spec: $command: $(cat "$t/words")"
    place=$(sed -n 's/^place *\(.*\]\)   .*/\1/p' "$t/gate")
    bound=$(sed -n 's/^threshold *//p' "$t/gate")
    wire=$(sed -n 's/^wire *//p' "$t/gate")
    level=$(sed -n 's/^level *//p' "$t/gate")
    fan=$(sed -n 's/^inputs .* of //p' "$t/gate")
    grep -qF "is the gate $place, wire $wire of" "$t/flat" &&
        grep -q "on level $level\. It is 1 if and only if the weighted sum over its $fan wires is at least $bound\. " "$t/flat"
    verdict $? "$spec: the gate $place, wire $wire, level $level, $fan wires, threshold $bound"
    sed -n 's/^    \([-+][0-9]* \* wire [0-9]*, .*\)/\1/p' "$t/text" >"$t/printed"
    sed -n 's/^  \([-+][0-9]*\) \* \([0-9]*\)  \(.*\)/\1 * wire \2, \3/p' "$t/gate" | head -n 4 >"$t/stated"
    cmp -s "$t/printed" "$t/stated"
    verdict $? "$spec: the wires that the gate reads"
    tuple=$(sed -n "s/^tc0c gate .* --language '\(.*\)'\$/\1/p" "$t/markdown")
    [ -z "$tuple" ] || [ "$("$tc0c" gate --language "$tuple" "$@" "$spec")" = yes ]
    verdict $? "$spec: $tuple is in the language"
    offset=$(sed -n 's/.*So it is gate \([0-9]*\) of that bank.*/\1/p' "$t/flat")
    grep -q 'among the points that the bank' "$t/flat" || [ "$(horner)" = "$offset" ]
    verdict $? "$spec: indices of number $offset"
}

specs="examples/3-rope-tensor.xml examples/blocks/attention-unique-hard.xml"
[ -n "${TC_FAST-}" ] || specs="$specs examples/1-tiny.xml examples/5-match3.xml examples/blocks/repeat.xml
    examples/blocks/tokens-argmax.xml examples/blocks/norm-layer-affine.xml"
for s in $specs; do
    explain "$s"
    numbers "$s"
done
for s in examples/*.xml examples/blocks/*.xml; do
    case $specs${TC_FAST:+ $s } in *"$s"*) continue ;; esac
    "$tc0c" explain --set n=2 "$s" >"$t/text" 2>"$t/words" && grep -q '^What follows$' "$t/text" &&
        ! grep -q 'No gate is worked out' "$t/text"
    verdict $? "$s: explain: $(cat "$t/words")"
done
explain examples/2-rope.xml --set n=2 -O 2 --max-weight 128
numbers examples/2-rope.xml --set n=2 -O 2 --max-weight 128

# of what there is no circuit, and of another class
spec() {
    echo '<transformer xmlns="urn:tc0c:spec:1"><parameter name="n" value="8"/>
        <parameter name="d" value="4"/><precision format="fixed" bits="4" fraction="2"/>
        <input length="n" width="d"/><weights source="input"/>'"$1"'</transformer>' >"$t/s.xml"
}
# says WORDS
says() {
    tr '\n' ' ' <"$t/text" | grep -q "$1"
    verdict $? "says: $1"
}
spec '<attention kind="cme"/>'
explain "$t/s.xml"
says 'There is none: .*n x n matrix'
says 'Consequences: none'
spec '<attention order="2*n"/>'
explain "$t/s.xml"
says 'Class: no class claimed'
! grep -q 'Why the size is polynomial\|Why the depth does not' "$t/text"
verdict $? "no polynomial is claimed of a growing order"
spec '<repeat count="ceil(log2(n))"><attention/></repeat>'
explain "$t/s.xml"
says 'Why the depth grows'
! grep -q 'no further level' "$t/text"
verdict $? "depth is not said to be constant where layers grow"
spec '<mlp/>'
explain "$t/s.xml"
says 'unconditionally'

"$tc0c" explain --format pdf "$t/s.xml" 2>"$t/words"
[ $? = 2 ]
verdict $? "an unknown format is wrong usage"
echo '<transformer/>' >"$t/bad.xml"
"$tc0c" explain "$t/bad.xml" 2>"$t/words"
[ $? = 3 ]
verdict $? "what is no specification is bad input"

# ------------------------------------------------------------------------------ netlists

# a gate, and what it is
cat >"$t/gates" <<'END'
3 = +1*0 >= 1|the wire itself
4 = -1*0 >= 0|NOT
5 = +1*0 +1*1 >= 2|AND of 2 wires
6 = +1*0 +1*1 +1*2 >= 1|OR of 3 wires
7 = -1*0 -1*1 -1*2 >= -2|NAND: not all of 3 wires are 1
8 = -1*0 -1*1 -1*2 >= 0|NOR: none of 3 wires is 1
9 = +1*0 +1*1 +2*2 >= 2|a weighted sum of 3 wires against its threshold
10 = >= 0|always 1
11 = >= 1|always 0
12 = +1*0 +1*1 >= 0|always 1
13 = -1*0 -1*1 >= 1|always 0
14 = +1*0 +1*1 +1*2 +1*3 +1*4 >= 2|whether at least 2 of 5 wires are 1
15 = -1*0 -1*1 >= -2|always 1
16 = +1*0 >= 2|always 0
17 = -1*0 -1*1 -1*2 >= -1|minority: whether at most 1 of 3 wires are 1
18 = -1*0 -1*1 -1*2 -1*3 -1*4 >= -3|whether at most 3 of 5 wires are 1
19 = +1*0 +1*0 >= 1|a weighted sum of 2 wires against its threshold
20 = +1*0 +1*1 +1*2 >= 2|majority: whether at least 2 of 3 wires are 1
21 = +1*0 +1*1 +1*2 +1*3 >= 3|majority: whether at least 3 of 4 wires are 1
22 = +1*0 +1*1 +1*2 +1*3 >= 2|whether at least 2 of 4 wires are 1
23 = +99999999999999999999*0 >= 99999999999999999999|a weighted sum of 1 wire against its threshold
24 = -1*0 >= -99999999999999999999|a weighted sum of 1 wire against its threshold
END
{ printf 'tc 1\ninputs 3\n' && cut -d '|' -f 1 "$t/gates" && echo 'outputs 3 24'; } >"$t/gates.tc"
for format in text markdown html; do
    "$tc0c" explain --format $format "$t/gates.tc" | sed 's/&gt;/>/g' >"$t/gates.$format" 2>"$t/words"
    verdict $? "a netlist as $format: $(cat "$t/words")"
    while IFS='|' read -r gate kind; do
        grep -q "Wire ${gate%% *}, level [12]: $kind\." "$t/gates.$format" && grep -q -F -e "$gate" "$t/gates.$format"
        verdict $? "$format: $gate is $kind"
    done <"$t/gates"
    grep -q '22 gates in all, with 51 wires' "$t/gates.$format"
    verdict $? "$format: how many there are: $(grep 'in all' "$t/gates.$format")"
done
grep -q 'output is the depth: 1' "$t/gates.text" && grep -q '^ *2  *4$' "$t/gates.text"
verdict $? "gates that no output depends on have levels above the depth"
"$tc0c" explain --passes O1 "$t/gates.tc" >"$t/out" 2>"$t/words"
[ $? = 2 ] && grep -q 'as it is' "$t/words"
verdict $? "a netlist is not changed"
printf 'tc 1\ninputs 0\noutputs\n' >"$t/none.tc"
"$tc0c" explain "$t/none.tc" >"$t/out" 2>"$t/words" && grep -q '^0 inputs.* 0 gates; 0 outputs' "$t/out"
verdict $? "a netlist without gates: $(cat "$t/words")"
{ echo 'tc 1' && echo 'inputs 1' && seq 1 70 | sed 's/.*/& = +1*0 >= 1/' && echo 'outputs 70'; } >"$t/long.tc"
"$tc0c" explain "$t/long.tc" >"$t/out" && grep -q '^And 6 gates more' "$t/out" && [ "$(grep -c '^Wire' "$t/out")" = 64 ]
verdict $? "a long one is cut"

finish

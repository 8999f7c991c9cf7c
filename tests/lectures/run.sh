#!/bin/sh
# run.sh TC0C -- examples/lectures/ and `tc0c prim --explain`
#
# The folder holds what its make.sh writes, and no more than is linked; links lead somewhere; depths in
# words are the table's; the formulas of the page, evaluated here, give the counts.  Explanations of
# operations have the numbers of --stats and the same words in each format.
# TC_FAST=1: few sizes and operations.
. "$(dirname "$0")/../common.sh"
cd "$root" || exit 2
export LC_ALL=C.UTF-8
folder=examples/lectures page=examples/lectures/README.md

# ------------------------------------------------------------------------- what is written

sh $folder/make.sh "$tc0c" "$t/made" 2>"$t/words"
verdict $? "make.sh: $(head -n 3 "$t/words")"
for file in "$t"/made/*.md; do
    name=${file##*/}
    cmp -s "$file" "$folder/$name"
    verdict $? "$folder/$name is up to date (make lectures): $(diff "$folder/$name" "$file" | head -n 4)"
done
for file in $folder/*; do
    name=${file##*/}
    case $name in README.md | make.sh) continue ;; esac
    grep -q "[(/]$name\>" $page
    verdict $? "$page names $name"
done
links=$(sed -n 's/](/\n](/gp' $folder/*.md | sed -n 's/^](\([^)]*\)).*/\1/p' | sort -u)
for link in $links; do
    [ -e "$folder/$link" ]
    verdict $? "a link of $folder: $link"
done
[ "$(echo "$links" | wc -l)" -ge 14 ]
verdict $? "links are found: $links"

# depth of each lecture in words, and in the table
for lecture in 1 2 3 4 5 6 7 8 9; do
    row=$(sed -n "s/^| $lecture | .* | \([0-9]*\) | [0-9]* |\$/\1/p" $page)
    words=$(awk -v head="## $lecture. " 'index($0, head) == 1 { on = 1 }
        on && sub(/^\*\*Depth and gates\.\*\* Depth /, "") { print $1 + 0; exit }' $page)
    [ -n "$row" ] && [ "$row" = "$words" ]
    verdict $? "lecture $lecture: depth $words in words, $row in the table"
    [ "$(awk -v head="## $lecture. " '/^## / { on = index($0, head) == 1 }
        on && /^\*\*(What it computes|The circuit|Depth and gates|What one learns|Exercise)\.\*\*|^<details><summary>Answer/' \
        $page | wc -l)" = 6 ]
    verdict $? "lecture $lecture has all its parts"
done

# ------------------------------------------------------------------------------ formulas

popcount() {
    x=$1 ones=0
    while [ "$x" -gt 0 ]; do
        ones=$((ones + x % 2)) x=$((x / 2))
    done
    echo $ones
}

# forms DEPTH GATES OPERATION OPTIONS... -- of forms, as expected
forms() {
    want="form-depth $1 form-gates $2"
    shift 2
    got=$("$tc0c" prim "$@" --stats | sed 's/.*\(form-depth .*\)/\1/')
    [ "$got" = "$want" ]
    verdict $? "$*: found $got, wanted $want"
}

# formula TEXT -- the page has it
formula() {
    tr '\n' ' ' <$page | grep -qF "$1"
    verdict $? "$page says: $1"
}

sizes="1 2 3 7 16 100 255" bits="1 2 5 8 24"
[ -z "${TC_FAST-}" ] || sizes="1 7" bits="1 5"
formula 'Depth 1 and N − popcount(N) gates'
formula 'Depth 1 and N·B − popcount(N(2^B − 1)) gates'
for n in $sizes; do
    depth=$((n > 1))
    forms $depth $((n - $(popcount "$n"))) sum --exact --terms "$n" --format unsigned:1
    forms $depth $((n * 5 - $(popcount $((n * 31))))) sum --exact --terms "$n" --format unsigned:5
done
formula 'Depth 2 and 2B² − B gates'
formula 'Depth 1, one gate, with a largest weight of 2^(B−1)'
for b in $bits; do
    [ "$b" = 1 ] || forms 2 $((2 * b * b - b)) mul --exact --format "unsigned:$b"
    [ "$("$tc0c" prim lt --format "unsigned:$b" --stats | cut -d' ' -f 1-4,9-10)" = \
        "depth 1 gates 1 max-weight $((1 << (b - 1)))" ]
    verdict $? "lt of $b bits"
done
formula 'Gates: T_quotient·n + 3·T_round·n + 7n² + 14n, with T_quotient = T_round = 3'
formula 'at any n, 12 more with each layer'
# rows FORMULA SPEC VARIED -- of a sweep, by awk
rows() {
    "$tc0c" sweep -q "$2" --vary "$3" | awk -F, "NR > 1 { n++; if (!($1)) bad = 1 } END { exit bad || n < 3 }"
    verdict $? "$2, $3: $1"
}
# at n = 1 not all values of sums occur
rows '$2 == 7 && $3 == 12 * $1 + 7 * $1 ^ 2 + 14 * $1' examples/1-tiny.xml n=2,5,100
depth=$(sed -n 's/^| 9 | .* | \([0-9]*\) | [0-9]* |$/\1/p' $page)
rows "\$2 == $depth + 12 * (\$1 - 2)" examples/10-language-model.xml layers=1,2,4
rows "\$2 == $depth" examples/10-language-model.xml n=2,4,16
rows '$2 == 7' examples/3-rope-tensor.xml n=2,8,64
"$tc0c" sweep -q examples/blocks/attention-order-4.xml --vary n=512,1024 >"$t/sweep"
awk -F, 'NR == 3 { exit !($3 / last > 15.5 && $3 / last < 16.5) } { last = $3 }' "$t/sweep"
verdict $? "order 4: 16 times the gates at twice the length"

# ------------------------------------------------------------------------ prim --explain

# letters < TEXT -- of words, without blanks, marks and lines under headings
letters() {
    tr -s ' \t\n' '\n' | grep -v '^[-=]*$' | tr -d '\n|`\\#'
}

# explained OPERATION OPTIONS...
explained() {
    for format in text markdown html; do
        "$tc0c" prim "$@" --explain $format >"$t/$format" 2>"$t/words"
        verdict $? "$*: --explain $format: $(head -n 1 "$t/words")"
    done
    xmllint --html --noout --nowarning "$t/html" 2>"$t/words"
    verdict $? "$*: HTML: $(head -n 1 "$t/words")"
    sed -e '1,/<body>/d' -e 's/<[^>]*>/ /g' -e 's/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' "$t/html" >"$t/plain"
    for format in text plain; do
        letters <"$t/$format" | tr -d ' -' >"$t/$format.letters"
    done
    cmp -s "$t/text.letters" "$t/plain.letters"
    verdict $? "$*: text and HTML have the same words"
    grep -v '^```$' "$t/markdown" | letters | tr -d ' -' | cmp -s - "$t/text.letters"
    verdict $? "$*: text and Markdown have the same words"
    awk 'length > 76 { exit 1 }' "$t/text"
    verdict $? "$*: text is narrow"
    "$tc0c" prim "$@" --stats >"$t/stats"
    # shellcheck disable=SC2046
    set -- "$*" $(cat "$t/stats")
    tr '\n' ' ' <"$t/text" | tr -s ' ' >"$t/flat"
    grep -q "the level of the last is the depth: $3\." "$t/flat" &&
        grep -q "Th\(ese are\|is is\) \(.* = \)\{0,1\}$5 gates\{0,1\} in all, with $7 wires\{0,1\}\. A gate reads at most $9 of them, with weights of at most ${11}\." \
            "$t/flat"
    verdict $? "$1: numbers are those of $(cat "$t/stats")"
    [ "$3" = "${13}" ] || grep -q "such the results have depth ${13} and ${15} gates\." "$t/flat"
    verdict $? "$1: depth and gates of forms"
    sum=$(sed -n 's/^| [0-9]* | .* | \([0-9]*\) |$/\1/p' "$t/markdown" |
        awk -v depth="$3" 'NR <= depth { x += $1 } END { printf "%d", x }')
    [ "$sum" = "$5" ]
    verdict $? "$1: levels of $sum gates, $5 in all"
}

explained sum --exact --terms 7 --format unsigned:1
explained lt --format unsigned:8
explained exp --format fixed:6,2
if [ -z "${TC_FAST-}" ]; then
    explained sum --exact --terms 1 --format unsigned:1
    explained mul --exact --format unsigned:4 -O 2
    explained lt --format unsigned:16 --max-weight 8
    explained maxarg --terms 4 --format ieee:3,3
    explained softmax --terms 2 --format ieee:3,3
    for op in add sub div le eq sqrt rsqrt recip exp2 log sin cos tanh sigmoid gelu gelu-tanh silu relu floor neg abs; do
        "$tc0c" prim $op --format ieee:3,3 --explain text >"$t/text" 2>"$t/words" &&
            sed -n '/^What it computes/,/^The input/p' "$t/text" | grep -q '^    [12a-z-]' &&
            ! grep -q 'No gate is worked out' "$t/text"
        verdict $? "$op: $(cat "$t/words")"
    done
fi
# the command that a page shows is the circuit's
shown=$("$tc0c" prim mul --exact --format unsigned:4 -O 2 --max-weight 64 --explain markdown | sed -n 's/^tc0c \(prim .*\)/\1/p')
[ "$shown" = "prim mul --exact --format unsigned:4 -O 2 --max-weight 64" ]
verdict $? "the command on the page: $shown"
# wrong OPTIONS...
wrong() {
    "$tc0c" prim add --format unsigned:4 "$@" >"$t/text" 2>"$t/words" </dev/null
    [ $? = 2 ] && ! [ -s "$t/text" ]
    verdict $? "wrong usage: $*: $(cat "$t/words")"
}
wrong --explain pdf
wrong --explain text --engine reference
wrong --explain

finish

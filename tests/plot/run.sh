#!/bin/sh
# run.sh TC0C -- pictures of sweeps: every count of the table is in them, where it belongs
. "$(dirname "$0")/../common.sh"
cd "$here" || exit 2
# STATUS PATTERN COMMAND...: exit status, and what it says
sweep() { "$tc0c" sweep --quiet "$@" ../cli/plain.xml; }

# the markers' labels, without the colon, in the order of the file
labels() { sed -n 's/.*<title>\(.*\)<\/title><\/path>$/\1/p' "$1"; }
# "X Y" of the markers of a panel: labels such as `..., depth 7`
places() {
    sed -n "s/^<path d=\"M\([0-9.]*\) \([0-9.]*\)m[^>]*><title>.*, $2 [0-9]*<.*/\1 \2/p" "$1"
}

# --------------------------------------------------------------- two parameters

all_counts() { # of the table, and no others
    sweep --vary d=1,2 --vary n=2,8,32 >"$t/s.csv" &&
        sweep --vary d=1,2 --vary n=2,8,32 --format svg >"$t/s.svg" &&
        xmllint --noout "$t/s.svg" || return 1
    awk -F, 'NR > 1 { print "d = " $1 ": n = " $2 ", depth " $3
                      print "d = " $1 ": n = " $2 ", gates " $4
                      print "d = " $1 ": n = " $2 ", wires " $5 }' "$t/s.csv" | sort >"$t/wanted"
    labels "$t/s.svg" | sort | diff "$t/wanted" - && [ "$(wc -l <"$t/wanted")" = 18 ]
}
check "every count is a marker" all_counts

logarithmic() { # 2, 8, 32: equal steps; d = 1 and d = 2 at the same places
    places "$t/s.svg" depth | awk '{ x[NR] = $1 }
        function same(a, b) { return a - b < 0.2 && b - a < 0.2 }
        END { exit !(NR == 6 && x[2] > x[1] + 50 && same(x[2] - x[1], x[3] - x[2]) &&
                     same(x[1], x[4]) && same(x[3], x[6])) }'
}
check "x is logarithmic" logarithmic

# against the counts' logarithms: the same factor between all pairs, upwards
heights() {
    awk -F, 'NR > 1 { print log($4) }' "$t/s.csv" >"$t/logs"
    places "$t/s.svg" gates | paste -d ' ' "$t/logs" - | awk '
        { l[NR] = $1; y[NR] = $3 }
        END { slope = (y[6] - y[1]) / (l[6] - l[1])
              for (k = 1; k <= NR; k++) {
                  off = y[k] - y[1] - slope * (l[k] - l[1])
                  if (off > 0.2 || off < -0.2) exit 1
              }
              exit !(NR == 6 && slope < -1) }'
}
check "y is logarithmic" heights

check "one line a series and panel" test "$(grep -c '^<path d="M[^"]*L[^"]*"' "$t/s.svg")" = 6
check "dashes tell series apart" test "$(grep -c '^<path d="M[^"]*L[^"]*" .*dasharray' "$t/s.svg")" = 3
check "legend" grep -q '>d = 2</text>' "$t/s.svg"
check "title" grep -q '>plain</text>' "$t/s.svg"
check "what stays the same" grep -q '>b = 4, fixed:4,2, rounding block, -O 1</text>' "$t/s.svg"
again() { sweep --vary d=1,2 --vary n=2,8,32 --format svg -o "$t/again.svg" && cmp "$t/s.svg" "$t/again.svg"; }
check "the same bytes each time" again

# ------------------------------------------------------------- words, one value

words() { # stems from the foot, one a word and panel, in the order given
    sweep --vary position=none,alibi --format svg >"$t/w.svg" && xmllint --noout "$t/w.svg" &&
        [ "$(grep -c '^<path d="M[^"]*V[^"]*"' "$t/w.svg")" = 3 ] &&
        [ "$(places "$t/w.svg" depth | awk '{ x[NR] = $1 } END { print NR, (x[2] > x[1]) }')" = '2 1' ] &&
        grep -q 'rotate.*>alibi<' "$t/w.svg"
}
check "words along the axis" words
mixed() { # positions by numbers: these go along the axis
    sweep --vary n=2,3 --vary position=none,alibi --format svg >"$t/m.svg" &&
        grep -q '>position = alibi</text>' "$t/m.svg" && grep -q '>n</text>' "$t/m.svg"
}
check "numbers go along the axis" mixed
single() { # in the middle: 66 + 270 / 2
    sweep --vary n=4 --format svg >"$t/1.svg" && xmllint --noout "$t/1.svg" &&
        [ "$(places "$t/1.svg" depth | cut -d ' ' -f 1)" = 201.0 ]
}
check "one value" single

# --------------------------------------------------------------- other tables

with() { # TABLE, as printf has it
    printf "$1" >"$t/other.csv" && sweep --vary n=2,4 --format svg --with "$t/other.csv" -o "$t/o.svg"
}
# 0 at the foot; a number of 40 digits; no column of wires: two panels
others() {
    big=1000000000000000000000000000000000000001
    with "n,depth,gates\r\n2,0,0\n4,3,$big\n1024,1,7\n" && xmllint --noout "$t/o.svg" || return 1
    labels "$t/o.svg"
    labels "$t/o.svg" | grep -q "^other: n = 4, gates $big\$" && ! grep -q '<g id="wires">' "$t/o.svg" &&
        labels "$t/o.svg" | grep -q '^plain: n = 4, depth' &&
        [ "$(sed -n 's/.* \([0-9.]*\)m.*<title>other: n = 2, gates 0<.*/\1/p' "$t/o.svg")" = 336.0 ]
}
check "another table beside" others
check "0 on the axis" with 'n,depth,gates,wires\n0,1,2,3\n'
check "0 on the axis is drawn" grep -q 'other: n = 0, depth 1<' "$t/o.svg"
beside() {
    "$tc0c" problem word --group A5 --sweep n=2,64 >"$t/words.csv" &&
        sweep --vary n=2,64 --format svg --with "$t/words.csv" >"$t/b.svg" || return 1
    labels "$t/b.svg"
    labels "$t/b.svg" | grep -q '^word A5: n = 64, depth 7$'
}
check "problems beside attention" beside
contrast() { # all rows of the table of both
    "$tc0c" problem word --group A5 --sweep n=1,2,64 --beside ../cli/plain.xml >"$t/c.csv" &&
        "$tc0c" problem word --group A5 --sweep n=1,2,64 --beside ../cli/plain.xml --format svg \
            >"$t/c.svg" && xmllint --noout "$t/c.svg" || return 1
    awk -F, 'NR > 1 { print $1 ": n = " $2 ", depth " $3; print $1 ": n = " $2 ", gates " $4 }' \
        "$t/c.csv" | sort >"$t/wanted"
    labels "$t/c.svg" | sort | diff "$t/wanted" - && grep -q 'An upper bound' "$t/c.svg" &&
        grep -q 'if TC0 != NC1' "$t/c.svg"
}
check "a problem with a transformer, and what its depth says" contrast
mark_up() {
    printf 'n,depth,gates\n2,1,1\n' >"$t/a<&\"b.csv" &&
        sweep --vary n=2 --format svg --with "$t/a<&\"b.csv" >"$t/x.svg" && xmllint --noout "$t/x.svg"
}
check "names that look like mark-up" mark_up
bytes() {
    name=$(printf 'a\377b') && cp "$t/a<&\"b.csv" "$t/$name.csv" &&
        sweep --vary n=2 --format svg --with "$t/$name.csv" >"$t/x.svg" && xmllint --noout "$t/x.svg"
}
check "names that are not UTF-8" bytes

check "no table" gives 3 'no such\|No such' sweep --vary n=2 --format svg --with "$t/none.csv"
check "empty" gives 3 'found no rows' with ''
check "head alone" gives 3 'found no rows' with 'n,depth,gates\n'
check "quotes" gives 3 'other.csv:2: error: found a quote' with 'n,depth,gates\n"2",1,1\n'
check "ragged" gives 3 'other.csv:3: error: found 2 fields, wanted 3' with 'n,depth,gates\n2,1,1\n4,1\n'
check "no depth" gives 3 'then depth' with 'n,gates\n2,1\n'
check "no gates" gives 3 'no column gates' with 'n,depth\n2,1\n'
check "negative" gives 3 "other.csv:3: error: gates: found '-1'" with 'n,depth,gates\n2,1,1\n4,1,-1\n'
check "no number" gives 3 "depth: found 'x'" with 'n,depth,gates\n2,x,1\n'
check "another axis" gives 3 'found m along the axis, wanted n' with 'm,depth,gates\n2,1,1\n'
check "format" gives 2 "wants csv or svg, found 'png'" sweep --vary n=2 --format png
check "with, but no picture" gives 2 'with is for' sweep --vary n=2 --with "$t/words.csv"
check "problem, but no sweep" gives 2 'are for --sweep' "$tc0c" problem word --group A5 -n 2 --format svg

# ------------------------------------------------------------------ gates against depth

# each row is on the front if and only if no other has at most its depth and its gates
trade() {
    "$tc0c" sweep --quiet --over depth "$@" ../cli/plain.xml >"$t/over.csv" || return 1
    sed 's/"[^"]*"//' "$t/over.csv" | awk -F, 'NR == 1 { next }
        { n++; depth[n] = $2; gates[n] = $3; front[n] = $7 }
        END { for (k = 1; k <= n; k++) {
                  best = 1
                  for (i = 1; i <= n; i++)
                      if (depth[i] <= depth[k] && gates[i] <= gates[k] &&
                          (depth[i] < depth[k] || gates[i] < gates[k] || i < k)) best = 0
                  if (best != front[k]) exit 1
                  fronts += front[k]
              }
              exit !(n >= 4 && fronts >= 2) }'
}
check "the front" trade
point() { # OPTIONS: its row says what compiling with them says
    grep "^\"$*\"," "$t/over.csv" | cut -d'"' -f3 | cut -d, -f2,3,4 >"$t/point"
    # shellcheck disable=SC2086
    "$tc0c" compile --quiet $* ../cli/plain.xml |
        sed -n 's/.*<total depth="\([0-9]*\)" gates="\([0-9]*\)" wires="\([0-9]*\)".*/\1,\2,\3/p' |
        cmp - "$t/point"
}
check "a level" point -O2
check "a prefix of passes" point -O0 --passes fold,absorb
check "passes of the user's" sh -c "'$tc0c' sweep -q --over depth --passes absorb ../cli/plain.xml | grep -q 'O0 --passes absorb'"
drawn() {
    "$tc0c" sweep --quiet --over depth --format svg ../cli/plain.xml >"$t/over.svg" &&
        xmllint --noout "$t/over.svg" && grep -q '>fewest gates</text>' "$t/over.svg" || return 1
    rows=$(($(wc -l <"$t/over.csv") - 1)) fronts=$(grep -c ',1$' "$t/over.csv")
    [ "$(labels "$t/over.svg" | wc -l)" = $((2 * (rows + fronts))) ]
}
trade && check "its picture" drawn
check "nothing to vary beside" gives 2 'do not go together' \
    "$tc0c" sweep --over depth --vary n=2 ../cli/plain.xml
check "over something else" gives 2 'wants depth' "$tc0c" sweep --over gates ../cli/plain.xml

finish

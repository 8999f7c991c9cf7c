#!/bin/sh
# demo.sh TC0C OUT -- compiles and runs Match3 and RoPE tensor attention, says
# what came of it, and leaves reports, families and pictures in the folder OUT
set -eu
tc0c=$1 out=$2
here=$(dirname "$0")
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
trap 'exit 2' INT TERM
mkdir -p "$out"

# number ATTRIBUTE REPORT -- of the total, with commas
number() {
    sed -n "s/.*<total.* $1=\"\([0-9]*\)\".*/\1/p" "$2" |
        sed -e :a -e 's/^\([0-9]*[0-9]\)\([0-9]\{3\}\)/\1,\2/' -e ta
}

# compile EXAMPLE -- all outputs to a folder, and their sizes in words
compile() {
    "$tc0c" compile --quiet --emit report,family,dot,svg -o "$out/$1" "$here/$1.xml"
    r=$out/$1/report.xml
    echo "  depth $(number depth "$r"), $(number gates "$r") gates," \
        "$(number wires "$r") wires, written as $(number banks "$r") formulas"
}

# run EXAMPLE -- the result in $t/y, by two engines
run() {
    for engine in family reference; do
        "$tc0c" run --quiet --decimal --engine $engine --values "$here/$1.values.json" \
            -o "$t/$engine" "$here/$1.xml"
    done
    mv "$t/family" "$t/y"
    cmp "$t/y" "$t/reference"
    echo "  The reference evaluator, from the definitions in exact arithmetic: the same."
}

# rows < JSON -- numbers of the innermost arrays, an array a line
rows() {
    sed -n 's/^ *\[\([^][]*\)\],\{0,1\}$/\1/p' | tr -d ' ' | tr ',' ' '
}

# match SEQUENCE -- the circuit's answer, as 0s and 1s
match() {
    echo "$1" | awk '{
        for (i = 1; i <= NF; i++) {
            row = "["
            for (r = 0; r < 12; r++)
                row = row (r ? ", " : "") ($i == r)
            rows = rows (i > 1 ? ", " : "") row "]"
        }
        print "{\"X\": [" rows "]}"
    }' >"$t/x"
    "$tc0c" run --quiet --decimal --values "$t/x" "$here/5-match3.xml" >"$t/match"
    rows <"$t/match" | awk '{ printf "%s%s", (NR > 1 ? " " : ""), $1 } END { print "" }'
}

# truth SEQUENCE -- the same by trying all j and k
truth() {
    echo "$1" | awk '{
        for (i = 1; i <= NF; i++) {
            found = 0
            for (j = 1; j <= NF; j++)
                for (k = 1; k <= NF; k++)
                    found = found || ($i + $j + $k) % 12 == 0
            printf "%s%d", (i > 1 ? " " : ""), found
        }
        print ""
    }'
}

cat <<'END'
1. Match3: given x_1 ... x_8 modulo 12, mark each x_i for which x_i + x_j + x_k
   is 0 modulo 12 for some j and k.  One head of third-order attention does it.
   examples/5-match3.xml, compiled to threshold circuits:
END
compile 5-match3
echo
rows <"$here/5-match3.values.json" |
    awk '{ for (c = 1; c <= NF; c++) if ($c == 1) printf "%s%4d", NR == 1 ? "       x =" : "", c - 1 }
        END { print "" }'
run 5-match3 >"$t/words"
rows <"$t/y" | awk '{ printf "%s%4d", NR == 1 ? "   match =" : "", $1 } END { print "" }'
echo
echo "  8 matches since 8 + 8 + 8 = 24, and 4 and 0 likewise; 11, 3 and 7 find no partners."
cat "$t/words"
right=0 asked=0
while read -r x; do
    answer=$(match "$x")
    asked=$((asked + 1))
    [ "$answer" != "$(truth "$x")" ] || right=$((right + 1))
    printf "       %-19s ->  %s\n" "$x" "$answer"
done <<'END'
1 2 3 4 5 6 7 8
0 1 1 1 7 7 9 3
1 1 1 1 1 1 1 4
10 5 2 2 11 6 6 1
END
echo "  Trying all j and k says the same for $right of these $asked."
[ $right = $asked ]

cat <<'END'

2. RoPE tensor attention: each query looks at every pair of keys, turned by their
   positions; weights are inputs too.  examples/3-rope-tensor.xml:
END
compile 3-rope-tensor
echo
run 3-rope-tensor >"$t/words"
rows <"$t/y" | awk '{ printf "%s", NR == 1 ? "       Y =" : "          "
        for (c = 1; c <= NF; c++) printf "%7s", $c
        print "" }'
cat <<'END'

  Row i is a mean of the rows of X, weighted by exp of the scores of query i.
END
cat "$t/words"

cat <<'END'

3. More positions make the circuit wider, never deeper: that is TC0.

          n   depth   gates of 2.
END
"$tc0c" sweep --quiet --vary n=4,16,256,65536 -o "$t/sweep" "$here/3-rope-tensor.xml"
while IFS=, read -r n depth gates rest; do
    case $n in n) continue ;; esac
    gates=$(echo "$gates" | sed -e :a -e 's/^\([0-9]*[0-9]\)\([0-9]\{3\}\)/\1,\2/' -e ta)
    printf '  %9s %7s   %s\n' "$n" "$depth" "$gates"
done <"$t/sweep"
cat <<END

Left for you in $out/3-rope-tensor and $out/5-match3:
  circuit.svg  a picture: open it in a browser     circuit.dot  the same, for Graphviz
  report.xml   depth and size, part by part        family.tcf   the circuit, as formulas
END

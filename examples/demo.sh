#!/bin/sh
# demo.sh TC0C FOLDER -- compiles and runs RoPE tensor attention and Match3;
# reports, families, DOT and SVG go to FOLDER
set -eu
tc0c=$1 folder=$2
here=$(dirname "$0")
mkdir -p "$folder"

compile() { # EXAMPLE
    "$tc0c" compile --emit report,family,dot,svg -o "$folder/$1" "$here/$1.xml"
}

# some numbers for every input of a specification, as JSON
numbers() { # EXAMPLE
    "$tc0c" inputs "$here/$1.xml" | awk '
        BEGIN { printf "{" }
        $3 == "input" {
            split($2, size, "x")
            printf "%s\n  \"%s\": [", sep, $1
            for (i = 0; i < size[1]; i++) {
                printf "%s[", i ? ", " : ""
                for (c = 0; c < size[2]; c++)
                    printf "%s%.2f", c ? ", " : "", 1.5 * sin(++k * k)
                printf "]"
            }
            printf "]"
            sep = ","
        }
        END { print "\n}" }'
}

# X of a sequence, a row a number in one-hot form, as JSON
one_hot() { # MODULUS X...
    modulus=$1
    shift
    echo "$@" | awk -v m="$modulus" '{
        printf "{\"X\": ["
        for (i = 1; i <= NF; i++) {
            printf("%s\n  [", i > 1 ? "," : "")
            for (r = 0; r < m; r++)
                printf("%s%d", r ? ", " : "", $i == r)
            printf "]"
        }
        print "\n]}"
    }'
}

# the same question, answered by trying all j and k
brute_force() { # MODULUS X...
    modulus=$1
    shift
    echo "$@" | awk -v m="$modulus" '{
        for (i = 1; i <= NF; i++) {
            found = 0
            for (j = 1; j <= NF; j++)
                for (k = 1; k <= NF; k++)
                    found = found || ($i + $j + $k) % m == 0
            printf("%s%d", i > 1 ? " " : "", found)
        }
        print ""
    }'
}

echo "== RoPE tensor attention: queries attend to pairs of keys, weights are inputs"
compile 3-rope-tensor
numbers 3-rope-tensor >"$folder/3-rope-tensor/values.json"
for engine in family reference; do
    "$tc0c" run --quiet --decimal --engine $engine --values "$folder/3-rope-tensor/values.json" \
        -o "$folder/3-rope-tensor/$engine.json" "$here/3-rope-tensor.xml"
done
cat "$folder/3-rope-tensor/family.json"
cmp "$folder/3-rope-tensor/family.json" "$folder/3-rope-tensor/reference.json"
echo "the same as from the definitions, in GMP and MPFR"

echo
echo "== Match3: mark each i for which some j, k have x_i + x_j + x_k = 0 mod 12"
compile 5-match3
right=0 asked=0
while read -r sequence; do
    # shellcheck disable=SC2086  # numbers
    one_hot 12 $sequence >"$folder/5-match3/values.json"
    answer=$("$tc0c" run --quiet --decimal --values "$folder/5-match3/values.json" \
        "$here/5-match3.xml" | sed -n 's/^ *\[\([0-9.-]*\),.*/\1/p' | tr '\n' ' ')
    # shellcheck disable=SC2086  # numbers
    truth="$(brute_force 12 $sequence) "
    printf '  x = %-25s circuit: %s' "$sequence" "$answer"
    asked=$((asked + 1))
    if [ "$answer" = "$truth" ]; then
        right=$((right + 1))
        echo " right"
    else
        echo " WRONG, all j and k say $truth"
    fi
done <<'END'
11 11 8 8 4 3 7 0
1 2 3 4 5 6 7 8
1 1 1 1 1 1 1 1
4 4 4 4 4 4 4 4
0 1 1 1 7 7 9 3
10 5 2 2 11 6 6 1
END
echo "$right of $asked right"
[ "$right" = "$asked" ]

echo
echo "reports, families, DOT and SVG are in $folder"

#!/bin/sh
# run.sh TC0C -- the page of `compile --emit html`: its counts are the report's; in headless
# Chromium, where there is one, a bank is clicked and its panel read.  TC_FAST=1: no browser.
. "$(dirname "$0")/../common.sh"
cd "$here" || exit 2
# the value of an XPath expression in a page
page() { xmllint --html --xpath "$2" "$t/$1/circuit.html" 2>/dev/null; }
grouped() { sed -e :a -e 's/\([0-9]\)\([0-9]\{3\}\)\($\|,\)/\1,\2\3/;ta'; }
# the attributes NAME of all elements of a report, a line each
attributes() { sed -n "s/^ *<$2 \(.* \)*$3=\"\([^\"]*\)\".*/\2/p" "$t/$1/report.xml"; }

compile() { # FOLDER ARGUMENT...
    folder=$1
    shift
    "$tc0c" compile --quiet --no-times --emit report,svg,html -o "$t/$folder" "$@"
}
check "a page of tensor attention" compile tensor ../cli/tensor.xml
check "a page of layers, with large numbers" compile layers -O2 --set n=4096 \
    ../../examples/10-language-model.xml

for k in tensor layers; do
    for count in gates wires max-fan-in max-weight; do
        word=$(echo $count | tr - ' ')
        same() {
            attributes $k bank $count | grouped >"$t/wanted"
            page $k "//section[@id = 'banks']//dl/dd[preceding-sibling::dt[1] = '$word']" |
                sed -e 's/<\/dd>/\n/g' | sed -n -e 's/<dd>\([0-9,]*\).*/\1/p' | diff "$t/wanted" - &&
                [ "$(wc -l <"$t/wanted")" = "$(attributes $k total banks)" ]
        }
        check "$k: $count of each bank" same
        same() {
            [ "$(page $k "string(//section[@id = 'summary']//tr[th = '$word']/td)")" = \
                "$(attributes $k total $count | grouped)" ]
        }
        check "$k: $count of the circuit" same
    done
    same() { # column by column
        { attributes $k block gates; attributes $k component gates; } | grouped >"$t/wanted"
        page $k "//section[@id = 'budget']//tbody/tr/td[6]" | sed -e 's/<\/td>/\n/g' |
            sed -n 's/<td class="n">\(.*\)/\1/p' | diff "$t/wanted" -
    }
    check "$k: gates of components" same
    same() {
        attributes $k pass name >"$t/wanted"
        page $k "//section[@id = 'passes']//tbody/tr/th" | sed -e 's/<\/th>/\n/g' |
            sed -n 's/<th scope="row">//p' | diff "$t/wanted" - && [ -s "$t/wanted" ]
    }
    check "$k: passes" same
    for count in depth gates; do
        plotted() { # a point for each length, named by what it shows
            attributes $k at $count | grouped | sed "s/^/$count /" >"$t/wanted"
            page $k "//*[@data-of = '$count']//title" | sed -e 's/<\/title>/\n/g' |
                sed -n 's/.*<title>n = [0-9]*: //p' | diff "$t/wanted" - &&
                [ "$(page $k "count(//*[@data-of = '$count']/rect)")" = 1 ] &&
                [ "$(page $k "string(//*[@data-of = '$count']/polyline/@points)" | wc -w)" = \
                    "$(wc -l <"$t/wanted")" ]
        }
        check "$k: $count over n" plotted
    done
    same() { # each edge is a reader and a thing read
        n=$(grep -c 'class="edge"' "$t/$k/circuit.svg")
        [ "$n" -gt 10 ] && [ "$(page $k "count(//p[@class = 'reads']/a)")" = "$n" ] &&
            [ "$(page $k "count(//p[@class = 'readers']/a)")" = "$n" ] &&
            [ "$(page $k "count(//p/a[not(//section/@id = substring(@href, 2))])")" = 0 ]
    }
    check "$k: edges and links" same
    same() {
        ! grep -o '\(src=\|url(\|@import\|<link\|https*://[^"]*\)' "$t/$k/circuit.html" |
            grep -v '^http://www.w3.org/2000/svg$'
    }
    check "$k: loads nothing" same
    same() {
        xsltproc --nonet --novalid --stringparam svg circuit.svg ../../compiler/report.xsl \
            "$t/$k/report.xml" >"$t/$k/xsltproc.html" && cmp "$t/$k/circuit.html" "$t/$k/xsltproc.html"
    }
    check "$k: xsltproc makes the same page" same
done

formula() { # the family's line
    "$tc0c" compile --quiet --emit family ../cli/tensor.xml | tr -s ' \n' '  ' >"$t/family"
    grep -q 'k1.and' "$t/family" &&
        [ "$(page tensor "string(//section[h3 = 'k1.and']/pre)")" = \
            "k1.and[i<n, e<d, c<d, a<4, a'<4]: X[i, e, a] + attention.W_K1[e, c, a'] >= 2" ]
}
check "a bank's formula" formula
one() { # position of a level's bar: the scores are level 3 of 7, one wide
    page tensor "string(//tr[th = 'attention.scores']/td[1]//rect[2]/@x)" | grep -q '^28.57' &&
        page tensor "string(//tr[th = 'attention.scores']/td[1]//rect[2]/@width)" | grep -q '^14.28'
}
check "a bar" one

swept() { # as `sweep` counts them
    "$tc0c" sweep -q ../cli/tensor.xml --vary n=2,4,8,16,32,64,128,256,512,1024 |
        sed 1d | cut -d , -f 1-3 >"$t/wanted"
    sed -n 's/.*<at value="\([0-9]*\)" depth="\([0-9]*\)" gates="\([0-9]*\)".*/\1,\2,\3/p' \
        "$t/tensor/report.xml" | diff "$t/wanted" -
}
check "the lengths of the plots" swept
points() { # 7 of 8 levels up; from 2 to 1024
    page tensor "string(//*[@data-of = 'depth']/polyline/@points)" |
        grep -x '60.0,47.5 97.8,47.5 135.6,47.5 .* 400.0,47.5' &&
        [ "$(page tensor "string(//*[@data-of = 'gates']/rect/title)")" = \
            "n = 2: gates $(attributes tensor total gates | grouped)" ]
}
check "points" points
logarithms() { # of numbers of gates, from their places: 10^bottom at y = 240, 10^top at 20
    page tensor "string(//*[@data-of = 'gates']/polyline/@points)" | tr ' ' '\n' >"$t/points"
    page tensor "//*[@data-of = 'gates']//tspan" | sed 's/<\/tspan>/\n/g; s/<[^>]*>//g' >"$t/powers"
    attributes tensor at gates | paste -d ' ' - "$t/points" | awk -v low="$(head -n 1 "$t/powers")" '
        { split($2, at, ","); y[NR] = at[2]; n[NR] = $1 }
        END { high = int(log(n[NR]) / log(10)) + 1
            for (k = 1; k <= NR; k++) {
                wanted = 20 + 220 * (high - log(n[k]) / log(10)) / (high - low)
                if (y[k] - wanted > 0.2 || wanted - y[k] > 0.2) { print n[k], y[k], wanted; exit 1 }
            } }'
}
check "logarithms" logarithms
growing() { # the larger the length, the larger the steps; of its own no second one
    [ "$(attributes layers at value | tr '\n' ' ')" = "4 16 64 256 1024 4096 16384 65536 262144 1048576 " ] &&
        page layers "string(//section[@id = 'plots']/p)" | grep -q 'The square is n = 4096'
}
check "longer ones" growing
alone() { # nothing is read twice
    "$tc0c" compile --quiet --emit html -o "$t/alone.html" - <../cli/tensor.xml &&
        ! grep -q 'id="plots"' "$t/alone.html"
}
check "from standard input: no plots" alone
! command -v xmllint >/dev/null ||
    check "the report's schema" xmllint --noout --schema ../../compiler/report.xsd "$t/layers/report.xml"

# --------------------------------------------------- circuits without a family

file() {
    "$tc0c" compile --quiet --emit netlist -o "$t/tiny.tc" ../cli/tiny.xml &&
        compile file "$t/tiny.tc" &&
        [ "$(page file "string(//tr[th = 'gates']/td)")" = "$(attributes file total gates | grouped)" ] &&
        [ "$(page file "count(//section[@id = 'banks'])")" = 0 ] &&
        [ "$(page file "count(//*[@class = 'node'])")" -gt 10 ]
}
check "of a netlist" file
large() { # too many gates to draw one by one: the page says so
    "$tc0c" problem word --group A5 -n 64 --quiet --emit html -o "$t/word.html" &&
        grep -q 'There is none: .*too many to draw' "$t/word.html" && grep -q 'upper bound' "$t/word.html"
}
check "of a circuit too large to draw" large
# ------------------------------------------------------------------ a browser

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
if [ -n "${TC_FAST:-}" ]; then
    :
elif [ -z "$browser" ] || ! command -v python3 >/dev/null; then
    echo "no page was opened: chromium or python3 is not there"
else
    clicks() {
        python3 browse.py "$browser" "$t/tensor/circuit.html" >"$t/seen" <<'STEPS'
count .node
text #panel
click [data-plane="p8"]
text #panel
count .chosen
count .node.source
count .node.reader
click #panel .readers a
text #panel h3
key Escape
text #panel
focus [data-plane="p0"] a
key Enter
text #panel h3
count .node.reader
count .plot circle
STEPS
    }
    check "a browser" clicks
    seen() { # LINE WANTED
        sed -n "$1p" "$t/seen"
        [ "$(sed -n "$1p" "$t/seen")" = "$2" ]
    }
    check "nodes" seen 1 "$(grep -c 'class="node"' "$t/tensor/circuit.svg")"
    check "no panel before a click" seen 2 ''
    check "a click shows a bank" seen 3 "k1.and bits of a row times bits of attention.W_K1\
 k1.and[i<n, e<d, c<d, a<4, a'<4]: X[i, e, a] + attention.W_K1[e, c, a'] >= 2\
 component attention.projections level 1 gates 128 = 16*d^2*n wires 256 max fan in 2 max weight 1\
 Reads X, attention.W_K1 Read by k1"
    check "it is marked" seen 4 1
    check "its inputs are marked" seen 5 2
    check "its readers are marked" seen 6 1
    check "a click in the panel" seen 7 k1
    check "Escape closes the panel" seen 8 ''
    check "Enter opens it" seen 9 X
    check "of an input all readers" seen 10 5
    check "points of both plots" seen 11 18
    check "nothing to complain of" seen 12 'errors 0'
fi

finish

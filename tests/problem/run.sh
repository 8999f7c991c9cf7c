#!/bin/sh
# run.sh TC0C -- the command `problem`: what it prints, runs, compares and refuses
. "$(dirname "$0")/../common.sh"
cd "$here" || exit 2
p() { "$tc0c" problem "$@"; }

answers() { # LINES WANTED OPTION...
    lines=$1 wanted=$2
    shift 2
    printf "$lines" | p --run -q "$@" >"$t/answers" || return 1
    cat "$t/answers"
    [ "$(tr '\n' ';' <"$t/answers")" = "$wanted" ]
}

# ------------------------------------------------------------------ words

check "a product by hand" answers '21345 13245\n12345 12345\n21345 21345\n' \
    '31245;12345 identity;12345 identity;' word --group S5 -n 2
check "sum mod 5" answers '4 4 4\n0 0 0\n2 3 0\n' '2;0 identity;0 identity;' word --group C5 -n 3
check "S3 by both ways" answers '213 132 321\n' '132;' word --group S3 -n 3
check "S3 by halves" answers '213 132 321\n' '132;' word --group S3 -n 3 --halves
check "all of S3" gives 0 'all 7776 instances' p word --group S3 -n 5 --vectors all
check "random of A5" gives 0 'agree on 300 random' p word --group A5 -n 23 --vectors 300
check "no lower bound without its assumption" gives 0 'if TC0 != NC1' p word --group A5 -n 9 --vectors 1
check "solvable" gives 0 'constant depth' p word --group S4 -n 9 --vectors 1
check "the largest group" gives 0 'agree' p word --group S7 -n 2 --vectors 10

words='problem,n,depth,gates,bound
word A5,1,1,26,upper
word A5,2,2,151,upper
word A5,65536,17,8191901,upper'
sweeps() { # depth and gates of the transformer are those of the command sweep
    p word --group A5 --sweep n=1,2,65536 --beside ../cli/plain.xml >"$t/sweep" || return 1
    cat "$t/sweep"
    [ "$(head -n 4 "$t/sweep")" = "$words" ] && [ "$(wc -l <"$t/sweep")" = 7 ] &&
        [ "$(tail -n 3 "$t/sweep" | cut -d , -f 2-4)" = "$("$tc0c" sweep -q \
            --vary n=1,2,65536 ../cli/plain.xml | tail -n 3 | cut -d , -f 1-3)" ]
}
check "sweep beside attention" sweeps

# --------------------------------------------------------------- formulas
check "formulas by hand" answers '^|10&11\n& | 1 1 ^ 1 1\n1111111\n^1^1^01\n' '0;0;no formula;1;' \
    formula -n 7
check "all of 7 symbols" gives 0 'all 78125 instances' p formula -n 7 --vectors all
check "random ones" gives 0 'if TC0 != NC1' p formula -n 23 --vectors 500
check "an even number" gives 2 'odd number' p formula -n 8
check "a wrong symbol" gives 3 "found 'x'" sh -c "echo '&1x' | '$tc0c' problem formula -n 3 --run"
check "a formula has no group" gives 2 'is for words' p formula -n 3 --group A5

# --------------------------------------------------------------- closures
check "pieces of up to 2, even sums" answers '1 1 1 1\n0 1 0 1\n0 1 1 0\n0 0 0 0\n1 0 0 0\n' \
    'yes;no;yes;yes;no;' closure --group C2 -n 4 --pieces 2
check "all of S3 with a subgroup" gives 0 'all 7776 instances' \
    p closure --group S3 --subgroup 231 -n 5 --pieces 2 --vectors all
check "random of A5" gives 0 'nothing is claimed' p closure --group A5 -n 20 --pieces 4 --vectors 300
check "the hard case" gives 0 'if TC0 != NC1' p closure --group A5 -n 9 --pieces 120 --vectors 20
check "no pieces" gives 2 'wants --pieces' p closure --group A5 -n 9
check "neither group nor file" gives 2 'wants --group' p closure -n 9 --pieces 2
monoid=../../examples/problem/c2-with-identity.xml
check "a group and a file" gives 2 'not both' p closure $monoid --group A5 -n 9 --pieces 2
check "F with an identity of its own" answers '1 e e\n1 1 e\ng 1 g\n1 1 g\ne g e\n' 'yes;no;yes;no;yes;' \
    closure $monoid --subgroup g -n 3 --pieces 2
check "without it" answers '1 1 1\n1 e 1\n' 'yes;no;' closure $monoid -n 3 --pieces 2
check "all of 6" gives 0 'all 729 instances' p closure $monoid --subgroup g -n 6 --pieces 3 --vectors all
check "nothing is claimed of it" gives 0 'by paths, and no lower.*nothing is claimed' \
    p closure $monoid --subgroup e -n 6 --pieces 3 --vectors 5
check "with the monoid's identity" gives 0 'solvable monoid, with its identity in F' \
    p closure $monoid -n 6 --pieces 3 --vectors 5
check "no group" gives 2 'generate is no group' p closure $monoid --subgroup e,1 -n 6 --pieces 3
check "no monoid" gives 3 'alternating.xml:3:1: error: found no identity' \
    p closure ../../examples/problem/alternating.xml -n 6 --pieces 3
check "a group by name, from a file" gives 0 '^closure A5 |F| = 1 r = 2,4,5,632,upper' \
    p closure ../../examples/problem/a5.xml --pieces 2 --sweep n=4
check "too long by paths" gives 4 'up to 512' p closure $monoid --subgroup e -n 513 --pieces 3
check "no element" gives 2 "of A5, found '21345'" \
    p closure --group A5 --subgroup 12345,21345 -n 9 --pieces 2

# ------------------------------------------------------------- membership
often=../../examples/problem/infinitely-often.xml alternating=../../examples/problem/alternating.xml
a5=../../examples/problem/a5.xml
check "infinitely many a" answers 'ab|ba\nbb|bb\n a a | b b \nbb|ab\n' 'yes;no;no;yes;' \
    membership $often -n 2
check "a cut that is not between u and v" answers 'ab|ab\naa|ab\nba|ba\nab|aa\nab|ba\n' 'yes;no;no;no;no;' \
    membership $alternating -n 2
check "u and v of different lengths" answers 'a|baba\nb|abab\na|bbab\n' 'yes;no;no;' \
    membership $alternating -n 1 -m 4
for size in "1 1" "3 2" "4 5" "2 7" "7 1"; do
    set -- $size
    for file in $often $alternating; do
        check "all of $file, $1 and $2 letters" gives 0 'agree on all' \
            p membership $file -n "$1" -m "$2" --vectors all
    done
done
check "random of A5" gives 0 'if TC0 != NC1' p membership $a5 -n 6 -m 4 --vectors 100
check "solvable ones" gives 0 'solvable' p membership $often -n 6 --vectors 100
check "the circuit as text" gives 0 'upper bound' p membership $often -n 3 -m 2 --emit netlist
reduced() { # GROUP N PROBLEM... -- its answers to reduced instances are those of word to the words
    group=$1 n=$2
    shift 2
    p word --group "$group" -n "$n" --instance 60 --seed 7 | p word --group "$group" -n "$n" --run -q |
        sed 's/.*identity/yes/; t; s/.*/no/' >"$t/words"
    p "$@" --reduced --instance 60 --seed 7 >"$t/reduced" &&
        p "$@" --run -q --values "$t/reduced" >"$t/answers" &&
        [ "$(sort "$t/answers" | uniq | tr '\n' ' ')" = "no yes " ] && cmp "$t/words" "$t/answers"
}
check "words of A5 as membership" reduced A5 5 membership $a5 -n 5 -m 3
check "words of S3 as closures" reduced S3 6 closure --group S3 --pieces 12 -n 42
check "words of A5 as closures" reduced A5 2 closure --group A5 --pieces 120 -n 122
check "reduced ones of A5 by brute force" gives 0 'agree on 20' \
    p closure --group A5 --pieces 120 -n 122 --reduced --vectors 20
check "reduced to shorter pieces" gives 2 'pieces of at least 120' \
    p closure --group A5 --pieces 119 -n 122 --reduced --vectors 20
check "reduced to parts of blocks" gives 2 'multiple of 61' \
    p closure --group A5 --pieces 120 -n 121 --reduced --vectors 20
check "reduced ones by brute force, too" gives 0 'agree on 50' p membership $a5 -n 5 --reduced --vectors 50

printf 'ab|bab\n' >"$t/lines"
check "a letter too many" gives 3 'lines:1:6: error: found more than 4' \
    p membership $often -n 2 --run --values "$t/lines"
printf 'ab|ba\naba|a\n' >"$t/lines"
check "the bar has its place" gives 3 "lines:2:3: error: found 'a', wanted | behind 2" \
    p membership $often -n 2 --run --values "$t/lines"
printf 'a|a\n' >"$t/lines"
check "a bar too early" gives 3 "lines:1:2: error: found '|', wanted a symbol" \
    p membership $often -n 2 --run --values "$t/lines"

semigroup() { # WANTED ATTRIBUTES CHILDREN -- what is wrong in a file, and where
    wanted=$1
    printf '<semigroup xmlns="urn:tc0c:semigroup:1"%s>%s</semigroup>\n' "$2" "$3" >"$t/s.xml"
    gives "${4:-3}" "s.xml:.*$wanted" p membership "$t/s.xml" -n 2 --vectors 1
}
ab='<element name="a" times="a a"/><element name="b" times="a b"/>' pair='<pair s="a" e="a"/>'
check "right" gives 0 agree sh -c "printf '<semigroup xmlns=\"urn:tc0c:semigroup:1\">%s</semigroup>' '$ab$pair' |
    '$tc0c' problem membership - -n 2 --vectors 9"
check "no pair" semigroup '1:1: error: found no pair' '' "$ab"
check "no elements" semigroup "1:1: error: found no element, wanted some" '' "$pair"
check "a short row" semigroup '1:59: error: found 1 products, wanted 2' '' '<element name="a" times="a"/><element name="b" times="a b"/>'
check "a long row" semigroup '1:59: error: found 3 products, wanted 2' '' '<element name="a" times="a a a"/><element name="b" times="a b"/>'
check "no such element" semigroup "1:68: error: found 'c', wanted an element" '' '<element name="a" times="a c"/><element name="b" times="a b"/>'
check "an element twice" semigroup "found element 'a' twice" '' '<element name="a" times="a a"/><element name="a" times="a a"/>'
check "not associative" semigroup '1:59: error: not associative: (a a) a is b, but a (a a) is a' '' \
    '<element name="a" times="b a"/><element name="b" times="b b"/>'
check "no idempotent" semigroup 'not a linked pair: b b is a, wanted b' '' \
    '<element name="a" times="a b"/><element name="b" times="b a"/><pair s="a" e="b"/>'
check "not linked" semigroup 'not a linked pair: b a is a, wanted b' '' "$ab"'<pair s="b" e="a"/>'
check "a pair of what is none" semigroup "found 'x', wanted an element" '' "$ab"'<pair s="x" e="a"/>'
check "a letter twice" semigroup "found letter 'x' twice" '' "$ab"'<letter name="x" to="a"/><letter name="x" to="b"/>'"$pair"
check "letters behind pairs" semigroup "found element 'letter', wanted" '' "$ab$pair"'<letter name="x" to="a"/>'
check "another attribute" semigroup "found attribute 'f' of 'pair', wanted one of s, e" '' "$ab"'<pair s="a" e="a" f="a"/>'
check "a name with a bar" semigroup 'of the form' '' '<element name="a|b" times="a"/>'
check "a group and elements" semigroup 'one or the other' ' group="S3"' "$ab$pair"
check "no such group" semigroup "found 'Q8'" ' group="Q8"' "$pair"
check "a large group" semigroup 'S5 has 120 elements, up to 64' ' group="S5"' "$pair" 4
check "no entities" sh -c "printf '<!DOCTYPE s [<!ENTITY x SYSTEM \"/etc/passwd\">]><s>&x;</s>' | '$tc0c' problem membership - -n 2 \
    2>&1 | grep 'found a document type'"
check "a specification is no semigroup" gives 3 "wanted 'semigroup' in namespace" p membership ../cli/plain.xml -n 2
many() {
    awk 'BEGIN { print "<semigroup xmlns=\"urn:tc0c:semigroup:1\">"
        for (i = 0; i < 65; i++) print "<element name=\"x" i "\" times=\"x0\"/>"
        print "</semigroup>" }' >"$t/many.xml"
    gives 4 'found 65 elements, up to 64' p membership "$t/many.xml" -n 2
}
check "too many elements" many
check "no file" gives 2 'wants a file' p membership -n 2
check "no such file" gives 3 'cannot open' p membership "$t/none.xml" -n 2
check "a group as an option" gives 2 'group is not for membership' p membership $often --group A5 -n 2
check "a period of words" gives 2 'for membership' p word --group A5 -n 2 -m 2
check "too long" gives 4 'up to 2^24 letters' p membership $often -n 2^24
check "reduced what" gives 2 'is for --instance' p membership $a5 -n 2 --reduced
check "no words" gives 3 'wants a group by name' p membership $often -n 2 --reduced --instance 1
check "a sweep" gives 0 '^membership infinitely-often,65536,19,' p membership $often --sweep n=2,65536

# ------------------------------------------------------------- every form
p word --group C3 -n 3 -q -o "$t/all" \
    --emit report,netlist,dot,svg,gates-dot,gates-svg,th,opb,blif,aiger,aag,verilog,cnf,graphml
for file in report.xml netlist.tc circuit.dot circuit.svg gates.dot gates.svg circuit.th \
    circuit.opb circuit.blif circuit.aig circuit.aag circuit.v circuit.cnf circuit.graphml; do
    check "$file says that it is an upper bound" grep -q -a 'upper' "$t/all/$file"
done
check "the netlist is read again" "$tc0c" compile -q --emit report "$t/all/netlist.tc"
! command -v xmllint >/dev/null ||
    check "the report's schema" xmllint --noout --schema ../../compiler/report.xsd "$t/all/report.xml"

# --------------------------------------------------------------- examples
contrast() {
    sh ../../examples/problem/contrast.sh "$tc0c" >"$t/contrast" && [ "$(wc -l <"$t/contrast")" = 55 ] &&
        [ "$(awk -F, '{ print NF }' "$t/contrast" | sort -u)" = 5 ] &&
        [ "$(sed -n 's/^rope-tensor,[0-9]*,\([0-9]*\),.*/\1/p' "$t/contrast" | sort -u)" = 7 ]
}
check "the example: attention's depth is flat" contrast

# -------------------------------------------------------------- instances
again() {
    p word --group A5 -n 7 --instance 40 --seed 3 >"$t/one" &&
        p word --group A5 -n 7 --instance 40 --seed 3 | cmp - "$t/one" &&
        ! p word --group A5 -n 7 --instance 40 --seed 4 | cmp -s - "$t/one" &&
        p word --group A5 -n 7 --run -q --values "$t/one" >"$t/answers" &&
        [ "$(wc -l <"$t/answers")" = 40 ] && grep -q identity "$t/answers" &&
        grep -q '^[1-5]*$' "$t/answers"
}
check "instances are the same again, and of both kinds" again

# ------------------------------------------------------------------ errors
check "no problem" gives 2 'wants one' p
check "unknown problem" gives 2 "wants word, formula, closure or membership, found 'frob'" p frob -n 2
check "no length" gives 2 'wants a length' p word --group A5
check "no group" gives 2 'wants --group' p word -n 2
check "unknown group" gives 2 "found 'Q8'" p word --group Q8 -n 2
check "length 0" gives 2 'from 1' p word --group A5 -n 0
check "no family" gives 2 'made for one length' p word --group A5 -n 2 --emit family
check "one thing" gives 2 'is enough' p word --group A5 -n 2 --run --vectors 2
check "sweep of n alone" gives 2 'wants n=A,B' p word --group A5 --sweep m=2
check "sweep of numbers" gives 2 "found 'x'" p word --group A5 --sweep n=2,x
check "sweep and length" gives 2 'do not go together' p word --group A5 -n 2 --sweep n=2
check "beside without sweep" gives 2 'is for --sweep' p word --group A5 -n 2 --beside x.xml
check "no file" gives 2 'wants no file' p word x.xml --group A5 -n 2
check "too many gates" gives 4 'more than --max-gates 10' p word --group A5 -n 9 --max-gates 10
check "too long" gives 4 'too long' p word --group A5 -n 2^31
check "too many to try" gives 4 'more than 2^26' p word --group A5 -n 5 --vectors all
printf '12345 21435\n12345 21345\n' >"$t/lines"
check "an odd permutation is not in A5, and has its place" gives 3 'lines:2:7: error: found .21345' \
    p word --group A5 -n 2 --run --values "$t/lines"
check "lines before it are answered" gives 3 '^21435$' p word --group A5 -n 2 --run --values "$t/lines"
check "no such file" gives 3 'cannot open' p word --group A5 -n 2 --run --values "$t/none"
check "help" gives 0 'no lower bound' p --help

finish

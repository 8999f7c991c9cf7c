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
check "no element" gives 2 "of A5, found '21345'" \
    p closure --group A5 --subgroup 12345,21345 -n 9 --pieces 2

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
check "unknown problem" gives 2 "wants word, formula or closure, found 'frob'" p frob -n 2
check "membership is refused by name" gives 2 'not built yet' p membership s.xml -n 2
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

#!/bin/sh
# run.sh TC0C -- verify --formal: what is proved, refuted and left open, and the checker of
# proofs by itself.  cadical and clasp are used where they are installed, circuits of the EPFL
# where they are found.
. "$(dirname "$0")/../common.sh"
cd "$here" || exit 2
drat_check=${tc0c%/*}/drat-check
examples=../../examples

fail() {
    failed=$((failed + 1))
    echo "FAILED: $1"
    head -n 12 "$t/out" | cut -c 1-200 | sed 's/^/  | /'
}

# expect STATUS PATTERN COMMAND... -- its exit status, and what it says (- matches anything)
expect() {
    status=$1 pattern=$2
    shift 2
    "$@" >"$t/out" 2>&1
    found=$?
    if [ $found = "$status" ] && { [ "$pattern" = - ] || grep -q -e "$pattern" "$t/out"; }; then
        passed=$((passed + 1))
    else
        fail "$* (exit status $found, wanted $status and '$pattern')"
    fi
}

have() {
    command -v "$1" >/dev/null 2>&1 || { echo "skipped: $1 is not installed" && false; }
}

formal() {
    "$tc0c" verify --formal "$@"
}

tiny=$examples/1-tiny.xml
expect 0 '^4 of 4 outputs are proved equal$' formal $tiny
expect 0 'Y\[0\]\[0\].0 .. Y\[1\]\[0\].1: proved: equal gates' formal $tiny
expect 0 'proved: equal gates' formal --max-weight 1000 $tiny
expect 0 'proved: all 1024 inputs run' formal --against -O2 $tiny
expect 0 'proved: all 1024 inputs run' formal --against '--max-weight 2' $tiny
expect 0 'proved: all 1024 inputs run' formal -O2 --max-weight 2 $tiny
expect 0 'proved: equal gates' formal --set n=2 --against $examples/2-rope.xml $examples/2-rope.xml
expect 2 'have 10 and .* inputs' formal --against $examples/2-rope.xml $tiny
expect 2 'is for verify --formal' "$tc0c" verify --against -O2 $tiny
expect 2 'do not go together' formal --permute $tiny
expect 2 - formal --against '-O7' $tiny
expect 3 - formal --against "$t/none" $tiny
if [ -z "${TC_FAST-}" ]; then
    expect 0 'proved: equal gates' formal $examples/3-rope-tensor.xml
    expect 0 'proved: equal gates' formal $examples/5-match3.xml
fi
if have clasp; then
    expect 0 '^clasp finds no difference' formal --second-opinion --against -O2 $tiny
fi

# codes that mean nothing: left out, or the two lowerings would differ there
expect 0 '^assumed: inputs are numbers' formal --against -O2 float.xml
expect 0 '^8 of 8 outputs\|^10 of 10 outputs' formal --against '--max-weight 4' float.xml

# netlists: with a gate that no output needs, against a file, and with one bound wrong
"$tc0c" compile --quiet --emit netlist -o "$t/tiny.tc" $tiny
expect 0 'proved: equal gates' formal "$t/tiny.tc"
expect 0 'proved: equal gates' formal --against "$t/tiny.tc" $tiny
expect 0 'output 0 .. 3: proved' formal --against "$t/tiny.tc" "$t/tiny.tc"
for gate in 12 30 57 85; do
    awk -v gate=$gate '$1 == gate && $2 == "=" { $NF++ } 1' "$t/tiny.tc" >"$t/wrong.tc"
    formal --against "$t/wrong.tc" -o "$t/in.json" $tiny >"$t/out" 2>&1
    status=$?
    # the definition of a difference: the reference and the wrong circuit on these inputs
    if [ $status = 1 ] && grep -q '^DIFFERENCE$' "$t/out" &&
        "$tc0c" run --quiet --engine reference --values "$t/in.json" $tiny >/dev/null; then
        passed=$((passed + 1))
    elif [ $status = 0 ] && grep -q '^4 of 4' "$t/out"; then
        passed=$((passed + 1)) # a bound that no sum of these inputs reaches
    else
        fail "wrong bound of gate $gate: exit status $status"
    fi
    if have clasp >/dev/null; then
        expect $status "^clasp finds" formal --second-opinion --against "$t/wrong.tc" $tiny
    fi
done
printf 'tc 1\ninputs 2\n2 = +1*0 +1*1 >= 2\noutputs 2\n' >"$t/and.tc"
printf 'tc 1\ninputs 2\n2 = +1*0 +1*1 >= 1\noutputs 2\n' >"$t/or.tc"
expect 1 '^0*1*0*$' formal --against "$t/or.tc" "$t/and.tc"
expect 0 - formal --quiet "$t/and.tc"
[ ! -s "$t/out" ] || fail "quiet, and yet it says something"

# an OR of a hundred, and with one left out: one gate against many, part by part
awk 'BEGIN {
    print "tc 1\ninputs 100" >ARGV[1]
    for (i = 1; i < 100; i++)
        printf "%d = +1*%d +1*%d >= 1\n", 99 + i, i, (i > 1 ? 98 + i : 0) >ARGV[1]
    print "outputs 198" >ARGV[1]
    for (less = 0; less < 2; less++) {
        printf "tc 1\ninputs 100\n100 =" >ARGV[2 + less]
        for (i = less; i < 100; i++)
            printf " +1*%d", i >ARGV[2 + less]
        print " >= 1\noutputs 100" >ARGV[2 + less]
    }
}' "$t/many.tc" "$t/one.tc" "$t/less.tc"
expect 0 'proved: by all states of its parts' formal --timeout 0 --against "$t/one.tc" "$t/many.tc"
expect 0 'proved: by all states of its parts' formal --timeout 0 --against "$t/many.tc" "$t/one.tc"
if have cadical; then
    expect 1 '^10*$' formal --against "$t/less.tc" "$t/many.tc"
fi

# parity from the left and from the right: too many wires for tables, and of 60 for all inputs
parity() { # N LEFT RIGHT
    awk -v n="$1" 'BEGIN {
        for (side = 0; side < 2; side++) {
            f = ARGV[1 + side]
            print "tc 1\ninputs " n >f
            wire = n
            last = side ? n - 1 : 0
            for (i = 1; i < n; i++) {
                x = side ? n - 1 - i : i
                printf "%d = +1*%d +1*%d >= 2\n", wire, last, x >f
                printf "%d = +1*%d +1*%d -2*%d >= 1\n", wire + 1, last, x, wire >f
                last = wire + 1
                wire += 2
            }
            print "outputs " last >f
            close(f)
        }
    }' "$2" "$3"
}
parity 24 "$t/left.tc" "$t/right.tc"
expect 0 'only sampled, the same on' formal --timeout 0 --against "$t/left.tc" "$t/right.tc"
if PATH=/nonexistent "$tc0c" --version >/dev/null; then
    without() {
        PATH=/nonexistent "$tc0c" verify --formal "$@"
    }
    expect 0 'proved: all 16777216 inputs run' without --against "$t/left.tc" "$t/right.tc"
    parity 60 "$t/left60.tc" "$t/right60.tc"
    expect 4 'cadical is not installed' without --against "$t/left60.tc" "$t/right60.tc"
fi
# a solver that lies is not believed
mkdir "$t/bin"
printf '#!/bin/sh\nfor last; do :; done\necho 0 >"$last"\necho s UNSATISFIABLE\nexit 20\n' >"$t/bin/cadical"
chmod +x "$t/bin/cadical"
lied_to() {
    PATH=$t/bin:$PATH "$tc0c" verify --formal "$@"
}
expect 1 'was not accepted by the checker' lied_to --against "$t/left.tc" "$t/right.tc"
if have cadical; then
    mkdir "$t/proofs"
    expect 0 '^1 of 1 outputs are proved' \
        formal --proofs "$t/proofs" --against "$t/left.tc" "$t/right.tc"
    for cnf in "$t"/proofs/*.cnf; do
        expect 0 '^proved: ' "$drat_check" "$cnf" "${cnf%.cnf}.drat"
        expect 1 'rejected: .*without the empty clause' "$drat_check" "$cnf" /dev/null
    done
    expect 3 - formal --proofs "$t/none" --against "$t/left.tc" "$t/right.tc"

    # the checker: a proof of the solver, and what is left of it
    awk -v n=6 -v drop=0 -f pigeons.awk >"$t/p.cnf"
    cadical -q --no-binary "$t/p.cnf" "$t/p.drat" >/dev/null
    expect 0 '^proved: ' "$drat_check" "$t/p.cnf" "$t/p.drat"
    lines=$(wc -l <"$t/p.drat")
    head -n $((lines / 2)) "$t/p.drat" >"$t/half"
    expect 1 'without the empty clause' "$drat_check" "$t/p.cnf" "$t/half"
    head -c $(($(wc -c <"$t/half") - 3)) "$t/half" >"$t/cut"
    expect 3 'ends within' "$drat_check" "$t/p.cnf" "$t/cut"
    grep -v '^d ' "$t/p.drat" | tail -n +$((lines / 5)) >"$t/late"
    expect 1 'does not follow' "$drat_check" "$t/p.cnf" "$t/late"
    { grep -v '^[pc]' "$t/p.cnf" | sed 's/^/d /' && cat "$t/p.drat"; } >"$t/deleted"
    expect 1 'rejected: ' "$drat_check" "$t/p.cnf" "$t/deleted"
    sed '1s/^-\{0,1\}[0-9]*/99/' "$t/p.drat" | sed '1s/$/\nd 99 1 0/' >"$t/other"
    expect 1 'not there\|does not follow' "$drat_check" "$t/p.cnf" "$t/other"
    # satisfiable, each of them: no proof may do
    for drop in 1 4 7 8 50 100 133; do
        awk -v n=6 -v drop=$drop -f pigeons.awk >"$t/less.cnf"
        expect 1 'rejected: ' "$drat_check" "$t/less.cnf" "$t/p.drat"
    done
fi
expect 2 usage "$drat_check"
expect 3 'cannot open' "$drat_check" "$t/none" "$t/none"
printf 'p cnf 1 1\n1 0\nx\n' >"$t/bad.cnf"
expect 3 'error: formula, line 3' "$drat_check" "$t/bad.cnf" /dev/null

# circuits of the EPFL before and after the passes of netlists
epfl=../../../shared/epfl
if [ ! -f $epfl/ctrl.aig ]; then
    echo "skipped: no circuits of the EPFL in $epfl"
elif ! "$tc0c" compile --quiet --emit netlist -o "$t/ctrl.tc" $epfl/ctrl.aig 2>/dev/null; then
    echo "skipped: AIGER is not read"
else
    for name in ctrl int2float i2c; do
        expect 0 'outputs are proved equal' formal $epfl/$name.aig
    done
fi

finish

#!/bin/sh
# run.sh TC0C -- what other tools say of the circuits that tc0c writes for them
#
# Each tool is used where it is installed, and named where it is not:
# berkeley-abc, yosys, iverilog, cadical, minisat, clasp, xmllint.
. "$(dirname "$0")/../common.sh"
cd "$here" || exit 2
vectors=20
[ -z "${TC_FAST-}" ] || vectors=8

have() {
    command -v "$1" >/dev/null 2>&1
}

for tool in berkeley-abc yosys iverilog cadical minisat clasp xmllint; do
    have $tool || echo "skipped: $tool is not installed"
done

says() { # PATTERN COMMAND... -- for tools whose exit status says nothing
    pattern=$1
    shift
    timeout 120 "$@" >"$t/words" 2>&1
    cat "$t/words"
    grep -q -e "$pattern" "$t/words"
}

# Random values for the inputs that `tc0c inputs` lists: a JSON object, then the
# same as bits in the order of the circuit's inputs.
random_values() { # SEED BITS FRACTION
    awk -v seed="$1" -v bits="$2" -v fraction="$3" '
        BEGIN { srand(seed); json = "{" }
        $3 == "input" {
            rank = split($2, size, "x")
            json = json (word ? "," : "") "\"" $1 "\":["
            for (i = 0; i < size[1]; i++) {
                json = json (i ? "," : "") (rank == 2 ? "[" : "")
                for (j = 0; j < (rank == 2 ? size[2] : 1); j++) {
                    v = int(rand() * 2 ^ bits)
                    for (k = 0; k < bits; k++)
                        word = word int(v / 2 ^ k) % 2
                    if (v >= 2 ^ (bits - 1))
                        v -= 2 ^ bits
                    json = json (j ? "," : "") v / 2 ^ fraction
                }
                json = json (rank == 2 ? "]" : "")
            }
            json = json "]"
        }
        END { print json "}"; print word }' "$t/inputs"
}

# the numbers of a result in decimals, as bits in the order of the outputs
result_bits() { # BITS FRACTION
    tr -c '0-9.-' '\n' | awk -v bits="$1" -v fraction="$2" '
        NF {
            v = $1 * 2 ^ fraction
            if (v < 0)
                v += 2 ^ bits
            for (k = 0; k < bits; k++)
                word = word int(v / 2 ^ k) % 2
        }
        END { print word }'
}

# a test bench that applies every vector and prints the outputs
bench() { # MODULE
    awk -v module="$1" '
        { word[NR] = $1; want = length($2) }
        END {
            n = length(word[1])
            print "module bench;\nreg [" n - 1 ":0] in;\nwire [" want - 1 ":0] out;"
            printf "\\%s dut (", module
            for (i = 0; i < n; i++)
                printf "in[%d], ", i
            for (i = 0; i < want; i++)
                printf "%sout[%d]", i ? ", " : "", i
            print ");\ninteger i;\ninitial begin"
            for (v = 1; v <= NR; v++) {
                printf "in = %d'\''b", n
                for (i = n; i > 0; i--)
                    printf "%s", substr(word[v], i, 1)
                printf ";\n#1 for (i = 0; i < %d; i = i + 1) $write(\"%%b\", out[i]);\n", want
                print "$write(\"\\n\");"
            }
            print "end\nendmodule"
        }' "$t/vectors"
}

# The CNF or OPB with the inputs of vector N as units, or, with "wrong", with its
# first output also complemented.
with_inputs() { # FILE N right|wrong
    awk -v line="$(sed -n "$2p" "$t/vectors")" -v wrong="$3" '
        BEGIN { split(line, part, " "); n = length(part[1]); opb = 0 }
        NR == 1 { opb = $1 == "*" }
        opb && NR == 1 {
            print "* #variable= " $3 " #constraint= " $5 + n + (wrong == "wrong")
            next
        }
        $1 == "p" { print "p cnf " $3 " " $4 + n + (wrong == "wrong"); next }
        $2 == "input" { input[++ni] = $4 }
        $2 == "output" && !no++ { output = $4 }
        { print }
        function unit(lit, bit) {
            if (!opb) {
                print (bit ? "" : "-") lit " 0"
            } else
                print (bit ? "+1 " lit " >= 1 ;" : "-1 " lit " >= 0 ;")
        }
        END {
            for (i = 1; i <= n; i++)
                unit(input[i], substr(part[1], i, 1) == 1)
            if (wrong == "wrong") {
                bit = substr(part[2], 1, 1) == 0
                if (output ~ /^-/) {
                    sub(/^-/, "", output)
                    bit = !bit
                }
                unit(output, bit)
            }
        }' "$1"
}

# the outputs in a solver'"'"'s answer on standard input, as bits
answer_bits() { # FILE
    awk -v file="$1" '
        BEGIN {
            while ((getline line <file) > 0) {
                split(line, w, " ")
                if (w[2] == "output")
                    out[++n] = w[4]
                else if (line !~ /^[*c]/)
                    break
            }
        }
        $1 == "v" || $1 ~ /^-?[0-9]/ {
            for (i = 1; i <= NF; i++) {
                sign = $i !~ /^-/
                sub(/^-/, "", $i)
                value[$i] = sign
            }
        }
        END {
            for (k = 1; k <= n; k++) {
                sign = out[k] !~ /^-/
                sub(/^-/, "", out[k])
                printf "%d", value[out[k]] == sign
            }
            print ""
        }'
}

# the right outputs, and no others
solve() { # FILE N COMMAND...
    form=$1 which=$2
    shift 2
    want=$(sed -n "$which p" "$t/vectors" | cut -d ' ' -f 2)
    with_inputs "$form" "$which" right >"$t/right"
    with_inputs "$form" "$which" wrong >"$t/wrong"
    "$@" "$t/right" >"$t/answer" 2>&1
    got=$(answer_bits "$form" <"$t/answer")
    echo "wanted $want, found $got"
    [ "$got" = "$want" ] || return 1
    "$@" "$t/wrong" >"$t/answer" 2>&1
    grep -q UNSAT "$t/answer"
}

minisat_answer() {
    minisat -verb=0 "$1" "$t/minisat" >/dev/null
    cat "$t/minisat"
}

# two circuits as yosys reads them, proved to be the same function
yosys_same() { # READ-GATE
    timeout 120 yosys -q -p "read_verilog $t/circuit.v; rename $name gold; $1
        miter -equiv -flatten -make_outputs gold gate miter; hierarchy -top miter
        opt -full; sat -verify -prove trigger 0 miter"
}

spec() { # FILE NAME BITS FRACTION
    file=$1 name=$2
    echo "$name:"
    "$tc0c" inputs "$file" >"$t/inputs"
    for pair in th:th opb:opb blif:blif aiger:aig aag:aag verilog:v cnf:cnf graphml:graphml \
        netlist:tc; do
        check "$name: ${pair%:*}" "$tc0c" compile --quiet --emit "${pair%:*}" \
            -o "$t/circuit.${pair#*:}" "$file"
    done

    # a netlist is written as the specification that it is of, but for names
    for form in netlist:tc aiger:aig opb:opb; do
        "$tc0c" compile --quiet --emit "${form%:*}" -o "$t/again" "$t/circuit.tc"
        if [ "$form" = netlist:tc ]; then
            check "$name: a netlist read and written" cmp "$t/again" "$t/circuit.tc"
        else
            for f in "$t/again" "$t/circuit.${form#*:}"; do
                LC_ALL=C sed '/^\* [co]/d; /^o[0-9]* /d; /^c$/,$d' "$f" >"$f.plain"
            done
            check "$name: ${form%:*} of the netlist" cmp "$t/again.plain" \
                "$t/circuit.${form#*:}.plain"
        fi
    done

    seed=0
    while [ $seed -lt $vectors ]; do
        seed=$((seed + 1))
        random_values $seed "$3" "$4" >"$t/random"
        sed 1q "$t/random" >"$t/values.json"
        "$tc0c" run --quiet --decimal --engine netlist --values "$t/values.json" "$file" |
            sed 's/"[^"]*"//' | result_bits "$3" "$4" >"$t/result"
        echo "$(sed -n 2p "$t/random") $(cat "$t/result")"
    done >"$t/vectors"
    cut -d ' ' -f 2 "$t/vectors" >"$t/wanted"
    check "$name: vectors" test "$(sort -u "$t/wanted" | wc -l)" -gt 1

    if have xmllint; then
        check "$name: xmllint reads GraphML" xmllint --noout --nonet "$t/circuit.graphml"
    fi
    if have iverilog; then
        bench "$name" >"$t/bench.v"
        check "$name: iverilog" iverilog -o "$t/bench" "$t/bench.v" "$t/circuit.v"
        "$t/bench" >"$t/found" 2>&1
        check "$name: iverilog gives our outputs" cmp "$t/wanted" "$t/found"
    fi
    if have berkeley-abc; then
        check "$name: abc, BLIF and AIGER" says '^Networks are equivalent' \
            berkeley-abc -c "cec $t/circuit.blif $t/circuit.aig"
    fi
    if have yosys; then
        # the Verilog has sums where BLIF and AIGER have the expansion
        if have berkeley-abc; then
            yosys -q -p "read_verilog $t/circuit.v; synth -flatten -top $name -noabc
                write_blif $t/yosys.blif" >"$t/log" 2>&1
            check "$name: abc, Verilog through yosys and BLIF" says '^Networks are equivalent' \
                berkeley-abc -c "cec $t/yosys.blif $t/circuit.blif"
        fi
        check "$name: yosys, Verilog and BLIF" yosys_same \
            "read_blif $t/circuit.blif; rename $name gate"
        check "$name: yosys, Verilog and ascii AIGER" yosys_same \
            "read_aiger -module_name gate $t/circuit.aag"
        check "$name: yosys, Verilog and binary AIGER" yosys_same \
            "read_aiger -module_name gate $t/circuit.aig"
    fi
    for n in 1 2 3; do
        if have cadical; then
            check "$name: cadical, vector $n" solve "$t/circuit.cnf" $n cadical -q
        fi
        if have minisat; then
            check "$name: minisat, vector $n" solve "$t/circuit.cnf" $n minisat_answer
        fi
        if have clasp; then
            check "$name: clasp, vector $n" solve "$t/circuit.opb" $n clasp -n 1
        fi
    done
}

spec ../../examples/1-tiny.xml tiny 2 0
spec order3.xml order_3 2 0

# what a netlist cannot be made into, is refused by name
refused() { # PATTERN ARGUMENT...
    pattern=$1
    shift
    "$tc0c" compile "$@" "$t/circuit.tc" >"$t/out" 2>"$t/words"
    status=$?
    cat "$t/words"
    [ $status = 2 ] && [ ! -s "$t/out" ] && grep -q -e "$pattern" "$t/words"
}
check "a netlist has no family" refused "a netlist has no family" --emit family
check "no parameters" refused 'no parameters' --set n=2 --emit th
check "no bounded weights" refused 'no passes yet that bound' --max-weight 8 --emit th
check "no passes of families" refused 'no family, which some of the --passes' --passes dce
check "no dump of a family" refused 'no family, which --dump-after' --dump-after dce
printf '# a comment first\ntc 1\ninputs 1\n1 = +2147483648*0 >= 1\noutputs 1\n' >"$t/wide.tc"
wide() {
    "$tc0c" compile --emit th -o "$t/wide.th" "$t/wide.tc" >"$t/words" 2>&1
    status=$?
    cat "$t/words"
    [ $status = 4 ] && [ ! -e "$t/wide.th" ] && grep -q '32 bits' "$t/words"
}
check "weights past 32 bits in .th" wide
check "and elsewhere" "$tc0c" compile --emit opb,verilog,blif,gates-dot -o "$t/wide" "$t/wide.tc"
from_stdin() {
    "$tc0c" compile --quiet --emit netlist - <"$t/circuit.tc" | cmp - "$t/circuit.tc"
}
check "a netlist from standard input" from_stdin

finish

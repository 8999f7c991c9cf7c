#!/bin/sh
# run.sh TC0C -- the command line: options, messages, exit statuses, files
. "$(dirname "$0")/common.sh"
cd "$here/cli" || exit 2

# try ARGUMENT... -- runs tc0c; $t/out, $t/err and $status are what came of it
try() {
    "$tc0c" "$@" >"$t/out" 2>"$t/err" </dev/null
    status=$?
    command="tc0c $*"
}

# told STATUS NAME -- the verdict on that command
told() {
    [ "$1" = 0 ] || set -- "$1" "$2, after: $command (exit status $status)"
    verdict "$1" "$2" "$t/err"
}

# wants STATUS NAME [PATTERN] -- the status, and PATTERN in a line of the words
wants() {
    [ "$status" = "$1" ] && { [ $# = 2 ] || grep -q -e "$3" "$t/err"; }
    told $? "$2"
}

# prints NAME PATTERN -- success, and PATTERN in a line of the result
prints() {
    [ "$status" = 0 ] && grep -q -e "$2" "$t/out"
    told $? "$1"
}

empty() { # FOLDER
    [ -z "$(ls -A "$1")" ]
}

# ------------------------------------------------------------------- help

try --help
prints "general help" '^Usage: tc0c COMMAND'
for c in check inputs compile run verify sweep passes gate bounds explain; do
    check "general help names $c" grep -q "^  $c " "$t/out"
done
for c in check inputs compile run verify sweep prim; do
    try $c --help
    prints "help of $c" "^Usage: tc0c $c "
    check "help of $c has an example" grep -q "^  tc0c $c " "$t/out"
    check "help of $c fits a terminal" test "$(awk 'length > 90' "$t/out" | wc -l)" = 0
done
try passes
prints "the passes" "^dce  *family  *drops"
check "a line each" test "$(wc -l <"$t/out")" = "$(grep -c '^[a-z][a-z-]*  *\(family\|netlist\) ' "$t/out")"
try passes dead
prints "a pass of netlists" '^dead  *netlist  *drops'
check "its contract" grep -q '^ *requires  *nothing' "$t/out"
check "its pipelines" grep -q '^ *run by  *-O1 -O2 -Osize$' "$t/out"
try passes --verbose
prints "the pipelines" '^-O1 of families: dce.*; of netlists: '
try passes tiny.xml
wants 2 "passes reads no file" "there is no pass 'tiny.xml'"
try passes dce dead
wants 2 "passes wants one name" "one name at most, found another: 'dead'"
try compile --passes dce,fuse tiny.xml
wants 2 "a pass that there is not" "there is no pass 'fuse'"
try compile --passes dce, tiny.xml
wants 2 "a pass without a name" "there is no pass ''"
try compile --dump-after fuse tiny.xml
wants 2 "a dump after no pass" "there is no pass 'fuse'"
try --version
prints "version" '^tc0c [0-9]'
check "versions of libraries" grep -q 'libxml2 .*libxslt .*Graphviz .*GMP .*MPFR .*jansson ' "$t/out"

# ------------------------------------------------------------ wrong usage

try
wants 2 "no arguments" 'error: .*no command'
try frobnicate x
wants 2 "unknown command" "unknown command 'frobnicate'"
try check
wants 2 "no specification" 'wants a specification'
try check tiny.xml plain.xml
wants 2 "two specifications" "found another: 'plain.xml'"
try check --frob tiny.xml
wants 2 "unknown option" "unknown .*'--frob'"
try check -Z tiny.xml
wants 2 "unknown letter" "unknown option '-Z'"
try compile tiny.xml -o
wants 2 "option without its value" "'-o' wants a value"
try check --quiet=yes tiny.xml
wants 2 "value for an option without one" 'takes no value'
check "usage errors say where help is" grep -q "try 'tc0c check --help'" "$t/err"
try run tiny.xml
wants 2 "run without values" 'wants --values'
try run --values - -
wants 2 "standard input twice" 'cannot both be standard input'
try sweep tiny.xml
wants 2 "sweep without vary" 'wants --vary'
try compile --emit report,family tiny.xml
wants 2 "several kinds without a folder" 'want a folder'
for bad in --vary=n --vary==1 --vary=n= --vary=n=1,,2 '--vary=n=1,' --set=n --set==2; do
    try sweep --vary d=1 $bad tiny.xml
    wants 2 "$bad" 'found\|commas'
done
try sweep --vary n=1 --vary d=1 --vary b=2 plain.xml
wants 2 "three varied" 'a third'
try sweep --set n=2 --vary n=1,2 tiny.xml
wants 2 "set and varied" 'both set and varied'
try sweep --vary n=1 --vary n=2 tiny.xml
wants 2 "varied twice" 'varied twice'
try sweep --vary position=none,left tiny.xml
wants 2 "unknown encoding" 'position=left: wanted none, sinusoidal, '
for bad in --vectors=0 --vectors=x --vectors=-1 --vectors=99999999999999999999 --seed=1.5 --seed= \
    --max-gates=2^65 --max-gates=3^64 '--max-gates= 3'; do
    try verify "$bad" tiny.xml
    wants 2 "$bad" 'wants'
done
for bad in -O3 -O '--optimize=fast'; do
    try compile $bad tiny.xml
    wants 2 "$bad" '-O wants'
done
for bad in --progress=maybe --regime=none --max-weight=heavy --max-weight=0 --basis=nand \
    --threads=0 --emit=pdf --emit= '--emit=report,'; do
    try compile $bad tiny.xml
    wants 2 "$bad" 'wants\|commas'
done
try run --engine=steam --values tiny.json tiny.xml
wants 2 "unknown engine" "wants family, netlist or reference, found 'steam'"

# ------------------------------------------------------------ a family's file

families() { # SPEC: the same netlist and counts from its family's text and XML
    "$tc0c" compile --quiet --emit family,family-xml,netlist,report -o "$t/f" "$1" || return 1
    for file in family.tcf family.xml; do
        "$tc0c" compile --quiet --emit netlist "$t/f/$file" | cmp - "$t/f/netlist.tc" || return 1
        "$tc0c" compile --quiet --emit family "$t/f/$file" | cmp - "$t/f/family.tcf" || return 1
        "$tc0c" compile --quiet -o "$t/f/again.xml" "$t/f/$file" &&
            xmllint --noout --schema ../../compiler/report.xsd "$t/f/again.xml" || return 1
        for part in total component bank; do
            grep "<$part" "$t/f/report.xml" >"$t/f/1"
            grep "<$part" "$t/f/again.xml" | cmp - "$t/f/1" || return 1
        done
    done
}
check "a family in place of a specification" families plain.xml
check "one with computed tables" families ../../examples/4-causal-heads.xml
try compile -O0 --passes fold,absorb --check "$t/f/family.tcf"
wants 0 "passes of a family's file"
check "are told of" grep -q '<pass name="absorb"' "$t/out"
try compile --set n=2 "$t/f/family.tcf"
wants 2 "a family's file has no parameters" 'no parameters to set'
printf 'tcf 1\nfamily f\ninput x[i<2]\noutput Y = z\n' >"$t/bad.tcf"
try compile "$t/bad.tcf"
wants 3 "a family's file that makes no sense" 'bad.tcf:4'

# ------------------------------------------------------------ majority

for o in 1 size; do
    try compile -O$o --basis majority --emit netlist tiny.xml
    wants 0 "a netlist of majorities, -O$o"
    check "gates are AND, OR, NOT and MAJ, -O$o" awk '
        / = / { n = NF - 4; for (k = 3; k < NF - 1; k++)
                    if ($k !~ /^\+1\*/ && !(NF == 5 && $k ~ /^-1\*/ && $5 == 0)) exit 1
                gates++ }
        END { exit !gates }' "$t/out"
done
try compile --basis majority tiny.xml
wants 0 "a report of majorities"
check "the basis is in it" grep -q '<setting basis="majority"' "$t/out"
check "weights are 1" grep -q '<total .* max-weight="1"' "$t/out"
try verify --basis majority --max-weight 2 tiny.xml
prints "majorities are verified" 'netlist agrees'
try compile --basis majority --passes dead tiny.xml
wants 2 "majorities and netlist passes" 'passes of netlists'
try compile --regime auto --regime table --max-weight unbounded --basis threshold --threads 1 \
    -O 2 --no-times --progress never tiny.xml
wants 0 "what is true already is accepted"

# ---------------------------------------------------------- check, inputs

try check tiny.xml
prints "check" '^tiny: 1 block'
check "check is one line" test "$(wc -l <"$t/out")" = 1
try check --set n=3 --set d=2 tiny.xml
prints "check with settings" '3 positions of width 2'
"$tc0c" check - <tiny.xml >"$t/out" 2>"$t/err"
status=$?
prints "specification from standard input" '^tiny: '
try check nowhere.xml
wants 3 "missing file" '^nowhere.xml: error: '
try check --set m=3 tiny.xml
wants 2 "setting of no parameter" "error: .*m"
printf '<transformer>\n<oops\n' >"$t/bad.xml"
try check "$t/bad.xml"
wants 3 "malformed XML has its place" 'bad.xml:[0-9]*:.* error: '
sed 's/order="2"/order="1"/' tiny.xml >"$t/bad.xml"
try check "$t/bad.xml"
wants 3 "a bad specification has its line" "bad.xml:9:.*error: "

try inputs plain.xml
prints "inputs lists X" '^X 2x2 input$'
check "inputs lists weights" grep -qx 'attention.W_K 2x2 input' "$t/out"
check "inputs lists the result" grep -qx 'Y 2x2 result' "$t/out"
try inputs tiny.xml
prints "inputs lists constants" '^attention.W_Q 1x1 constant$'
try inputs -o "$t/inputs" tiny.xml
check "inputs to a file" grep -q '^X 2x1 input$' "$t/inputs"

# ---------------------------------------------------------------- compile

try compile --no-times plain.xml
prints "report by default" '<report xmlns="urn:tc0c:report:1" spec="plain"'
check "the summary is words" grep -q '^plain: depth [0-9]*, [0-9]* gates, [0-9]* wires' "$t/err"
check "the report fits its schema" \
    xmllint --noout --schema ../../compiler/report.xsd "$t/out"
cp "$t/out" "$t/first"
try compile --quiet --no-times plain.xml
check "quiet is quiet" test ! -s "$t/err"
check "the same bytes again" cmp "$t/first" "$t/out"
try compile --no-times -o "$t/r.xml" plain.xml
check "the same bytes in a file" cmp "$t/first" "$t/r.xml"
try compile --set n=1048576 --set d=128 plain.xml
check "a report for a million positions" xmllint --noout --schema ../../compiler/report.xsd "$t/out"

try compile "$here/../examples/blocks/repeat.xml"
layers=$(grep -c '<block path="repeat.[012]" depth="11" .* banks="15"/>' "$t/out")
check "the report has each of three layers" test "$layers" = 3

mkdir "$t/d"
for kind in report family netlist dot svg gates-dot gates-svg family-xml; do
    try compile --no-times --emit $kind tiny.xml -o "$t/d/$kind"
    wants 0 "emit $kind"
    check "$kind is not empty" test -s "$t/d/$kind"
done
all=report,family,netlist,dot,svg,gates-dot,gates-svg,family-xml
try compile --no-times --emit $all -o "$t/all" tiny.xml
wants 0 "all kinds to a folder that is made"
for pair in report:report.xml family:family.tcf netlist:netlist.tc dot:circuit.dot \
    svg:circuit.svg gates-dot:gates.dot gates-svg:gates.svg \
    family-xml:family.xml; do
    check "$pair in the folder" cmp "$t/d/${pair%%:*}" "$t/all/${pair#*:}"
done
check "nothing else is in the folder" test "$(find "$t/all" -type f | wc -l)" = 8
try compile --emit $all -o "$t/all" tiny.xml
wants 0 "all kinds to a folder that is there"
for f in circuit.dot gates.dot; do
    check "dot reads $f" dot -Tdot -o /dev/null "$t/all/$f"
done
check "pictures are XML" xmllint --noout --nonet "$t/all/circuit.svg" "$t/all/gates.svg"
check "the family is XML by its schema" xmllint --noout --nonet --schema ../../compiler/family.xsd \
    "$t/all/family.xml"
check "the netlist is text" grep -qx 'tc 1' "$t/all/netlist.tc"

# ------------------------------------------- files, whole or not at all

mkdir "$t/e"
try compile --emit netlist --max-gates 1 -o "$t/e/x" plain.xml
wants 4 "max-gates" 'more than --max-gates 1'
try compile --emit gates-svg --set n=4 --set b=6 -o "$t/e/x" plain.xml
wants 4 "a picture of too many gates" 'drawn one by one'
try compile --emit report,gates-dot --set n=4 --set b=6 -o "$t/e/sub" plain.xml
wants 4 "one kind of two fails" 'drawn one by one'
check "nothing is left of what failed" empty "$t/e"
echo before >"$t/e/x"
try compile --emit netlist --max-gates 1 -o "$t/e/x" plain.xml
check "what was there before stays" grep -qx before "$t/e/x"
try compile --no-times -o "$t/e/x" plain.xml
check "what was there before is replaced" cmp "$t/first" "$t/e/x"
ln -s x "$t/e/link"
try compile --no-times -o "$t/e/link" tiny.xml
check "a link stays a link" test -L "$t/e/link"
check "and leads to the new file" cmp "$t/d/report" "$t/e/x"
try compile -o "$t/e" tiny.xml
wants 3 "a folder is not a file" 'Is a directory'
try compile -o "$t/none/x" tiny.xml
wants 3 "no folder" 'No such file'
try compile -o "" tiny.xml
wants 3 "no name" 'error'
try compile --emit report,dot -o "$t/e/x" tiny.xml
wants 3 "a file is not a folder" 'cannot be made one'
if [ "$(id -u)" != 0 ]; then
    chmod 444 "$t/e/x"
    try compile -o "$t/e/x" tiny.xml
    wants 3 "a file that is read only" 'Permission denied'
fi
rm -f "$t/e/x" "$t/e/link"
if [ -e /dev/full ]; then
    for kind in report family netlist dot svg; do
        try compile --emit $kind -o /dev/full tiny.xml
        wants 3 "disk full, $kind" 'No space left'
        command="tc0c compile --emit $kind tiny.xml >/dev/full"
        "$tc0c" compile --emit $kind tiny.xml >/dev/full 2>"$t/err"
        status=$?
        wants 3 "standard output full, $kind" '^standard output: error: .*No space left'
    done
    for c in check inputs --help --version verify "sweep --vary n=1" "run --values tiny.json"; do
        # shellcheck disable=SC2086  # a command and its options
        case $c in -*) set -- $c ;; *) set -- $c tiny.xml ;; esac
        command="tc0c $* >/dev/full"
        "$tc0c" "$@" >/dev/full 2>"$t/err"
        status=$?
        wants 3 "standard output full, $c" 'No space left'
    done
fi
(
    ulimit -f 1
    exec "$tc0c" compile --emit netlist -o "$t/e/x" plain.xml 2>"$t/err"
)
status=$? command="ulimit -f 1; tc0c compile --emit netlist"
wants 3 "a file that may not grow" 'too large'
check "and nothing is left of it" empty "$t/e"

# a signal in the middle of a long file
"$tc0c" compile --quiet --emit netlist --set n=8 --set d=4 --set b=6 -o "$t/e/x" tensor.xml 2>"$t/err" &
pid=$! status=none command="kill while writing"
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    empty "$t/e" || break
    sleep 0.1
done
kill -TERM $pid
wait $pid 2>/dev/null
status=$?
check "a signal ends it" test $status -gt 128
check "and it leaves nothing" empty "$t/e"
# a reader that goes away
("$tc0c" compile --quiet --emit netlist plain.xml; echo $? >"$t/status") 2>"$t/err" | head -n 1 >"$t/out"
status=$(cat "$t/status") command="tc0c compile --emit netlist | head -n 1"
check "a closed pipe is no defect" test "$status" = 0 -o "$status" = 141
check "and no words" test ! -s "$t/err"

# the sanitizer needs more address space than any limit
if [ -z "${TC_FAST-}" ]; then
    for kib in 60000 120000; do
        (
            # shellcheck disable=SC3045  # not of POSIX, but of Debian's sh
            ulimit -v $kib
            exec "$tc0c" compile --emit netlist --set n=8 --set b=6 -o "$t/e/x" tensor.xml
        ) 2>"$t/err" >"$t/out"
        status=$? command="ulimit -v $kib; tc0c compile --emit netlist"
        wants 4 "memory runs out at $kib KiB" ''
        check "and nothing is left" empty "$t/e"
    done
fi

# --------------------------------------------------------------------- run

for engine in family netlist reference; do
    try run --engine $engine --values tiny.json tiny.xml
    prints "run, $engine" '"Y"'
    cp "$t/out" "$t/$engine"
done
check "family and reference agree" cmp "$t/family" "$t/reference"
check "netlist and reference agree" cmp "$t/netlist" "$t/reference"
check "hexadecimal by default" grep -q '"-\{0,1\}0x' "$t/family"
try run --decimal --values tiny.json -o "$t/y" tiny.xml
check "decimals, to a file" grep -q '\[-\{0,1\}[0-9]' "$t/y"
"$tc0c" run --values - tiny.xml <tiny.json >"$t/out" 2>"$t/err"
status=$?
check "values from standard input" cmp "$t/family" "$t/out"
echo '{"X": [[0.3], [1]]}' >"$t/v.json"
try run --values "$t/v.json" tiny.xml
wants 0 "values are rounded"
try run --exact --values "$t/v.json" tiny.xml
wants 3 "unless they are to be exact" 'v.json:.*error: '
echo '{"X": [[0], [1' >"$t/v.json"
try run --values "$t/v.json" tiny.xml
wants 3 "malformed values have their place" 'v.json:[0-9]*:[0-9]*: error: '
echo '{"X": [[0, 1]]}' >"$t/v.json"
try run --values "$t/v.json" tiny.xml
wants 3 "values of another shape" 'v.json:.*X'
try run --values nowhere.json tiny.xml
wants 3 "no values" '^nowhere.json: error: '
try run --engine netlist --max-gates 2 --values tiny.json tiny.xml
wants 4 "run with max-gates" 'max-gates'

# a repetition that is tied is a step of the same dynamics: two at once are one twice
echo '{"X": [[1, 0], [0.5, 0.75], [0, -1], [-0.625, 0.75]]}' >"$t/x.json"
for k in 1 2; do
    try run --set n=4 --values "$t/x.json" "$here/../examples/clustering/particles.xml"
    sed 's/"Y"/"X"/' "$t/out" >"$t/x.json"
done
cp "$t/out" "$t/twice"
echo '{"X": [[1, 0], [0.5, 0.75], [0, -1], [-0.625, 0.75]]}' >"$t/x.json"
try run --set n=4 --set steps=2 --values "$t/x.json" "$here/../examples/clustering/particles.xml"
check "two steps of particles" cmp "$t/out" "$t/twice"
prints "two steps of particles, as numbers" '0x1'
wants 0 "two steps of particles" 'depth [0-9]*, [0-9]* gates'

# ------------------------------------------------------------------ verify

try verify tiny.xml
prints "verify, all inputs" 'agree on all 16 inputs'
check "the netlist took part" grep -q 'netlist agrees on all' "$t/out"
check "the counts were compared" grep -q 'depth, gates, wires.*agree' "$t/out"
try verify --threads 3 --no-times tiny.xml
prints "verify, three processes" 'agree on all 16 inputs'
for format in 'format="fixed" bits="3" fraction="1"' 'format="e4m3"' 'format="ftz" significand="3" exponent-bits="3"'; do
    sed "s/format=.fixed.*rounding=.block./$format rounding=\"op\"/; s/order=.2./& mask=\"causal\"/" tiny.xml >"$t/regime.xml"
    try verify --regime arithmetic --vectors 500 "$t/regime.xml"
    prints "the arithmetic regime, $format" 'netlist agrees on'
done
try verify --vectors 10 tiny.xml
prints "verify, random inputs" 'agree on 10 random inputs, seed 1'
try verify --vectors 100 tiny.xml
prints "all inputs where they are fewer" 'agree on all 16 inputs'
try verify --vectors 130 --seed 5 plain.xml
prints "verify, weights as inputs" 'agree on 130 random inputs, seed 5'
try verify --vectors 20 tensor.xml
prints "verify, tensor attention" 'agree on 20 random inputs'
try verify --vectors 20 -O2 tensor.xml
prints "verify, -O2" 'agree on 20 random inputs'
try verify --vectors 5 --max-gates 10 plain.xml
prints "verify without the netlist" '^netlist not run: .*more than --max-gates 10'
try verify --permute tiny.xml
prints "verify --permute" '^permutation-equivariant: .* on 16 inputs'
try verify --permute tensor.xml
prints "verify --permute, positions" '^not permutation-equivariant: attention has rope$'
prints "verify --permute, the tokens" '^vector [0-9]*, tokens moved: '
try verify --vectors all plain.xml
wants 4 "too many inputs for all" 'input bits'
try verify --quiet tiny.xml
check "quiet verify is quiet" test ! -s "$t/out" -a ! -s "$t/err"
try verify --set n=1048576 --vectors 1 tensor.xml
wants 4 "too large to run" 'give smaller sizes'
try verify --set n=1048576 --set d=128 --vectors 1 tensor.xml
wants 4 "inputs too large to make" 'inputs are too large'

# -------------------------------------------------------------------- prim

# lines LINE... -- to standard input of prim, which $prim names
lines() {
    command="tc0c prim $prim"
    # shellcheck disable=SC2086  # an operation and its options
    printf '%s\n' "$@" | "$tc0c" prim $prim >"$t/out" 2>"$t/err"
    status=$?
}

for engine in family netlist reference; do
    prim="mul --format fixed:8,4 --decimal --engine $engine"
    lines '1.5 -0.25' '0x1p-1	-3' '7 100' '+.5e0 0X.8P+2'
    check "prim mul, $engine" test "$(tr '\n' ' ' <"$t/out")" = '-0.375 -1.5 7.9375 1 '
done
prim="maxarg --terms 3 --format unsigned:4"
lines '3 7 7' '-1 0 0'
check "maxarg prints both" test "$(tr '\n' ' ' <"$t/out")" = '0x1.cp+2 1 0x0p+0 0 '
prim="lt --format fixed:4,1"
lines '-0.5 0' 'inf -inf'
check "lt prints 0 or 1" test "$(tr '\n' ' ' <"$t/out")" = '1 0 '
lines '1 2' '1 2x'
wants 3 "a bad number has its place" "^-:2:3: error: found '2x'"
check "what stands before it is done" test "$(cat "$t/out")" = 1
lines '1 2' '' '1 2'
wants 3 "a line without numbers" '^-:2:1: error: found 0 numbers, wanted 2'
lines '1 2 3'
wants 3 "a number too many" '^-:1:5: error: found one more'
lines '1 nan'
wants 3 "nan" '^-:1:3: error: .*nan'
printf '1 1' >"$t/one"
try prim eq --format fixed:4,1 --values "$t/one"
check "operands from a file, without a newline at its end" test "$(cat "$t/out")" = 1
printf '2\n\n3 x\n' >"$t/constants"
try prim sum --terms 4 --format unsigned:4 --constants "$t/constants" --stats
wants 3 "constants have their place" "constants:3:3: error: found 'x'"
printf '2\n\n3\n' >"$t/constants"
prim="sum --terms 4 --format unsigned:4 --decimal --exact --constants $t/constants"
lines '1 15'
check "constants are the last operands" test "$(cat "$t/out")" = 21
try prim mul --exact --format unsigned:8 --stats
prints "stats" '^depth 3 gates [0-9]* wires [0-9]* max-fan-in [0-9]* max-weight [0-9]* form-depth 2 form-gates 120$'
for f in float:4 float:4,-7,7 binary16 bfloat16 e4m3 e5m2 binary32 ieee:4,5 ftz:8,8 unsigned:200 \
    fixed:100,90; do
    prim="mul --format $f --engine reference"
    lines '1.5 -0.25'
    check "mul of format $f" grep -qx '\(-0x1.8p-2\|0x0p+0\|-0x1.7fffffffffffffffffffff8p-2\)' "$t/out"
done
for f in fixed:4 fixed:4,4 fixed:0,0 fixed:257,1 unsigned:0 unsigned:x fixed:4,2,1 integer float:1 \
    float:4,2,1 ieee:3 ftz:3,1 binary64x; do
    try prim mul --format $f
    wants 2 "format $f is none" 'wants\|want \|is one of'
done
try prim add --format fixed:8,4 --engine reference --stats
wants 2 "no statistics of the reference" 'stats'
try prim exp --format bfloat16 --exact
wants 2 "no exact floats" 'exact is for fixed'
try prim softmax --terms 2 --format unsigned:4
wants 2 "no softmax of unsigned numbers" 'negative'

# reads FORMAT WANTED NUMBER... -- numbers as the format takes them, by neg of neg
reads() {
    prim="abs --format $1 --engine reference" want=$2
    shift 2
    lines "$@"
    check "prim reads $*" test "$(tr '\n' ' ' <"$t/out")" = "$want"
}
reads binary16 'inf nan 0x1p-24 0x0p+0 0x1.ffcp+15 inf 0x1.554p-2 ' \
    -inf nan 2.98023223876953126e-8 2.98023223876953125e-8 65519.9999 65520 0.33325
reads e4m3 '0x1.cp+8 nan 0x1p-9 0x0p+0 0x1.cp+8 ' inf -nan 0x1p-9 0x1p-10 1e9
reads float:3 '0x1.cp+9 0x0p+0 0x1p-6 0x0p+0 ' -inf -0 0x1.0000001p-7 0x1p-7
reads ftz:3,3 '0x1.cp+3 0x0p+0 0x1p-2 0x0p+0 ' 14.9 -0 0x1.ep-3 0x1.dffp-3
reads unsigned:200 '0x1p+199 0x1.fffffffffffffffffffffffffffffffffffffffffffffffffep+199 ' 0x1p199 inf
prim="mul --format ftz:3,3 --engine reference"
for x in inf -inf 15 -1e9; do
    lines "1 $x"
    wants 3 "ftz has no operand $x" "^-:1:3: error: found '$x'.*only results are infinite"
done
lines '14 2' '-14 2' '0.25 0.25' '-0.25 0.25'
check "results of ftz" test "$(tr '\n' ' ' <"$t/out")" = 'inf -inf 0x0p+0 0x0p+0 '
prim="sum --terms 1 --format float:4 --engine reference"
lines nan
wants 3 "float has no NaN" '^-:1:1: error: found nan: the format has none'
for f in binary16 bfloat16 e4m3 e5m2 binary32; do
    prim="neg --format $f --engine reference"
    lines -0 0 nan
    check "zeros of $f have signs" test "$(tr '\n' ' ' <"$t/out")" = '0x0p+0 -0x0p+0 nan '
done
for o in 'mul' 'sum --format fixed:4,2' 'mul --terms 2 --format fixed:4,2' 'frob --format fixed:4,2' \
    'exp --exact --format fixed:4,2' 'sum --terms 0 --format fixed:4,2' 'mul add --format fixed:4,2' \
    '--format fixed:4,2' 'exp --constants x --format fixed:4,2'; do
    # shellcheck disable=SC2086
    try prim $o
    wants 2 "prim $o" 'wants\|--exact is for\|--terms is for\|--constants is for'
done
try prim exp --format fixed:17,2 --stats
prints "a word too long for a table" '^depth 5 gates '

# ------------------------------------------------------------------- sweep

try sweep --vary n=1,2,4 plain.xml
prints "sweep has a head" '^n,depth,gates,wires,max-fan-in,max-weight,banks,inputs$'
check "sweep has a row for each value" test "$(wc -l <"$t/out")" = 4
check "all rows have 8 fields" test "$(awk -F, 'NF != 8' "$t/out" | wc -l)" = 0
check "one depth for all n" test "$(awk -F, 'NR > 1 {print $2}' "$t/out" | sort -u | wc -l)" = 1
try sweep --vary n=2,3 --vary d=1,2 --format csv -o "$t/s.csv" plain.xml
wants 0 "sweep of two"
check "the second varies fastest" test "$(cut -d, -f1,2 "$t/s.csv" | tr '\n' ' ')" = "n,d 2,1 2,2 3,1 3,2 "
try compile --set n=3 --set d=2 --quiet plain.xml
gates=$(sed -n 's/.*<total.* gates="\([0-9]*\)".*/\1/p' "$t/out")
check "sweep and report agree" test "$(awk -F, '$1 == 3 && $2 == 2 {print $4}' "$t/s.csv")" = "$gates"
# an encoding that is asked for is the one that a specification has
sed 's,<attention\([^/]*\)/>,<attention\1><alibi/></attention>,' plain.xml >"$t/alibi.xml"
try sweep --vary position=none,alibi --vary n=2,3 plain.xml
prints "sweep of encodings has a head" '^position,n,depth,gates,'
prints "sweep names the encoding" '^alibi,3,'
cp "$t/out" "$t/encodings"
try sweep --vary n=3 "$t/alibi.xml"
check "an encoding instead of a child" test "$(sed -n 's/^alibi,3,//p' "$t/encodings")" = \
    "$(sed -n 's/^3,//p' "$t/out")"
try sweep --vary m=1 plain.xml
wants 2 "varying no parameter" 'm'
try sweep --vary n=2,0 -o "$t/e/x" plain.xml
wants 3 "a value that makes no sense" 'error'
check "no table then" empty "$t/e"

# -------------------------------------------------------------------- gate

try compile --quiet --emit netlist plain.xml
cp "$t/out" "$t/nl"
inputs=$(sed -n 's/^inputs //p' "$t/nl")
last=$(($(grep -c ' >= ' "$t/nl") - 1))
for k in 0 77 "$last"; do
    row=$(grep "^$((inputs + k)) = " "$t/nl")
    try gate plain.xml $k
    prints "gate $k has its threshold" "^threshold  ${row##* }\$"
    check "gate $k reads what its row says" test "$(sed -n 's/^  \(.*\)  .*/\1/p' "$t/out" |
        tr -d ' ' | tr '\n' ' ')" = "$(echo "$row" | sed 's/^[0-9]* = //;s/>= .*//')"
    place=$(sed -n 's/^place *\(.*\]\).*/\1/p' "$t/out")
    cp "$t/out" "$t/by-number"
    try gate plain.xml "$place"
    check "$place is gate $k" cmp "$t/out" "$t/by-number"
done
source=$(sed -n 's/^  [^*]* \* \([0-9]*\) .*/\1/p' "$t/out" | head -n 1)
try gate --language "threshold $source $((inputs + last))" plain.xml
prints "an edge is in the language" '^yes$'
try gate --language "input $source $((inputs + last))" plain.xml
wants 1 "not with another type"
try gate --language "threshold $((inputs + last)) $source" plain.xml
wants 1 "nor the other way round"
try gate --language "threshold $source 99999999999999999999" plain.xml
wants 1 "nor a wire that there is not"
try gate --fanout 0:1 --cost plain.xml 'X[0, 0].0'
prints "an input has readers" '^readers    0 to 0 of '
prints "and no threshold, but a cost" '^cost       [1-9]'
try gate --inputs 5000:2 plain.xml 0
prints "a range past the end" '^inputs     none of 2$'
try gate --set n=1048576 --inputs 1000000:1 plain.xml "Y[1048575, 0].1"
prints "an output of a million positions" '^gate '
try gate plain.xml 99999999999999999999
wants 2 "a gate past the last" "the circuit has [0-9]* gates, numbered from 0"
for k in '' -- 1.5 'nobody[0]' 'X[0' 'X[0, 0]' 'X[99, 0].0' 'X[0, 0].0 1'; do
    try gate plain.xml "$k"
    wants 2 "'$k' is no gate"
done
for o in --inputs=5 --inputs=1:2: --fanout=a:1 --fanout=0:99999999999999999999 \
    --language=gate --language='input 1'; do
    try gate $o plain.xml 0
    wants 2 "$o is refused"
done
try gate plain.xml
wants 2 "gate without one" 'the number of a gate or its place'

finish

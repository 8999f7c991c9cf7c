#!/bin/sh
# run.sh TC0C -- models in formats too wide for tables: reference, family and netlist agree on
# random inputs, and so do their counts; depth is the same for every length.
#
# VECTORS=N is how many inputs each model is given (40; 8 with TC_FAST=1), ALL=1 runs all models
# in all formats.
set -u
export LC_ALL=C
TC0C=$1
case $TC0C in /*) ;; *) TC0C=$PWD/$TC0C ;; esac
here=$(cd "$(dirname "$0")" && pwd)
[ -x "$TC0C" ] || {
    echo "$TC0C: not a program" >&2
    exit 2
}
vectors=${VECTORS:-40}
[ -z "${TC_FAST-}" ] || vectors=8
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 2' INT TERM
passed=0 failed=0 tokens= rounding=op options=

spec() {
    cat <<END
<transformer xmlns="urn:tc0c:spec:1" name="words">
  <parameter name="n" value="$n"/>
  <parameter name="d" value="$d"/>
  <precision $precision rounding="$rounding"/>
  ${tokens:-<input length=\"n\" width=\"d\"/>}
  <weights $weights/>
  $body
</transformer>
END
}

# verdict OK LINE...
verdict() {
    if [ "$1" = 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        shift
        echo "FAILED: $*"
        spec
        head -n 12 "$scratch/out"
    fi
}

f17='format="fixed" bits="17" fraction="8"'
f32='format="fixed" bits="32" fraction="16"'
b32='format="binary32"'
p24='format="float" significand="24" emin="-150" emax="100"'
p11='format="float" significand="11" emin="-30" emax="30"' # small, as wide ones go

# agree OPTION... SPEC
agree() {
    # shellcheck disable=SC2086
    "$TC0C" verify $options --vectors "$vectors" --no-times "$@" >"$scratch/out" 2>&1 &&
        grep -q '^reference and family agree on' "$scratch/out" &&
        grep -q '^netlist agrees on' "$scratch/out" &&
        grep -q '^depth, gates, wires, .* of family and netlist agree' "$scratch/out"
}

# verify N D PRECISION WEIGHTS BODY
verify() {
    n=$1 d=$2 precision=$3 weights=$4 body=$5
    spec >"$scratch/a.xml"
    agree "$scratch/a.xml"
    verdict $? "n = $n, d = $d"
}

in='source="input"' random='source="random" seed="3"'
verify 2 2 "$f17" "$in" '<linear width="3"/>'
verify 1 1 "$f17" "$random" '<linear/>'
verify 3 2 "$f32" "$random" '<linear width="2"/>'
verify 2 1 "$b32" "$random" '<linear/>'
verify 2 2 "$p11" "$in" '<linear width="1" bias="false"/>'
verify 2 2 "$f32" "$in" '<activation kind="relu"/>'
verify 2 2 "$b32" "$in" '<activation kind="relu"/>'
verify 1 2 "$f17" "$in" '<activation kind="tanh"/>'
verify 1 2 "$f17" "$in" '<activation kind="gelu"/>'
[ -n "${TC_FAST-}" ] || verify 1 1 "$f32" "$in" '<activation kind="gelu-tanh"/>'
[ -n "${TC_FAST-}" ] || verify 1 1 "$p11" "$in" '<activation kind="gelu-tanh"/>'
verify 1 1 "$f17" "$in" '<mlp hidden="2" activation="gelu-tanh"/>'
verify 2 2 "$f17" "$random" '<residual step="-2/3"><linear/></residual>'
verify 1 2 "$p11" "$random" '<residual step="1/2"><linear/></residual>'
verify 2 1 "$b32" "$in" '<residual step="-2/3"><activation kind="relu"/></residual>'
verify 1 1 "$p11" "$in" '<norm kind="layer" epsilon="1/100000" affine="true"/>'
[ -n "${TC_FAST-}" ] || verify 1 1 "$b32" "$in" '<norm kind="rms" epsilon="1/3000000"/>'
verify 2 1 "$p11" "$in" '<attention kind="unique-hard" scale="-5/sqrt(7)"/>'
verify 2 2 "$f17" "$in" '<norm kind="layer" epsilon="1/3" affine="true"/>'
verify 1 3 "$f17" "$in" '<norm kind="rms"/>'
verify 1 2 "$p11" "$in" '<norm kind="sphere"/>'
verify 1 2 "$f17" "$in" '<mlp hidden="2" gated="true"/>'
verify 2 2 "$f17" "$in" '<attention mask="causal" scale="1/sqrt(2)" stable="true"/>'
verify 3 2 "$f17" "$random" '<attention kind="linear" heads="2" output="true" mask="window" span="2"/>'
[ -n "${TC_FAST-}" ] || verify 2 1 "$p11" "$random" '<attention mask="causal"/>'
verify 2 1 "$f17" "$random" '<attention order="3" mask="causal"/>'
verify 3 1 "$f17" "$random" '<attention kind="unnormalized" mask="causal"/>'
verify 3 1 "$f17" "$random" '<attention kind="average-hard" mask="strict-causal"/>'
verify 2 1 "$f17" "$random" '<attention kind="unique-hard" order="3"/>'
verify 2 2 "$f17" "$random" '<attention kind="linear"><rope mode="each"/></attention>'
verify 2 1 "$p24" "$random" '<attention kind="unique-hard"/>'
verify 3 2 "$f17" "$in" '<learned/>'
verify 2 1 "$p11" "$random" '<sinusoidal base="7"/>'
verify 3 1 "$f17" "$random" '<attention kind="unique-hard" mask="causal"><alibi/></attention>'
verify 2 1 "$f17" "$in" '<attention kind="unique-hard"><t5 buckets="8" distance="6"/></attention>'
verify 2 1 "$f17" "$random" '<attention kind="average-hard" order="3"><kerple/></attention>'
verify 2 1 "$f17" "$in" '<attention kind="unique-hard"><fire bias="computed" hidden="2"/></attention>'
verify 2 1 "$f17" "$random" '<attention kind="cme" terms="2" lambda="1/2"/>'
verify 2 2 "$f17" "$random" '<attention kind="cme" kernel="linear" features="2" lambda="1/3"/>'
verify 1 1 "$f17" "$random" '<attention kind="cme" features="3" lambda="1/2"/>'
[ -n "${TC_FAST-}" ] || verify 2 1 "$p11" "$random" '<attention kind="cme" features="3" lambda="1/3" gamma="3/2"/>'
verify 1 2 "$f17" "$random" '<attention kind="unique-hard"><rope mode="each" angles="computed"/></attention>'

tokens='<tokens length="n" vocabulary="3"/>'
verify 2 2 "$f17" "$in" '<embedding width="d"/><unembedding output="argmax"/>'
verify 2 2 "$p11" "$random" '<embedding width="d"/><unembedding tied="true" output="argmax"/>'
verify 2 1 "$b32" "$in" '<embedding width="d"/>'
tokens=

# few bits: every tie, both ends of the range, and all inputs where they are few (TC_FAST=1: fewer)
rounding=block
f4='format="fixed" bits="4" fraction="1"' vectors_before=$vectors options='--regime arithmetic'
[ -n "${VECTORS-}${TC_FAST-}" ] || vectors=200
while read -r body; do
    verify 2 1 "$f4" "$in" "$body"
    verify 1 2 "$f4" "$in" "$body"
done <<END
<linear width="2"/>
<residual step="-2/3"><linear/></residual>
<mlp hidden="2" gated="true"/>
<norm kind="layer"/>
<norm kind="layer" epsilon="3/2" affine="true"/>
<norm kind="rms" epsilon="7" affine="true"/>
<norm kind="sphere"/>
<attention mask="causal" scale="1/sqrt(3)" stable="true"/>
<attention order="3" scale="-2/3"/>
<attention kind="unnormalized" order="3"/>
<attention kind="average-hard" mask="strict-causal" order="3"><kerple/></attention>
<attention kind="unique-hard" order="3"/>
<attention kind="linear" order="4" mask="causal"/>
<attention kind="cme" terms="3" lambda="1/3" damping="3/2"/>
<attention kind="cme" kernel="rbf" terms="2" lambda="1/2"/>
<attention kind="cme" kernel="linear" features="d" lambda="1/3"/>
<attention kind="cme" features="2" lambda="1/3" gamma="3/2"/>
END
for mode in each complex flat query2; do
    verify 2 2 "$f4" "$in" '<attention order="3"><rope mode="'$mode'"/></attention>'
done
verify 2 1 "$f4" "$in" '<attention kind="cme" features="3" lambda="1/3"/>'
# floats: infinities, NaN, both zeros and subnormals among the inputs; with TC_FAST=1 of one format
i33='format="ieee" significand="3" exponent-bits="3"' e4m3='format="e4m3"'
near='format="float" significand="3" emin="-4" emax="2"' ftz='format="ftz" significand="3" exponent-bits="3"'
while read -r body; do
    verify 2 1 "$i33" "$in" "$body"
    [ -n "${TC_FAST-}" ] || verify 1 2 "$e4m3" "$in" "$body"
done <<END
<linear width="2"/>
<residual step="-2/3"><linear/></residual>
<mlp hidden="2" gated="true"/>
<norm kind="layer"/>
<norm kind="rms" epsilon="7" affine="true"/>
<norm kind="sphere"/>
<learned/>
<attention mask="strict-causal" scale="1/sqrt(3)" stable="true"/>
<attention kind="unnormalized"/>
<attention kind="average-hard" mask="causal"><kerple/></attention>
<attention kind="unique-hard"><t5 buckets="8" distance="6"/></attention>
END
while read -r body; do
    [ -n "${TC_FAST-}" ] || verify 2 1 "$i33" "$in" "$body"
done <<END
<attention order="3" scale="-2/3"/>
<attention kind="linear" order="3" mask="causal"/>
<attention kind="unique-hard" order="3"/>
<attention kind="unique-hard"><fire bias="computed" hidden="2"/></attention>
<attention kind="cme" terms="2" lambda="1/3" damping="3/2"/>
<attention kind="cme" kernel="rbf" terms="1" lambda="1/2"/>
<attention kind="cme" features="2" lambda="1/3" gamma="3/2"/>
END
# few coordinates and many exponents: gaps are cut off
verify 1 2 'format="ftz" significand="3" exponent-bits="6"' "$in" '<norm kind="rms" epsilon="1/1000" affine="true"/>'
verify 1 3 'format="float" significand="3" emin="-40" emax="5"' "$in" '<norm kind="sphere"/>'
[ -n "${TC_FAST-}" ] || verify 2 2 'format="bfloat16"' "$in" '<norm kind="rms" epsilon="1/1000" affine="true"/>'
# g / root(v) + b: of one coordinate it is b
verify 1 2 "$i33" "$in" '<norm kind="layer" affine="true"/>'
for precision in "$i33" "$e4m3" "$near" "$ftz"; do
    [ -n "${TC_FAST-}" ] || verify 2 2 "$precision" "$in" '<norm kind="layer" epsilon="3/2" affine="true"/>'
done
for mode in each complex flat query2; do
    [ -n "${TC_FAST-}" ] || verify 1 2 "$i33" "$in" '<attention order="3"><rope mode="'$mode'"/></attention>'
done
for precision in "$near" "$ftz"; do
    [ -z "${TC_FAST-}" ] || continue
    while read -r body; do
        verify 2 1 "$precision" "$in" "$body"
    done <<END
<linear/>
<residual step="1/3"><activation kind="tanh"/></residual>
<norm kind="layer"/>
<norm kind="rms" epsilon="7" affine="true"/>
<attention mask="causal" scale="1/sqrt(3)"/>
<attention kind="average-hard"/>
END
done
tokens='<tokens length="n" vocabulary="3"/>'
for precision in "$i33" "$e4m3" "$near"; do
    verify 2 2 "$precision" "$in" '<embedding width="d"/><unembedding output="argmax"/>'
    verify 2 2 "$precision" "$in" '<embedding width="d"/>'
done
tokens=
rounding=op
for precision in 'format="fixed" bits="4" fraction="3"' \
    'format="float" significand="3" emin="-12" emax="-4"'; do # no 1 among them
    verify 2 1 "$precision" "$in" '<attention kind="linear"/>'
done
spec | sed 's/ kind="linear"//' >"$scratch/a.xml"
"$TC0C" compile --quiet --regime arithmetic "$scratch/a.xml" >"$scratch/out" 2>&1
[ $? = 4 ] && grep -q '1 is no number of the format: exp' "$scratch/out"
verdict $? "exp of floats without 1 is refused"
rounding=block vectors=$vectors_before options=

verify 2 2 "$f17" "$in" '<linear width="3"/>'
verify 1 1 "$f17" "$random" '<linear/>'
verify 3 2 "$f32" "$random" '<linear width="2" bias="false"/>'
verify 2 2 'format="fixed" bits="17" fraction="0"' "$in" '<linear/>'
verify 2 2 "$f17" "$random" '<residual step="-2/3"><linear/></residual>'
verify 1 2 "$f17" "$in" '<norm kind="sphere"/>'
verify 1 2 "$f17" "$in" '<mlp hidden="2" gated="true"/>'
verify 2 1 "$f17" "$random" '<attention mask="causal" scale="1/sqrt(2)" stable="true"/>'
verify 2 2 "$f17" "$random" '<attention kind="linear" heads="2" kv-heads="1" output="true" mask="window" span="1"/>'
verify 2 2 "$f17" "$random" '<attention kind="unique-hard"><rope mode="each"/></attention>'
verify 1 2 "$f17" "$random" '<attention kind="unique-hard" order="3" scale="-2/3"><rope mode="complex"/></attention>'
verify 2 1 "$f17" "$in" '<attention kind="unique-hard"><t5 buckets="8" distance="6"/></attention>'
verify 1 1 "$f17" "$random" '<attention kind="cme" kernel="rbf" terms="2" lambda="1/2" damping="2/7"/>'
i12='format="ieee" significand="12" exponent-bits="6"'
i13='format="ieee" significand="13" exponent-bits="5"'
verify 2 2 "$i12" "$in" '<linear width="1"/>'
[ -n "${TC_FAST-}" ] || verify 1 1 "$b32" "$in" '<linear/>'
verify 1 2 "$i12" "$in" '<residual step="-2/3"><activation kind="relu"/></residual>'
[ -n "${TC_FAST-}" ] || verify 1 2 "$i13" "$in" '<norm kind="rms" epsilon="1/1000"/>'
[ -n "${TC_FAST-}" ] || verify 2 2 "$i12" "$in" '<norm kind="layer" epsilon="1/16" affine="true"/>'
[ -n "${TC_FAST-}" ] || verify 1 2 "$i13" "$random" '<norm kind="layer" affine="true"/>'
[ -n "${TC_FAST-}" ] || verify 1 1 "$i13" "$random" '<attention/>'
vectors=30 options='--regime arithmetic' # more exponents than words have: gaps are cut off
far='format="ieee" significand="3" exponent-bits="10"'
wide='format="float" significand="4" emin="-600" emax="600"'
verify 2 1 "$far" "$in" '<linear/>'
verify 1 2 "$wide" "$in" '<linear width="1" bias="false"/>'
verify 1 1 "$wide" "$in" '<residual step="-2/3"><linear/></residual>'
verify 2 1 "$far" "$in" '<residual step="1/2"><activation kind="relu"/></residual>'
tokens='<tokens length="n" vocabulary="2"/>'
verify 1 2 "$wide" "$in" '<embedding width="d"/><unembedding output="argmax"/>'
tokens=
verify 3 1 "$far" "$in" '<attention mask="causal" stable="true"/>'
verify 2 1 "$wide" "$in" '<attention kind="linear"/>'
verify 2 1 "$far" "$random" '<attention kind="average-hard" order="3" mask="strict-causal"/>'
verify 1 1 "$wide" "$random" '<residual step="100000000000/3"><linear/></residual>'
verify 1 2 "$far" "$in" '<norm kind="rms" epsilon="1/1000" affine="true"/>'
verify 1 2 "$wide" "$in" '<norm kind="sphere"/>'
verify 1 2 "$wide" "$in" '<norm kind="layer"/>'
verify 1 3 "$far" "$in" '<norm kind="layer" epsilon="2/7"/>'
verify 2 2 "$wide" "$in" '<attention kind="unique-hard"><rope mode="each"/></attention>'
verify 2 2 "$far" "$random" '<attention kind="unique-hard" scale="1/sqrt(d)"/>'
verify 2 2 "$far" "$in" '<attention kind="average-hard" order="3"><rope mode="flat"/></attention>'
verify 1 1 "$wide" "$in" '<norm kind="layer" affine="true"/>'
verify 2 1 "$wide" "$random" '<attention kind="unique-hard" scale="1/sqrt(2)"><alibi/></attention>'
verify 2 1 "$far" "$in" '<attention kind="cme" kernel="linear" terms="2" lambda="1/3"/>'
verify 1 1 "$wide" "$in" '<attention kind="cme" terms="6" damping="3" lambda="1/3"/>' # a sign that changes
verify 1 2 "$wide" "$in" '<attention kind="cme" kernel="linear" features="2" lambda="3/7"/>'
if [ -z "${TC_FAST-}" ]; then
    verify 2 1 "$wide" "$in" '<attention scale="-3/7"/>'
    verify 3 1 "$far" "$in" '<attention kind="unnormalized" mask="causal"/>'
    verify 2 1 "$wide" "$in" '<attention order="3" scale="-3/sqrt(7)" stable="true"/>'
    verify 2 1 "$far" "$in" '<attention order="3"><alibi/></attention>'
    verify 1 2 "$wide" "$in" '<norm kind="layer" affine="true"/>'
    verify 1 2 "$far" "$random" '<norm kind="layer" epsilon="2/7" affine="true"/>'
    verify 2 1 "$far" "$in" '<attention order="3" scale="-2/sqrt(3)"><alibi/></attention>'
    verify 2 1 "$wide" "$in" '<attention kind="unique-hard"/>'
    verify 2 1 'format="ieee" significand="53" exponent-bits="11"' "$random" \
        '<attention kind="unique-hard"><kerple r1="2/7"/></attention>' # biases of 64 bits
    verify 2 1 "$far" "$random" '<attention kind="cme" kernel="rbf" terms="2" gamma="3/5" lambda="1/2"/>'
    verify 1 1 "$far" "$in" '<attention kind="cme" features="3" gamma="2" lambda="1/2"/>'
    verify 2 2 "$far" "$random" '<attention kind="unique-hard" order="4" scale="-2/3"><rope mode="complex"/></attention>'
    verify 2 2 "$wide" "$random" '<attention kind="unique-hard" order="3"><rope mode="query2"/></attention>'
fi
if [ -n "${ALL-}" ]; then
    verify 2 1 'format="float" significand="12" emin="-1000" emax="1000"' "$in" '<attention/>'
    verify 1 2 'format="ieee" significand="53" exponent-bits="11"' "$in" '<linear/>'
    verify 1 3 'format="ieee" significand="12" exponent-bits="10"' "$in" '<norm kind="rms" epsilon="2/7"/>'
    verify 1 2 'format="float" significand="12" emin="-1000" emax="1000"' "$in" '<norm kind="layer" epsilon="1/1000"/>'
    verify 2 2 "$far" "$in" '<attention heads="2" output="true"/>'
    verify 2 1 "$far" "$in" '<attention kind="unique-hard" order="3"/>'
    verify 2 1 "$wide" "$in" '<attention kind="linear" order="3"/>'
    verify 3 1 "$far" "$in" '<attention kind="cme" terms="2" lambda="1/3"/>'
    verify 2 2 "$far" "$in" '<attention kind="cme" kernel="linear" features="2" lambda="1/3"/>'
    verify 1 3 "$wide" "$in" '<attention kind="cme" kernel="linear" features="3" lambda="1/2"/>'
fi
vectors=$vectors_before options=
if [ -z "${TC_FAST-}" ]; then # products of three factors and more, and of words of several limbs
    vectors=10
    verify 2 1 "$p11" "$in" '<attention order="3"/>'
    verify 1 2 "$p11" "$in" '<attention kind="unique-hard"><rope mode="each"/></attention>'
    verify 1 2 "$p11" "$random" '<attention order="3"><rope mode="flat"/></attention>'
    verify 2 1 "$i13" "$in" '<attention kind="cme" kernel="linear" terms="2" lambda="1/2"/>'
    verify 1 2 "$p11" "$in" '<attention kind="cme" kernel="linear" features="2" lambda="1/3"/>'
    vectors=$vectors_before
fi
[ -n "${TC_FAST-}" ] || verify 2 1 "$p11" "$random" '<attention kind="average-hard" mask="strict-causal"/>'
tokens='<tokens length="n" vocabulary="3"/>'
verify 2 2 "$f17" "$in" '<embedding width="d"/><unembedding output="argmax"/>'
tokens=
rounding=op

# same N D PRECISION BODY VALUES WANTED -- what it is, of all three engines
same() {
    n=$1 d=$2 precision=$3 weights=$in body=$4
    spec >"$scratch/a.xml"
    printf '%s' "$5" >"$scratch/values"
    for engine in reference family netlist; do
        # shellcheck disable=SC2086
        "$TC0C" run $options --quiet --decimal --engine "$engine" --values "$scratch/values" \
            "$scratch/a.xml" >"$scratch/out" 2>&1 &&
            [ "$(tr -d ' \n' <"$scratch/out")" = "{\"Y\":$6}" ]
        verdict $? "$engine: wanted $6"
    done
}
f17_1='format="fixed" bits="17" fraction="1"'
rounding=block
same 3 1 "$f17_1" '<norm kind="rms" epsilon="7"/>' '{"X": [[3], [-3], [0]]}' '[[1],[-1],[0]]'     # 3/4
same 2 1 "$f17_1" '<norm kind="rms" epsilon="135"/>' '{"X": [[3], [-3]]}' '[[0],[0]]'             # 1/4
same 2 2 "$f17_1" '<norm kind="sphere"/>' '{"X": [[0, 0], [-32768, -32768]]}' '[[0,0],[-0.5,-0.5]]' # 0; the least
same 1 2 "$f17_1" '<linear width="1"/>' \
    '{"X": [[0.5, 32767.5]], "linear.W": [[0.5], [0]], "linear.b": [0.5]}' '[[1]]' # 3/4 with the bias
same 1 2 "$f17_1" '<linear width="2"/>' \
    '{"X": [[-32768, -32768]], "linear.W": [[-32768, 32767.5], [-32768, 32767.5]], "linear.b": [-1, 1]}' \
    '[[32767.5,-32768]]'
# a bias that cancels the quotient to 34 places; one that takes it past a middle by 2^-36 of a place
b12='<norm kind="layer" epsilon="1/16" affine="true"/>'
same 1 2 'format="ieee" significand="12" exponent-bits="5"' "$b12" \
    '{"X": [[-12.15625, -9.25]], "norm.gain": [6216, -6216], "norm.bias": [6126, 6130]}' '[[3.3e-07,4]]' # 11 of the least
[ -n "${TC_FAST-}" ] || same 1 2 "$i12" "$b12" \
    '{"X": [[-12.15625, -9.25]], "norm.gain": [6.0703125, -0.7587890625], "norm.bias": [5.982421875, 0.747802734375]}' \
    '[[3.224e-10,4.05e-11]]'
# what is read makes NaN, by coordinate or by row; equal x leave the bias; past the largest are infinities
[ -n "${TC_FAST-}" ] || same 2 2 "$i12" "$b12" \
    '{"X": [["inf", 30.625], [1, 2]], "norm.gain": [7.60546875, "nan"], "norm.bias": [7.40234375, 0.5]}' \
    '[[nan,nan],[0.599853515625,nan]]'
[ -n "${TC_FAST-}" ] || same 2 2 "$i12" "$b12" \
    '{"X": [[7, 7], [-4290772992, 4290772992]], "norm.gain": [4290772992, 4290772992], "norm.bias": [-4290772992, 4290772992]}' \
    '[[-4290772992,4290772992],[-inf,inf]]'
# 2^100 and 3 2^99: a determinant of 2^198 is what is left of products of 2^200; series of 2 terms; infinities and NaN
options='--regime arithmetic'
[ -n "${TC_FAST-}" ] || same 2 1 "$far" '<attention kind="cme" features="2" lambda="1/3"/>' \
    '{"X": [["0x1p+100"], ["0x1.8p+100"]], "attention.W_Q": [[1]], "attention.W_K": [[1]], "attention.W_V": [["0x1p-100"]]}' \
    '[[1],[1.5]]'
b0='<norm kind="layer" affine="true"/>' # +-gain + bias; to 0; of equal x, which leave the bias; past the largest
[ -n "${TC_FAST-}" ] || same 2 2 "$far" "$b0" \
    '{"X": [["0x1p+100", "-0x1p+100"], [7, 7]], "norm.gain": [1, "0x1p-400"], "norm.bias": [-1, "0x1p-400"]}' \
    '[[0,0],[-1,4e-121]]'
same 1 2 "$far" "$b0" \
    '{"X": [[1, "0x1p-300"]], "norm.gain": ["0x1.cp+511", "nan"], "norm.bias": ["0x1.cp+511", 1]}' '[[inf,nan]]'
same 2 1 "$far" '<attention kind="cme" kernel="linear" terms="2" damping="2/3" lambda="1/3"/>' \
    '{"X": [["0x1p+60"], ["-0x1.cp+59"]], "attention.W_Q": [["0x1.8p-60"]], "attention.W_K": [["0x1p-60"]], "attention.W_V": [["0x1p-60"]]}' \
    '[[1],[-0.875]]'
same 2 1 "$far" '<attention kind="cme" kernel="linear" terms="2" damping="2/3" lambda="1/3"/>' \
    '{"X": [["inf"], [1]], "attention.W_Q": [[1]], "attention.W_K": [[1]], "attention.W_V": [[1]]}' '[[nan],[nan]]'
options=
crossing() {
    same 1 2 "$i12" "$b12" \
        '{"X": [[28.53125, 30.625]], "norm.gain": [7.60546875, -0.95068359375], "norm.bias": ['"$1"']}' "$2"
}
if [ -n "${ALL-}" ]; then
    crossing '-1.2232703738845885e-10, -1.546140993013978e-11' '[[-7.3984375,-0.9248046875]]'
    crossing '-1.2187229003757238e-10, -1.5006662579253316e-11' '[[-7.396484375,-0.924560546875]]'
    crossing '7.396484375, 0.924560546875' '[[-0.0009765625,-0.0001220703125]]'
    crossing '7.39453125, 0.9248046875' '[[-0.0029296875,0.0001220703125]]'
    crossing '7.40234375, 0.922607421875' '[[0.0048828125,-0.0020751953125]]'
fi
rounding=op

if [ -n "${ALL-}" ]; then
    rounding=block
    while read -r body; do
        verify 2 1 "$f17" "$in" "$body"
        verify 2 2 "$f17" "$random" "$body"
        verify 1 2 'format="fixed" bits="20" fraction="19"' "$random" "$body"
        verify 1 1 "$f32" "$random" "$body"
    done <<END
<linear width="3"/>
<mlp hidden="3"/>
<mlp hidden="2" gated="true" bias="false"/>
<residual step="-2/3"><linear/></residual>
<norm kind="layer" epsilon="1/16" affine="true"/>
<norm kind="rms" affine="true"/>
<norm kind="sphere"/>
<attention/>
<attention mask="causal" scale="1/sqrt(3)" stable="true"/>
<attention order="3" mask="causal" scale="-3/7"/>
<attention order="4"/>
<attention kind="unnormalized" mask="causal" order="3"/>
<attention kind="average-hard" mask="strict-causal"/>
<attention kind="unique-hard" order="3"/>
<attention kind="linear"/>
<attention heads="d" mask="causal"><alibi/></attention>
<attention order="3"><sandwich/></attention>
<attention><t5 buckets="8" distance="6"/></attention>
<attention><fire bias="computed" hidden="2"/></attention>
<attention kind="cme" terms="3" lambda="1/3"/>
<attention kind="cme" kernel="rbf" terms="2" lambda="1/2" gamma="2"/>
<attention kind="cme" kernel="linear" features="d" lambda="1/2"/>
END
    for mode in each complex flat query2; do
        verify 2 2 "$f17" "$random" '<attention order="3"><rope mode="'$mode'"/></attention>'
    done
    verify 1 1 "$f17" "$random" '<attention kind="cme" features="3" lambda="1/2"/>'
    verify 2 2 "$f17" "$random" '<attention><rope mode="each" angles="computed" base="4"/></attention>'
    while read -r body; do
        verify 2 1 "$i12" "$in" "$body"
        verify 1 2 "$i13" "$in" "$body"
        verify 1 2 "$p11" "$random" "$body"
    done <<END
<mlp hidden="2" gated="true"/>
<norm kind="layer"/>
<norm kind="layer" epsilon="1/1000" affine="true"/>
<norm kind="rms" epsilon="1/1000" affine="true"/>
<norm kind="sphere"/>
<residual step="1/2"><norm kind="layer" affine="true"/></residual>
<attention mask="causal" scale="1/sqrt(2)" stable="true"/>
<attention kind="unique-hard" order="3"/>
<attention kind="linear"/>
<attention kind="unnormalized"><rope mode="each"/></attention>
<attention kind="cme" terms="2" lambda="1/3"/>
<attention kind="cme" kernel="linear" features="d" lambda="1/2"/>
END
    for mode in each complex flat query2; do
        verify 1 2 "$i12" "$in" '<attention order="3"><rope mode="'$mode'"/></attention>'
    done
    verify 1 1 "$b32" "$random" '<attention/>'
    vectors=3 # some hundred million wires
    verify 1 1 "$b32" "$in" '<attention order="3"/>'
    verify 1 2 "$b32" "$in" '<attention><rope mode="each"/></attention>'
    verify 1 1 "$b32" "$in" '<attention kind="cme" terms="2" lambda="1/2"/>'
    vectors=$vectors_before
    verify 1 2 "$b32" "$random" '<norm kind="rms" epsilon="1/1000"/>'
    verify 1 2 "$b32" "$in" '<norm kind="layer" epsilon="1/100000" affine="true"/>'
    verify 1 2 'format="float" significand="12" emin="-20" emax="20"' "$in" \
        '<norm kind="layer" epsilon="1/100000" affine="true"/>'
    # gain times 1/2 or 3/4, and the bias: ties by the parity of the sum
    same 1 2 "$f17_1" '<norm kind="layer" epsilon="27" affine="true"/>' \
        '{"X": [[3, -3]], "norm.gain": [0.5, 1.5], "norm.bias": [0.5, 0]}' '[[1,-1]]'
    rounding=op
    for precision in "$f17" "$f32" "$b32" "$p24"; do
        for source in "$in" "$random"; do
            while read -r body; do
                verify 2 2 "$precision" "$source" "$body"
            done <<END
<linear width="3"/>
<mlp hidden="3"/>
<mlp hidden="2" gated="true" bias="false"/>
<norm kind="layer" epsilon="1/16" affine="true"/>
<norm kind="rms"/>
<attention/>
<attention mask="causal" scale="1/2" stable="true"/>
<attention order="3" mask="causal"/>
<attention order="4" mask="causal"/>
<attention heads="2" kv-heads="1"/>
<sinusoidal base="7"/>
<attention kind="unnormalized" mask="causal"/>
<attention kind="average-hard" mask="strict-causal"/>
<attention kind="unique-hard" order="3"/>
<attention kind="linear"/>
<attention><rope mode="each"/></attention>
<attention order="3"><rope mode="complex"/></attention>
<attention order="3"><rope mode="flat"/></attention>
<attention order="3"><rope mode="query2"/></attention>
<attention><rope mode="each" angles="computed" base="4"/></attention>
<attention heads="2" mask="causal"><alibi/></attention>
<attention order="3"><sandwich/></attention>
<attention><t5 buckets="8" distance="6"/></attention>
<attention><fire bias="computed" hidden="2"/></attention>
<attention kind="cme" terms="2" lambda="1/2"/>
<attention kind="cme" kernel="rbf" terms="1" lambda="1/2" gamma="2"/>
END
        done
    done
    verify 2 2 "$f17" "$random" '<attention heads="2"><fire hidden="2"/></attention>'
    verify 2 2 "$f17" "$random" '<attention kind="unique-hard"><rope mode="each" angles="computed"/></attention>'
    verify 2 2 "$f17" "$random" '<attention kind="cme" features="3" lambda="1/2" gamma="3/2"/>'
    verify 2 3 "$f17" "$random" '<attention kind="cme" kernel="linear" features="3" lambda="1/2"/>'
fi

# steady D PRECISION BODY N,... -- depth at these lengths
steady() {
    n=2 d=$1 precision=$2 weights=$random body=$3
    spec >"$scratch/a.xml"
    # shellcheck disable=SC2086
    "$TC0C" sweep $options --quiet "$scratch/a.xml" --vary "n=$4" >"$scratch/out" 2>&1 &&
        [ "$(sed 1d "$scratch/out" | cut -d, -f2 | sort -u | wc -l)" = 1 ]
    verdict $? "depth by n"
}
steady 2 "$f17" '<attention mask="causal"/>' 2,3,64
rounding=block
steady 2 "$f17" '<attention mask="causal"/>' 2,3,64
[ -n "${TC_FAST-}" ] || steady 2 "$p11" '<attention mask="causal"/>' 2,16
options='--regime arithmetic'
steady 1 "$far" '<attention mask="causal" order="3"/>' 1,2,4
steady 1 "$wide" '<attention kind="average-hard" scale="1/sqrt(2)"><alibi/></attention>' 2,3,6
steady 1 "$far" '<attention kind="linear"/>' 2,64 # words of some thousand bits
steady 1 "$far" '<attention kind="cme" terms="2" damping="2/3" lambda="1/3"/>' 1,2,3
options=
rounding=op
[ -z "${ALL-}" ] || steady 1 'format="float" significand="12" emin="-30" emax="30"' \
    '<attention kind="linear"/>' 2,64 # sums chosen by cost would differ here

# the example that SPEC.md names, as large as it stands and small
example=$here/attention.xml
"$TC0C" compile --quiet "$example" >"$scratch/out" 2>&1 &&
    grep -q '<total depth="30" gates="2514864"' "$scratch/out"
verdict $? "$example: depth and gates"
agree --set n=1 --set d=1 "$example"
verdict $? "$example, n = d = 1"

# the one that the README names
example=$here/../../examples/wide/layer.xml
"$TC0C" compile --quiet "$example" >"$scratch/out" 2>&1 &&
    total=$(sed -n 's/^ *<total depth="\([0-9]*\)" gates="\([0-9]*\)".*/\1 \2/p' "$scratch/out" |
        sed -e :a -e 's/\([0-9]\)\([0-9]\{3\}\)\(,\|$\)/\1,\2\3/;ta') &&
    tr '\n' ' ' <"$here/../../README.md" |
    grep -q "layer.xml.*depth ${total% *} at every n, ${total#* } gates at n = 8, d = 4"
verdict $? "$example: the README's depth and gates are $total"
agree --set n=2 --set d=1 "$example"
verdict $? "$example, n = 2, d = 1"
"$TC0C" sweep --quiet "$example" --vary n=2,100 >"$scratch/out" 2>&1 &&
    [ "$(sed 1d "$scratch/out" | cut -d, -f2 | sort -u)" = "${total% *}" ]
verdict $? "$example: its depth at every n"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

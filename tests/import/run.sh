#!/bin/sh
# run.sh TC0C -- configurations of published models as specifications
. "$(dirname "$0")/../common.sh"
cd "$here" || exit 2

# imports NAME PATTERN... -- NAME.json is a specification, with these parts, that compiles
imports() {
    name=$1
    shift
    "$tc0c" import "$name.json" -o "$t/$name.xml" && "$tc0c" check "$t/$name.xml" || return 1
    for pattern; do
        grep -q -e "$pattern" "$t/$name.xml" || { echo "no $pattern"; return 1; }
    done
    "$tc0c" compile --quiet "$t/$name.xml" | grep -q '<total depth="[1-9]'
}
check "llama" imports llama '<repeat count="2">' '<norm kind="rms" epsilon="1e-06" affine="true"/>' \
    '<attention heads="4" kv-heads="2" scale="1/sqrt(4)" mask="causal" output="true">' \
    '<rope mode="each" base="500000"/>' 'rope_scaling llama3' 'bfloat16' '<unembedding/>' \
    '<mlp hidden="24" activation="silu" gated="true" bias="false"/>' 'vocabulary="20"'
check "mistral" imports mistral 'mask="window" span="6"' 'head-width="6"' 'n" value="5"'
check "gpt2" imports gpt2 '<learned/>' 'hidden="32" activation="gelu-tanh" gated="false" bias="true"' \
    '<unembedding tied="true"/>' 'left out: biases'
check "gpt_neox" imports gpt_neox 'but 0.25 of a head' 'approximated: attention and mlp' 'a classifier'
check "bloom" imports bloom '<alibi/>' '<unembedding tied="true"/>'
check "bert" imports bert 'mask="none"' 'token types' 'the last rows'
check "bert has no unembedding" sh -c "! grep -q unembedding '$t/bert.xml'"
check "a norm follows what it is of" awk '/<\/residual>/ { getline; if (!/<norm/) exit 1 }' "$t/bert.xml"

# refuses NAME EDIT PATTERN -- of llama.json after sed's EDIT: bad input, and why
refuses() {
    sed "$2" llama.json >"$t/bad.json"
    check "$1" gives 3 "$3" "$tc0c" import "$t/bad.json"
}
refuses "another type" 's/"llama"/"mamba"/' 'model_type mamba is not known'
refuses "no type" '/model_type/d' 'no model_type'
refuses "another activation" 's/"silu"/"relu2"/' 'activation relu2 is not known'
refuses "another scaling" 's/llama3/spiral/' 'rope_scaling of type spiral'
refuses "no width" '/hidden_size/d' 'no hidden_size'
refuses "a width of 0" 's/"hidden_size": 16/"hidden_size": 0/' 'hidden_size: wanted a positive'
refuses "a width in words" 's/"hidden_size": 16/"hidden_size": "16"/' 'hidden_size: wanted a positive'
refuses "heads that divide nothing" 's/"num_attention_heads": 4/"num_attention_heads": 3/' '3 heads do not'
refuses "no JSON" 's/{/[/' 'no JSON'
refuses "a list" 's/.*//; 1s/.*/[]/' 'wanted an object'
check "no file" gives 3 'none.json' "$tc0c" import none.json
check "no name" gives 2 'wants' "$tc0c" import

configs=$here/../../../shared/configs
for c in "$configs"/*.config.json; do # published ones, where they are at hand
    [ -f "$c" ] || continue
    check "$(basename "$c")" sh -c "'$tc0c' import '$c' | sed 's/count=\"[0-9]*\"/count=\"1\"/' >'$t/c.xml' &&
        '$tc0c' check '$t/c.xml'"
done
finish

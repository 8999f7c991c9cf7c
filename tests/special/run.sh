#!/bin/sh
# run.sh TC0C -- infinities and NaN in models that are rounded by blocks: the engines against
# each other, whose random inputs have them, and what SPEC.md says of some
. "$(dirname "$0")/../common.sh"
vectors=256
[ -z "${TC_FAST-}" ] || vectors=64

# spec FORMAT N WIDTH BODY
spec() {
    case $1 in
    ieee:*) pq=${1#ieee:} format="ieee\" significand=\"${pq%,*}\" exponent-bits=\"${pq#*,}" ;;
    *) format=$1 ;;
    esac
    cat <<END
<transformer xmlns="urn:tc0c:spec:1">
  <precision format="$format" rounding="block"/>
  <input length="$2" width="$3"/>
  <weights source="${weights:-input}"/>
  $4
</transformer>
END
}

while read -r format n width body; do
    spec "$format" "$n" "$width" "$body" >"$t/spec.xml"
    for level in 1 2; do
        check "$format $n $width $body -O$level" "$tc0c" verify --quiet -O$level \
            --vectors $vectors "$t/spec.xml"
    done
done <<'END'
ieee:3,3 1 1 <attention/>
ieee:3,3 1 1 <attention mask="strict-causal"/>
ieee:3,3 3 1 <attention mask="causal" stable="true"/>
ieee:3,3 3 1 <attention mask="window" span="2" kind="average-hard"/>
ieee:3,3 3 1 <attention mask="causal" kind="unique-hard" order="3"/>
ieee:3,3 2 1 <attention kind="linear" mask="causal"/>
ieee:3,3 2 1 <attention kind="unnormalized" mask="strict-causal" order="3"/>
ieee:3,3 2 2 <attention><rope mode="each"/></attention>
ieee:3,3 2 1 <attention><t5 buckets="4" distance="3"/></attention>
ieee:3,3 2 1 <attention><fire hidden="2" bias="computed"/></attention>
ieee:3,3 2 1 <attention kind="cme" kernel="linear" lambda="1" terms="2"/>
ieee:3,3 2 2 <norm affine="true"/>
ieee:3,3 1 1 <norm kind="sphere"/>
ieee:3,3 2 2 <residual step="-2"><linear/></residual>
ieee:3,3 2 2 <mlp hidden="2" gated="true"/>
ieee:3,3 2 2 <unembedding vocabulary="4" output="argmax"/>
ieee:2,2 2 2 <linear/><activation kind="gelu"/>
e5m2 1 2 <linear/>
e4m3 1 2 <linear/><activation kind="tanh"/>
e4m3 2 1 <attention mask="causal"/>
END

# attends WANTED X W_Q W_K W_V -- Y of causal attention in e5m2, two tokens of width 1, by each engine
attends() {
    wanted=$1
    printf '{"X": %s, "attention.W_Q": %s, "attention.W_K": %s, "attention.W_V": %s}\n' \
        "$2" "$3" "$4" "$5" >"$t/x.json"
    spec e5m2 2 1 '<attention mask="causal"/>' >"$t/spec.xml"
    for engine in reference family netlist; do
        found=$("$tc0c" run --quiet --decimal --engine $engine --values "$t/x.json" "$t/spec.xml" |
            tr -d ' \n')
        [ "$found" = "{\"Y\":$wanted}" ] || {
            echo "$engine: $found, wanted $wanted"
            return 1
        }
    done
}
check "a masked token is not read" attends '[[1],[nan]]' '[[1],["inf"]]' '[[0]]' '[[0]]' '[[1]]'
check "weights of 0 read it" attends '[[nan],[nan]]' '[["-inf"],[1]]' '[[0]]' '[[0]]' '[[0]]'
check "a weight that is NaN" attends '[[nan],[nan]]' '[[1],[1]]' '[["nan"]]' '[[0]]' '[[1]]'
check "-0 is 0" attends '[[0],[0]]' '[["-0"],["-0"]]' '[["-0"]]' '[[1]]' '[[1]]'

# last WANTED FORMAT X W -- Y of a linear map of one number
last() {
    printf '{"X": [[%s]], "linear.W": [[%s]]}\n' "$3" "$4" >"$t/x.json"
    spec "$2" 1 1 '<linear bias="false"/>' >"$t/spec.xml"
    for engine in reference family netlist; do
        found=$("$tc0c" run --quiet --decimal --engine $engine --values "$t/x.json" "$t/spec.xml" |
            tr -d ' \n')
        [ "$found" = "{\"Y\":[[$1]]}" ] || {
            echo "$engine: $found, wanted $1"
            return 1
        }
    done
}
check "half a place past the largest number" last inf ieee:3,3 3 5
check "less than that" last 14 ieee:3,3 3.5 4
check "below the least number" last -inf ieee:3,3 -3 5
check "e4m3 saturates" last 448 e4m3 448 448
check "e4m3 has no infinity to read" last 448 e4m3 '"inf"' 1
check "0 times infinity" last nan e5m2 0 '"inf"'

finish

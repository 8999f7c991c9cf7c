#!/bin/sh
# vectors.sh TC0C [FORMAT...] -- every block in every wide format, rounded once a block: reference and
# family agree on VECTORS random inputs (2,000), and the netlist on 64 of them or more, where it is not
# too large.
#
# `make vectors` runs it; not part of `make test`: some hours.  A line a block and format: depth, gates,
# wires, seconds.  MINUTES=N ends a block's run after so many (120).  Formats are: see below.
# shellcheck source=tests/common.sh
. "$(dirname "$0")/../common.sh"
[ $# = 0 ] || shift
: "${VECTORS:=2000}" "${MINUTES:=120}"
export LC_ALL=C

precision() {
    case $1 in
    fixed:17,8 | fixed:32,16) echo "format=\"fixed\" bits=\"${1#fixed:}\"" | sed 's/,/" fraction="/' ;;
    ieee:* | ftz:*)
        echo "format=\"${1%:*}\" significand=\"${1#*:}\"" | sed 's/,/" exponent-bits="/' ;;
    float:*) echo "format=\"float\" significand=\"${1#*:}\"" | sed 's/,/" emin="/; s/,/" emax="/' ;;
    *) echo "format=\"$1\"" ;;
    esac
}

# row N D WEIGHTS BODY [INPUT] -- in $format
row() {
    cat >"$t/model.xml" <<XML
<transformer xmlns="urn:tc0c:spec:1" name="vectors">
  <parameter name="n" value="$1"/>
  <parameter name="d" value="$2"/>
  <precision $(precision "$format") rounding="block"/>
  ${5:-<input length=\"n\" width=\"d\"/>}
  <weights $3/>
  $4
</transformer>
XML
    began=$(date +%s)
    timeout -k 60 "${MINUTES}m" "$tc0c" verify --regime arithmetic --vectors "$VECTORS" --no-times \
        "$t/model.xml" >"$t/said" 2>&1 </dev/null
    status=$?
    grep -q "^reference and family agree on \($VECTORS random\|all\)" "$t/said" || status=1
    verdict $status "$format, n = $1, d = $2: $4" "$t/said"
    printf '%s\tn=%s d=%s\t%s\t%s\t%s s\n' "$format" "$1" "$2" "$4" \
        "$(sed -n 's/^[^:]*: \(depth [0-9]*, .* wires\), .*/\1/p' "$t/said" | tail -n 1)" \
        $(($(date +%s) - began))
}

rows() {
    while read -r n d weights body; do
        case $weights in
        input) row "$n" "$d" 'source="input"' "$body" ;;
        *) row "$n" "$d" 'source="random" seed="3"' "$body" ;;
        esac
    done <<'ROWS'
2 2 input <linear width="3"/>
2 2 input <residual step="-2/3"><linear/></residual>
2 2 input <activation kind="gelu"/>
2 1 input <mlp hidden="2"/>
1 2 input <mlp hidden="2" gated="true"/>
2 2 input <norm kind="sphere"/>
2 2 input <norm kind="rms" epsilon="1/1000" affine="true"/>
1 2 input <norm kind="layer" epsilon="1/1000"/>
1 2 input <norm kind="layer" epsilon="1/1000" affine="true"/>
2 1 random <attention/>
2 1 random <attention mask="causal" scale="1/sqrt(2)" stable="true"/>
2 1 random <attention kind="average-hard" mask="strict-causal"/>
2 1 random <attention kind="unique-hard"/>
2 1 random <attention kind="linear"/>
2 1 random <attention kind="unnormalized"/>
1 1 random <attention order="3"/>
1 2 random <attention><rope mode="each"/></attention>
2 1 random <attention heads="1" mask="causal"><alibi/></attention>
2 1 random <attention><t5 buckets="8" distance="6"/></attention>
2 2 random <sinusoidal base="7"/>
1 1 random <attention kind="cme" terms="2" lambda="1/3"/>
1 1 random <attention kind="cme" kernel="linear" features="d" lambda="1/2"/>
ROWS
    tokens='<tokens length="n" vocabulary="3"/>'
    row 2 2 'source="random" seed="3"' '<embedding width="d"/><unembedding output="argmax"/>' "$tokens"
    row 2 2 'source="input"' '<embedding width="d"/><unembedding/>' "$tokens"
}

[ $# != 0 ] || set -- fixed:17,8 fixed:32,16 ieee:12,6 ieee:13,5 ftz:12,6 float:12,-20,20 \
    float:12,-1000,1000 binary32
for format; do rows; done
finish

#!/bin/sh
# README.md's commands give what it says they give, and its specification is
# the example it names.
# usage: run.sh [BINARY]
bin=${1:-build/tc0c}
root=$(cd "$(dirname "$0")/../.." && pwd) || exit 2
case $bin in /*) ;; *) bin=$PWD/$bin ;; esac
cd "$root" || exit 2
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT

# command N into $tmp/N.sh, the text that follows it into $tmp/N.want
awk -v dir="$tmp" '
    /^```/ { inside = !inside; if (!inside) n = 0; next }
    inside && /^\$ / { n = ++count; print substr($0, 3) > (dir "/" n ".sh"); printf "" > (dir "/" n ".want"); next }
    inside && n { print > (dir "/" n ".want") }
' README.md
awk '/^```xml/ { on = 1; next } /^```/ { on = 0 } on' README.md > "$tmp/spec.xml"

passed=0 failed=0
for cmd in "$tmp"/*.sh; do
    [ -e "$cmd" ] || continue
    sed "s|build/tc0c|'$bin'|" "$cmd" > "$tmp/run"
    if sh "$tmp/run" > "$tmp/got" 2>/dev/null && cmp -s "$tmp/got" "${cmd%.sh}.want"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "README: $(cat "$cmd")"
        diff "${cmd%.sh}.want" "$tmp/got"
    fi
done
sed '/^<!--/,/-->/d' examples/3-rope-tensor.xml > "$tmp/example.xml"
if cmp -s "$tmp/spec.xml" "$tmp/example.xml"; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    echo "README: its specification is not examples/3-rope-tensor.xml"
    diff "$tmp/spec.xml" "$tmp/example.xml"
fi

# rows of the table of depths and gates: | order | rope | rounding | depth | gates | at -O1, then at -O2
rows=$(sed -n 's/^| \([234]\) | \([a-z0-9]*\) | \(block\|op\) | \(.*\) |$/\1 \2 \3 \4/p' README.md | tr -d ',|')
echo "$rows" > "$tmp/rows"
while read -r order mode rounding depth1 gates1 depth2 gates2; do
    sed -e "s/order=\"3\"/order=\"$order\"/" -e "s/mode=\"each\"/mode=\"$mode\"/" \
        -e "s/rounding=\"block\"/rounding=\"$rounding\"/" examples/3-rope-tensor.xml > "$tmp/row.xml"
    for level in 1 2; do
        "$bin" compile --quiet -O "$level" "$tmp/row.xml" |
            sed -n 's/.*<total depth="\([0-9]*\)" gates="\([0-9]*\)".*/\1 \2/p'
    done | tr '\n' ' ' > "$tmp/got"
    if [ "$(cat "$tmp/got")" = "$depth1 $gates1 $depth2 $gates2 " ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "README: order $order, $mode, $rounding: found $(cat "$tmp/got")"
    fi
done < "$tmp/rows"

# rows of operations: | `OPERATION` | depth | gates |
sed -n 's/^| `\(.*\)` | \([0-9]*\) | \([0-9,]*\) |$/\1|\2|\3/p' README.md > "$tmp/rows"
while IFS='|' read -r operation depth gates; do
    # shellcheck disable=SC2086
    "$bin" prim $operation --stats 2>/dev/null |
        sed -n 's/.*form-depth \([0-9]*\) form-gates \([0-9]*\)$/\1 \2/p' > "$tmp/got"
    if [ "$(cat "$tmp/got")" = "$depth $(echo "$gates" | tr -d ,)" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "README: $operation: found $(cat "$tmp/got")"
    fi
done < "$tmp/rows"

# rows of blocks: | [WORDS](examples/blocks/NAME.xml) | depth | gates |; each file has one
sed -n 's,^| \[.*\](\(examples/blocks/.*\.xml\)) | \([0-9]*\) | \([0-9\,]*\) |$,\1 \2 \3,p' \
    README.md | tr -d , > "$tmp/rows"
while read -r spec depth gates; do
    "$bin" compile --quiet "$spec" |
        sed -n 's/.*<total depth="\([0-9]*\)" gates="\([0-9]*\)".*/\1 \2/p' > "$tmp/got"
    if [ "$(cat "$tmp/got")" = "$depth $gates" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "README: $spec: found $(cat "$tmp/got")"
    fi
done < "$tmp/rows"
ls examples/blocks/*.xml > "$tmp/files"
if cut -d' ' -f1 "$tmp/rows" | sort | cmp -s - "$tmp/files"; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    echo "README: rows of blocks are not the files of examples/blocks"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 1 ]

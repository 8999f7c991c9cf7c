#!/bin/sh
# run.sh TC0C -- every registered pass alone, on small examples, beside what it was given:
# on all inputs where these have up to 20 bits; `make passes-all` takes all examples
. "$(dirname "$0")/../common.sh"
cd "$root" || exit 2

"$tc0c" passes >"$t/passes" || exit 2
alone() { # LEVEL PASS KIND SPEC
    bound=
    [ "$2" = split-weights ] && bound='--max-weight 256'
    # shellcheck disable=SC2086
    "$tc0c" compile --quiet -O"$1" --check --passes "$2" $bound --emit "$3" -o /dev/null "$4"
}
while read -r pass level _; do
    kind=netlist
    [ "$level" = family ] && kind=report
    for o in 0 1 2; do
        check "$pass of -O$o" alone $o "$pass" $kind examples/1-tiny.xml
    done
    [ "$level" = netlist ] || check "$pass of a layer" alone 0 "$pass" $kind examples/blocks/norm-layer.xml
done <"$t/passes"
check "there are some" test "$(wc -l <"$t/passes")" -gt 15
finish

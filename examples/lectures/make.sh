#!/bin/sh
# make.sh TC0C OUT -- what the program writes of the lectures, to the folder OUT
#
# NUMBER-NAME.md is the explanation of a lecture's circuit; README.md is the page beside this script,
# with the output of each command in it (a line `$ COMMAND` in a block of code) and the rows of its
# table (between <!-- circuits --> and <!-- end of circuits -->) made anew.
set -eu
export LC_ALL=C.UTF-8
case $1 in */*) tc0c=$(cd "$(dirname "$1")" && pwd)/$(basename "$1") ;; *) tc0c=$(command -v "$1") ;; esac
mkdir -p "$2"
out=$(cd "$2" && pwd)
cd "$(dirname "$0")/../.."
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
trap 'exit 2' INT TERM

# number, name, and the circuit: an operation of prim, a specification or a netlist
cat >"$t/lectures" <<'END'
1 majority examples/lectures/1-majority.tc
2 counting prim sum --exact --terms 7 --format unsigned:1
3 comparison prim lt --format unsigned:8
4 sum prim sum --exact --terms 8 --format unsigned:4
5 product prim mul --exact --format unsigned:4
6 exp prim exp --format fixed:8,4
7 attention examples/1-tiny.xml
8 tensor-attention examples/3-rope-tensor.xml
9 model examples/10-language-model.xml
END

# total SPEC -- depth and gates, between bars
total() {
    "$tc0c" compile --quiet "$1" |
        sed -n 's/.*<total depth="\([0-9]*\)" gates="\([0-9]*\)".*/\1 | \2/p'
}

while read -r number name circuit; do
    page=$number-$name.md
    case $circuit in
    prim*)
        # an operation's options are words
        # shellcheck disable=SC2086
        "$tc0c" $circuit --explain markdown -o "$out/$page"
        # shellcheck disable=SC2086
        sizes=$("$tc0c" $circuit --stats | sed 's/.*form-depth \([0-9]*\) form-gates \([0-9]*\)$/\1 | \2/')
        shown="\`$circuit\`"
        ;;
    *)
        "$tc0c" explain --format markdown -o "$out/$page" "$circuit"
        sizes=$(total "$circuit")
        case $circuit in
        examples/lectures/*) link=${circuit#examples/lectures/} ;;
        *) link=../${circuit#examples/} ;;
        esac
        shown="[\`${link#../}\`]($link)"
        ;;
    esac
    echo "| $number | [$name]($page) | $shown | $sizes |"
done <"$t/lectures" >"$t/rows"

# the page, its old output and rows left out, as a shell script would write it
awk -v rows="$t/rows" '
    function quoted(s) { gsub(/\047/, "\047\\\047\047", s); return "\047" s "\047" }
    /^<!-- end of circuits -->/ { print "cat " quoted(rows); table = 0 }
    table { next }
    /^ *```/ { code = !code; ran = 0 }
    code && /^\$ / {
        print "printf \"%s\\n\" " quoted($0)
        command = substr($0, 3)
        gsub(/build\/tc0c/, "\"$tc0c\"", command)
        print command
        ran = 1
        next
    }
    ran { next }
    { print "printf \"%s\\n\" " quoted($0) }
    /^<!-- circuits -->/ { table = 1 }' examples/lectures/README.md >"$t/page.sh"
tc0c=$tc0c sh -eu "$t/page.sh" >"$t/page" 2>"$t/words" || {
    cat "$t/words" >&2
    exit 1
}
cp "$t/page" "$out/README.md"

#!/bin/sh
# run.sh TC0C -- what is written for the examples, byte for byte
#
# examples/NAME.xml compiled at -OL is compared with examples/NAME.OL/ here.  These
# files show what changed, not that it is right: so the reports are validated,
# the pictures read by Graphviz, and the engines held against each other.
# TC_BLESS=1 rewrites the files: read the difference.  TC_FAST=1: fewer vectors.
. "$(dirname "$0")/../common.sh"
cd "$root" || exit 2
export LC_ALL=C
golden=tests/golden/examples

no_layout() { # FILE: no places of nodes, edges and labels, and no size of the whole
    ! grep -nE '(^|[[:space:],[])(pos|bb|lp|xlp|lwidth|lheight|_draw_|_ldraw_)=' "$1"
}

verify() { # LEVEL SPEC VECTORS
    "$tc0c" verify -O"$1" --no-times --vectors "$3" "$2" >"$t/verify" 2>&1 &&
        grep '^netlist agrees on' "$t/verify" &&
        grep '^depth, gates, wires, .* of family and netlist agree$' "$t/verify"
    status=$?
    [ $status = 0 ] || cat "$t/verify"
    return $status
}

[ -z "${TC_BLESS-}" ] || rm -rf "$golden"
for spec in examples/*.xml; do
    example=$(basename "$spec" .xml)
    for level in 1 2; do
        of=$example.O$level
        emit=report,family,dot
        case $example in 1-*) emit=$emit,netlist,gates-dot ;; esac
        check "$of compiles" "$tc0c" compile --quiet --no-times -O$level --emit $emit \
            -o "$t/$of" "$spec"
        [ -z "${TC_BLESS-}" ] || { mkdir -p $golden && cp -r "$t/$of" $golden; }
        # both ways: nothing missing, nothing new
        check "$of has the files it had" diff "$t/$of" "$golden/$of" --brief
        for file in "$t/$of"/*; do
            check "$of ${file##*/}" diff -u "$golden/$of/${file##*/}" "$file"
            case $file in
            *.dot)
                check "$of ${file##*/} without layout" no_layout "$file"
                check "$of ${file##*/} read by Graphviz" dot -Tcanon -o /dev/null "$file"
                ;;
            esac
        done
        check "$of report is valid" xmllint --noout --nonet --schema compiler/report.xsd \
            "$t/$of/report.xml"
        vectors=1000
        [ -z "${TC_FAST-}" ] || vectors=64
        check "$of verified" verify $level "$spec" $vectors
    done
done
# a folder that stands for no example
for of in "$golden"/*; do
    check "$of stands for an example" test -d "$t/${of##*/}"
done
[ -z "${TC_BLESS-}" ] || git status --short -- $golden 2>/dev/null

finish

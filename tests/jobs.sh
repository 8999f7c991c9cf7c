# jobs.sh -- rows of tests, as many at a time as there are processors
#
# A script that is called with the program's name, and defines
#   spec              the specification of $row, words NAME=VALUE, on standard output
#   try KIND NAME ROW  one test, in a folder for files NAME.*: fails, or says what is wrong
# reads this file, then gives `jobs` lines KIND WORD... on standard input.  With more arguments than the
# program it prints the specification of these words alone.
# shellcheck shell=sh disable=SC2034
if [ "$1" = --one ]; then # KIND NAME ROW..., called by xargs
    shift
    kind=$1 name=$2
    shift 2
    if try "$kind" "$name" "$*" >"$name.log" 2>&1 && [ ! -s "$name.log" ]; then
        echo ok >"$name.verdict"
    else
        echo bad >"$name.verdict"
        echo "FAILED: $kind $*"
        sed 's/^/  | /' "$name.log"
    fi
    rm -f "$name.xml" "$name.causal.xml" "$name.json" "$name.out"
    exit 0
fi
. "$(dirname "$0")/../common.sh"
shift
if [ $# != 0 ]; then
    name=row row=$*
    spec
    exit
fi
export tc0c LC_ALL=C
self=$here/$(basename "$0")
cd "$t" || exit 2

# jobs < LINES -- all of them, and the sum
jobs() {
    awk '{ kind = $1; $1 = ""; print kind, kind NR $0 }' >jobs.list
    xargs -P "$(nproc 2>/dev/null || echo 2)" -L 1 sh "$self" --one <jobs.list
    passed=$(cat ./*.verdict | grep -c ok)
    failed=$(($(wc -l <jobs.list) - passed)) # one that was killed has no verdict
    finish
}

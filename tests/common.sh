# common.sh -- what scripts of tests share; each reads it first: . "$(dirname "$0")/../common.sh"
#
# $tc0c is the program that the script's first argument names, $here the script's folder, $root the
# repository's, $t a folder for the script's files, which goes away with it.  Calls count in $passed and
# $failed; a script ends with `finish`.
# shellcheck shell=sh disable=SC2034
set -u
tc0c=${1:-build/tc0c}
case $tc0c in /*) ;; *) tc0c=$PWD/$tc0c ;; esac
[ -x "$tc0c" ] || {
    echo "$tc0c: not a program" >&2
    exit 2
}
here=$(cd "$(dirname "$0")" && pwd) && t=$(mktemp -d) || exit 2
root=${here%/tests*}
trap 'rm -rf "$t"' EXIT
trap 'exit 2' INT TERM
passed=0 failed=0

# verdict STATUS NAME [FILE] -- counts: 0 is passed; else the name is shown, and how the file begins
verdict() {
    if [ "$1" = 0 ]; then
        passed=$((passed + 1))
        return
    fi
    failed=$((failed + 1))
    echo "FAILED: $2"
    [ -z "${3-}" ] || head -n 12 "$3" | cut -c 1-200 | sed 's/^/  | /'
}

# check NAME COMMAND... -- that it succeeds; $t/log is what it says
check() {
    checked=$1
    shift
    "$@" >"$t/log" 2>&1
    verdict $? "$checked" "$t/log"
}

# gives STATUS PATTERN COMMAND... -- whether it ends with the status, and the pattern is in a line of what
# it says, $t/said
gives() {
    wanted=$1 pattern=$2
    shift 2
    "$@" >"$t/said" 2>&1 </dev/null
    status=$?
    cat "$t/said"
    echo "exit status $status"
    [ $status = "$wanted" ] && grep -q -e "$pattern" "$t/said"
}

finish() {
    echo "$passed passed, $failed failed"
    [ $failed = 0 ] && [ $passed != 0 ]
}

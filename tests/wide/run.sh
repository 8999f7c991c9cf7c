#!/bin/sh
# run.sh TC0C -- every operation of `prim` in wide formats is built, or refused for the reason that is here
#
# What takes seconds is left out; with ALL=1 it is not, nothing may take more than 4 GB or two
# minutes, and each operation's depth, gates and seconds are printed.
. "$(dirname "$0")/../common.sh"
all=${ALL:-0}

one='sqrt rsqrt recip exp exp2 log sin cos tanh sigmoid gelu gelu-tanh silu relu floor neg abs'
two='add sub mul div lt le eq'
many='sum prod dot max argmax maxarg'
steps='softmax norm'

# reason FORMAT OPERATION -- why it is refused, as a pattern; nothing: it is built
reason() {
    case $1:$2 in
    float:24:sin | float:24:cos) echo 'exponents of up to 2^25: the remainder of a number by a quarter turn' ;;
    float:24:gelu | float:24:gelu-tanh) echo "exponents of up to 2^25: $2 takes pieces" ;;
    esac
}

# is_slow FORMAT OPERATION -- whether it is for ALL=1 alone
is_slow() {
    case $1:$2 in
    *:relu | *:neg | *:abs | *:floor | *:lt | *:le | *:eq | *:max | *:argmax | *:maxarg) return 1 ;;
    fixed:64,32:add | fixed:64,32:sub | fixed:64,32:sum | fixed:64,32:sqrt | fixed:64,32:sin) return 1 ;;
    unsigned:64:mul | unsigned:64:div | unsigned:64:recip | unsigned:64:prod | unsigned:64:dot) return 0 ;;
    unsigned:64:*) return 1 ;;
    float:24:mul | float:24:div | float:24:sqrt | float:24:rsqrt | float:24:recip) return 1 ;;
    *) return 0 ;;
    esac
}

# limited COMMAND... -- within 6 GB and five minutes
limited() {
    if [ "$all" = 0 ]; then
        "$@"
    else
        (ulimit -v 6291456 && exec timeout 300 "$@")
    fi
}

# each FORMAT OPERATION...
each() {
    format=$1
    shift
    for operation; do
        why=$(reason "$format" "$operation")
        if [ "$all" = 0 ] && [ -z "$why" ] && is_slow "$format" "$operation"; then
            continue
        fi
        case " $many $steps " in *" $operation "*) terms='--terms 3' ;; *) terms= ;; esac
        # shellcheck disable=SC2086
        set -- prim "$operation" --format "$format" $terms --stats
        began=$(date +%s)
        if [ -z "$why" ]; then
            check "$operation $format" gives 0 '^depth [0-9]* gates ' limited "$tc0c" "$@"
        else
            check "$operation $format is refused" gives 4 "$why" limited "$tc0c" "$@"
        fi
        [ "$all" = 0 ] || echo "$format $operation $(sed -n 's/ wires.*//p; s/.*error: //p' "$t/said") $(($(date +%s) - began)) s"
    done
}

for format in fixed:64,32 fixed:100,50 float:24 binary32 ieee:53,11; do
    # shellcheck disable=SC2086
    each $format $two $one $many $steps
done
# shellcheck disable=SC2086
each unsigned:64 $two $one $many
finish

#!/bin/sh
# contrast.sh TC0C -- attention's depth, the same at every n, beside problems whose depth grows
#
# One table: problem, n, depth, gates, bound.  All are upper bounds, of our constructions; that those
# of A5 and of formulas must grow holds if TC0 != NC1.  S3 is solvable: both its ways are shown.
tc0c=${1:-build/tc0c}
here=$(cd "$(dirname "$0")" && pwd)
lengths=n=2,4,8,16,32,64,128,256,512,1024
"$tc0c" problem word --group A5 --sweep $lengths --beside "$here/../3-rope-tensor.xml" || exit
for way in "word --group S3" "closure --group A5 --pieces 120"; do
    "$tc0c" problem $way --sweep $lengths | tail -n +2
done
"$tc0c" problem word --group S3 --halves --sweep $lengths | tail -n +2 | sed 's/^word S3/& by halves/'
"$tc0c" problem formula --sweep n=3,7,15,31 | tail -n +2

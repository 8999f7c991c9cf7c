#!/bin/sh
# draw.sh TC0C OUT [STEPS [BETAS]] -- particles on the circle, moved by a circuit
#
# Runs the circuit of examples/clustering/particles.xml STEPS times (100), each on its own result, from
# 16 points on the circle, and draws what became of them in OUT:
#
#   clusters.svg       inner products of all pairs over time, how many clusters there are,
#                        and the circle at some times
#   beta.svg  the part of pairs that have met, over time and beta: a row for each of
#                        BETAS ("1 2 3 4 5 6 7 8"), if it is not empty
#
# Some clusters form soon; they merge late, the later the larger beta is.
set -eu
tc0c=$1 out=$2 steps=${3:-100} betas=${4-1 2 3 4 5 6 7 8}
here=$(dirname "$0")
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
trap 'exit 2' INT TERM
mkdir -p "$out"

# points -- X as JSON: 16 angles, in degrees, as they fell
points() {
    echo 8 21 47 60 98 111 140 163 187 199 231 245 262 301 322 349 |
        awk '{
            for (i = 1; i <= NF; i++) {
                a = $i * atan2(0, -1) / 180
                row = sprintf("[%.6f, %.6f]", cos(a), sin(a))
                rows = rows (i > 1 ? ", " : "") row
            }
            print "{\"X\": [" rows "]}"
        }'
}

# numbers TIME < JSON -- lines "time token x y"
numbers() {
    tr -d ' \n' | sed -e 's/.*\[\[//' -e 's/\]\].*//' -e 's/\],\[/\n/g' |
        awk -F, -v t="$1" '{ print t, NR - 1, $1, $2 }'
}

# track BETA STEPS -- the same of every step
track() {
    points >"$t/x"
    numbers 0 <"$t/x"
    k=0
    while [ $k -lt "$2" ]; do
        k=$((k + 1))
        "$tc0c" run --quiet --decimal --set "beta=$1" --values "$t/x" "$here/particles.xml" >"$t/y"
        sed 's/"Y"/"X"/' "$t/y" >"$t/x"
        numbers $k <"$t/y"
    done
}

# Of "time token x y": inner products of all pairs, clusters, and places.  A cluster is what
# is joined by pairs of inner product MET and more.
cat >"$t/pairs.awk" <<'END'
function root(i) { while (up[i] != i) i = up[i]; return i }
function finish(   i, j, p) {
    for (i = 0; i < n; i++) up[i] = i
    met = 0
    for (b = 0; b < bins; b++) bin[time, b] = 0
    for (i = 0; i < n; i++)
        for (j = 0; j < i; j++) {
            p = x[i] * x[j] + y[i] * y[j]
            b = int((p + 1) / 2 * bins)
            bin[time, b < 0 ? 0 : b >= bins ? bins - 1 : b]++
            if (p >= MET) { met++; up[root(i)] = root(j) }
        }
    clusters[time] = 0
    for (i = 0; i < n; i++) clusters[time] += up[i] == i
    part[time] = met / (n * (n - 1) / 2)
    for (i = 0; i < n; i++) { px[time, i] = x[i]; py[time, i] = y[i] }
}
BEGIN { MET = 0.99; bins = 40 }
$1 != time && NR > 1 { finish() }
{ time = $1; n = $2 + 1; x[$2] = $3; y[$2] = $4 }
END { finish(); draw() }
END

cat >"$t/time.awk" <<'END'
function text(x, y, anchor, s) {
    printf "<text x=\"%g\" y=\"%g\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, s
}
function gray(v) { v = int(255 * (1 - sqrt(v)) + 0.5); return sprintf("#%02x%02x%02x", v, v, v) }
function rect(x, y, w, h, fill) {
    printf "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"%s\"/>\n", x, y, w, h, fill
}
function frame(x, y, w, h) {
    printf "<rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" fill=\"none\" stroke=\"black\"/>\n", x, y, w, h
}
# the circle and a histogram of inner products at a time
function moment(k, at,   cx, cy, i, b, most, r, h) {
    cx = 130 + 160 * k; cy = 490; r = 52
    printf "<circle cx=\"%g\" cy=\"%g\" r=\"%g\" fill=\"none\" stroke=\"#999\"/>\n", cx, cy, r
    for (i = 0; i < n; i++)
        printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill-opacity=\"0.5\"/>\n", \
            cx + r * px[at, i], cy - r * py[at, i]
    text(cx, cy - r - 10, "middle", "after " at (at == 1 ? " step" : " steps"))
    most = 1
    for (b = 0; b < bins; b++) if (bin[at, b] > most) most = bin[at, b]
    for (b = 0; b < bins; b++) {
        h = 70 * bin[at, b] / most
        if (h) rect(cx - 60 + 3 * b, 650 - h, 2.6, h, "#444")
    }
    printf "<line x1=\"%g\" y1=\"650\" x2=\"%g\" y2=\"650\" stroke=\"black\"/>\n", cx - 60, cx + 60
    text(cx - 60, 665, "middle", "−1"); text(cx, 665, "middle", "0"); text(cx + 60, 665, "middle", "1")
}
function draw(   t, b, w, left, top, high, all, k) {
    left = 70; top = 50; high = 200; w = 760 / (time + 1)
    all = n * (n - 1) / 2
    print "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"880\" height=\"690\" viewBox=\"0 0 880 690\"" \
        " font-family=\"sans-serif\" font-size=\"13\">"
    rect(0, 0, 880, 690, "white")
    text(left, 24, "start", n " tokens on the circle, β = " beta ": inner products of all pairs (darker: more)")
    for (t = 0; t <= time; t++)
        for (b = 0; b < bins; b++)
            if (bin[t, b])
                rect(left + t * w, top + high * (1 - (b + 1) / bins), w + 0.1, high / bins + 0.1, \
                    gray(bin[t, b] / all))
    frame(left, top, w * (time + 1), high)
    text(left - 8, top + 10, "end", "1"); text(left - 8, top + high / 2 + 4, "end", "0")
    text(left - 8, top + high, "end", "−1")
    top = 285; high = 80
    text(left, top - 12, "start", "clusters (joined by inner products from " MET " on)")
    printf "<polyline fill=\"none\" stroke=\"black\" stroke-width=\"2\" points=\""
    for (t = 0; t <= time; t++)
        printf "%.1f,%.1f %.1f,%.1f ", left + t * w, top + high * (1 - clusters[t] / n), \
            left + (t + 1) * w, top + high * (1 - clusters[t] / n)
    print "\"/>"
    frame(left, top, w * (time + 1), high)
    text(left - 8, top + 10, "end", n); text(left - 8, top + high, "end", "0")
    for (k = 0; k <= 10; k++) {
        t = int(time * k / 10 + 0.5)
        text(left + (t + 0.5) * w, top + high + 18, "middle", t)
    }
    text(left + w * (time + 1), top + high + 36, "end", "steps")
    for (k = 0; k < 5; k++)
        moment(k, k == 0 ? 0 : int(exp(log(time < 5 ? 5 : time) * k / 4) + 0.5) > time ? time \
            : int(exp(log(time < 5 ? 5 : time) * k / 4) + 0.5))
    print "</svg>"
}
END

echo "Clustering: $steps steps of the circuit of examples/clustering/particles.xml, β = 6."
track 6 "$steps" >"$t/track"
awk -v beta=6 -f "$t/pairs.awk" -f "$t/time.awk" "$t/track" >"$out/clusters.svg"
cat >"$t/say.awk" <<'END'
function draw(   k, was) {
    for (k = 0; k <= time; k++)
        if (clusters[k] != was) {
            printf "  %3d steps: %2d clusters, %3d %% of pairs have met\n", k, clusters[k], 100 * part[k]
            was = clusters[k]
        }
}
END
awk -f "$t/pairs.awk" -f "$t/say.awk" "$t/track"

[ -n "$betas" ] || exit 0
cat >"$t/part.awk" <<'END'
function draw(   k) { for (k = 0; k <= time; k++) print beta, k, part[k] }
END
for beta in $betas; do
    track "$beta" "$steps" | awk -v beta="$beta" -f "$t/pairs.awk" -f "$t/part.awk"
done >"$t/parts"
awk '
function gray(v) { v = int(255 * (1 - v) + 0.5); return sprintf("#%02x%02x%02x", v, v, v) }
{ if (!($1 in row)) { row[$1] = rows++; name[rows - 1] = $1 }; part[row[$1], $2] = $3; if ($2 > time) time = $2 }
END {
    left = 60; top = 50; w = 760 / (time + 1); h = 26
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"860\" height=\"%d\" font-family=\"sans-serif\" font-size=\"13\">\n", top + rows * h + 60
    printf "<rect width=\"860\" height=\"%d\" fill=\"white\"/>\n", top + rows * h + 60
    print "<text x=\"60\" y=\"24\">part of all pairs with inner product of 0.99 or more: white none, black all</text>"
    for (r = 0; r < rows; r++) {
        for (t = 0; t <= time; t++)
            printf "<rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\" fill=\"%s\"/>\n", left + t * w, top + (rows - 1 - r) * h, w + 0.1, h, gray(part[r, t])
        printf "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">β = %s</text>\n", left - 6, top + (rows - 1 - r) * h + 18, name[r]
    }
    printf "<rect x=\"%d\" y=\"%d\" width=\"760\" height=\"%d\" fill=\"none\" stroke=\"black\"/>\n", left, top, rows * h
    for (k = 0; k <= 10; k++) { t = int(time * k / 10 + 0.5); printf "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>\n", left + (t + 0.5) * w, top + rows * h + 18, t }
    printf "<text x=\"820\" y=\"%d\" text-anchor=\"end\">steps</text>\n</svg>\n", top + rows * h + 38
}' "$t/parts" >"$out/beta.svg"

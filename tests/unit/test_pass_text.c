/* test_pass_text.c -- family passes on families as text: exact results, and random numbers in them
 */
#include "check_main.h"
#include "pass_case.h"
#include "random_family.h"

#include <stdio.h>

/* an index that tables alone read is summed out, constants are one number */
START_TEST(contract_case)
{
    becomes("fold",
            "tcf 1\n"
            "family contract\n"
            "table w(2) = 1 -2\n"
            "table bit(2, 3) = 1 -1 1 0 1 0\n"
            "table c(2) = 0 1\n"
            "table theta(3) = 1 2 3\n"
            "input X[i<3, x<3]\n"
            "bank q[i<3; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank y[i<3] level 2: sum{a<2, t<3} w(a)*bit(a, t)*q[i; t] + sum{a<2} w(a)*c(a) + "
            "sum{e<4} 1 >= 2\n"
            "output y = y\n",
            "tcf 1\n"
            "family contract\n"
            "table theta(3) = 1 2 3\n"
            "table w(3) = 1 -3 1\n"
            "input X[i<3, x<3]\n"
            "bank q[i<3; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank y[i<3] level 2: sum{t<3} w(t)*q[i; t] + 2 >= 2\n"
            "output y = y\n");
}
END_TEST

/* carries into and out of digits meet: what is left is the ends */
START_TEST(moved_case)
{
    becomes("fold",
            "tcf 1\n"
            "family moved\n"
            "table carries(4) = 0 1 2 0\n"
            "table power(3) = 1 2 4\n"
            "table theta(2) = 1 2\n"
            "input X[z<4, u<2]\n"
            "bank c[z<4; t<2 | t < carries(z)] level 1: sum{u<2} X[z, u] >= theta(t)\n"
            "bank y[] level 2: sum{z<3, t<2 | t < carries(z)} power(z)*c[z; t] - sum{z<3, t<2 | t "
            "< carries(z + 1)} 2*power(z)*c[z + 1; t] + X[0, 1] >= 1\n"
            "output y = y\n",
            "tcf 1\n"
            "family moved\n"
            "input X[z<4, u<2]\n"
            "bank y[] level 1: X[0, 1] >= 1\n"
            "output y = y\n");
}
END_TEST

/* bits of a chain are forms; a gate that is never 1 is 0 */
START_TEST(absorb_case)
{
    becomes("absorb",
            "tcf 1\n"
            "family absorb\n"
            "table bit(2, 3) = 1 -1 1 0 1 0\n"
            "table theta(3) = 1 2 3\n"
            "input X[i<3, x<3]\n"
            "bank q[i<3; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank b[i<3, a<2] level 2: sum{t<3} bit(a, t)*q[i; t] in [0, 1] >= 1  @ bits\n"
            "bank never[i<3] level 2: q[i; 0] >= 2\n"
            "bank y[i<3, j<3, a<2, a'<2 | j <= i] level 3: b[i, a] + b[j, a'] + never[j] >= 2  @ "
            "and  # both\n"
            "output y = y\n",
            "tcf 1\n"
            "family absorb\n"
            "table bit(2, 3) = 1 -1 1 0 1 0\n"
            "table theta(3) = 1 2 3\n"
            "input X[i<3, x<3]\n"
            "bank q[i<3; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank y[i<3, j<3, a<2, a'<2 | j <= i] level 2: sum{t<3} (bit(a, t)*q[i; t] + bit(a', "
            "t)*q[j; t]) in [0, 3] >= 2  @ and  # both\n"
            "output y = y\n");
}
END_TEST

/* any function of a chain is read off it; a complement is 1 less the wire */
START_TEST(compose_case)
{
    becomes("compose",
            "tcf 1\n"
            "family compose\n"
            "table slope(3) = 2 -3 2\n"
            "table theta(3) = 1 2 3\n"
            "table e(2) = 1 2\n"
            "input X[i<3, x<3]\n"
            "bank q[i<3; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank f[i<3; t'<2] level 2 monotone: sum{t<3} slope(t)*q[i; t] >= e(t')  @ f\n"
            "bank not[i<3] level 2: 0 >= q[i; 1]\n"
            "bank y[i<3, j<3 | j <= i] level 3: sum{t'<2} f[i; t'] + not[j] >= 2\n"
            "output y = y\n",
            "tcf 1\n"
            "family compose\n"
            "table theta(3) = 1 2 3\n"
            "table slope(3) = 2 -2 1\n"
            "input X[i<3, x<3]\n"
            "bank q[i<3; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank y[i<3, j<3 | j <= i] level 2: sum{t<3} slope(t)*q[i; t] - q[j; 1] + 1 in [0, 3] "
            ">= 2\n"
            "output y = y\n");
}
END_TEST

/* thresholds at 0, out of range, twice the same, and one that no table looks at */
START_TEST(prune_case)
{
    becomes("prune",
            "tcf 1\n"
            "family prune\n"
            "table theta(6) = -1 1 2 2 3 4\n"
            "table w(6) = 5 1 0 2 -1 7\n"
            "table theta.2(2) = 0 9\n"
            "input X[i<3, x<3]\n"
            "bank q[i<3; t<6] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank y[i<3; t<2] level 2 monotone: sum{t'<6} w(t')*q[i; t'] >= theta.2(t)\n"
            "bank z[i<3] level 3: q[i; 1] + y[i; 0] - y[i; 1] >= 1\n"
            "output z = z\n",
            "tcf 1\n"
            "family prune\n"
            "symbol T_q = 3  # thresholds of this bank that something reads\n"
            "table theta(2) = 0 9\n"
            "table theta.2(3) = 1 2 3\n"
            "table w(3) = 1 2 -1\n"
            "input X[i<3, x<3]\n"
            "bank q[i<3; t<T_q] level 1 monotone: sum{x<3} X[i, x] >= theta.2(t)\n"
            "bank y[i<3; t<2] level 2 monotone: 5 + sum{t'<T_q} w(t')*q[i; t'] >= theta(t)\n"
            "bank z[i<3] level 3: q[i; 0] + y[i; 0] - y[i; 1] >= 1\n"
            "output z = z\n");
}
END_TEST

/* equal but for names of indices and for where the constant stands; outputs, too */
START_TEST(cse_case)
{
    becomes("cse",
            "tcf 1\n"
            "family cse\n"
            "table w(3) = 1 2 3\n"
            "table v(3) = 1 2 3\n"
            "table twice(3) = 2 4 6\n"
            "input X[i<3, x<3]\n"
            "bank a[i<3] level 1: sum{x<3} twice(x)*X[i, x] >= 2\n"
            "bank b[j<3] level 1: sum{x<3} w(x)*X[j, x] - 1 + sum{e<3} v(e)*X[j, e] >= 1\n"
            "bank c[j<3] level 1: sum{x<3} twice(x)*X[j, x] >= 3\n"
            "bank y[i<3, j<3 | j < i] level 2: a[i] + b[j] + c[j] >= 2\n"
            "bank z[j<3, i<3 | i < j] level 2: b[j] + b[i] + c[i] >= 2\n"
            "output y = y\n"
            "output z = z\n",
            "tcf 1\n"
            "family cse\n"
            "table twice(3) = 2 4 6\n"
            "input X[i<3, x<3]\n"
            "bank a[i<3] level 1: sum{x<3} twice(x)*X[i, x] >= 2\n"
            "bank c[j<3] level 1: sum{x<3} twice(x)*X[j, x] >= 3\n"
            "bank y[i<3, j<3 | j < i] level 2: a[i] + a[j] + c[j] >= 2\n"
            "output y = y\n"
            "output z = y\n");
}
END_TEST

/* weights of wires with their signs; a chain's first weights; the largest row */
START_TEST(narrow_case)
{
    becomes(
        "narrow",
        "tcf 1\n"
        "family narrow\n"
        "table signed(3) = 1 2 -4\n"
        "table theta(3) = 1 2 3\n"
        "table slope(3) = 5 -7 1\n"
        "table row(2, 3) = 1 2 3 -1 -1 -1\n"
        "input X[i<3, x<3]\n"
        "bank q[i<3; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
        "bank s[i<3] level 1: sum{x<3} signed(x)*X[i, x] >= 0\n"
        "bank c[i<3] level 2: sum{t<3} slope(t)*q[i; t] + s[i] >= 2\n"
        "bank r[i<3, o<2] level 1: sum{x<3} row(o, x)*X[i, x] + sum{x<3} signed(x)*row(o, x) >= 2\n"
        "output c = c\n"
        "output r = r\n",
        "tcf 1\n"
        "family narrow\n"
        "table signed(3) = 1 2 -4\n"
        "table theta(3) = 1 2 3\n"
        "table slope(3) = 5 -7 1\n"
        "table row(2, 3) = 1 2 3 -1 -1 -1\n"
        "table signed.2(2) = -7 1\n"
        "input X[i<3, x<3]\n"
        "bank q[i<3; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
        "bank s[i<3] level 1: sum{x<3} signed(x)*X[i, x] in [-4, 3] >= 0\n"
        "bank c[i<3] level 2: sum{t<3} slope(t)*q[i; t] + s[i] in [-2, 6] >= 2\n"
        "bank r[i<3, o<2] level 1: sum{x<3} row(o, x)*X[i, x] + signed.2(o) in [-10, 7] >= 2\n"
        "output c = c\n"
        "output r = r\n");
}
END_TEST

/* a gate of constants is a table, and multiples are compared with other thresholds; a
 * range of odd ends, negative weights, two tables that share a factor */
START_TEST(strength_case)
{
    becomes("strength",
            "tcf 1\n"
            "family strength\n"
            "table w(3) = 1 5 3\n"
            "table v(3) = 6 -12 18\n"
            "table theta(4) = -7 -6 5 6\n"
            "input X[i<3, x<3]\n"
            "bank c[i<3] level 1: w(i) >= 3\n"
            "bank y[i<3, x<3] level 2: X[i, x] + c[x] >= 2\n"
            "bank q[i<3; t<4] level 1 monotone: sum{x<3} v(x)*X[i, x] + 1 in [-11, 25] >= "
            "theta(t)\n"
            "bank z[i<3] level 3: sum{x<3} 2*y[i, x] + sum{t<4} 4*q[i; t] - 2*X[i, 0] >= 7\n"
            "output z = z\n",
            "tcf 1\n"
            "family strength\n"
            "table c(3) = 0 1 1\n"
            "table v(3) = 1 -2 3\n"
            "table theta(4) = -1 -1 1 1\n"
            "input X[i<3, x<3]\n"
            "bank y[i<3, x<3] level 1: X[i, x] + c(x) >= 2\n"
            "bank q[i<3; t<4] level 1 monotone: sum{x<3} v(x)*X[i, x] in [-2, 4] >= theta(t)\n"
            "bank z[i<3] level 2: sum{x<3} y[i, x] + sum{t<4} 2*q[i; t] - X[i, 0] >= 4\n"
            "output z = z\n");
    becomes("strength,compose,prune", /* an AND with a constant, all the way */
            "tcf 1\n"
            "family constants\n"
            "table w(3) = 1 5 0\n"
            "input X[i<3, x<3]\n"
            "bank c[i<3] level 1: w(i) >= 3\n"
            "bank y[i<3, x<3] level 2: X[i, x] + c[x] >= 2\n"
            "bank z[i<3] level 3: sum{x<3} y[i, x] >= 1\n"
            "output z = z\n",
            "tcf 1\n"
            "family constants\n"
            "input X[i<3, x<3]\n"
            "bank z[i<3] level 1: X[i, 1] >= 1\n"
            "output z = z\n");
}
END_TEST

/* Eight thresholds that nine gates read are three bits, but where the reader is as low as it can
 * be: b is, y need not be. */
START_TEST(materialize_case)
{
    becomes("materialize",
            "tcf 1\n"
            "family materialize\n"
            "table theta(7) = 1 2 3 4 5 6 7\n"
            "table bound(9) = 1 2 3 4 5 6 7 8 9\n"
            "input X[i<2, x<7]\n"
            "bank q[i<2; t<7] level 1 monotone: sum{x<7} X[i, x] >= theta(t)\n"
            "bank b[i<2; u<9] level 2 monotone: sum{t<7} q[i; t] >= bound(u)\n"
            "bank c[i<2] level 3: sum{u<9} b[i; u] >= 5\n"
            "bank y[i<2, j<2; u<9] level 4 monotone: c[i] + sum{t<7} 2*q[j; t] >= bound(u)\n"
            "output y = y\n",
            "tcf 1\n"
            "family materialize\n"
            "table theta(7) = 1 2 3 4 5 6 7\n"
            "table bound(9) = 1 2 3 4 5 6 7 8 9\n"
            "table bit(7, 3) = 1 0 0 -1 1 0 1 0 0 -1 -1 1 1 0 0 -1 1 0 1 0 0\n"
            "table power(3) = 1 2 4\n"
            "input X[i<2, x<7]\n"
            "bank q[i<2; t<7] level 1 monotone: sum{x<7} X[i, x] >= theta(t)\n"
            "bank b[i<2; u<9] level 2 monotone: sum{t<7} q[i; t] >= bound(u)\n"
            "bank c[i<2] level 3: sum{u<9} b[i; u] >= 5\n"
            "bank q.bits[i<2, a<3] level 2: sum{t<7} bit(t, a)*q[i; t] in [0, 1] >= 1\n"
            "bank y[i<2, j<2; u<9] level 4 monotone: c[i] + sum{a<3} 2*power(a)*q.bits[j, a] in "
            "[0, 15] "
            ">= bound(u)\n"
            "output y = y\n");
}
END_TEST

/* entries of a table; rows may rise */
static void put_entries(FILE *out, unsigned rows, unsigned count, bool rise)
{
    fprintf(out, " = ");
    for (unsigned k = 0, last = 0; k < rows * count; k++) {
        last = k % count == 0 ? (unsigned)below(5) : last + (unsigned)below(3);
        fprintf(out, "%d ", rise ? (int)last - 4 : (int)below(7) - 3);
    }
    fprintf(out, "\n");
}

/* chains read by many gates through tables of any sign, at any place, guarded or not, in form and
 * threshold: most become bits, and all compute the same */
/* A chain and what a rounded value comes to, 1 2 4 5 of 5 wires: y asks for a number of ones that x
 * leaves, so it is these wires against 1, 0, 0, 0 and 2, 1, 0, 0 and 4, 2, 1, 0 and 5, 4, 2, 1.
 * Less of them as x rises, in z: they are below that. */
START_TEST(telescope_case)
{
    becomes("telescope",
            "tcf 1\n"
            "family telescope\n"
            "table theta(3) = 1 2 3\n"
            "table round(4) = 1 2 4 5\n"
            "table bound(4) = -1 0 1 2\n"
            "input X[i<2, x<3]\n"
            "input Z[i<2, z<5]\n"
            "bank x[i<2; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank g[i<2; u<4] level 1 monotone: sum{z<5} Z[i, z] >= round(u)\n"
            "bank y[i<2; s<4] level 2 monotone: sum{u<4} g[1 - i; u] + sum{t<3} x[i; t] - 2 >= "
            "bound(s)\n"
            "output y = y\n",
            "tcf 1\n"
            "family telescope\n"
            "table theta(3) = 1 2 3\n"
            "table round(4) = 1 2 4 5\n"
            "table bound.step(4, 3) = -1 0 0 -1 -1 0 -2 -1 -1 -1 -2 -1\n"
            "input X[i<2, x<3]\n"
            "input Z[i<2, z<5]\n"
            "bank x[i<2; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank y[i<2; s<4] level 2 monotone: sum{z<5} Z[1 - i, z] >= sum{t<3} bound.step(s, t)*"
            "x[i; t] + round(s) in [0, 6]\n"
            "output y = y\n");
    becomes("telescope",
            "tcf 1\n"
            "family falls\n"
            "table theta(3) = 1 2 3\n"
            "table round(2) = 1 4\n"
            "table round.2(2) = -1 -3\n"
            "input X[i<2, x<3]\n"
            "input Z[i<2, z<5]\n"
            "bank x[i<2; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank h[i<2, z<5] level 1: Z[i, z] + X[i, 0] >= 2\n"
            "bank g[i<2; u<2] level 2 monotone: sum{z<5} h[i, z] >= round(u)\n"
            "bank y[i<2] level 3: sum{t<3} x[i; t] + sum{u<2} round.2(u)*g[i; u] >= 0\n"
            "output y = y\n",
            "tcf 1\n"
            "family falls\n"
            "table theta(3) = 1 2 3\n"
            "table bound.step(3) = -1 0 0\n"
            "input X[i<2, x<3]\n"
            "input Z[i<2, z<5]\n"
            "bank x[i<2; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
            "bank h[i<2, z<5] level 1: Z[i, z] + X[i, 0] >= 2\n"
            "bank y[i<2] level 2: -sum{z<5} h[i, z] >= sum{t<3} 3*bound.step(t)*x[i; t] in "
            "[-5, 1]\n"
            "output y = y\n");
}
END_TEST

/* the later of the two rises and falls, so it is the other one that is looked behind: 1, 0, 2, 0 of
 * X's wires are wanted where 0, 1, 2, 3 gates of z are 1 */
START_TEST(telescoped_the_other)
{
    becomes(
        "telescope",
        "tcf 1\n"
        "family other\n"
        "table theta(3) = 1 2 3\n"
        "table w(3) = 1 -2 3\n"
        "input X[i<2, x<3]\n"
        "input Z[i<2, z<5]\n"
        "bank x[i<2; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
        "bank h[i<2, z<5] level 1: Z[i, z] + X[i, 0] >= 2\n"
        "bank z[i<2; t<3] level 2 monotone: sum{z<5} h[i, z] >= theta(t)\n"
        "bank y[i<2] level 3: sum{t<3} x[i; t] + sum{t<3} w(t)*z[i; t] >= 1\n"
        "output y = y\n",
        "tcf 1\n"
        "family other\n"
        "table theta(3) = 1 2 3\n"
        "table bound.step(3) = -1 2 -2\n"
        "input X[i<2, x<3]\n"
        "input Z[i<2, z<5]\n"
        "bank h[i<2, z<5] level 1: Z[i, z] + X[i, 0] >= 2\n"
        "bank z[i<2; t<3] level 2 monotone: sum{z<5} h[i, z] >= theta(t)\n"
        "bank y[i<2] level 3: sum{x<3} X[i, x] >= sum{t<3} bound.step(t)*z[i; t] + 1 in [0, 4]\n"
        "output y = y\n");
}
END_TEST

/* both rise and fall: neither is looked behind */
START_TEST(not_telescoped)
{
    static const char text[] = "tcf 1\n"
                               "family both\n"
                               "table theta(3) = 1 2 3\n"
                               "table w(3) = 1 -2 3\n"
                               "input X[i<2, x<3]\n"
                               "input Z[i<2, z<5]\n"
                               "bank x[i<2; t<3] level 1 monotone: sum{x<3} X[i, x] >= theta(t)\n"
                               "bank z[i<2; t<3] level 1 monotone: sum{z<5} Z[i, z] >= theta(t)\n"
                               "bank y[i<2] level 2: sum{t<3} (w(t)*x[i; t] + w(t)*z[i; t]) >= 1\n"
                               "output y = y\n";

    becomes("telescope", text, text);
}
END_TEST

START_TEST(materialized_at_random)
{
    unsigned count = getenv("TC_FAST") ? 20 : 150, changed = 0;

    for (unsigned k = 0; k < count; k++) {
        unsigned length = 2 + (unsigned)(k % 5), rows = 1 + (unsigned)(k % 3);
        size_t size;
        char *text;
        FILE *out = open_memstream(&text, &size);

        seed = k;
        fprintf(out, "tcf 1\nfamily bits\ntable theta(%u)", length);
        put_entries(out, 1, length, true);
        fprintf(out, "table w(%u, %u)", rows, length);
        put_entries(out, rows, length, false);
        fprintf(out, "table v(3)");
        put_entries(out, 1, 3, false);
        fprintf(out, "table bound(12)");
        put_entries(out, 1, 12, true);
        fprintf(out,
                "input X[i<2, x<5]\n"
                "bank q[i<2; t<%u] level 1 monotone: sum{x<5} X[i, x] >= theta(t)\n"
                "bank b[i<2] level 2: sum{t<%u} q[i; t] >= 2\n"
                "bank c[i<2] level 3: b[0] + q[i; 0] >= 2\n"
                "bank y[i<2, j<2, e<%u; u<12%s] level 4 monotone: c[i] %s sum{t<%u} "
                "2*w(e, t)*q[%s; t]%s >= bound(u)\n"
                "bank z[j<2, e<%u; u<12] level 4: c[j] + sum{t<%u, s<3} v(s)*w(e, t)*q[j; t] >= "
                "bound(u)\n"
                "output y = y\noutput z = z\n",
                length, length, rows, below(2) ? " | j <= i" : "", below(2) ? "-" : "+", length,
                below(2) ? "1 - j" : "j", below(2) ? " + X[j, 2]" : "", rows, length);
        fclose(out);
        changed += changes("materialize", text);
    }
    ck_assert_uint_gt(changed, count / 2);
}
END_TEST

/* twelve thresholds at three indices are five; a sum of seven wires at five indices is three bits
 */
START_TEST(hoist_case)
{
    becomes("hoist",
            "tcf 1\n"
            "family hoist\n"
            "table theta(3, 4) = 1 2 3 4 2 3 4 5 1 3 3 5\n"
            "input X[c<2, x<5]\n"
            "input S[i<3]\n"
            "bank y[c<2, i<3; t<4] level 1 monotone: sum{x<5} X[c, x] >= theta(i, t)\n"
            "bank z[c<2, i<3] level 2: sum{t<4} y[c, i; t] + S[i] >= 3\n"
            "output z = z\n",
            "tcf 1\n"
            "family hoist\n"
            "table theta(5) = 1 2 3 4 5\n"
            "table which(3, 5) = 1 1 1 1 0 0 1 1 1 1 1 0 2 0 1\n"
            "input X[c<2, x<5]\n"
            "input S[i<3]\n"
            "bank y.once[c<2; s<5] level 1 monotone: sum{x<5} X[c, x] >= theta(s)\n"
            "bank z[c<2, i<3] level 2: sum{s<5} which(i, s)*y.once[c; s] + S[i] in [0, 5] >= 3\n"
            "output z = z\n");
    becomes("hoist",
            "tcf 1\n"
            "family parts\n"
            "table bound(4) = 1 4 6 9\n"
            "input X[j<2, x<7]\n"
            "input Y[i<5]\n"
            "bank b[i<5] level 1: Y[i] + Y[0] >= 2\n"
            "bank c[i<5] level 2: b[i] + Y[1] >= 1\n"
            "bank d[i<5] level 3: b[i] + c[i] >= 2\n"
            "bank y[i<5, j<2; t<4] level 4 monotone: d[i] + sum{x<7} 2*X[j, x] >= bound(t)\n"
            "output y = y\n",
            "tcf 1\n"
            "family parts\n"
            "table bound(4) = 1 4 6 9\n"
            "table theta(7) = 1 2 3 4 5 6 7\n"
            "table bit(7, 3) = 1 0 0 -1 1 0 1 0 0 -1 -1 1 1 0 0 -1 1 0 1 0 0\n"
            "table power(3) = 1 2 4\n"
            "input X[j<2, x<7]\n"
            "input Y[i<5]\n"
            "bank b[i<5] level 1: Y[i] + Y[0] >= 2\n"
            "bank c[i<5] level 2: b[i] + Y[1] >= 1\n"
            "bank d[i<5] level 3: b[i] + c[i] >= 2\n"
            "bank y.part[j<2; s<7] level 1 monotone: sum{x<7} X[j, x] >= theta(s)\n"
            "bank y.part.bits[j<2, a<3] level 2: sum{s<7} bit(s, a)*y.part[j; s] in [0, 1] >= 1\n"
            "bank y[i<5, j<2; t<4] level 4 monotone: d[i] + sum{a<3} 2*power(a)*y.part.bits[j, a] "
            "in [0, 15] >= bound(t)\n"
            "output y = y\n");
    /* two rows of thresholds by c, which the sum reads, the second shorter: its last one stands
     * twice */
    becomes("hoist",
            "tcf 1\n"
            "family rows\n"
            "table theta(2, 2, 2) = 1 3 2 3 2 4 2 4\n"
            "input X[c<2, x<5]\n"
            "input S[i<2]\n"
            "bank y[c<2, i<2; t<2] level 1 monotone: sum{x<5} X[c, x] >= theta(c, i, t)\n"
            "bank z[c<2, i<2] level 2: sum{t<2} y[c, i; t] + S[i] >= 2\n"
            "output z = z\n",
            "tcf 1\n"
            "family rows\n"
            "table theta(2, 3) = 1 2 3 2 4 4\n"
            "table which(2, 2, 3) = 1 0 1 0 1 1 1 1 0 1 1 0\n"
            "input X[c<2, x<5]\n"
            "input S[i<2]\n"
            "bank y.once[c<2; s<3] level 1 monotone: sum{x<5} X[c, x] >= theta(c, s)\n"
            "bank z[c<2, i<2] level 2: sum{s<3} which(c, i, s)*y.once[c; s] + S[i] in [0, 3] >= 2\n"
            "output z = z\n");
}
END_TEST

/* A rounded value and another one, with weights of a row each that rise or fall, guarded or not,
 * single gates among them, between thresholds of any kind: the same, and most are looked behind. */
START_TEST(telescoped_at_random)
{
    unsigned count = getenv("TC_FAST") ? 20 : 150, changed = 0;

    for (unsigned k = 0; k < count; k++) {
        unsigned first = 1 + k % 4, second = 1 + k / 4 % 4, rows = 1 + k % 3;
        const char *guard = k % 5 ? "" : " | j <= i";
        size_t size;
        char *text;
        FILE *out = open_memstream(&text, &size);

        seed = k;
        fprintf(out, "tcf 1\nfamily telescope\ntable theta(%u)", first);
        put_entries(out, 1, first, true);
        fprintf(out, "table round(%u)", second);
        put_entries(out, 1, second, true);
        fprintf(out, "table a(%u, %u)", rows, first);
        put_entries(out, rows, first, false);
        fprintf(out, "table w(%u, %u) =", rows, second);
        for (unsigned e = 0; e < rows * second; e++)
            fprintf(out, " %s%u", k % 2 ? "-" : "", (unsigned)below(4));
        fprintf(out, "\ntable v(5)");
        put_entries(out, 1, 5, false);
        fprintf(out, "table bound(%u, 3)", rows);
        put_entries(out, rows, 3, true);
        fprintf(out,
                "input X[i<2, x<4]\ninput Z[i<2, x<5]\n"
                "bank p[i<2; t<%u] level 1 monotone: sum{x<4} X[i, x] - 1 >= theta(t)\n"
                "bank q[i<2, j<2, x<5%s] level 1: X[i, 1] - Z[j, x] + sum{x'<4} X[i, x'] >= 2\n"
                "bank g[i<2, j<2; t<%u%s] level 2 monotone: sum{x<5} v(x)*q[i, j, x] %s X[j, 0] >= "
                "round(t)\n"
                "bank y[i<2, j<2, e<%u; u<3%s] level 3 monotone: sum{t<%u} a(e, t)*p[j; t] + "
                "sum{t<%u} w(e, t)*g[i, j; t] >= bound(e, u)\n"
                "output y = y\n",
                first, guard, second, guard, below(2) ? "+" : "-", rows, guard, first, second);
        fclose(out);
        changed += changes("telescope", text);
    }
    ck_assert_uint_gt(changed, count / 2);
}
END_TEST

/* gates whose sums do not depend on an index, with rows of thresholds that share some; parts of
 * sums that do not, in form and threshold, guarded or not: the same, and most are hoisted */
START_TEST(hoisted_at_random)
{
    unsigned count = getenv("TC_FAST") ? 10 : 100, changed = 0;

    for (unsigned k = 0; k < count; k++) {
        const char *guard = k % 3 ? "" : " | c <= i";
        unsigned length = 1 + (unsigned)(k % 4);
        size_t size;
        char *text;
        FILE *out = open_memstream(&text, &size);

        seed = k;
        fprintf(out, "tcf 1\nfamily hoist\ntable theta(3, %u)", length);
        put_entries(out, 3, length, true);
        fprintf(out, "table w(%u)", length);
        put_entries(out, 1, length, false);
        fprintf(out, "table v(4)");
        put_entries(out, 1, 4, false);
        fprintf(out, "table bound(24)");
        put_entries(out, 1, 24, true);
        fprintf(out,
                "input X[c<2, x<4]\n"
                "input S[i<3]\n"
                "bank y[c<2, i<3; t<%u%s] level 1 monotone: sum{x<4} v(x)*X[c, x] + 1 >= "
                "theta(i, t)\n"
                "bank z[c<2, i<3] level 2: sum{t<%u%s} w(t)*y[c, i; t] + S[i] >= 1\n"
                "bank a[i<3] level 3: z[0, i] %s z[1, i] >= 1\n"
                "bank b[i<3] level 4: a[i] + z[1, 2] >= 1\n"
                "bank p[i<3, j<2; u<24%s] level 5 monotone: b[i] %s sum{x<4} 2*v(x)*X[j, x] >= "
                "bound(u) + X[j, 2]\n"
                "output p = p\n",
                length, guard, length, guard, below(2) ? "+" : "-", below(2) ? "" : " | j <= i",
                below(2) ? "+" : "-");
        fclose(out);
        changed += changes("hoist", text);
    }
    ck_assert_uint_gt(changed, count / 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pass_text");
    TCase *tc = tcase_create("pass_text");

    suite_add_tcase(suite, tc);
    tcase_set_timeout(tc, 600);
    tcase_add_test(tc, contract_case);
    tcase_add_test(tc, moved_case);
    tcase_add_test(tc, absorb_case);
    tcase_add_test(tc, compose_case);
    tcase_add_test(tc, prune_case);
    tcase_add_test(tc, cse_case);
    tcase_add_test(tc, narrow_case);
    tcase_add_test(tc, strength_case);
    tcase_add_test(tc, telescope_case);
    tcase_add_test(tc, telescoped_the_other);
    tcase_add_test(tc, not_telescoped);
    tcase_add_test(tc, telescoped_at_random);
    tcase_add_test(tc, materialize_case);
    tcase_add_test(tc, materialized_at_random);
    tcase_add_test(tc, hoist_case);
    tcase_add_test(tc, hoisted_at_random);
    return check_status(suite);
}

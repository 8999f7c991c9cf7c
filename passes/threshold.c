/* threshold.c -- which truth tables are threshold functions
 *
 * A threshold function is monotone up to complemented inputs, and its inputs are
 * ordered by weight: cheap tests that almost all other tables fail.  What is left
 * is a linear program in the weights and the bound: least sum of weights, such
 * that true points reach the bound and false ones stay 1 below.  Points enter as
 * they are violated; the dual simplex method, on integers with a common
 * denominator, goes on from where it was.  Entries are determinants of at most
 * 9 x 9 matrices of 0 and +-1, so 64 bits hold them.  Fractional weights (none are known for
 * up to 7 inputs) are branched on. */
#include "net.h"

#include <assert.h>
#include <string.h>

#define POINTS (1u << TC_THRESHOLD_INPUTS)
#define COLS   (TC_THRESHOLD_INPUTS + 1) /* weights, then the bound */
#define ROWS   512

/* d * basic = constant + sum of entry * nonbasic; variables below COLS are those of the
 * program, others are slacks; cost likewise */
struct dictionary {
    unsigned rows, cols;
    int64_t d;
    int64_t row[ROWS][COLS + 1], cost[COLS + 1]; /* the constant last */
    unsigned basic[ROWS], nonbasic[COLS], next;
};

struct search {
    unsigned n, points;
    bool value[POINTS];
    int64_t best; /* sum of weights; -1: none yet */
    int32_t weight[COLS];
};

/* adds sum of a[j] * variable j + a[cols] >= 0 */
static void constrain(struct dictionary *t, const int64_t *a)
{
    int64_t *row = t->row[t->rows];

    assert(t->rows < ROWS);
    memset(row, 0, sizeof t->row[0]);
    row[t->cols] = a[t->cols] * t->d;
    for (unsigned j = 0; j < t->cols; j++)
        if (t->nonbasic[j] < t->cols)
            row[j] += a[t->nonbasic[j]] * t->d;
    for (unsigned i = 0; i < t->rows; i++)
        if (t->basic[i] < t->cols && a[t->basic[i]])
            for (unsigned j = 0; j <= t->cols; j++)
                row[j] += a[t->basic[i]] * t->row[i][j];
    t->basic[t->rows++] = t->next++;
}

static void pivot(struct dictionary *t, unsigned r, unsigned c)
{
    int64_t p = t->row[r][c], d = t->d, *pr = t->row[r];
    unsigned entering = t->nonbasic[c];

    for (unsigned i = 0; i <= t->rows; i++) {
        int64_t *row = i < t->rows ? t->row[i] : t->cost, f = row[c];

        if (i == r)
            continue;
        for (unsigned j = 0; j <= t->cols; j++)
            row[j] = j == c ? f : (p * row[j] - f * pr[j]) / d;
    }
    for (unsigned j = 0; j <= t->cols; j++)
        pr[j] = j == c ? d : -pr[j];
    t->nonbasic[c] = t->basic[r];
    t->basic[r] = entering;
    t->d = p;
}

/* Dual simplex, smallest index first, so that it ends; false if there is no solution. */
static bool solve(struct dictionary *t)
{
    for (;;) {
        unsigned r = t->rows, c = t->cols;

        for (unsigned i = 0; i < t->rows; i++)
            if (t->row[i][t->cols] < 0 && (r == t->rows || t->basic[i] < t->basic[r]))
                r = i;
        if (r == t->rows)
            return true;
        for (unsigned j = 0; j < t->cols; j++) {
            int64_t less;

            if (t->row[r][j] <= 0)
                continue;
            less = c == t->cols ? -1 : t->cost[j] * t->row[r][c] - t->cost[c] * t->row[r][j];
            if (less < 0 || (less == 0 && t->nonbasic[j] < t->nonbasic[c]))
                c = j;
        }
        if (c == t->cols)
            return false;
        pivot(t, r, c);
    }
}

/* values of the program's variables, times d */
static void solution(const struct dictionary *t, int64_t *v)
{
    memset(v, 0, COLS * sizeof *v);
    for (unsigned i = 0; i < t->rows; i++)
        if (t->basic[i] < t->cols)
            v[t->basic[i]] = t->row[i][t->cols];
}

/* constrains the worst true and the worst false point; false if none is violated */
static bool violated(const struct search *s, struct dictionary *t, const int64_t *v)
{
    unsigned worst[2] = {POINTS, POINTS};
    int64_t at[2] = {v[s->n] - t->d, v[s->n]}; /* false points at most, true at least */

    for (unsigned x = 0; x < s->points; x++) {
        int64_t sum = 0;
        bool one = s->value[x];

        for (unsigned i = 0; i < s->n; i++)
            sum += x >> i & 1 ? v[i] : 0;
        if (one ? sum < at[1] : sum > at[0]) {
            at[one] = sum;
            worst[one] = x;
        }
    }
    for (unsigned one = 0; one < 2; one++) {
        int64_t a[COLS + 1] = {0}, sign = one ? 1 : -1;

        if (worst[one] == POINTS)
            continue;
        for (unsigned i = 0; i < s->n; i++)
            a[i] = worst[one] >> i & 1 ? sign : 0;
        a[s->n] = -sign;
        a[t->cols] = one ? 0 : -1;
        constrain(t, a);
    }
    return worst[0] < POINTS || worst[1] < POINTS;
}

static void branch(struct search *s, struct dictionary *t)
{
    int64_t v[COLS], sum = 0;
    unsigned fraction = s->n;

    do {
        if (!solve(t))
            return;
        solution(t, v);
    } while (violated(s, t, v));
    for (unsigned i = 0; i < s->n; i++) {
        sum += v[i];
        if (v[i] % t->d)
            fraction = i;
    }
    if (s->best >= 0 && (sum + t->d - 1) / t->d >= s->best)
        return;
    if (fraction == s->n) {
        s->best = sum / t->d;
        for (unsigned i = 0; i < s->n; i++)
            s->weight[i] = (int32_t)(v[i] / t->d);
        return;
    }
    for (int up = 0; up < 2; up++) {
        struct dictionary half = *t;
        int64_t a[COLS + 1] = {0};

        a[fraction] = up ? 1 : -1;
        a[t->cols] = up ? -(v[fraction] / t->d + 1) : v[fraction] / t->d;
        constrain(&half, a);
        branch(s, &half);
    }
}

static bool at(const uint64_t *table, unsigned x)
{
    return table[x / 64] >> x % 64 & 1;
}

/* Makes the function monotone; flipped inputs are in *flip.  False if it is not unate. */
static bool unate(const uint64_t *table, struct search *s, unsigned *flip)
{
    *flip = 0;
    for (unsigned i = 0; i < s->n; i++) {
        bool up = false, down = false;

        for (unsigned x = 0; x < s->points; x++) {
            if (x >> i & 1)
                continue;
            up = up || (at(table, x | 1u << i) && !at(table, x));
            down = down || (!at(table, x | 1u << i) && at(table, x));
        }
        if (up && down)
            return false;
        *flip |= down ? 1u << i : 0;
    }
    for (unsigned x = 0; x < s->points; x++)
        s->value[x] = at(table, x ^ *flip);
    return true;
}

/* whether of any two inputs one can always take the other's place */
static bool ordered(const struct search *s)
{
    for (unsigned i = 0; i < s->n; i++)
        for (unsigned j = i + 1; j < s->n; j++) {
            bool more = false, less = false;

            for (unsigned x = 0; x < s->points; x++) {
                unsigned y = x ^ 1u << i ^ 1u << j;

                if (!(x >> i & 1) || x >> j & 1)
                    continue;
                more = more || (s->value[x] && !s->value[y]);
                less = less || (!s->value[x] && s->value[y]);
            }
            if (more && less)
                return false;
        }
    return true;
}

bool tc_threshold_find(const uint64_t *table, unsigned n, struct tc_threshold *f)
{
    struct search s = {.n = n, .points = 1u << n, .best = -1};
    struct dictionary t = {.cols = n + 1, .d = 1, .next = COLS};
    unsigned flip, lowest = POINTS;

    assert(n <= TC_THRESHOLD_INPUTS);
    if (!unate(table, &s, &flip) || !ordered(&s))
        return false;
    for (unsigned j = 0; j <= n; j++) {
        t.nonbasic[j] = j;
        t.cost[j] = j < n;
    }
    branch(&s, &t);
    if (s.best < 0)
        return false;
    *f = (struct tc_threshold){.n = n, .bound = (int32_t)s.best + 1};
    for (unsigned x = 0; x < s.points; x++) {
        int32_t sum = 0;

        for (unsigned i = 0; i < n; i++)
            sum += x >> i & 1 ? s.weight[i] : 0;
        if (s.value[x] && (lowest == POINTS || sum < f->bound)) {
            f->bound = sum;
            lowest = x;
        }
    }
    for (unsigned i = 0; i < n; i++) {
        f->weight[i] = flip >> i & 1 ? -s.weight[i] : s.weight[i];
        f->bound -= flip >> i & 1 ? s.weight[i] : 0;
    }
    return true;
}

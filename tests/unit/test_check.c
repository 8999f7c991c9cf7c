/* invariants of a family: each broken once, by hand, and named */
#include "../../ir/ir.h"
#include "check_main.h"
#include "family_text.h"

#include <stdlib.h>
#include <string.h>

/* bank 0: x.and, 1: q (a guarded chain), 2: s, 3: y (thresholds with wires) */
static const char *const sound =
    "tcf 1\n"
    "family f\n"
    "param n = 4\n"
    "symbol T = 5\n"
    "table pw(4) = 1 2 4 -8\n"
    "table len(4) = 2 5 3 5\n"
    "table theta(4, 5) = -9 0 9 9 9 1 2 3 4 5 0 0 7 0 0 1 1 1 1 1\n"
    "table big(1) = 99999999999999999999999\n"
    "input X[i<n, a<4]\n"
    "bank x.and[i<n, a<4, a'<4] level 1: X[i, a] + X[i, a'] >= 2 @ p\n"
    "bank q[i<n; t<T | t < len(i)] level 2 monotone: sum{a<4, a'<4} pw(a)*pw(a')*x.and[i, a, a']"
    " >= theta(i, t) @ p\n"
    "bank s[i<n, j<n | j <= i] level 3: sum{t<T | t < len(j)} q[j; t] + X[i - j, 0] >= 2 @ p\n"
    "bank y[; t<T] level 4: sum{i<n, j<n | j <= i} s[i, j] >= sum{i<n, j<n, k<n | j <= k, k <= i}"
    " s[i, j] - X[0, 0] + theta(1, t) @ p\n"
    "output Y = y\n";

/* families are not const while they are built: what is borrowed is ours here */
#define OURS(type, x) ((type *)(uintptr_t)(x))

static struct tc_axis plus(struct tc_family *f, struct tc_axis x, int64_t by)
{
    (void)f;
    x.at.constant += by;
    return x;
}

static void no_name(struct tc_family *f)
{
    f->name = "";
}

static void twin_symbols(struct tc_family *f)
{
    f->symbol[0].name = "n";
}

static void symbol_without_value(struct tc_family *f)
{
    f->symbol[0].value = NULL;
}

static void twin_tables(struct tc_family *f)
{
    f->table[1]->name = "pw";
}

static void table_id(struct tc_family *f)
{
    f->table[1]->id = 0;
}

static void table_without_entries(struct tc_family *f)
{
    f->table[0]->small = NULL;
}

static void table_extent(struct tc_family *f)
{
    OURS(int64_t, f->table[0]->extent)[0] = 0;
}

static void twin_planes(struct tc_family *f)
{
    f->bank[1]->plane.name = "X";
}

static void plane_without_name(struct tc_family *f)
{
    f->bank[1]->plane.name = NULL;
}

static void input_level(struct tc_family *f)
{
    f->input[0]->level = 1;
}

static void bank_id(struct tc_family *f)
{
    f->bank[2]->plane.id = 7;
}

static void plane_of_another(struct tc_family *f)
{
    f->bank[2]->plane.bank = f->bank[1];
}

static void extent_zero(struct tc_family *f)
{
    OURS(struct tc_index, f->bank[0]->plane.axis[0])->extent = 0;
}

static void extent_not_size(struct tc_family *f)
{
    OURS(struct tc_index, f->bank[0]->plane.axis[0])->extent = 3;
}

static void unknown_size(struct tc_family *f)
{
    OURS(struct tc_index, f->bank[0]->plane.axis[0])->size = tc_poly_symbol(f->arena, "m");
}

static void out_of_order(struct tc_family *f)
{
    const struct tc_index **axis = f->bank[2]->plane.axis, *first = axis[0];

    axis[0] = axis[1];
    axis[1] = first;
}

static void bound_twice(struct tc_family *f)
{
    f->bank[1]->form.term[0].sum[1] = f->bank[1]->form.term[0].sum[0];
}

static void bound_in_domain(struct tc_family *f)
{
    f->bank[1]->form.term[0].sum[1] = f->bank[1]->plane.axis[0];
}

static void unused_index(struct tc_family *f)
{
    struct tc_bank *b = f->bank[0];
    const struct tc_index **axis = tc_alloc(f->arena, 4, sizeof *axis);

    memcpy(axis, b->plane.axis, 3 * sizeof *axis);
    axis[3] = tc_index_new(f, "z", 2, NULL);
    b->plane.axis = axis;
    b->plane.naxis = 4;
}

static void missing_index(struct tc_family *f)
{
    f->bank[0]->plane.naxis = 2;
}

static void chain_in_form(struct tc_family *f)
{
    f->bank[1]->form.term[0].at[1] = tc_axis_of(f->arena, f->bank[1]->plane.chain);
}

static void twice_in_axis(struct tc_family *f)
{
    struct tc_affine *a = &f->bank[2]->form.term[1].at[0].at;

    a->part[1].ix = a->part[0].ix;
}

static void coefficient_of_index(struct tc_family *f)
{
    f->bank[2]->form.term[1].at[0].at.part[1].coef = 0;
}

static void too_wide(struct tc_family *f)
{
    f->bank[2]->form.term[1].at[0].at.part[1].coef = INT64_C(1) << 61;
}

static void coefficient_zero(struct tc_family *f)
{
    f->bank[1]->form.term[0].coef = tc_mpz(f->arena);
}

static void reads_later(struct tc_family *f)
{
    f->bank[1]->form.term[0].plane = &f->bank[2]->plane;
}

static void reads_itself(struct tc_family *f)
{
    f->bank[2]->form.term[0].plane = &f->bank[2]->plane;
}

static void reads_stranger(struct tc_family *f)
{
    struct tc_plane *p = tc_alloc(f->arena, 1, sizeof *p);

    *p = *f->input[0];
    f->bank[0]->form.term[0].plane = p;
}

static void strange_table(struct tc_family *f)
{
    struct tc_table *t = tc_alloc(f->arena, 1, sizeof *t);

    *t = *f->table[0];
    f->bank[1]->form.term[0].factor[0].table = t;
}

static void axis_too_high(struct tc_family *f)
{
    struct tc_term *t = &f->bank[0]->form.term[1];

    t->at[1] = plus(f, t->at[1], 1);
}

static void axis_too_low(struct tc_family *f)
{
    struct tc_term *t = &f->bank[2]->form.term[1];

    t->at[0] = plus(f, t->at[0], -1);
}

static void argument_too_high(struct tc_family *f)
{
    struct tc_factor *x = &f->bank[1]->form.term[0].factor[1];

    x->at[0] = plus(f, x->at[0], 2);
}

static void via_big(struct tc_family *f)
{
    f->bank[1]->guard[0].expr.via = f->table[3];
}

static void via_too_far(struct tc_family *f)
{
    f->bank[1]->guard[0].expr.arg.constant = 1;
}

static void guard_lost(struct tc_family *f)
{
    f->bank[2]->nguard = 0;
    f->bank[2]->form.nterm = 1;
    f->bank[2]->form.term[0].nguard = 0;
}

static void guard_lost_in_threshold(struct tc_family *f)
{
    f->bank[3]->theta.term[0].nguard = 1;
}

static void level(struct tc_family *f)
{
    f->bank[2]->plane.level = 5;
}

static void range_empty(struct tc_family *f)
{
    f->bank[0]->form.lo = tc_mpz_si(f->arena, 2);
    f->bank[0]->form.hi = tc_mpz_si(f->arena, 1);
}

static void range_missing(struct tc_family *f)
{
    f->bank[0]->form.lo = NULL;
}

static void range_wide(struct tc_family *f)
{
    f->bank[0]->form.hi = tc_mpz_si(f->arena, 3);
}

static void range_of_threshold(struct tc_family *f)
{
    f->bank[0]->theta.lo = tc_mpz_si(f->arena, 1);
}

static void falls(struct tc_family *f)
{
    OURS(int64_t, f->table[2]->small)[6] = 0;
}

static void twin_outputs(struct tc_family *f)
{
    tc_family_output(f, "Y", f->input[0]);
}

static void output_of_nothing(struct tc_family *f)
{
    f->output[0].plane = NULL;
}

static const struct {
    void (*spoil)(struct tc_family *);
    const char *msg;
} broken[] = {
    {no_name, "the family has no name"},
    {twin_symbols, "two parameters or symbols are named n"},
    {symbol_without_value, "a parameter or symbol has no name or no value"},
    {twin_tables, "two tables are named pw"},
    {table_id, "table len has id 0; 1 wanted"},
    {table_without_entries, "table pw has no entries, or two kinds of them"},
    {table_extent, "table pw has an extent that is not positive, or too many entries"},
    {twin_planes, "bank X: two planes are named X"},
    {plane_without_name, "bank (no name): plane 2 has no name"},
    {input_level, "input X has a chain, a bank or a level"},
    {bank_id, "bank s has id 7; 3 wanted"},
    {plane_of_another, "bank s: its plane belongs to another bank"},
    {extent_zero, "bank x.and: index i has extent 0; 1 or more wanted"},
    {extent_not_size, "bank x.and: the size of index i is not its extent 3"},
    {unknown_size, "bank x.and: the size of index i names an unknown symbol"},
    {out_of_order, "bank s: index i is out of order: indices go by id"},
    {bound_twice, "bank q, term 1 of the form: index a is bound twice"},
    {bound_in_domain, "bank q, term 1 of the form: index i is bound twice"},
    {unused_index, "bank x.and: index z of the domain is not used"},
    {missing_index, "bank x.and, term 2 of the form: index a' is not bound here"},
    {chain_in_form, "bank q, term 1 of the form: index t is not bound here"},
    {twice_in_axis, "bank s, term 2 of the form: index i stands twice in one expression"},
    {coefficient_of_index, "bank s, term 2 of the form: index j has coefficient 0"},
    {too_wide, "bank s, term 2 of the form: an expression in index j exceeds 61 bits"},
    {coefficient_zero, "bank q, term 1 of the form: the coefficient is 0"},
    {reads_later, "bank q, term 1 of the form: reads plane s, which does not come before it"},
    {reads_itself, "bank s, term 1 of the form: reads plane s, which does not come before it"},
    {reads_stranger, "bank x.and, term 1 of the form: reads plane X, which is not the family's"},
    {strange_table, "bank q, term 1 of the form: a factor is a table that is not the family's"},
    {axis_too_high,
     "bank x.and, term 2 of the form: axis 2 of X is read at a' + 1, outside 0..3 at "
     "a' = 3"},
    {axis_too_low, "bank s, term 2 of the form: axis 1 of X is read at i - j - 1, outside 0..3 at "
                   "i = 0, j = 0"},
    {argument_too_high, "bank q, term 1 of the form: argument 1 of pw is read at a' + 2, outside "
                        "0..3 at a' = 2"},
    {via_big, "bank q: an index goes through table big, which is not dense, of rank 1 and small"},
    {via_too_far, "bank q: the argument of len is read at i + 1, outside 0..3 at i = 3"},
    {guard_lost, "bank s, term 1 of the form: q is read where its guard t < len(i) does not hold "
                 "at j = 0, t = 2"},
    {guard_lost_in_threshold, "bank y, term 1 of the threshold: s is read where its guard j <= i "
                              "does not hold at i = 0, j = 1, k = 1"},
    {level, "bank s: level 5; what it reads makes it 3"},
    {range_empty, "bank x.and, form: the range is empty: its lower end exceeds its upper end"},
    {range_missing, "bank x.and, form: there is no range"},
    {range_wide, "bank x.and, form: the range [0, 3] exceeds what the terms can reach, [0, 2]"},
    {range_of_threshold,
     "bank x.and, threshold: the range [1, 2] exceeds what the terms can reach, [2, 2]"},
    {falls, "bank q: said to be monotone, but the threshold falls from 1 to 0 at t = 1"},
    {twin_outputs, "two outputs are named Y"},
    {output_of_nothing, "output Y is no plane of the family"},
};

START_TEST(named)
{
    struct tc_family *f = family_of_text(sound);
    struct tc_error err = {0};

    ck_assert_msg(tc_family_check(f, &err), "%s", err.msg);
    broken[_i].spoil(f);
    ck_assert(!tc_family_check(f, &err));
    ck_assert_str_eq(err.msg, broken[_i].msg);
    tc_family_free(f);
}
END_TEST

#define LARGE "tcf 1\nfamily f\nparam n = 1048576\nsymbol T = 31\n"

/* what must be provable whatever the sizes are */
static const char *const provable[] = {
    /* a guard from itself, and from two and three others */
    LARGE "input X[i<n]\n"
          "bank s[i<n, j<n | j <= i] level 1: X[i] + X[j] >= 2\n"
          "bank y[i<n] level 2: sum{j<n, k<n, l<n | l <= k, k <= j, j <= i} s[i, l] >= 1\n",
    /* differences under a guard */
    LARGE "input X[i<n]\n"
          "bank y[i<n, j<n | j <= i] level 1: X[i - j] >= 1\n",
    /* flat indices */
    LARGE "input X[i<n^2]\n"
          "bank y[j<n, k<n] level 1: X[j + 1048576*k] >= 1\n",
    /* pairs: both the coordinate and its partner */
    LARGE "input X[c<n]\n"
          "bank y[l<1/2*n, r<2] level 1: X[2*l + r] + X[2*l + 1 - r] >= 2\n",
    /* a chain as long as a table says, through a table of another index */
    LARGE "table len(3) = 31 7 12\ntable pick(2) = 2 0\n"
          "input X[i<3]\n"
          "bank c[i<3; t<T | t < len(i)] level 1: X[i] >= 1\n"
          "bank y[z<2] level 2: sum{t<T | t < 12} c[pick(z); t] >= 1\n"
          "bank u[i<3] level 2: sum{t<T | t < len(i)} c[i; t] >= 1\n",
    /* rows one after the other on an axis, each as long as a table says */
    LARGE "table first(5) = 0 5 9 9 9\ntable length(5) = 5 4 7 8 1048567\n"
          "input X[z<n]\n"
          "bank y[k<5, t<n | t < length(k)] level 1: X[t + first(k)] >= 1\n",
    /* a guard that needs its points to be tried */
    LARGE "table first(4) = 0 1 1 9\n"
          "input X[i<2, m<n]\n"
          "bank y[j<4, m<n | j <= 2] level 1: X[first(j), m] >= 1\n",
};

START_TEST(proved)
{
    tc_family_free(family_of_text(provable[_i]));
}
END_TEST

/* read: what is wrong with it */
static const char *const unprovable[][2] = {
    {LARGE "input X[i<n]\nbank y[i<n, j<n] level 1: X[i - j] >= 1\n",
     "bank y, term 1 of the form: axis 1 of X is read at i - j, which cannot be shown to lie in "
     "0..1048575"},
    {LARGE "table first(5) = 0 5 9 9 9\ntable length(5) = 5 4 7 8 1048568\n"
           "input X[z<n]\n"
           "bank y[k<5, t<n | t < length(k)] level 1: X[t + first(k)] >= 1\n",
     "bank y, term 1 of the form: axis 1 of X is read at t + first(k), which cannot be shown to "
     "lie "
     "in 0..1048575"},
    {LARGE "input X[i<n]\n"
           "bank s[i<n, j<n | j < i] level 1: X[i] + X[j] >= 2\n"
           "bank y[i<n] level 2: sum{j<n | j <= i} s[i, j] >= 1\n",
     "bank y, term 1 of the form: s is read where its guard j < i cannot be shown to hold"},
};

START_TEST(not_proved)
{
    const char *text = unprovable[_i][0];
    FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    struct tc_error err = {0};

    ck_assert_ptr_null(tc_family_read(in, "large", &err));
    ck_assert_str_eq(err.msg, unprovable[_i][1]);
    fclose(in);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("check");
    TCase *c = tcase_create("invariants");

    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, named, 0, (int)(sizeof broken / sizeof *broken));
    tcase_add_loop_test(c, proved, 0, (int)(sizeof provable / sizeof *provable));
    tcase_add_loop_test(c, not_proved, 0, (int)(sizeof unprovable / sizeof *unprovable));
    suite_add_tcase(s, c);
    return check_status(s);
}

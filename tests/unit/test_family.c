/* test_family.c -- building families: domains, levels, symbols, parameters */
#include "../../ir/ir.h"
#include "check_main.h"

#include <string.h>

static struct tc_family *f;
static struct tc_error err;

static void setup(void)
{
    f = tc_family_new("test");
    memset(&err, 0, sizeof err);
}

static void teardown(void)
{
    tc_family_free(f);
}

static struct tc_axis of(const struct tc_index *i)
{
    return tc_axis_of(f->arena, i);
}

static struct tc_form wire(const struct tc_plane *p, struct tc_axis a, struct tc_axis b)
{
    struct tc_axis at[2] = {a, b};

    return tc_form_wire(f, p, at);
}

static bool axes_are(const struct tc_plane *p, unsigned n, const struct tc_index *const *ix)
{
    for (unsigned k = 0; k < n && k < p->naxis; k++)
        if (p->axis[k] != ix[k])
            return false;
    return p->naxis == n;
}

START_TEST(domains)
{
    struct tc_index *i = tc_index_new(f, "i", 3, NULL), *j = tc_index_new(f, "j", 3, NULL);
    struct tc_index *k = tc_index_new(f, "k", 3, NULL), *t = tc_index_new(f, "t", 2, NULL);
    struct tc_index *s = tc_index_new(f, "s", 3, NULL), *z = tc_index_new(f, "z", 2, NULL);
    const struct tc_index *axis[2] = {s, z}, *over = s;
    struct tc_plane *x = tc_family_input(f, "X", 2, axis);
    const int64_t theta[2] = {0, 1}, two = 2, extent[2] = {3, 2}, some[6] = {0, 1, 0, 2, 1, 1};
    struct tc_axis at[2] = {of(t), of(t)}, half;
    struct tc_form th = tc_form_table(f, tc_table_dense(f, "theta", 1, &two, theta), at), form;
    struct tc_guard le = tc_guard_le(f->arena, i, j);
    const struct tc_bank *b;

    /* in order of id, whatever the order of reading; the chain apart */
    form = tc_form_add(f, wire(x, of(k), tc_axis_const(0)), wire(x, of(i), tc_axis_const(1)));
    b = tc_bank_new(f, "a", form, t, th, true, 0, NULL, "", NULL);
    ck_assert(axes_are(&b->plane, 2, (const struct tc_index *[]){i, k}));
    ck_assert_ptr_eq(b->plane.chain, t);
    ck_assert_ptr_eq(b->plane.bank, b);
    /* what is summed over is not of the domain; guards are */
    form = tc_form_sum(f, wire(x, of(s), tc_axis_const(0)), 1, &over, 0, NULL);
    b = tc_bank_new(f, "b", form, NULL, tc_form_si(f, 1), true, 1, &le, "", NULL);
    ck_assert(axes_are(&b->plane, 2, (const struct tc_index *[]){i, j}));
    ck_assert_ptr_null(b->plane.chain);
    /* tables of thresholds, and tables on the way to a wire */
    at[0] = of(j);
    th = tc_form_table(f, tc_table_dense(f, "theta", 2, extent, some), at);
    half = (struct tc_axis){.via = tc_table_dense(f, "half", 1, extent, some), .arg = of(k).at};
    b = tc_bank_new(f, "c", wire(x, half, tc_axis_const(0)), t, th, true, 0, NULL, "", NULL);
    ck_assert(axes_are(&b->plane, 2, (const struct tc_index *[]){j, k}));
    /* nothing */
    b = tc_bank_new(f, "d", tc_form_si(f, 1), NULL, tc_form_si(f, 1), true, 0, NULL, "", NULL);
    ck_assert(axes_are(&b->plane, 0, NULL));
    for (unsigned n = 0; n < f->nbank; n++)
        ck_assert_uint_eq(f->bank[n]->plane.id, f->ninput + n);
    ck_assert_msg(tc_family_check(f, &err), "%s", err.msg);
}
END_TEST

START_TEST(levels)
{
    struct tc_plane *x = tc_family_input(f, "X", 0, NULL);
    struct tc_axis none[1];
    struct tc_form read = tc_form_wire(f, x, none), one = tc_form_si(f, 1);
    const struct tc_bank *b[5];

    b[0] = tc_bank_new(f, "a", read, NULL, one, true, 0, NULL, "", NULL);
    read = tc_form_wire(f, &b[0]->plane, none);
    b[1] = tc_bank_new(f, "b", read, NULL, one, true, 0, NULL, "", NULL);
    b[2] = tc_bank_new(f, "c", tc_form_add(f, tc_form_wire(f, &b[1]->plane, none), read), NULL, one,
                       true, 0, NULL, "", NULL);
    b[3] = tc_bank_new(f, "d", one, NULL, tc_form_wire(f, &b[2]->plane, none), true, 0, NULL, "",
                       "the threshold counts");
    b[4] = tc_bank_new(f, "e", one, NULL, one, true, 0, NULL, "", NULL);
    ck_assert_uint_eq(x->level, 0);
    ck_assert_uint_eq(b[0]->plane.level, 1);
    ck_assert_uint_eq(b[1]->plane.level, 2);
    ck_assert_uint_eq(b[2]->plane.level, 3);
    ck_assert_uint_eq(b[3]->plane.level, 4);
    ck_assert_uint_eq(b[4]->plane.level, 1);
    ck_assert_str_eq(b[3]->note, "the threshold counts");
    ck_assert_ptr_null(b[4]->note);
    ck_assert_uint_eq(tc_form_level(&b[2]->form), 2);
    ck_assert_uint_eq(tc_form_level(&one), 0);
    ck_assert_msg(tc_family_check(f, &err), "%s", err.msg);
}
END_TEST

static void symbol_is(const char *name, int64_t value)
{
    mpz_t v;

    mpz_init(v);
    ck_assert_msg(tc_family_symbol_value(f, name, v), "%s", name);
    ck_assert_int_eq(mpz_cmp_si(v, value), 0);
    mpz_clear(v);
}

START_TEST(symbols)
{
    mpz_t v;

    tc_family_param(f, "n", 8);
    tc_family_param(f, "T_2", 5);
#define GIVES(name, value, text)                                                                   \
    ck_assert_str_eq(tc_poly_text(f->arena, tc_family_symbol(f, name, value, "note")), text)
    GIVES("T", 15, "T");
    GIVES("T", 15, "T");
    GIVES("T", 31, "T_3"); /* T_2 is a parameter */
    GIVES("T", 7, "T_4");
    GIVES("T", 31, "T_3");
    GIVES("T", 1, "1");
    GIVES("U", 0, "0");
    GIVES("n", 9, "n_2");
    GIVES("n", 8, "n_3"); /* a parameter is not taken for a length */
#undef GIVES
    ck_assert_uint_eq(f->nsymbol, 5);
    symbol_is("n", 8);
    symbol_is("T", 15);
    symbol_is("T_3", 31);
    symbol_is("T_4", 7);
    mpz_init(v);
    ck_assert(!tc_family_symbol_value(f, "U", v));
    mpz_clear(v);
    ck_assert_str_eq(f->symbol[0].note, "note");
    ck_assert_msg(tc_family_check(f, &err), "%s", err.msg);
}
END_TEST

START_TEST(indices)
{
    const struct tc_index *i = tc_index_new(f, "i", 4, NULL), *k;

    tc_family_param(f, "n", 4);
    k = tc_index_new(f, "k", 4, tc_poly_symbol(f->arena, "n"));
    ck_assert_str_eq(tc_poly_text(f->arena, i->size), "4");
    ck_assert_str_eq(tc_poly_text(f->arena, k->size), "n");
    ck_assert_uint_lt(i->id, k->id);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("family");
    TCase *c = tcase_create("family");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, domains);
    tcase_add_test(c, levels);
    tcase_add_test(c, symbols);
    tcase_add_test(c, indices);
    suite_add_tcase(s, c);
    return check_status(s);
}

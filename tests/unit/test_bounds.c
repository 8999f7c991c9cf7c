/* test_bounds.c -- depth in the literature's constants, their values, leading terms, and that
 * nothing is printed as stated that is not in the table of statements */
#include "../../compiler/bounds.h"
#include "outline.h"

#include <stdio.h>

#define COUNT(list) (sizeof list / sizeof *list)

static struct tc_arena *arena;

static void setup(void)
{
    arena = tc_arena_new();
}

static void teardown(void)
{
    tc_arena_free(arena);
}

/* ------------------------------------------------------------------ symbolic depth */

/* The sums of the literature's accounting for tensor attention with and without RoPE, stage by
 * stage and with parallel stages, for norm and for a linear map; the others counted by hand. */
START_TEST(test_symbolic)
{
    static const struct {
        const char *blocks, *depth, *parallel;
    } cases[] = {
        {"<attention order=\"3\" scale=\"1/d\"/>", "7 d_std + 5 d_⊕ + d_exp",
         "6 d_std + 3 d_⊕ + d_exp"},
        {"<attention order=\"3\" scale=\"1/d\"><rope mode=\"each\"/></attention>",
         "8 d_std + 6 d_⊕ + d_△ + d_exp", "7 d_std + 4 d_⊕ + d_△ + d_exp"},
        {"<attention order=\"3\" scale=\"1/d\"><rope mode=\"query2\"/></attention>",
         "8 d_std + 6 d_⊕ + d_△ + d_exp", "7 d_std + 4 d_⊕ + d_△ + d_exp"},
        {"<attention order=\"3\"/>", "6 d_std + 5 d_⊕ + d_exp", "5 d_std + 3 d_⊕ + d_exp"},
        {"<attention/>", "5 d_std + 5 d_⊕ + d_exp", "4 d_std + 3 d_⊕ + d_exp"},
        {"<attention order=\"4\"/>", "7 d_std + 5 d_⊕ + d_exp", "6 d_std + 3 d_⊕ + d_exp"},
        {"<attention scale=\"1/sqrt(3)\"/>", "6 d_std + 5 d_⊕ + d_exp",
         "5 d_std + 3 d_⊕ + d_exp"},
        {"<attention stable=\"true\"/>", "8 d_std + 5 d_⊕ + d_exp", "7 d_std + 3 d_⊕ + d_exp"},
        {"<attention output=\"true\"/>", "6 d_std + 6 d_⊕ + d_exp", "5 d_std + 4 d_⊕ + d_exp"},
        {"<attention mask=\"causal\"><alibi/></attention>", "6 d_std + 5 d_⊕ + d_exp",
         "5 d_std + 3 d_⊕ + d_exp"},
        {"<attention kind=\"average-hard\"/>", "7 d_std + 5 d_⊕", "6 d_std + 3 d_⊕"},
        {"<attention kind=\"unique-hard\"/>", "5 d_std + 3 d_⊕", "5 d_std + 3 d_⊕"},
        {"<attention kind=\"linear\"/>", "7 d_std + 5 d_⊕", "6 d_std + 3 d_⊕"},
        {"<attention kind=\"unnormalized\"/>", "4 d_std + 3 d_⊕ + d_exp",
         "4 d_std + 3 d_⊕ + d_exp"},
        {"<attention kind=\"cme\" kernel=\"linear\" lambda=\"1\" terms=\"1\"/>",
         "4 d_std + 3 d_⊕", "4 d_std + 3 d_⊕"},
        {"<attention kind=\"cme\" kernel=\"linear\" lambda=\"1\" terms=\"3\"/>",
         "14 d_std + 5 d_⊕", "14 d_std + 5 d_⊕"},
        {"<linear/>", "2 d_std + d_⊕", "2 d_std + d_⊕"},
        {"<linear bias=\"false\"/>", "d_std + d_⊕", "d_std + d_⊕"},
        {"<norm/>", "5 d_std + 2 d_⊕ + d_sqrt", "5 d_std + 2 d_⊕ + d_sqrt"},
        {"<norm kind=\"rms\" epsilon=\"1/4\" affine=\"true\"/>", "5 d_std + d_⊕ + d_sqrt",
         "5 d_std + d_⊕ + d_sqrt"},
        {"<norm kind=\"sphere\"/>", "2 d_std + d_⊕ + d_sqrt", "2 d_std + d_⊕ + d_sqrt"},
        {"<activation kind=\"relu\"/>", "2 d_std", "2 d_std"},
        {"<activation kind=\"silu\"/>", "2 d_std + d_exp", "2 d_std + d_exp"},
        {"<activation kind=\"gelu\"/>", "3 d_std + d_⊕ + d_⊗", "3 d_std + d_⊕ + d_⊗"},
        {"<mlp/>", "6 d_std + 2 d_⊕", "6 d_std + 2 d_⊕"},
        {"<mlp gated=\"true\" bias=\"false\"/>", "5 d_std + 2 d_⊕ + d_exp",
         "5 d_std + 2 d_⊕ + d_exp"},
        {"<residual><norm kind=\"sphere\"/></residual>", "3 d_std + d_⊕ + d_sqrt",
         "3 d_std + d_⊕ + d_sqrt"},
        {"<residual step=\"1/2\"><linear bias=\"false\"/></residual>", "3 d_std + d_⊕",
         "3 d_std + d_⊕"},
        {"<repeat count=\"3\"><linear/></repeat><linear/>", "8 d_std + 4 d_⊕", "8 d_std + 4 d_⊕"},
    };

    for (size_t k = 0; k < COUNT(cases); k++) {
        struct outline o = {.blocks = cases[k].blocks};
        struct tc_depth depth = {{0}}, parallel = {{0}};
        struct tc_error refused;
        struct tc_spec *s = outline_read(&o, NULL, 0, &refused);

        tc_blocks_depth(arena, s->nblock, s->block, &depth, &parallel);
        ck_assert_msg(!strcmp(tc_depth_text(arena, &depth), cases[k].depth), "%s: %s",
                      cases[k].blocks, tc_depth_text(arena, &depth));
        ck_assert_msg(!strcmp(tc_depth_text(arena, &parallel), cases[k].parallel), "%s: %s",
                      cases[k].blocks, tc_depth_text(arena, &parallel));
        tc_spec_free(s);
    }
    ck_assert_str_eq(tc_depth_text(arena, &(struct tc_depth){{0}}), "0");
}
END_TEST

/* ------------------------------------------------------------------------ constants */

START_TEST(test_constants)
{
    static const struct tc_options options = {.level = TC_LEVEL_1};
    struct outline o = {.blocks = "<attention order=\"3\"><rope mode=\"each\"/></attention>"};
    struct tc_depth d = {{[TC_D_STD] = 8, [TC_D_SUM] = 6, [TC_D_TRIG] = 1, [TC_D_EXP] = 1}};
    struct tc_error refused;
    struct tc_constants c;
    struct tc_spec *s = outline_read(&o, NULL, 0, &refused);
    unsigned sines = 0;
    mpz_t v;

    mpz_init(v);
    c = tc_constants_measure(arena, s, &options);
    for (unsigned k = 0; k < TC_NCONSTANT; k++)
        ck_assert(c.known[k]);
    for (unsigned k = 0; k < c.n; k++) {
        ck_assert(!c.measured[k].refused);
        ck_assert_uint_le(c.measured[k].depth, c.value[c.measured[k].of]);
        sines += !strcmp(c.measured[k].op, "sin") || !strcmp(c.measured[k].op, "cos");
    }
    ck_assert_uint_eq(sines, 2);
    /* of a product of two words: ANDs, thresholds, bits; of a sum: thresholds, bits */
    ck_assert_uint_eq(c.value[TC_D_STD], 3);
    ck_assert_uint_eq(c.value[TC_D_SUM], 2);
    ck_assert(tc_depth_value(&c, &d, v));
    ck_assert_uint_eq(mpz_get_ui(v), 8 * 3 + 6 * 2 + c.value[TC_D_EXP]);
    c.fixed_angles = false;
    ck_assert(tc_depth_value(&c, &d, v));
    ck_assert_uint_eq(mpz_get_ui(v), 8 * 3 + 6 * 2 + c.value[TC_D_EXP] + c.value[TC_D_TRIG]);
    c.known[TC_D_TRIG] = false;
    ck_assert(!tc_depth_value(&c, &d, v));
    d.of[TC_D_TRIG] = 0;
    ck_assert(tc_depth_value(&c, &d, v));
    mpz_clear(v);
    tc_spec_free(s);
}
END_TEST

/* --------------------------------------------------------------------- leading terms */

static bool is_t(const void *ctx, const char *name)
{
    (void)ctx;
    return *name == 'T';
}

START_TEST(test_leading)
{
    static const struct {
        const char *poly, *leading;
    } cases[] = {
        {"n^3*T_exp + 85*n^3*d + 80*d^2*n + 27*n^2*d + 4*d*n", "n^3*d + d^2*n"},
        {"1/3*n^3 - 5*n^2 + 7", "n^3"},
        {"12", "1"},
        {"0", "1"},
        {"3*T_a + T_b", "1"},
        {"n^2*h^-1 + n", "n + n^2*h^-1"},
        {"n^2/h + n^2", "n^2"},
        {"-2*n*d + n*d*T + ceil(log2(n))*n", "ceil(log2(n))*n + d*n"},
    };

    for (size_t k = 0; k < COUNT(cases); k++) {
        struct tc_error err = {0};
        const struct tc_poly *p =
            tc_poly_read(arena, cases[k].poly, (struct tc_loc){0}, &err);
        const char *got;

        ck_assert_msg(p != NULL, "%s: %s", cases[k].poly, err.msg);
        got = tc_leading_term(arena, p, is_t, NULL);
        ck_assert_msg(!strcmp(got, cases[k].leading), "%s: %s", cases[k].poly, got);
    }
}
END_TEST

/* -------------------------------------------------------------------------- printing */

/* "SOURCE; how it was read" of a line of this statement */
static bool in_table(const char *line, size_t n)
{
    for (unsigned k = 0; k < TC_NCLAIM; k++) {
        const struct tc_claim *c = &tc_claims[k];
        const char *row =
            tc_sprintf(arena, "stated: %s (%s; %s)", c->statement, c->source, tc_claim_read(c));

        if (strlen(row) == n && !strncmp(line, row, n))
            return true;
    }
    return false;
}

START_TEST(test_printed)
{
    static const char *const blocks[] = {
        "<attention/>",
        "<attention><rope mode=\"each\"/></attention>",
        "<attention order=\"3\"><rope mode=\"flat\"/></attention>",
        "<attention order=\"4\"/>",
        "<attention kind=\"average-hard\"/>",
        "<attention kind=\"unique-hard\"/>",
        "<attention kind=\"cme\"/>",
        "<attention order=\"2*n\"/>",
        "<repeat count=\"ceil(log2(n))\"><residual><attention/></residual></repeat>",
        "<repeat count=\"n\" tied=\"true\"><norm/></repeat>",
        "<mlp/>",
    };
    unsigned stated = 0;

    for (size_t k = 0; k < COUNT(blocks); k++) {
        struct outline o = {.blocks = blocks[k]};
        struct tc_args args = {.command = TC_BOUNDS, .spec = outline_path};
        struct tc_error err = {0};
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        args.options.level = TC_LEVEL_1;
        outline_write(&o);
        ck_assert_msg(tc_bounds_command(f, &args, &err), "%s: %s", blocks[k], err.msg);
        unlink(outline_path);
        fclose(f);
        for (const char *p = text; (p = strstr(p, "stated: ")); p++) {
            ck_assert_msg(in_table(p, strcspn(p, "\n")), "%.300s", p);
            stated++;
        }
        ck_assert_msg(!strstr(text, "parity"), "%s", blocks[k]);
        ck_assert(strstr(text, "\nClass: ") && strstr(text, "\nConsequences\n"));
        /* the two that no circuit is built for */
        ck_assert_msg(!strstr(text, "the circuit      none") == (k != 6 && k != 7), "%s", blocks[k]);
        free(text);
    }
    ck_assert_uint_gt(stated, COUNT(blocks));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("bounds");
    TCase *t = tcase_create("bounds");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, test_symbolic);
    tcase_add_test(t, test_constants);
    tcase_add_test(t, test_leading);
    tcase_add_test(t, test_printed);
    suite_add_tcase(s, t);
    return check_status(s);
}

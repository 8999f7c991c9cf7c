/* test_lower.c -- lowered specs: depths, limits, invariants, over a grid */
#include "../../compiler/compiler.h"
#include "check_main.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct tc_error err;
static char file[] = "/tmp/test_lower-XXXXXX";

static void setup(void)
{
    int fd;

    memset(&err, 0, sizeof err);
    strcpy(file + strlen(file) - 6, "XXXXXX");
    fd = mkstemp(file);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

static void teardown(void)
{
    unlink(file);
}

struct options {
    int n, width, bits, fraction, order, heads, level;
    const char *rounding, *weights, *rope, *base, *mask, *scale;
    bool twice; /* two blocks */
};

static const char *const roundings[] = {"block", "op", "layer"};

static struct options usual(void)
{
    return (struct options){2,    2,       4,      2,   3,    1, 1, "block", "source='input'",
                            NULL, "10000", "none", "1", false};
}

/* the depth; 0 and err if refused */
static unsigned depth(const struct options *o)
{
    struct tc_options level = {.level = o->level};
    struct tc_family *f;
    struct tc_spec *s;
    unsigned deep = 0;
    FILE *x = fopen(file, "w");

    fprintf(x,
            "<transformer xmlns='urn:tc0c:spec:1'>"
            "<precision format='fixed' bits='%d' fraction='%d' rounding='%s'/>"
            "<input name='X' length='%d' width='%d'/><weights %s/>",
            o->bits, o->fraction, o->rounding, o->n, o->width, o->weights);
    for (int k = 0; k <= o->twice; k++) {
        fprintf(x, "<attention order='%d' heads='%d' head-width='2' mask='%s' scale='%s'>",
                o->order, o->heads, o->mask, o->scale);
        if (o->rope)
            fprintf(x, "<rope mode='%s' base='%s'/>", o->rope, o->base);
        fprintf(x, "</attention>");
    }
    fprintf(x, "</transformer>");
    fclose(x);
    s = tc_spec_read(file, NULL, 0, true, &err);
    ck_assert_msg(s != NULL, "%s", err.msg);
    f = tc_lower(s, &level, &err);
    if (f) {
        ck_assert_uint_eq(f->noutput, 1);
        ck_assert_str_eq(f->output[0].name, "Y");
        ck_assert_msg(tc_family_check(f, &err), "%s", err.msg);
        ck_assert_uint_eq(tc_family_outputs(f),
                          (uint64_t)o->n * 2 * (unsigned)(o->heads * o->bits));
        deep = f->output[0].plane->level;
        tc_family_free(f);
    }
    tc_spec_free(s);
    return deep;
}

/* block: 7 at -O1, 6 at -O2; one less where weights are constants */
START_TEST(depth_of_block)
{
    static const char *const modes[] = {NULL, "each", "complex", "flat", "query2"};
    struct options o = usual();

    for (o.order = 2; o.order <= 4; o.order++)
        for (unsigned mode = 0; mode < (o.order == 2 ? 3 : 5); mode++)
            for (unsigned constant = 0; constant < 2; constant++)
                for (o.level = 1; o.level <= 2; o.level++)
                    for (o.n = 2; o.n < 1000; o.n *= 20) {
                        unsigned want = 7 - (o.level == 2) - constant;

                        o.rope = modes[mode];
                        o.weights = constant ? "source='random' seed='3'" : "source='input'";
                        /* at order 2 exp meets the values' bits with no carries between: as
                         * deep, the bits of V waiting */
                        ck_assert_msg(depth(&o) == want, "order %d, %s, -O%d, n = %d: %u, not %u",
                                      o.order, o.rope ? o.rope : "none", o.level, o.n, depth(&o),
                                      want);
                    }
}
END_TEST

/* op: depths by what there is, the same for every n */
START_TEST(depth_of_op)
{
    static const char *const modes[] = {NULL, "each", "complex", "flat", "query2"};
    struct options o = usual();

    o.rounding = "op";
    for (o.order = 2; o.order <= 4; o.order++)
        for (unsigned mode = 0; mode < (o.order == 2 ? 3 : 5); mode++)
            for (unsigned constant = 0; constant < 2; constant++) {
                unsigned at[3] = {0};

                o.rope = modes[mode];
                o.weights = constant ? "source='random' seed='3'" : "source='input'";
                for (o.level = 1; o.level <= 2; o.level++) {
                    o.n = 2;
                    at[o.level] = depth(&o);
                    for (o.n = 3; o.n < 1000; o.n *= 17)
                        ck_assert_uint_eq(depth(&o), at[o.level]);
                }
                ck_assert_uint_lt(at[2], at[1]);
                ck_assert_uint_ge(at[1] - at[2], 2);
                ck_assert_uint_le(at[1], 24);
            }
}
END_TEST

/* layer: depth 4 at -O2, at any size; -O1 is not deeper than block */
START_TEST(depth_of_layer)
{
    static const char *const modes[] = {NULL, "each", "complex", "flat", "query2"};
    static const int formats[][2] = {{2, 0}, {6, 3}};
    struct options o = usual();

    o.rounding = "layer";
    for (o.order = 2; o.order <= 4; o.order++)
        for (unsigned mode = 0; mode < (o.order == 2 ? 3 : 5); mode++)
            for (unsigned k = 0; k < 4; k++) {
                unsigned at = 0;

                o.rope = modes[mode];
                o.weights = k % 2 ? "source='random' seed='3' scale='3'" : "source='input'";
                o.bits = formats[k / 2][0];
                o.fraction = formats[k / 2][1];
                for (o.n = 1; o.n < 1000; o.n *= 17)
                    for (o.width = 1; o.width < 10; o.width *= 8) {
                        o.level = 2;
                        ck_assert_msg(depth(&o) == 4, "%s: %u", err.msg, depth(&o));
                        o.level = 1;
                        ck_assert_uint_ge(depth(&o), 4);
                        ck_assert_uint_le(depth(&o), 7);
                    }
                o.width = 3;
                for (o.n = 1; o.n < 1000; o.n *= 17) {
                    ck_assert(!at || at == depth(&o));
                    at = depth(&o);
                }
            }
    o.order = 3;
    o.n = o.bits = 2;
    o.fraction = 1;
    o.weights = "source='input'";
    o.twice = true;
    o.level = 2;
    ck_assert_uint_eq(depth(&o), 7);
}
END_TEST

START_TEST(limits)
{
    struct options o = usual();

    o.fraction = 3;
    o.order = 2;
    o.bits = 17;
    o.rounding = "layer";
    ck_assert_uint_eq(depth(&o), 0);
    ck_assert_int_eq(err.kind, TC_ELIMIT);
    ck_assert_ptr_nonnull(strstr(err.msg, "17 bits"));
    memset(&err, 0, sizeof err);
    o.bits = 62;
    ck_assert_uint_eq(depth(&o), 0);
    ck_assert_int_eq(err.kind, TC_ELIMIT);
}
END_TEST

/* the base of a rope is an expression; what the tables do not hold is refused */
START_TEST(bases)
{
    static const char *const fine[] = {"1", "1e4", "1e-3", "2*5+1", "3/7", "2^64", "2^-64", "0.5"};
    static const char *const wrong[] = {"1e30", "1e-30", "2^64+1", "1e4000", "1/3^41"};
    struct options o = usual();

    o.rope = "each";
    for (unsigned way = 0; way < 3; way++) {
        o.rounding = roundings[way];
        for (size_t k = 0; k < sizeof fine / sizeof *fine; k++) {
            o.base = fine[k];
            ck_assert_msg(depth(&o) > 0, "%s: %s", fine[k], err.msg);
        }
        for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
            memset(&err, 0, sizeof err);
            o.base = wrong[k];
            ck_assert_uint_eq(depth(&o), 0);
            ck_assert_int_eq(err.kind, TC_ELIMIT);
            ck_assert_uint_eq(err.loc.line, 1);
        }
        memset(&err, 0, sizeof err);
    }
}
END_TEST

/* every combination that may meet: built, and its invariants hold */
START_TEST(grid)
{
    static const char *const modes[] = {NULL, "each", "complex", "flat", "query2"};
    static const char *const weights[] = {"source='input'", "source='random' scale='0.1'",
                                          "source='random' seed='1' scale='1e-9'"};
    static const char *const scales[] = {"1", "-1/sqrt(7)", "1e30", "1e-30"};
    static const int formats[][2] = {{2, 0}, {2, 1}, {3, 0}, {4, 3}};
    struct options o = usual();
    unsigned k = 0;

    for (unsigned way = 0; way < 3; way++)
        for (o.order = 2; o.order <= 4; o.order++)
            for (unsigned mode = 0; mode < (o.order == 2 ? 3 : 5); mode++)
                for (unsigned w = 0; w < 3; w++)
                    for (unsigned s = 0; s < 4; s++, k++) {
                        o.rounding = roundings[way];
                        o.rope = modes[mode];
                        o.weights = weights[w];
                        o.scale = scales[s];
                        o.level = 1 + k % 2;
                        o.n = 1 + k % 3;
                        o.width = 1 + (int)(k / 2 % 3);
                        o.heads = 1 + (int)(k / 3 % 3);
                        o.mask = k / 5 % 2 ? "causal" : "none";
                        o.twice = k % 7 == 0 && o.order < 4;
                        o.bits = formats[k / 4 % 4][0];
                        o.fraction = formats[k / 4 % 4][1];
                        ck_assert_msg(depth(&o) > 0, "%s", err.msg);
                    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("lower");
    TCase *c = tcase_create("lower");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 300);
    tcase_add_test(c, depth_of_block);
    tcase_add_test(c, depth_of_op);
    tcase_add_test(c, depth_of_layer);
    tcase_add_test(c, limits);
    tcase_add_test(c, bases);
    tcase_add_test(c, grid);
    suite_add_tcase(s, c);
    return check_status(s);
}

/* step functions in one layer and in two: every x, steps of all sizes, with a side */
#include "../../compiler/telescope.h"
#include "check_main.h"

#include <stdlib.h>

#define BITS  9 /* of x, and a bit beside it */
#define WIDE  24
#define SIZE  (1 << BITS)
#define CASES 60

/* what is random is so in one of four ways: unit steps, small, large, huge */
static int64_t random_jump(struct tc_random *r, unsigned way)
{
    static const uint64_t spread[4] = {1, 5, 300, 100000};
    uint64_t x = 1 + tc_random_below(r, spread[way]);

    return tc_random_below(r, way ? 2 : 8) ? (int64_t)x : -(int64_t)x;
}

static struct stairs random_stairs(struct tc_arena *arena, struct tc_random *r, unsigned way)
{
    struct stairs s = {.size = SIZE, .first = 500000, .side = tc_random_below(r, 2)};
    bool side = s.side;

    s.at = tc_alloc(arena, SIZE, sizeof *s.at);
    s.jump = tc_alloc(arena, SIZE, sizeof *s.jump);
    s.turn = tc_alloc(arena, SIZE, sizeof *s.turn);
    for (int64_t x = 1; x < SIZE; x++) {
        bool turn = tc_random_below(r, 4) == 0;

        if (tc_random_below(r, 3) == 0)
            continue;
        s.at[s.n] = x;
        s.turn[s.n] = (signed char)(turn ? side ? -1 : 1 : 0);
        s.jump[s.n] = turn && tc_random_below(r, 2) ? 0 : random_jump(r, way);
        side = side != turn;
        s.n += turn || s.jump[s.n];
    }
    return s;
}

/* the number of the input's first BITS wires, or the wire after them */
static struct tc_form input_form(struct tc_family *f, const struct tc_plane *x, bool last)
{
    struct tc_index *a = tc_index_new(f, "a", BITS, NULL);
    const struct tc_index *ix = a;
    struct tc_axis at = tc_axis_of(f->arena, a);
    int64_t power[BITS], extent = BITS;
    struct tc_form y;

    if (last) {
        at = tc_axis_const(BITS);
        return tc_form_wire(f, x, &at);
    }
    for (unsigned k = 0; k < BITS; k++)
        power[k] = (int64_t)1 << k;
    y = tc_form_times(f, tc_form_wire(f, x, &at), tc_table_dense(f, "power", 1, &extent, power),
                      &at);
    return tc_form_sum(f, y, 1, &ix, 0, NULL);
}

static void gates(struct tc_family *f, const char *name, struct tc_form x)
{
    tc_family_output(
        f, name,
        &tc_bank_new(f, name, x, NULL, tc_form_si(f, 1), true, 0, NULL, "output", NULL)->plane);
}

static struct tc_family *lower(struct tc_options *options, struct stairs *s,
                               enum telescope_side kind, bool two, unsigned *planned)
{
    struct tc_family *f = tc_family_new("stairs");
    struct fl l = {.low = {.family = f, .options = options, .component = "c", .prefix = ""}};
    const struct tc_index *axis = tc_index_new(f, "a", BITS + 1, NULL), *a;
    const struct tc_plane *x = tc_family_input(f, "x", 1, &axis);
    struct telescope *plan = two ? telescope_plan(f->arena, s, kind) : NULL;
    struct stairs_forms y;

    s->x = input_form(f, x, false);
    y = stairs_build(&l, s, plan, kind, input_form(f, x, true), "steps");
    *planned = plan ? telescope_gates(plan) : stairs_gates(s, kind);
    gates(f, "y", float_bits(&l.low, "bits", y.value, NULL, WIDE, &a, NULL));
    if (kind != TELESCOPE_NONE)
        gates(f, "side", y.side);
    return f;
}

/* all x beside 0 and 1, 64 at a time, against the sums of the jumps */
static void check_values(const struct tc_family *f, const struct stairs *s,
                         enum telescope_side kind)
{
    size_t words = 2 * SIZE / 64;
    uint64_t *in = tc_xcalloc((BITS + 1) * words, sizeof *in);
    uint64_t *out = tc_xcalloc((WIDE + 1) * words, sizeof *out);
    int64_t value = s->first;
    bool side = s->side;
    unsigned k = 0;
    struct tc_error err = {0};

    for (size_t v = 0; v < 2 * SIZE; v++)
        for (unsigned a = 0; a <= BITS; a++)
            in[a * words + v / 64] |= (uint64_t)(v >> a & 1) << v % 64;
    ck_assert_msg(tc_family_run(f, in, out, words, &err), "%s", err.msg);
    for (size_t x = 0; x < SIZE; x++) {
        if (k < s->n && s->at[k] == (int64_t)x) {
            value += s->jump[k];
            side = side != (s->turn[k] != 0);
            k++;
        }
        for (size_t v = x; v < 2 * SIZE; v += SIZE) {
            int64_t got = 0;
            bool beside = v >= SIZE;

            for (unsigned a = 0; a < WIDE; a++)
                got |= (int64_t)(out[a * words + v / 64] >> v % 64 & 1) << a;
            ck_assert_int_eq(got, value & ((1 << WIDE) - 1));
            if (kind != TELESCOPE_NONE)
                ck_assert_int_eq(out[WIDE * words + v / 64] >> v % 64 & 1,
                                 side != (kind == TELESCOPE_XOR && beside));
        }
    }
    free(in);
    free(out);
}

START_TEST(test_stairs)
{
    struct tc_random r;
    struct tc_options options = {.level = TC_LEVEL_1};
    struct tc_arena *arena = tc_arena_new();
    enum telescope_side kind = (enum telescope_side)(_i % 3);
    struct stairs s;
    unsigned one;

    tc_random_seed(&r, (uint64_t)_i);
    s = random_stairs(arena, &r, (unsigned)_i / 3 % 4);
    if (kind == TELESCOPE_NONE) {
        s.side = false;
        for (unsigned k = 0; k < s.n; k++)
            s.turn[k] = 0;
    }
    for (unsigned two = 0; two < 2; two++) {
        unsigned gates_of_all;
        struct tc_family *f = lower(&options, &s, kind, two, &gates_of_all);
        struct tc_error err = {0};

        ck_assert_msg(tc_family_check(f, &err), "%s", err.msg);
        if (two && _i / 3 % 4 < 2)
            ck_assert_uint_lt(gates_of_all, one);
        one = gates_of_all;
        check_values(f, &s, kind);
        tc_family_free(f);
    }
    tc_arena_free(arena);
}
END_TEST

/* no change, one, two */
START_TEST(test_few)
{
    int64_t at[2] = {3, 7}, jump[2] = {5, -2};
    signed char turn[2] = {0, 0};
    struct stairs s = {.size = SIZE, .n = (unsigned)_i, .at = at, .jump = jump, .turn = turn};
    struct tc_options options = {.level = TC_LEVEL_1};
    unsigned n;

    for (unsigned two = 0; two < 2; two++) {
        struct tc_family *f = lower(&options, &s, TELESCOPE_NONE, two, &n);

        check_values(f, &s, TELESCOPE_NONE);
        tc_family_free(f);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("telescope");
    TCase *c = tcase_create("all x");

    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, test_stairs, 0, CASES);
    tcase_add_loop_test(c, test_few, 0, 3);
    suite_add_tcase(suite, c);
    return check_status(suite);
}

/* slices: bit a of word i of vector v is bit v of wire i * width + a */
#include "../../compiler/compiler.h"
#include "check_main.h"

#include <stdlib.h>

static uint64_t mask(unsigned width)
{
    return width == 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;
}

/* by the definition, and back */
static void one_shape(struct tc_random *r, size_t count, unsigned width, size_t nvector)
{
    size_t words = (nvector + 63) / 64, stride = count + 3;
    uint64_t *word = tc_xcalloc(nvector * stride, sizeof *word);
    uint64_t *back = tc_xcalloc(nvector * stride, sizeof *back);
    uint64_t *wire = tc_xcalloc(count * width * words, sizeof *wire);

    for (size_t i = 0; i < nvector * stride; i++)
        word[i] = tc_random_next(r) & mask(width);
    for (size_t i = 0; i < count * width * words; i++)
        wire[i] = tc_random_next(r); /* to be overwritten */
    tc_slice(word, stride, count, width, nvector, wire, words);
    for (size_t w = 0; w < count * width; w++) {
        for (size_t v = 0; v < 64 * words; v++) {
            uint64_t got = wire[w * words + v / 64] >> (v % 64) & 1;
            uint64_t want = v < nvector ? word[v * stride + w / width] >> (w % width) & 1 : 0;

            ck_assert_msg(got == want, "width %u, %zu vectors: wire %zu of vector %zu", width,
                          nvector, w, v);
        }
    }
    tc_unslice(wire, words, count, width, nvector, back, stride);
    for (size_t v = 0; v < nvector; v++)
        for (size_t i = 0; i < stride; i++)
            ck_assert_uint_eq(back[v * stride + i], i < count ? word[v * stride + i] : 0);
    free(word);
    free(back);
    free(wire);
}

START_TEST(any_shape)
{
    static const unsigned widths[] = {1, 2, 5, 8, 31, 32, 33, 62, 64};
    static const size_t vectors[] = {1, 2, 63, 64, 65, 128, 200};
    struct tc_random r;

    tc_random_seed(&r, 1);
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
        for (size_t v = 0; v < sizeof vectors / sizeof *vectors; v++)
            for (size_t count = 1; count < 4; count++)
                one_shape(&r, count, widths[w], vectors[v]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("slice");
    TCase *c = tcase_create("shapes");

    tcase_add_test(c, any_shape);
    suite_add_tcase(s, c);
    return check_status(s);
}

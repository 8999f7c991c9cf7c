/* the progress line: silent at first, seldom, short, and gone at the end */
#include "../../ir/ir.h"
#include "check_main.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static FILE *caught;
static int saved;

/* stderr goes to a file until release() */
static void catch_stderr(void)
{
    caught = tmpfile();
    ck_assert_ptr_nonnull(caught);
    fflush(stderr);
    saved = dup(STDERR_FILENO);
    ck_assert_int_ge(saved, 0);
    ck_assert_int_ge(dup2(fileno(caught), STDERR_FILENO), 0);
}

/* what was written meanwhile; to be freed */
static char *release(void)
{
    long n;
    char *text;

    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    fseek(caught, 0, SEEK_END);
    n = ftell(caught);
    rewind(caught);
    text = calloc((size_t)n + 1, 1);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(fread(text, 1, (size_t)n, caught), (size_t)n);
    fclose(caught);
    return text;
}

static double seconds(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

/* ticks without pause for so long; returns how many */
static double work(double duration, double total)
{
    double start = seconds(CLOCK_MONOTONIC), t, ticks = 0;

    while ((t = seconds(CLOCK_MONOTONIC) - start) < duration) {
        tc_progress_tick(total * t / 2);
        ticks++;
    }
    return ticks;
}

static unsigned count(const char *text, const char *part)
{
    unsigned n = 0;

    while ((text = strstr(text, part))) {
        n++;
        text += strlen(part);
    }
    return n;
}

START_TEST(silent_when_off)
{
    char *text;

    catch_stderr();
    tc_progress_enable(false);
    tc_progress_start("nothing", 1);
    work(1.15, 1);
    tc_progress_end();
    text = release();
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

START_TEST(silent_in_the_first_second)
{
    char *text;

    setenv("TERM", "xterm", 1);
    catch_stderr();
    tc_progress_enable(true);
    tc_progress_start("short", 1);
    work(0.5, 1);
    tc_progress_end();
    text = release();
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

START_TEST(silent_on_a_dumb_terminal)
{
    char *text;

    setenv("TERM", "dumb", 1);
    catch_stderr();
    tc_progress_enable(true);
    tc_progress_start("dumb", 1);
    work(1.15, 1);
    tc_progress_end();
    text = release();
    setenv("TERM", "xterm", 1);
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

START_TEST(shown_seldom_and_cleared)
{
    char *text, *first;

    setenv("TERM", "xterm", 1);
    catch_stderr();
    tc_progress_enable(true);
    tc_progress_start("counting", 1000);
    work(1.55, 1000);
    tc_progress_end();
    text = release();
    ck_assert_uint_ge(count(text, "counting: "), 1);
    ck_assert_uint_le(count(text, "counting: "), 7);
    first = strstr(text, "\rcounting: ");
    ck_assert_msg(first == text, "begins with something else: %s", text);
    ck_assert_ptr_nonnull(strstr(text, " s, about "));
    ck_assert_ptr_nonnull(strstr(text, " left\033[K"));
    ck_assert_str_eq(text + strlen(text) - 4, "\r\033[K");
    free(text);
}
END_TEST

START_TEST(slow_ticks_are_seen)
{
    struct timespec nap = {0, 150000000};
    char *text;

    setenv("TERM", "xterm", 1);
    catch_stderr();
    tc_progress_enable(true);
    tc_progress_start("a step with a name of more than eighty characters, which "
                      "no terminal of that width could show in full",
                      0);
    for (int i = 1; i <= 8; i++) {
        nanosleep(&nap, NULL);
        tc_progress_tick(i);
    }
    tc_progress_end();
    text = release();
    ck_assert_uint_ge(count(text, "\ra step"), 2);
    for (char *p = text; *p;) { /* no line reaches the last column */
        char *end = strchr(p + 1, '\r');

        if (!end)
            break;
        ck_assert_int_le(end - p, 1 + 79 + 3);
        p = end;
    }
    free(text);
}
END_TEST

/* a step within a step does not end it, nor move its figure */
START_TEST(the_outermost_is_shown)
{
    char *text;

    setenv("TERM", "xterm", 1);
    catch_stderr();
    tc_progress_enable(true);
    tc_progress_start("outer", 100);
    tc_progress_tick(40);
    for (int i = 0; i < 3; i++) {
        tc_progress_start("inner", 1);
        work(0.5, 1);
        tc_progress_end();
    }
    tc_progress_end();
    tc_progress_end(); /* one too many does no harm */
    text = release();
    ck_assert_ptr_nonnull(strstr(text, "outer: 40%"));
    ck_assert_ptr_null(strstr(text, "inner"));
    ck_assert_uint_eq(count(text, "outer: "), count(text, "outer: 40%"));
    free(text);
}
END_TEST

START_TEST(ticks_are_cheap)
{
    double start;

    catch_stderr();
    tc_progress_enable(true);
    tc_progress_start("cheap", 1e7);
    start = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < 10000000; i++)
        tc_progress_tick(i);
    start = seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
    tc_progress_end();
    free(release());
    ck_assert_msg(start < 5, "10 million ticks took %.2f s", start);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("progress");
    TCase *c = tcase_create("line");

    tcase_set_timeout(c, 30);
    tcase_add_test(c, silent_when_off);
    tcase_add_test(c, silent_in_the_first_second);
    tcase_add_test(c, silent_on_a_dumb_terminal);
    tcase_add_test(c, shown_seldom_and_cleared);
    tcase_add_test(c, slow_ticks_are_seen);
    tcase_add_test(c, the_outermost_is_shown);
    tcase_add_test(c, ticks_are_cheap);
    suite_add_tcase(s, c);
    return check_status(s);
}

/* progress.c -- one line on a terminal, for work of more than a second
 *
 * A tick must cost next to nothing, for it sits in inner loops: it counts
 * down, and looks at the clock only when the count is used up.  The count is
 * doubled while looks come quicker than needed and halved when they come too
 * seldom, so the line stays fresh whether a tick is a nanosecond's work or a
 * second's.
 *
 * There is one line because there is one terminal; this is the one place
 * with a variable at file scope that changes. */
#include "ir.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define QUIET   1.0  /* seconds before anything is shown */
#define REFRESH 0.1  /* seconds between updates */
#define LOOK    0.02 /* seconds between looks at the clock, roughly */
#define WIDEST  200

static struct {
    bool enabled, active, shown;
    char what[WIDEST];
    unsigned inner; /* steps that began within this one */
    double done, total, start, last_look, last_show;
    uint32_t every, left; /* ticks between looks; ticks to the next */
} line;

double tc_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

void tc_progress_enable(bool on)
{
    const char *term = getenv("TERM");

    line.inner = 0;
    tc_progress_end();
    line.enabled = on && !(term && strcmp(term, "dumb") == 0);
}

void tc_progress_start(const char *what, double total)
{
    if (!line.enabled)
        return;
    if (line.active) {
        line.inner++;
        return;
    }
    line.active = true;
    line.shown = false;
    line.done = 0;
    snprintf(line.what, sizeof line.what, "%s", what);
    line.total = total;
    line.start = line.last_look = tc_now();
    line.last_show = line.start - REFRESH;
    line.every = line.left = 1;
}

/* "7 s", "3 min 20 s", "2 h 5 min" */
static void duration(char *buf, size_t size, double seconds)
{
    double s = floor(seconds < 0 ? 0 : seconds);

    if (s < 60)
        snprintf(buf, size, "%.0f s", s);
    else if (s < 3600)
        snprintf(buf, size, "%.0f min %.0f s", floor(s / 60), fmod(s, 60));
    else
        snprintf(buf, size, "%.0f h %.0f min", floor(s / 3600), floor(fmod(s, 3600) / 60));
}

static size_t columns(void)
{
    struct winsize w;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 1)
        return w.ws_col;
    return 80;
}

/* keeps to the width, for a line that wraps cannot be cleared; a character of
 * UTF-8 is kept whole */
static void cut(char *text, size_t width)
{
    size_t seen = 0;

    for (char *p = text; *p; p++)
        if ((*p & 0xC0) != 0x80 && ++seen > width) {
            *p = '\0';
            return;
        }
}

static void show(double done, double elapsed)
{
    char text[WIDEST + 160], so_far[48], rest[64] = "", out[sizeof text + 16];
    int n;

    duration(so_far, sizeof so_far, elapsed);
    if (line.total > 0) {
        double part = done / line.total;

        part = part < 0 ? 0 : part > 1 ? 1 : part;
        if (part > 0.01) {
            char left[48];

            duration(left, sizeof left, ceil(elapsed / part - elapsed));
            snprintf(rest, sizeof rest, ", about %s left", left);
        }
        snprintf(text, sizeof text, "%s: %.0f%%, %s%s", line.what, floor(100 * part), so_far, rest);
    } else if (done > 0) {
        snprintf(text, sizeof text, "%s: %.0f, %s", line.what, done, so_far);
    } else {
        snprintf(text, sizeof text, "%s: %s", line.what, so_far);
    }
    cut(text, columns() - 1);
    n = snprintf(out, sizeof out, "\r%s\033[K", text);
    fwrite(out, 1, (size_t)n, stderr); /* at once: stderr has no buffer */
    line.shown = true;
}

void tc_progress_tick(double done)
{
    double t, since;

    if (!line.active)
        return;
    if (!line.inner) /* ticks of inner steps keep the time fresh */
        line.done = done;
    if (--line.left > 0)
        return;
    t = tc_now();
    since = t - line.last_look;
    line.last_look = t;
    if (since < LOOK / 2 && line.every < UINT32_C(1) << 30)
        line.every *= 2;
    else if (since > 2 * LOOK)
        line.every = line.every > 8 ? line.every / 8 : 1;
    line.left = line.every;
    if (t - line.start < QUIET || t - line.last_show < REFRESH)
        return;
    line.last_show = t;
    show(line.done, t - line.start);
}

void tc_progress_end(void)
{
    if (line.inner) {
        line.inner--;
        return;
    }
    if (line.active && line.shown)
        fputs("\r\033[K", stderr);
    line.active = false;
}

/* plot.c -- a table's counts over what varies, as SVG: one panel a quantity
 *
 * Axes are logarithmic: counts grow by powers, depth does not.  Where the varied quantity
 * has words for values, each has a place, with a stem for each series.  A series is told by
 * its marker and its dashes, so colours are not needed; points name their exact values.
 * Widths of texts are estimates: no font is asked. */
#include "plot.h"

#include <libxml/xmlstring.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FONT         "DejaVu Sans,Verdana,sans-serif"
#define LEFT         66 /* of an area, for the labels of its axis */
#define RIGHT        74 /* for the values of the last points */
#define AREA         270
#define TOP          86
#define HEIGHT       250
#define LINE         18 /* between entries of the legend */
#define NOTE_LINE    16.0
#define MOST_DECADES 7 /* that have a label each */

static const struct {
    const char *colour, *dash;
} styles[] = {
    {"#1a1a1a", ""},        {"#0060a8", "7 3"},  {"#b23a00", "2 3"},
    {"#007a52", "9 3 2 3"}, {"#7a3e9d", "13 4"},
};
#define NSTYLE  (sizeof styles / sizeof *styles)
#define NMARKER 7 /* no common factor with the dashes: 35 looks */

struct axis { /* logarithms, places or numbers */
    double low, high;
    double from, to; /* where these are drawn */
};

struct plot {
    FILE *out;
    const struct tc_plot *p;
    struct tc_arena *arena;
    unsigned nvalue; /* different values of x; ascending if they are numbers */
    const char **value;
    bool numbers, logs;
};

static double at(const struct axis *a, double v)
{
    return a->from + (v - a->low) / (a->high - a->low) * (a->to - a->from);
}

/* text of users: no byte that XML lacks, and no mark-up */
static void put_text(FILE *out, const char *s)
{
    bool utf8 = xmlCheckUTF8((const unsigned char *)s);

    for (; *s; s++)
        if (*s == '&')
            fputs("&amp;", out);
        else if (*s == '<')
            fputs("&lt;", out);
        else if (*s == '>')
            fputs("&gt;", out);
        else if (*s == '"')
            fputs("&quot;", out);
        else if ((unsigned char)*s >= 0x80 && !utf8)
            putc('?', out);
        else
            putc((unsigned char)*s < 0x20 ? ' ' : *s, out);
}

static void put_label(FILE *out, double x, double y, unsigned size, const char *anchor,
                      const char *s)
{
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%u\" text-anchor=\"%s\">", x, y, size,
            anchor);
    put_text(out, s);
    fputs("</text>\n", out);
}

/* ------------------------------------------------------------------ numbers */

/* a whole number of any length, with an optional sign */
static bool is_number(const char *s)
{
    s += *s == '-';
    return *s && !s[strspn(s, "0123456789")];
}

static double log_of(mpz_srcptr v)
{
    long exponent;
    double fraction = mpz_get_d_2exp(&exponent, v);

    return log10(fraction) + (double)exponent * log10(2);
}

/* log10 of a decimal number; 0 has none and stands at the foot of the axis, with 1 */
static double log_text(const char *s)
{
    mpz_t v;
    double log;

    mpz_init_set_str(v, s, 10);
    log = mpz_sgn(v) > 0 ? log_of(v) : 0;
    mpz_clear(v);
    return log;
}

static const char *raised(struct tc_arena *a, unsigned n)
{
    static const char *const digit[] = {
        "\xe2\x81\xb0", "\xc2\xb9",     "\xc2\xb2",     "\xc2\xb3",     "\xe2\x81\xb4",
        "\xe2\x81\xb5", "\xe2\x81\xb6", "\xe2\x81\xb7", "\xe2\x81\xb8", "\xe2\x81\xb9"};

    return tc_sprintf(a, "%s%s", n >= 10 ? raised(a, n / 10) : "", digit[n % 10]);
}

static const char *power(struct tc_arena *a, unsigned base, unsigned exponent)
{
    return tc_sprintf(a, "%u%s", base, raised(a, exponent));
}

/* as it is where it is short; as a power of 2 or 10; else three digits times one of 10 */
static const char *short_number(struct tc_arena *a, const char *s)
{
    size_t n = strlen(s);
    const char *text;
    mpz_t v;

    if (n <= 4 || *s == '-')
        return s;
    mpz_init_set_str(v, s, 10);
    if (mpz_popcount(v) == 1)
        text = power(a, 2, (unsigned)mpz_sizeinbase(v, 2) - 1);
    else if (*s == '1' && strspn(s + 1, "0") == n - 1)
        text = power(a, 10, (unsigned)n - 1);
    else if (n <= 6)
        text = tc_sprintf(a, "%.*s,%s", (int)n - 3, s, s + n - 3);
    else
        text = tc_sprintf(a, "%c.%c%c\xc2\xb7%s", s[0], s[1], s[2], power(a, 10, (unsigned)n - 1));
    mpz_clear(v);
    return text;
}

/* in characters of UTF-8 */
static double width_of(const char *s, unsigned size)
{
    double n = 0;

    for (; *s; s++)
        n += ((unsigned char)*s & 0xC0) != 0x80;
    return n * 0.6 * size;
}

/* ---------------------------------------------------------------------- axes */

static int compare(const void *x, const void *y)
{
    mpz_t a, b;
    int order;

    mpz_init_set_str(a, *(const char *const *)x, 10);
    mpz_init_set_str(b, *(const char *const *)y, 10);
    order = mpz_cmp(a, b);
    mpz_clears(a, b, NULL);
    return order;
}

/* which values x has in all series, and what they are */
static void find_values(struct plot *d)
{
    unsigned most = 0;

    for (unsigned s = 0; s < d->p->nseries; s++)
        most += d->p->series[s].npoint;
    d->value = tc_alloc(d->arena, most + (size_t)1, sizeof *d->value);
    d->numbers = d->logs = true;
    for (unsigned s = 0; s < d->p->nseries; s++)
        for (unsigned k = 0; k < d->p->series[s].npoint; k++) {
            const char *x = d->p->series[s].point[k].x;
            unsigned v = 0;

            while (v < d->nvalue && strcmp(d->value[v], x))
                v++;
            if (v == d->nvalue)
                d->value[d->nvalue++] = x;
            d->numbers = d->numbers && is_number(x);
            d->logs = d->logs && is_number(x) && *x != '-' && strspn(x, "0") < strlen(x);
        }
    if (d->numbers)
        qsort(d->value, d->nvalue, sizeof *d->value, compare);
}

static double x_of(const struct plot *d, const char *x)
{
    unsigned v = 0;

    if (d->logs)
        return log_text(x);
    if (d->numbers)
        return strtod(x, NULL);
    while (strcmp(d->value[v], x))
        v++;
    return v;
}

static struct axis x_axis(const struct plot *d, double left)
{
    struct axis a = {0, 1, left + 14, left + AREA - 14};

    if (d->nvalue) {
        a.low = x_of(d, d->value[0]);
        a.high = x_of(d, d->value[d->nvalue - 1]);
    }
    if (!d->numbers) {
        a.low -= 0.5;
        a.high += 0.5;
    } else if (a.high <= a.low) { /* one value stands in the middle */
        a.low -= 1;
        a.high += 1;
    }
    return a;
}

/* from 1, or the power of ten below the least where that is far away */
static struct axis y_axis(const struct plot *d, unsigned panel)
{
    double low = HUGE_VAL, high = 0;

    for (unsigned s = 0; s < d->p->nseries; s++)
        for (unsigned k = 0; k < d->p->series[s].npoint; k++) {
            double v = log_text(d->p->series[s].point[k].y[panel]);

            low = v < low ? v : low;
            high = v > high ? v : high;
        }
    low = low < HUGE_VAL && low > 2 ? floor(low) : 0;
    return (struct axis){low, high < low + 0.9 ? low + 1 : high + 0.1, TOP + HEIGHT, TOP};
}

static void draw_tick(FILE *out, double left, double y, bool major)
{
    fprintf(out, "<path d=\"M%.1f %.1fh%d\" stroke=\"%s\"/>\n", left, y, AREA,
            major ? "#c8c8c8" : "#ececec");
}

/* powers of ten, and 2 and 5 times where they are few */
static void draw_y_axis(const struct plot *d, const struct axis *y, double left)
{
    unsigned low = (unsigned)y->low, high = (unsigned)floor(y->high);
    unsigned step = (high - low) / MOST_DECADES + 1;

    for (unsigned e = low; e <= high; e++) {
        bool labelled = (e - low) % step == 0;

        for (unsigned k = 2; k < 10 && step == 1; k++) {
            double v = e + log10(k);

            if (v > y->high)
                break;
            draw_tick(d->out, left, at(y, v), false);
            if (high - low < 2 && (k == 2 || k == 5))
                put_label(d->out, left - 7, at(y, v) + 4, 11, "end",
                          e < 4 ? tc_sprintf(d->arena, "%u%.*s", k, (int)e, "000")
                                : tc_sprintf(d->arena, "%u\xc2\xb7%s", k, power(d->arena, 10, e)));
        }
        draw_tick(d->out, left, at(y, e), labelled);
        if (labelled)
            put_label(d->out, left - 7, at(y, e) + 4, 11, "end",
                      e < 4 ? tc_sprintf(d->arena, "1%.*s", (int)e, "000")
                            : power(d->arena, 10, e));
    }
}

static void draw_x_label(const struct plot *d, double x, const char *text)
{
    if (d->numbers) {
        put_label(d->out, x, TOP + HEIGHT + 18, 11, "middle", text);
        return;
    }
    fprintf(d->out,
            "<text transform=\"translate(%.1f %d) rotate(-35)\" font-size=\"11\" "
            "text-anchor=\"end\">",
            x + 4, TOP + HEIGHT + 14);
    put_text(d->out, text);
    fputs("</text>\n", d->out);
}

/* every value has its mark; labels that would touch the one before are left out */
static void draw_x_axis(const struct plot *d, const struct axis *x)
{
    double end = -HUGE_VAL;

    for (unsigned v = 0; v < d->nvalue; v++) {
        const char *text = d->numbers ? short_number(d->arena, d->value[v]) : d->value[v];
        double here = at(x, x_of(d, d->value[v])), half = d->numbers ? width_of(text, 11) / 2 : 6;

        fprintf(d->out, "<path d=\"M%.1f %dv5\" stroke=\"#444\"/>\n", here, TOP + HEIGHT);
        if (here - half < end + 6)
            continue;
        draw_x_label(d, here, text);
        end = here + half;
    }
}

/* -------------------------------------------------------------------- series */

/* filled ones and hollow ones take turns */
static void draw_marker(FILE *out, unsigned look, double x, double y)
{
    static const char *const shape[NMARKER] = {"m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
                                               "m-4 -4h8v8h-8z",
                                               "m0 -5l5 9h-10z",
                                               "m0 -5.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z",
                                               "m-4 -4l8 8m0 -8l-8 8",
                                               "m0 5l5 -9h-10z",
                                               "m-5 0h10m-5 -5v10"};
    const char *colour = styles[look % NSTYLE].colour;

    fprintf(out, "<path d=\"M%.1f %.1f%s\" fill=\"%s\" stroke=\"%s\" stroke-width=\"1.6\">", x, y,
            shape[look % NMARKER], look % 2 ? "#ffffff" : colour, colour);
}

static void draw_dash(FILE *out, unsigned look)
{
    fprintf(out, " fill=\"none\" stroke=\"%s\" stroke-width=\"1.8\"", styles[look % NSTYLE].colour);
    if (*styles[look % NSTYLE].dash)
        fprintf(out, " stroke-dasharray=\"%s\"", styles[look % NSTYLE].dash);
    fputs("/>\n", out);
}

/* series beside each other where places are words */
static double x_place(const struct plot *d, const struct axis *x, unsigned series, unsigned point)
{
    double v = x_of(d, d->p->series[series].point[point].x);

    if (!d->numbers)
        v += 0.6 * ((series + 0.5) / d->p->nseries - 0.5);
    return at(x, v);
}

static void draw_lines(const struct plot *d, const struct axis *x, const struct axis *y,
                       unsigned series, unsigned panel)
{
    const struct tc_plot_series *s = &d->p->series[series];

    if (!s->npoint)
        return;
    fputs("<path d=\"", d->out);
    for (unsigned k = 0; k < s->npoint; k++) {
        double px = x_place(d, x, series, k), py = at(y, log_text(s->point[k].y[panel]));

        if (d->numbers)
            fprintf(d->out, "%c%.1f %.1f", k ? 'L' : 'M', px, py);
        else
            fprintf(d->out, "M%.1f %dV%.1f", px, TOP + HEIGHT, py);
    }
    putc('"', d->out);
    draw_dash(d->out, series);
}

static void draw_points(const struct plot *d, const struct axis *x, const struct axis *y,
                        unsigned series, unsigned panel)
{
    const struct tc_plot_series *s = &d->p->series[series];

    for (unsigned k = 0; k < s->npoint; k++) {
        const struct tc_plot_point *p = &s->point[k];

        draw_marker(d->out, series, x_place(d, x, series, k), at(y, log_text(p->y[panel])));
        fputs("<title>", d->out);
        put_text(d->out, s->name);
        fputs(": ", d->out);
        put_text(d->out, d->p->x);
        fputs(" = ", d->out);
        put_text(d->out, p->x);
        fprintf(d->out, ", %s %s</title></path>\n", d->p->panel[panel], p->y[panel]);
    }
}

/* values of last points, beside the area, but not over one another */
static void draw_ends(const struct plot *d, double left, const struct axis *y, unsigned panel)
{
    double *taken = tc_alloc(d->arena, d->p->nseries + (size_t)1, sizeof *taken);
    unsigned n = 0;

    for (unsigned s = 0; d->numbers && s < d->p->nseries; s++) {
        const struct tc_plot_series *series = &d->p->series[s];
        unsigned last = series->npoint - 1, k = 0;
        double py;

        if (!series->npoint)
            continue;
        py = at(y, log_text(series->point[last].y[panel]));
        while (k < n && fabs(taken[k] - py) >= 12)
            k++;
        if (k < n)
            continue;
        taken[n++] = py;
        put_label(d->out, left + AREA + 8, py + 4, 11, "start",
                  short_number(d->arena, series->point[last].y[panel]));
    }
}

static void draw_panel(const struct plot *d, unsigned panel)
{
    double left = LEFT + panel * (double)(LEFT + AREA + RIGHT);
    struct axis x = x_axis(d, left), y = y_axis(d, panel);

    fprintf(d->out, "<g id=\"%s\">\n", d->p->panel[panel]);
    put_label(d->out, left, TOP - 12, 14, "start", d->p->panel[panel]);
    draw_y_axis(d, &y, left);
    fprintf(d->out,
            "<rect x=\"%.1f\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" "
            "stroke=\"#444\"/>\n",
            left, TOP, AREA, HEIGHT);
    draw_x_axis(d, &x);
    if (d->numbers)
        put_label(d->out, left + AREA / 2.0, TOP + HEIGHT + 38, 13, "middle", d->p->x);
    for (unsigned s = 0; s < d->p->nseries; s++)
        draw_lines(d, &x, &y, s, panel);
    for (unsigned s = 0; s < d->p->nseries; s++)
        draw_points(d, &x, &y, s, panel);
    draw_ends(d, left, &y, panel);
    fputs("</g>\n", d->out);
}

/* -------------------------------------------------------------------- legend */

/* in columns as wide as the longest name */
static unsigned legend_columns(const struct plot *d, double width, double *column)
{
    *column = 0;
    for (unsigned s = 0; s < d->p->nseries; s++) {
        double w = width_of(d->p->series[s].name, 12) + 70;

        *column = w > *column ? w : *column;
    }
    return *column > 0 && width / *column > 1 ? (unsigned)(width / *column) : 1;
}

static void draw_legend(const struct plot *d, double top, unsigned columns, double column)
{
    fputs("<g id=\"legend\">\n", d->out);
    for (unsigned s = 0; s < d->p->nseries; s++) {
        double x = LEFT + s % columns * column, y = top + s / columns * (double)LINE;

        fprintf(d->out, "<path d=\"M%.1f %.1fh44\"", x, y);
        draw_dash(d->out, s);
        draw_marker(d->out, s, x + 22, y);
        fputs("</path>\n", d->out);
        put_label(d->out, x + 52, y + 4, 12, "start", d->p->series[s].name);
    }
    fputs("</g>\n", d->out);
}

/* below the areas: labels that are words hang down as far as the longest */
static double foot(const struct plot *d)
{
    double most = 0;

    for (unsigned v = 0; v < d->nvalue && !d->numbers; v++) {
        double w = width_of(d->value[v], 11);

        most = w > most ? w : most;
    }
    return TOP + HEIGHT + (d->numbers ? 64 : 44 + 0.6 * most);
}

/* length of a note's first line, broken at a blank */
static size_t note_line(const char *note, double width)
{
    size_t n = strlen(note), most = (size_t)(width / width_of("x", 12)), cut = most;

    if (n <= most)
        return n;
    while (cut && note[cut] != ' ')
        cut--;
    return cut ? cut : n;
}

/* the lines of a note; what follows is pushed down by all but the first */
static unsigned break_note(struct tc_arena *a, const char *note, double width, const char **line)
{
    unsigned n = 0;

    while (*note) {
        size_t length = note_line(note, width);

        line[n++] = tc_sprintf(a, "%.*s", (int)length, note);
        note += length;
        note += *note == ' ';
    }
    return n;
}

static void draw_title(const struct tc_plot *p, FILE *out)
{
    fputs("<title>", out);
    put_text(out, p->title);
    fputs(": ", out);
    for (unsigned k = 0; k < p->npanel; k++)
        fprintf(out, "%s%s", k ? ", " : "", p->panel[k]);
    fputs(" over ", out);
    put_text(out, p->x);
    fputs("</title>\n", out);
}

bool tc_plot_write(FILE *out, const struct tc_plot *p)
{
    struct plot d = {.out = out, .p = p, .arena = tc_arena_new()};
    double width = p->npanel * (double)(LEFT + AREA + RIGHT), down, height, column;
    const char **note = tc_alloc(d.arena, strlen(p->note) + 1, sizeof *note);
    unsigned lines = break_note(d.arena, p->note, width - LEFT, note), columns, rows;

    find_values(&d);
    columns = legend_columns(&d, width - LEFT, &column);
    rows = (p->nseries + columns - 1) / columns;
    down = lines > 1 ? (lines - 1) * NOTE_LINE : 0;
    height = down + foot(&d) + rows * LINE;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"%.0f\" "
            "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" font-family=\"" FONT
            "\" fill=\"#1a1a1a\">\n",
            width, height, width, height);
    draw_title(p, out);
    fputs("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n", out);
    put_label(out, LEFT, 28, 18, "start", p->title);
    for (unsigned k = 0; k < lines; k++)
        put_label(out, LEFT, 48 + k * NOTE_LINE, 12, "start", note[k]);
    fprintf(out, "<g transform=\"translate(0 %.0f)\">\n", down);
    for (unsigned k = 0; k < p->npanel; k++)
        draw_panel(&d, k);
    draw_legend(&d, foot(&d), columns, column);
    fputs("</g>\n</svg>\n", out);
    tc_arena_free(d.arena);
    return !ferror(out);
}

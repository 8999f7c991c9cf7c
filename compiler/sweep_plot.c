/* sweep_plot.c -- tables of counts, read back from CSV and drawn
 *
 * A table is what `tc0c sweep` and `tc0c problem --sweep` print: one or two columns of what
 * varies, then `depth`, `gates` and more, no field in quotes.  Tables of others are drawn
 * beside it if they have the same quantity along the axis. */
#include "plot.h"

#include <stdlib.h>
#include <string.h>

#define MOST_BYTES ((size_t)16 << 20)

struct table {
    const char *name, *file; /* file NULL: our own */
    unsigned ncolumn, nrow;
    const char **head, ***row;
    unsigned nvary; /* columns before depth: 1 or 2 */
    unsigned x;     /* which of them goes along the axis */
};

/* what is counted, in the order of the panels */
static const char *const counted[] = {"depth", "gates", "wires"};
#define NCOUNTED (sizeof counted / sizeof *counted)

static unsigned column_of(const struct table *t, const char *name)
{
    unsigned c = 0;

    while (c < t->ncolumn && strcmp(t->head[c], name))
        c++;
    return c;
}

static bool is_count(const char *s)
{
    return *s && !s[strspn(s, "0123456789")];
}

/* the fields of a line, which is cut up */
static const char **split(struct tc_arena *a, char *line, unsigned *n)
{
    const char **field;
    unsigned count = 1;

    for (const char *c = line; *c; c++)
        count += *c == ',';
    field = tc_alloc(a, count, sizeof *field);
    for (*n = 0; *n < count; (*n)++) {
        field[*n] = line;
        line += strcspn(line, ",");
        *line++ = '\0'; /* the last one's is there already */
    }
    return field;
}

/* line by line; what is no table of counts is told with its place */
static bool read_table(struct tc_arena *a, char *csv, struct table *t, struct tc_error *err)
{
    struct tc_loc loc = {.file = t->file, .line = 0};
    unsigned most = 1;

    for (const char *c = csv; *c; c++)
        most += *c == '\n';
    t->row = tc_alloc(a, most, sizeof *t->row);
    while (*csv) {
        size_t length = strcspn(csv, "\n");
        char *line = csv, last = csv[length];
        unsigned n;

        loc.line++;
        csv += length + (last == '\n');
        line[length] = '\0';
        if (length && line[length - 1] == '\r')
            line[length - 1] = '\0';
        if (strchr(line, '"'))
            return tc_fail(err, TC_EFORMAT, loc, "found a quote, wanted fields without them");
        if (loc.line == 1) {
            t->head = split(a, line, &t->ncolumn);
            continue;
        }
        t->row[t->nrow] = split(a, line, &n);
        if (n != t->ncolumn)
            return tc_fail(err, TC_EFORMAT, loc, "found %u fields, wanted %u as in the first line",
                           n, t->ncolumn);
        t->nrow++;
    }
    return t->nrow || tc_fail(err, TC_EFORMAT, loc, "found no rows, wanted a table of counts");
}

/* the quantity that varies fastest goes along the axis, unless only the other has numbers */
static bool find_columns(struct table *t, struct tc_error *err)
{
    struct tc_loc loc = {.file = t->file, .line = 1};
    bool numbers[2] = {true, true};

    t->nvary = column_of(t, counted[0]);
    if (t->nvary < 1 || t->nvary > 2 || t->nvary == t->ncolumn)
        return tc_fail(err, TC_EFORMAT, loc,
                       "wanted one or two columns of what varies, then depth");
    if (column_of(t, counted[1]) == t->ncolumn)
        return tc_fail(err, TC_EFORMAT, loc, "found no column gates");
    for (unsigned r = 0; r < t->nrow; r++) {
        for (unsigned v = 0; v < t->nvary; v++)
            numbers[v] = numbers[v] && is_count(t->row[r][v]);
        for (unsigned k = 0; k < NCOUNTED; k++) {
            unsigned c = column_of(t, counted[k]);

            loc.line = r + 2;
            if (c < t->ncolumn && !is_count(t->row[r][c]))
                return tc_fail(err, TC_EFORMAT, loc, "%s: found '%.40s', wanted a whole number",
                               counted[k], t->row[r][c]);
        }
    }
    t->x = t->nvary == 2 && (numbers[1] || !numbers[0]);
    return true;
}

/* with that of the table where there are several; problems are called what they are */
static const char *series_name(struct tc_arena *a, const struct table *t, unsigned row,
                               bool several)
{
    unsigned other = !t->x;

    if (t->nvary == 1)
        return t->name;
    if (!strcmp(t->head[other], "problem"))
        return t->row[row][other];
    return tc_sprintf(a, "%s%s%s = %s", several ? t->name : "", several ? ", " : "", t->head[other],
                      t->row[row][other]);
}

/* one series for each value of the quantity that is not along the axis */
static void add_series(struct tc_arena *a, const struct table *t, bool several, unsigned npanel,
                       struct tc_plot *p)
{
    unsigned before = p->nseries;

    for (unsigned r = 0; r < t->nrow; r++) {
        const char *name = series_name(a, t, r, several);
        struct tc_plot_series *s;
        struct tc_plot_point *point;
        unsigned k = before;

        while (k < p->nseries && strcmp(p->series[k].name, name))
            k++;
        s = &p->series[k];
        if (k == p->nseries) {
            *s = (struct tc_plot_series){name, 0, tc_alloc(a, t->nrow, sizeof *s->point)};
            p->nseries++;
        }
        point = &s->point[s->npoint++];
        point->x = t->row[r][t->x];
        point->y = tc_alloc(a, npanel, sizeof *point->y);
        for (unsigned c = 0; c < npanel; c++)
            point->y[c] = t->row[r][column_of(t, counted[c])];
    }
}

static const char *base_name(struct tc_arena *a, const char *file)
{
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
    const char *dot = strrchr(name, '.');

    return tc_sprintf(a, "%.*s", dot && dot > name ? (int)(dot - name) : (int)strlen(name), name);
}

static bool read_other(struct tc_arena *a, const char *file, struct table *t, struct tc_error *err)
{
    size_t size;
    char *text = tc_slurp(file, MOST_BYTES, &size, err), *copy;

    if (!text)
        return false;
    copy = tc_strdup(a, text);
    free(text);
    *t = (struct table){.name = base_name(a, file), .file = file};
    return read_table(a, copy, t, err) && find_columns(t, err);
}

static bool draw(FILE *out, struct tc_arena *a, const struct table *t, unsigned n, const char *note,
                 struct tc_error *err)
{
    struct tc_plot p = {.title = t->name, .note = note, .panel = counted, .npanel = NCOUNTED};
    size_t rows = 0;

    p.x = t->head[t->x];
    for (unsigned k = 0; k < n; k++) {
        rows += t[k].nrow;
        if (strcmp(t[k].head[t[k].x], p.x))
            return tc_fail(err, TC_EFORMAT, (struct tc_loc){.file = t[k].file, .line = 1},
                           "found %.40s along the axis, wanted %.40s", t[k].head[t[k].x], p.x);
        if (column_of(&t[k], counted[2]) == t[k].ncolumn)
            p.npanel = 2;
    }
    p.series = tc_alloc(a, rows, sizeof *p.series);
    for (unsigned k = 0; k < n; k++)
        add_series(a, &t[k], n > 1, p.npanel, &p);
    /* a stream that failed says so when it is finished */
    (void)tc_plot_write(out, &p);
    return true;
}

bool tc_sweep_plot(FILE *out, const struct tc_args *args, const char *name, const char *note,
                   char *csv, struct tc_error *err)
{
    struct tc_arena *a = tc_arena_new();
    struct table *table = tc_alloc(a, args->nwith + (size_t)1, sizeof *table);
    bool ok;

    table[0] = (struct table){.name = name};
    ok = read_table(a, csv, &table[0], err) && find_columns(&table[0], err);
    for (unsigned k = 0; ok && k < args->nwith; k++)
        ok = read_other(a, args->with[k], &table[k + 1], err);
    ok = ok && draw(out, a, table, args->nwith + 1, note, err);
    tc_arena_free(a);
    return ok;
}

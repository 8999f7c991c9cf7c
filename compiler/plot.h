/* plot.h -- inside compiler/: counts over what varies, as pictures, for sweep.c */
#ifndef TC_PLOT_H
#define TC_PLOT_H

#include "compiler.h"

struct tc_plot_point {
    const char *x;  /* a whole number, or a word */
    const char **y; /* one a panel: whole decimal numbers from 0, of any length */
};

struct tc_plot_series {
    const char *name;
    unsigned npoint;
    struct tc_plot_point *point;
};

struct tc_plot {
    const char *title, *note; /* lines above */
    const char *x;            /* what varies */
    unsigned npanel;
    const char *const *panel; /* names of what is counted; words of XML */
    unsigned nseries;         /* any number */
    struct tc_plot_series *series;
};

/* plot.c
 *
 * SVG with a panel beside the other, logarithmic axes and a legend; the same bytes every
 * time.  Where x has a value that is no number, all are words, in the order of their first
 * appearance; where one is 0 or negative, its axis is linear.  False: the stream failed. */
bool tc_plot_write(FILE *, const struct tc_plot *);

/* sweep_over.c
 *
 * Depth, gates and wires of what levels of -O and passes make of args->spec, as CSV or a picture:
 * those on the front have the fewest gates of all that are no deeper. */
bool tc_sweep_over(FILE *out, const struct tc_args *, struct tc_error *);

/* sweep_plot.c
 *
 * Draws the table that a sweep of the specification `name` printed, which is cut up, and
 * those of the files args->with.  TC_EFORMAT for a file that is no such table. */
bool tc_sweep_plot(FILE *out, const struct tc_args *args, const char *name, const char *note,
                   char *csv, struct tc_error *);

#endif

/* source.h -- shared by the readers of netlists; nobody else includes it (the
 * readers themselves are declared in ir.h) */
#ifndef TC_SOURCE_H
#define TC_SOURCE_H

#include "ir.h"

/* source.c -- a file's bytes, with the place of each */

struct tc_source {
    FILE *f;
    const char *file; /* its name, for errors */
    struct tc_error *err;
    unsigned char *bytes;
    size_t at, len;
    uint64_t before;     /* bytes of the file before the buffer */
    uint64_t line_start; /* in the file */
    unsigned line;
    bool failed; /* the file cannot be read further */
};

void tc_source_open(struct tc_source *, FILE *, const char *file, struct tc_error *);
void tc_source_close(struct tc_source *); /* not the file */
int tc_source_fill(struct tc_source *);   /* the next byte, or EOF */

/* the byte at hand, or EOF */
static inline int tc_peek(struct tc_source *s)
{
    return s->at < s->len ? s->bytes[s->at] : tc_source_fill(s);
}

/* the byte behind the one at hand, which must be there, becomes the one at hand */
static inline void tc_skip(struct tc_source *s)
{
    s->at++;
}

/* likewise where a line ends at hand */
static inline void tc_skip_line_end(struct tc_source *s)
{
    s->at++;
    s->line++;
    s->line_start = s->before + s->at;
}

void tc_skip_blanks(struct tc_source *); /* and tabs */
struct tc_loc tc_here(const struct tc_source *);
/* "found ..., wanted ..." of what is at hand; false */
bool tc_unexpected(struct tc_source *, const char *wanted);
bool tc_expect(struct tc_source *, const char *word);
/* Digits at hand, without leading zeros, at most `most`; what says what they are. */
bool tc_source_number(struct tc_source *, const char *what, uint64_t most, uint64_t *);

/* build.c -- a netlist made gate by gate
 *
 * Rows grow as they are made: what a file claims takes no memory.  Consecutive gates
 * with the same edges share a row. */

struct tc_builder {
    struct tc_netlist *nl;
    uint64_t from; /* edges of the gate at hand */
    size_t gate_room, row_room, edge_room, output_room;
};

void tc_build_start(struct tc_builder *, uint32_t ninputs);
void tc_build_room(struct tc_builder *); /* for one edge more */

/* weight not 0; the wire is one that there is already */
static inline void tc_build_edge(struct tc_builder *b, tc_wire wire, tc_weight weight)
{
    struct tc_netlist *nl = b->nl;

    if (nl->nedges == b->edge_room)
        tc_build_room(b);
    nl->source[nl->nedges] = wire;
    nl->weight[nl->nedges++] = weight;
}

/* what the edges since the last gate drive */
tc_wire tc_build_gate(struct tc_builder *, tc_weight bound);
/* whether n wires more fit */
bool tc_build_fits(const struct tc_builder *, uint64_t n);
void tc_build_output(struct tc_builder *, tc_wire);
/* the last sentinels; the netlist is the caller's */
struct tc_netlist *tc_build_end(struct tc_builder *);

#endif

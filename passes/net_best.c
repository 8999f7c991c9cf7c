/* net_best.c -- recognise, choose, map and collapse in the order that ends best
 *
 * requires fewer than 2^30 wires; wires and weights may grow; of depth and gates the one that
 * is not asked for may grow
 *
 * No order is best for all circuits: where carries are majorities of their own (map for few
 * gates), collapse reads chains of them through; where not, steps and more pieces make less depth;
 * and priority chains are read through as they are.  What recognise finds in a router is dearer
 * than what map finds there.  Each recipe is run on the circuit as it was given, as recognise
 * left it, with its lists of inputs as gates, and as choose left it, one after the other, and what
 * is best is kept: at -O2 the least deep, of those the one with the fewest gates, then wires; else
 * gates before depth.  Of more than MOST_EDGES edges only the first is run, on what recognise left;
 * of more than LARGE only the last, collapse alone. */
#include "trail.h"

#include <string.h>

#define MOST_EDGES (1 << 14)
#define LARGE      (1 << 20)

struct recipe {
    int map; /* level that map is to strive for; -1: no map */
};

static const struct recipe for_depth[] = {{TC_LEVEL_2}, {TC_LEVEL_SIZE}, {-1}};
static const struct recipe for_size[] = {{TC_LEVEL_SIZE}, {TC_LEVEL_2}, {-1}};

static bool better(const struct tc_netlist *a, const struct tc_netlist *b, bool depth)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_count ca, cb;
    int deeper, more, result;

    tc_netlist_count(arena, a, &ca);
    tc_netlist_count(arena, b, &cb);
    deeper = (ca.depth > cb.depth) - (ca.depth < cb.depth);
    more = mpz_cmp(ca.gates, cb.gates);
    result = depth ? deeper ? deeper : more : more ? more : deeper;
    if (!result)
        result = mpz_cmp(ca.wires, cb.wires);
    tc_arena_free(arena);
    return result < 0;
}

static struct tc_netlist *cook(struct tc_netlist *nl, const struct recipe *recipe,
                               const struct tc_pass_options *options, struct tc_error *err)
{
    struct tc_pass_options map = *options;
    struct tc_netlist *mapped = nl, *made;

    if (recipe->map >= 0) {
        map.level = (enum tc_level)recipe->map;
        mapped = tc_net_map(nl, &map, err);
    }
    made = mapped ? tc_net_collapse(mapped, options, err) : NULL;
    if (mapped && mapped != nl && mapped != made)
        tc_netlist_free(mapped);
    return made;
}

/* The better one of best and what the recipes make of nl; the other is freed unless it is given.
 * NULL with an error, best freed likewise. */
static struct tc_netlist *try_all(struct tc_netlist *nl, const struct tc_netlist *given,
                                  struct tc_netlist *best, size_t start,
                                  const struct tc_pass_options *options, struct tc_error *err)
{
    bool depth = options->level == TC_LEVEL_2;
    const struct recipe *recipe = depth ? for_depth : for_size;
    int first = nl->nedges > LARGE ? 2 : 0, last = nl->nedges > MOST_EDGES ? first : 2;

    for (int k = first; k <= last; k++) {
        size_t claims = tc_trail_claims(options->trail);
        struct tc_netlist *made = cook(nl, &recipe[k], options, err), *drop;

        bool wins = made && made != best && better(made, best, depth);

        drop = !made || wins ? best : made;
        if (wins) /* why others are what they are need not be known */
            tc_trail_forget(options->trail, start, claims);
        else
            tc_trail_forget(options->trail, claims, tc_trail_claims(options->trail));
        best = drop == made ? best : made;
        if (drop != given && drop != nl && drop != best)
            tc_netlist_free(drop);
        if (!made)
            return NULL;
    }
    return best;
}

/* the same of nl, which is freed, unless it is best itself or what was given; NULL: nothing to do
 */
static struct tc_netlist *try_made(struct tc_netlist *made, const struct tc_netlist *given,
                                   struct tc_netlist *best, size_t start,
                                   const struct tc_pass_options *options, struct tc_error *err)
{
    if (made == given)
        return best;
    if (!made && best != given)
        tc_netlist_free(best);
    if (!made)
        return NULL;
    best = try_all(made, given, best, start, options, err);
    if (best != made)
        tc_netlist_free(made);
    return best;
}

struct tc_netlist *tc_net_best(struct tc_netlist *nl, const struct tc_pass_options *options,
                               struct tc_error *err)
{
    struct tc_netlist *found = tc_net_recognise(nl, options, err), *best = nl;
    size_t start = tc_trail_claims(options->trail);

    if (!found)
        return NULL;
    if (found == nl || nl->nedges <= MOST_EDGES)
        best = try_all(nl, nl, best, start, options, err);
    if (best)
        best = try_made(found, nl, best, start, options, err);
    else if (found != nl)
        tc_netlist_free(found);
    if (best && nl->nedges <= MOST_EDGES)
        best = try_made(tc_net_lists_within(nl, err), nl, best, start, options, err);
    if (best && nl->nedges <= MOST_EDGES)
        best = try_made(tc_net_choose(nl, options, err), nl, best, start, options, err);
    return best;
}

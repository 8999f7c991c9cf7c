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

/* what is best so far */
struct best {
    const struct tc_pass_options *options;
    const struct tc_netlist *given; /* not freed */
    struct tc_netlist *netlist;
    size_t claims; /* those of the trail from here on say why it is what it is */
};

/* nl is best by claims [from, to[, which say what it is, and those from `made` on; why others
 * are what they are need not be known */
static void keep_claims(struct best *b, size_t *from, size_t *to, size_t made)
{
    tc_trail_forget(b->options->trail, *to, made);
    tc_trail_forget(b->options->trail, b->claims, *from);
    *to -= *from - b->claims;
    *from = b->claims;
}

/* Best becomes the better one of itself and what the recipes make of nl, which the claims from
 * `from` on say to be what was given; the other is freed unless it is given.  False with an error.
 */
static bool try_all(struct best *b, struct tc_netlist *nl, size_t from, struct tc_error *err)
{
    bool depth = b->options->level == TC_LEVEL_2, won = false;
    const struct recipe *recipe = depth ? for_depth : for_size;
    int first = nl->nedges > LARGE ? 2 : 0, last = nl->nedges > MOST_EDGES ? first : 2;
    size_t to = tc_trail_claims(b->options->trail);

    for (int k = first; k <= last; k++) {
        size_t claims = tc_trail_claims(b->options->trail);
        struct tc_netlist *made = cook(nl, &recipe[k], b->options, err), *drop;

        if (!made)
            return false;
        drop = made;
        if (made != b->netlist && better(made, b->netlist, depth)) {
            keep_claims(b, &from, &to, claims);
            drop = b->netlist;
            b->netlist = made;
            won = true;
        } else {
            tc_trail_forget(b->options->trail, claims, tc_trail_claims(b->options->trail));
        }
        if (drop != b->given && drop != nl && drop != b->netlist)
            tc_netlist_free(drop);
    }
    if (!won)
        tc_trail_forget(b->options->trail, from, to);
    return true;
}

/* the same of nl, which is freed, unless it is best itself or what was given; NULL: an error */
static bool try_made(struct best *b, struct tc_netlist *nl, size_t from, struct tc_error *err)
{
    bool ok;

    if (!nl || nl == b->given)
        return nl != NULL;
    ok = try_all(b, nl, from, err);
    if (b->netlist != nl)
        tc_netlist_free(nl);
    return ok;
}

struct tc_netlist *tc_net_best(struct tc_netlist *nl, const struct tc_pass_options *options,
                               struct tc_error *err)
{
    struct tc_netlist *found = tc_net_recognise(nl, options, err);
    size_t from = tc_trail_claims(options->trail);
    struct best b = {options, nl, nl, from};
    bool ok = found != NULL;

    if (ok && (found == nl || nl->nedges <= MOST_EDGES))
        ok = try_all(&b, nl, from, err);
    if (ok) /* what recognise claims stays, whoever wins */
        ok = try_made(&b, found, tc_trail_claims(options->trail), err);
    else if (found && found != nl)
        tc_netlist_free(found);
    if (ok && nl->nedges <= MOST_EDGES) {
        from = tc_trail_claims(options->trail);
        ok = try_made(&b, tc_net_lists_within(nl, options, err), from, err);
    }
    if (ok && nl->nedges <= MOST_EDGES) {
        from = tc_trail_claims(options->trail);
        ok = try_made(&b, tc_net_choose(nl, options, err), from, err);
    }
    if (ok)
        return b.netlist;
    if (b.netlist != nl)
        tc_netlist_free(b.netlist);
    return NULL;
}

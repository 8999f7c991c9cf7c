/* many_case.h -- for tests: sums of many floats in one of the ways that lowering chooses from */
#ifndef TC_TEST_MANY_CASE_H
#define TC_TEST_MANY_CASE_H

#include "../../compiler/arith.h"

#include <check.h>

/* what prim_lower.c does, with no choice */
static inline struct tc_family *many_lowered(const struct tc_prim *p, enum fl_places places,
                                             unsigned divide)
{
    const struct tc_format *f = &p->format;
    struct tc_family *family = tc_family_new(p->name);
    const struct tc_index *axis[2] = {tc_index_new(family, "i", p->noperand, NULL),
                                      tc_index_new(family, "a", tc_format_width(f), NULL)};
    struct fl l = {.low = {.options = p->options,
                           .family = family,
                           .bits = f->bits,
                           .component = p->name,
                           .prefix = ""},
                   .prim = p,
                   .f = f,
                   .p = f->p,
                   .q = f->q};

    l.x = tc_family_input(family, "x", 2, axis);
    ck_assert(fl_arith_many(&l, places, divide));
    return family;
}

/* the circuit, at most so deep, and its netlist, of up to so many wires, else NULL */
static inline void many_open(struct tc_prim *p, enum fl_places places, unsigned divide,
                             unsigned depth, unsigned long wires, struct tc_prim_circuit *family,
                             struct tc_prim_circuit *netlist)
{
    struct tc_compiled *c = &family->compiled;
    struct tc_error err = {0};

    *family = (struct tc_prim_circuit){.prim = p, .engine = TC_ENGINE_FAMILY};
    c->arena = tc_arena_new();
    c->family = many_lowered(p, places, divide);
    ck_assert_msg(tc_family_check(c->family, &err), "%s", err.msg);
    ck_assert(tc_family_count(c->arena, c->family, true, &c->count, &err));
    ck_assert_uint_le(c->count.depth, depth);
    *netlist = *family;
    netlist->engine = TC_ENGINE_NETLIST;
    if (mpz_cmp_ui(c->count.wires, wires) <= 0) {
        netlist->netlist = tc_compiled_netlist(c, UINT64_MAX, 0, &err);
        ck_assert_msg(netlist->netlist != NULL, "%s", err.msg);
    }
}

static inline void many_close(struct tc_prim_circuit *family, struct tc_prim_circuit *netlist)
{
    if (netlist->netlist)
        tc_netlist_free(netlist->netlist);
    netlist->netlist = NULL;
    tc_prim_free(family);
}

#endif

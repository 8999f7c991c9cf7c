/* problem_semigroup.c -- finite semigroups, from files that may come from anyone */
#include "problem.h"
#include "spec.h"

#include <string.h>

#define MOST TC_SEMIGROUP_ORDER

struct reading {
    struct tc_semigroup *s;
    const struct tc_element *root;
    struct tc_error *err;
};

static bool is(const struct tc_element *e, const char *name)
{
    return !strcmp(e->name, name);
}

static unsigned count(const struct reading *r, const char *name)
{
    unsigned n = 0;

    for (const struct tc_element *e = r->root->child; e; e = e->next)
        n += is(e, name);
    return n;
}

/* the number of that name, as many as there are if there is none */
static unsigned find(const char *const *name, unsigned n, const char *text, size_t length)
{
    unsigned k = 0;

    while (k < n && (strncmp(name[k], text, length) || name[k][length]))
        k++;
    return k;
}

/* the element whose name stands from `at` in the attribute's value */
static bool read_element(struct reading *r, const struct tc_attribute *a, size_t at, size_t length,
                         uint8_t *to)
{
    unsigned e = find(r->s->element, r->s->order, a->value + at, length);
    struct tc_loc loc = a->text;

    if (loc.line != a->loc.line || loc.col != a->loc.col) /* else the text holds references */
        loc.col += (unsigned)at;
    *to = (uint8_t)e;
    return e < r->s->order ||
           tc_fail(r->err, TC_ESPEC, loc,
                   "found '%.*s', wanted an element of the semigroup, such as %s",
                   length < 40 ? (int)length : 40, a->value + at, r->s->element[0]);
}

static bool read_row(struct reading *r, const struct tc_element *e, uint8_t *row)
{
    const struct tc_attribute *a = attr_find(e, "times");
    static const char blank[] = " \t\r\n";
    unsigned n = 0;

    for (size_t at = strspn(a->value, blank), length; a->value[at];
         at += length + strspn(a->value + at + length, blank)) {
        length = strcspn(a->value + at, blank);
        if (n < r->s->order && !read_element(r, a, at, length, row + n))
            return false;
        n++;
    }
    return n == r->s->order ||
           tc_fail(r->err, TC_ESPEC, a->loc, "found %u products, wanted %u: one with each element",
                   n, r->s->order);
}

/* names of the children called `what`, no two the same; NULL after an error */
static const char **read_names(struct reading *r, struct tc_arena *a, const char *what, unsigned n)
{
    const char **name = tc_alloc(a, n, sizeof *name);
    unsigned k = 0;

    for (const struct tc_element *e = r->root->child; e; e = e->next) {
        const struct tc_attribute *at = is(e, what) ? attr_find(e, "name") : NULL;

        if (!at)
            continue;
        if (find(name, k, at->value, strlen(at->value)) < k) {
            tc_fail(r->err, TC_ESPEC, at->loc, "found %s '%s' twice", what, at->value);
            return NULL;
        }
        name[k++] = at->value;
    }
    return name;
}

static bool few(struct reading *r, const char *what, unsigned n)
{
    return n <= MOST || tc_fail(r->err, TC_ELIMIT, r->root->loc, "found %u %ss, up to %d are read",
                                n, what, MOST);
}

/* (x y) z = x (y z), or the row of x is to blame */
static bool check_associative(struct reading *r)
{
    const struct tc_semigroup *s = r->s;
    const struct tc_element *row = r->root->child;

    for (unsigned x = 0; x < s->order; x++, row = row->next)
        for (unsigned y = 0; y < s->order; y++)
            for (unsigned z = 0; z < s->order; z++) {
                unsigned left = tc_semigroup_product(s, tc_semigroup_product(s, x, y), z);
                unsigned right = tc_semigroup_product(s, x, tc_semigroup_product(s, y, z));

                if (left != right)
                    return tc_fail(r->err, TC_ESPEC, attr_find(row, "times")->loc,
                                   "not associative: (%s %s) %s is %s, but %s (%s %s) is %s",
                                   s->element[x], s->element[y], s->element[z], s->element[left],
                                   s->element[x], s->element[y], s->element[z], s->element[right]);
            }
    return true;
}

static bool read_table(struct reading *r, struct tc_arena *a)
{
    struct tc_semigroup *s = r->s;
    uint8_t *row;

    s->order = count(r, "element");
    if (!s->order)
        return tc_fail(r->err, TC_ESPEC, r->root->loc,
                       "found no element, wanted some, or the attribute 'group'");
    s->element = few(r, "element", s->order) ? read_names(r, a, "element", s->order) : NULL;
    if (!s->element)
        return false;
    s->table = row = tc_alloc(a, (size_t)s->order * s->order, 1);
    for (const struct tc_element *e = r->root->child; e && is(e, "element"); e = e->next) {
        if (!read_row(r, e, row))
            return false;
        row += s->order;
    }
    return check_associative(r);
}

static bool read_group(struct reading *r, struct tc_arena *a, const struct tc_attribute *name)
{
    struct tc_semigroup *s = r->s;
    struct tc_error why = {0};
    char text[16];

    if (count(r, "element"))
        return tc_fail(r->err, TC_ESPEC, name->loc,
                       "found a group and elements, wanted one or the other");
    s->group = tc_permgroup_open(a, name->value, &why);
    if (!s->group)
        return tc_fail(r->err, TC_ESPEC, name->loc, "%s", why.msg);
    if (s->group->order > MOST)
        return tc_fail(r->err, TC_ELIMIT, name->loc, "%s has %u elements, up to %d are read",
                       s->group->name, s->group->order, MOST);
    s->order = s->group->order;
    s->element = tc_alloc(a, s->order, sizeof *s->element);
    s->table = tc_alloc(a, (size_t)s->order * s->order, 1);
    for (unsigned x = 0; x < s->order; x++) {
        s->element[x] = tc_strdup(a, tc_permgroup_element(s->group, x, text));
        for (unsigned y = 0; y < s->order; y++)
            s->table[x * s->order + y] = (uint8_t)tc_permgroup_product(s->group, x, y);
    }
    return true;
}

/* without letters every element is one */
static bool read_letters(struct reading *r, struct tc_arena *a)
{
    struct tc_semigroup *s = r->s;
    unsigned n = count(r, "letter"), k = 0;

    if (!few(r, "letter", n))
        return false;
    s->nletter = n ? n : s->order;
    s->letter = n ? read_names(r, a, "letter", n) : s->element;
    s->image = tc_alloc(a, s->nletter, 1);
    for (unsigned e = 0; !n && e < s->order; e++)
        s->image[e] = (uint8_t)e;
    for (const struct tc_element *e = r->root->child; s->letter && e; e = e->next) {
        const struct tc_attribute *to = is(e, "letter") ? attr_find(e, "to") : NULL;

        if (to && !read_element(r, to, 0, strlen(to->value), &s->image[k++]))
            return false;
    }
    return s->letter != NULL;
}

static bool read_pairs(struct reading *r, struct tc_arena *a)
{
    struct tc_semigroup *s = r->s;

    s->linked = tc_alloc(a, (size_t)s->order * s->order, sizeof *s->linked);
    for (const struct tc_element *p = r->root->child; p; p = p->next) {
        const struct tc_attribute *name[2] = {attr_find(p, "s"), attr_find(p, "e")};
        uint8_t x[2];
        unsigned y;

        if (!is(p, "pair"))
            continue;
        for (unsigned k = 0; k < 2; k++)
            if (!read_element(r, name[k], 0, strlen(name[k]->value), &x[k]))
                return false;
        for (unsigned k = 2; k--;) { /* e e = e, s e = s */
            y = tc_semigroup_product(s, x[k], x[1]);
            if (y != x[k])
                return tc_fail(r->err, TC_ESPEC, name[k]->loc,
                               "not a linked pair: %s %s is %s, wanted %s", s->element[x[k]],
                               s->element[x[1]], s->element[y], s->element[x[k]]);
        }
        s->npair += !s->linked[x[0] * s->order + x[1]];
        s->linked[x[0] * s->order + x[1]] = true;
    }
    return true;
}

static void find_identity(struct tc_semigroup *s)
{
    for (s->identity = 0; s->identity < s->order; s->identity++) {
        unsigned x = 0;

        while (x < s->order && tc_semigroup_product(s, x, s->identity) == x &&
               tc_semigroup_product(s, s->identity, x) == x)
            x++;
        if (x == s->order)
            break;
    }
}

struct tc_semigroup *tc_semigroup_open(struct tc_arena *a, const char *file, struct tc_error *err)
{
    struct reading r = {.s = tc_alloc(a, 1, sizeof(struct tc_semigroup)), .err = err};
    const struct tc_attribute *group;

    r.root = tc_xml_read(a, TC_XML_SEMIGROUP, file, err);
    if (!r.root)
        return NULL;
    r.s->loc = r.root->loc;
    group = attr_find(r.root, "group");
    r.s->name = attr_value(r.root, "name", group ? group->value : "semigroup");
    if (!(group ? read_group(&r, a, group) : read_table(&r, a)) || !read_letters(&r, a) ||
        !read_pairs(&r, a))
        return NULL;
    find_identity(r.s);
    return r.s;
}

unsigned tc_semigroup_product(const struct tc_semigroup *s, unsigned x, unsigned y)
{
    return s->table[x * s->order + y];
}

void tc_semigroup_times(const struct tc_semigroup *s, struct tc_draft *d, const struct tc_value *x,
                        const struct tc_value *y, struct tc_value *to)
{
    unsigned room[MOST] = {0};

    for (unsigned a = 0; a < s->order; a++)
        for (unsigned b = 0; x[a].n && b < s->order; b++)
            room[tc_semigroup_product(s, a, b)] += y[b].n != 0;
    for (unsigned z = 0; z < s->order; z++)
        to[z] = tc_value_new(d, room[z]);
    for (unsigned a = 0; a < s->order; a++)
        for (unsigned b = 0; x[a].n && b < s->order; b++) {
            if (!y[b].n)
                continue;
            tc_draft_add(d, &x[a], 1);
            tc_draft_add(d, &y[b], 1);
            tc_value_add(&to[tc_semigroup_product(s, a, b)], tc_draft_gate(d, 2), 1);
        }
}

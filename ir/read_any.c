/* read_any.c -- a circuit in any of the forms that are read, told by its first bytes */
#include "ir.h"

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define AHEAD ((size_t)1 << 16)

struct ahead { /* a stream whose first bytes have been looked at */
    FILE *f;
    char bytes[AHEAD + 1]; /* ended by 0 */
    size_t at, n;
};

static ssize_t read_ahead(void *cookie, char *to, size_t n)
{
    struct ahead *a = cookie;
    size_t left = a->n - a->at;

    if (!left) {
        n = fread(to, 1, n, a->f);
        return n == 0 && ferror(a->f) ? -1 : (ssize_t)n;
    }
    n = n < left ? n : left;
    memcpy(to, a->bytes + a->at, n);
    a->at += n;
    return (ssize_t)n;
}

/* behind blanks, empty lines and comments */
static const char *first_word(const char *s)
{
    for (;;) {
        s += strspn(s, " \t\r\n");
        if (*s != '#')
            return s;
        s += strcspn(s, "\n");
    }
}

/* whether some line begins with a key word of BLIF */
static bool has_statement(const char *s)
{
    static const char *const word[] = {".model", ".input", ".output", ".names", ".thres"};

    while (s) {
        s += strspn(s, " \t");
        for (size_t k = 0; k < sizeof word / sizeof *word; k++)
            if (!strncmp(s, word[k], strlen(word[k])))
                return true;
        s = strchr(s, '\n');
        s += s != NULL;
    }
    return false;
}

static bool is_netlist(const char *word)
{
    return !strncmp(word, "tc", 2) && strchr(" \t\r\n", word[2]);
}

struct tc_netlist *tc_read_circuit(FILE *f, const char *file, struct tc_error *err)
{
    static const cookie_io_functions_t io = {.read = read_ahead};
    struct ahead *a = tc_xcalloc(1, sizeof *a);
    struct tc_netlist *nl = NULL;
    const char *word;
    FILE *all;

    a->f = f;
    a->n = fread(a->bytes, 1, AHEAD, f);
    all = fopencookie(a, "r", io);
    word = first_word(a->bytes);
    if (!all)
        tc_fail(err, TC_ELIMIT, (struct tc_loc){.file = file}, "no room for a stream");
    else if (!strncmp(a->bytes, "aig ", 4) || !strncmp(a->bytes, "aag ", 4))
        nl = tc_read_aiger(all, file, err);
    else if (!is_netlist(word) && has_statement(a->bytes))
        nl = tc_read_blif(all, file, err);
    else if (is_netlist(word) || !*word)
        nl = tc_netlist_read(all, file, err);
    else
        tc_fail(err, TC_EFORMAT, (struct tc_loc){file, 1, 1},
                "found no circuit, wanted AIGER, BLIF, .th, a netlist's text, or a specification "
                "in XML");
    if (all)
        fclose(all);
    free(a);
    return nl;
}

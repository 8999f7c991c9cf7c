/* arena.c -- memory that is freed at once */
#include "ir.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK ((size_t)1 << 16)
#define ALIGN ((size_t)16)

struct block {
    struct block *next;
    size_t used, size;
    _Alignas(16) unsigned char bytes[];
};

/* numbers are linked so that the arena can clear their limbs */
struct integer {
    struct integer *next;
    mpz_t z;
};

struct fraction {
    struct fraction *next;
    mpq_t q;
};

struct tc_arena {
    struct block *blocks;
    struct integer *integers;
    struct fraction *fractions;
};

void (*tc_on_exit)(void);

static _Noreturn void out_of_memory(void)
{
    if (tc_on_exit)
        tc_on_exit();
    fputs("tc0c: out of memory\n", stderr);
    exit(4);
}

void *tc_xcalloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);

    if (!p)
        out_of_memory();
    return p;
}

void *tc_xrealloc(void *old, size_t count, size_t size)
{
    size_t bytes;
    void *p;

    if (__builtin_mul_overflow(count, size, &bytes))
        out_of_memory();
    p = realloc(old, bytes ? bytes : 1);
    if (!p)
        out_of_memory();
    return p;
}

static void *gmp_alloc(size_t size)
{
    return tc_xcalloc(1, size);
}

static void *gmp_realloc(void *old, size_t old_size, size_t size)
{
    (void)old_size;
    return tc_xrealloc(old, 1, size);
}

static void gmp_free(void *p, size_t size)
{
    (void)size;
    free(p);
}

/* GMP aborts when memory runs out, unless its allocator does not return */
__attribute__((constructor)) static void use_our_allocator(void)
{
    mp_set_memory_functions(gmp_alloc, gmp_realloc, gmp_free);
}

struct tc_arena *tc_arena_new(void)
{
    return tc_xcalloc(1, sizeof(struct tc_arena));
}

void tc_arena_free(struct tc_arena *a)
{
    if (!a)
        return;
    for (struct integer *i = a->integers; i; i = i->next)
        mpz_clear(i->z);
    for (struct fraction *q = a->fractions; q; q = q->next)
        mpq_clear(q->q);
    for (struct block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(a);
}

void *tc_alloc(struct tc_arena *a, size_t count, size_t size)
{
    struct block *b = a->blocks;
    size_t bytes;
    void *p;

    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2)
        out_of_memory();
    bytes = (bytes + ALIGN - 1) & ~(ALIGN - 1);
    if (bytes > BLOCK / 4) { /* a block of its own, behind the current one */
        struct block *own = tc_xcalloc(1, sizeof *own + bytes);

        own->used = own->size = bytes;
        if (b) {
            own->next = b->next;
            b->next = own;
        } else {
            a->blocks = own;
        }
        return own->bytes;
    }
    if (!b || b->size - b->used < bytes) {
        b = tc_xcalloc(1, sizeof *b + BLOCK);
        b->size = BLOCK;
        b->next = a->blocks;
        a->blocks = b;
    }
    p = b->bytes + b->used;
    b->used += bytes;
    return p;
}

char *tc_strdup(struct tc_arena *a, const char *s)
{
    size_t n = strlen(s) + 1;

    return memcpy(tc_alloc(a, n, 1), s, n);
}

char *tc_sprintf(struct tc_arena *a, const char *fmt, ...)
{
    va_list ap;
    char *s;
    int n;

    assert(fmt);
    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    s = tc_alloc(a, (size_t)n + 1, 1);
    va_start(ap, fmt);
    vsnprintf(s, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return s;
}

mpz_ptr tc_mpz(struct tc_arena *a)
{
    struct integer *i = tc_alloc(a, 1, sizeof *i);

    mpz_init(i->z);
    i->next = a->integers;
    a->integers = i;
    return i->z;
}

mpz_ptr tc_mpz_si(struct tc_arena *a, int64_t v)
{
    mpz_ptr z = tc_mpz(a);

    tc_mpz_set_i64(z, v);
    return z;
}

mpz_ptr tc_mpz_copy(struct tc_arena *a, mpz_srcptr v)
{
    mpz_ptr z = tc_mpz(a);

    mpz_set(z, v);
    return z;
}

mpq_ptr tc_mpq(struct tc_arena *a)
{
    struct fraction *q = tc_alloc(a, 1, sizeof *q);

    mpq_init(q->q);
    q->next = a->fractions;
    a->fractions = q;
    return q->q;
}

_Static_assert(sizeof(long) == sizeof(int64_t), "GMP's _si functions take 64 bits");

void tc_mpz_set_i64(mpz_ptr z, int64_t v)
{
    mpz_set_si(z, v);
}

bool tc_mpz_fits_i64(mpz_srcptr z)
{
    return mpz_fits_slong_p(z) != 0;
}

int64_t tc_mpz_get_i64(mpz_srcptr z)
{
    assert(tc_mpz_fits_i64(z));
    return mpz_get_si(z);
}

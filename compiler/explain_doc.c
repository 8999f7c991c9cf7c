/* explain_doc.c -- a document as text, Markdown or HTML */
#include "explain.h"

#include <stdlib.h>
#include <string.h>

void tc_doc_add(struct tc_doc *d, enum tc_part_kind kind, const char *fmt, ...)
{
    struct tc_part *more;
    va_list args;
    char *text;
    int n;

    if (d->n == d->room) {
        more = tc_alloc(d->arena, 2 * (size_t)d->room + 64, sizeof *more);
        if (d->n)
            memcpy(more, d->part, d->n * sizeof *more);
        d->part = more;
        d->room = 2 * d->room + 64;
    }
    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    text = tc_alloc(d->arena, (size_t)n + 1, 1);
    va_start(args, fmt);
    vsnprintf(text, (size_t)n + 1, fmt, args);
    va_end(args);
    d->part[d->n++] = (struct tc_part){kind, text};
}

/* columns of the first n bytes: code points, backticks apart where they are marks */
static size_t columns(const char *s, size_t n, bool marks)
{
    size_t c = 0;

    for (size_t k = 0; k < n; k++)
        c += ((unsigned char)s[k] & 0xc0) != 0x80 && !(marks && s[k] == '`');
    return c;
}

static void put(FILE *out, const char *s, size_t n, bool marks)
{
    for (size_t k = 0; k < n; k++)
        if (!marks || s[k] != '`')
            fputc(s[k], out);
}

static void spaces(FILE *out, size_t n)
{
    while (n--)
        fputc(' ', out);
}

/* ------------------------------------------------------------------------ text */

/* words, broken into lines of TC_DOC_WIDTH; a longer word has a line of its own */
static void wrap(FILE *out, const char *s, size_t first, size_t later, bool marks)
{
    size_t at = first;
    bool begun = false;

    spaces(out, first);
    while (*s) {
        size_t n = strcspn(s, " "), w = columns(s, n, marks);

        if (n && begun && at + 1 + w > TC_DOC_WIDTH) {
            fputc('\n', out);
            spaces(out, later);
            at = later;
            begun = false;
        }
        if (n && begun) {
            fputc(' ', out);
            at++;
        }
        put(out, s, n, marks);
        at += w;
        begun = begun || n;
        s += n + strspn(s + n, " ");
    }
    fputc('\n', out);
}

static void heading(FILE *out, const char *s, char line)
{
    size_t n = columns(s, strlen(s), true);

    wrap(out, s, 0, 0, true);
    for (size_t k = 0; k < n && k < TC_DOC_WIDTH; k++)
        fputc(line, out);
    fputc('\n', out);
}

#define MOST_CELLS 8

/* cells of a row; returns how many */
static unsigned cells(const char *row, const char *cell[MOST_CELLS], size_t size[MOST_CELLS])
{
    unsigned n = 0;

    for (;; row++) {
        cell[n] = row;
        size[n] = strcspn(row, "\t");
        row += size[n++];
        if (!*row || n == MOST_CELLS)
            return n;
    }
}

static unsigned rows(const struct tc_doc *d, unsigned k)
{
    unsigned n = 0;

    while (k + n < d->n && d->part[k + n].kind == TC_ROW)
        n++;
    return n;
}

static void text_table(FILE *out, const struct tc_doc *d, unsigned k, unsigned nrow)
{
    const char *cell[MOST_CELLS];
    size_t size[MOST_CELLS], width[MOST_CELLS] = {0};
    unsigned n;

    for (unsigned r = 0; r < nrow; r++) {
        n = cells(d->part[k + r].text, cell, size);
        for (unsigned c = 0; c < n; c++) {
            size_t w = columns(cell[c], size[c], true);

            width[c] = width[c] > w ? width[c] : w;
        }
    }
    for (unsigned r = 0; r < nrow; r++) {
        n = cells(d->part[k + r].text, cell, size);
        spaces(out, 2);
        for (unsigned c = 0; c < n; c++) {
            put(out, cell[c], size[c], true);
            if (c + 1 < n)
                spaces(out, width[c] + 2 - columns(cell[c], size[c], true));
        }
        fputc('\n', out);
    }
}

static void write_text(FILE *out, const struct tc_doc *d)
{
    for (unsigned k = 0; k < d->n; k++) {
        const struct tc_part *p = &d->part[k];
        bool first = !k || d->part[k - 1].kind != p->kind;

        if (k && (first || p->kind == TC_PARAGRAPH))
            fputc('\n', out);
        switch (p->kind) {
        case TC_TITLE:
        case TC_SECTION:
            heading(out, p->text, p->kind == TC_TITLE ? '=' : '-');
            break;
        case TC_SUBSECTION:
        case TC_PARAGRAPH:
            wrap(out, p->text, 0, 0, true);
            break;
        case TC_ITEM:
            wrap(out, tc_sprintf(d->arena, "- %s", p->text), 0, 2, true);
            break;
        case TC_CODE:
            wrap(out, p->text, 4, 8, false);
            break;
        case TC_ROW:
            text_table(out, d, k, rows(d, k));
            k += rows(d, k) - 1;
            break;
        }
    }
}

/* -------------------------------------------------------------------- Markdown */

/* what Markdown would read as marks is escaped, within a table | too, in code as well */
static void markdown(FILE *out, const char *s, size_t n, bool table)
{
    bool code = false;

    for (size_t k = 0; k < n; k++) {
        if (s[k] == '`')
            code = !code;
        else if ((table && s[k] == '|') || (!code && strchr("\\*_<>[]#~", s[k])))
            fputc('\\', out);
        fputc(s[k], out);
    }
}

static void markdown_table(FILE *out, const struct tc_doc *d, unsigned k, unsigned nrow)
{
    const char *cell[MOST_CELLS];
    size_t size[MOST_CELLS];

    for (unsigned r = 0; r < nrow; r++) {
        unsigned n = cells(d->part[k + r].text, cell, size);

        for (unsigned c = 0; c < n; c++) {
            fputs(c ? " | " : "| ", out);
            markdown(out, cell[c], size[c], true);
        }
        fputs(" |\n", out);
        for (unsigned c = 0; !r && c < n; c++)
            fputs(c + 1 < n ? "|---" : "|---|\n", out);
    }
}

static void write_markdown(FILE *out, const struct tc_doc *d)
{
    for (unsigned k = 0; k < d->n; k++) {
        const struct tc_part *p = &d->part[k];
        bool first = !k || d->part[k - 1].kind != p->kind;
        bool last = k + 1 == d->n || d->part[k + 1].kind != p->kind;

        if (k && (first || p->kind == TC_PARAGRAPH))
            fputc('\n', out);
        if (p->kind <= TC_SUBSECTION)
            fprintf(out, "%s ", &"###"[TC_SUBSECTION - p->kind]);
        if (p->kind == TC_ITEM)
            fputs("- ", out);
        if (p->kind == TC_CODE)
            fprintf(out, "%s%s\n%s", first ? "```\n" : "", p->text, last ? "```\n" : "");
        else if (p->kind == TC_ROW)
            markdown_table(out, d, k, rows(d, k));
        else
            markdown(out, p->text, strlen(p->text), false);
        if (p->kind < TC_CODE)
            fputc('\n', out);
        if (p->kind == TC_ROW)
            k += rows(d, k) - 1;
    }
}

/* ------------------------------------------------------------------------ HTML */

static void html(FILE *out, const char *s, size_t n, bool marks)
{
    bool code = false;

    for (size_t k = 0; k < n; k++) {
        if (marks && s[k] == '`') {
            fputs(code ? "</code>" : "<code>", out);
            code = !code;
        } else if (s[k] == '<' || s[k] == '>' || s[k] == '&') {
            fputs(s[k] == '<' ? "&lt;" : s[k] == '>' ? "&gt;" : "&amp;", out);
        } else {
            fputc(s[k], out);
        }
    }
}

static void element(FILE *out, const char *name, const char *s)
{
    fprintf(out, "<%s>", name);
    html(out, s, strlen(s), true);
    fprintf(out, "</%s>\n", name);
}

static void html_table(FILE *out, const struct tc_doc *d, unsigned k, unsigned nrow)
{
    const char *cell[MOST_CELLS];
    size_t size[MOST_CELLS];

    fputs("<table>\n", out);
    for (unsigned r = 0; r < nrow; r++) {
        unsigned n = cells(d->part[k + r].text, cell, size);

        fputs("<tr>", out);
        for (unsigned c = 0; c < n; c++) {
            fputs(r ? "<td>" : "<th>", out);
            html(out, cell[c], size[c], true);
            fputs(r ? "</td>" : "</th>", out);
        }
        fputs("</tr>\n", out);
    }
    fputs("</table>\n", out);
}

static void html_head(FILE *out, const char *title)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width\">\n<title>",
          out);
    for (; *title; title++)
        if (*title != '`')
            html(out, title, 1, false);
    fputs("</title>\n<style>\n"
          "body { max-width: 46em; margin: 2em auto; padding: 0 1em; font: 17px/1.5 serif; color: #111; }\n"
          "h1, h2, h3 { line-height: 1.2; margin: 1.6em 0 0.4em; }\n"
          "code, pre { font: 14px/1.4 monospace; }\n"
          "pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 0.5em 0.8em;"
          " border-left: 3px solid #999; background: #f4f4f4; margin: 0.6em 0; }\n"
          "table { border-collapse: collapse; margin: 0.8em 0; }\n"
          "th, td { border-bottom: 1px solid #bbb; padding: 0.15em 1em 0.15em 0; text-align: left;"
          " vertical-align: top; }\n"
          "</style>\n</head>\n<body>\n",
          out);
}

static void write_html(FILE *out, const struct tc_doc *d)
{
    static const char *const name[] = {"h1", "h2", "h3", "p", "li"};

    html_head(out, d->n ? d->part[0].text : "");
    for (unsigned k = 0; k < d->n; k++) {
        const struct tc_part *p = &d->part[k];
        bool first = !k || d->part[k - 1].kind != p->kind;
        bool last = k + 1 == d->n || d->part[k + 1].kind != p->kind;

        if (p->kind == TC_ROW) {
            html_table(out, d, k, rows(d, k));
            k += rows(d, k) - 1;
            continue;
        }
        if (p->kind == TC_CODE) {
            fputs(first ? "<pre>" : "", out);
            html(out, p->text, strlen(p->text), false);
            fputs(last ? "</pre>\n" : "\n", out);
            continue;
        }
        fputs(p->kind == TC_ITEM && first ? "<ul>\n" : "", out);
        element(out, name[p->kind], p->text);
        fputs(p->kind == TC_ITEM && last ? "</ul>\n" : "", out);
    }
    fputs("</body>\n</html>\n", out);
}

bool tc_doc_write(FILE *out, const struct tc_doc *d, const char *format)
{
    if (!strcmp(format, "html"))
        write_html(out, d);
    else if (!strcmp(format, "markdown"))
        write_markdown(out, d);
    else
        write_text(out, d);
    return !ferror(out);
}

/* html.c -- the report as a page, by report.xsl
 *
 * The only place that knows libxslt.  The stylesheet reads and writes no files: what it draws
 * is put into the report. */
#include "compiler.h"
#include "report_xsl.h"

#include <limits.h>
#include <libxslt/security.h>
#include <libxslt/transform.h>
#include <libxslt/variables.h>
#include <libxslt/xsltutils.h>

/* both are ours or Graphviz's: what does not parse was cut by want of memory */
static xmlDocPtr parse(const char *text, size_t len)
{
    return len > INT_MAX ? NULL
                         : xmlReadMemory(text, (int)len, NULL, NULL,
                                         XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOERROR);
}

/* as the last child of the report's root */
static bool add_drawing(xmlDocPtr report, const char *svg, size_t len)
{
    xmlDocPtr drawing = parse(svg, len);
    xmlNodePtr copy = drawing ? xmlDocCopyNode(xmlDocGetRootElement(drawing), report, 1) : NULL;

    xmlFreeDoc(drawing);
    return copy && xmlAddChild(xmlDocGetRootElement(report), copy);
}

static xsltSecurityPrefsPtr forbid_files(void)
{
    static const xsltSecurityOption option[] = {
        XSLT_SECPREF_READ_FILE, XSLT_SECPREF_WRITE_FILE, XSLT_SECPREF_CREATE_DIRECTORY,
        XSLT_SECPREF_READ_NETWORK, XSLT_SECPREF_WRITE_NETWORK};
    xsltSecurityPrefsPtr prefs = xsltNewSecurityPrefs();

    for (unsigned k = 0; prefs && k < sizeof option / sizeof *option; k++)
        xsltSetSecurityPrefs(prefs, option[k], xsltSecurityForbid);
    return prefs;
}

static xmlDocPtr apply(xsltStylesheetPtr style, xmlDocPtr report, const char *undrawn)
{
    xsltSecurityPrefsPtr prefs = forbid_files();
    xsltTransformContextPtr context = prefs ? xsltNewTransformContext(style, report) : NULL;
    xmlDocPtr page = NULL;

    if (context && !xsltSetCtxtSecurityPrefs(prefs, context) &&
        !xsltQuoteOneUserParam(context, (const xmlChar *)"undrawn", (const xmlChar *)undrawn))
        page = xsltApplyStylesheetUser(style, report, NULL, NULL, NULL, context);
    xsltFreeTransformContext(context);
    if (prefs)
        xsltFreeSecurityPrefs(prefs);
    return page;
}

bool tc_html_write(FILE *out, const struct tc_page *p, struct tc_error *err)
{
    xmlDocPtr report = parse(p->report, p->report_len), page = NULL;
    xmlDocPtr sheet = parse(tc_report_xsl, sizeof tc_report_xsl - 1);
    xsltStylesheetPtr style = sheet ? xsltParseStylesheetDoc(sheet) : NULL;
    xmlChar *text = NULL;
    int len = 0;
    bool ok;

    if (report && style && (!p->svg || add_drawing(report, p->svg, p->svg_len)))
        page = apply(style, report, p->undrawn);
    ok = page && !xsltSaveResultToString(&text, &len, page, style) && text;
    if (!ok)
        tc_fail(err, TC_ELIMIT, (struct tc_loc){0}, "no memory for the page");
    ok = ok && fwrite(text, 1, (size_t)len, out) == (size_t)len;
    xmlFree(text);
    xmlFreeDoc(page);
    xmlFreeDoc(report);
    if (style)
        xsltFreeStylesheet(style); /* and the sheet */
    else
        xmlFreeDoc(sheet);
    xsltCleanupGlobals();
    return ok;
}

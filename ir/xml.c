/* xml.c -- writing XML */
#include "xml.h"

#include <stdio.h>
#include <stdlib.h>

static const xmlChar *xml(const char *s)
{
    return (const xmlChar *)s;
}

void tc_xml_open(xmlTextWriterPtr w, const char *element)
{
    xmlTextWriterStartElement(w, xml(element));
}

void tc_xml_close(xmlTextWriterPtr w)
{
    xmlTextWriterEndElement(w);
}

void tc_xml_text(xmlTextWriterPtr w, const char *text)
{
    xmlTextWriterWriteString(w, xml(text));
}

void tc_xml_element(xmlTextWriterPtr w, const char *name, const char *text)
{
    xmlTextWriterWriteElement(w, xml(name), xml(text));
}

void tc_xml_put(xmlTextWriterPtr w, const char *name, const char *value)
{
    xmlTextWriterWriteAttribute(w, xml(name), xml(value));
}

void tc_xml_put_int(xmlTextWriterPtr w, const char *name, int64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%lld", (long long)value);
    tc_xml_put(w, name, text);
}

void tc_xml_put_unsigned(xmlTextWriterPtr w, const char *name, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    tc_xml_put(w, name, text);
}

void tc_xml_put_mpz(xmlTextWriterPtr w, const char *name, mpz_srcptr value)
{
    char *text = mpz_get_str(NULL, 10, value);

    tc_xml_put(w, name, text);
    free(text);
}

void tc_xml_symbols(xmlTextWriterPtr w, const char *element, unsigned n, const struct tc_symbol *s)
{
    for (unsigned i = 0; i < n; i++) {
        tc_xml_open(w, element);
        tc_xml_put(w, "name", s[i].name);
        tc_xml_put_mpz(w, "value", s[i].value);
        if (s[i].note)
            tc_xml_put(w, "note", s[i].note);
        tc_xml_close(w);
    }
}

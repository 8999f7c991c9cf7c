/* xml.h -- writing XML through libxml2, which has a type of its own for text */
#ifndef TC_XML_H
#define TC_XML_H

#include "ir.h"

#include <libxml/xmlwriter.h>

void tc_xml_open(xmlTextWriterPtr, const char *element);
void tc_xml_close(xmlTextWriterPtr);
void tc_xml_text(xmlTextWriterPtr, const char *);
void tc_xml_element(xmlTextWriterPtr, const char *name, const char *text); /* open, text, close */
/* an element for each, with name, value and, where there is one, note */
void tc_xml_symbols(xmlTextWriterPtr, const char *element, unsigned n, const struct tc_symbol *);
/* attributes of the element that has been opened */
void tc_xml_put(xmlTextWriterPtr, const char *name, const char *value);
void tc_xml_put_int(xmlTextWriterPtr, const char *name, int64_t);
void tc_xml_put_unsigned(xmlTextWriterPtr, const char *name, uint64_t);
void tc_xml_put_mpz(xmlTextWriterPtr, const char *name, mpz_srcptr);

#endif

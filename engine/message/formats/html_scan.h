/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html_scan: one quick look at an HTML source for what would cost the parser too much: Gumbo's time
 * grows with the square of the attributes of a tag, and with the depth of the document. It knows
 * less than a parser does; what gets past it is stopped by the budget of html_memory. Internal to
 * the HTML codec; any thread.
 */
#ifndef CULVERT_MESSAGE_FORMATS_HTML_SCAN_H
#define CULVERT_MESSAGE_FORMATS_HTML_SCAN_H

#include "engine/base/span.h"

/* More than this is no mail: tables in tables of newsletters reach about a hundred levels. */
#define HTML_SCAN_DEPTH 512u
#define HTML_SCAN_ATTRIBUTES 256u /* in one tag */
#define HTML_SCAN_TAGS 1000000u   /* in a document */

/* Linear in the length of the source. */
bool html_scan_is_too_complex(struct span source);

#endif

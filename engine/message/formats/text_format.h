/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_format: in which formats a text is read, by what declares it, by its name and by its looks:
 * mail programs go by the type, browsers by the name and the looks. Pure functions, any thread.
 */
#ifndef CULVERT_MESSAGE_FORMATS_TEXT_FORMAT_H
#define CULVERT_MESSAGE_FORMATS_TEXT_FORMAT_H

#include "engine/message/open.h"

enum text_format {
    TEXT_AS_IS,
    TEXT_LINES, /* content_line.h */
    TEXT_XML,
    TEXT_HTML,
};

/* What is said about octets. */
struct text_hints {
    struct span type, subtype; /* of the part, RFC 2045 section 5 */
    struct span name;          /* of the file; "" for none */
};

bool hints_are(const struct text_hints *hints, const char *type, const char *subtype);

/* Whether a file of that name ends with the suffix, as the system sees it that it is saved on:
 * Windows drops dots and blanks at the end. */
bool name_ends(struct span name, struct span suffix);

/* Whether the octets are read by lines: folds come before the charset. */
bool text_is_lines(const struct text_hints *hints, struct span octets);

/* Whether a declaration of XML at the start counts. */
bool text_is_xml(const struct text_hints *hints, struct span text);

/* The formats of a decoded text, of which rules look at each; at least one. `lines` is what
 * text_is_lines() says of its octets. */
size_t text_formats(const struct text_hints *hints, bool lines, struct span text,
                    enum text_format out[TEXTS_MAX]);

#endif

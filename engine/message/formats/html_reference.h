/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html_reference: how long a character reference (`&amp;`, `&copy`, `&#x2d;`) is in the source and
 * how many characters it stands for. Gumbo knows the 2,231 names but does not tell where they end:
 * it is asked with a document of one reference, once for each name. One thread.
 */
#ifndef CULVERT_MESSAGE_FORMATS_HTML_REFERENCE_H
#define CULVERT_MESSAGE_FORMATS_HTML_REFERENCE_H

#include "engine/message/formats/html_memory.h"

struct html_reference {
    struct span source; /* "&" ... ; len 0: it is no reference */
    size_t characters;
};

struct html_references {
    struct html_memory *memory;
    struct html_known *known; /* of names seen so far */
    size_t count, slots;
};

void html_references_init(struct html_references *references, struct html_memory *memory);

/* What begins at `s`, whose first byte is '&'. */
struct html_reference html_reference_at(struct html_references *references, struct span s,
                                        bool in_attribute);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html_text: the text of an HTML document as it is put together, with a table of runs that says
 * where in the source each piece of it stands. Internal to the HTML codec; one thread.
 */
#ifndef CULVERT_MESSAGE_HTML_TEXT_H
#define CULVERT_MESSAGE_HTML_TEXT_H

#include "engine/message/bulk.h"
#include "engine/message/html_reference.h"

/* What the source of a run is, for reading it and for writing other text in its place. */
enum html_context {
    HTML_DATA,      /* between tags */
    HTML_RCDATA,    /* title, textarea: references, no tags */
    HTML_RAW,       /* script, style: nothing is special */
    HTML_COMMENT,   /* nothing is special but what ends it */
    HTML_ATTRIBUTE, /* in quotes */
    HTML_BARE_ATTRIBUTE
};

/* Equal lengths: byte for byte the same. Else one thing: a reference, collapsed white space. */
struct html_run {
    uint32_t text, text_len;
    uint32_t source, source_len;
    enum html_context context;
    bool lost; /* where it stands is not known: it can be read but not changed */
};

struct html_text {
    struct arena *arena;
    struct html_memory *memory;
    struct html_references references;
    struct span source;
    struct bulk out;
    struct html_run *runs; /* by text offset; gaps are separators of our own */
    size_t count, cap;
    char separator;    /* wanted before the next character: 0, ' ', '\t' or '\n' */
    struct span blank; /* the source of ' ' */
    enum html_context blank_context;
};

void html_text_init(struct html_text *text, struct span source, struct html_memory *memory,
                    struct bulk_budget *budget);

/* A break between blocks or cells; the strongest of several counts. */
void html_text_break(struct html_text *text, char separator);

/*
 * Adds what `raw`, a part of the source, stands for. `wanted` is what Gumbo made of it, to be held
 * against; where both disagree `wanted` is added as lost. `keep_space`: as in <pre>.
 */
void html_text_add(struct html_text *text, struct span raw, struct span wanted,
                   enum html_context context, bool keep_space);

#endif

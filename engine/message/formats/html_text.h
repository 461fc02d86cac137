/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html_text: the text of an HTML document as it is put together, with a table of runs that says
 * where in the source each piece of it stands. Internal to the HTML codec; one thread.
 */
#ifndef CULVERT_MESSAGE_FORMATS_HTML_TEXT_H
#define CULVERT_MESSAGE_FORMATS_HTML_TEXT_H

#include "engine/message/bulk.h"
#include "engine/message/formats/html_reference.h"

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

/* A range of the source that is in the text, or that is known to be nothing but markup. */
struct html_cover {
    uint32_t from, to;
};

struct html_text {
    struct arena *arena;
    struct html_memory *memory;
    struct html_references references;
    struct span source;
    struct bulk out;
    struct html_run *runs; /* by text offset; gaps are separators of our own */
    size_t count, cap;
    struct html_cover *covers; /* in the memory of the run */
    size_t cover_count, cover_cap;
    size_t shown;      /* of the text: what a reader sees; behind it is what else there is */
    char separator;    /* wanted before the next character: 0, ' ', '\t' or '\n' */
    struct span blank; /* the source of ' ' */
    enum html_context blank_context;
};

void html_text_init(struct html_text *text, struct span source, struct html_memory *memory,
                    struct bulk_budget *budget);

/* Says that `source` need not be looked at again. */
void html_text_cover(struct html_text *text, struct span source);

/*
 * Adds, as lines of its own, all of the source that was not covered and is more than simple markup:
 * what Gumbo dropped (text in odd places, tags that fit nowhere, attributes that stand twice).
 */
void html_text_add_rest(struct html_text *text);

/* Adds a piece of the source as it is. */
void html_text_add_source(struct html_text *text, struct span raw);

/* A break between blocks or cells; the strongest of several counts. */
void html_text_break(struct html_text *text, char separator);

/*
 * Adds what `raw`, a part of the source, stands for. `wanted` is what Gumbo made of it, to be held
 * against; where both disagree `wanted` is added as lost. `keep_space`: as in <pre>.
 */
void html_text_add(struct html_text *text, struct span raw, struct span wanted,
                   enum html_context context, bool keep_space);

#endif

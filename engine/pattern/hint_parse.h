/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hint_parse: reads a pattern for the run of bytes that every match must contain. Whatever is not
 * understood either fails or counts as a gap, "any text". Private to engine/pattern.
 */
#ifndef CULVERT_PATTERN_HINT_PARSE_H
#define CULVERT_PATTERN_HINT_PARSE_H

#include "engine/pattern/hint_class.h"

struct run {
    struct class classes[HINT_RUN_MAX];
    size_t count;
    size_t before;
};

struct parse {
    struct span source;
    size_t at;
    unsigned depth;
    bool ignore_case;
    bool failed;     /* nothing can be said of the pattern */
    struct run run;  /* being built */
    size_t consumed; /* characters at most so far; HINT_FAR */
    struct run best;
    unsigned best_worth;
};

/* All of the pattern; the run is in `best`. false: there is none. */
bool hint_parse(struct parse *parse);

static inline char parse_peek(const struct parse *p, size_t ahead)
{
    return p->at + ahead < p->source.len ? p->source.ptr[p->at + ahead] : '\0';
}

static inline bool parse_at_end(const struct parse *p)
{
    return p->at >= p->source.len;
}

struct quantifier {
    size_t least, most; /* HINT_FAR: any number */
};

/* "{2}", "{2,}", "{,3}", "{2,3}" at the cursor. Anything else in braces is not understood. */
bool parse_braces(struct parse *p, struct quantifier *q);

/* Reads "[...]" at the cursor. Not understood: false, and the cursor is behind it all the same. */
bool parse_brackets(struct parse *p, struct class *class_out);

/* Behind the "]" that ends brackets, or the ")" that ends a group, whose opening was read. */
void parse_skip_brackets(struct parse *p);
void parse_skip_group(struct parse *p);

#endif

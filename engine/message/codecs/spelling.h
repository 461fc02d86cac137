/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spelling: one way in which a parameter (a file name) is written: plain, `name*=` or in sections
 * `name*0*=`, `name*1=` ... (RFC 2231). In an arena; one thread.
 */
#ifndef CULVERT_MESSAGE_CODECS_SPELLING_H
#define CULVERT_MESSAGE_CODECS_SPELLING_H

#include "engine/message/map/params.h"

enum spelling_style {
    SPELLING_PLAIN,    /* a token or quoted string; encoded words in it are decoded */
    SPELLING_EXTENDED, /* name*=charset'language'%41 */
    SPELLING_SECTIONS
};

struct spelling {
    enum spelling_style style;
    const struct param **items; /* sections in their order */
    size_t count;
};

/* All spellings of the parameters called `attribute`, in the order in which they stand; up to
 * `max`. */
size_t spellings_find(const struct params *params, const char *attribute, struct arena *arena,
                      struct spelling *out, size_t max);

/* The spelling that begins with that item. */
struct spelling spelling_of(const struct params *params, const struct param *first,
                            struct arena *arena);

/* Decoded, valid UTF-8. Problems are added to *found. */
struct span spelling_text(const struct spelling *spelling, struct arena *arena,
                          ambiguity_set *found);

/*
 * The parameter written anew with another value: `attribute=...` without the semicolon before it,
 * in the same style where the text allows it. `has_extended`: another spelling is there that can
 * hold any character, so that a plain one gets "_" for what it cannot hold. `column`: of its first
 * character.
 */
struct span spelling_write(const struct spelling *spelling, struct span text, bool has_extended,
                           size_t column, struct arena *arena);

#endif

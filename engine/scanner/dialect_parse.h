/* SPDX-License-Identifier: Apache-2.0 */
/* dialect_parse: a pattern that is being read. Private to engine/scanner. */
#ifndef CULVERT_SCANNER_DIALECT_PARSE_H
#define CULVERT_SCANNER_DIALECT_PARSE_H

#include "engine/scanner/dialect.h"
#include "engine/scanner/dialect_write.h"

struct parser {
    struct span source;
    size_t at;
    unsigned depth;
    bool ignore_case, any_line;
    bool failed;
    enum dialect_text texts;
    struct buf *out;
};

static inline bool more(const struct parser *p)
{
    return p->at < p->source.len;
}

static inline char peek(const struct parser *p, size_t ahead)
{
    return p->at + ahead < p->source.len ? p->source.ptr[p->at + ahead] : '\0';
}

static inline bool accept(struct parser *p, const char *word)
{
    struct span rest = span_from(p->source, p->at);
    if (!span_starts(rest, span_str(word)))
        return false;
    p->at += strlen(word);
    return true;
}

/* Not held. */
static inline void parse_fail(struct parser *p)
{
    p->failed = true;
    p->at = p->source.len;
}

/* All quantifiers at the cursor, joined. */
struct count parse_count(struct parser *p);

/* All cases of the character, where these are known. */
bool dialect_write_cases(struct span character, struct buf *out);
/* Whether the character that `text` begins with may be of a script with cases. */
bool dialect_has_case(struct span text);
/* Sharp s of both cases is 1, another character that is a case of ASCII letters 2, else 0. */

#endif

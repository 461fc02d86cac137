/* SPDX-License-Identifier: Apache-2.0 */
/* compiled: the inside of a pattern, shared by the files that make and search it. */
#ifndef CULVERT_PATTERN_COMPILED_H
#define CULVERT_PATTERN_COMPILED_H

#include "engine/pattern/first_bytes.h"
#include "engine/pattern/hint.h"
#include "engine/pattern/pattern.h"
#include "engine/pattern/steps.h"

#include <oniguruma.h>

struct pattern {
    regex_t *regex;
    enum pattern_text text;
    size_t group_count;
    struct span source; /* owned */
    struct span *names; /* by group number; point into the regex */
    bool from_start;    /* what it finds depends on where the search began (\G) */
    bool has_first;     /* `first` is known */
    struct byte_set first;
    struct hint hint;    /* what a match must contain */
    struct steps *steps; /* the same as the regex; NULL: it is not simple enough */
};

#endif

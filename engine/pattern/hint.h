/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hint: what every match of a pattern must contain: a run of bytes of known classes, such as three
 * digits, a dash and two digits. Looking for the run skips most of a text many times faster than
 * the engine could; only where a run is does the engine look. A pattern that is not understood has
 * no hint, and what is only half understood counts as "anything": a hint may allow too much, never
 * too little. Private to engine/pattern; any thread once made.
 */
#ifndef CULVERT_PATTERN_HINT_H
#define CULVERT_PATTERN_HINT_H

#include "engine/base/byte_set.h"

#define HINT_RUN_MAX 48u

/* Which texts a hint is good for, by the characters above ASCII that they have; each kind holds the
 * ones before. */
enum hint_text {
    HINT_ASCII,       /* none */
    HINT_LATIN_PLAIN, /* U+0080 to U+017F and U+2000 to U+2FFF: no digits, no other case of ASCII...
                       */
    HINT_LATIN,       /* ... and sharp s */
    HINT_ANY
};

struct hint {
    size_t run;            /* bytes of it; 0: no hint */
    uint64_t classes[256]; /* bit j: the byte may stand at place j of the run */
    /* The place whose bytes are rare in mail, where there is one, is what the search looks for. */
    bool has_anchor;
    size_t anchor;
    struct byte_set anchor_set;
    uint8_t skip[256];   /* else: by how much to go on when the byte is the last of a window */
    size_t before;       /* a match begins at most so many characters before its run */
    enum hint_text text; /* the widest texts that it is good for */
};

#define HINT_FAR SIZE_MAX /* `before`: any number */

/* `source` is a pattern that compiles (Ruby syntax). */
void hint_make(struct span source, struct hint *out);

/* Of a text with these text_traits(). */
enum hint_text hint_text_with(unsigned traits);

/* Whether the run, which has room there, stands at `at`. */
bool hint_stands_at(const struct hint *hint, struct span text, size_t at);

/* About how often a byte comes in mail, of a thousand. */
unsigned hint_frequency(unsigned char c);

/* Where the first run at or behind `from` begins, or SPAN_NONE. */
size_t hint_find(const struct hint *hint, struct span text, size_t from);

#endif

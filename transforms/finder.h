/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finder: all that a pattern finds in a piece, in the text as it is and, where these are others,
 * in the text as a reader sees it (engine/message/codecs/codec_reader.h) and as it stands in the
 * message (engine/message/codecs/codec_source.h): the union, in order of place. What is found in
 * several is one find. Lives in the arena of the inspection; one thread.
 */
#ifndef CULVERT_TRANSFORMS_FINDER_H
#define CULVERT_TRANSFORMS_FINDER_H

#include "transforms/matcher.h"

enum { SOUGHT_AS_IS, SOUGHT_AS_READ, SOUGHT_SOURCE, SOUGHT_COUNT };

/* A piece that is searched, perhaps by several patterns. */
struct sought {
    struct piece *pieces[SOUGHT_COUNT]; /* but for AS_IS: NULL where it is no other text */
    struct pattern_subject subjects[SOUGHT_COUNT];
    /* The numbers of matchers that may find something, less 1 (pattern_set.h); NULL: all may. */
    const uint64_t *maybe[SOUGHT_COUNT];
};

void sought_init(struct sought *sought, struct piece *piece, struct arena *arena);

/* Whether the pattern is found in one of the texts, be it an empty match. */
enum pattern_result sought_finds(const struct sought *sought, const struct matcher *matcher,
                                 uint64_t deadline_ns);

/* Whether a find is possible at all. */
bool sought_may_have(const struct sought *sought, const struct matcher *matcher);

/* A match that is not empty. */
struct find {
    struct piece *piece; /* what it was found in; groups count from its start */
    struct pattern_match match;
    uint64_t off, end; /* the group that is asked for, in the text as it is; may have no part */
};

struct finder {
    const struct sought *sought;
    const struct matcher *matcher;
    size_t group;
    uint64_t deadline_ns;
    unsigned passed; /* finds that were passed over: the clock is looked at now and then */
    bool over_limit;
    struct find next[SOUGHT_COUNT];
    bool has_next[SOUGHT_COUNT];
};

/* `group` of the pattern is what the caller makes its piece of. */
void finder_init(struct finder *finder, const struct sought *sought, const struct matcher *matcher,
                 size_t group, uint64_t deadline_ns);

/* The next find. PATTERN_OVER_LIMIT comes last, when a limit ended the search of a text. */
enum pattern_result finder_next(struct finder *finder, struct find *find_out);

#endif

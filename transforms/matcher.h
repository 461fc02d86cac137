/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matcher: a pattern of the configuration, compiled for text and for octets (an attachment that
 * nobody decoded), and the search of one piece's text with it. Made and freed with the policy, on
 * the main thread; searched from any.
 */
#ifndef CULVERT_TRANSFORMS_MATCHER_H
#define CULVERT_TRANSFORMS_MATCHER_H

#include "config/reader/node.h"
#include "transforms/piece.h"

struct matcher {
    const struct pattern *text; /* NULL: there is no pattern */
    const struct pattern *octets;
    uint32_t number; /* from 1, in the set of those over the body; 0: it is not in it */
};

/* Compiles; freed with reader->arena. An absent source gives a matcher without pattern. Complains
 * and returns false when it is none. */
bool matcher_read(struct reader *reader, const struct pattern_source *source,
                  struct matcher *matcher_out) MUST_USE;

static inline bool matcher_is_set(const struct matcher *matcher)
{
    return matcher->text != NULL;
}

const struct pattern *matcher_for(const struct matcher *matcher, const struct view *view);

/* Searches a part of the text of `view` for a match that is not empty. */
enum pattern_result matcher_next(const struct matcher *matcher, const struct view *view,
                                 const struct pattern_subject *subject, size_t from,
                                 uint64_t deadline_ns, struct pattern_match *match_out);

/* Whether `text`, valid UTF-8, has a match, be it empty. */
enum pattern_result matcher_finds(const struct matcher *matcher, struct span text,
                                  uint64_t deadline_ns);

/* The same for a part of the text of `view`. */
enum pattern_result matcher_finds_in(const struct matcher *matcher, const struct view *view,
                                     const struct pattern_subject *subject, uint64_t deadline_ns);

/* The piece of `parent` that is group `group` of a match in its text, or NULL when the group took
 * no part or is empty. */
struct piece *piece_of_match(struct piece *parent, const struct pattern *pattern,
                             const struct pattern_match *match, size_t group, const char *rule,
                             struct arena *arena);

#endif

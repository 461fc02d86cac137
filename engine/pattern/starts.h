/* SPDX-License-Identifier: Apache-2.0 */
/*
 * starts: where matches of one pattern may begin, put together of where they may end and how wide
 * they may be. A search in them finds what a search of the whole text finds, if every match ends at
 * one of the ends and is as wide. One thread.
 */
#ifndef CULVERT_PATTERN_STARTS_H
#define CULVERT_PATTERN_STARTS_H

#include "engine/base/buf.h"
#include "engine/pattern/pattern.h"

struct starts {
    struct buf ranges; /* of struct starts_range, ascending, apart */
};

#define STARTS_INIT                                                                                \
    {                                                                                              \
        BUF_INIT                                                                                   \
    }

/* Ends come in ascending order. `most` SIZE_MAX: any width. */
void starts_add(struct starts *starts, size_t end, size_t least, size_t most);
void starts_clear(struct starts *starts); /* keeps the memory */
void starts_fini(struct starts *starts);

/* The first match at or behind `from` that begins at one of them. */
enum pattern_result starts_search(const struct starts *starts, const struct pattern *pattern,
                                  const struct pattern_subject *subject, size_t from,
                                  uint64_t deadline_ns, struct pattern_match *match_out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remembered: the texts that a configuration was read from, as they were, so that the same can be
 * read again when only files that it names have changed: whoever is editing the configuration
 * meanwhile is not to be surprised. Immutable, in an arena.
 */
#ifndef CULVERT_CONFIG_REMEMBERED_H
#define CULVERT_CONFIG_REMEMBERED_H

#include "config/reader/node.h"

struct remembered_text {
    const char *name; /* of the file, as complaints show it */
    struct span text;
};

struct remembered {
    const char *folder; /* that was merged; NULL: one file */
    const struct remembered_text *texts;
    size_t count;
};

/* What the reader has read, copied into its arena. */
struct remembered remembered_of(const struct reader *reader);

/* In the place of reader_load(). */
bool reader_load_remembered(struct reader *reader, const struct remembered *remembered,
                            struct node *root_out) MUST_USE;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/vocabulary.h"

const struct subject *vocabulary_add(struct vocabulary *vocabulary, const struct subject *subject)
{
    struct subject *added = ARENA_NEW(vocabulary->arena, struct subject);
    *added = *subject;
    added->index = vocabulary->count;
    vocabulary->items = arena_grow(vocabulary->arena, vocabulary->items, vocabulary->count,
                                   &vocabulary->cap, sizeof *vocabulary->items);
    vocabulary->items[vocabulary->count++] = added;
    return added;
}

const char *subject_kind_name(enum subject_kind kind)
{
    static const char *const names[] = {"entity", "dictionary", "exact match", "fingerprint set"};
    return names[kind];
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * string_set: texts, each once, to ask whether one of them is another text, or stands at its end
 * behind a dot. Built with the policy, which owns it (its arena), then immutable: any thread.
 */
#ifndef CULVERT_RULESETS_CONDITIONS_STRING_SET_H
#define CULVERT_RULESETS_CONDITIONS_STRING_SET_H

#include "engine/base/arena.h"

struct string_set {
    struct span *slots; /* open addressing; ptr NULL: free; a power of two of them, half in use */
    size_t slot_count, count;
};

/* `text` must last as long as the arena. */
void string_set_add(struct string_set *set, struct span text, struct arena *arena);

bool string_set_has(const struct string_set *set, struct span text);

/* Whether what is behind one of the dots of `text` is in the set: "corp.example" is for
 * "a.b.corp.example". Linear in the text. */
bool string_set_has_behind_dot(const struct string_set *set, struct span text);

#endif

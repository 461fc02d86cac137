/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edits_join: what becomes of edits that overlap. What any of them hides stays hidden; what cannot
 * be joined is a conflict that names both rules. Internal to edits; one thread.
 */
#ifndef CULVERT_MESSAGE_EDITS_JOIN_H
#define CULVERT_MESSAGE_EDITS_JOIN_H

#include "engine/message/edits.h"

/*
 * `group` has `count` (2 or more) edits, sorted as edits_seal() does, that overlap directly or over
 * others. They become one:
 *  - masks: character by character, hidden where any of them hides; where one of them has not a
 *    character for each, as many as there are to be seen, never fewer than any of them has;
 *  - a redaction: its text (the first by offset) for the whole of them;
 *  - a replacement that covers all of them wins, because nothing of the original is left, unless
 *    its own text repeats what another was to hide: then all is hidden;
 *  - a replacement that overlaps a hidden range otherwise is hidden with it;
 *  - replacements or re-encodings that overlap each other and are not the same: a conflict.
 */
bool edits_join(const struct edit *group, size_t count, struct span original, struct arena *arena,
                struct edit *joined_out, struct error *err) MUST_USE;

/* The `nth` character from the start of valid UTF-8; a byte that is none counts as one. */
struct span edits_first_character(struct span text);

#endif

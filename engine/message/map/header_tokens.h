/* SPDX-License-Identifier: Apache-2.0 */
/*
 * header_tokens: where comments and quoted strings of a decoded value end (RFC 5322 section 3.2).
 * Pure functions, any thread.
 */
#ifndef CULVERT_MESSAGE_MAP_HEADER_TOKENS_H
#define CULVERT_MESSAGE_MAP_HEADER_TOKENS_H

#include "engine/message/map/header_text.h"

/* The text with a letter for each byte that encoded words hold, which are words whatever they say:
 * no quotes, no "<". The text itself where there are none, else in the arena. */
struct span header_shape_of(const struct header_text *header, struct arena *arena);

/* Behind the mark that ends the comment, or the quoted string, that begins at `at`; 0: nothing
 * does. Linear in the text. */
size_t comment_end(struct span shape, size_t at);
size_t quoted_end(struct span shape, size_t at);

#endif

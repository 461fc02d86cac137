/* SPDX-License-Identifier: Apache-2.0 */
/*
 * japanese: ISO-2022-JP (RFC 1468) as it is sent: with JIS X 0212 (RFC 2237), half-width katakana,
 * and the characters of NEC and IBM that Windows puts into free rows of JIS X 0208. In an arena;
 * one thread.
 */
#ifndef CULVERT_MESSAGE_CODECS_JAPANESE_H
#define CULVERT_MESSAGE_CODECS_JAPANESE_H

#include "engine/base/arena.h"
#include "engine/message/bulk.h"

struct japanese;

/* NULL when iconv lacks what it takes. */
struct japanese *japanese_new(struct arena *arena);

/* In the first state: ASCII. */
bool japanese_is_initial(const struct japanese *japanese);
void japanese_reset(struct japanese *japanese);

/* As converter_decode(); *bad_at must be SIZE_MAX. */
size_t japanese_decode(struct japanese *japanese, struct span raw, bool more, struct bulk *out,
                       size_t *bad_at);

#endif

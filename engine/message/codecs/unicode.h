/* SPDX-License-Identifier: Apache-2.0 */
/* unicode: one character of UTF-8, UTF-16, UTF-32, ASCII or Latin-1 at a time. Any thread. */
#ifndef CULVERT_MESSAGE_CODECS_UNICODE_H
#define CULVERT_MESSAGE_CODECS_UNICODE_H

#include "engine/message/codecs/charset.h"

/*
 * The first character of `raw`: its length in *len_out. Returns the code point, or -1 for a byte
 * (or unit) that is none. With `more`, *len_out is 0 where the character may go on behind `raw`.
 */
int32_t unicode_step(enum charset_kind kind, bool big, struct span raw, bool more, size_t *len_out);

/* Writes a code point; 0 where the charset does not have it. At most 4 bytes. */
size_t unicode_put(enum charset_kind kind, bool big, uint32_t code, char out[4]);

#endif

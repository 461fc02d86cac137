/* SPDX-License-Identifier: Apache-2.0 */
/* Octets that somebody says are text in a charset: their order of bytes, and all of them at once.
 */
#include "engine/base/utf8.h"
#include "engine/message/codecs/charset.h"

size_t charset_mark(const struct charset *charset, struct span raw, bool *big)
{
    if (charset->kind == CHARSET_UTF8)
        return span_starts(raw, SPAN("\xef\xbb\xbf")) ? 3 : 0;
    if (charset->kind != CHARSET_UTF16 && charset->kind != CHARSET_UTF32)
        return 0;
    bool narrow = charset->kind == CHARSET_UTF16;
    bool high = span_starts(raw, narrow ? SPAN("\xfe\xff") : SPAN("\0\0\xfe\xff"));
    bool low = span_starts(raw, narrow ? SPAN("\xff\xfe") : SPAN("\xff\xfe\0\0"));
    if (!high && !low)
        return 0;
    *big = high;
    return narrow ? 2 : 4;
}

bool charset_guess_big(struct span raw)
{
    size_t zeroes[2] = {0, 0};
    for (size_t i = 0; i < raw.len && i < 4096; i++)
        zeroes[i % 2] += raw.ptr[i] == '\0';
    return zeroes[0] >= zeroes[1];
}

/* What is called ASCII and is not: as in bodies. */
static const struct charset *behind_ascii(struct span raw)
{
    return charset_find(charset_is_mostly_utf8(raw) ? SPAN("utf-8") : SPAN("iso-8859-1"));
}

struct span charset_decode(struct span name, struct span raw, struct arena *arena, bool *bad_out)
{
    const struct charset *charset = charset_find(name);
    *bad_out = false;
    if (charset && charset->kind == CHARSET_ASCII) {
        *bad_out = !utf8_is_valid(raw) && charset_bad_matters(charset_find(SPAN("utf-8")), raw);
        charset = behind_ascii(raw);
    }
    if (charset ? charset->kind == CHARSET_UTF8 && utf8_is_valid(raw) : charset_is_plain(raw))
        return arena_copy(arena, raw);
    if (!charset)
        return (struct span){NULL, 0};
    bool big = charset->has_order ? charset->big : charset_guess_big(raw);
    bool wide = charset->kind == CHARSET_UTF16 || charset->kind == CHARSET_UTF32;
    size_t mark = wide ? charset_mark(charset, raw, &big) : 0;
    raw = span_from(raw, mark);
    struct converter *converter = converter_shared(charset, big, arena);
    if (!converter)
        return (struct span){NULL, 0};
    struct bulk_budget budget = {.arena = arena, .memory_left = SIZE_MAX / 2};
    struct bulk out;
    struct span text;
    size_t bad_at;
    bulk_init(&out, &budget, raw.len * 2);
    (void)converter_decode(converter, raw, false, &out, &bad_at);
    /* Readers without a guess go by what is declared, or by the RFC. */
    bool guessed = wide && (mark == 0 || charset->has_order) && big != charset->big;
    bool matters = bad_at != SIZE_MAX && charset_bad_matters(charset, raw);
    *bad_out = *bad_out || matters || guessed;
    if (!bulk_finish(&out, &text, NULL))
        return (struct span){NULL, 0};
    return text;
}

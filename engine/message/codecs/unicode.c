/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/unicode.h"

#include "engine/base/utf8.h"

static uint32_t unit16(const char *ptr, bool big)
{
    uint32_t a = (unsigned char)ptr[0], b = (unsigned char)ptr[1];
    return big ? a << 8 | b : b << 8 | a;
}

static uint32_t unit32(const char *ptr, bool big)
{
    uint32_t a = unit16(ptr, big), b = unit16(ptr + 2, big);
    return big ? a << 16 | b : b << 16 | a;
}

static int32_t step_utf8(struct span raw, bool more, size_t *len_out)
{
    uint32_t code;
    size_t len = utf8_decode(raw, &code);
    *len_out = len > 0 ? len : 1;
    if (len > 0)
        return (int32_t)code;
    /* Could it be the beginning of something? */
    if (more && raw.len < UTF8_MAX && (unsigned char)raw.ptr[0] >= 0xc2)
        *len_out = 0;
    return -1;
}

/* An odd end: nothing, or bytes that are no character. */
static int32_t short_unit(struct span raw, bool more, size_t *len_out)
{
    *len_out = more ? 0 : raw.len;
    return -1;
}

static int32_t step_utf16(struct span raw, bool big, bool more, size_t *len_out)
{
    if (raw.len < 2)
        return short_unit(raw, more, len_out);
    uint32_t unit = unit16(raw.ptr, big);
    *len_out = 2;
    if (unit < 0xd800 || unit > 0xdfff)
        return (int32_t)unit;
    if (unit > 0xdbff)
        return -1;
    if (raw.len < 4) {
        *len_out = more ? 0 : 2;
        return -1;
    }
    uint32_t low = unit16(raw.ptr + 2, big);
    if (low < 0xdc00 || low > 0xdfff)
        return -1;
    *len_out = 4;
    return (int32_t)(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
}

static int32_t step_utf32(struct span raw, bool big, bool more, size_t *len_out)
{
    if (raw.len < 4)
        return short_unit(raw, more, len_out);
    uint32_t unit = unit32(raw.ptr, big);
    *len_out = 4;
    return unit > 0x10ffff || (unit >= 0xd800 && unit <= 0xdfff) ? -1 : (int32_t)unit;
}

int32_t unicode_step(enum charset_kind kind, bool big, struct span raw, bool more, size_t *len_out)
{
    *len_out = 0;
    if (raw.len == 0)
        return -1;
    if (kind == CHARSET_UTF8)
        return step_utf8(raw, more, len_out);
    if (kind == CHARSET_UTF16)
        return step_utf16(raw, big, more, len_out);
    if (kind == CHARSET_UTF32)
        return step_utf32(raw, big, more, len_out);
    *len_out = 1;
    unsigned char c = (unsigned char)raw.ptr[0];
    return kind == CHARSET_ASCII && c >= 0x80 ? -1 : c;
}

static void put16(char *out, uint32_t unit, bool big)
{
    out[big ? 0 : 1] = (char)(unit >> 8);
    out[big ? 1 : 0] = (char)unit;
}

size_t unicode_put(enum charset_kind kind, bool big, uint32_t code, char out[4])
{
    switch (kind) {
    case CHARSET_UTF8:
        return utf8_encode(code, out);
    case CHARSET_UTF16:
        if (code < 0x10000) {
            put16(out, code, big);
            return 2;
        }
        code -= 0x10000;
        put16(out, 0xd800 + (code >> 10), big);
        put16(out + 2, 0xdc00 + (code & 0x3ff), big);
        return 4;
    case CHARSET_UTF32:
        put16(out + (big ? 0 : 2), code >> 16, big);
        put16(out + (big ? 2 : 0), code & 0xffff, big);
        return 4;
    default:
        out[0] = (char)code;
        return code < (kind == CHARSET_ASCII ? 0x80u : 0x100u) ? 1 : 0;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* charset_bad: which bad bytes, and which unknown charsets, readers may make different text of. */
#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/charset.h"

/* By their first two bytes: overlong, a surrogate, or beyond Unicode. A reader that is not strict
 * may make any character of these. */
static bool is_forbidden(unsigned char first, unsigned char second)
{
    if (second < 0x80 || second > 0xbf)
        return false;
    switch (first) {
    case 0xe0:
        return second < 0xa0;
    case 0xed:
        return second > 0x9f;
    case 0xf0:
        return second < 0x90;
    case 0xf4:
        return second > 0x8f;
    default:
        return first == 0xc0 || first == 0xc1 || first > 0xf4;
    }
}

static bool has_forbidden(struct span raw)
{
    for (size_t i = 0; i + 1 < raw.len; i++) {
        if (is_forbidden((unsigned char)raw.ptr[i], (unsigned char)raw.ptr[i + 1]))
            return true;
    }
    return false;
}

bool charset_bad_matters(const struct charset *charset, struct span raw)
{
    switch (charset->kind) {
    case CHARSET_UTF8:
        return has_forbidden(raw);
    case CHARSET_ASCII:
    case CHARSET_LATIN1:
    case CHARSET_SINGLE:
        return false;
    default:
        return true;
    }
}

bool charset_is_mostly_utf8(struct span raw)
{
    size_t good = 0, bad = 0;
    for (size_t at = ascii_prefix(raw); at < raw.len; at += ascii_prefix(span_from(raw, at))) {
        size_t len = utf8_decode(span_from(raw, at), NULL);
        good += len > 0;
        bad += len == 0;
        at += len > 0 ? len : 1;
    }
    return bad == 0 || good > bad;
}

static int digit(char c, char last)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (ascii_is_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == last ? 63 : -1;
}

/* Whether base64 behind the shift at `*at`, which is moved over it, holds ASCII in UTF-16. In
 * mailbox names (RFC 3501 section 5.1.3) "&" is the shift and "-" its end. */
static bool shift_holds_ascii(struct span raw, size_t *at)
{
    bool mailbox = raw.ptr[*at] == '&', found = false;
    uint32_t bits = 0;
    unsigned count = 0;
    size_t i = *at + 1;
    for (int value; i < raw.len && (value = digit(raw.ptr[i], mailbox ? ',' : '/')) >= 0; i++) {
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 16) {
            count -= 16;
            found = found || (bits >> count & 0xffff) < 0x80;
        }
    }
    *at = i - 1;
    return found && (!mailbox || (i < raw.len && raw.ptr[i] == '-'));
}

bool charset_is_plain(struct span raw)
{
    if (!span_is_ascii(raw))
        return false;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (c == '\0' || c == 0x0e || c == 0x0f || c == 0x1b)
            return false;
        if (c == '~' && i + 1 < raw.len && raw.ptr[i + 1] == '{')
            return false;
        if ((c == '+' || c == '&') && shift_holds_ascii(raw, &i))
            return false;
    }
    return true;
}

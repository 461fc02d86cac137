/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/dsn_params.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "tunnels/wire/address.h"

bool dsn_is_ret(struct span value)
{
    return span_is_nocase(value, "FULL") || span_is_nocase(value, "HDRS");
}

/* Whoever writes a notification decodes it into a line of text: no control character may be in it.
 */
static bool is_printable_xtext(struct span value)
{
    char decoded[DSN_ORCPT_MAX];
    size_t len;
    if (value.len == 0 || value.len > sizeof decoded || !xtext_decode(value, decoded, &len))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (ascii_is_control(decoded[i]) || ascii_is_8bit(decoded[i]))
            return false;
    }
    return true;
}

bool dsn_is_envid(struct span value)
{
    return value.len <= DSN_ENVID_MAX && is_printable_xtext(value);
}

static const char *const notify_words[] = {"SUCCESS", "FAILURE", "DELAY"};

bool dsn_is_notify(struct span value)
{
    unsigned seen = 0;
    struct span word;
    if (span_is_nocase(value, "NEVER"))
        return true;
    if (value.len == 0 || value.ptr[value.len - 1] == ',')
        return false;
    while (span_next(&value, ',', &word)) {
        size_t i = 0;
        while (i < ARRAY_LEN(notify_words) && !span_is_nocase(word, notify_words[i]))
            i++;
        if (i == ARRAY_LEN(notify_words) || (seen & 1u << i))
            return false;
        seen |= 1u << i;
    }
    return true;
}

bool dsn_wants_success(struct span notify)
{
    struct span word;
    while (span_next(&notify, ',', &word)) {
        if (span_is_nocase(word, notify_words[0]))
            return true;
    }
    return false;
}

/* atom of RFC 5322 section 3.2.3: addr-type names are made of it. */
static bool is_atom(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_alnum(s.ptr[i]) &&
            (s.ptr[i] == '\0' || !strchr("!#$%&'*+-/=?^_`{|}~", s.ptr[i])))
            return false;
    }
    return s.len > 0;
}

/* QCHAR: printable, and nothing that is special in xtext or here. */
static bool is_qchar(char c)
{
    return c > ' ' && c < 0x7f && c != '+' && c != '=' && c != '\\';
}

/* "\x{" HEXPOINT "}": its length, or 0. */
static size_t embedded_len(struct span s)
{
    struct span start = SPAN("\\x{");
    size_t digits = start.len;
    uint32_t point = 0;
    if (!span_starts(s, start))
        return 0;
    for (; digits < s.len && s.ptr[digits] != '}'; digits++) {
        char c = s.ptr[digits];
        if (digits - start.len >= 6 || ascii_hex(c) < 0 || c >= 'a')
            return 0;
        point = point * 16 + (uint32_t)ascii_hex(c);
    }
    size_t count = digits - start.len;
    bool padded = count > 2 && s.ptr[start.len] == '0';
    if (digits == s.len || count < 2 || padded || point > 0x10ffff)
        return 0;
    /* What may stand for itself is not written so: there is one form of an address. */
    if ((point >= 0xd800 && point <= 0xdfff) || (point < 0x80 && is_qchar((char)point)))
        return 0;
    /* Whoever decodes it writes a line of text. */
    return point < ' ' || point == 0x7f ? 0 : digits + 1;
}

/* utf-8-addr-xtext, and with `utf8` utf-8-addr-unitext */
static bool is_utf8_address(struct span s, bool utf8)
{
    if (s.len == 0 || (!utf8 && !span_is_ascii(s)) || !utf8_is_valid(s))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        size_t embedded = s.ptr[i] == '\\' ? embedded_len(span_from(s, i)) : 0;
        if (embedded > 0)
            i += embedded - 1;
        else if (!is_qchar(s.ptr[i]) && !ascii_is_8bit(s.ptr[i]))
            return false;
    }
    return true;
}

bool dsn_is_orcpt(struct span value, bool utf8)
{
    size_t semicolon = span_find_byte(value, ';');
    if (semicolon == SPAN_NONE || value.len > DSN_ORCPT_MAX)
        return false;
    struct span type = span_sub(value, 0, semicolon);
    struct span address = span_from(value, semicolon + 1);
    if (!is_atom(type))
        return false;
    return span_is_nocase(type, "utf-8") ? is_utf8_address(address, utf8)
                                         : is_printable_xtext(address);
}

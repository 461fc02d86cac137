/* SPDX-License-Identifier: Apache-2.0 */
/* params_extended: the value of a parameter in the spelling of RFC 2231, joined and decoded. */
#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/message/params.h"

#include <errno.h>
#include <iconv.h>

#define CHARSET_NAME_MAX 40u

static void note(ambiguity_set *found, enum ambiguity what)
{
    if (found)
        *found |= AMBIGUITY_BIT(what);
}

static struct span from_latin1(struct span octets, struct arena *arena)
{
    char *text = arena_array(arena, octets.len + 1, 2);
    size_t len = 0;
    for (size_t i = 0; i < octets.len; i++)
        len += utf8_encode((unsigned char)octets.ptr[i], text + len);
    return span_of(text, len);
}

/* Valid characters as they are, anything else as U+FFFD. */
static struct span from_utf8(struct span octets, struct arena *arena, ambiguity_set *found)
{
    if (utf8_is_valid(octets))
        return octets;
    note(found, AMBIGUITY_BAD_CHARSET_BYTES);
    char *text = arena_array(arena, octets.len + 1, sizeof UTF8_REPLACEMENT - 1);
    size_t len = 0;
    while (octets.len > 0) {
        size_t step = utf8_valid_prefix(octets);
        memcpy(text + len, octets.ptr, step);
        len += step;
        if (step < octets.len) {
            len += utf8_encode(0xfffd, text + len);
            step++;
        }
        octets = span_from(octets, step);
    }
    return span_of(text, len);
}

/* One run of the converter over all octets; a byte that the charset does not have is U+FFFD. */
static struct span convert(iconv_t converter, struct span octets, struct arena *arena,
                           ambiguity_set *found)
{
    size_t room = octets.len * 4 + 16;
    char *text = arena_alloc(arena, room);
    char *in = (char *)(uintptr_t)octets.ptr;
    char *out = text;
    size_t in_left = octets.len;
    size_t out_left = room;
    while (in_left > 0 && iconv(converter, &in, &in_left, &out, &out_left) == (size_t)-1) {
        note(found, AMBIGUITY_BAD_CHARSET_BYTES);
        if (errno == E2BIG || out_left < UTF8_MAX)
            break;
        size_t len = utf8_encode(0xfffd, out);
        out += len;
        out_left -= len;
        in++;
        in_left--;
    }
    return span_of(text, (size_t)(out - text));
}

/* The name goes to iconv_open(), which reads more than names ("//TRANSLIT"). */
static bool is_charset_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!ascii_is_alnum(name.ptr[i]) && !strchr("-_.:+", name.ptr[i]))
            return false;
    }
    return name.len > 0 && name.len <= CHARSET_NAME_MAX;
}

static struct span to_utf8(struct span charset, struct span octets, struct arena *arena,
                           ambiguity_set *found)
{
    if (span_is_nocase(charset, "utf-8") || span_is_nocase(charset, "utf8") ||
        span_is_nocase(charset, "us-ascii") || charset.len == 0)
        return from_utf8(octets, arena, found);
    if (span_is_nocase(charset, "iso-8859-1"))
        return from_latin1(octets, arena);
    iconv_t converter = (iconv_t)-1;
    if (is_charset_name(charset))
        converter = iconv_open("UTF-8", arena_str(arena, charset));
    if (converter == (iconv_t)-1) {
        note(found, AMBIGUITY_UNKNOWN_CHARSET);
        return from_latin1(octets, arena);
    }
    struct span text = convert(converter, octets, arena, found);
    (void)iconv_close(converter);
    return from_utf8(text, arena, found);
}

static void add_percent_decoded(struct buf *octets, struct span value, ambiguity_set *found)
{
    for (size_t i = 0; i < value.len; i++) {
        char byte = value.ptr[i];
        if (byte == '%') {
            int high = i + 2 < value.len ? ascii_hex(value.ptr[i + 1]) : -1;
            int low = high >= 0 ? ascii_hex(value.ptr[i + 2]) : -1;
            if (low < 0) {
                note(found, AMBIGUITY_BAD_PARAMETER);
            } else {
                byte = (char)(high * 16 + low);
                i += 2;
            }
        }
        buf_add_byte(octets, byte);
    }
}

/* Cuts "charset'language'" off the front of an initial extended value. */
static struct span take_charset(struct span *value, ambiguity_set *found)
{
    size_t first = span_find_byte(*value, '\'');
    size_t second =
        first == SPAN_NONE ? SPAN_NONE : span_find_byte(span_from(*value, first + 1), '\'');
    if (second == SPAN_NONE) {
        note(found, AMBIGUITY_BAD_PARAMETER);
        return SPAN("");
    }
    struct span charset = span_sub(*value, 0, first);
    *value = span_from(*value, first + 1 + second + 1);
    return charset;
}

/* The parameter of that name with the smallest section above `above`; the first of equals. */
static const struct param *next_section(const struct params *params, const char *attribute,
                                        int above)
{
    const struct param *best = NULL;
    for (size_t i = 0; i < params->count; i++) {
        const struct param *param = &params->items[i];
        if (param->section > above && (!best || param->section < best->section) &&
            span_is_nocase(param->attribute, attribute))
            best = param;
    }
    return best;
}

/* `name*=`, the whole value in one. */
static const struct param *single(const struct params *params, const char *attribute)
{
    for (size_t i = 0; i < params->count; i++) {
        const struct param *param = &params->items[i];
        if (param->section < 0 && param->extended && span_is_nocase(param->attribute, attribute))
            return param;
    }
    return NULL;
}

/* Whether anything is in this spelling: mostly nothing is. */
static bool is_spelt_so(const struct params *params)
{
    for (size_t i = 0; i < params->count; i++) {
        if (params->items[i].extended || params->items[i].section >= 0)
            return true;
    }
    return false;
}

struct span params_find_extended(const struct params *params, const char *attribute,
                                 struct arena *arena, ambiguity_set *found)
{
    if (!is_spelt_so(params))
        return span_of(NULL, 0);
    const struct param *param = single(params, attribute);
    bool alone = param != NULL;
    if (!alone)
        param = next_section(params, attribute, -1);
    if (!param)
        return span_of(NULL, 0);
    struct buf octets = BUF_INIT;
    struct span charset = SPAN("");
    for (bool first = true; param; first = false) {
        struct span value = param->value;
        if (first && param->extended)
            charset = take_charset(&value, found);
        if (param->extended)
            add_percent_decoded(&octets, value, found);
        else
            buf_add(&octets, value);
        param = alone ? NULL : next_section(params, attribute, param->section);
    }
    struct span text = to_utf8(charset, arena_copy(arena, buf_span(&octets)), arena, found);
    buf_fini(&octets);
    return text;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* params_extended: the value of a parameter in the spelling of RFC 2231, joined and decoded. */
#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/charset.h"
#include "engine/message/map/params.h"

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

/* Without a name it is UTF-8, which is what the senders that leave it out mean. */
static struct span to_utf8(struct span charset, struct span octets, struct arena *arena,
                           ambiguity_set *found)
{
    bool bad = false;
    struct span text =
        charset_decode(charset.len > 0 ? charset : SPAN("utf-8"), octets, arena, &bad);
    if (!text.ptr) {
        note(found, AMBIGUITY_UNKNOWN_CHARSET);
        return from_latin1(octets, arena);
    }
    if (bad)
        note(found, AMBIGUITY_BAD_CHARSET_BYTES);
    return text;
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

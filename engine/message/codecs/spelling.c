/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/spelling.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/charset.h"
#include "engine/message/map/header_text.h"

#include <stdlib.h>

static int by_section(const void *left, const void *right)
{
    const struct param *const *a = left, *const *b = right;
    if ((*a)->section != (*b)->section)
        return (*a)->section < (*b)->section ? -1 : 1;
    return *a < *b ? -1 : *a > *b;
}

static bool is_section_of(const struct param *param, struct span attribute)
{
    return param->section >= 0 && span_equal_nocase(param->attribute, attribute);
}

static bool is_first_section(const struct params *params, const struct param *param)
{
    for (const struct param *other = params->items; other < param; other++) {
        if (is_section_of(other, param->attribute))
            return false;
    }
    return true;
}

struct spelling spelling_of(const struct params *params, const struct param *first,
                            struct arena *arena)
{
    struct spelling spelling = {.style = first->extended ? SPELLING_EXTENDED : SPELLING_PLAIN};
    size_t most = first->section < 0 ? 1 : params->count;
    spelling.items = ARENA_ARRAY(arena, most, const struct param *);
    if (first->section < 0) {
        spelling.items[spelling.count++] = first;
        return spelling;
    }
    spelling.style = SPELLING_SECTIONS;
    for (size_t i = 0; i < params->count; i++) {
        if (is_section_of(&params->items[i], first->attribute))
            spelling.items[spelling.count++] = &params->items[i];
    }
    qsort(spelling.items, spelling.count, sizeof *spelling.items, by_section);
    return spelling;
}

size_t spellings_find(const struct params *params, const char *attribute, struct arena *arena,
                      struct spelling *out, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < params->count && count < max; i++) {
        const struct param *param = &params->items[i];
        if (!span_is_nocase(param->attribute, attribute))
            continue;
        if (param->section >= 0 && !is_first_section(params, param))
            continue;
        out[count++] = spelling_of(params, param, arena);
    }
    return count;
}

static void add_percent_decoded(struct buf *octets, struct span value, ambiguity_set *found)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (c == '%') {
            int high = i + 2 < value.len ? ascii_hex(value.ptr[i + 1]) : -1;
            int low = high >= 0 ? ascii_hex(value.ptr[i + 2]) : -1;
            if (low >= 0) {
                c = (char)(high << 4 | low);
                i += 2;
            } else {
                *found |= AMBIGUITY_BIT(AMBIGUITY_BAD_PARAMETER);
            }
        }
        buf_add_byte(octets, c);
    }
}

/* Cuts charset'language' off the front; what has no two quotes is all value. */
static struct span cut_charset(struct span *value, ambiguity_set *found)
{
    size_t first = span_find_byte(*value, '\'');
    size_t second =
        first == SPAN_NONE ? SPAN_NONE : span_find_byte(span_from(*value, first + 1), '\'');
    if (second == SPAN_NONE) {
        *found |= AMBIGUITY_BIT(AMBIGUITY_BAD_PARAMETER);
        return SPAN("");
    }
    struct span charset = span_sub(*value, 0, first);
    *value = span_from(*value, first + 1 + second + 1);
    return charset;
}

/* UTF-8, else Latin-1: what undeclared octets mean to most readers. */
static struct span guess(struct span octets, struct arena *arena)
{
    bool bad;
    return charset_decode(utf8_is_valid(octets) ? SPAN("utf-8") : SPAN("iso-8859-1"), octets, arena,
                          &bad);
}

static struct span decode_octets(struct span charset, struct span octets, struct arena *arena,
                                 ambiguity_set *found)
{
    bool bad = false;
    struct span text = {NULL, 0};
    if (charset.len > 0)
        text = charset_decode(charset, octets, arena, &bad);
    if (charset.len > 0 && !text.ptr)
        *found |= AMBIGUITY_BIT(AMBIGUITY_UNKNOWN_CHARSET);
    if (bad)
        *found |= AMBIGUITY_BIT(AMBIGUITY_BAD_CHARSET_BYTES);
    return text.ptr ? text : guess(octets, arena);
}

static struct span plain_text(const struct param *param, struct arena *arena, ambiguity_set *found)
{
    struct header_text text;
    header_text_decode(param->value, arena, &text);
    if (text.bad_word || text.raw_word)
        *found |= AMBIGUITY_BIT(AMBIGUITY_BAD_ENCODED_WORD);
    return text.text;
}

struct span spelling_text(const struct spelling *spelling, struct arena *arena,
                          ambiguity_set *found)
{
    if (spelling->style == SPELLING_PLAIN)
        return plain_text(spelling->items[0], arena, found);
    struct buf octets = BUF_INIT;
    struct span charset = SPAN("");
    for (size_t i = 0; i < spelling->count; i++) {
        struct span value = spelling->items[i]->value;
        if (!spelling->items[i]->extended) {
            buf_add(&octets, value);
            continue;
        }
        if (i == 0)
            charset = cut_charset(&value, found);
        add_percent_decoded(&octets, value, found);
    }
    struct span text = decode_octets(charset, buf_span(&octets), arena, found);
    buf_fini(&octets);
    return text;
}

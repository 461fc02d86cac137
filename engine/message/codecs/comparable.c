/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/comparable.h"

#include "engine/base/ascii.h"
#include "engine/base/attrs.h"
#include "engine/message/codecs/sight.h"

#include <glib.h>

/* Turkish has two letters i; without case, and for who writes without their dots, they are one. */
#define CAPITAL_I_WITH_DOT 0x130u
#define SMALL_I_WITHOUT 0x131u

struct range {
    uint32_t first, last;
};

/* In order. Words of these stand next to each other without a blank. */
static const struct range unspaced[] = {
    {0x0e00, 0x0eff},   /* Thai, Lao */
    {0x1000, 0x109f},   /* Myanmar */
    {0x1100, 0x11ff},   /* Hangul Jamo */
    {0x1780, 0x17ff},   /* Khmer */
    {0x2e80, 0x9fff},   /* radicals, Kana, Bopomofo, Han */
    {0xa960, 0xa97f},   /* Hangul Jamo, extended */
    {0xac00, 0xd7ff},   /* Hangul */
    {0xf900, 0xfaff},   /* Han, compatible forms */
    {0xff66, 0xffdc},   /* half-width Kana and Hangul */
    {0x1aff0, 0x1b16f}, /* Kana, supplements */
    {0x20000, 0x3ffff}, /* Han, supplements */
};

static bool is_unspaced(uint32_t code)
{
    for (size_t i = 0; i < ARRAY_LEN(unspaced) && code >= unspaced[i].first; i++) {
        if (code <= unspaced[i].last)
            return true;
    }
    return false;
}

bool comparable_joins(uint32_t code)
{
    if (code < 0x80)
        return ascii_is_alnum((char)code) || code == '_';
    return !is_unspaced(code) && (g_unichar_isalnum(code) || g_unichar_ismark(code));
}

static bool is_blank(uint32_t code)
{
    return code == ' ' || (code >= '\t' && code <= '\r') || code == 0x85 || code == 0x2028 ||
           code == 0x2029;
}

/* What typewriters had one key for; 0: none of these. */
static uint32_t straight(uint32_t code)
{
    switch (code) {
    case 0x60:
    case 0xb4:
    case 0x2018:
    case 0x2019:
    case 0x201a:
    case 0x201b:
    case 0x2032:
        return '\'';
    case 0x201c:
    case 0x201d:
    case 0x201e:
    case 0x201f:
    case 0x2033:
        return '"';
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0x2212:
        return '-';
    default:
        return 0;
    }
}

/* Lower case where that is one character; both sigmas are one, and a sharp s is two. */
static size_t lower(uint32_t *codes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        codes[i] = g_unichar_tolower(codes[i]);
        if (codes[i] == 0x3c2)
            codes[i] = 0x3c3;
    }
    if (count == 1 && codes[0] == 0xdf) {
        codes[0] = codes[1] = 's';
        return 2;
    }
    return count;
}

static size_t fold_others(uint32_t code, bool caseless, uint32_t out[COMPARABLE_MAX])
{
    enum sight sight = sight_of(code);
    if (sight == SIGHT_NOTHING)
        return 0;
    if (sight == SIGHT_BLANK || is_blank(code)) {
        out[0] = ' ';
        return 1;
    }
    if (caseless && (code == CAPITAL_I_WITH_DOT || code == SMALL_I_WITHOUT)) {
        out[0] = 'i';
        return 1;
    }
    size_t count = g_unichar_fully_decompose(code, TRUE, out, COMPARABLE_MAX);
    /* An accent that stands alone is not a blank with an accent. */
    if (count > 1 && out[0] == ' ') {
        out[0] = code;
        count = 1;
    }
    return caseless ? lower(out, count) : count;
}

size_t comparable_of(uint32_t code, bool caseless, uint32_t out[COMPARABLE_MAX])
{
    uint32_t plain = straight(code);
    if (plain == 0 && code >= 0x80)
        return fold_others(code, caseless, out);
    if (plain == 0)
        plain = is_blank(code) ? ' ' : caseless ? (uint32_t)ascii_lower((char)code) : code;
    out[0] = plain;
    return 1;
}

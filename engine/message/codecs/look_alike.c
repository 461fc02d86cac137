/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/look_alike.h"

#include "engine/base/attrs.h"

#include <glib.h>

/* Cyrillic, Greek, Coptic, Armenian, Hebrew, Cherokee, Lisu, small capitals; by code point. */
static const struct {
    uint32_t code;
    char letter, digit;
} alikes[] = {{0x131, 'i', '1'},  {0x1a7, 0, '2'},    {0x1b7, 0, '3'},    {0x1bc, 0, '5'},
              {0x1bd, 's', '5'},  {0x1c0, 'l', '1'},  {0x21c, 0, '3'},    {0x222, 0, '8'},
              {0x223, 0, '8'},    {0x251, 'a', 0},    {0x261, 'g', 0},    {0x262, 'g', 0},
              {0x269, 'i', 0},    {0x26a, 'i', 0},    {0x274, 'n', 0},    {0x280, 'r', 0},
              {0x28f, 'y', 0},    {0x299, 'b', 0},    {0x29c, 'h', 0},    {0x29f, 'l', 0},
              {0x37f, 'J', 0},    {0x391, 'A', 0},    {0x392, 'B', 0},    {0x395, 'E', 0},
              {0x396, 'Z', 0},    {0x397, 'H', 0},    {0x399, 'I', '1'},  {0x39a, 'K', 0},
              {0x39c, 'M', 0},    {0x39d, 'N', 0},    {0x39f, 'O', '0'},  {0x3a1, 'P', 0},
              {0x3a4, 'T', 0},    {0x3a5, 'Y', 0},    {0x3a7, 'X', 0},    {0x3b1, 'a', 0},
              {0x3b9, 'i', 0},    {0x3ba, 'k', 0},    {0x3bd, 'v', 0},    {0x3bf, 'o', '0'},
              {0x3c1, 'p', 0},    {0x3c3, 'o', '0'},  {0x3c5, 'u', 0},    {0x3c7, 'x', 0},
              {0x3e8, 0, '2'},    {0x3f2, 'c', 0},    {0x3f3, 'j', 0},    {0x3f9, 'C', 0},
              {0x405, 'S', '5'},  {0x406, 'I', '1'},  {0x408, 'J', 0},    {0x410, 'A', 0},
              {0x412, 'B', 0},    {0x415, 'E', 0},    {0x417, 0, '3'},    {0x41a, 'K', 0},
              {0x41c, 'M', 0},    {0x41d, 'H', 0},    {0x41e, 'O', '0'},  {0x420, 'P', 0},
              {0x421, 'C', 0},    {0x422, 'T', 0},    {0x423, 'Y', 0},    {0x425, 'X', 0},
              {0x427, 0, '4'},    {0x42c, 'b', 0},    {0x430, 'a', 0},    {0x431, 0, '6'},
              {0x435, 'e', 0},    {0x437, 0, '3'},    {0x43a, 'k', 0},    {0x43e, 'o', '0'},
              {0x440, 'p', 0},    {0x441, 'c', 0},    {0x443, 'y', 0},    {0x445, 'x', 0},
              {0x455, 's', '5'},  {0x456, 'i', 0},    {0x458, 'j', 0},    {0x474, 'V', 0},
              {0x475, 'v', 0},    {0x4ae, 'Y', 0},    {0x4af, 'y', 0},    {0x4bb, 'h', 0},
              {0x4bd, 'e', 0},    {0x4c0, 'I', '1'},  {0x4cf, 'l', '1'},  {0x4e0, 0, '3'},
              {0x501, 'd', 0},    {0x50c, 'G', 0},    {0x51a, 'Q', 0},    {0x51b, 'q', 0},
              {0x51c, 'W', 0},    {0x51d, 'w', 0},    {0x54d, 'U', 0},    {0x555, 'O', '0'},
              {0x566, 'q', 0},    {0x570, 'h', 0},    {0x578, 'n', 0},    {0x57d, 'u', 0},
              {0x581, 'g', 0},    {0x585, 'o', '0'},  {0x5d5, 'l', '1'},  {0x5df, 'l', '1'},
              {0x5e1, 'o', '0'},  {0x627, 'l', '1'},  {0x13a0, 'D', 0},   {0x13a1, 'R', 0},
              {0x13a2, 'T', 0},   {0x13a5, 'i', 0},   {0x13a9, 'Y', 0},   {0x13aa, 'A', 0},
              {0x13ab, 'J', 0},   {0x13ac, 'E', 0},   {0x13b3, 'W', 0},   {0x13b7, 'M', 0},
              {0x13bb, 'H', 0},   {0x13bd, 'Y', 0},   {0x13c0, 'G', 0},   {0x13c3, 'Z', 0},
              {0x13ce, 0, '4'},   {0x13cf, 'b', 0},   {0x13d2, 'R', 0},   {0x13d4, 'W', 0},
              {0x13d9, 'V', 0},   {0x13da, 'S', 0},   {0x13de, 'L', 0},   {0x13df, 'C', 0},
              {0x13e2, 'P', 0},   {0x13e6, 'K', 0},   {0x13e7, 'd', 0},   {0x13ee, 'b', '6'},
              {0x13f3, 'G', 0},   {0x13f4, 'B', 0},   {0x14bf, 0, '2'},   {0x1d00, 'a', 0},
              {0x1d04, 'c', 0},   {0x1d05, 'd', 0},   {0x1d07, 'e', 0},   {0x1d0a, 'j', 0},
              {0x1d0b, 'k', 0},   {0x1d0d, 'm', 0},   {0x1d0f, 'o', '0'}, {0x1d18, 'p', 0},
              {0x1d1b, 't', 0},   {0x1d1c, 'u', 0},   {0x1d20, 'v', 0},   {0x1d21, 'w', 0},
              {0x1d22, 'z', 0},   {0x2c82, 'B', 0},   {0x2c8e, 'H', 0},   {0x2c92, 'l', '1'},
              {0x2c94, 'K', 0},   {0x2c98, 'M', 0},   {0x2c9a, 'N', 0},   {0x2c9e, 'O', '0'},
              {0x2c9f, 'o', '0'}, {0x2ca2, 'P', 0},   {0x2ca3, 'p', 0},   {0x2ca4, 'C', 0},
              {0x2ca5, 'c', 0},   {0x2ca6, 'T', 0},   {0x2ca8, 'Y', 0},   {0x2cac, 'X', 0},
              {0x2cca, 0, '9'},   {0x2ccc, 0, '3'},   {0x2cd2, 0, '6'},   {0x2d38, 'V', 0},
              {0x2d39, 'E', 0},   {0x2d4f, 'l', '1'}, {0x2d54, 'O', '0'}, {0x2d55, 'Q', 0},
              {0x2d5d, 'X', 0},   {0xa4d0, 'B', 0},   {0xa4d1, 'P', 0},   {0xa4d3, 'D', 0},
              {0xa4d4, 'T', 0},   {0xa4d6, 'G', 0},   {0xa4d7, 'K', 0},   {0xa4d9, 'J', 0},
              {0xa4da, 'C', 0},   {0xa4dc, 'Z', 0},   {0xa4dd, 'F', 0},   {0xa4df, 'M', 0},
              {0xa4e0, 'N', 0},   {0xa4e1, 'L', 0},   {0xa4e2, 'S', '5'}, {0xa4e3, 'R', 0},
              {0xa4e6, 'V', 0},   {0xa4e7, 'H', 0},   {0xa4ea, 'W', 0},   {0xa4eb, 'X', 0},
              {0xa4ec, 'Y', 0},   {0xa4ee, 'A', 0},   {0xa4f0, 'E', 0},   {0xa4f2, 'I', '1'},
              {0xa4f3, 'O', '0'}, {0xa4f4, 'U', 0},   {0xa644, 0, '2'},   {0xa6ef, 0, '2'},
              {0xa731, 's', 0},   {0xa76a, 0, '3'},   {0xa76e, 0, '9'},   {0xa7ab, 0, '3'},
              {0xab32, 'e', 0},   {0xab3d, 'o', '0'}, {0xab47, 'r', 0},   {0xab4e, 'u', 0},
              {0xab5a, 'y', 0},   {0xab75, 'i', 0},   {0xab81, 'r', 0},   {0xab83, 'w', 0},
              {0xab93, 'z', 0},   {0xaba9, 'v', 0},   {0xabaa, 's', 0},   {0xabaf, 'c', 0}};

struct look_alike look_alike_of(uint32_t code)
{
    size_t low = 0, high = ARRAY_LEN(alikes);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (alikes[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == ARRAY_LEN(alikes) || alikes[low].code != code)
        return (struct look_alike){'\0', '\0'};
    return (struct look_alike){alikes[low].letter, alikes[low].digit};
}

static const struct {
    uint32_t first, last;
    char plain;
} marks[] = {
    {0x2010, 0x2015, '-'}, {0x2018, 0x201b, '\''}, {0x201c, 0x201f, '"'}, {0x2032, 0x2032, '\''},
    {0x2033, 0x2033, '"'}, {0x2044, 0x2044, '/'},  {0x204e, 0x204e, '*'}, {0x2212, 0x2212, '-'},
    {0x2215, 0x2215, '/'}, {0x2217, 0x2217, '*'},  {0x2236, 0x2236, ':'}, {0x2043, 0x2043, '-'},
    {0xfe58, 0xfe58, '-'},
};

static char plain_mark(uint32_t code)
{
    for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
        if (code >= marks[i].first && code <= marks[i].last)
            return marks[i].plain;
    }
    return '\0';
}

/* Rows of characters that are drawn in circles or squares, which NFKC leaves as they are. */
static const struct {
    uint32_t first, last;
    char plain;
} rows[] = {
    {0x24f5, 0x24fd, '1'}, {0x24ff, 0x24ff, '0'}, {0x2776, 0x277e, '1'},   {0x2780, 0x2788, '1'},
    {0x278a, 0x2792, '1'}, {0x1f10b, 0x1f10c, 0}, {0x1f150, 0x1f169, 'A'}, {0x1f170, 0x1f189, 'A'},
};

static char plain_in_row(uint32_t code)
{
    for (size_t i = 0; i < ARRAY_LEN(rows) && code >= rows[i].first; i++) {
        if (code <= rows[i].last)
            return rows[i].plain ? (char)(rows[i].plain + (char)(code - rows[i].first)) : '0';
    }
    return '\0';
}

char raised_digit_of(uint32_t code)
{
    if (code >= 0x2070 && code <= 0x2089 && code != 0x2071 && code != 0x2072 && code != 0x2073)
        return (code & 0xf) < 10 ? (char)('0' + (code & 0xf)) : '\0';
    if (code == 0xb2 || code == 0xb3)
        return (char)('2' + (char)(code - 0xb2));
    return code == 0xb9 ? '1' : '\0';
}

char separator_of(uint32_t code)
{
    switch (code) {
    case 0xb7:
    case 0x2022:
    case 0x2027:
    case 0x2219:
    case 0x22c5:
    case 0x30fb:
        return '.';
    case 0x2d7:
    case 0x6d4:
    case 0x1806:
    case 0x2500:
    case 0x2501:
    case 0x2e3a:
    case 0x30fc:
        return '-';
    default:
        return '\0';
    }
}

bool is_overlay(uint32_t code)
{
    return (code >= 0x332 && code <= 0x338) || (code >= 0x20d0 && code <= 0x20f0);
}

/* Most of the letters of mail, quickly; and what stands above or below the line. */
static bool is_itself(uint32_t code)
{
    return code < 0x80 || (code >= 0xc0 && code < 0x132) || code == 0xb2 || code == 0xb3 ||
           code == 0xb9 || (code >= 0xbc && code <= 0xbe) || (code >= 0x370 && code < 0x384) ||
           (code >= 0x400 && code < 0x530) || (code >= 0x2070 && code <= 0x209f) ||
           (code >= 0x2120 && code <= 0x2122 && code != 0x2121) ||
           (code >= 0x2150 && code <= 0x215f) || (code >= 0x3040 && code < 0x3100) ||
           (code >= 0x3400 && code < 0xa000) || (code >= 0xac00 && code < 0xd7a4);
}

size_t plain_form_of(uint32_t code, uint32_t out[PLAIN_MAX])
{
    gunichar compatible[PLAIN_MAX], canonical[PLAIN_MAX];
    char mark = plain_mark(code);
    if (mark == '\0' && code >= 0x2000)
        mark = plain_in_row(code);
    if (mark != '\0') {
        out[0] = (uint32_t)mark;
        return 1;
    }
    if (is_itself(code))
        return 0;
    if (g_unichar_isdigit(code)) {
        out[0] = (uint32_t)('0' + g_unichar_digit_value(code));
        return 1;
    }
    size_t count = g_unichar_fully_decompose(code, TRUE, compatible, PLAIN_MAX);
    size_t same = g_unichar_fully_decompose(code, FALSE, canonical, PLAIN_MAX);
    if (count > PLAIN_MAX || (count == 1 && compatible[0] == code))
        return 0;
    /* Letters with marks stay whole; so do marks that stand alone, which NFKC puts on a space. */
    bool whole = count == same && memcmp(compatible, canonical, count * sizeof *canonical) == 0;
    if (count > 1 && (whole || compatible[0] == ' '))
        return 0;
    for (size_t i = 0; i < count; i++)
        out[i] = compatible[i];
    return count;
}

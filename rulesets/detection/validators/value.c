/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/validators/value.h"

#include "engine/base/ascii.h"

/* Bytes of the separator that `text` begins with; 0 when it is none. */
static size_t separator_length(struct span text)
{
    const unsigned char *p = (const unsigned char *)text.ptr;
    if (ascii_is_space(text.ptr[0]) || p[0] == '-' || p[0] == '.' || p[0] == '/')
        return 1;
    if (text.len >= 2 && p[0] == 0xc2 && p[1] == 0xa0) /* no-break space */
        return 2;
    if (text.len < 3 || p[0] != 0xe2 || p[1] != 0x80)
        return 0;
    bool dash = p[2] >= 0x90 && p[2] <= 0x95;
    bool blank = (p[2] >= 0x80 && p[2] <= 0x8a) || p[2] == 0xaf;
    return dash || blank ? 3 : 0;
}

bool value_read(struct span text, size_t min, size_t max, struct value *out)
{
    out->count = 0;
    while (text.len > 0) {
        size_t skip = separator_length(text);
        if (skip == 0) {
            char c = ascii_upper(text.ptr[0]);
            if (!ascii_is_alnum(c) || out->count == max || out->count == VALUE_MAX)
                return false;
            out->at[out->count++] = c;
            skip = 1;
        }
        text = span_from(text, skip);
    }
    out->at[out->count] = '\0';
    return out->count >= min;
}

bool value_digits(const struct value *value, size_t from, size_t count, struct digits *out)
{
    if (from + count > value->count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!ascii_is_digit(value->at[from + i]))
            return false;
        out->at[i] = (unsigned char)(value->at[from + i] - '0');
    }
    out->count = count;
    return true;
}

bool digits_read(struct span text, size_t min, size_t max, struct digits *out)
{
    struct value value;
    return value_read(text, min, max, &value) && value_digits(&value, 0, value.count, out);
}

uint64_t digits_number(const struct digits *digits, size_t from, size_t count)
{
    uint64_t number = 0;
    for (size_t i = from; i < from + count && i < digits->count; i++)
        number = number * 10 + digits->at[i];
    return number;
}

unsigned digits_weigh(const struct digits *digits, const unsigned char *weights, size_t count)
{
    unsigned sum = 0;
    for (size_t i = 0; i < count && i < digits->count; i++)
        sum += (unsigned)digits->at[i] * weights[i];
    return sum;
}

unsigned digits_mod(const struct digits *digits, size_t from, size_t count, unsigned modulus)
{
    unsigned rest = 0;
    for (size_t i = from; i < from + count && i < digits->count; i++)
        rest = (rest * 10 + digits->at[i]) % modulus;
    return rest;
}

bool digits_all_same(const struct digits *digits)
{
    for (size_t i = 1; i < digits->count; i++) {
        if (digits->at[i] != digits->at[0])
            return false;
    }
    return true;
}

bool date_exists(unsigned year, unsigned month, unsigned day)
{
    static const unsigned char DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1800 || year > 2199 || month < 1 || month > 12 || day < 1)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= DAYS[month - 1] + (month == 2 && leap ? 1u : 0u);
}

bool date_exists_short(unsigned year, unsigned month, unsigned day)
{
    return year <= 99 &&
           (date_exists(1900 + year, month, day) || date_exists(2000 + year, month, day));
}

bool word_listed(const char *list, struct span word)
{
    while (*list) {
        size_t same = 0;
        while (same < word.len && list[same] && list[same] == word.ptr[same])
            same++;
        if (same > 0 && same == word.len && (list[same] == ' ' || !list[same]))
            return true;
        for (list += same; *list && *list != ' ';)
            list++;
        list += *list == ' ';
    }
    return false;
}

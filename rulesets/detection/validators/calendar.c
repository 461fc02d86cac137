/* SPDX-License-Identifier: Apache-2.0 */
/* calendar: dates as people write them. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/families.h"
#include "rulesets/detection/validators/value.h"

/* The numbers in `text`, at most `max`, and how many digits each has. */
static size_t cut_numbers(struct span text, unsigned numbers[], size_t digits[], size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len;) {
        if (!ascii_is_digit(text.ptr[i])) {
            i++;
            continue;
        }
        if (count == max)
            return 0;
        numbers[count] = 0;
        digits[count] = 0;
        for (; i < text.len && digits[count] < 9 && ascii_is_digit(text.ptr[i]); i++) {
            numbers[count] = numbers[count] * 10 + (unsigned)(text.ptr[i] - '0');
            digits[count]++;
        }
        count++;
    }
    return count;
}

static bool day_exists(unsigned year, size_t year_digits, unsigned month, unsigned day)
{
    if (year_digits == 2)
        return date_exists_short(year, month, day);
    return year_digits == 4 && date_exists(year, month, day);
}

/* Words of months may be of any language, but a date has nothing else in it. */
static bool may_be_date(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (ascii_is_control(text.ptr[i]) && !ascii_is_space(text.ptr[i]))
            return false;
    }
    return text.len <= 40;
}

/* Three numbers: year first, or last behind day and month in either order. Two (the month is a
 * word): a day and a year. */
static bool date(struct span text)
{
    unsigned n[3];
    size_t digits[3];
    if (!may_be_date(text))
        return false;
    size_t count = cut_numbers(text, n, digits, 3);
    if (count == 2)
        return day_exists(n[1], digits[1], 1, n[0]) || day_exists(n[0], digits[0], 1, n[1]);
    if (count != 3)
        return false;
    if (digits[0] == 4)
        return day_exists(n[0], 4, n[1], n[2]);
    return day_exists(n[2], digits[2], n[1], n[0]) || day_exists(n[2], digits[2], n[0], n[1]);
}

const struct validator validators_calendar[] = {
    {"date", date, STRENGTH_NONE},
    {NULL, NULL, STRENGTH_NONE},
};

/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/validators/europe.h"

bool europe_value(struct span text, const char *prefix, size_t min, size_t max, struct value *out)
{
    size_t skip = strlen(prefix);
    if (!value_read(text, 0, max + skip, out))
        return false;
    if (out->count >= skip && memcmp(out->at, prefix, skip) == 0) {
        out->count -= skip;
        memmove(out->at, out->at + skip, out->count + 1);
    }
    return out->count >= min && out->count <= max;
}

bool europe_digits(struct span text, const char *prefix, size_t min, size_t max, struct digits *out)
{
    struct value v;
    return europe_value(text, prefix, min, max, &v) && value_digits(&v, 0, v.count, out);
}

unsigned europe_two(const struct digits *d, size_t from)
{
    return (unsigned)digits_number(d, from, 2);
}

bool europe_sums_up(const struct digits *d, const unsigned char *weights, size_t count,
                    unsigned modulus)
{
    return digits_weigh(d, weights, count) % modulus == 0;
}

static unsigned round_from(const struct digits *d, size_t count, unsigned first)
{
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (unsigned)d->at[i] * (unsigned)((i + first - 1) % 9 + 1);
    return sum % 11;
}

bool europe_two_rounds(const struct digits *d, size_t count)
{
    unsigned rest = round_from(d, count - 1, 1);
    if (rest == 10)
        rest = round_from(d, count - 1, 3) % 10;
    return d->at[count - 1] == rest;
}

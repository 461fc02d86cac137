/* SPDX-License-Identifier: Apache-2.0 */
/* generic: the systems themselves, for entities that users define. */
#include "rulesets/detection/validators/check_digits.h"
#include "rulesets/detection/validators/families.h"

static bool luhn(struct span text)
{
    struct digits d;
    return digits_read(text, 2, VALUE_MAX, &d) && luhn_holds(d.at, d.count);
}

static bool verhoeff(struct span text)
{
    struct digits d;
    return digits_read(text, 2, VALUE_MAX, &d) && verhoeff_holds(d.at, d.count);
}

static bool damm(struct span text)
{
    struct digits d;
    return digits_read(text, 2, VALUE_MAX, &d) && damm_holds(d.at, d.count);
}

static bool mod11_10(struct span text)
{
    struct digits d;
    return digits_read(text, 2, VALUE_MAX, &d) && mod_11_10_holds(d.at, d.count);
}

static bool mod11_2(struct span text)
{
    struct value v;
    return value_read(text, 2, VALUE_MAX, &v) && mod_11_2_holds(v.at, v.count);
}

/* Its check character may be a '*', which value_read() takes for junk. */
static bool mod37_2(struct span text)
{
    struct value v;
    bool star = text.len > 0 && text.ptr[text.len - 1] == '*';
    if (!value_read(span_sub(text, 0, text.len - (star ? 1 : 0)), 1, VALUE_MAX - 1, &v))
        return false;
    if (star)
        v.at[v.count++] = '*';
    return mod_37_2_holds(v.at, v.count);
}

static bool mod37_36(struct span text)
{
    struct value v;
    return value_read(text, 2, VALUE_MAX, &v) && mod_37_36_holds(v.at, v.count);
}

static bool mod97_10(struct span text)
{
    struct value v;
    return value_read(text, 3, VALUE_MAX, &v) && mod_97_10_holds(v.at, v.count);
}

static bool icao_9303(struct span text)
{
    struct value v;
    return value_read(text, 2, VALUE_MAX, &v) && icao_holds(v.at, v.count);
}

/* Digits and nothing else, not all the same. */
static bool not_all_same(struct span text)
{
    struct digits d;
    return digits_read(text, 2, VALUE_MAX, &d) && !digits_all_same(&d);
}

const struct validator validators_generic[] = {
    {"damm", damm, STRENGTH_WEAK},
    {"icao_9303", icao_9303, STRENGTH_WEAK},
    {"iso7064_mod11_10", mod11_10, STRENGTH_WEAK},
    {"iso7064_mod11_2", mod11_2, STRENGTH_WEAK},
    {"iso7064_mod37_2", mod37_2, STRENGTH_MEDIUM},
    {"iso7064_mod37_36", mod37_36, STRENGTH_MEDIUM},
    {"luhn", luhn, STRENGTH_WEAK},
    {"mod97", mod97_10, STRENGTH_STRONG},
    {"not_all_same", not_all_same, STRENGTH_NONE},
    {"verhoeff", verhoeff, STRENGTH_STRONG},
    {NULL, NULL, STRENGTH_NONE},
};

/* SPDX-License-Identifier: Apache-2.0 */
/* generic: the systems themselves, for entities that users define. */
#include "rulesets/detection/validators/check_digits.h"
#include "rulesets/detection/validators/families.h"

static bool digits_hold(struct span text, bool (*holds)(const unsigned char *, size_t))
{
    struct digits d;
    return digits_read(text, 2, VALUE_MAX, &d) && holds(d.at, d.count);
}

static bool value_holds(struct span text, size_t min, bool (*holds)(const char *, size_t))
{
    struct value v;
    return value_read(text, min, VALUE_MAX, &v) && holds(v.at, v.count);
}

static bool luhn(struct span text)
{
    return digits_hold(text, luhn_holds);
}

static bool verhoeff(struct span text)
{
    return digits_hold(text, verhoeff_holds);
}

static bool damm(struct span text)
{
    return digits_hold(text, damm_holds);
}

static bool mod11_10(struct span text)
{
    return digits_hold(text, mod_11_10_holds);
}

static bool mod11_2(struct span text)
{
    return value_holds(text, 2, mod_11_2_holds);
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
    return value_holds(text, 2, mod_37_36_holds);
}

static bool mod97_10(struct span text)
{
    return value_holds(text, 3, mod_97_10_holds);
}

static bool icao_9303(struct span text)
{
    return value_holds(text, 2, icao_holds);
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

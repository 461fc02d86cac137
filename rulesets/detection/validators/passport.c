/* SPDX-License-Identifier: Apache-2.0 */
/* passport: the machine-readable zone of ICAO 9303. */
#include "rulesets/detection/validators/check_digits.h"
#include "rulesets/detection/validators/families.h"

#define LINE_TD3 44u
#define LINE_TD2 36u

/* A field [from, from + count) and the check digit behind it. */
static bool field_holds(const char *line, size_t from, size_t count)
{
    return icao_holds(line + from, count + 1);
}

/* Parts 4 and 6: the second line of a passport (44) or of a card or visa of 36: number, country,
 * birth, sex, expiry, optional data, each with its digit and one over all. */
static bool passport_mrz(struct span text)
{
    char all[LINE_TD3];
    struct span line = span_trim(text);
    if (line.len != LINE_TD3 && line.len != LINE_TD2)
        return false;
    if (!memchr("MFX<", line.ptr[20], 4) || !field_holds(line.ptr, 0, 9) ||
        !field_holds(line.ptr, 13, 6) || !field_holds(line.ptr, 21, 6))
        return false;
    memcpy(all, line.ptr, 10);
    memcpy(all + 10, line.ptr + 13, 7);
    memcpy(all + 17, line.ptr + 21, line.len - 21);
    return icao_holds(all, line.len - 4);
}

const struct validator validators_passport[] = {
    {"passport_mrz", passport_mrz, STRENGTH_STRONG},
    {NULL, NULL, STRENGTH_NONE},
};

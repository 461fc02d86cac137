/* SPDX-License-Identifier: Apache-2.0 */
/* card: numbers of payment cards (ISO/IEC 7812-1: issuer range, length, Luhn). */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/check_digits.h"
#include "rulesets/detection/validators/families.h"

/* Issuer ranges by the first six digits; `lengths` has bit n set where n digits are issued. */
struct issuer {
    unsigned first, last;
    unsigned lengths;
};

#define LENGTH(n) (1u << (n))
/* From `a` to `b` digits. */
#define LENGTHS(a, b) ((LENGTH((b) + 1) - 1) & ~(LENGTH(a) - 1))

#define VISA_LIKE (LENGTH(16) | LENGTH(19))

/* What chance hardly hits: the lengths and ranges of nearly all cards. */
static const struct issuer COMMON[] = {
    {220000, 220499, LENGTH(16)},              /* Mir */
    {220500, 220599, LENGTH(16)},              /* Borica */
    {222100, 272099, LENGTH(16)},              /* Mastercard, the 2-series */
    {300000, 305999, LENGTH(14) | LENGTH(16)}, /* Diners Club */
    {309500, 309599, LENGTH(14) | LENGTH(16)}, /* Diners Club */
    {360000, 369999, LENGTH(14) | LENGTH(16)}, /* Diners Club */
    {380000, 399999, LENGTH(14) | LENGTH(16)}, /* Diners Club */
    {340000, 349999, LENGTH(15)},              /* American Express */
    {370000, 379999, LENGTH(15)},              /* American Express */
    {352800, 358999, LENGTH(16)},              /* JCB; RuPay's 353 and 356 */
    {180000, 180099, LENGTH(15)},              /* JCB */
    {213100, 213199, LENGTH(15)},              /* JCB */
    {400000, 499999, VISA_LIKE},               /* Visa; Elo, Switch, Dankort */
    {501800, 502099, VISA_LIKE},               /* Maestro, Dankort */
    {503800, 503899, VISA_LIKE},               /* Maestro */
    {504175, 504175, LENGTH(16)},              /* Elo */
    {506099, 506198, VISA_LIKE},               /* Verve */
    {506699, 506778, LENGTH(16)},              /* Elo */
    {507865, 507964, VISA_LIKE},               /* Verve */
    {508000, 509999, LENGTH(16)},              /* RuPay, Elo */
    {510000, 559999, LENGTH(16)},              /* Mastercard */
    {561400, 561499, LENGTH(16)},              /* UzCard */
    {589300, 589399, VISA_LIKE},               /* Maestro */
    {589562, 589562, LENGTH(16)},              /* Naranja */
    {589657, 589657, LENGTH(16)},              /* Cabal */
    {600000, 609999, LENGTH(16)},              /* Discover, RuPay, Cabal, Hipercard */
    {620000, 629999, VISA_LIKE},               /* UnionPay, Elo */
    {630400, 630499, VISA_LIKE},               /* Maestro */
    {636000, 639999, LENGTH(16)},              /* InterPayment, InstaPayment, Hipercard, Elo */
    {644000, 659999, LENGTH(16)},              /* Discover, Troy, Elo, RuPay, Verve */
    {675900, 676399, VISA_LIKE},               /* Maestro */
    {676700, 676799, VISA_LIKE},               /* Maestro, Solo */
    {810000, 829999, LENGTH(16)},              /* UnionPay, RuPay */
    {860000, 860099, LENGTH(16)},              /* UzCard */
    {970400, 970499, VISA_LIKE},               /* Napas */
    {979200, 979299, LENGTH(16)},              /* Troy */
    {986000, 986099, LENGTH(16)},              /* Humo */
};

/* Lengths and ranges in which other numbers are as likely. */
static const struct issuer UNCOMMON[] = {
    {100000, 199999, LENGTH(15)},                   /* UATP */
    {194600, 194699, LENGTHS(16, 19)},              /* GPN */
    {220000, 220499, LENGTHS(17, 19)},              /* Mir */
    {300000, 399999, LENGTHS(15, 19)},              /* Diners Club, JCB, T-Union */
    {384100, 384199, LENGTH(13)},                   /* Hipercard */
    {400000, 499999, LENGTH(13) | LENGTHS(17, 18)}, /* Visa of old, Switch */
    {500000, 509999, LENGTHS(12, 19)},              /* Maestro */
    {560000, 589999, LENGTHS(12, 19)},              /* Maestro */
    {600000, 699999, LENGTHS(12, 19)},              /* Maestro, UnionPay, Discover, Hipercard */
    {810000, 829999, LENGTHS(17, 19)},              /* UnionPay */
};

static bool issued(const struct issuer *table, size_t count, const struct digits *d)
{
    unsigned prefix = (unsigned)digits_number(d, 0, 6);
    for (size_t i = 0; i < count; i++) {
        if (prefix >= table[i].first && prefix <= table[i].last &&
            (table[i].lengths & LENGTH(d->count)))
            return true;
    }
    return false;
}

static bool common_card(const struct digits *d)
{
    return issued(COMMON, sizeof COMMON / sizeof *COMMON, d) && luhn_holds(d->at, d->count);
}

static bool any_card(const struct digits *d)
{
    return common_card(d) ||
           (issued(UNCOMMON, sizeof UNCOMMON / sizeof *UNCOMMON, d) && luhn_holds(d->at, d->count));
}

static bool credit_card(struct span text)
{
    struct digits d;
    return digits_read(text, 12, 19, &d) && common_card(&d);
}

static bool credit_card_any(struct span text)
{
    struct digits d;
    return digits_read(text, 12, 19, &d) && any_card(&d);
}

/* Digits up to the first that is none; SPAN_NONE behind 19 of them. */
static size_t account_length(struct span text)
{
    size_t length = 0;
    while (length < text.len && length <= 19 && ascii_is_digit(text.ptr[length]))
        length++;
    return length >= 12 && length <= 19 ? length : SPAN_NONE;
}

/* The fields behind the number on both tracks: expiry YYMM, of which the month must be right. */
static bool expiry_holds(struct span text)
{
    struct digits d;
    if (text.len < 4 || !digits_read(span_sub(text, 0, 4), 4, 4, &d))
        return false;
    uint64_t month = digits_number(&d, 2, 2);
    return month >= 1 && month <= 12;
}

/* ISO/IEC 7813: track 1 is %B PAN ^ name ^ YYMM..., track 2 is ; PAN = YYMM.... */
static bool card_track(struct span text)
{
    bool first = text.len > 2 && text.ptr[0] == '%';
    struct span rest = span_from(text, first ? 2 : text.len > 0 && text.ptr[0] == ';' ? 1 : 0);
    size_t length = account_length(rest);
    struct digits d;
    if (length == SPAN_NONE || !digits_read(span_sub(rest, 0, length), 12, 19, &d) || !any_card(&d))
        return false;
    rest = span_from(rest, length + 1);
    if (first) {
        size_t caret = span_find_byte(rest, '^');
        if (caret == SPAN_NONE)
            return false;
        rest = span_from(rest, caret + 1);
    }
    return expiry_holds(rest);
}

const struct validator validators_card[] = {
    {"card_track", card_track, STRENGTH_STRONG},
    {"credit_card", credit_card, STRENGTH_MEDIUM},
    {"credit_card_any", credit_card_any, STRENGTH_WEAK},
    {"credit_card_digits", credit_card, STRENGTH_WEAK}, /* what nothing but its digits shows */
    {NULL, NULL, STRENGTH_NONE},
};

/* SPDX-License-Identifier: Apache-2.0 */
/* middle_east: identifiers of Israel, the Gulf, Iran and Central Asia. */
#include "rulesets/detection/validators/check_digits.h"
#include "rulesets/detection/validators/families.h"

static bool date_at(const struct digits *d, unsigned century, size_t from)
{
    return date_exists(century + (unsigned)digits_number(d, from, 2),
                       (unsigned)digits_number(d, from + 2, 2),
                       (unsigned)digits_number(d, from + 4, 2));
}

/* Population registry of Israel: nine digits, the last as Luhn's. */
static bool il_id(struct span text)
{
    struct digits d;
    return digits_read(text, 9, 9, &d) && digits_number(&d, 0, 8) != 0 && luhn_holds(d.at, 9);
}

/* Registrar of companies of Israel: the same, with a 5 in front. */
static bool il_company(struct span text)
{
    struct digits d;
    return digits_read(text, 9, 9, &d) && d.at[0] == 5 && luhn_holds(d.at, 9);
}

/* ICP of the Emirates: 784 (ISO 3166), year of birth, serial, a check as Luhn's. */
static bool ae_emirates_id(struct span text)
{
    struct digits d;
    if (!digits_read(text, 15, 15, &d) || digits_number(&d, 0, 3) != 784)
        return false;
    uint64_t year = digits_number(&d, 3, 4);
    return year >= 1900 && year <= 2049 && luhn_holds(d.at, 15);
}

/* Absher: 1 for citizens, 2 for residents, a check as Luhn's. */
static bool sa_id(struct span text)
{
    struct digits d;
    return digits_read(text, 10, 10, &d) && (d.at[0] == 1 || d.at[0] == 2) && luhn_holds(d.at, 10);
}

/* PACI of Kuwait: century, birth, serial, a check of mod 11. */
static bool kw_civil_id(struct span text)
{
    static const unsigned char WEIGHTS[] = {2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    struct digits d;
    if (!digits_read(text, 12, 12, &d) || (d.at[0] != 2 && d.at[0] != 3) ||
        !date_at(&d, d.at[0] == 2 ? 1900 : 2000, 1))
        return false;
    return d.at[11] == 11 - digits_weigh(&d, WEIGHTS, 11) % 11;
}

/* The numbers of ISO 3166-1. */
#define COUNTRY_NUMBERS                                                                            \
    "004 008 010 012 016 020 024 028 031 032 036 040 044 048 050 051 052 056 060 064 068 070 072 " \
    "074 076 084 086 090 092 096 100 104 108 112 116 120 124 132 136 140 144 148 152 156 158 162 " \
    "166 170 174 175 178 180 184 188 191 192 196 203 204 208 212 214 218 222 226 231 232 233 234 " \
    "238 239 242 246 248 250 254 258 260 262 266 268 270 275 276 288 292 296 300 304 308 312 316 " \
    "320 324 328 332 334 336 340 344 348 352 356 360 364 368 372 376 380 384 388 392 398 400 404 " \
    "408 410 414 417 418 422 426 428 430 434 438 440 442 446 450 454 458 462 466 470 474 478 480 " \
    "484 492 496 498 499 500 504 508 512 516 520 524 528 531 533 534 535 540 548 554 558 562 566 " \
    "570 574 578 580 581 583 584 585 586 591 598 600 604 608 612 616 620 624 626 630 634 638 642 " \
    "643 646 652 654 659 660 662 663 666 670 674 678 682 686 688 690 694 702 703 704 705 706 710 " \
    "716 724 728 729 732 736 740 744 748 752 756 760 762 764 768 772 776 780 784 788 792 795 796 " \
    "798 800 804 807 818 826 831 832 833 834 840 850 854 858 860 862 876 882 887 894"

/* Ministry of Interior of Qatar: century, year of birth, country of ISO 3166, serial. */
static bool qa_id(struct span text)
{
    struct digits d;
    struct value v;
    return digits_read(text, 11, 11, &d) && value_read(text, 11, 11, &v) &&
           (d.at[0] == 2 || d.at[0] == 3) && word_listed(COUNTRY_NUMBERS, span_of(v.at + 3, 3)) &&
           digits_number(&d, 6, 5) != 0;
}

/* IGA of Bahrain: year and month of birth, serial, check (its formula is not public). */
static bool bh_cpr(struct span text)
{
    struct digits d;
    if (!digits_read(text, 9, 9, &d))
        return false;
    uint64_t month = digits_number(&d, 2, 2);
    return month >= 1 && month <= 12 && digits_number(&d, 4, 4) != 0;
}

/* ZATCA of Saudi Arabia: 15 digits between two 3. */
static bool sa_vat(struct span text)
{
    struct digits d;
    return digits_read(text, 15, 15, &d) && d.at[0] == 3 && d.at[14] == 3;
}

/* Civil registry of Iran: ten digits, mod 11. */
static bool ir_national_code(struct span text)
{
    static const unsigned char WEIGHTS[] = {10, 9, 8, 7, 6, 5, 4, 3, 2};
    struct digits d;
    if (!digits_read(text, 10, 10, &d) || digits_all_same(&d) || digits_number(&d, 3, 6) == 0)
        return false;
    unsigned rest = digits_weigh(&d, WEIGHTS, 9) % 11;
    return d.at[9] == (rest < 2 ? rest : 11 - rest);
}

/* Companies of Iran: eleven digits; the tenth and 2 is added to each, mod 11. */
static bool ir_company(struct span text)
{
    static const unsigned char WEIGHTS[] = {29, 27, 23, 19, 17, 29, 27, 23, 19, 17};
    struct digits d;
    if (!digits_read(text, 11, 11, &d) || digits_number(&d, 3, 6) == 0)
        return false;
    unsigned sum = 0;
    for (size_t i = 0; i < 10; i++)
        sum += ((unsigned)d.at[i] + d.at[9] + 2) * WEIGHTS[i];
    return d.at[10] == sum % 11 % 10;
}

/* Decree 565 of Kazakhstan: mod 11 with weights 1 to 11; where that gives 10, from 3 on; numbers
 * where that gives 10 too are not used. */
static bool kazakh_holds(const struct digits *d)
{
    static const unsigned char FIRST[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    static const unsigned char SECOND[] = {3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2};
    unsigned rest = digits_weigh(d, FIRST, 11) % 11;
    if (rest == 10)
        rest = digits_weigh(d, SECOND, 11) % 11;
    return d->at[11] == rest;
}

/* Birth, century and sex (1 to 6), serial, check. */
static bool kz_iin(struct span text)
{
    struct digits d;
    if (!digits_read(text, 12, 12, &d) || d.at[6] < 1 || d.at[6] > 6)
        return false;
    return date_at(&d, 1800u + (d.at[6] - 1u) / 2u * 100u, 0) && kazakh_holds(&d);
}

/* Year and month of registration, kind (4 to 6), branch (0 to 4), serial, check. */
static bool kz_bin(struct span text)
{
    struct digits d;
    if (!digits_read(text, 12, 12, &d) || d.at[4] < 4 || d.at[4] > 6 || d.at[5] > 4)
        return false;
    uint64_t month = digits_number(&d, 2, 2);
    return month >= 1 && month <= 12 && kazakh_holds(&d);
}

/* Uzbekistan: century and sex (1 to 6), DDMMYY of birth, district, serial, check. */
static bool uz_pinfl(struct span text)
{
    struct digits d;
    if (!digits_read(text, 14, 14, &d) || d.at[0] < 1 || d.at[0] > 6)
        return false;
    return date_exists(1800u + (d.at[0] - 1u) / 2u * 100u + (unsigned)digits_number(&d, 5, 2),
                       (unsigned)digits_number(&d, 3, 2), (unsigned)digits_number(&d, 1, 2));
}

/* Kyrgyzstan: sex (1 women, 2 men), DDMMYYYY of birth, serial. */
static bool kg_pin(struct span text)
{
    struct digits d;
    if (!digits_read(text, 14, 14, &d) || (d.at[0] != 1 && d.at[0] != 2))
        return false;
    unsigned year = (unsigned)digits_number(&d, 5, 4);
    return year >= 1900 && year <= 2049 &&
           date_exists(year, (unsigned)digits_number(&d, 3, 2), (unsigned)digits_number(&d, 1, 2));
}

const struct validator validators_middle_east[] = {
    {"ae_emirates_id", ae_emirates_id, STRENGTH_MEDIUM},
    {"bh_cpr", bh_cpr, STRENGTH_NONE},
    {"il_company", il_company, STRENGTH_WEAK},
    {"il_id", il_id, STRENGTH_WEAK},
    {"ir_company", ir_company, STRENGTH_WEAK},
    {"ir_national_code", ir_national_code, STRENGTH_WEAK},
    {"kg_pin", kg_pin, STRENGTH_NONE},
    {"kw_civil_id", kw_civil_id, STRENGTH_MEDIUM},
    {"kz_bin", kz_bin, STRENGTH_MEDIUM},
    {"kz_iin", kz_iin, STRENGTH_MEDIUM},
    {"qa_id", qa_id, STRENGTH_NONE},
    {"sa_id", sa_id, STRENGTH_WEAK},
    {"sa_vat", sa_vat, STRENGTH_NONE},
    {"uz_pinfl", uz_pinfl, STRENGTH_NONE},
    {NULL, NULL, STRENGTH_NONE},
};

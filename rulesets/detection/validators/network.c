/* SPDX-License-Identifier: Apache-2.0 */
/* network: addresses of networks, telephones and devices, written with separators that count. */
#include "engine/base/ascii.h"
#include "rulesets/detection/validators/check_digits.h"
#include "rulesets/detection/validators/families.h"

#define DOMAIN_LABEL_MAX 63u /* RFC 1035 section 2.3.4 */

/* Cuts a decimal number of `max` digits at most off `text`, without a leading zero. */
static bool cut_number(struct span *text, size_t max, unsigned *out)
{
    size_t length = 0;
    *out = 0;
    while (length < text->len && length < max && ascii_is_digit(text->ptr[length]))
        *out = *out * 10 + (unsigned)(text->ptr[length++] - '0');
    if (length == 0 || (length > 1 && text->ptr[0] == '0'))
        return false;
    *text = span_from(*text, length);
    return true;
}

static bool cut_char(struct span *text, char c)
{
    if (text->len == 0 || text->ptr[0] != c)
        return false;
    *text = span_from(*text, 1);
    return true;
}

/* Nothing, a port behind ':' or a prefix length behind '/'. */
static bool tail_holds(struct span rest, unsigned longest_prefix)
{
    unsigned number;
    if (rest.len == 0)
        return true;
    if (cut_char(&rest, ':'))
        return cut_number(&rest, 5, &number) && number <= 65535 && rest.len == 0;
    return cut_char(&rest, '/') && cut_number(&rest, 3, &number) && number <= longest_prefix &&
           rest.len == 0;
}

static bool cut_ipv4(struct span *text)
{
    unsigned number;
    for (int i = 0; i < 4; i++) {
        if ((i > 0 && !cut_char(text, '.')) || !cut_number(text, 3, &number) || number > 255)
            return false;
    }
    return true;
}

/* RFC 791, as RFC 3986 section 3.2.2 writes it; 0.0.0.0/8 is no address of anybody (RFC 1122). */
static bool ipv4(struct span text)
{
    bool nobody = span_starts(text, SPAN("0."));
    return !nobody && cut_ipv4(&text) && tail_holds(text, 32);
}

/* One group of RFC 4291 section 2.2, 1 to 4 hexadecimal digits. */
static bool cut_group(struct span *text)
{
    size_t length = 0;
    while (length < text->len && length < 5 && ascii_hex(text->ptr[length]) >= 0)
        length++;
    if (length == 0 || length > 4)
        return false;
    *text = span_from(*text, length);
    return true;
}

/* The last two groups may be an IPv4 address. */
static size_t cut_last_groups(struct span *text)
{
    struct span dotted = *text;
    if (cut_ipv4(&dotted)) {
        *text = dotted;
        return 2;
    }
    return cut_group(text) ? 1 : 0;
}

static bool has_digit(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (ascii_is_digit(text.ptr[i]))
            return true;
    }
    return false;
}

/* RFC 4291 section 2.2: eight groups, or fewer with one "::". Without any digit it is a name of a
 * program, as in Face::Add. */
static bool ipv6(struct span text)
{
    size_t groups = 0;
    if (!has_digit(text))
        return false;
    bool gap = span_starts(text, SPAN("::"));
    if (gap)
        text = span_from(text, 2);
    while (text.len > 0 && text.ptr[0] != '/') {
        size_t more = cut_last_groups(&text);
        groups += more;
        if (more == 0 || groups > 8)
            return false;
        if (text.len == 0 || text.ptr[0] == '/')
            break;
        if (!cut_char(&text, ':'))
            return false;
        bool second = cut_char(&text, ':');
        if ((second && gap) || (!second && text.len == 0))
            return false;
        gap = gap || second;
    }
    /* "::" and "::1" are nobody's in particular. */
    return (gap ? groups >= 2 && groups < 8 : groups == 8) && tail_holds(text, 128);
}

/* IEEE 802: EUI-48 or EUI-64; all zeros or ones is none. */
static bool mac_address(struct span text)
{
    struct value v;
    struct span plain = text;
    char bare[3 * 8];
    size_t count = 0;
    for (size_t i = 0; i < plain.len && count < sizeof bare; i++) {
        if (plain.ptr[i] != ':')
            bare[count++] = plain.ptr[i];
    }
    if (!value_read(span_of(bare, count), 12, 16, &v) || (v.count != 12 && v.count != 16))
        return false;
    bool varied = false;
    for (size_t i = 0; i < v.count; i++) {
        if (ascii_hex(v.at[i]) < 0)
            return false;
        varied = varied || v.at[i] != v.at[0];
    }
    return varied;
}

/* ITU-T E.164: what country codes may begin with. Of all two digits the Operational Bulletin
 * assigns nothing to 28, 83, 89 and those with 0 in front. */
static bool country_code_known(const struct digits *d)
{
    unsigned first = d->at[0] * 10u + d->at[1];
    return first >= 10 && first != 28 && first != 83 && first != 89;
}

/* Brackets, as in (0), are separators too. */
static bool phone_digits(struct span text, size_t min, size_t max, struct digits *out)
{
    char plain[VALUE_MAX];
    size_t count = 0;
    for (size_t i = 0; i < text.len && count < sizeof plain; i++) {
        char c = text.ptr[i];
        if (c != '(' && c != ')' && c != '+')
            plain[count++] = c;
    }
    return digits_read(span_of(plain, count), min, max, out) && !digits_all_same(out);
}

static bool phone_e164(struct span text)
{
    struct digits d;
    if (!phone_digits(text, 8, 16, &d))
        return false;
    if (d.at[0] == 0 && d.at[1] == 0) { /* the international prefix 00 */
        memmove(d.at, d.at + 2, d.count - 2);
        d.count -= 2;
    }
    return d.count >= 8 && country_code_known(&d);
}

/* NANP: [2-9]XX-[2-9]XX-XXXX, no N11 code; 555-01XX is for fiction and stays in. */
static bool phone_nanp(struct span text)
{
    struct digits d;
    if (!phone_digits(text, 10, 11, &d))
        return false;
    const unsigned char *p = d.at + (d.count - 10);
    if (d.count == 11 && d.at[0] != 1)
        return false;
    bool service = (p[1] == 1 && p[2] == 1) || (p[4] == 1 && p[5] == 1);
    return p[0] >= 2 && p[3] >= 2 && p[1] != 9 && !service;
}

/* 3GPP TS 23.003 section 6.2: reporting body, type, serial number, Luhn. The bodies of today; 49 of
 * old. */
static bool imei(struct span text)
{
    struct digits d;
    if (!digits_read(text, 15, 15, &d) || digits_all_same(&d))
        return false;
    char body[2] = {(char)('0' + d.at[0]), (char)('0' + d.at[1])};
    static const char BODIES[] = "01 35 49 86 91 98 99";
    return word_listed(BODIES, span_of(body, 2)) && luhn_holds(d.at, d.count);
}

/* ITU-T E.118: 89, country code, issuer, account, Luhn. */
static bool iccid(struct span text)
{
    struct digits d;
    if (!digits_read(text, 19, 20, &d) || d.at[0] != 8 || d.at[1] != 9)
        return false;
    return luhn_holds(d.at, d.count);
}

/* RFC 5321 section 4.1.2; logo@2x.png is a picture of twice the size. */
static bool email(struct span text)
{
    static const char FILES[] = "png jpg jpeg gif svg js css";
    size_t at = span_find_byte(text, '@'), dot = text.len;
    char suffix[4];
    while (dot > 0 && text.ptr[dot - 1] != '.')
        dot--;
    struct span last = span_from(text, dot);
    if (at == SPAN_NONE || at == 0 || dot <= at + 1 || last.len == 0 ||
        !ascii_is_alnum(text.ptr[text.len - 1]))
        return false;
    if (last.len > sizeof suffix)
        return last.len <= DOMAIN_LABEL_MAX;
    for (size_t i = 0; i < sizeof suffix && i < last.len; i++)
        suffix[i] = ascii_lower(last.ptr[i]);
    return !word_listed(FILES, span_of(suffix, last.len));
}

const struct validator validators_network[] = {
    {"email", email, STRENGTH_NONE},
    {"iccid", iccid, STRENGTH_MEDIUM},
    {"imei", imei, STRENGTH_WEAK},
    {"ipv4", ipv4, STRENGTH_NONE},
    {"ipv6", ipv6, STRENGTH_NONE},
    {"mac_address", mac_address, STRENGTH_NONE},
    {"phone_e164", phone_e164, STRENGTH_NONE},
    {"phone_nanp", phone_nanp, STRENGTH_NONE},
    {NULL, NULL, STRENGTH_NONE},
};

/* SPDX-License-Identifier: Apache-2.0 */
/* ascii: character classes of ASCII, whatever the locale (the ones of <ctype.h> ask it). */
#ifndef CULVERT_BASE_ASCII_H
#define CULVERT_BASE_ASCII_H

#include <stdbool.h>

static inline char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline char ascii_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}

static inline bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool ascii_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool ascii_is_alnum(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c);
}

/* SP, HTAB, CR, LF. */
static inline bool ascii_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* SP, HTAB: WSP of RFC 5234. */
static inline bool ascii_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static inline bool ascii_is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

static inline bool ascii_is_8bit(char c)
{
    return (unsigned char)c >= 0x80;
}

/* 0 to 15, or -1 when `c` is no hexadecimal digit. */
static inline int ascii_hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Letters, digits and '_': what tokens of detection are made of. */
static inline bool ascii_is_token(char c)
{
    return ascii_is_alnum(c) || c == '_';
}

#endif

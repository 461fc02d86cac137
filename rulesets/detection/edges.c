/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/edges.h"

#include "engine/base/ascii.h"
#include "rulesets/detection/words.h"

/* How far an address or a run of hexadecimal digits is followed. */
#define REACH 2048u
#define HEX_LEAST 16u   /* characters of a run that is a hash or a UUID, not a word */
#define DUMP_GROUPS 32u /* of hexadecimal digits that are looked at */
#define TELEPHONE_MOST 15u
#define FILLER_DIGITS 6u /* fewer digits in sequence may be a value */

static bool token_is_clear(struct span text, size_t off, size_t end)
{
    return (off == 0 || !ascii_is_token(text.ptr[off - 1])) &&
           (end == text.len || !ascii_is_token(text.ptr[end]));
}

static bool joins_digits(char c)
{
    return c == '-' || c == '.' || c == '/' || c == ':';
}

/* +34 950 627 991 is a telephone number (ITU-T E.164: 15 digits at most) and nothing else. */
static bool is_telephone(struct span text, size_t off, size_t end)
{
    size_t digits = 0;
    if (off == 0 || text.ptr[off - 1] != '+' || !ascii_is_digit(text.ptr[off]))
        return false;
    for (size_t i = off; i < end; i++)
        digits += ascii_is_digit(text.ptr[i]);
    return digits <= TELEPHONE_MOST;
}

/* 12-3456 is no end of a date, a version or a longer number. */
static bool number_goes_on(struct span text, size_t off, size_t end)
{
    const char *t = text.ptr;
    if (off > 1 && joins_digits(t[off - 1]) && ascii_is_digit(t[off - 2]))
        return true;
    return end + 1 < text.len && joins_digits(t[end]) && ascii_is_digit(t[end + 1]);
}

/* Where a run of bytes that `takes` accepts begins and ends around text [off, end). */
static size_t run_start(struct span text, size_t off, bool takes(char c))
{
    size_t least = off > REACH ? off - REACH : 0;
    while (off > least && takes(text.ptr[off - 1]))
        off--;
    return off;
}

static size_t run_end(struct span text, size_t end, bool takes(char c))
{
    size_t most = text.len - end > REACH ? end + REACH : text.len;
    while (end < most && takes(text.ptr[end]))
        end++;
    return end;
}

static bool is_ink(char c)
{
    return !ascii_is_space(c) && c != '\v' && c != '\f';
}

static bool all(struct span s, bool takes(char c))
{
    for (size_t i = 0; i < s.len; i++) {
        if (!takes(s.ptr[i]))
            return false;
    }
    return true;
}

/* http://shop.example/item/4453012437658627 */
static bool in_url(struct span text, size_t off, size_t end)
{
    size_t start = run_start(text, off, is_ink);
    if (start == off || !all(span_sub(text, off, end - off), is_ink))
        return false;
    struct span before = span_sub(text, start, off - start);
    size_t scheme = span_find(before, SPAN("://"));
    if (scheme != SPAN_NONE && scheme > 0 && ascii_is_alnum(before.ptr[scheme - 1]))
        return true;
    return span_find_nocase(before, SPAN("www.")) != SPAN_NONE;
}

static bool is_atom(char c)
{
    return ascii_is_token(c) || ascii_is_8bit(c) || c == '.' || c == '+' || c == '%' || c == '-';
}

static bool is_domain(char c)
{
    return ascii_is_token(c) || ascii_is_8bit(c) || c == '.' || c == '-';
}

/* 4453012437658627@mail.example, and host names behind the @. */
static bool in_address(struct span text, size_t off, size_t end)
{
    struct span value = span_sub(text, off, end - off);
    size_t at = run_end(text, end, is_atom);
    if (at + 1 < text.len && text.ptr[at] == '@' && is_domain(text.ptr[at + 1]) &&
        all(value, is_atom))
        return true;
    size_t start = run_start(text, off, is_domain);
    return start > 1 && text.ptr[start - 1] == '@' && is_atom(text.ptr[start - 2]) &&
           all(value, is_domain);
}

static bool is_id(char c)
{
    return is_ink(c) && c != '<' && c != '>';
}

/* <4111111111111111.17@mail.example> (RFC 5322 section 3.6.4). */
static bool in_message_id(struct span text, size_t off, size_t end)
{
    size_t start = run_start(text, off, is_id), stop = run_end(text, end, is_id);
    if (start == 0 || text.ptr[start - 1] != '<' || stop == text.len || text.ptr[stop] != '>' ||
        !all(span_sub(text, off, end - off), is_id))
        return false;
    struct span id = span_sub(text, start, stop - start);
    size_t at = span_find_byte(id, '@');
    return at != SPAN_NONE && at > 0 && at + 1 < id.len &&
           span_find_byte(span_from(id, at + 1), '@') == SPAN_NONE;
}

static bool is_hex(char c)
{
    return ascii_hex(c) >= 0 || c == '-';
}

/* A hash, a UUID: longer than the value, of letters and digits. */
static bool in_hex_run(struct span text, size_t off, size_t end)
{
    size_t start = run_start(text, off, is_hex), stop = run_end(text, end, is_hex);
    if (stop - start < HEX_LEAST || stop - start == end - off ||
        !all(span_sub(text, off, end - off), is_hex))
        return false;
    bool letter = false, digit = false;
    for (size_t i = start; i < stop; i++) {
        letter |= ascii_is_alpha(text.ptr[i]);
        digit |= ascii_is_digit(text.ptr[i]);
    }
    return letter && digit;
}

/* Characters of each group of a value in groups of one size with a blank between; 0: it is none. */
static size_t group_size(struct span value)
{
    size_t size = span_find_byte(value, ' ');
    if (size == SPAN_NONE || size == 0 || value.len % (size + 1) != size)
        return 0;
    for (size_t i = 0; i < value.len; i++) {
        bool blank = i % (size + 1) == size;
        if (blank ? value.ptr[i] != ' ' : !ascii_is_digit(value.ptr[i]))
            return 0;
    }
    return size;
}

/* Whether text [off, off + size) is a group of hexadecimal digits; *both becomes whether there are
 * letters and decimal digits in it. */
static bool is_hex_group(struct span text, size_t off, size_t size, bool *both)
{
    bool letter = false, digit = false;
    if (!token_is_clear(text, off, off + size))
        return false;
    for (size_t i = off; i < off + size; i++) {
        if (ascii_hex(text.ptr[i]) < 0)
            return false;
        letter |= ascii_is_alpha(text.ptr[i]);
        digit |= ascii_is_digit(text.ptr[i]);
    }
    *both = letter && digit;
    return true;
}

static bool is_digit_group(struct span text, size_t off, size_t size)
{
    for (size_t i = off; i < off + size; i++) {
        if (!ascii_is_digit(text.ptr[i]))
            return false;
    }
    return token_is_clear(text, off, off + size);
}

/* 9477 5525 1027 3074 2003 33: the middle of a longer number that is written in such groups. */
static bool in_groups(struct span text, size_t off, size_t end)
{
    size_t size = group_size(span_sub(text, off, end - off)), more = 0;
    if (size == 0 || off <= size || text.ptr[off - 1] != ' ' ||
        !is_digit_group(text, off - 1 - size, size) || text.len - end < 2 || text.ptr[end] != ' ')
        return false;
    while (more < size && end + 1 + more < text.len && ascii_is_digit(text.ptr[end + 1 + more]))
        more++;
    return more > 0 && is_digit_group(text, end + 1, more);
}

/* 000000f0: 1c7a 5525 1027 3074 2003 9e1b: a dump, of which these groups have no letter. */
static bool in_dump(struct span text, size_t off, size_t end)
{
    bool both = false;
    size_t size = group_size(span_sub(text, off, end - off)), groups = DUMP_GROUPS;
    if (size == 0)
        return false;
    for (; !both && groups > 0 && off > size && text.ptr[off - 1] == ' '; groups--) {
        if (!is_hex_group(text, off - 1 - size, size, &both))
            break;
        off -= size + 1;
    }
    for (; !both && groups > 0 && text.len - end > size && text.ptr[end] == ' '; groups--) {
        if (!is_hex_group(text, end + 1, size, &both))
            break;
        end += size + 1;
    }
    return both;
}

/* A blank in front, and behind a blank too, or a point, a comma and such before one: nothing goes
 * on there, but for groups with blanks between. */
static bool stands_free(struct span text, size_t off, size_t end)
{
    const char *t = text.ptr;
    if (off > 0 && !ascii_is_space(t[off - 1]))
        return false;
    end += end < text.len && (t[end] == '.' || t[end] == ',' || t[end] == ':' || t[end] == ';');
    return end == text.len || ascii_is_space(t[end]);
}

bool edges_are_clear(struct span text, size_t off, size_t len, enum boundary boundary)
{
    size_t end = off + len;
    if (boundary == BOUNDARY_NONE)
        return true;
    if (boundary == BOUNDARY_TOKEN)
        return token_is_clear(text, off, end);
    if (!stands_free(text, off, end) &&
        (!word_stands_apart(text, off, len) || is_telephone(text, off, end) ||
         number_goes_on(text, off, end) || in_url(text, off, end) || in_address(text, off, end) ||
         in_message_id(text, off, end) || in_hex_run(text, off, end)))
        return false;
    return !in_groups(text, off, end) && !in_dump(text, off, end);
}

bool value_is_filler(struct span value)
{
    size_t count = 0;
    bool digits = true, same = true, up = true, down = true;
    char last = 0;
    for (size_t i = 0; i < value.len && (same || (digits && (up || down))); i++) {
        char c = ascii_upper(value.ptr[i]);
        if (ascii_is_8bit(c))
            return false;
        if (!ascii_is_alnum(c))
            continue;
        digits = digits && ascii_is_digit(c);
        if (count > 0) {
            same = same && c == last;
            up = up && (last - '0' + 1) % 10 == c - '0';
            down = down && (c - '0' + 1) % 10 == last - '0';
        }
        last = c;
        count++;
    }
    return count >= FILLER_DIGITS && (same || (digits && (up || down)));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* map_encoding: what Content-Transfer-Encoding means (RFC 2045 section 6), and whether what stands
 * in the part allows for another meaning. */
#include "engine/base/ascii.h"
#include "engine/message/codecs/base64.h"
#include "engine/message/map/map_build.h"

#define BASE64_LEAST 16u /* characters that are more than a word */

static const struct {
    const char *token;
    enum transfer_encoding encoding;
} encodings[] = {
    {"7bit", ENCODING_7BIT},
    {"8bit", ENCODING_8BIT},
    {"binary", ENCODING_BINARY},
    {"base64", ENCODING_BASE64},
    {"quoted-printable", ENCODING_QUOTED_PRINTABLE},
    {"uuencode", ENCODING_UUENCODE},
    {"x-uuencode", ENCODING_UUENCODE},
    {"x-uue", ENCODING_UUENCODE},
    {"x-uu", ENCODING_UUENCODE},
};

/* What broken senders write where nothing is encoded; readers that do not know it decode nothing.
 */
static const char *const odd_spellings[] = {
    "", "7-bit", "8-bit", "\"7bit\"", "\"8bit\"", "7bit;", "8bit;", "none", "utf-8",
};

/* Takes a token off the front of `rest`, skipping blanks and quotes. */
static struct span encoding_token(struct span *rest)
{
    size_t start = 0;
    while (start < rest->len && (ascii_is_space(rest->ptr[start]) || rest->ptr[start] == '"'))
        start++;
    size_t end = start;
    while (end < rest->len && (ascii_is_alnum(rest->ptr[end]) || rest->ptr[end] == '-'))
        end++;
    struct span token = span_sub(*rest, start, end - start);
    *rest = span_from(*rest, end);
    return token;
}

/* Nothing but blanks and at most one comment: "base64 (as always)" (RFC 5322 section 3.2.2). */
static bool is_comment(struct span rest)
{
    rest = span_trim(rest);
    if (rest.len == 0)
        return true;
    return rest.len >= 2 && rest.ptr[0] == '(' && span_find_byte(rest, ')') == rest.len - 1;
}

static bool is_odd_spelling(struct span value)
{
    value = span_trim(value);
    for (size_t i = 0; i < ARRAY_LEN(odd_spellings); i++) {
        if (span_is_nocase(value, odd_spellings[i]))
            return true;
    }
    return false;
}

enum transfer_encoding encoding_read(struct builder *b, uint32_t part, const struct field *field)
{
    if (!field)
        return ENCODING_7BIT;
    if (is_odd_spelling(field->value)) {
        b->links[part].odd_encoding = true;
        return ENCODING_8BIT;
    }
    struct span rest = field->value;
    struct span token = encoding_token(&rest);
    bool clean = is_comment(rest) && !memchr(field->value.ptr, '"', field->value.len);
    enum transfer_encoding encoding = ENCODING_UNKNOWN;
    for (size_t i = 0; i < ARRAY_LEN(encodings); i++) {
        if (span_is_nocase(token, encodings[i].token))
            encoding = encodings[i].encoding;
    }
    if (encoding == ENCODING_UNKNOWN || !clean)
        builder_note(b, AMBIGUITY_UNKNOWN_ENCODING, part,
                     (size_t)(field->raw.ptr - b->map->bytes.ptr));
    return encoding;
}

/* Nothing but the alphabet in lines, and more of it than a word. */
static bool looks_base64(struct span text)
{
    text = span_trim(text);
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (base64_value(c) >= 0 || c == '=')
            count++;
        else if (c != '\r' && c != '\n')
            return false;
    }
    return count >= BASE64_LEAST;
}

/* Whether "=" at `at` begins an escape or a soft line break (RFC 2045 section 6.7). */
static bool is_escape(struct span text, size_t at)
{
    struct span rest = span_from(text, at + 1);
    while (rest.len > 0 && ascii_is_blank(rest.ptr[0]))
        rest = span_from(rest, 1);
    if (rest.len == 0 || rest.ptr[0] == '\r' || rest.ptr[0] == '\n')
        return true;
    rest = span_from(text, at + 1);
    return rest.len >= 2 && ascii_hex(rest.ptr[0]) >= 0 && ascii_hex(rest.ptr[1]) >= 0;
}

/* Escapes, and no "=" that is none: text that says "a = b" was never encoded. */
static bool looks_quoted(struct span text)
{
    size_t at = 0, found = 0;
    for (;; at++, found++) {
        size_t next = span_find_byte(span_from(text, at), '=');
        if (next == SPAN_NONE)
            return found > 0;
        at += next;
        if (!is_escape(text, at))
            return false;
    }
}

static bool has_escape(struct span text)
{
    for (size_t at = 0;; at++) {
        size_t next = span_find_byte(span_from(text, at), '=');
        if (next == SPAN_NONE)
            return false;
        at += next;
        if (is_escape(text, at))
            return true;
    }
}

/*
 * An encoded multipart is what it seems to be where decoding could show nothing else: its first
 * boundary line, which no base64 holds, stands at its beginning, it is closed, and nothing in it is
 * an escape.
 */
static bool is_as_it_stands(const struct part *part)
{
    struct span start = span_trim(part->body);
    if (part->kind != PART_MULTIPART || !part->closed || part->first_child == MAP_NONE ||
        !span_starts(start, SPAN("--")) || !span_starts(span_from(start, 2), part->boundary))
        return false;
    return part->encoding == ENCODING_BASE64 ||
           (part->encoding == ENCODING_QUOTED_PRINTABLE && !has_escape(part->body));
}

void encodings_check(struct builder *b)
{
    struct map *map = b->map;
    for (uint32_t i = 0; i < map->part_count; i++) {
        const struct part *part = &map->parts[i];
        size_t off = (size_t)(part->body.ptr - map->bytes.ptr);
        if (b->links[i].encoded_multipart && !is_as_it_stands(part))
            builder_note(b, AMBIGUITY_ENCODED_COMPOSITE, i, off);
        if (b->links[i].odd_encoding && part->kind == PART_LEAF &&
            (looks_base64(part->body) || looks_quoted(part->body)))
            builder_note(b, AMBIGUITY_UNKNOWN_ENCODING, i, off);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* map_boundary: which boundary a multipart is read with (RFC 2046 section 5.1.1). */
#include "engine/base/ascii.h"
#include "engine/message/map/map_build.h"

#define RFC_BOUNDARY_MAX 70u
/* How far into the body the lenient reader looks for a line to take as the boundary. */
#define GUESS_WITHIN 4096u

/* "=?charset?Q?text?=" somewhere: some readers decode it, though RFC 2047 section 5 forbids it. */
bool boundary_has_encoded_word(struct span text)
{
    size_t start = span_find_byte(text, '?') == SPAN_NONE ? SPAN_NONE : span_find(text, SPAN("=?"));
    if (start == SPAN_NONE)
        return false;
    struct span rest = span_from(text, start + 2);
    for (int i = 0; i < 2; i++) {
        size_t mark = span_find_byte(rest, '?');
        if (mark == SPAN_NONE)
            return false;
        rest = span_from(rest, mark + 1);
    }
    return span_find(rest, SPAN("?=")) != SPAN_NONE;
}

static bool is_escaped(const struct param *param)
{
    return param->quoted && param->raw_value.len >= 2 &&
           span_find_byte(param->raw_value, '\\') != SPAN_NONE;
}

static bool has_encoded_form(const struct params *params)
{
    for (size_t i = 0; i < params->count; i++) {
        const struct param *param = &params->items[i];
        if ((param->section >= 0 || param->extended) &&
            span_is_nocase(param->attribute, "boundary"))
            return true;
    }
    return false;
}

/* Printable ASCII beyond RFC 2046's list stands in real boundaries, and every reader takes it as it
 * is; not so what is special to the quoting. */
static bool is_odd_char(char c, bool quoted)
{
    if (ascii_is_alnum(c) || c == '-' || c == '_' || c == '=')
        return false;
    if (ascii_is_control(c) || ascii_is_8bit(c))
        return true;
    return strchr(quoted ? "\"\\;" : "\"\\;<>@[]", c) != NULL;
}

/* Python's reader takes the brackets off "<B>", as of an address. */
static bool is_in_brackets(struct span boundary)
{
    return boundary.ptr[0] == '<' && boundary.ptr[boundary.len - 1] == '>';
}

static bool is_bad(struct span boundary, const struct param *param)
{
    if (is_in_brackets(boundary) || boundary.len > RFC_BOUNDARY_MAX ||
        ascii_is_blank(boundary.ptr[0]) || ascii_is_blank(boundary.ptr[boundary.len - 1]))
        return true;
    for (size_t i = 0; i < boundary.len; i++) {
        if (is_odd_char(boundary.ptr[i], !param || param->quoted))
            return true;
    }
    return param && span_find_byte(param->raw_value, '\n') != SPAN_NONE;
}

static void note_prefix(struct builder *b, uint32_t part, struct span boundary, size_t off)
{
    for (size_t i = 0; i < b->open_count; i++) {
        struct span other = b->open[i].boundary;
        if (b->open[i].is_multipart &&
            (span_starts(other, boundary) || span_starts(boundary, other)))
            builder_note(b, AMBIGUITY_BOUNDARY_PREFIX, part, off);
    }
}

/* The first line of the body that begins with "--" and goes on. */
static struct span guess(const struct builder *b)
{
    struct span rest = span_sub(b->map->bytes, b->pos, GUESS_WITHIN);
    struct span line;
    while (span_next(&rest, '\n', &line)) {
        if (span_starts(line, SPAN("--")) && span_trim(line).len > 2)
            return span_from(span_trim(line), 2);
    }
    return SPAN("");
}

/* The plain value in the form that a reader without knowledge of quoting, or with too much of
 * RFC 2047, makes of it. */
static struct span lenient_plain(struct builder *b, const struct param *plain)
{
    if (is_escaped(plain))
        return span_sub(plain->raw_value, 1, plain->raw_value.len - 2);
    if (boundary_has_encoded_word(plain->value))
        return encoded_words_decode(plain->value, b->arena);
    return plain->value;
}

static struct span lenient_value(struct builder *b, const struct param *plain, struct span extended)
{
    struct span boundary = SPAN("");
    if (extended.ptr)
        boundary = span_trim(extended);
    else if (plain)
        boundary = span_trim(lenient_plain(b, plain));
    return boundary.len > 0 ? boundary : guess(b);
}

static struct span choose(struct builder *b, const struct params *type, const struct param *plain,
                          ambiguity_set *found)
{
    struct span extended = params_find_extended(type, "boundary", b->arena, found);
    if (b->map->reading != READING_LENIENT)
        return plain ? plain->value : extended.ptr ? extended : SPAN("");
    return lenient_value(b, plain, extended);
}

bool boundary_choose(struct builder *b, uint32_t index)
{
    struct part *part = &b->map->parts[index];
    const struct param *plain = params_find(&part->type, "boundary");
    ambiguity_set found = 0;
    struct span boundary = choose(b, &part->type, plain, &found);
    size_t off = plain ? (size_t)(plain->raw.ptr - b->map->bytes.ptr) : b->tiled;
    if (found || (plain && is_escaped(plain)) || has_encoded_form(&part->type) ||
        boundary_has_encoded_word(boundary))
        builder_note(b, AMBIGUITY_ENCODED_BOUNDARY, index, off);
    if (boundary.len == 0) {
        builder_note(b, AMBIGUITY_MISSING_BOUNDARY, index, off);
        return false;
    }
    if (boundary.len > b->limits->boundary_length) {
        builder_over(b, "boundary_length");
        return true;
    }
    if (is_bad(boundary, plain))
        builder_note(b, AMBIGUITY_BAD_BOUNDARY, index, off);
    note_prefix(b, index, boundary, off);
    part->boundary = boundary;
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/map/params.h"

#include "engine/base/ascii.h"

#define FEW 2u /* room for what most fields have */

/* Where the reading stands in a field value. */
struct cursor {
    const char *at;
    const char *end;
    struct arena *arena;
    struct params *out;
};

static void note(struct cursor *c, enum ambiguity what)
{
    c->out->ambiguities |= AMBIGUITY_BIT(what);
}

/* RFC 2045 section 5.1: any CHAR except SPACE, CTLs and tspecials, as bits of 0x20 to 0x7f. */
#define BIT(c) (UINT64_C(1) << ((c)&63))
#define NO_TOKEN_BELOW_64                                                                          \
    (UINT64_C(0x1ffffffff) | BIT('(') | BIT(')') | BIT('<') | BIT('>') | BIT(',') | BIT(';') |     \
     BIT(':') | BIT('"') | BIT('/') | BIT('?') | BIT('='))
#define NO_TOKEN_ABOVE_64 (BIT('@') | BIT('\\') | BIT('[') | BIT(']') | BIT(0x7f))

static bool is_token(char byte)
{
    unsigned code = (unsigned char)byte;
    if (code >= 0x80)
        return false;
    return !((code < 64 ? NO_TOKEN_BELOW_64 : NO_TOKEN_ABOVE_64) >> (code & 63) & 1);
}

static struct span take_token(struct cursor *c)
{
    const char *start = c->at;
    while (c->at < c->end && is_token(*c->at))
        c->at++;
    return span_of(start, (size_t)(c->at - start));
}

/* Comments nest (RFC 5322 section 3.2.2): a counter, no recursion. */
static void skip_comment(struct cursor *c)
{
    size_t depth = 0;
    while (c->at < c->end) {
        char byte = *c->at++;
        if (byte == '\\' && c->at < c->end)
            c->at++;
        else if (byte == '(')
            depth++;
        else if (byte == ')' && --depth == 0)
            return;
    }
    note(c, AMBIGUITY_BAD_PARAMETER);
}

/* Skips blanks, folding and comments. Returns whether there was a comment. */
static bool skip_cfws(struct cursor *c)
{
    bool comment = false;
    while (c->at < c->end) {
        if (*c->at == '(') {
            comment = true;
            skip_comment(c);
        } else if (ascii_is_space(*c->at)) {
            c->at++;
        } else {
            break;
        }
    }
    return comment;
}

/* Behind the closing quote of the string that begins here. false: there is none. */
static bool skip_quoted(struct cursor *c)
{
    c->at++;
    while (c->at < c->end) {
        char byte = *c->at++;
        if (byte == '"')
            return true;
        if (byte == '\\' && c->at < c->end)
            c->at++;
    }
    note(c, AMBIGUITY_BAD_PARAMETER);
    return false;
}

static void skip_to_semicolon(struct cursor *c)
{
    while (c->at < c->end && *c->at != ';') {
        if (*c->at == '"')
            (void)skip_quoted(c);
        else
            c->at++;
    }
}

/* Takes the backslashes of quoted pairs and the line ends of folding away. */
static struct span unquote(struct arena *arena, struct span inner)
{
    size_t at = 0;
    while (at < inner.len && inner.ptr[at] != '\\' && inner.ptr[at] != '\r' &&
           inner.ptr[at] != '\n')
        at++;
    if (at == inner.len)
        return inner;
    char *text = arena_alloc(arena, inner.len + 1);
    memcpy(text, inner.ptr, at);
    size_t len = at;
    for (; at < inner.len; at++) {
        char byte = inner.ptr[at];
        if (byte == '\r' || byte == '\n')
            continue;
        if (byte == '\\' && at + 1 < inner.len)
            byte = inner.ptr[++at];
        text[len++] = byte;
    }
    return span_of(text, len);
}

static void take_quoted_value(struct cursor *c, struct param *param)
{
    const char *start = c->at;
    bool closed = skip_quoted(c);
    param->quoted = true;
    param->raw_value = span_of(start, (size_t)(c->at - start));
    struct span inner = span_from(param->raw_value, 1);
    if (closed)
        inner.len--;
    else
        inner = span_trim(inner);
    param->value = unquote(c->arena, inner);
}

/*
 * Up to a blank or semicolon. That takes in more than a token: "=", "/" and the like stand there
 * without quotes in much ordinary mail, and every reader takes them so. Quotes and parentheses in
 * the middle are read in several ways.
 */
static void take_bare_value(struct cursor *c, struct param *param)
{
    const char *start = c->at;
    while (c->at < c->end && *c->at != ';' && !ascii_is_space(*c->at)) {
        if (*c->at == '(')
            break;
        if (*c->at == '"' || *c->at == '\\')
            note(c, AMBIGUITY_BAD_PARAMETER);
        c->at++;
    }
    if (c->at < c->end && *c->at == '(')
        note(c, AMBIGUITY_BAD_PARAMETER);
    param->raw_value = span_of(start, (size_t)(c->at - start));
    param->value = param->raw_value;
}

/* Takes "*", "*0" or "*0*" off the end of the attribute (RFC 2231 sections 3 and 4). */
static void split_attribute(struct cursor *c, struct param *param)
{
    struct span name = param->attribute;
    size_t star = span_find_byte(name, '*');
    param->section = -1;
    if (star == SPAN_NONE)
        return;
    struct span tail = span_from(name, star + 1);
    param->attribute = span_sub(name, 0, star);
    if (tail.len == 0) {
        param->extended = true;
        return;
    }
    if (tail.ptr[tail.len - 1] == '*') {
        param->extended = true;
        tail.len--;
    }
    uint64_t number;
    bool leading_zero = tail.len > 1 && tail.ptr[0] == '0';
    if (!span_to_u64(tail, &number) || number > 9999 || leading_zero || star == 0) {
        note(c, AMBIGUITY_BAD_PARAMETER);
        number = 9999;
    }
    param->section = (int)number;
}

/* Reads `attribute = value`; false when there is none up to the next semicolon. */
static bool take_param(struct cursor *c, struct param *param)
{
    const char *start = c->at;
    *param = (struct param){.attribute = take_token(c)};
    bool comment = skip_cfws(c);
    if (param->attribute.len == 0 || c->at == c->end || *c->at != '=') {
        bool nothing = c->at == start && (c->at == c->end || *c->at == ';');
        if (!nothing)
            note(c, AMBIGUITY_BAD_PARAMETER);
        return false;
    }
    c->at++;
    /* "foo(comment)=bar" is legal, but many readers take the comment for a part of the name. */
    if (skip_cfws(c) || comment)
        note(c, AMBIGUITY_BAD_PARAMETER);
    if (c->at < c->end && *c->at == '"')
        take_quoted_value(c, param);
    else
        take_bare_value(c, param);
    param->raw = span_of(start, (size_t)(c->at - start));
    split_attribute(c, param);
    return true;
}

static void add_param(struct cursor *c, const struct param *param, size_t *cap)
{
    struct params *out = c->out;
    if (out->count == 0) {
        *cap = FEW;
        out->items = ARENA_ARRAY(c->arena, FEW, struct param);
    }
    out->items = arena_grow(c->arena, out->items, out->count, cap, sizeof *param);
    out->items[out->count++] = *param;
}

static void take_params(struct cursor *c, size_t max)
{
    struct params *out = c->out;
    size_t cap = 0;
    while (c->at < c->end) {
        if (*c->at != ';') {
            note(c, AMBIGUITY_BAD_PARAMETER);
            skip_to_semicolon(c);
            continue;
        }
        c->at++;
        (void)skip_cfws(c);
        struct param param;
        if (take_param(c, &param)) {
            if (out->count == max) {
                out->over_limit = true;
                return;
            }
            add_param(c, &param, &cap);
        }
        (void)skip_cfws(c);
    }
}

static void take_type(struct cursor *c, bool with_subtype)
{
    enum ambiguity bad = with_subtype ? AMBIGUITY_BAD_CONTENT_TYPE : AMBIGUITY_BAD_PARAMETER;
    if (skip_cfws(c)) /* a comment in front hides the type from simple readers */
        note(c, bad);
    c->out->type = take_token(c);
    if (c->out->type.len == 0)
        note(c, bad);
    const char *behind = c->at;
    bool comment = skip_cfws(c);
    if (!with_subtype)
        return;
    if (c->at == c->end || *c->at != '/') {
        note(c, bad);
        return;
    }
    bool gap = behind != c->at;
    behind = ++c->at;
    comment = skip_cfws(c) || comment;
    if (comment || gap || behind != c->at)
        note(c, bad);
    c->out->subtype = take_token(c);
    if (c->out->subtype.len == 0)
        note(c, bad);
    (void)skip_cfws(c);
}

/* RFC 2231 section 3: a continued parameter is name*0, name*1, ...; nobody writes them in another
 * order, and readers differ in what they make of that. */
static int expected_section(const struct params *params, size_t index)
{
    int expected = 0;
    for (size_t i = 0; i < index; i++) {
        const struct param *other = &params->items[i];
        if (other->section >= 0 &&
            span_equal_nocase(other->attribute, params->items[index].attribute))
            expected++;
    }
    return expected;
}

static void check_pair(struct params *params, const struct param *a, const struct param *b)
{
    if (a->attribute.len != b->attribute.len || !span_equal_nocase(a->attribute, b->attribute))
        return;
    bool plain_a = a->section < 0 && !a->extended;
    bool plain_b = b->section < 0 && !b->extended;
    if (plain_a != plain_b)
        return; /* filename and filename*: two spellings of one, which is common */
    if (a->section != b->section && a->section >= 0 && b->section >= 0)
        return;
    if (a->extended != b->extended || !span_equal(a->value, b->value))
        params->ambiguities |= AMBIGUITY_BIT(AMBIGUITY_DUPLICATE_PARAMETER);
}

static void check_params(struct params *params)
{
    for (size_t i = 0; i < params->count; i++) {
        struct param *param = &params->items[i];
        if (param->section >= 0 && param->section != expected_section(params, i))
            params->ambiguities |= AMBIGUITY_BIT(AMBIGUITY_BAD_PARAMETER);
        for (size_t j = 0; j < i; j++)
            check_pair(params, &params->items[j], param);
    }
}

void params_parse(struct span value, bool with_subtype, size_t max, struct arena *arena,
                  struct params *out)
{
    *out = (struct params){.type = SPAN(""), .subtype = SPAN("")};
    struct cursor cursor = {value.ptr, span_end(value), arena, out};
    take_type(&cursor, with_subtype);
    take_params(&cursor, max);
    check_params(out);
}

const struct param *params_find(const struct params *params, const char *attribute)
{
    struct span wanted = span_str(attribute);
    for (size_t i = 0; i < params->count; i++) {
        const struct param *param = &params->items[i];
        if (param->attribute.len == wanted.len && param->section < 0 && !param->extended &&
            span_equal_nocase(param->attribute, wanted))
            return param;
    }
    return NULL;
}

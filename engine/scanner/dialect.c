/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner/dialect.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "engine/scanner/dialect_parse.h"

#define DEPTH_MAX 20u
#define OUT_MAX ((size_t)256 << 10)

/* A letter that may be half of another character, at the edges of what was read. */
struct edge {
    bool begins, ends, nullable;
};

static struct edge parse_alternatives(struct parser *p);

static const struct edge edge_none = {false, false, false};
static const struct edge edge_empty = {false, false, true};

static struct edge give_up(struct parser *p)
{
    parse_fail(p);
    return edge_empty;
}

static void only_on(struct parser *p, enum dialect_text texts)
{
    if (p->texts > texts)
        p->texts = texts;
}

static struct edge counted(struct parser *p, struct edge edge, struct count count)
{
    if (count.most > 1 && edge.begins && edge.ends)
        only_on(p, DIALECT_PLAIN);
    edge.nullable = edge.nullable || count.least == 0;
    return edge;
}

static bool is_quantifier(char c)
{
    return c == '?' || c == '*' || c == '+' || c == '{';
}

/* "ss" where case does not matter: each sharp s of the text is two of them. */
static struct edge parse_s(struct parser *p)
{
    uint32_t run = 1;
    while (ascii_lower(peek(p, 0)) == 's' && !is_quantifier(peek(p, 1))) {
        run++;
        p->at++;
    }
    buf_add_str(p->out, run == 1 ? "[sS]" : "(?:[sS]|\\xc3\\x9f|\\xe1\\xba\\x9e)");
    write_count(p->out, (struct count){(run + 1) / 2, run});
    return (struct edge){true, true, false};
}

static struct edge parse_letter(struct parser *p, char c)
{
    struct class_set set = {.above = false};
    if (p->ignore_case && ascii_is_alpha(c)) {
        only_on(p, DIALECT_SHARP);
        if (ascii_lower(c) == 's' && !is_quantifier(peek(p, 0)))
            return parse_s(p);
        class_set_add(&set, (unsigned char)c, (unsigned char)c);
        class_set_fold(&set);
        struct count count = parse_count(p);
        write_class(p->out, &set, count);
        bool is_s = ascii_lower(c) == 's';
        return counted(p, (struct edge){is_s, is_s, false}, count);
    }
    struct count count = parse_count(p);
    write_byte(p->out, c);
    write_count(p->out, count);
    return counted(p, edge_none, count);
}

/* A character above ASCII, whose first byte was read. */
static struct edge parse_above(struct parser *p)
{
    size_t len = utf8_decode(span_from(p->source, p->at - 1), NULL);
    if (len == 0)
        return give_up(p);
    struct span character = span_sub(p->source, p->at - 1, len);
    p->at += len - 1;
    bool cased = p->ignore_case && dialect_has_case(character);
    if (!cased && !is_quantifier(peek(p, 0))) {
        for (size_t i = 0; i < len; i++)
            write_byte(p->out, character.ptr[i]);
        return edge_none;
    }
    if (cased && !is_quantifier(peek(p, 0)) && dialect_write_cases(character, p->out))
        return edge_none;
    /* Other cases may be other bytes, and more; in a pattern of octets a quantifier belongs to the
     * last one. */
    struct class_set set = {.above = true};
    if (cased && dialect_text_of(character) != DIALECT_PLAIN)
        class_set_add(&set, 0, 127);
    struct count count = parse_count(p);
    bool nullable = count.least == 0;
    count.least = !nullable;
    if (count.most != COUNT_ANY)
        count.most = count.most > 1 ? (count.most + 1) * 2 : 2;
    write_class(p->out, &set, count);
    return (struct edge){false, false, nullable};
}

static struct edge parse_set(struct parser *p, const struct class_set *set, struct edge edge)
{
    struct count count = parse_count(p);
    write_class(p->out, set, count);
    return counted(p, edge, count);
}

/* The character of an escape such as \t, \. or \x2d, behind the backslash; -1: something else. */
static int parse_escaped(struct parser *p)
{
    static const char letters[] = "tnrfve", characters[] = "\t\n\r\f\v\x1b";
    char letter = peek(p, 0);
    p->at++;
    const char *known = letter ? strchr(letters, letter) : NULL;
    if (known)
        return characters[known - letters];
    if (letter == 'x') {
        int high = ascii_hex(peek(p, 0)), low = ascii_hex(peek(p, 1));
        p->at += 2;
        return high >= 0 && high < 8 && low >= 0 ? high * 16 + low : -1;
    }
    return letter > ' ' && letter != 0x7f && !ascii_is_alnum(letter) && !ascii_is_8bit(letter)
               ? letter
               : -1;
}

static struct edge parse_escape(struct parser *p)
{
    struct class_set set = {.above = false};
    char letter = peek(p, 0);
    if (letter != '\0' && strchr("bBAzZ", letter)) {
        p->at++;
        return is_quantifier(peek(p, 0)) ? give_up(p) : edge_empty;
    }
    if (class_set_of_letter(&set, letter)) {
        p->at++;
        return parse_set(p, &set, edge_none);
    }
    int character = parse_escaped(p);
    return character < 0 ? give_up(p) : parse_letter(p, (char)character);
}

/* One end of a range, or a single character, of a class: above ASCII all are 128. */
static bool class_character(struct parser *p, unsigned *out)
{
    char c = peek(p, 0);
    if (!more(p) || c == '[' || (c == '&' && peek(p, 1) == '&'))
        return false;
    if (ascii_is_8bit(c)) {
        size_t len = utf8_decode(span_from(p->source, p->at), NULL);
        p->at += len;
        *out = 128;
        return len > 0;
    }
    p->at++;
    int character = c == '\\' ? parse_escaped(p) : c;
    *out = (unsigned)character;
    return character >= 0;
}

static bool parse_class_item(struct parser *p, struct class_set *set)
{
    unsigned first, last;
    if (peek(p, 0) == '\\' && class_set_of_letter(set, peek(p, 1))) {
        p->at += 2;
        return peek(p, 0) != '-' || peek(p, 1) == ']';
    }
    if (!class_character(p, &first))
        return false;
    last = first;
    if (peek(p, 0) == '-' && peek(p, 1) != ']') {
        p->at++;
        if (!class_character(p, &last) || last < first)
            return false;
        if (peek(p, 0) == '-' && peek(p, 1) != ']')
            return false;
    }
    class_set_add(set, first, last);
    set->above = set->above || last >= 128;
    if (last >= 128 && p->ignore_case) /* other cases may be of ASCII */
        class_set_add(set, 0, 127);
    return true;
}

static struct edge parse_class(struct parser *p)
{
    struct class_set set = {.above = false};
    bool negated = accept(p, "^");
    if (peek(p, 0) == ']')
        return give_up(p);
    while (more(p) && peek(p, 0) != ']') {
        if (!parse_class_item(p, &set))
            return give_up(p);
    }
    p->at++;
    struct edge edge = edge_none;
    if (p->ignore_case) {
        only_on(p, DIALECT_SHARP);
        edge.begins = edge.ends = class_set_is_only(&set, 's');
        class_set_fold(&set);
    }
    bool named_above = set.above;
    if (negated)
        class_set_invert(&set);
    if (negated && named_above && p->ignore_case)
        class_set_add(&set, 0, 127);
    return parse_set(p, &set, edge);
}

/* A group whose kind was read, to its end. */
static struct edge parse_rest_of_group(struct parser *p)
{
    buf_add_str(p->out, "(?:");
    struct edge edge = parse_alternatives(p);
    buf_add_byte(p->out, ')');
    return accept(p, ")") ? edge : give_up(p);
}

/* Takes no room: what it asks for is left out. */
static struct edge parse_look_around(struct parser *p)
{
    size_t before = p->out->len;
    (void)parse_rest_of_group(p);
    p->out->len = before;
    return is_quantifier(peek(p, 0)) ? give_up(p) : edge_empty;
}

/* Behind "(?": i, m and - before ":" or ")". */
static bool parse_options(struct parser *p)
{
    bool on = true;
    for (; more(p) && peek(p, 0) != ':' && peek(p, 0) != ')'; p->at++) {
        if (peek(p, 0) == '-')
            on = false;
        else if (peek(p, 0) == 'i')
            p->ignore_case = on;
        else if (peek(p, 0) == 'm')
            p->any_line = on;
        else
            return false;
    }
    return more(p);
}

/* "(?i)" holds to the end of the group around it, alternatives included. */
static struct edge parse_rest_under_options(struct parser *p)
{
    buf_add_str(p->out, "(?:");
    struct edge edge = parse_alternatives(p);
    buf_add_byte(p->out, ')');
    return edge;
}

static struct edge parse_named(struct parser *p, char end)
{
    size_t len = span_find_byte(span_from(p->source, p->at), end);
    if (len == SPAN_NONE)
        return give_up(p);
    p->at += len + 1;
    return parse_rest_of_group(p);
}

/* The end of `isolated` is the cursor: no ")" was read. */
static struct edge parse_group_kind(struct parser *p, bool *isolated)
{
    if (!accept(p, "?"))
        return parse_rest_of_group(p);
    if (accept(p, "=") || accept(p, "!") || accept(p, "<=") || accept(p, "<!"))
        return parse_look_around(p);
    if (accept(p, ">"))
        return parse_rest_of_group(p);
    if (accept(p, "<"))
        return parse_named(p, '>');
    if (accept(p, "'"))
        return parse_named(p, '\'');
    if (!parse_options(p))
        return give_up(p);
    *isolated = peek(p, 0) == ')';
    p->at++;
    return *isolated ? parse_rest_under_options(p) : parse_rest_of_group(p);
}

static struct edge parse_group(struct parser *p)
{
    bool ignore_case = p->ignore_case, any_line = p->any_line, isolated = false;
    size_t before = p->out->len;
    if (++p->depth > DEPTH_MAX)
        return give_up(p);
    struct edge edge = parse_group_kind(p, &isolated);
    p->depth--;
    p->ignore_case = ignore_case;
    p->any_line = any_line;
    /* An assertion left nothing behind to be counted. */
    if (isolated || p->failed || p->out->len == before)
        return edge;
    struct count count = parse_count(p);
    write_count(p->out, count);
    return counted(p, edge, count);
}

static struct edge parse_any(struct parser *p)
{
    struct class_set set = {.above = true};
    class_set_add(&set, 0, 127);
    set.has['\n'] = p->any_line;
    return parse_set(p, &set, edge_none);
}

static struct edge parse_atom(struct parser *p)
{
    char c = peek(p, 0);
    p->at++;
    switch (c) {
    case '^':
    case '$':
        return is_quantifier(peek(p, 0)) ? give_up(p) : edge_empty;
    case '.':
        return parse_any(p);
    case '\\':
        return more(p) ? parse_escape(p) : give_up(p);
    case '[':
        return parse_class(p);
    case '(':
        return parse_group(p);
    case '*':
    case '+':
    case '?':
    case '{':
        return give_up(p);
    default:
        return ascii_is_8bit(c) ? parse_above(p) : parse_letter(p, c);
    }
}

static struct edge parse_sequence(struct parser *p)
{
    struct edge all = edge_empty;
    while (!p->failed && more(p) && peek(p, 0) != '|' && peek(p, 0) != ')') {
        struct edge next = parse_atom(p);
        if (p->out->len > OUT_MAX)
            return give_up(p);
        /* Two halves of one character that were not read together. */
        if (all.ends && next.begins)
            only_on(p, DIALECT_PLAIN);
        all.begins = all.begins || (all.nullable && next.begins);
        all.ends = next.ends || (next.nullable && all.ends);
        all.nullable = all.nullable && next.nullable;
    }
    return all;
}

static struct edge parse_alternatives(struct parser *p)
{
    struct edge any = parse_sequence(p);
    while (!p->failed && accept(p, "|")) {
        buf_add_byte(p->out, '|');
        struct edge other = parse_sequence(p);
        any.begins = any.begins || other.begins;
        any.ends = any.ends || other.ends;
        any.nullable = any.nullable || other.nullable;
    }
    return any;
}

bool dialect_write(struct span source, struct buf *out, enum dialect_text *texts_out)
{
    size_t before = out->len;
    struct buf own = BUF_INIT;
    struct parser parser = {.source = source, .texts = DIALECT_ANY, .out = &own};
    struct edge edge = parse_alternatives(&parser);
    bool held = !parser.failed && !more(&parser) && !edge.nullable;
    if (held)
        buf_add(out, buf_span(&own));
    else
        out->len = before;
    buf_fini(&own);
    *texts_out = parser.texts;
    return held;
}

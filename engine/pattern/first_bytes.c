/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/pattern/first_bytes.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"

/* Groups in groups; deeper patterns are searched without help. */
#define DEPTH_MAX 20u

/* What can begin here. */
struct first {
    struct byte_set set;
    bool nullable; /* may match nothing, so what follows may begin, too */
};

struct parser {
    struct span text;
    size_t at;
    unsigned depth;
    bool ignore_case;
    bool failed;
};

static struct first parse_alternatives(struct parser *p);

static bool more(const struct parser *p)
{
    return p->at < p->text.len;
}

static char peek(const struct parser *p)
{
    return more(p) ? p->text.ptr[p->at] : '\0';
}

static bool accept(struct parser *p, const char *word)
{
    struct span rest = span_from(p->text, p->at);
    if (!span_starts(rest, span_str(word)))
        return false;
    p->at += strlen(word);
    return true;
}

static struct first nothing(void)
{
    return (struct first){.nullable = true};
}

static struct first give_up(struct parser *p)
{
    p->failed = true;
    p->at = p->text.len;
    return nothing();
}

static void add_high(struct byte_set *set)
{
    byte_set_add_range(set, 0x80, 0xff);
}

/* Case folding relates ASCII letters to some characters beyond ASCII (K and the Kelvin sign), and
 * some of those to several letters (sharp s): both directions are allowed for. */
static void add_character(const struct parser *p, struct byte_set *set, char c)
{
    if (!p->ignore_case) {
        byte_set_add(set, (unsigned char)c);
    } else if (ascii_is_8bit(c)) {
        byte_set_add_range(set, 0, 0xff);
    } else {
        byte_set_add(set, (unsigned char)ascii_lower(c));
        byte_set_add(set, (unsigned char)ascii_upper(c));
        if (ascii_is_alpha(c))
            add_high(set);
    }
}

/* \d and its like; characters beyond ASCII belong to them as well. false: no such class. */
static bool add_class(struct byte_set *set, char letter)
{
    switch (letter) {
    case 'h':
        byte_set_add_range(set, 'a', 'f');
        byte_set_add_range(set, 'A', 'F');
        byte_set_add_range(set, '0', '9');
        break;
    case 'd':
        byte_set_add_range(set, '0', '9');
        break;
    case 'w':
        byte_set_add_range(set, '0', '9');
        byte_set_add_range(set, 'a', 'z');
        byte_set_add_range(set, 'A', 'Z');
        byte_set_add(set, '_');
        break;
    case 's':
        byte_set_add_range(set, '\t', '\r');
        byte_set_add(set, ' ');
        break;
    default:
        return false;
    }
    add_high(set);
    return true;
}

/* The character of an escape such as \t or \., or 0 for one that is more than a character. */
static char escaped_character(char letter)
{
    static const struct {
        char letter, character;
    } escapes[] = {{'t', '\t'}, {'n', '\n'}, {'r', '\r'}, {'f', '\f'}, {'v', '\v'}, {'e', 0x1b}};
    for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
        if (escapes[i].letter == letter)
            return escapes[i].character;
    }
    bool plain = letter > ' ' && !ascii_is_alnum(letter) && !ascii_is_8bit(letter);
    return plain ? letter : '\0';
}

static struct first parse_escape(struct parser *p)
{
    struct first first = {.nullable = false};
    char letter = peek(p);
    p->at++;
    if (letter == 'b' || letter == 'B' || letter == 'A' || letter == 'z' || letter == 'Z')
        return nothing();
    if (letter == 'D' || letter == 'W' || letter == 'S' || letter == 'H') {
        byte_set_add_range(&first.set, 0, 0xff);
        return first;
    }
    if (add_class(&first.set, letter))
        return first;
    char character = escaped_character(letter);
    if (character == '\0')
        return give_up(p);
    add_character(p, &first.set, character);
    return first;
}

/* One end of a range, or a single character of a class; false for what is not understood. */
static bool class_character(struct parser *p, char *out)
{
    *out = peek(p);
    p->at++;
    if (*out == '[' || *out == '&' || ascii_is_8bit(*out))
        return false;
    if (*out == '\\') {
        *out = escaped_character(peek(p));
        p->at++;
        return *out != '\0';
    }
    return true;
}

static bool parse_class_item(struct parser *p, struct byte_set *set)
{
    char first, last;
    if (peek(p) == '\\' && p->at + 1 < p->text.len && add_class(set, p->text.ptr[p->at + 1])) {
        p->at += 2;
        return peek(p) != '-';
    }
    if (!class_character(p, &first))
        return false;
    if (peek(p) != '-' || span_starts(span_from(p->text, p->at), SPAN("-]"))) {
        add_character(p, set, first);
        return true;
    }
    p->at++;
    if (!class_character(p, &last) || last < first)
        return false;
    for (int c = first; c <= last; c++)
        add_character(p, set, (char)c);
    return true;
}

static struct first parse_class(struct parser *p)
{
    struct first first = {.nullable = false};
    bool negated = accept(p, "^");
    if (peek(p) == ']')
        return give_up(p);
    while (more(p) && peek(p) != ']') {
        if (!parse_class_item(p, &first.set))
            return give_up(p);
    }
    p->at++;
    if (negated) {
        byte_set_invert_ascii(&first.set);
        add_high(&first.set);
    }
    return first;
}

/* Behind "(?": options such as i, m-i. true when they are known ones; the ')' or ':' is next. */
static bool parse_options(struct parser *p)
{
    bool on = true;
    while (more(p) && peek(p) != ':' && peek(p) != ')') {
        char option = peek(p);
        p->at++;
        if (option == '-')
            on = false;
        else if (option == 'i')
            p->ignore_case = on;
        else if (option != 'm')
            return false;
    }
    return more(p);
}

static struct first parse_rest_of_group(struct parser *p)
{
    struct first first = parse_alternatives(p);
    if (!accept(p, ")"))
        return give_up(p);
    return first;
}

/* Look-around takes no room: what follows it begins the match. */
static struct first parse_look_around(struct parser *p)
{
    (void)parse_rest_of_group(p);
    return nothing();
}

static struct first parse_option_group(struct parser *p)
{
    if (!parse_options(p))
        return give_up(p);
    if (accept(p, ")"))
        return nothing(); /* holds to the end of the enclosing group */
    p->at++;
    return parse_rest_of_group(p);
}

static struct first parse_group_kind(struct parser *p)
{
    if (!accept(p, "?"))
        return parse_rest_of_group(p);
    if (accept(p, "=") || accept(p, "!") || accept(p, "<=") || accept(p, "<!"))
        return parse_look_around(p);
    if (accept(p, ">"))
        return parse_rest_of_group(p);
    if (accept(p, "<") || accept(p, "'")) {
        char end = p->text.ptr[p->at - 1] == '<' ? '>' : '\'';
        size_t len = span_find_byte(span_from(p->text, p->at), end);
        if (len == SPAN_NONE)
            return give_up(p);
        p->at += len + 1;
        return parse_rest_of_group(p);
    }
    return parse_option_group(p);
}

static struct first parse_group(struct parser *p)
{
    bool outside = p->ignore_case;
    size_t begin = p->at;
    if (++p->depth > DEPTH_MAX)
        return give_up(p);
    struct first first = parse_group_kind(p);
    p->depth--;
    /* An option on its own holds on behind its parenthesis. */
    struct span group = span_sub(p->text, begin, p->at - begin);
    bool is_option = group.len > 1 && group.ptr[0] == '?' &&
                     span_find_byte(group, ':') == SPAN_NONE && first.nullable &&
                     (ascii_is_alpha(group.ptr[1]) || group.ptr[1] == '-');
    if (!is_option)
        p->ignore_case = outside;
    return first;
}

static struct first parse_atom(struct parser *p)
{
    struct first first = {.nullable = false};
    char c = peek(p);
    p->at++;
    switch (c) {
    case '^':
    case '$':
        return nothing();
    case '.':
        byte_set_add_range(&first.set, 0, 0xff);
        return first;
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
        add_character(p, &first.set, c);
        /* The rest of a character beyond ASCII: a quantifier belongs to all of it. */
        while (ascii_is_8bit(c) && more(p) && ((unsigned char)peek(p) & 0xc0) == 0x80)
            p->at++;
        return first;
    }
}

/* "{2,5}": whether it allows none. Braces that are no quantifier are not understood. */
static bool parse_braces(struct parser *p, bool *nullable)
{
    struct span rest = span_from(p->text, p->at);
    size_t end = span_find_byte(rest, '}');
    uint64_t least = 0;
    if (end == SPAN_NONE)
        return false;
    struct span inside = span_sub(rest, 0, end), low;
    struct span high = inside;
    (void)span_next(&high, ',', &low);
    bool has_low = span_to_u64(low, &least);
    uint64_t most;
    if ((!has_low && low.len > 0) || (high.ptr && high.len > 0 && !span_to_u64(high, &most)) ||
        (!has_low && (!high.ptr || high.len == 0)))
        return false;
    p->at += end + 1;
    *nullable = *nullable || least == 0;
    return true;
}

/* Any number of quantifiers; "{n}?" makes optional what "+?" makes only reluctant. */
static bool parse_quantifiers(struct parser *p, bool *nullable)
{
    for (;;) {
        if (accept(p, "*") || accept(p, "?"))
            *nullable = true;
        else if (accept(p, "{")) {
            if (!parse_braces(p, nullable))
                return false;
        } else if (!accept(p, "+"))
            return true;
    }
}

static struct first parse_sequence(struct parser *p)
{
    struct first all = nothing();
    while (!p->failed && more(p) && peek(p) != '|' && peek(p) != ')') {
        struct first item = parse_atom(p);
        if (!parse_quantifiers(p, &item.nullable))
            return give_up(p);
        if (all.nullable) {
            byte_set_join(&all.set, &item.set);
            all.nullable = item.nullable;
        }
    }
    return all;
}

static struct first parse_alternatives(struct parser *p)
{
    struct first any = parse_sequence(p);
    while (!p->failed && accept(p, "|")) {
        struct first other = parse_sequence(p);
        byte_set_join(&any.set, &other.set);
        any.nullable = any.nullable || other.nullable;
    }
    return any;
}

bool first_bytes_of(struct span source, struct byte_set *out)
{
    struct parser parser = {.text = source};
    struct first first = parse_alternatives(&parser);
    if (parser.failed || more(&parser) || first.nullable)
        return false;
    *out = first.set;
    return true;
}

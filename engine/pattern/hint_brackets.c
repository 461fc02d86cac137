/* SPDX-License-Identifier: Apache-2.0 */
/* Brackets of a pattern, and what has to be passed over. */
#include "engine/base/ascii.h"
#include "engine/pattern/hint_parse.h"

/* An escape inside brackets. *single_out: the character, or -1 for a class like \d. false: not
 * understood. */
static bool bracket_escape(struct parse *p, struct class *class, int *single_out)
{
    struct class shorthand;
    char c = parse_peek(p, 1);
    p->at += 2;
    *single_out = -1;
    if (class_of_letter(c, &shorthand)) {
        class->low |= shorthand.low;
        class->high |= shorthand.high;
        if (shorthand.text < class->text)
            class->text = shorthand.text;
        return true;
    }
    if (ascii_is_alnum(c) || ascii_is_8bit(c) || c == '\0')
        return false;
    class_add(class, (unsigned char)c);
    *single_out = (unsigned char)c;
    return true;
}

/* Behind a plain character: "-" and the end of a range, or nothing. */
static bool bracket_range(struct parse *p, struct class *class, int first)
{
    if (parse_peek(p, 0) != '-' || parse_peek(p, 1) == ']')
        return true;
    char last = parse_peek(p, 1);
    bool both = last == '&' && parse_peek(p, 2) == '&'; /* of two classes */
    if (first < 0 || last == '[' || last == '\\' || ascii_is_8bit(last) || both ||
        (unsigned char)last < first)
        return false;
    class_add_range(class, (unsigned)first, (unsigned char)last);
    p->at += 2;
    return true;
}

static bool bracket_item(struct parse *p, struct class *class)
{
    int first;
    char c = parse_peek(p, 0);
    if (c == '\\')
        return bracket_escape(p, class, &first) && bracket_range(p, class, first);
    if (c == '[' || ascii_is_8bit(c) || (c == '&' && parse_peek(p, 1) == '&'))
        return false;
    class_add(class, (unsigned char)c);
    p->at++;
    return bracket_range(p, class, (unsigned char)c);
}

bool parse_brackets(struct parse *p, struct class *class_out)
{
    size_t begin = p->at++;
    *class_out = (struct class){.text = HINT_ANY};
    bool inverted = parse_peek(p, 0) == '^';
    p->at += inverted;
    bool known = true;
    p->failed |= parse_peek(p, 0) == ']'; /* "[]a]": where does it end? */
    while (known && !parse_at_end(p) && parse_peek(p, 0) != ']')
        known = bracket_item(p, class_out);
    if (!known || parse_at_end(p)) {
        p->at = begin + 1;
        parse_skip_brackets(p);
        return false;
    }
    p->at++;
    if (inverted && p->ignore_case)
        class_fold(class_out);
    if (inverted)
        class_invert(class_out);
    return true;
}

void parse_skip_brackets(struct parse *p)
{
    unsigned depth = 1;
    while (!parse_at_end(p) && depth > 0) {
        char c = parse_peek(p, 0);
        p->at += c == '\\' ? 2 : 1;
        depth += c == '[';
        depth -= c == ']';
    }
}

void parse_skip_group(struct parse *p)
{
    unsigned depth = 1;
    while (!parse_at_end(p) && depth > 0) {
        char c = parse_peek(p, 0);
        if (c == '[') {
            p->at++;
            parse_skip_brackets(p);
            continue;
        }
        p->at += c == '\\' ? 2 : 1;
        depth += c == '(';
        depth -= c == ')';
    }
}

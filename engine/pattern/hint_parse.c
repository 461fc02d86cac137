/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/pattern/hint_parse.h"
#include "engine/base/ascii.h"

/* Groups nested deeper are not understood. */
#define GROUP_DEPTH_MAX 20u
/* More characters before a run than this are "any number". */
#define BEFORE_MAX 200u

/* --- the run --- */

static void keep_best(struct parse *p)
{
    unsigned total = 0;
    for (size_t i = 0; i < p->run.count; i++)
        total += class_worth(&p->run.classes[i]);
    if (p->run.before == HINT_FAR)
        total = total * 2 / 3;
    if (total > p->best_worth) {
        p->best = p->run;
        p->best_worth = total;
    }
}

/* The run ends here; the next one begins behind what was consumed. */
static void end_run(struct parse *p)
{
    keep_best(p);
    p->run.count = 0;
    p->run.before = p->consumed;
}

static void consume(struct parse *p, size_t most)
{
    if (p->consumed == HINT_FAR || most == HINT_FAR || p->consumed + most > BEFORE_MAX)
        p->consumed = HINT_FAR;
    else
        p->consumed += most;
}

static void add_place(struct parse *p, const struct class *class)
{
    if (p->run.count == HINT_RUN_MAX)
        end_run(p);
    p->run.classes[p->run.count++] = *class;
    consume(p, 1);
}

/* Something of unknown content and at most `most` characters. */
static void add_gap(struct parse *p, size_t most)
{
    end_run(p);
    consume(p, most);
    p->run.before = p->consumed;
}

/* --- quantifiers --- */

static bool read_number(struct parse *p, size_t *out)
{
    bool some = false;
    *out = 0;
    while (ascii_is_digit(parse_peek(p, 0)) && *out < 100000) {
        *out = *out * 10 + (size_t)(parse_peek(p, 0) - '0');
        p->at++;
        some = true;
    }
    return some;
}

bool parse_braces(struct parse *p, struct quantifier *q)
{
    p->at++;
    bool least = read_number(p, &q->least);
    q->most = q->least;
    if (parse_peek(p, 0) == ',') {
        p->at++;
        bool most = read_number(p, &q->most);
        if (!most)
            q->most = HINT_FAR;
        if (!least && !most)
            return false;
    } else if (!least) {
        return false;
    }
    if (parse_peek(p, 0) != '}')
        return false;
    p->at++;
    return true;
}

static bool is_quantifier(char c)
{
    return c == '*' || c == '+' || c == '?' || c == '{';
}

/* A quantifier on a quantifier, and {n}? which is optional in Ruby, count as "any number". */
static struct quantifier read_quantifier(struct parse *p)
{
    struct quantifier q = {1, 1};
    char c = parse_peek(p, 0);
    if (!is_quantifier(c))
        return q;
    if (c == '{') {
        if (!parse_braces(p, &q))
            p->failed = true;
    } else {
        q.least = c == '+';
        q.most = c == '?' ? 1 : HINT_FAR;
        p->at++;
        if (parse_peek(p, 0) == '?' || parse_peek(p, 0) == '+')
            p->at++; /* lazy, possessive */
    }
    if (is_quantifier(parse_peek(p, 0))) {
        q = (struct quantifier){0, HINT_FAR};
        while (is_quantifier(parse_peek(p, 0))) {
            struct quantifier ignored;
            if (parse_peek(p, 0) != '{')
                p->at++;
            else if (!parse_braces(p, &ignored))
                p->failed = true;
            if (p->failed)
                break;
        }
    }
    if (q.most < q.least)
        p->failed = true;
    return q;
}

/* One character of a class, as often as the quantifier says. */
static void add_class(struct parse *p, struct class class)
{
    if (p->ignore_case)
        class_fold(&class);
    struct quantifier q = read_quantifier(p);
    size_t places = q.least < HINT_RUN_MAX ? q.least : HINT_RUN_MAX;
    for (size_t i = 0; i < places; i++)
        add_place(p, &class);
    if (q.least != q.most || places != q.least)
        add_gap(p, q.most == HINT_FAR ? HINT_FAR : q.most - places);
}

/* One character of which nothing is known, as often as the quantifier says. */
static void add_any(struct parse *p)
{
    add_gap(p, read_quantifier(p).most);
}

/* --- groups --- */

static void parse_sequence(struct parse *p);

/* Whether the group has an alternative on its own level, or options that change its rest. */
static bool has_alternative(const struct parse *p)
{
    struct parse ahead = *p;
    unsigned depth = 1;
    while (!parse_at_end(&ahead) && depth > 0) {
        char c = parse_peek(&ahead, 0);
        if (c == '[') {
            ahead.at++;
            parse_skip_brackets(&ahead);
            continue;
        }
        if (c == '|' && depth == 1)
            return true;
        ahead.at += c == '\\' ? 2 : 1;
        depth += c == '(';
        depth -= c == ')';
    }
    return false;
}

/* The quantifier behind a group, seen from its inside. */
static bool is_quantified(const struct parse *p)
{
    struct parse ahead = *p;
    parse_skip_group(&ahead);
    return is_quantifier(parse_peek(&ahead, 0));
}

/* How many characters a group takes at most is not counted: it is a gap. */
static void pass_group(struct parse *p)
{
    parse_skip_group(p);
    (void)read_quantifier(p);
    add_gap(p, HINT_FAR);
}

static void enter_group(struct parse *p)
{
    if (p->depth >= GROUP_DEPTH_MAX || has_alternative(p) || is_quantified(p)) {
        pass_group(p);
        return;
    }
    bool ignore_case = p->ignore_case;
    p->depth++;
    parse_sequence(p);
    p->depth--;
    p->ignore_case = ignore_case;
    if (parse_peek(p, 0) == ')')
        p->at++;
}

/* "(?i)", "(?i-m:": only case and what "." means are understood. */
static void parse_options(struct parse *p)
{
    bool on = true;
    bool ignore_case = p->ignore_case;
    for (;; p->at++) {
        char c = parse_peek(p, 0);
        if (c == '-')
            on = false;
        else if (c == 'i')
            ignore_case = on;
        else if (c != 'm')
            break;
    }
    char end = parse_peek(p, 0);
    p->at++;
    bool before = p->ignore_case;
    p->ignore_case = ignore_case;
    if (end == ')')
        return; /* for the rest of the group */
    if (end == ':')
        enter_group(p);
    else
        p->failed = true; /* (?x) and others */
    p->ignore_case = before;
}

static void skip_name(struct parse *p)
{
    while (!parse_at_end(p) && parse_peek(p, 0) != '>')
        p->at++;
    p->at++;
}

static void parse_special_group(struct parse *p)
{
    char c = parse_peek(p, 0);
    p->at++;
    if (c == ':' || c == '>') {
        enter_group(p);
    } else if (c == '=' || c == '!') {
        parse_skip_group(p);
        p->failed |= is_quantifier(parse_peek(p, 0));
    } else if (c == '<' && (parse_peek(p, 0) == '=' || parse_peek(p, 0) == '!')) {
        parse_skip_group(p);
        p->failed |= is_quantifier(parse_peek(p, 0));
    } else if (c == '<') {
        skip_name(p);
        enter_group(p);
    } else if (c == 'i' || c == 'm' || c == '-') {
        p->at--;
        parse_options(p);
    } else {
        p->failed = true; /* conditions, absence, callouts, comments */
    }
}

static void parse_group(struct parse *p)
{
    p->at++;
    if (parse_peek(p, 0) == '?') {
        p->at++;
        parse_special_group(p);
    } else if (parse_peek(p, 0) == '*') {
        p->failed = true;
    } else {
        enter_group(p);
    }
}

/* --- the sequence --- */

static void parse_escape(struct parse *p)
{
    struct class class;
    char c = parse_peek(p, 1);
    p->at += 2;
    if (class_of_letter(c, &class)) {
        add_class(p, class);
    } else if (c && strchr("bBAzZ", c)) {
        p->failed |= is_quantifier(parse_peek(p, 0));
    } else if (ascii_is_alnum(c) || ascii_is_8bit(c) || ascii_is_control(c)) {
        p->failed = true; /* \x, \p, \k, \K, \G, \1 ...: some change what is around them */
    } else {
        class = (struct class){.text = HINT_ANY};
        class_add(&class, (unsigned char)c);
        add_class(p, class);
    }
}

static void parse_literal(struct parse *p)
{
    struct class class = {.text = HINT_ANY};
    class_add(&class, (unsigned char)parse_peek(p, 0));
    p->at++;
    add_class(p, class);
}

static void parse_class(struct parse *p)
{
    struct class class;
    if (parse_brackets(p, &class))
        add_class(p, class);
    else
        add_any(p);
}

static void parse_item(struct parse *p)
{
    char c = parse_peek(p, 0);
    if (c == '\\') {
        parse_escape(p);
    } else if (c == '(') {
        parse_group(p);
    } else if (c == '[') {
        parse_class(p);
    } else if (c == '.') {
        p->at++;
        add_any(p);
    } else if (c == '^' || c == '$') {
        p->at++;
        p->failed |= is_quantifier(parse_peek(p, 0));
    } else if (c == '|' || ascii_is_8bit(c) || is_quantifier(c)) {
        p->failed = true;
    } else {
        parse_literal(p);
    }
}

static void parse_sequence(struct parse *p)
{
    while (!p->failed && !parse_at_end(p) && parse_peek(p, 0) != ')')
        parse_item(p);
}

/* Comments and (?x) make parentheses that are none; they may stand in what is passed over. */
static bool is_plain_syntax(struct span source)
{
    for (size_t i = 0; i + 1 < source.len; i++) {
        if (source.ptr[i] != '(' || (source.ptr[i + 1] != '?' && source.ptr[i + 1] != '*'))
            continue;
        size_t at = i + 2;
        if (source.ptr[i + 1] == '*' || at == source.len)
            return false;
        if (strchr(":=!><", source.ptr[at]))
            continue;
        while (at < source.len && strchr("im-", source.ptr[at]))
            at++;
        if (at == source.len || at == i + 2 || !strchr(":)", source.ptr[at]))
            return false;
    }
    return span_find_byte(source, '\0') == SPAN_NONE;
}

bool hint_parse(struct parse *p)
{
    if (!is_plain_syntax(p->source))
        return false;
    parse_sequence(p);
    keep_best(p);
    return !p->failed && parse_at_end(p);
}

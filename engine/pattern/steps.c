/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a pattern as steps. */
#include "engine/pattern/steps.h"

#include "engine/base/ascii.h"
#include "engine/base/mem.h"
#include "engine/pattern/hint_parse.h"

#include <stdlib.h>

#define STEPS_MOST 600u
#define DEPTH_MOST 20u    /* groups in groups */
#define VISITS_MOST 4000u /* steps that are looked at for what may follow one */
#define NO_STEP UINT32_MAX

struct builder {
    struct parse parse;
    struct steps steps;
    size_t cap;
    unsigned depth;
    bool sure; /* what is read now is taken exactly once */
    bool failed;
};

/* Returns the fewest bytes that it takes. */
static size_t build_alternatives(struct builder *b);

static char peek(const struct builder *b, size_t ahead)
{
    return parse_peek(&b->parse, ahead);
}

static uint32_t add(struct builder *b, enum step_kind kind, uint32_t to)
{
    struct steps *steps = &b->steps;
    b->failed |= steps->count == STEPS_MOST;
    if (b->failed)
        return 0;
    if (steps->count == b->cap) {
        b->cap = b->cap ? b->cap * 2 : 32;
        steps->items = mem_resize(steps->items, b->cap * sizeof *steps->items);
    }
    steps->items[steps->count] = (struct step){.kind = (uint8_t)kind, .to = to};
    return (uint32_t)steps->count++;
}

/* Steps that go to where the next one will be are a list until it is there. */
static void arrive(struct builder *b, uint32_t list)
{
    while (list != NO_STEP && !b->failed) {
        uint32_t next = b->steps.items[list].to;
        b->steps.items[list].to = (uint32_t)b->steps.count;
        list = next;
    }
}

static bool is_quantifier(char c)
{
    return c == '*' || c == '+' || c == '?' || c == '{';
}

/* One that takes as much as it can, or none. */
static struct quantifier read_quantifier(struct builder *b)
{
    struct quantifier q = {1, 1};
    char c = peek(b, 0);
    if (!is_quantifier(c))
        return q;
    if (c == '{') {
        b->failed |= !parse_braces(&b->parse, &q);
    } else {
        q = (struct quantifier){c == '+', c == '?' ? 1 : HINT_FAR};
        b->parse.at++;
    }
    b->failed |= is_quantifier(peek(b, 0)) || q.most < q.least || q.most == 0;
    return q;
}

static struct class read_class(struct builder *b)
{
    struct class class = {.text = HINT_ANY};
    char c = peek(b, 0);
    if (c == '[') {
        b->failed |= !parse_brackets(&b->parse, &class) || b->parse.failed;
    } else if (c == '\\') {
        c = peek(b, 1);
        b->parse.at += 2;
        if (!class_of_letter(c, &class)) {
            class = (struct class){.text = HINT_ANY};
            class_add(&class, (unsigned char)c);
            b->failed |= ascii_is_alnum(c) || ascii_is_8bit(c) || ascii_is_control(c);
        }
    } else {
        class_add(&class, (unsigned char)c);
        b->parse.at++;
        b->failed |= ascii_is_8bit(c) || c == '\0' || strchr(".^$*+?{}])|", c) != NULL;
    }
    if (b->parse.ignore_case)
        class_fold(&class);
    return class;
}

static size_t build_characters(struct builder *b)
{
    struct class class = read_class(b);
    struct quantifier q = read_quantifier(b);
    uint32_t run = add(b, STEP_RUN, NO_STEP);
    if (b->failed)
        return 0;
    struct step *step = &b->steps.items[run];
    step->least = (uint32_t)q.least;
    step->most = q.most == HINT_FAR ? UINT32_MAX : (uint32_t)q.most;
    step->class = (struct step_class){class.low, class.high, class.text != HINT_ANY, false};
    return q.least;
}

/* --- groups --- */

/* "(", "(?:", "(?i:" at the cursor. */
static bool open_group(struct builder *b)
{
    b->parse.at++;
    if (peek(b, 0) != '?') {
        b->failed |= !b->sure || peek(b, 0) == '*' || b->steps.groups == PATTERN_GROUPS_MAX;
        return true;
    }
    bool folds = peek(b, 1) == 'i';
    b->failed |= peek(b, 1 + folds) != ':';
    b->parse.at += 2 + folds;
    b->parse.ignore_case |= folds;
    return false;
}

static size_t build_once(struct builder *b, size_t begin)
{
    bool ignore_case = b->parse.ignore_case;
    b->parse.at = begin;
    bool saves = open_group(b);
    uint32_t number = (uint32_t)b->steps.groups * 2;
    b->steps.groups += saves;
    if (saves)
        (void)add(b, STEP_SAVE, number);
    size_t least = build_alternatives(b);
    if (saves)
        (void)add(b, STEP_SAVE, number + 1);
    b->failed |= peek(b, 0) != ')';
    b->parse.at++;
    b->parse.ignore_case = ignore_case;
    return least;
}

/* So often more, or not. Returns the fewest bytes of one. */
static size_t build_more(struct builder *b, size_t begin, size_t times)
{
    uint32_t ends = NO_STEP;
    size_t least = 0;
    if (times == HINT_FAR) {
        uint32_t again = add(b, STEP_FORK, NO_STEP);
        least = build_once(b, begin);
        (void)add(b, STEP_GO, again);
        arrive(b, again);
        return least;
    }
    for (; times > 0 && !b->failed; times--) {
        ends = add(b, STEP_FORK, ends);
        least = build_once(b, begin);
    }
    arrive(b, ends);
    return least;
}

static size_t build_group(struct builder *b)
{
    size_t begin = b->parse.at++, least = 0;
    bool sure = b->sure;
    parse_skip_group(&b->parse);
    struct quantifier q = read_quantifier(b);
    size_t behind = b->parse.at;
    bool once = q.least == 1 && q.most == 1;
    b->sure = b->sure && once;
    for (size_t i = 0; i < q.least && !b->failed && (i == 0 || least > 0); i++)
        least = build_once(b, begin);
    if (q.most > q.least && !b->failed)
        least = build_more(b, begin, q.most == HINT_FAR ? HINT_FAR : q.most - q.least);
    b->failed |= least == 0 && !once; /* nothing, over and over */
    b->sure = sure;
    b->parse.at = behind;
    return least * q.least;
}

static size_t build_sequence(struct builder *b)
{
    size_t least = 0;
    while (!b->failed && !parse_at_end(&b->parse) && peek(b, 0) != '|' && peek(b, 0) != ')')
        least += peek(b, 0) == '(' ? build_group(b) : build_characters(b);
    return least;
}

/* Whether "|" comes before the end of the group. */
static bool another_follows(const struct builder *b)
{
    struct parse ahead = b->parse;
    while (!parse_at_end(&ahead)) {
        char c = parse_peek(&ahead, 0);
        if (c == '|' || c == ')')
            return c == '|';
        ahead.at += c == '\\' ? 2 : 1;
        if (c == '[')
            parse_skip_brackets(&ahead);
        if (c == '(')
            parse_skip_group(&ahead);
    }
    return false;
}

static size_t build_alternatives(struct builder *b)
{
    uint32_t ends = NO_STEP;
    size_t least = SIZE_MAX;
    bool sure = b->sure, another = another_follows(b);
    b->failed |= ++b->depth > DEPTH_MOST;
    b->sure = b->sure && !another;
    while (!b->failed && another) {
        uint32_t fork = add(b, STEP_FORK, NO_STEP);
        size_t bytes = build_sequence(b);
        least = bytes < least ? bytes : least;
        ends = add(b, STEP_GO, ends);
        arrive(b, fork);
        b->parse.at++;
        another = another_follows(b);
    }
    size_t bytes = b->failed ? 0 : build_sequence(b);
    arrive(b, ends);
    b->sure = sure;
    b->depth--;
    return bytes < least ? bytes : least;
}

/* --- what may follow --- */

static void join(struct step_class *class, const struct step_class *other)
{
    class->low |= other->low;
    class->high |= other->high;
    class->above |= other->above;
}

/* Adds what may come at the step `at`. false: too much was looked at. */
static bool add_first(const struct steps *steps, uint32_t at, struct step_class *out,
                      unsigned *visits)
{
    while (++*visits < VISITS_MOST) {
        const struct step *step = &steps->items[at];
        if (step->kind == STEP_END) {
            out->end = true;
            return true;
        }
        if (step->kind == STEP_RUN)
            join(out, &step->class);
        if (step->kind == STEP_RUN && step->least > 0)
            return true;
        if (step->kind == STEP_FORK && !add_first(steps, at + 1, out, visits))
            return false;
        at = step->kind == STEP_FORK || step->kind == STEP_GO ? step->to : at + 1;
    }
    return false;
}

static bool add_following(struct steps *steps)
{
    for (uint32_t i = 0; i < steps->count; i++) {
        struct step *step = &steps->items[i];
        unsigned visits = 0;
        bool known = true;
        if (step->kind == STEP_FORK)
            known = add_first(steps, i + 1, &step->class, &visits) &&
                    add_first(steps, step->to, &step->other, &visits);
        if (step->kind == STEP_RUN)
            known = add_first(steps, i + 1, &step->other, &visits);
        if (!known)
            return false;
        /* Where nothing more is needed the whole run is good, whatever is tried behind it. */
        step->lone = step->other.end || ((step->class.low & step->other.low) == 0 &&
                                         (step->class.high & step->other.high) == 0);
    }
    return true;
}

struct steps *steps_new(struct span source)
{
    struct builder b = {.parse = {.source = source}, .sure = true, .steps = {.groups = 1}};
    (void)build_alternatives(&b);
    (void)add(&b, STEP_END, NO_STEP);
    b.failed |= !parse_at_end(&b.parse);
    if (b.failed || !add_following(&b.steps)) {
        free(b.steps.items);
        return NULL;
    }
    struct steps *steps = mem_alloc(sizeof *steps);
    *steps = b.steps;
    steps->items = mem_resize(steps->items, steps->count * sizeof *steps->items);
    return steps;
}

void steps_free(struct steps **slot)
{
    struct steps *steps = *slot;
    if (!steps)
        return;
    *slot = NULL;
    free(steps->items);
    free(steps);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/pattern/steps.h"

#define BACK_MOST 128u   /* places to come back to */
#define TRIED_MOST 4096u /* comings back; more is the library's, which has limits for it */

/* Where to go on when all that was tried since leads nowhere. */
struct back {
    uint32_t step;
    size_t from; /* of a run: it may be as short as up to here */
    size_t at;   /* of a run: so long it was last; of a fork: where it stood */
};

struct walk {
    const struct steps *steps;
    struct span text;
    struct back backs[BACK_MOST];
    size_t back_count, tried;
    bool not_known;
    uint32_t step;
    size_t at;
};

static inline bool has(const struct step_class *class, unsigned char byte)
{
    uint64_t half = byte < 64 ? class->low : class->high;
    return byte < 0x80 ? (half >> (byte & 63) & 1) != 0 : class->above;
}

static inline bool may_begin(const struct walk *walk, const struct step_class *class)
{
    return class->end ||
           (walk->at < walk->text.len && has(class, (unsigned char)walk->text.ptr[walk->at]));
}

static bool push(struct walk *walk, uint32_t step, size_t from, size_t at)
{
    if (walk->back_count == BACK_MOST) {
        walk->not_known = true;
        return false;
    }
    walk->backs[walk->back_count++] = (struct back){step, from, at};
    return true;
}

/* As many as there are. */
static inline bool take_run(struct walk *walk, const struct step *step)
{
    const unsigned char *text = (const unsigned char *)walk->text.ptr;
    size_t left = walk->text.len - walk->at;
    size_t end = walk->at + (step->most < left ? step->most : left), at = walk->at;
    while (at < end && text[at] < 0x80 && has(&step->class, text[at]))
        at++;
    if (at < end && text[at] >= 0x80 && step->class.above) {
        walk->not_known = true;
        return false;
    }
    size_t from = walk->at + step->least;
    if (at < from)
        return false;
    walk->at = at;
    if (at > from && !step->lone && !push(walk, walk->step, from, at))
        return false;
    walk->step++;
    return true;
}

/* Only the way that may lead further, both if both may. */
static inline bool take_fork(struct walk *walk, const struct step *step)
{
    bool next = may_begin(walk, &step->class), other = may_begin(walk, &step->other);
    if (next && other && !push(walk, step->to, SPAN_NONE, walk->at))
        return false;
    if (next)
        walk->step++;
    else if (other)
        walk->step = step->to;
    return next || other;
}

/* To the last place where there is another way. */
static bool go_back(struct walk *walk)
{
    while (walk->back_count > 0 && !walk->not_known) {
        struct back *back = &walk->backs[walk->back_count - 1];
        if (back->from == SPAN_NONE) {
            walk->step = back->step;
            walk->at = back->at;
            walk->back_count--;
        } else {
            const struct step *run = &walk->steps->items[back->step];
            do
                back->at--;
            while (back->at > back->from &&
                   !has(&run->other, (unsigned char)walk->text.ptr[back->at]));
            walk->step = back->step + 1;
            walk->at = back->at;
            walk->back_count -= back->at == back->from;
        }
        walk->not_known = ++walk->tried > TRIED_MOST;
        return !walk->not_known;
    }
    return false;
}

static void save(struct pattern_match *match, uint32_t number, size_t at)
{
    if (number % 2 == 0)
        match->group[number / 2].off = at;
    else
        match->group[number / 2].len = at - match->group[number / 2].off;
}

enum steps_result steps_match(const struct steps *steps, struct span text, size_t at,
                              struct pattern_match *match_out)
{
    struct walk walk;
    walk.steps = steps;
    walk.text = text;
    walk.back_count = walk.tried = 0;
    walk.not_known = false;
    walk.step = 0;
    walk.at = at;
    for (;;) {
        const struct step *step = &steps->items[walk.step];
        bool goes_on = true;
        if (step->kind == STEP_RUN) {
            goes_on = take_run(&walk, step);
        } else if (step->kind == STEP_FORK) {
            goes_on = take_fork(&walk, step);
        } else if (step->kind == STEP_END) {
            match_out->count = steps->groups;
            match_out->group[0].off = at;
            match_out->group[0].len = walk.at - at;
            return STEPS_FOUND;
        } else if (step->kind == STEP_SAVE) {
            save(match_out, step->to, walk.at);
            walk.step++;
        } else {
            walk.step = step->to;
        }
        if (!goes_on && !go_back(&walk))
            return walk.not_known ? STEPS_NOT_KNOWN : STEPS_NOT_FOUND;
    }
}

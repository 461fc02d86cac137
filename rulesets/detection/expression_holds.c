/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/utf8.h"
#include "rulesets/detection/expression_steps.h"

/* What an operand came to. */
struct result {
    bool holds;
    bool *chosen;
};

/* Whether at most `near` characters stand between two sightings of one text. */
static bool are_near(const struct seen *a, const struct seen *b, uint32_t near)
{
    if (a->view != b->view)
        return false;
    const struct seen *first = a->sighting->off <= b->sighting->off ? a : b;
    const struct sighting *second = (first == a ? b : a)->sighting;
    size_t end = (size_t)first->sighting->off + first->sighting->len;
    if (second->off <= end)
        return true;
    return (second->off - end) / UTF8_MAX <= near &&
           utf8_count(span_sub(a->text, end, second->off - end)) <= near;
}

/* Whether `a`, which begins later, is nearer than `b` to what begins behind both. */
static bool reaches_further(const struct seen *a, const struct seen *b)
{
    return a->view != b->view ||
           a->sighting->off + a->sighting->len >= b->sighting->off + b->sighting->len;
}

/* Marks those of `ones` that have one of `others` near: the last one before and the next one
 * behind, as they are in order. A find is not near itself. */
static bool mark_near(const struct seen *seen, size_t count, const bool *ones, const bool *others,
                      uint32_t near, bool *chosen)
{
    bool any = false;
    size_t last = SPAN_NONE;
    for (size_t i = 0; i < count; i++) {
        if (ones[i] && last != SPAN_NONE && are_near(&seen[i], &seen[last], near))
            any = chosen[i] = true;
        if (others[i] && (last == SPAN_NONE || reaches_further(&seen[i], &seen[last])))
            last = i;
    }
    last = SPAN_NONE;
    for (size_t i = count; i > 0; i--) {
        if (ones[i - 1] && last != SPAN_NONE && are_near(&seen[i - 1], &seen[last], near))
            any = chosen[i - 1] = true;
        if (others[i - 1])
            last = i - 1;
    }
    return any;
}

static void name(const struct step *step, const struct seen *seen, size_t count, struct result *out)
{
    for (size_t i = 0; i < count; i++) {
        out->chosen[i] = seen[i].sighting->subject == step->subject;
        out->holds |= out->chosen[i];
    }
}

static void near(const struct step *step, const struct seen *seen, size_t count,
                 struct result *left, const struct result *right, struct arena *arena)
{
    bool *chosen = ARENA_ARRAY(arena, count, bool);
    bool a = mark_near(seen, count, left->chosen, right->chosen, step->near, chosen);
    bool b = mark_near(seen, count, right->chosen, left->chosen, step->near, chosen);
    *left = (struct result){a && b, chosen};
}

/* AND and OR: what is chosen is what either side chose, if it holds. */
static void join(bool holds, size_t count, struct result *left, const struct result *right)
{
    for (size_t i = 0; i < count; i++)
        left->chosen[i] =
            holds && ((left->holds && left->chosen[i]) || (right->holds && right->chosen[i]));
    left->holds = holds;
}

bool expression_holds(const struct expression *expression, const struct seen *seen, size_t count,
                      struct arena *arena, bool *chosen)
{
    struct result stack[EXPRESSION_STEPS_MAX];
    size_t depth = 0;
    for (size_t i = 0; i < expression->count; i++) {
        const struct step *step = &expression->steps[i];
        struct result *top = depth > 0 ? &stack[depth - 1] : NULL;
        if (step->kind == STEP_NAME) {
            stack[depth] = (struct result){false, ARENA_ARRAY(arena, count, bool)};
            name(step, seen, count, &stack[depth++]);
            continue;
        }
        if (step->kind == STEP_NOT) {
            top->holds = !top->holds;
            memset(top->chosen, 0, count * sizeof *top->chosen);
            continue;
        }
        struct result *left = top - 1;
        depth--;
        if (step->kind == STEP_NEAR)
            near(step, seen, count, left, top, arena);
        else
            join(step->kind == STEP_AND ? left->holds && top->holds : left->holds || top->holds,
                 count, left, top);
    }
    memcpy(chosen, stack[0].chosen, count * sizeof *chosen);
    return stack[0].holds;
}

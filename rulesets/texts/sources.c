/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/texts/sources.h"

#include "engine/pattern/pattern_set.h"
#include "rulesets/texts/extract.h"

/* Which of the patterns may be found in each of the texts. */
static void filter(struct run *run, struct sought *sought)
{
    for (size_t i = 0; i < SOUGHT_COUNT; i++) {
        if (!sought->pieces[i] || sought->pieces[i]->view->is_bytes)
            continue;
        uint64_t *maybe = ARENA_ARRAY(run->arena, pattern_set_words(run->body_patterns), uint64_t);
        pattern_set_scan(run->body_patterns, &sought->subjects[i], maybe);
        sought->maybe[i] = maybe;
    }
}

static void look_beside(struct run *run, const struct sought *sought)
{
    for (size_t i = 0; i < SOUGHT_COUNT; i++) {
        if (i != SOUGHT_AS_IS && sought->pieces[i])
            run_note(run, sought->pieces[i]->view->uninspected);
    }
}

static struct sources *take(struct run *run, const struct rule *rule, struct piece *parent)
{
    struct sources *sources = ARENA_NEW(run->arena, struct sources);
    run->noted = 0;
    extract_sources(run, rule, parent, &sources->list);
    sources->sought = ARENA_ARRAY(run->arena, sources->list.count, struct sought);
    for (size_t i = 0; i < sources->list.count; i++) {
        sought_init(&sources->sought[i], sources->list.items[i], run->arena);
        look_beside(run, &sources->sought[i]);
    }
    sources->uninspected = run->noted;
    return sources;
}

const struct sources *sources_of(struct run *run, const struct rule *rule, struct piece *parent)
{
    const struct extract *extract = &rule->is.extract;
    if (extract->kind != EXTRACT_BODY || run->scan == SCAN_FLAT)
        return take(run, rule, parent);
    if (!parent->bodies)
        parent->bodies = ARENA_ARRAY(run->arena, BODY_TYPES, struct sources *);
    struct sources **known = &parent->bodies[extract->body_type];
    if (*known) {
        run_note_all(run, (*known)->uninspected);
        return *known;
    }
    *known = take(run, rule, parent);
    for (size_t i = 0; run->body_patterns && i < (*known)->list.count; i++)
        filter(run, &(*known)->sought[i]);
    return *known;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/lookout.h"

#include "engine/base/clock.h"

#include <sys/random.h>

struct gather {
    struct arena *arena;
    struct span *texts;
    size_t count, cap;
};

static void gather(struct gather *all, const struct string_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        all->texts = arena_grow(all->arena, all->texts, all->count, &all->cap, sizeof *all->texts);
        all->texts[all->count++] = list->items[i];
    }
}

/* In the order in which they were gathered. */
static struct nearby_words numbered(const struct words *words, const struct string_list *list,
                                    size_t *at, struct arena *arena)
{
    uint32_t *numbers = ARENA_ARRAY(arena, list->count, uint32_t);
    for (size_t i = 0; i < list->count; i++)
        numbers[i] = words_number(words, (*at)++);
    return (struct nearby_words){list->items, numbers, list->count};
}

static void add_subject(struct lookout_subject *to, const struct subject *subject,
                        struct arena *arena)
{
    to->subject = subject;
    if (subject->kind != SUBJECT_ENTITY)
        return;
    to->row_count = subject->entity->row_count;
    to->rows = ARENA_ARRAY(arena, to->row_count, struct lookout_row);
    for (size_t i = 0; i < to->row_count; i++)
        to->rows[i].row = &subject->entity->rows[i];
}

static void number_keywords(struct lookout *lookout, struct arena *arena)
{
    struct gather all = {.arena = arena};
    size_t at = 0;
    for (size_t i = 0; i < lookout->count; i++) {
        for (size_t r = 0; r < lookout->subjects[i].row_count; r++) {
            gather(&all, &lookout->subjects[i].rows[r].row->keywords);
            gather(&all, &lookout->subjects[i].rows[r].row->exclusion_keywords);
        }
    }
    lookout->keywords = words_new(all.texts, all.count, true, arena);
    for (size_t i = 0; i < lookout->count; i++) {
        for (size_t r = 0; r < lookout->subjects[i].row_count; r++) {
            struct lookout_row *row = &lookout->subjects[i].rows[r];
            row->keywords = numbered(lookout->keywords, &row->row->keywords, &at, arena);
            row->exclusions =
                numbered(lookout->keywords, &row->row->exclusion_keywords, &at, arena);
        }
    }
}

struct lookout *lookout_new(const struct subject *const *subjects, size_t count,
                            struct arena *arena)
{
    struct lookout *lookout = ARENA_NEW(arena, struct lookout);
    lookout->subjects = ARENA_ARRAY(arena, count, struct lookout_subject);
    lookout->count = count;
    for (size_t i = 0; i < count; i++)
        add_subject(&lookout->subjects[i], subjects[i], arena);
    number_keywords(lookout, arena);
    if (getrandom(&lookout->seed, sizeof lookout->seed, 0) != (ssize_t)sizeof lookout->seed)
        lookout->seed = clock_now_ns();
    return lookout;
}

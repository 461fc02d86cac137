/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/terms.h"

#include "engine/base/mem.h"

#include <stdlib.h>

static const struct dictionary_term *term_of(const struct terms *terms, struct terms_item item)
{
    return &terms->dictionaries[item.dictionary]->dictionary->terms[item.term];
}

/* Which keywords a term is one of; TERMS_WORDS: it is a pattern; more: it is looked for already. */
static size_t sort_of(const struct dictionary_term *term)
{
    if (term->is_repeated)
        return TERMS_WORDS + 1;
    if (term->is_pattern)
        return TERMS_WORDS;
    return (term->case_sensitive ? 2u : 0u) + (term->whole ? 0u : 1u);
}

struct list {
    struct terms_item *items;
    size_t count;
};

/* All terms by their sort, each dictionary's in order. */
static void gather(const struct terms *terms, struct list lists[TERMS_WORDS + 2])
{
    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < TERMS_WORDS + 2; i++) {
            if (pass > 0)
                lists[i].items = mem_alloc((lists[i].count + 1) * sizeof *lists[i].items);
            lists[i].count = 0;
        }
        for (size_t i = 0; i < terms->count; i++) {
            const struct dictionary *dictionary = terms->dictionaries[i]->dictionary;
            for (size_t k = 0; k < dictionary->count; k++) {
                struct list *list = &lists[sort_of(&dictionary->terms[k])];
                if (pass > 0)
                    list->items[list->count] = (struct terms_item){(uint32_t)i, (uint32_t)k};
                list->count++;
            }
        }
    }
}

/* Counting sort, which keeps the order of dictionaries. */
static void sort_items(struct terms_words *out, const struct list *list, struct arena *arena)
{
    size_t count = words_count(out->words);
    out->firsts = ARENA_ARRAY(arena, count + 2, uint32_t);
    out->items = ARENA_ARRAY(arena, list->count, struct terms_item);
    uint32_t *next = out->firsts + 1;
    for (size_t i = 0; i < list->count; i++)
        next[words_number(out->words, i) + 1]++;
    for (size_t i = 1; i <= count; i++)
        next[i] += next[i - 1];
    for (size_t i = 0; i < list->count; i++)
        out->items[next[words_number(out->words, i)]++] = list->items[i];
}

static void make_words(const struct terms *terms, const struct list *list, size_t sort,
                       struct terms_words *out, struct arena *arena)
{
    out->whole = sort % 2 == 0;
    if (list->count == 0)
        return;
    struct span *texts = mem_alloc(list->count * sizeof *texts);
    for (size_t i = 0; i < list->count; i++)
        texts[i] = term_of(terms, list->items[i])->text;
    out->words = words_new(texts, list->count, sort < 2, arena);
    free(texts);
    sort_items(out, list, arena);
}

struct terms *terms_new(const struct subject *const *subjects, size_t count, struct arena *arena)
{
    struct terms *terms = ARENA_NEW(arena, struct terms);
    struct list lists[TERMS_WORDS + 2] = {{NULL, 0}};
    terms->dictionaries = ARENA_ARRAY(arena, count, const struct subject *);
    for (size_t i = 0; i < count; i++) {
        if (subjects[i]->kind == SUBJECT_DICTIONARY)
            terms->dictionaries[terms->count++] = subjects[i];
    }
    if (terms->count == 0)
        return NULL;
    gather(terms, lists);
    for (size_t i = 0; i < TERMS_WORDS; i++)
        make_words(terms, &lists[i], i, &terms->words[i], arena);
    const struct list *patterns = &lists[TERMS_WORDS];
    terms->pattern_count = patterns->count;
    terms->patterns = ARENA_ARRAY(arena, patterns->count, struct terms_item);
    memcpy(terms->patterns, patterns->items, patterns->count * sizeof *patterns->items);
    for (size_t i = 0; i < TERMS_WORDS + 2; i++)
        free(lists[i].items);
    return terms;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/utf8.h"
#include "rulesets/detection/looking.h"
#include "rulesets/detection/terms.h"

/* Finds of dictionaries that are full already; more of them end the look for words. */
#define IN_VAIN_MAX 1000000u

struct looking_terms {
    struct looking *looking;
    const struct terms *terms;
    const struct terms_words *words;
    size_t *counts; /* sightings, by dictionary */
    size_t in_vain;
};

/* false: there are too many, of its dictionary or of all. */
static bool see(struct looking_terms *at, struct terms_item item, size_t off, size_t len)
{
    const struct subject *subject = at->terms->dictionaries[item.dictionary];
    const struct dictionary_term *term = &subject->dictionary->terms[item.term];
    struct sighting sighting = {.subject = subject,
                                .off = (uint32_t)off,
                                .len = (uint32_t)len,
                                .confidence = CONFIDENCE_HIGH,
                                .weight = term->weight,
                                .term = item.term,
                                .evidence = {.keyword = term->text}};
    if (looking_is_full(at->looking, at->counts[item.dictionary]))
        return false;
    at->counts[item.dictionary]++;
    looking_keep(at->looking, &sighting);
    return true;
}

/* Where one dictionary is full, others are looked for all the same, but not for ever. */
static bool see_word(const struct word_hit *hit, void *arg)
{
    struct looking_terms *at = arg;
    const uint32_t *firsts = at->words->firsts + hit->word;
    for (uint32_t i = firsts[0]; i < firsts[1]; i++) {
        if (!see(at, at->words->items[i], hit->off, hit->len) && ++at->in_vain > IN_VAIN_MAX)
            return false;
    }
    return true;
}

static void look_for_words(struct looking_terms *at, const struct terms_words *words)
{
    const struct looking *looking = at->looking;
    at->words = words;
    if (!words->words)
        return;
    enum words_result (*scan)(const struct words *, struct span, uint64_t, words_found *, void *) =
        words->whole ? words_scan_whole : words_scan;
    if (scan(words->words, looking->text, looking->limits->deadline_ns, see_word, at) != WORDS_DONE)
        looking->out->complete = false;
}

static void look_for_pattern(struct looking_terms *at, struct terms_item item)
{
    struct looking *looking = at->looking;
    const struct dictionary *dictionary = at->terms->dictionaries[item.dictionary]->dictionary;
    const struct pattern *pattern = dictionary->terms[item.term].pattern;
    for (size_t from = 0; from <= looking->text.len;) {
        struct pattern_match match;
        enum pattern_result found = pattern_search_in(pattern, &looking->pattern_subject, from,
                                                      looking->limits->deadline_ns, &match);
        if (found == PATTERN_OVER_LIMIT)
            looking->out->complete = false;
        if (found != PATTERN_FOUND)
            return;
        size_t off = match.group[0].off, len = match.group[0].len;
        if (len > 0 && !see(at, item, off, len))
            return;
        from = off + len;
        if (len == 0) {
            size_t step =
                from < looking->text.len ? utf8_decode(span_from(looking->text, from), NULL) : 0;
            from += step > 0 ? step : 1;
        }
    }
}

void look_for_terms(struct looking *looking)
{
    const struct terms *terms = looking->lookout->terms;
    if (!terms)
        return;
    struct looking_terms at = {.looking = looking,
                               .terms = terms,
                               .counts = ARENA_ARRAY(looking->arena, terms->count, size_t)};
    for (size_t i = 0; i < TERMS_WORDS; i++)
        look_for_words(&at, &terms->words[i]);
    for (size_t i = 0; i < terms->pattern_count; i++)
        look_for_pattern(&at, terms->patterns[i]);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/utf8.h"
#include "rulesets/detection/dictionary.h"
#include "rulesets/detection/looking.h"

/* The keywords of one kind of a dictionary. */
struct terms {
    struct looking *looking;
    const struct subject *subject;
    const uint32_t *numbers; /* of the terms, by word */
};

static bool see(struct terms *terms, uint32_t number, size_t off, size_t len)
{
    const struct dictionary_term *term = &terms->subject->dictionary->terms[number];
    struct sighting sighting = {.subject = terms->subject,
                                .off = (uint32_t)off,
                                .len = (uint32_t)len,
                                .confidence = CONFIDENCE_HIGH,
                                .weight = term->weight,
                                .term = number,
                                .evidence = {.keyword = term->text}};
    return looking_add(terms->looking, &sighting);
}

static bool see_word(const struct word_hit *hit, void *arg)
{
    struct terms *terms = arg;
    uint32_t number = terms->numbers[hit->word];
    if (terms->subject->dictionary->terms[number].whole &&
        !word_is_whole(terms->looking->text, hit->off, hit->len))
        return true;
    return see(terms, number, hit->off, hit->len);
}

static void look_for_words(struct terms *terms, const struct dictionary_words *words)
{
    terms->numbers = words->terms;
    if (words->words &&
        words_scan(words->words, terms->looking->text, terms->looking->limits->deadline_ns,
                   see_word, terms) != WORDS_DONE)
        terms->looking->out->complete = false;
}

static void look_for_pattern(struct terms *terms, uint32_t number)
{
    struct looking *looking = terms->looking;
    const struct pattern *pattern = terms->subject->dictionary->terms[number].pattern;
    for (size_t from = 0; from <= looking->text.len;) {
        struct pattern_match match;
        enum pattern_result found = pattern_search_in(pattern, &looking->pattern_subject, from,
                                                      looking->limits->deadline_ns, &match);
        if (found == PATTERN_OVER_LIMIT)
            looking->out->complete = false;
        if (found != PATTERN_FOUND)
            return;
        size_t off = match.group[0].off, len = match.group[0].len;
        if (len > 0 && !see(terms, number, off, len))
            return;
        from = off + len;
        if (len == 0) {
            size_t step =
                from < looking->text.len ? utf8_decode(span_from(looking->text, from), NULL) : 0;
            from += step > 0 ? step : 1;
        }
    }
}

void look_for_terms(struct looking *looking, const struct subject *subject)
{
    struct terms terms = {.looking = looking, .subject = subject};
    const struct dictionary *dictionary = subject->dictionary;
    look_for_words(&terms, &dictionary->caseless);
    look_for_words(&terms, &dictionary->cased);
    for (size_t i = 0; i < dictionary->count; i++) {
        if (dictionary->terms[i].is_pattern)
            look_for_pattern(&terms, (uint32_t)i);
    }
}

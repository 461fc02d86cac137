/* SPDX-License-Identifier: Apache-2.0 */
/* dictionary_repeated: which terms of a dictionary are one, however they are written. */
#include "engine/base/buf.h"
#include "engine/base/mem.h"
#include "rulesets/detection/dictionary_keys.h"

#include <stdlib.h>

/* The keywords so far, as they are compared. */
struct known {
    struct buf text;
    size_t *offsets; /* of each in `text`; one more behind the last */
    size_t count;
    uint32_t *slots; /* numbers of keywords from 1, by hash; 0: none */
    size_t mask;
};

static uint64_t hash_of(struct span text)
{
    uint64_t hash = text.len, bytes;
    for (; text.len >= sizeof bytes; text = span_from(text, sizeof bytes)) {
        memcpy(&bytes, text.ptr, sizeof bytes);
        hash = (hash ^ bytes) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 29;
}

static struct span text_of(const struct known *known, size_t number)
{
    const size_t *at = known->offsets + number;
    return span_of(known->text.ptr + at[0], at[1] - at[0]);
}

/* Whether the last text is there for the second time; if it is not, it becomes known. */
static bool is_again(struct known *known)
{
    known->offsets[known->count + 1] = known->text.len;
    struct span text = text_of(known, known->count);
    size_t slot = hash_of(text) & known->mask;
    for (; known->slots[slot] != 0; slot = (slot + 1) & known->mask) {
        if (span_equal(text_of(known, known->slots[slot] - 1), text))
            return true;
    }
    known->slots[slot] = (uint32_t)++known->count;
    return false;
}

const struct dictionary_term *dictionary_mark_repeated(struct dictionary *dictionary)
{
    size_t slots = 16;
    while (slots < 2 * dictionary->count)
        slots *= 2;
    struct known known = {.text = BUF_INIT, .mask = slots - 1};
    const struct dictionary_term *lost = NULL;
    known.offsets = mem_alloc((dictionary->count + 1) * sizeof *known.offsets);
    known.slots = mem_alloc(slots * sizeof *known.slots);
    for (size_t i = 0; i < dictionary->count && !lost; i++) {
        struct dictionary_term *term = &dictionary->terms[i];
        if (term->is_pattern)
            continue;
        known.text.len = known.offsets[known.count];
        buf_add_byte(&known.text, term->case_sensitive ? 'c' : 'n');
        buf_add_byte(&known.text, term->whole ? 'w' : 'p');
        size_t len = words_compared(term->text, !term->case_sensitive, &known.text);
        if (len == 0 || len > WORDS_LONGEST)
            lost = term;
        else
            term->is_repeated = is_again(&known);
        dictionary->repeated += term->is_repeated;
    }
    buf_fini(&known.text);
    free(known.offsets);
    free(known.slots);
    return lost;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/pattern/hint.h"

#include "engine/base/text_traits.h"
#include "engine/pattern/hint_parse.h"

/* A run that nearly any text has is no help. */
#define LEAST_WORTH 12u
/* An anchor that comes more often (of a thousand bytes) stops the search too often. */
#define ANCHOR_FREQUENCY_MAX 60u

static bool has_s(const struct class *class)
{
    return class->folded && class_has(class, 's');
}

/* Sharp s is "ss" where case does not matter. */
static enum hint_text text_of_run(const struct run *run)
{
    enum hint_text text = HINT_ANY;
    for (size_t place = 0; place < run->count; place++) {
        if (run->classes[place].text < text)
            text = run->classes[place].text;
        if (place > 0 && has_s(&run->classes[place]) && has_s(&run->classes[place - 1]) &&
            text > HINT_LATIN_PLAIN)
            text = HINT_LATIN_PLAIN;
    }
    /* The last letter may be half of one. */
    bool at_edge = has_s(&run->classes[0]) || has_s(&run->classes[run->count - 1]);
    return at_edge && text > HINT_LATIN_PLAIN ? HINT_LATIN_PLAIN : text;
}

unsigned hint_frequency(unsigned char c)
{
    static const char letters[] = "etaoinshrdlcumwfgypbvkjxqz";
    static const unsigned char of_letter[] = {95, 68, 60, 57, 52, 52, 48, 45, 45, 31, 30, 22, 21,
                                              18, 17, 16, 14, 14, 14, 11, 7,  6,  2,  2,  1,  1};
    const char *letter = c ? strchr(letters, (char)c) : NULL;
    if (letter)
        return of_letter[letter - letters];
    return c == ' ' ? 150 : c == '\n' || c == '\r' ? 15 : 5;
}

static unsigned class_frequency(const struct class *class)
{
    unsigned sum = 0;
    for (unsigned c = 0; c < 128; c++)
        sum += class_has(class, (unsigned char)c) ? hint_frequency((unsigned char)c) : 0;
    return sum;
}

static void choose_anchor(const struct run *run, struct hint *hint)
{
    unsigned least = ANCHOR_FREQUENCY_MAX;
    for (size_t place = 0; place < run->count; place++) {
        unsigned here = class_frequency(&run->classes[place]);
        if (here >= least)
            continue;
        least = here;
        hint->anchor = place;
        hint->has_anchor = true;
    }
    if (!hint->has_anchor)
        return;
    for (unsigned c = 0; c < 128; c++) {
        if (class_has(&run->classes[hint->anchor], (unsigned char)c))
            byte_set_add(&hint->anchor_set, (unsigned char)c);
    }
}

static void make_tables(const struct run *run, struct hint *hint)
{
    hint->run = run->count;
    hint->before = run->before;
    hint->text = text_of_run(run);
    for (unsigned c = 0; c < 256; c++)
        hint->skip[c] = (uint8_t)run->count;
    for (size_t place = 0; place < run->count; place++) {
        for (unsigned c = 0; c < 128; c++) {
            if (!class_has(&run->classes[place], (unsigned char)c))
                continue;
            hint->classes[c] |= UINT64_C(1) << place;
            if (place + 1 < run->count)
                hint->skip[c] = (uint8_t)(run->count - 1 - place);
        }
    }
}

void hint_make(struct span source, struct hint *out)
{
    struct parse parse = {.source = source};
    memset(out, 0, sizeof *out);
    if (hint_parse(&parse) && parse.best_worth >= LEAST_WORTH)
        make_tables(&parse.best, out);
    if (out->run > 0)
        choose_anchor(&parse.best, out);
}

enum hint_text hint_text_with(unsigned traits)
{
    if ((traits & (TEXT_BEYOND | TEXT_OTHER_CASE)) != 0)
        return HINT_ANY;
    if ((traits & TEXT_SHARP) != 0)
        return HINT_LATIN;
    return traits != 0 ? HINT_LATIN_PLAIN : HINT_ASCII;
}

bool hint_stands_at(const struct hint *hint, struct span text, size_t at)
{
    const unsigned char *bytes = (const unsigned char *)text.ptr + at;
    size_t place = hint->run;
    while (place > 0 && (hint->classes[bytes[place - 1]] >> (place - 1) & 1) != 0)
        place--;
    return place == 0;
}

static size_t find_by_anchor(const struct hint *hint, struct span text, size_t from)
{
    size_t behind = hint->run - hint->anchor; /* what must be there from the anchor on */
    if (text.len - from < hint->run)
        return SPAN_NONE;
    for (size_t at = from + hint->anchor;; at++) {
        at = byte_set_find(&hint->anchor_set, text, at);
        if (text.len - at < behind)
            return SPAN_NONE;
        if (hint_stands_at(hint, text, at - hint->anchor))
            return at - hint->anchor;
    }
}

/* As Horspool does, with classes of bytes for the characters of the word. */
static size_t find_by_skipping(const struct hint *hint, struct span text, size_t from)
{
    const unsigned char *bytes = (const unsigned char *)text.ptr;
    size_t last = hint->run - 1;
    for (size_t at = from; at + hint->run <= text.len; at += hint->skip[bytes[at + last]]) {
        if (hint_stands_at(hint, text, at))
            return at;
    }
    return SPAN_NONE;
}

size_t hint_find(const struct hint *hint, struct span text, size_t from)
{
    if (from > text.len)
        return SPAN_NONE;
    return hint->has_anchor ? find_by_anchor(hint, text, from) : find_by_skipping(hint, text, from);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/words.h"

#include "engine/base/ascii.h"
#include "engine/base/clock.h"
#include "rulesets/detection/words_pass.h"

#define LATE_EVERY ((size_t)64 << 10) /* bytes between two looks at the clock */

/* Words that begin alike at many places of a text are spelt from each of these. Where more than the
 * text so far, and this, was spelt, the automaton takes over, which reads it once. */
#define SPELT_MOST 128u

/* Whether a word may begin with a byte of the window. */
static bool may_begin(const struct words_pass *pass, size_t index)
{
    unsigned wanted = WINDOW_FIRST | (pass->whole ? WINDOW_BEGINS : 0u);
    return (pass->window.kinds[index] & wanted) == wanted;
}

bool words_tell(struct words_pass *pass, uint32_t word, size_t off, size_t end)
{
    struct word_hit hit = {word, (uint32_t)off, (uint32_t)(end - off)};
    if (off >= pass->told)
        pass->told = off + 1;
    if (pass->found(&hit, pass->arg))
        return true;
    pass->result = WORDS_ENOUGH;
    return false;
}

/* The words that end with the last character. */
static bool tell_ends(struct words_pass *pass, uint32_t state)
{
    const struct words_node *nodes = pass->words->nodes;
    const struct words_window *window = &pass->window;
    uint32_t node = nodes[state].ends;
    if (node == 0)
        return true;
    size_t end = window_end(window, window->at - 1);
    if (pass->whole && !words_part_at(pass->text, end))
        return true;
    for (; node != 0; node = nodes[nodes[node].fail].ends) {
        size_t start = window->at - nodes[node].depth;
        if (may_begin(pass, start) && !words_tell(pass, nodes[node].word, window->offs[start], end))
            return false;
    }
    return true;
}

/* Whether the text goes on with the rest of a word. Its first byte nearly always tells. */
static bool goes_on(struct words_window *window, struct span rest)
{
    return window_fill(window, 1) && window->bytes[window->at] == (unsigned char)rest.ptr[0] &&
           window_fill(window, rest.len) &&
           memcmp(window->bytes + window->at, rest.ptr, rest.len) == 0 &&
           (window->kinds[window->at + rest.len - 1] & WINDOW_LAST) != 0;
}

/* The words whose beginnings, which no others have, end with the last byte: one for each place
 * where a word may begin, at most. */
static bool tell_tails(struct words_pass *pass, uint32_t state)
{
    const struct words_node *nodes = pass->words->nodes;
    struct words_window *window = &pass->window;
    for (uint32_t node = nodes[state].tails; node != 0; node = nodes[nodes[node].fail].tails) {
        size_t depth = nodes[node].depth;
        struct span rest = span_from(words_text(pass->words, nodes[node].word), depth);
        if (!may_begin(pass, window->at - depth) || !goes_on(window, rest))
            continue;
        size_t end = window_end(window, window->at + rest.len - 1);
        if ((!pass->whole || words_part_at(pass->text, end)) &&
            !words_tell(pass, nodes[node].word, window->offs[window->at - depth], end))
            return false;
    }
    return true;
}

/* Takes one character; false: that is enough. */
static bool step(struct words_pass *pass, uint32_t *state)
{
    const struct words *words = pass->words;
    struct words_window *window = &pass->window;
    unsigned kind;
    do {
        uint32_t next;
        unsigned char c = window->bytes[window->at];
        while ((next = words_child(words, *state, c)) == 0 && *state != 0)
            *state = words->nodes[*state].fail;
        *state = next;
        kind = window->kinds[window->at++];
        if (words->nodes[next].tails != 0 && !tell_tails(pass, next))
            return false;
    } while ((kind & WINDOW_LAST) == 0);
    if (!tell_ends(pass, *state))
        return false;
    while (pass->whole && *state != 0 && !may_begin(pass, window->at - words->nodes[*state].depth))
        *state = words->nodes[*state].fail;
    return true;
}

/* Whether nothing is lost, nor found again, if the pass goes on at *off_out where a word may begin.
 */
static bool may_leave(const struct words_pass *pass, uint32_t state, size_t from, size_t *off_out)
{
    const struct words_window *window = &pass->window;
    size_t end = window_end(window, window->at - 1), depth = pass->words->nodes[state].depth;
    if (pass->where == WORDS_ANYWHERE ||
        (end < pass->text.len && ascii_is_8bit(pass->text.ptr[end])))
        return false;
    *off_out = depth == 0 ? end : window->offs[window->at - depth];
    if (depth == 0)
        return true;
    size_t least = pass->told > from ? pass->told : from + 1;
    return pass->where == WORDS_BY_GRAMS && pass->words->begins.gram > depth && *off_out >= least &&
           !ascii_is_8bit(pass->text.ptr[*off_out]);
}

static bool is_late(struct words_pass *pass, size_t off)
{
    if (off < pass->look)
        return false;
    pass->look = off + LATE_EVERY;
    if (!clock_is_past(pass->deadline_ns))
        return false;
    pass->result = WORDS_LATE;
    return true;
}

/* From where a word may begin to where none goes on; where that is, or SPAN_NONE: it is over. */
static size_t follow(struct words_pass *pass, size_t from)
{
    uint32_t state = 0;
    size_t off;
    window_seek(&pass->window, from);
    while (window_fill(&pass->window, 1)) {
        if (!step(pass, &state) || is_late(pass, pass->window.offs[pass->window.at - 1]))
            return SPAN_NONE;
        if (may_leave(pass, state, from, &off))
            return off;
    }
    return SPAN_NONE;
}

static void begin(struct words_pass *pass, const struct words *words, struct span text)
{
    pass->words = pass->window.words = words;
    pass->text = pass->window.text = text;
    pass->look = LATE_EVERY;
    pass->result = WORDS_DONE;
    pass->told = pass->spelt = 0;
    pass->window.next = pass->window.count = pass->window.at = 0;
}

static enum words_result scan(const struct words *words, struct span text, uint64_t deadline_ns,
                              enum words_where where, bool whole, words_found *found, void *arg)
{
    struct words_pass pass;
    struct words_places places;
    struct words_place place;
    size_t off = words->count > 0 ? 0 : text.len;
    begin(&pass, words, text);
    pass.found = found;
    pass.arg = arg;
    pass.deadline_ns = deadline_ns;
    pass.where = where;
    pass.whole = whole;
    words_places_init(&places, words, text, where);
    while (off < text.len && words_place(&places, off, &place) && !is_late(&pass, place.off)) {
        if (where != WORDS_BY_TOKENS || pass.spelt > SPELT_MOST + place.off)
            off = follow(&pass, place.off);
        else
            off = words_spell(&pass, &place) ? place.off + 1 : SPAN_NONE;
    }
    return pass.result;
}

enum words_result words_scan(const struct words *words, struct span text, uint64_t deadline_ns,
                             words_found *found, void *arg)
{
    return scan(words, text, deadline_ns, WORDS_BY_GRAMS, false, found, arg);
}

enum words_result words_scan_whole(const struct words *words, struct span text,
                                   uint64_t deadline_ns, words_found *found, void *arg)
{
    return scan(words, text, deadline_ns, WORDS_BY_TOKENS, true, found, arg);
}

enum words_result words_scan_any_whole(const struct words *words, struct span text,
                                       uint64_t deadline_ns, words_found *found, void *arg)
{
    return scan(words, text, deadline_ns, WORDS_ANYWHERE, true, found, arg);
}

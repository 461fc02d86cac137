/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/words_window.h"

#include "engine/base/ascii.h"
#include "rulesets/detection/words_character.h"

static bool joins_before(struct span text, size_t off)
{
    uint32_t code = ' ';
    if (off > 0)
        (void)utf8_decode(span_from(text, utf8_floor(text, off - 1)), &code);
    return comparable_joins(code);
}

void window_seek(struct words_window *window, size_t off)
{
    if (off < window->next && window->count > 0 && off >= window->offs[0]) {
        while (window->at > 0 && window->offs[window->at - 1] >= off)
            window->at--;
        while (window->at < window->count && window->offs[window->at] < off)
            window->at++;
        return;
    }
    window->at = window->count = 0;
    window->next = off;
    window->blank = false;
    window->joins = joins_before(window->text, off);
}

static void add(struct words_window *window, unsigned char byte, unsigned kind)
{
    window->bytes[window->count] = byte;
    window->kinds[window->count] = (unsigned char)kind;
    window->offs[window->count++] = (uint32_t)window->next;
}

static void add_bytes(struct words_window *window, const struct words_character *character)
{
    const unsigned char *bytes = character->bytes;
    size_t size = character->size;
    unsigned kind = (unsigned)character->len * WINDOW_LENGTH;
    const struct words_above *above = words_above_of(window->words, character->code);
    bool joins = above ? above->joins : comparable_joins(character->code);
    unsigned first = WINDOW_FIRST | (joins && window->joins ? 0u : WINDOW_BEGINS);
    window->joins = joins;
    if (size > 0 && bytes[0] == ' ' && window->blank)
        size = 0;
    else if (size > 0)
        window->blank = bytes[0] == ' ';
    for (size_t i = 0; i < size; i++)
        add(window, bytes[i],
            kind | (i == 0 ? first : 0u) | (i + 1 == size ? (unsigned)WINDOW_LAST : 0u));
    window->next += character->len;
}

static void add_above(struct words_window *window)
{
    struct words_character character;
    words_character_at(window->words, window->text, window->next, &character);
    add_bytes(window, &character);
}

/* The next character of the text, if it is seen. */
static void add_character(struct words_window *window)
{
    char c = window->text.ptr[window->next];
    if (ascii_is_8bit(c)) {
        add_above(window);
        return;
    }
    unsigned char plain = window->words->plain[(unsigned char)c];
    bool joins = ascii_is_token(c);
    unsigned begins = joins && window->joins ? 0u : WINDOW_BEGINS;
    if (plain != ' ' || !window->blank)
        add(window, plain, WINDOW_FIRST | WINDOW_LAST | WINDOW_LENGTH | begins);
    window->blank = plain == ' ';
    window->joins = joins;
    window->next++;
}

static void make_room(struct words_window *window)
{
    size_t gone = window->at > WORDS_LONGEST ? window->at - WORDS_LONGEST : 0;
    size_t kept = window->count - gone;
    memmove(window->bytes, window->bytes + gone, kept);
    memmove(window->kinds, window->kinds + gone, kept);
    memmove(window->offs, window->offs + gone, kept * sizeof *window->offs);
    window->at -= gone;
    window->count = kept;
}

bool window_fill(struct words_window *window, size_t count)
{
    while (window->count < window->at + count) {
        if (window->next == window->text.len)
            return false;
        if (window->count + CHARACTER_MOST > WINDOW_BYTES)
            make_room(window);
        add_character(window);
    }
    return true;
}

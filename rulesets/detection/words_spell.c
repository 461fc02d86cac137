/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words_spell: the words that begin at one place, read character by character from the text itself,
 * down from the root of the automaton. Nearly every place is left after a few bytes, so that is
 * far faster than to begin the automaton there.
 */
#include "engine/base/ascii.h"
#include "rulesets/detection/words_character.h"
#include "rulesets/detection/words_pass.h"

struct spelling {
    const struct words *words;
    struct span text;
    size_t next; /* character of the text */
    uint32_t node;
    bool blank;       /* so was the last character that is seen */
    bool ends;        /* nothing of a word stands behind it */
    bool alone;       /* one word goes on only ... */
    struct span rest; /* ... with that */
};

/* `taken`: how many bytes of words lead there. */
static void enter(struct spelling *spelling, uint32_t number, size_t taken)
{
    const struct words_node *node = &spelling->words->nodes[number];
    spelling->node = number;
    spelling->alone = number != 0 && node->child_count == 0;
    if (spelling->alone)
        spelling->rest = span_from(words_text(spelling->words, node->word), taken);
}

static bool take(struct spelling *spelling, unsigned char c)
{
    if (spelling->alone) {
        if (spelling->rest.len == 0 || (unsigned char)spelling->rest.ptr[0] != c)
            return false;
        spelling->rest = span_from(spelling->rest, 1);
        return true;
    }
    uint32_t next = words_child(spelling->words, spelling->node, c);
    if (next == 0)
        return false;
    enter(spelling, next, spelling->words->nodes[next].depth);
    return true;
}

static bool take_all(struct spelling *spelling, const unsigned char *bytes, size_t size)
{
    size_t i = 0;
    while (i < size && take(spelling, bytes[i]))
        i++;
    return i == size;
}

/* The next character that is seen; false: no word goes on with it. */
static bool take_character(struct spelling *spelling)
{
    struct words_character above;
    while (spelling->next < spelling->text.len) {
        char c = spelling->text.ptr[spelling->next];
        const unsigned char *bytes = &spelling->words->plain[(unsigned char)c & 0x7f];
        size_t size = 1, len = 1;
        if (ascii_is_8bit(c)) {
            words_character_at(spelling->words, spelling->text, spelling->next, &above);
            bytes = above.bytes;
            size = above.size;
            len = above.len;
        }
        spelling->next += len;
        if (size == 0 && spelling->node == 0)
            return false; /* a word begins behind it, not with it */
        if (size == 0 || (bytes[0] == ' ' && spelling->blank))
            continue;
        spelling->blank = bytes[0] == ' ';
        return take_all(spelling, bytes, size);
    }
    return false;
}

/* The word that is spelt now, or WORD_NONE. */
static uint32_t word_of(const struct spelling *spelling)
{
    return spelling->alone && spelling->rest.len > 0 ? WORD_NONE
                                                     : spelling->words->nodes[spelling->node].word;
}

static bool is_over(const struct spelling *spelling)
{
    return spelling->ends || (spelling->alone && spelling->rest.len == 0);
}

static bool spell(struct words_pass *pass, struct spelling *spelling, size_t from)
{
    do {
        uint32_t word = word_of(spelling);
        if (word != WORD_NONE && words_part_at(pass->text, from) &&
            words_part_at(pass->text, spelling->next) &&
            !words_tell(pass, word, from, spelling->next))
            return false;
    } while (!is_over(spelling) && take_character(spelling));
    return true;
}

bool words_spell(struct words_pass *pass, const struct words_place *place)
{
    struct spelling spelling = {.words = pass->words, .text = pass->text, .next = place->off};
    bool delete = pass->text.ptr[place->off] == 0x7f; /* its key looks as if it was '_' */
    if (place->head != 0 && !delete) {
        spelling.next += place->len;
        spelling.ends = place->ends;
        enter(&spelling, place->head, place->len);
    }
    bool more = spell(pass, &spelling, place->off);
    pass->spelt += spelling.next - place->off;
    return more;
}

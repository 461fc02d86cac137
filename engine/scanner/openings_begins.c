/* SPDX-License-Identifier: Apache-2.0 */
/* openings_begins: what the first three bytes of a place must be. */
#include "engine/scanner/openings_build.h"

/* Letters without case, digits, blanks, some marks, the rest of ASCII, what is above. */
static unsigned letter_group(char c)
{
    if (ascii_is_alpha(c))
        return (unsigned)(ascii_lower(c) - 'a');
    if (ascii_is_digit(c))
        return 26;
    if (ascii_is_8bit(c))
        return 31;
    if ((unsigned char)c <= ' ')
        return 27;
    return c == '-' || c == '_' ? 29 : c == '.' || c == ',' ? 30 : 28;
}

/* Capitals, digits, blanks, marks that stand in numbers, and small letters, of which those are one
 * group that are in no name of a month. */
static unsigned shape_group(char c)
{
    static const char apart[] = "0-./+(abcdefgjlmnoprstuvy";
    const char *found = c ? strchr(apart, c) : NULL;
    if (found)
        return 7 + (unsigned)(found - apart);
    if (ascii_is_digit(c))
        return 0;
    if (ascii_is_8bit(c))
        return 1;
    if ((unsigned char)c <= ' ')
        return 2;
    if (ascii_is_alpha(c))
        return ascii_lower(c) == c ? 3 : 4;
    return c == ':' || c == '=' ? 5 : 6;
}

/* The groups of the bytes of each class, as bits. */
static void groups_of_classes(const uint8_t of_byte[256], const struct automaton *automaton,
                              uint32_t groups[256])
{
    memset(groups, 0, 256 * sizeof *groups);
    for (unsigned c = 0; c < 256; c++)
        groups[automaton->classes[c]] |= UINT32_C(1) << of_byte[c];
}

/* Marks all triples whose groups are in `groups`. */
static void mark(struct openings *openings, const uint32_t groups[3], enum openings_kind kind)
{
    for (uint32_t first = groups[0]; first != 0; first &= first - 1) {
        for (uint32_t second = groups[1]; second != 0; second &= second - 1) {
            for (uint32_t third = groups[2]; third != 0; third &= third - 1) {
                unsigned triple = (unsigned)__builtin_ctz(first) << 10 |
                                  (unsigned)__builtin_ctz(second) << 5 |
                                  (unsigned)__builtin_ctz(third);
                if (kind < OPENINGS_FIRST_APART)
                    openings->anywhere[triple / 32] |= UINT32_C(1) << triple % 32;
                else
                    openings->apart[triple] |= (uint16_t)openings_bit(kind);
            }
        }
    }
}

static void fill_from(struct openings *openings, const struct automaton *automaton,
                      const uint32_t of_class[256], uint32_t state, size_t depth,
                      uint32_t groups[3], enum openings_kind kind)
{
    if (state >= automaton->telling || depth == 3) {
        for (size_t i = depth; i < 3; i++)
            groups[i] = UINT32_MAX;
        mark(openings, groups, kind);
        return;
    }
    /* Classes that lead to one state are taken together. */
    const uint16_t *next = automaton->next + (size_t)state * automaton->class_count;
    for (uint32_t k = 0; k < automaton->class_count; k++) {
        uint32_t same = 0;
        bool seen = next[k] == AUTOMATON_DEAD;
        for (uint32_t j = 0; j < k && !seen; j++)
            seen = next[j] == next[k];
        for (uint32_t j = k; j < automaton->class_count && !seen; j++)
            same |= next[j] == next[k] ? of_class[j] : 0;
        groups[depth] = same;
        if (!seen)
            fill_from(openings, automaton, of_class, next[k], depth + 1, groups, kind);
    }
}

void openings_fill_begins(struct openings *openings)
{
    uint32_t of_class[256], groups[3];
    for (unsigned c = 0; c < 256; c++) {
        openings->letters[c] = (uint8_t)letter_group((char)c);
        openings->shapes[c] = (uint8_t)shape_group((char)c);
    }
    for (enum openings_kind kind = OPENINGS_ANYWHERE; kind < OPENINGS_KINDS; kind++) {
        for (size_t i = 0; i < openings->counts[kind]; i++) {
            const struct automaton *automaton = &openings->automata[kind][i];
            groups_of_classes(kind < OPENINGS_FIRST_APART ? openings->letters : openings->shapes,
                              automaton, of_class);
            fill_from(openings, automaton, of_class, AUTOMATON_START, 0, groups, kind);
        }
    }
    for (size_t i = 0; i < OPENINGS_TRIPLES; i++)
        openings->begins_blank |= openings->apart[i] != 0 && i >> 10 == openings->shapes[' '];
}

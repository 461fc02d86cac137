/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folded_word: what the characters of a word are, each and together: whether what looks like ASCII
 * in it is to be taken for that. For codec_folded; any thread.
 */
#ifndef CULVERT_MESSAGE_CODECS_FOLDED_WORD_H
#define CULVERT_MESSAGE_CODECS_FOLDED_WORD_H

#include "engine/message/codecs/look_alike.h"

/* Longer words are looked at in pieces. */
#define WORD_MOST 256u

/* What a character is in a word. */
enum glyph {
    GLYPH_APART,  /* it belongs to none */
    GLYPH_UNSEEN, /* nothing, or a mark on what stands before it */
    GLYPH_DIGIT,  /* ASCII, or another form of it */
    GLYPH_LETTER, /* O, o, l and I may be digits */
    GLYPH_ALIKE,  /* of another script, looks like ASCII */
    GLYPH_RAISED, /* a digit above or below the line */
    GLYPH_OTHER
};

struct character {
    uint32_t code;
    size_t len; /* 0: no UTF-8 */
    enum glyph glyph;
    struct look_alike alike; /* GLYPH_ALIKE, GLYPH_LETTER */
    char raised;             /* GLYPH_RAISED */
};

/* The character at `at`; of length 0 at the end. */
struct character character_at(struct span text, size_t at);

/* What the characters of a word are, all together. */
struct word {
    size_t end;
    bool has[GLYPH_OTHER + 1];
    bool alike_no_digit;    /* one of its look-alikes is like no digit */
    bool letter_no_digit;   /* one of its letters is */
    enum glyph first, last; /* that are seen */
    bool is_number;         /* look-alikes of digits are digits */
    bool is_raised_number;  /* so is what stands above the line */
};

/* The word that begins at `at`; it ends there when none does. */
struct word word_at(struct span text, size_t at);

/* A character of ASCII that nobody sees. */
bool is_control(unsigned char c);

/* The digit that a letter of ASCII looks like; '\0': none. */
char digit_like(char letter);

#endif

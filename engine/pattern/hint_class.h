/* SPDX-License-Identifier: Apache-2.0 */
/* hint_class: sets of ASCII characters, for hint. Private to engine/pattern. */
#ifndef CULVERT_PATTERN_HINT_CLASS_H
#define CULVERT_PATTERN_HINT_CLASS_H

#include "engine/pattern/hint.h"

/* Bytes below 0x80 that one place of the run may hold. */
struct class
{
    uint64_t low, high;
    enum hint_text text; /* the widest texts in which nothing above ASCII can stand there */
    bool folded;         /* made for both cases */
};

void class_add(struct class *class, unsigned char c);
void class_add_range(struct class *class, unsigned first, unsigned last);
bool class_has(const struct class *class, unsigned char c);

/* Both cases of every letter. */
void class_fold(struct class *class);
void class_invert(struct class *class);

/* \d \w \s \h and their opposites; \t \n \r. false: another letter. */
bool class_of_letter(char letter, struct class *class);

/* How much a place with this class narrows the search. */
unsigned class_worth(const struct class *class);

#endif

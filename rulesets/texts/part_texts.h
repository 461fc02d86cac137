/* SPDX-License-Identifier: Apache-2.0 */
/*
 * part_texts: the texts of a part of the message, and what can be said of them whatever a rule
 * looks for. Found out once a reading: a hundred rules may ask. On the thread of inspect().
 */
#ifndef CULVERT_RULESETS_TEXTS_PART_TEXTS_H
#define CULVERT_RULESETS_TEXTS_PART_TEXTS_H

#include "rulesets/run/run.h"

struct part_texts {
    struct view *items[TEXTS_MAX];
    size_t count;         /* 0: not found out yet */
    uint32_t uninspected; /* set of 1 << enum uninspected: for each rule that takes them */
};

/* Where the part is no text in spite of its type, its octets are what is looked at. Notes NULs in
 * the map. */
const struct part_texts *part_texts_of(struct run *run, const struct part *part);

/* Readers end a text at a NUL, leave it out or show it; none of these is what a pattern sees. */
void part_note_nul(struct run *run, const struct view *view, const struct part *part);

#endif

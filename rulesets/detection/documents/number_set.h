/* SPDX-License-Identifier: Apache-2.0 */
/*
 * number_set: which of the numbers below a limit were there, and as the how manieth. While it has
 * few it is small, whatever the limit is. Its owner's; one thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_DOCUMENTS_NUMBER_SET_H
#define CULVERT_RULESETS_DETECTION_DOCUMENTS_NUMBER_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct number_set {
    uint32_t *numbers; /* in order of their coming */
    uint32_t *slots;   /* of a hash table: a number's place among these, from 1 */
    uint32_t count, slot_count;
};

/* All zero bytes are an empty one. */
void number_set_fini(struct number_set *set);

/* The place of a number below 2^32 - 1, which it gets if it has none yet: then it is the last one.
 */
uint32_t number_set_place(struct number_set *set, uint32_t number);

/* The same of a set of which only is asked what is new. It becomes a bit for each number below
 * `limit` where that is less. */
struct number_bits {
    struct number_set few;
    unsigned char *bits; /* NULL: `few` has them */
    uint32_t limit;
};

void number_bits_fini(struct number_bits *bits);

/* Adds one. Whether it was not there. */
bool number_bits_add(struct number_bits *bits, uint32_t number);

#endif

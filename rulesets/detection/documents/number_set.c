/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/documents/number_set.h"

#include "engine/base/mem.h"

#include <stdlib.h>

#define SLOTS_LEAST 64u

void number_set_fini(struct number_set *set)
{
    free(set->numbers);
    free(set->slots);
    *set = (struct number_set){.count = 0};
}

/* Where a number is, or would be. */
static uint32_t *slot_of(const struct number_set *set, uint32_t number)
{
    uint32_t at = (uint32_t)(number * UINT64_C(0x9e3779b97f4a7c15) >> 32);
    for (;; at++) {
        uint32_t *slot = &set->slots[at & (set->slot_count - 1)];
        if (*slot == 0 || set->numbers[*slot - 1] == number)
            return slot;
    }
}

/* A half of the slots is empty. */
static void grow(struct number_set *set)
{
    set->slot_count = set->slot_count ? 2 * set->slot_count : SLOTS_LEAST;
    free(set->slots);
    set->slots = mem_alloc(set->slot_count * sizeof *set->slots);
    set->numbers = mem_resize(set->numbers, set->slot_count / 2 * sizeof *set->numbers);
    for (uint32_t i = 0; i < set->count; i++)
        *slot_of(set, set->numbers[i]) = i + 1;
}

uint32_t number_set_place(struct number_set *set, uint32_t number)
{
    if (set->count == set->slot_count / 2)
        grow(set);
    uint32_t *slot = slot_of(set, number);
    if (*slot == 0) {
        set->numbers[set->count] = number;
        *slot = ++set->count;
    }
    return *slot - 1;
}

void number_bits_fini(struct number_bits *bits)
{
    number_set_fini(&bits->few);
    free(bits->bits);
    bits->bits = NULL;
}

static bool set_bit(struct number_bits *bits, uint32_t number)
{
    unsigned char bit = (unsigned char)(1u << (number & 7));
    unsigned char *byte = &bits->bits[number / 8];
    bool is_new = (*byte & bit) == 0;
    *byte |= bit;
    return is_new;
}

static void use_bits(struct number_bits *bits)
{
    bits->bits = mem_alloc(bits->limit / 8 + 1);
    for (uint32_t i = 0; i < bits->few.count; i++)
        (void)set_bit(bits, bits->few.numbers[i]);
    number_set_fini(&bits->few);
}

bool number_bits_add(struct number_bits *bits, uint32_t number)
{
    uint32_t before = bits->few.count;
    if (!bits->bits && before > 0 && before == bits->few.slot_count / 2 &&
        bits->limit / 8 < 2 * sizeof(uint32_t) * bits->few.slot_count)
        use_bits(bits);
    if (bits->bits)
        return set_bit(bits, number);
    return number_set_place(&bits->few, number) == before;
}

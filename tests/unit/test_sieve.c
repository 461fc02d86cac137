/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner/sieve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void add(struct nfa_set *set, const char *bytes)
{
    for (; *bytes; bytes++)
        set->has[(unsigned char)*bytes >> 6] |= UINT64_C(1) << (*bytes & 63);
}

static bool stands(const struct nfa_set sets[SIEVE_DEPTH], struct span text, size_t at)
{
    for (size_t i = 0; i < SIEVE_DEPTH; i++) {
        if (at + i >= text.len || !nfa_set_has(&sets[i], (unsigned char)text.ptr[at + i]))
            return false;
    }
    return true;
}

#define LENGTH 300u
#define BLOCKS 6u

/* All that begins so passes, wherever it stands, and little else does. */
static void sieve_random(enum byte_masks_way way)
{
    struct nfa_set sets[2][SIEVE_DEPTH] = {{{{0}}}};
    struct sieve sieve = {.low = {{0}}};
    char text[LENGTH];
    size_t passing = 0, standing = 0;
    uint32_t seed = 1;
    for (size_t i = 0; i < SIEVE_DEPTH; i++) {
        add(&sets[0][i], i == 0 ? "<[" : "abc");
        add(&sets[1][i], i % 2 ? ":" : "01\xc3");
    }
    sieve_add(&sieve, 0, sets[0]);
    sieve_add(&sieve, 5, sets[1]);
    for (unsigned round = 0; round < 500; round++) {
        uint64_t bits[BLOCKS];
        for (size_t i = 0; i < LENGTH; i++) {
            seed = seed * 1664525u + 1013904223u;
            text[i] = "<[abc:01\xc3xyz "[(seed >> 16) % 13];
        }
        size_t off = round % 80;
        struct span all = span_of(text, LENGTH - round % 3);
        sieve_fill_by(way, &sieve, all, off, BLOCKS, bits);
        for (size_t i = 0; off + i < all.len && i < 64 * BLOCKS; i++) {
            bool passes = (bits[i / 64] >> (i % 64) & 1) != 0;
            bool wanted = stands(sets[0], all, off + i) || stands(sets[1], all, off + i);
            assert_true(passes || !wanted);
            if (off + i + 128 < all.len) { /* what is near the end passes */
                passing += passes;
                standing += wanted;
            }
        }
    }
    assert_true(standing > 0);
    if (way != BYTE_MASKS_16) /* by 16 all passes */
        assert_true(passing < standing * 2);
}

static void test_nothing_is_lost(void **state)
{
    (void)state;
    for (enum byte_masks_way way = BYTE_MASKS_16; way <= BYTE_MASKS_64; way++) {
        if (byte_masks_can(way))
            sieve_random(way);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_nothing_is_lost)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

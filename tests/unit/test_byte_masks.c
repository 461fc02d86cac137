/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/byte_masks.h"

#include "engine/base/ascii.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* What the header says of one byte. */
static void expect(unsigned char c, unsigned bit, const struct byte_masks *masks)
{
    bool token = ascii_is_alnum((char)c) || c == '_', blank = c <= ' ', above = c >= 0x80;
    assert_int_equal(masks->token >> bit & 1, token);
    assert_int_equal(masks->digit >> bit & 1, c >= '0' && c <= '9');
    assert_int_equal(masks->small >> bit & 1, c >= 'a' && c <= 'z');
    assert_int_equal(masks->blank >> bit & 1, blank);
    assert_int_equal(masks->inner >> bit & 1, c >= 0x80 && c <= 0xbf);
    assert_int_equal(masks->above >> bit & 1, above);
    assert_int_equal(masks->mark >> bit & 1, !above && !blank && !ascii_is_alnum((char)c));
}

#define BLOCKS 6u

/* Each byte in each place, at all ends of the text. */
static void fill_all(enum byte_masks_way way)
{
    for (size_t len = 0; len < 64 * (BLOCKS - 1); len += 7) {
        char *bytes = malloc(len + 1);
        struct byte_masks masks[BLOCKS];
        for (unsigned shift = 0; shift < 256; shift += 5) {
            for (size_t i = 0; i < len; i++)
                bytes[i] = (char)(i * 3 + shift);
            for (size_t off = 0; off <= len + 1; off += 31) {
                byte_masks_fill_by(way, span_of(bytes, len), off, BLOCKS, masks);
                for (size_t i = 0; i < 64 * BLOCKS; i++)
                    expect(off + i < len ? (unsigned char)bytes[off + i] : ' ', i % 64,
                           &masks[i / 64]);
            }
        }
        free(bytes);
    }
}

static void test_each_byte_is_of_its_kinds(void **state)
{
    (void)state;
    assert_true(byte_masks_can(BYTE_MASKS_16));
    for (enum byte_masks_way way = BYTE_MASKS_16; way <= BYTE_MASKS_64; way++) {
        if (byte_masks_can(way))
            fill_all(way);
    }
}

/* Of a whole text at once and block by block. */
static void test_one_by_one_is_the_same(void **state)
{
    (void)state;
    char bytes[300];
    struct byte_masks masks[BLOCKS];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 37 % 251);
    struct span text = span_of(bytes, sizeof bytes);
    byte_masks_fill(text, 0, BLOCKS, masks);
    for (size_t i = 0; i < BLOCKS; i++) {
        struct byte_masks one = byte_masks_at(text, i * BYTE_MASKS_WIDTH);
        assert_memory_equal(&one, &masks[i], sizeof one);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_byte_is_of_its_kinds),
        cmocka_unit_test(test_one_by_one_is_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of numbers: each has one place, in order of coming, and bits are the same as numbers. */
#include "rulesets/detection/documents/number_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/random.h"

#include <stdlib.h>

#define LIMIT 50000u

static struct random_source source = {7};

static void test_places(void **state)
{
    (void)state;
    static uint32_t places[LIMIT]; /* of each number, from 1 */
    struct number_set set = {.count = 0};
    for (uint32_t i = 0; i < 2 * LIMIT; i++) {
        uint32_t number =
            i % 2 ? random_below(&source, LIMIT) : i % 4 * 64; /* some again and again */
        uint32_t place = number_set_place(&set, number);
        if (places[number] == 0) {
            places[number] = place + 1;
            assert_int_equal(place + 1, set.count);
        }
        assert_int_equal(places[number], place + 1);
        assert_int_equal(set.numbers[place], number);
    }
    uint32_t last = number_set_place(&set, UINT32_MAX - 1);
    assert_int_equal(last, set.count - 1);
    number_set_fini(&set);
}

static void expect_bits(uint32_t limit, uint32_t most, bool wanted)
{
    unsigned char *seen = calloc(limit, 1);
    struct number_bits bits = {.limit = limit};
    assert_non_null(seen);
    for (uint32_t i = 0; i < most; i++) {
        uint32_t number = random_below(&source, limit);
        assert_int_equal(number_bits_add(&bits, number), !seen[number]);
        seen[number] = 1;
    }
    assert_int_equal(bits.bits != NULL, wanted);
    number_bits_fini(&bits);
    free(seen);
}

static void test_bits(void **state)
{
    (void)state;
    expect_bits(1, 10, false);
    expect_bits(100, 1000, true);
    expect_bits(LIMIT, 100, false); /* little of what is large costs little */
    expect_bits(LIMIT, 2 * LIMIT, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_places), cmocka_unit_test(test_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* test_map_scan: the fast loops find what the plain ones find, at every alignment and length. */
#include "engine/message/map/map_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint32_t random_state = 1;

static uint32_t random_next(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

/* Mostly `filler`, with some of what the loops look for. The copy ends where the memory ends, so
 * that a sanitizer sees a read beyond. */
static char *random_text(size_t len, char filler, unsigned one_in)
{
    static const char letters[] = "--\n\r\t \x7f\x80\xff\x1f!~:";
    char *text = malloc(len);
    assert_non_null(text);
    for (size_t i = 0; i < len; i++)
        text[i] = random_next() % one_in ? filler : letters[random_next() % (sizeof letters - 1)];
    return text;
}

static void compare(const char *text, size_t len)
{
    for (size_t at = 1; at <= len; at++) {
        assert_int_equal(scan_dashes(text, at, len), scan_dashes_portable(text, at, len));
        assert_int_equal(scan_name(text, at, len), scan_name_portable(text, at, len));
        assert_int_equal(scan_special(text, at, len), scan_special_portable(text, at, len));
    }
}

static void fast_and_plain_agree(void **state)
{
    (void)state;
    static const char fillers[] = {'a', '-', ' ', '\n'};
    for (size_t len = 1; len < 300; len++) {
        for (size_t f = 0; f < sizeof fillers; f++) {
            char *text = random_text(len, fillers[f], 2 + random_next() % 60);
            compare(text, len);
            free(text);
        }
    }
}

static void dashes_count_behind_a_line_end_or_blank(void **state)
{
    (void)state;
    static const char text[] = "a--b -c\n-\n--d";
    assert_int_equal(scan_dashes(text, 1, strlen(text)), 10);
    assert_int_equal(scan_dashes(text, 1, 11), 11);
    assert_int_equal(scan_dashes("x --", 1, 4), 2);
    assert_int_equal(scan_dashes("x\r--", 1, 4), 2);
    assert_int_equal(scan_dashes("x----", 1, 5), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fast_and_plain_agree),
        cmocka_unit_test(dashes_count_behind_a_line_end_or_blank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

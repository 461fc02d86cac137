/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/text_traits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* The header's words, character by character: of each what it is. */
static const struct {
    const char *character;
    unsigned traits;
} characters[] = {
    {"a", 0},
    {"\x7f", 0},
    {"\xc2\x80", TEXT_ABOVE},
    {"\xc3\xbc", TEXT_ABOVE},
    {"\xc5\xbe", TEXT_ABOVE},
    {"\xe2\x80\x93", TEXT_ABOVE},
    {"\xe2\x84\xa2", TEXT_ABOVE},
    {"\xc6\x80", TEXT_ABOVE | TEXT_BEYOND},
    {"\xd0\xb0", TEXT_ABOVE | TEXT_BEYOND},
    {"\xcf\xac", TEXT_ABOVE | TEXT_BEYOND},
    {"\xe1\xb8\x9e", TEXT_ABOVE | TEXT_BEYOND},
    {"\xe1\xba\xa1", TEXT_ABOVE | TEXT_BEYOND},
    {"\xe3\x84\xaa", TEXT_ABOVE | TEXT_BEYOND},
    {"\xf0\x9f\x98\x80", TEXT_ABOVE | TEXT_BEYOND},
    {"\xff", TEXT_ABOVE | TEXT_BEYOND},
    {"\x80", TEXT_ABOVE},
    {"\xc3\x9f", TEXT_ABOVE | TEXT_SHARP},
    {"\xe1\xba\x9e", TEXT_ABOVE | TEXT_BEYOND | TEXT_SHARP_CAPITAL},
    {"\xc5\xbf", TEXT_ABOVE | TEXT_OTHER_CASE},
    {"\xe2\x84\xaa", TEXT_ABOVE | TEXT_OTHER_CASE},
    {"\xc4\xb0", TEXT_ABOVE | TEXT_OTHER_CASE_MORE},
    {"\xc5\x89", TEXT_ABOVE | TEXT_OTHER_CASE_MORE},
    {"\xc7\xb0", TEXT_ABOVE | TEXT_BEYOND | TEXT_OTHER_CASE_MORE},
    {"\xe1\xba\x96", TEXT_ABOVE | TEXT_BEYOND | TEXT_OTHER_CASE_MORE},
    {"\xe1\xba\x9a", TEXT_ABOVE | TEXT_BEYOND | TEXT_OTHER_CASE_MORE},
    {"\xef\xac\x81", TEXT_ABOVE | TEXT_BEYOND | TEXT_OTHER_CASE_MORE},
};

/* Alone, and in each place of texts of several lengths, so at both sides of all blocks. */
static void test_each_character_is_seen_everywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof characters / sizeof characters[0]; i++) {
        struct span character = span_str(characters[i].character);
        for (size_t len = character.len; len < 420; len += 59) {
            char *text = malloc(len);
            for (size_t at = 0; at + character.len <= len; at++) {
                memset(text, 'x', len);
                memcpy(text + at, character.ptr, character.len);
                assert_int_equal(text_traits(span_of(text, len)), characters[i].traits);
            }
            free(text);
        }
    }
    assert_int_equal(text_traits(SPAN("")), 0);
}

/* Any two bytes, of which the second may begin a character: a long text has what its parts have. */
static void test_long_texts_have_what_short_ones_have(void **state)
{
    (void)state;
    char text[260];
    for (unsigned first = 0; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            char pair[] = {(char)first, (char)second, 'x'};
            memset(text, 'x', sizeof text);
            memcpy(text + second % 200, pair, sizeof pair);
            assert_int_equal(text_traits(span_of(text, sizeof text)),
                             text_traits(span_of(pair, sizeof pair)));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_character_is_seen_everywhere),
        cmocka_unit_test(test_long_texts_have_what_short_ones_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/validator_rows.h"

#include "rulesets/detection/validators/validators.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct rows {
    const struct validator_row *items;
    size_t count;
};

bool validator_says(const char *name, struct span text)
{
    const struct validator *validator = validator_find(span_str(name));
    if (!validator)
        fail_msg("no validator %s", name);
    char *copy = malloc(text.len > 0 ? text.len : 1);
    assert_non_null(copy);
    memcpy(copy, text.ptr, text.len);
    bool holds = validator->check(span_of(copy, text.len));
    free(copy);
    return holds;
}

static void expect(const char *name, const char *const *values, bool holds)
{
    for (size_t i = 0; i < VALIDATOR_VALUES_MAX && values[i]; i++) {
        if (validator_says(name, span_str(values[i])) != holds)
            fail_msg("%s: %s", name, values[i]);
    }
}

static void right_values_hold(void **state)
{
    const struct rows *rows = *state;
    for (size_t i = 0; i < rows->count; i++)
        expect(rows->items[i].name, rows->items[i].right, true);
}

static void wrong_values_do_not(void **state)
{
    const struct rows *rows = *state;
    for (size_t i = 0; i < rows->count; i++)
        expect(rows->items[i].name, rows->items[i].wrong, false);
}

/* Every start of a right value, and every byte of it replaced by one that is no digit. */
static void pieces_and_junk_do_no_harm(void **state)
{
    const struct rows *rows = *state;
    for (size_t i = 0; i < rows->count; i++) {
        const struct validator_row *row = &rows->items[i];
        char text[64];
        size_t len = strlen(row->right[0]);
        assert_true(len <= sizeof text);
        for (size_t at = 0; at < len; at++) {
            memcpy(text, row->right[0], len);
            (void)validator_says(row->name, span_of(text, at));
            text[at] = '~';
            assert_false(validator_says(row->name, span_of(text, len)));
        }
    }
}

int validator_rows_play(const struct validator_row *rows, size_t count)
{
    struct rows all = {rows, count};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(right_values_hold, &all),
        cmocka_unit_test_prestate(wrong_values_do_not, &all),
        cmocka_unit_test_prestate(pieces_and_junk_do_no_harm, &all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

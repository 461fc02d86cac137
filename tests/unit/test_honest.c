/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_honest: ordinary mail, and honest mail that breaks a rule (tests/corpus/o-*, honest-*), is
 * certain also when all of it is decoded, and leaves as it came.
 */
#include "engine/message/library.h"
#include "tests/support/corpus.h"
#include "tests/support/rules_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char folder[] = TEST_ROOT "/corpus";

/* Rules that decode everything and find nothing. */
#define NOTHING                                                                                    \
    "{'extract': 'Headers', 'pattern': 'no such \\\\d{40}', 'rules': [{'transform': 'Mask'}]},"    \
    "{'extract': 'Body', 'pattern': 'no such \\\\d{40}', 'rules': [{'transform': 'Mask'}]},"       \
    "{'extract': 'Filename', 'pattern': 'no such \\\\d{40}', 'rules': [{'transform': 'Mask'}]},"   \
    "{'extract': 'Text', 'pattern': 'no such \\\\d{40}', 'rules': [{'transform': 'Mask'}]},"       \
    "{'extract': 'Attachment', 'rules': [{'extract': 'Text', 'pattern': 'no such \\\\d{40}', "     \
    "'rules': [{'transform': 'Mask'}]}]}"

#define FIELD "X-Culvert-Inspected: true\r\n"

static bool is_honest(const char *name)
{
    return strncmp(name, "honest-", 7) == 0 || strncmp(name, "o-", 2) == 0;
}

/* The field goes in front, or behind the trace fields. */
static bool is_identical(struct rules_case *c, struct span before)
{
    struct span after = rules_case_bytes(c);
    size_t at = after.ptr ? span_find(after, SPAN(FIELD)) : SPAN_NONE;
    if (at == SPAN_NONE || after.len != before.len + strlen(FIELD))
        return false;
    return span_equal(span_sub(after, 0, at), span_sub(before, 0, at)) &&
           span_equal(span_from(after, at + strlen(FIELD)), span_from(before, at));
}

static void honest_mail_is_certain_and_identical(void **state)
{
    (void)state;
    struct rules_case c;
    size_t count, checked = 0, failed = 0;
    rules_case_below(&c, NOTHING);
    c.inspection.on_uncertain = TROUBLE_REJECT;
    c.inspection.on_uninspectable = TROUBLE_PASS;
    struct arena *arena = arena_new();
    const char **names = corpus_names(folder, arena, &count);
    for (size_t i = 0; i < count; i++) {
        if (!is_honest(names[i]))
            continue;
        struct span mail = corpus_read(folder, names[i], arena);
        rules_case_run_bytes(&c, mail);
        checked++;
        if (c.outcome.verdict == VERDICT_DELIVER && is_identical(&c, mail))
            continue;
        failed++;
        print_error("%s: %s\n", names[i],
                    c.outcome.verdict == VERDICT_DELIVER ? "changed" : "refused");
    }
    assert_int_equal(failed, 0);
    assert_true(checked >= 190);
    arena_free(&arena);
    rules_case_fini(&c);
}

static int setup(void **state)
{
    (void)state;
    pattern_library_init();
    message_library_init();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_mail_is_certain_and_identical),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}

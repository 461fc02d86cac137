/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promises of the design (DESIGN section 1) that rules can break, as properties over random
 * messages and over the corpus.
 */
#include "engine/base/log.h"
#include "engine/message/library.h"
#include "engine/message/open.h"
#include "tests/support/random_mail.h"
#include "tests/support/rules_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <dirent.h>

#define ROUNDS 500

/* Rules of every kind that find nothing. */
#define NOTHING                                                                                    \
    "{'extract': 'Subject', 'pattern': 'no such \\\\d{40}', 'rules': [{'transform': 'Mask'}]},"    \
    "{'extract': 'Headers', 'pattern': 'no such \\\\d{40}', 'rules': [{'transform': 'Mask'}]},"    \
    "{'extract': 'Body', 'pattern': 'no such \\\\d{40}', 'rules': [{'transform': 'Mask'}]},"       \
    "{'extract': 'Filename', 'pattern': 'no such \\\\d{40}', 'rules': [{'transform': 'Mask'}]},"   \
    "{'extract': 'Attachment', 'rules': [{'extract': 'Text', 'pattern': 'no such \\\\d{40}', "     \
    "'rules': [{'transform': 'Mask'}]}]}"

/* Rules that hide the secret wherever they find it, and others that would give it away. */
#define SECRET "'QX-\\\\d{8}'"
#define HIDE                                                                                       \
    "{'extract': 'Subject', 'pattern': '(?<s>QX-\\\\d{8})', 'rules': [{'transform': 'Header', "    \
    "'header_name': 'X-Seen', 'header_value': '%(s)s'}, {'transform': 'Tag', 'tag': 'seen', "      \
    "'subject_prefix': '[%(s)s] '}]},"                                                             \
    "{'extract': 'Body', 'pattern': '(?<s>QX-\\\\d{8})', 'rules': [{'transform': 'Header', "       \
    "'header_name': 'X-Body', 'header_value': 'in %(input)s'}]},"                                  \
    "{'extract': 'Subject', 'pattern': " SECRET ", 'rules': [{'transform': 'Mask'}]},"             \
    "{'extract': 'Body', 'pattern': " SECRET ", 'rules': [{'transform': 'Redact'}]},"              \
    "{'extract': 'Attachment', 'rules': [{'extract': 'Text', 'pattern': " SECRET ", 'rules': "     \
    "[{'transform': 'Mask', 'keep_left': 2}]}]}"

static void pass_all(struct rules_case *c)
{
    c->inspection.on_error = TROUBLE_PASS;
    c->inspection.on_uncertain = TROUBLE_PASS;
    c->inspection.on_uninspectable = TROUBLE_PASS;
}

static struct span rendered_without(const struct rules_case *c, const struct edit *insertion)
{
    struct arena *arena = c->message_arena;
    char *bytes = arena_alloc(arena, c->output.len + 1);
    size_t off = (size_t)insertion->off, len = insertion->with.len;
    memcpy(bytes, c->output.ptr, off);
    memcpy(bytes + off, c->output.ptr + off + len, c->output.len - off - len);
    return span_of(bytes, c->output.len - len);
}

/* What leaves is what came, with one insertion: our field. */
static void expect_identical(struct rules_case *c, const char *name)
{
    if (c->outcome.verdict != VERDICT_DELIVER)
        fail_msg("%s: not delivered", name);
    const struct edits *edits = c->outcome.edits;
    if (edits->count != 1 || edits->items[0].len != 0)
        fail_msg("%s: %zu edits", name, edits->count);
    const struct edit *insertion = &edits->items[0];
    if (!span_starts(insertion->with, SPAN("X-Culvert-Inspected: true\r\n")))
        fail_msg("%s: inserts %.*s", name, SPAN_ARG(insertion->with));
    if (!span_equal(rendered_without(c, insertion), c->message.bytes))
        fail_msg("%s: something else changed", name);
}

static void test_promise_1_untouched_is_identical(void **state)
{
    (void)state;
    struct rules_case c;
    rules_case_below(&c, NOTHING);
    pass_all(&c);
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        struct random_source random = {seed};
        struct buf mail = BUF_INIT;
        char name[32];
        (void)snprintf(name, sizeof name, "seed %u", (unsigned)seed);
        random_mail(&random, seed % 2 == 1, &mail);
        rules_case_run_bytes(&c, buf_span(&mail));
        expect_identical(&c, name);
        buf_fini(&mail);
    }
    rules_case_fini(&c);
}

static void read_file(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char chunk[4096];
    size_t got;
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        buf_add(out, span_of(chunk, got));
    (void)fclose(file);
}

static void test_promise_1_corpus(void **state)
{
    (void)state;
    struct rules_case c;
    rules_case_below(&c, NOTHING);
    pass_all(&c);
    DIR *folder = opendir(TEST_ROOT "/corpus");
    assert_non_null(folder);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        struct buf mail = BUF_INIT;
        char path[512];
        if (!span_ends_nocase(span_str(entry->d_name), SPAN(".eml")))
            continue;
        (void)snprintf(path, sizeof path, TEST_ROOT "/corpus/%s", entry->d_name);
        read_file(path, &mail);
        rules_case_run_bytes(&c, buf_span(&mail));
        expect_identical(&c, entry->d_name);
        buf_fini(&mail);
        count++;
    }
    (void)closedir(folder);
    assert_true(count >= 150);
    rules_case_fini(&c);
}

static bool has_secret(struct span text)
{
    for (size_t at = 0;;) {
        size_t found = span_find(span_from(text, at), SPAN(RANDOM_MAIL_SECRET));
        if (found == SPAN_NONE)
            return false;
        struct span digits = span_sub(text, at + found + 3, 8);
        size_t count = 0;
        while (count < digits.len && digits.ptr[count] >= '0' && digits.ptr[count] <= '9')
            count++;
        if (count == 8)
            return true;
        at += found + 3;
    }
}

/* Whether anything in the message shows the secret to a reader of that kind. */
static const char *shows_secret(struct span bytes, enum reading reading, struct arena *arena)
{
    struct map *map = map_build(bytes, &map_limits_default, reading, arena);
    struct views *views = views_new(map, &view_limits_default, arena);
    for (size_t i = 0; i < map->field_count; i++) {
        if (has_secret(open_field(views, &map->fields[i])->text))
            return arena_printf(arena, "field %.*s", SPAN_ARG(map->fields[i].name));
    }
    for (size_t i = 0; i < map->part_count; i++) {
        if (map->parts[i].kind != PART_LEAF)
            continue;
        struct view *text = open_text(views, &map->parts[i]);
        if (text && has_secret(text->text))
            return arena_printf(arena, "text of part %zu", i);
        if (has_secret(open_content(views, &map->parts[i])->text))
            return arena_printf(arena, "content of part %zu", i);
    }
    return NULL;
}

static void expect_hidden(struct rules_case *c, uint64_t seed, enum reading reading)
{
    const char *where = shows_secret(c->output, reading, c->message_arena);
    if (where)
        fail_msg("seed %u, reading %d: %s\n--- in\n%.*s\n--- out\n%.*s", (unsigned)seed,
                 (int)reading, where, SPAN_ARG(c->message.bytes), SPAN_ARG(c->output));
}

static void test_promise_4_hidden_stays_hidden(void **state)
{
    (void)state;
    struct rules_case c;
    size_t delivered = 0;
    rules_case_below(&c, HIDE);
    pass_all(&c);
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        struct random_source random = {seed};
        struct buf mail = BUF_INIT;
        random_mail(&random, false, &mail);
        rules_case_run_bytes(&c, buf_span(&mail));
        if (c.outcome.verdict != VERDICT_DELIVER)
            fail_msg("seed %u: %s: %s", (unsigned)seed, c.outcome.reason, c.outcome.detail);
        expect_hidden(&c, seed, READING_STRICT);
        if (has_secret(c.output))
            fail_msg("seed %u: in the raw bytes", (unsigned)seed);
        delivered++;
        buf_fini(&mail);
    }
    assert_int_equal(delivered, ROUNDS);
    rules_case_fini(&c);
}

/* Neither in the reply, nor in a trace. */
static void test_promise_4_nothing_tells(void **state)
{
    (void)state;
    struct rules_case c;
    rules_case_below(&c, "{'extract': 'Subject', 'pattern': " SECRET ", 'rules': [{'error': "
                         "{'message': 'no %(input)s'}}]}," HIDE);
    pass_all(&c);
    c.traced = true;
    for (uint64_t seed = 0; seed < ROUNDS / 4; seed++) {
        struct random_source random = {seed};
        struct buf mail = BUF_INIT, trace = BUF_INIT;
        random_mail(&random, seed % 2 == 1, &mail);
        rules_case_run_bytes(&c, buf_span(&mail));
        assert_int_equal(c.outcome.verdict, VERDICT_REJECT);
        assert_false(has_secret(c.outcome.text));
        trace_explain(c.trace, &trace);
        trace_json(c.trace, &trace);
        assert_false(has_secret(buf_span(&trace)));
        buf_fini(&trace);
        buf_fini(&mail);
    }
    rules_case_fini(&c);
}

/* What a log rule writes of a piece that another rule hides; an unnamed one says where it stands.
 */
static void test_promise_4_no_log_tells(void **state)
{
    (void)state;
    struct rules_case c;
    rules_case_below(&c, "{'extract': 'Subject', 'pattern': '(?<s>QX-\\\\d{8})', 'rules': [{'log': "
                         "{'message': 'saw %(input)s and %(s)s'}}, {'log': {'level': 'error', "
                         "'message': 'again'}, 'name': 'second'}]}," HIDE);
    pass_all(&c);
    size_t lines = 0;
    for (uint64_t seed = 0; seed < ROUNDS / 4; seed++) {
        struct random_source random = {seed};
        struct buf mail = BUF_INIT;
        random_mail(&random, seed % 2 == 1, &mail);
        rules_case_run_bytes(&c, buf_span(&mail));
        for (size_t i = 0; i < c.outcome.line_count; i++) {
            const struct rule_line *line = &c.outcome.lines[i];
            bool second = strcmp(line->rule, "second") == 0;
            assert_false(has_secret(line->text));
            assert_int_equal(line->level, second ? LOG_ERROR : LOG_INFO);
            assert_true(span_starts(line->text, second ? SPAN("again") : SPAN("saw ** and **")) ||
                        span_starts(line->text, SPAN("saw **-******** and **-********")));
            assert_true(second || span_starts(span_str(line->rule), SPAN("Log at /rulesets/0/")));
            lines++;
        }
        buf_fini(&mail);
    }
    assert_true(lines > 0);
    rules_case_fini(&c);
}

/* Conflicting rules: either all that was asked for, or nothing at all and no edits. */
static void test_promise_3_all_or_nothing(void **state)
{
    (void)state;
    struct rules_case c;
    size_t refused = 0, delivered = 0;
    rules_case_below(&c, HIDE ",{'extract': 'Body', 'pattern': 'a QX-\\\\d{8}|alpha and', 'rules': "
                              "[{'transform': 'Replace', 'with': 'x'}]},{'extract': 'Body', "
                              "'pattern': 'and x', 'rules': [{'transform': 'Replace', 'with': 'y'}"
                              "]}");
    pass_all(&c);
    for (uint64_t seed = 0; seed < ROUNDS; seed++) {
        struct random_source random = {seed};
        struct buf mail = BUF_INIT;
        random_mail(&random, false, &mail);
        rules_case_run_bytes(&c, buf_span(&mail));
        if (c.outcome.verdict == VERDICT_DELIVER) {
            delivered++;
            expect_hidden(&c, seed, READING_STRICT);
        } else {
            refused++;
            assert_null(c.outcome.edits);
        }
        buf_fini(&mail);
    }
    assert_true(refused > 0 && delivered > 0);
    rules_case_fini(&c);
}

static void test_promise_6_one_reading(void **state)
{
    (void)state;
    struct rules_case c;
    size_t refused = 0, delivered = 0;
    rules_case_below(&c, HIDE);
    pass_all(&c);
    for (uint64_t seed = 0; seed < 2 * ROUNDS; seed++) {
        struct random_source random = {seed};
        struct buf mail = BUF_INIT;
        random_mail(&random, true, &mail);
        rules_case_run_bytes(&c, buf_span(&mail));
        if (c.outcome.verdict == VERDICT_DELIVER) {
            delivered++;
            for (int reading = 0; reading < READING_COUNT; reading++)
                expect_hidden(&c, seed, (enum reading)reading);
            if (has_secret(c.output))
                fail_msg("seed %u: in the raw bytes\n%.*s", (unsigned)seed, SPAN_ARG(c.output));
        } else {
            refused++;
        }
        buf_fini(&mail);
    }
    assert_true(refused > 0 && delivered > 0);
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
        cmocka_unit_test(test_promise_1_untouched_is_identical),
        cmocka_unit_test(test_promise_1_corpus),
        cmocka_unit_test(test_promise_3_all_or_nothing),
        cmocka_unit_test(test_promise_4_hidden_stays_hidden),
        cmocka_unit_test(test_promise_4_nothing_tells),
        cmocka_unit_test(test_promise_4_no_log_tells),
        cmocka_unit_test(test_promise_6_one_reading),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* DLP rules: what expressions hold for, where they are wrong, and what is counted how. */
#include "rulesets/detection/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct subject subjects[] = {
    {.kind = SUBJECT_ENTITY, .name = "a", .index = 0},
    {.kind = SUBJECT_ENTITY, .name = "b", .index = 1},
    {.kind = SUBJECT_ENTITY, .name = "two words", .index = 2}};

static const struct subject *find(struct span name, void *arg, struct error *err)
{
    (void)arg;
    for (size_t i = 0; i < ARRAY_LEN(subjects); i++) {
        if (span_is(name, subjects[i].name))
            return &subjects[i];
    }
    (void)error_set(err, "there is no \"%.*s\"", SPAN_ARG(name));
    return NULL;
}

/* Every 'a', 'b' and 'w' of the text is a find, 'w' up to a ')'; the chosen ones come back in
 * capitals. */
static void expect(const char *source, const char *text, const char *wanted)
{
    struct arena *arena = arena_new();
    struct error err = ERROR_INIT;
    size_t column = 0, count = 0, len = strlen(text);
    struct expression *e = expression_new(span_str(source), find, NULL, arena, &column, &err);
    if (!e)
        fail_msg("%s: %zu: %s", source, column, err.text);
    struct sighting *sightings = ARENA_ARRAY(arena, len, struct sighting);
    struct seen *seen = ARENA_ARRAY(arena, len, struct seen);
    for (size_t i = 0; i < len; i++) {
        size_t which = text[i] == 'w' ? 2 : (size_t)(text[i] - 'a');
        if (text[i] == '.' || which > 2)
            continue;
        size_t end = which == 2 ? span_find_byte(span_from(span_str(text), i), ')') : SPAN_NONE;
        sightings[count] = (struct sighting){.subject = &subjects[which],
                                             .off = (uint32_t)i,
                                             .len = end == SPAN_NONE ? 1 : (uint32_t)end + 1};
        seen[count] = (struct seen){.sighting = &sightings[count], .text = span_str(text)};
        count++;
    }
    bool *chosen = ARENA_ARRAY(arena, count, bool);
    bool holds = expression_holds(e, seen, count, arena, chosen);
    char *got = arena_alloc(arena, len + 1);
    memcpy(got, text, len);
    for (size_t i = 0; i < count; i++) {
        if (chosen[i])
            got[sightings[i].off] = (char)(got[sightings[i].off] - 32);
    }
    assert_string_equal(holds ? got : "-", wanted);
    arena_free(&arena);
}

static void test_expressions(void **state)
{
    (void)state;
    expect("a", "a.b.a", "A.b.A");
    expect("a", "b", "-");
    expect("a AND b", "a.a", "-");
    expect("a AND b", "a.b.w", "A.B.w");
    expect("a or b AND \"two words\"", "a.b", "A.b");
    expect("(a or b) AND \"two words\"", "a.b", "-");
    expect("a AND NOT b", "a.w", "A.w");
    expect("a AND NOT b", "a.b", "-");
    expect("a AND NOT (b OR \"two words\")", "a.w", "-");
    expect("a NEAR/2 b", "a..b....a", "A..B....a");
    expect("b NEAR/2 a", "a..b....a", "A..B....a");
    expect("a NEAR/2 b", "a...b", "-");
    expect("a NEAR/1 a", "a.a..a", "A.A..a");
    expect("a NEAR/1 (b OR \"two words\")", "b.a.w..w", "B.A.W..w");
    expect("((((a))))", "a", "A");
    /* Of two in front the one that reaches further is nearer. */
    expect("a NEAR/2 (\"two words\" OR b)", "wb.).a", "Wb.).A");
    expect("a NEAR/1 (\"two words\" OR b)", "wb.)...a", "-");
}

static void expect_error(const char *source, size_t column, const char *text)
{
    struct arena *arena = arena_new();
    struct error err = ERROR_INIT;
    size_t got = 0;
    assert_null(expression_new(span_str(source), find, NULL, arena, &got, &err));
    assert_string_equal(err.text, text);
    assert_int_equal(got, column);
    arena_free(&arena);
}

static void test_errors(void **state)
{
    (void)state;
    expect_error("", 1, "expected the name of an entity or a dictionary");
    expect_error("a AND", 6, "expected the name of an entity or a dictionary");
    expect_error("a b", 3, "expected AND, OR or NEAR/n");
    expect_error("a AND (b", 7, "this parenthesis is not closed");
    expect_error("a)", 2, "no parenthesis is open here");
    expect_error("a & b", 3, "expected a name, AND, OR, NOT, NEAR/n or a parenthesis");
    expect_error("a AND \"b", 7, "this quotation mark is not closed");
    expect_error("a NEAR b", 3, "expected NEAR/n with the most characters between, 1 to 100000");
    expect_error("NOT a", 1,
                 "holds where nothing is found; something besides NOT must be asked for");
    expect_error("a OR NOT b", 1,
                 "holds where nothing is found; something besides NOT must be asked for");
    expect_error("a NEAR/5 NOT b", 3, "NOT cannot stand beside NEAR");
    expect_error("a AND c", 7, "there is no \"c\"");
    char deep[1000];
    memset(deep, '(', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    expect_error(deep, 257, "the expression is too long");
}

static struct dlp_result judge(const char *more, const uint64_t *identities, size_t count)
{
    struct arena *arena = arena_new();
    struct reader reader;
    struct node root;
    struct dlp_rule rule;
    struct dlp_result result;
    reader_init(&reader, arena);
    const char *text = arena_printf(arena, "{\"name\": \"r\", \"expression\": \"a\", %s}", more);
    assert_true(reader_load_text(&reader, "c.json", span_str(text), &root));
    assert_true(dlp_rule_read(&reader, &root, find, NULL, &rule));
    struct sighting *sightings = ARENA_ARRAY(arena, count, struct sighting);
    struct seen *seen = ARENA_ARRAY(arena, count, struct seen);
    for (size_t i = 0; i < count; i++) {
        sightings[i] = (struct sighting){.subject = &subjects[0],
                                         .confidence = CONFIDENCE_MEDIUM,
                                         .weight = i == 0 ? -5 : 10,
                                         .identity = identities[i]};
        seen[i].sighting = &sightings[i];
        seen[i].place = i;
        seen[i].part = i / 2;
        seen[i].in_content = true;
    }
    dlp_rule_judge(&rule, seen, count, SEVERITY_NONE, arena, &result);
    reader_fini(&reader);
    arena_free(&arena);
    return result;
}

static void test_ladder(void **state)
{
    (void)state;
    const uint64_t ids[] = {7, 7, 7, 9};
    const char *ladder = "\"severity\": {\"low\": 2, \"medium\": 3, \"critical\": 5}";
    assert_int_equal(judge(ladder, ids, 1).severity, SEVERITY_NONE);
    assert_int_equal(judge(ladder, ids, 2).severity, SEVERITY_LOW);
    assert_int_equal(judge(ladder, ids, 4).severity, SEVERITY_MEDIUM);
    ladder = "\"unique\": true, \"severity\": {\"low\": 2, \"medium\": 3}";
    assert_int_equal(judge(ladder, ids, 3).severity, SEVERITY_NONE);
    assert_int_equal(judge(ladder, ids, 4).severity, SEVERITY_LOW);
    ladder = "\"count\": \"weight\", \"severity\": {\"low\": 15, \"high\": 25}";
    assert_int_equal(judge(ladder, ids, 3).severity, SEVERITY_LOW);
    assert_int_equal(judge(ladder, ids, 4).severity, SEVERITY_HIGH);
    ladder = "\"count\": \"weight\", \"unique\": true, \"severity\": {\"low\": 5, \"high\": 6}";
    assert_int_equal(judge(ladder, ids, 4).severity, SEVERITY_LOW);
    ladder = "\"min_confidence\": \"high\", \"severity\": {\"low\": 1}";
    assert_int_equal(judge(ladder, ids, 4).severity, SEVERITY_NONE);
    ladder = "\"scan\": \"metadata\", \"severity\": {\"low\": 1}";
    assert_int_equal(judge(ladder, ids, 4).severity, SEVERITY_NONE);
    /* Two finds a part. */
    ladder = "\"scope\": \"part\", \"severity\": {\"low\": 2, \"medium\": 3}";
    assert_int_equal(judge(ladder, ids, 4).severity, SEVERITY_LOW);
    ladder = "\"scope\": \"part\", \"unique\": true, \"severity\": {\"low\": 2}";
    assert_int_equal(judge(ladder, ids, 2).severity, SEVERITY_NONE);
    assert_int_equal(judge(ladder, ids, 4).severity, SEVERITY_LOW);
    /* Of parts that are as severe the fullest is shown. */
    ladder = "\"scope\": \"part\", \"unique\": true, \"severity\": {\"low\": 1}";
    assert_int_equal(judge(ladder, ids, 4).count, 2);
}

/* Finds of all subjects, side by side, in several parts. */
static void see_all(struct sighting *sightings, struct seen *seen, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sightings[i] = (struct sighting){.subject = &subjects[i * i % 11 % 3],
                                         .confidence = CONFIDENCE_MEDIUM,
                                         .off = (uint32_t)(2 * i),
                                         .len = 1,
                                         .identity = i % 7};
        seen[i] = (struct seen){.sighting = &sightings[i],
                                .text = SPAN("....................................................."
                                             "................................................."),
                                .place = i,
                                .part = i / 6,
                                .in_content = true};
    }
}

/* What rules of a profile make of all finds is what each by itself makes of them. */
static void test_profile(void **state)
{
    static const char *const expressions[] = {
        "a", "b AND NOT a", "a NEAR/2 b", "\\\"two words\\\"", "a OR \\\"two words\\\"", "b"};
    enum { RULES = ARRAY_LEN(expressions), FINDS = 40 };
    struct arena *arena = arena_new();
    struct reader reader;
    struct node root;
    struct dlp_rule rules[RULES];
    const struct dlp_rule *list[RULES];
    struct sighting sightings[FINDS];
    struct seen seen[FINDS];
    struct dlp_verdict verdict;
    bool chosen[FINDS] = {false};
    (void)state;
    reader_init(&reader, arena);
    for (size_t i = 0; i < RULES; i++) {
        const char *text = arena_printf(
            arena,
            "{\"name\": \"r\", \"expression\": \"%s\", \"scope\": \"%s\", \"severity\": "
            "{\"low\": %zu, \"high\": 5}}",
            expressions[i], i % 2 ? "part" : "message", i % 3);
        assert_true(reader_load_text(&reader, "c.json", span_str(text), &root));
        assert_true(dlp_rule_read(&reader, &root, find, NULL, &rules[i]));
        list[i] = &rules[i];
    }
    struct dlp_profile profile = {.name = "p", .rules = list, .rule_count = RULES};
    see_all(sightings, seen, FINDS);
    dlp_profile_judge(&profile, seen, FINDS, SEVERITY_LOW, arena, &verdict);
    for (size_t i = 0; i < RULES; i++) {
        struct dlp_result alone;
        dlp_rule_judge(&rules[i], seen, FINDS, SEVERITY_LOW, arena, &alone);
        assert_int_equal(verdict.results[i].severity, alone.severity);
        assert_int_equal(verdict.results[i].count, alone.count);
        assert_int_equal(verdict.results[i].unique, alone.unique);
        for (size_t k = 0; k < FINDS; k++)
            chosen[k] |= alone.chosen[k];
    }
    assert_memory_equal(verdict.chosen, chosen, sizeof chosen);
    reader_fini(&reader);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expressions),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_ladder),
        cmocka_unit_test(test_profile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

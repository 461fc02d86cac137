/* SPDX-License-Identifier: Apache-2.0 */
/* Looking: entities of a configuration of one's own, keywords near and in column heads, edges,
 * identity of values, limits, complaints. */
#include "rulesets/detection/look.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rulesets/detection/entity.h"

#include <stdio.h>
#include <string.h>

static int set_up(void **state)
{
    (void)state;
    pattern_library_init();
    return 0;
}

/* One look for the entity "e" with those keys. */
static struct sightings look_within(const char *keys, struct span text,
                                    const struct look_limits *limits, struct arena *arena)
{
    struct reader reader;
    struct node root;
    struct entities entities = {NULL, 0, 0};
    struct sightings found;
    reader_init(&reader, arena);
    const char *json = arena_printf(arena, "{\"name\": \"e\", %s}", keys);
    assert_true(reader_load_text(&reader, "c.json", span_str(json), &root));
    assert_true(entity_read(&reader, &root, &entities));
    struct subject *subject = ARENA_NEW(arena, struct subject);
    *subject = (struct subject){.kind = SUBJECT_ENTITY, .name = "e", .entity = &entities.items[0]};
    const struct subject *subjects[] = {subject};
    look(lookout_new(subjects, 1, arena), text, limits, arena, &found);
    reader_fini(&reader);
    return found;
}

static struct sightings look_with(const char *keys, struct span text, struct arena *arena)
{
    struct look_limits limits = {.sightings = 0};
    return look_within(keys, text, &limits, arena);
}

/* The finds as "value confidence distance|head", separated by "; ". */
static void expect(const char *keys, const char *text, const char *wanted)
{
    struct arena *arena = arena_new();
    struct sightings found = look_with(keys, span_str(text), arena);
    struct buf got = BUF_INIT;
    assert_true(found.complete);
    for (size_t i = 0; i < found.count; i++) {
        const struct sighting *one = &found.items[i];
        buf_printf(&got, "%s%.*s %s", i > 0 ? "; " : "",
                   SPAN_ARG(span_sub(span_str(text), one->off, one->len)),
                   confidence_name(one->confidence));
        if (one->evidence.column_head)
            buf_add_str(&got, " head");
        else if (one->evidence.keyword.len > 0)
            buf_printf(&got, " %u", one->evidence.distance);
    }
    buf_add_byte(&got, '\0');
    assert_string_equal(got.ptr, wanted);
    buf_fini(&got);
    arena_free(&arena);
}

#define BADGE "\"pattern\": \"B-[0-9]{6}\", \"keywords\": [\"badge no\"], \"near\": 10"

static void test_keywords(void **state)
{
    (void)state;
    expect(BADGE, "B-104238", "B-104238 low");
    expect(BADGE, "Badge\r\n No: B-104238", "B-104238 medium 2");
    expect(BADGE, "B-104238 is my badge no", "B-104238 medium 7");
    expect(BADGE, "B-104238 is not the badge no", "B-104238 low");
    expect(BADGE, "xbadge no B-104238", "B-104238 low");
    expect(BADGE, "badge no ........ B-104238", "B-104238 medium 10");
    expect(BADGE, "badge no ......... B-104238", "B-104238 low");
    /* Turkish, in capitals, in small letters, without dots. */
    static const char *const words[] = {"kimlik numarası", "KİMLİK NUMARASI", "Kimlik Numarasi"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "%s: B-104238", words[i]);
        expect("\"pattern\": \"B-[0-9]{6}\", \"keywords\": [\"kimlik numarası\"]", text,
               "B-104238 medium 2");
    }
}

/* What is near is asked of the value, wherever it stands. */
static void test_values_in_look_arounds(void **state)
{
    (void)state;
#define BADGE_IN(pattern)                                                                          \
    "\"patterns\": [{\"pattern\": \"" pattern                                                      \
    "\", \"group\": 1, \"keyword_required\": true}], \"keywords\": [\"badge\"], \"near\": 10"
    expect(BADGE_IN("ID(?=: ([0-9]{6}))"), "ID: 104238 is my badge", "104238 medium 7");
    expect(BADGE_IN("ID(?=: ([0-9]{6}))"), "ID: 104238 is not my badge", "");
    expect(BADGE_IN("(?<=([0-9]{6})..........)ID"), "badge my: 104238..........ID",
           "104238 medium 5");
}

static void test_columns(void **state)
{
    (void)state;
    expect(BADGE,
           "name,badge no,room\r\n\"Long, long name of somebody\",B-104238,4\r\n"
           "Another name of somebody,B-604239,B-911223\r\n",
           "B-104238 medium head; B-604239 medium head; B-911223 low");
    expect(BADGE, "name,badge no\r\n\"Long \"\"name\"\", of somebody\",B-104238\r\n",
           "B-104238 medium head");
    expect(BADGE, "badge no,name,room,B-104238", "B-104238 low");
}

static void test_edges(void **state)
{
    (void)state;
    const char *number = "\"pattern\": \"[0-9]{6}\"";
    expect(number, "a104238 104238b 1042381 _104238", "");
    expect(number, "12-104238 104238.5 https://x.example/104238 104238@x.example", "");
    expect(number, "<104238.a@x.example> 104238-ab12-4f00-9e21", "");
    expect(number, "<a$104238=x@m.example> 104238-ab12-4f00", "");
    expect(number, "<a$104238=x> 104238-ab12-4f0", "104238 low; 104238 low");
    expect(number, "+104238, +1 104238", "104238 low");
    const char *groups = "\"pattern\": \"[0-9]{4} [0-9]{4}\"";
    expect(groups, "1c7a 5525 1027 9e1b", "");
    expect("\"pattern\": \"55[0-9]{2} [0-9]{4}\"", "9477 5525 1027 30", "");
    expect("\"pattern\": \"55[0-9]{2} [0-9]{4}\"", "9477 5525 1027, 5525 1028 123",
           "5525 1027 low; 5525 1028 low");
    expect(groups, "00f0: 5525 1027 1111 2222 9e1b", "");
    expect(groups, "1c7a 1234 5525 1027", "");
    expect(groups, "1c7ab 5525 1027 face 9", "5525 1027 low");
    expect(groups, "a1 5525 1027 b2c3d", "5525 1027 low");
    expect(number, "111111 123456 654321", "");
    expect(number,
           "(104238), \xe5\x8f\xb7"
           "104239\xe5\x8f\xb7.",
           "104238 low; 104239 low");
}

static void test_identity(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct sightings found = look_with("\"pattern\": \"[0-9 -]{6,9}[0-9]\"",
                                       SPAN("104-238-99;10423899;10423898"), arena);
    assert_int_equal(found.count, 3);
    assert_true(found.items[0].identity == found.items[1].identity);
    assert_true(found.items[0].identity != found.items[2].identity);
    arena_free(&arena);
}

/* Whether two values, which a blank parts, are the same. */
static bool same(const char *keys, const char *text)
{
    struct arena *arena = arena_new();
    struct sightings found = look_with(keys, span_str(text), arena);
    assert_int_equal(found.count, 2);
    bool equal = found.items[0].identity == found.items[1].identity;
    arena_free(&arena);
    return equal;
}

static void test_identity_by_category(void **state)
{
    (void)state;
    assert_true(same("\"pattern\": \"[A-Za-z]{4}[0-9]-?[0-9]\"", "AbCd2-7 abcd27"));
    const char *secret = "\"pattern\": \"[A-Za-z]{4}[0-9]-?[0-9]\", \"category\": \"secret\"";
    assert_false(same(secret, "AbCd27 abcd27"));
    assert_false(same(secret, "abcd2-7 abcd27"));
    assert_true(same(secret, "abcd27 abcd27"));
    const char *mail = "\"pattern\": \"[a-zA-Z.]+@[a-z]+\", \"boundary\": \"none\"";
    assert_false(same(mail, "j.doe@example jdoe@example"));
    assert_true(same(mail, "J.Doe@example j.doe@example"));
}

/* Where a match comes to nothing another may begin inside of it. */
static void test_inside_a_match(void **state)
{
    (void)state;
    expect("\"pattern\": \"[0-9]{3} [0-9]{3,4}\"", "111 111 2345", "111 2345 low");
    const char *luhn = "\"pattern\": \"[0-9]{3,4} [0-9]{3,4}\", \"validators\": [\"luhn\"]";
    expect(luhn, "1021 7936 404", "7936 404 low");
    expect("\"patterns\": [{\"pattern\": \"[0-9]{3,4} [0-9]{3,4}\", \"whole\": true}], "
           "\"validators\": [\"luhn\"]",
           "1021 7936 404", "");
}

static void test_validators(void **state)
{
    (void)state;
    const char *card = "4453012437658627";
    expect("\"pattern\": \"[0-9]{11,16}\", \"validators\": [\"luhn\"]", "49927398716",
           "49927398716 low");
    expect("\"pattern\": \"[0-9]{11,16}\", \"validators\": [\"luhn\", \"credit_card\"]",
           "49927398716", "");
    expect("\"pattern\": \"[0-9]{11,16}\", \"validators\": [\"luhn\", \"credit_card\"]", card,
           "4453012437658627 medium");
}

/* Of rows of one entity that overlap the surest stays, then the longest. */
static void test_overlaps(void **state)
{
    (void)state;
    static const char *const wanted[] = {"x5525y low", "5525 medium"};
    for (int i = 0; i < 2; i++) {
        char keys[256];
        (void)snprintf(keys, sizeof keys,
                       "\"patterns\": [{\"pattern\": \"x[0-9]{4}y\"}, {\"pattern\": \"[0-9]{4}\", "
                       "\"boundary\": \"none\", \"confidence\": %d}]",
                       i == 0 ? 65 : 75);
        expect(keys, "x5525y", wanted[i]);
    }
    expect("\"pattern\": \"[0-9]{4}\", \"boundary\": \"none\"", "55251027", "5525 low; 1027 low");
}

static void test_limits(void **state)
{
    (void)state;
    static const struct {
        struct look_limits limits;
        size_t count;
        bool complete, too_many;
    } cases[] = {{{.sightings = 3}, 3, true, false},
                 {{.sightings = 2}, 2, false, true},
                 {{.all = 3}, 3, true, false},
                 {{.all = 1}, 1, false, true},
                 {{.deadline_ns = 1}, 3, false, false}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena *arena = arena_new();
        struct sightings found = look_within("\"pattern\": \"[0-9]{6}\"",
                                             SPAN("104238 104239 104237"), &cases[i].limits, arena);
        if (cases[i].limits.deadline_ns == 0)
            assert_int_equal(found.count, cases[i].count);
        assert_int_equal(found.complete, cases[i].complete);
        assert_int_equal(found.too_many, cases[i].too_many);
        arena_free(&arena);
    }
}

static void expect_complaint(const char *keys, const char *wanted)
{
    struct arena *arena = arena_new();
    struct reader reader;
    struct node root;
    struct entities entities = {NULL, 0, 0};
    struct buf report = BUF_INIT;
    reader_init(&reader, arena);
    const char *json = arena_printf(arena, "{\"name\": \"e\", %s}", keys);
    assert_true(reader_load_text(&reader, "c.json", span_str(json), &root));
    assert_false(entity_read(&reader, &root, &entities));
    reader_report(&reader, &report);
    buf_add_byte(&report, '\0');
    assert_string_equal(report.ptr, wanted);
    buf_fini(&report);
    reader_fini(&reader);
    arena_free(&arena);
}

static void test_complaints(void **state)
{
    (void)state;
    expect_complaint("\"pattern\": \"a\", \"validators\": [\"lunh\"]",
                     "c.json:1:46: /validators/0: there is no validator \"lunh\"; did you mean "
                     "\"luhn\"?\n");
    expect_complaint("\"title\": \"t\"", "c.json:1:1: /: needs a \"pattern\", or \"patterns\"\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keywords),       cmocka_unit_test(test_values_in_look_arounds),
        cmocka_unit_test(test_columns),        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_identity),       cmocka_unit_test(test_identity_by_category),
        cmocka_unit_test(test_inside_a_match), cmocka_unit_test(test_validators),
        cmocka_unit_test(test_overlaps),       cmocka_unit_test(test_limits),
        cmocka_unit_test(test_complaints),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}

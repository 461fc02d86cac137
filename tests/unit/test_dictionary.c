/* SPDX-License-Identifier: Apache-2.0 */
/* Dictionaries: CSV as people write it, what is complained about and where, and what is found. */
#include "rulesets/detection/dictionary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rulesets/detection/csv.h"
#include "rulesets/detection/look.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct fixture {
    struct arena *arena;
    struct reader reader;
    struct dictionaries dictionaries;
    char path[64];
};

static int set_up(void **state)
{
    pattern_library_init();
    struct fixture *f = calloc(1, sizeof *f);
    f->arena = arena_new();
    reader_init(&f->reader, f->arena);
    (void)strcpy(f->path, "/tmp/culvert-terms-XXXXXX");
    int fd = mkstemp(f->path);
    assert_true(fd >= 0);
    (void)close(fd);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    (void)unlink(f->path);
    reader_fini(&f->reader);
    arena_free(&f->arena);
    free(f);
    return 0;
}

static bool read_csv(struct fixture *f, const char *csv, const char *more)
{
    FILE *file = fopen(f->path, "w");
    assert_non_null(file);
    (void)fputs(csv, file);
    (void)fclose(file);
    struct node root;
    const char *text = arena_printf(
        f->arena, "{\"dictionaries\": [{\"name\": \"d\", \"file\": \"%s\"%s}]}", f->path, more);
    assert_true(reader_load_text(&f->reader, "c.json", span_str(text), &root));
    struct node list = node_get(&f->reader, &root, "dictionaries");
    return dictionaries_read(&f->reader, &list, &f->dictionaries);
}

/* The terms that are found, as "text/weight,...". */
static void expect(struct fixture *f, const char *text, const char *wanted)
{
    struct arena *arena = arena_new();
    struct dictionary *d = &f->dictionaries.items[f->dictionaries.count - 1];
    struct subject subject = {.kind = SUBJECT_DICTIONARY, .name = d->name, .dictionary = d};
    const struct subject *subjects[] = {&subject};
    struct look_limits limits = {.deadline_ns = 0};
    struct sightings found;
    struct buf got = BUF_INIT;
    look(lookout_new(subjects, 1, arena), span_str(text), &limits, arena, &found);
    assert_true(found.complete);
    for (size_t i = 0; i < found.count; i++)
        buf_printf(&got, "%s%.*s/%d", i > 0 ? "," : "",
                   SPAN_ARG(span_sub(span_str(text), found.items[i].off, found.items[i].len)),
                   found.items[i].weight);
    buf_add_byte(&got, '\0');
    assert_string_equal(got.ptr, wanted);
    buf_fini(&got);
    arena_free(&arena);
}

static void expect_complaint(struct fixture *f, const char *csv, const char *place_and_text)
{
    struct buf report = BUF_INIT;
    assert_false(read_csv(f, csv, ""));
    reader_report(&f->reader, &report);
    const char *wanted = arena_printf(f->arena, "%s:%s\n", f->path, place_and_text);
    if (!span_ends_nocase(buf_span(&report), span_str(wanted)))
        fail_msg("wanted ...%s got %.*s", wanted, SPAN_ARG(buf_span(&report)));
    buf_fini(&report);
}

static void test_curly_quotes(void **state)
{
    struct fixture *f = *state;
    assert_true(read_csv(f,
                         "\xef\xbb\xbf\xe2\x80\x9c"
                         "Customer\"\r\n\xe2\x80\x9c"
                         "Account Manager\xe2\x80\x9d\r\n\r\n\"Sales, \"\"inside\"\"\",5\r\nplain  "
                         ",-3\r\n",
                         ""));
    assert_int_equal(dictionary_entries(&f->dictionaries.items[0]), 4);
    expect(f, "CUSTOMER account\r\n  manager, plain, sales, \xe2\x80\x9cinside\xe2\x80\x9d",
           "CUSTOMER/1,account\r\n  manager/1,plain/-3,sales, \xe2\x80\x9cinside\xe2\x80\x9d/5");
    expect(f, "Customers, explain, account", "");
}

static void test_flags(void **state)
{
    struct fixture *f = *state;
    assert_true(read_csv(f, "term,weight,flags\nAcme,2,case\nfoo,,part\nB-[0-9]{3},7,regex\n", ""));
    expect(f, "acme Acme food b-123", "Acme/2,foo/1,b-123/7");
}

/* What is looked for as a part too is not the same term again. */
static void test_whole_and_part(void **state)
{
    struct fixture *f = *state;
    assert_true(read_csv(f, "term,weight,flags\nfoo,2,whole\nfoo,3,part\nFoo,4,part\n", ""));
    assert_int_equal(dictionary_entries(&f->dictionaries.items[0]), 2);
    expect(f, "food foo", "foo/3,foo/2,foo/3");
}

static void test_compatible_forms(void **state)
{
    struct fixture *f = *state;
    assert_true(read_csv(f,
                         "caf\xc3\xa9\nfinal\nStra\xc3\x9f"
                         "e\n",
                         ""));
    /* e with a combining accent, the ligature fi, full-width letters, capitals. */
    expect(f, "cafe\xcc\x81 \xef\xac\x81nal \xef\xbd\x86inal STRASSE cafe",
           "cafe\xcc\x81/1,\xef\xac\x81nal/1,\xef\xbd\x86inal/1,STRASSE/1");
}

static void test_overlaps(void **state)
{
    struct fixture *f = *state;
    assert_true(read_csv(f, "he\nshe\nhers\nhis\n", ", \"whole_words\": false"));
    expect(f, "ushers", "she/1,he/1,hers/1");
}

static void test_complaints(void **state)
{
    struct fixture *f = *state;
    expect_complaint(f, "a,1\nb,101\n", "2:3: expected a weight from -100 to 100, got \"101\"");
    expect_complaint(f, "a\n\xe2\x80\x9cxyz\n", "2:1: this quotation mark is not closed");
    expect_complaint(f, "\"a\"b\n",
                     "1:4: expected ',' or the end of the line behind the quotation mark");
    expect_complaint(f, "a,1,bold\n",
                     "1:5: expected keyword, regex, case, nocase, whole or part, got \"bold\"");
    expect_complaint(f, "a,1,,x\n", "1:6: expected at most term, weight and flags in a row");
    expect_complaint(f, ",4\n", "1:1: expected a term");
    expect_complaint(f, "ok\nb\xff\n", "2:2: expected UTF-8");
    expect_complaint(f, "a(,1,regex\n", "1:1: end pattern with unmatched parenthesis at offset 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_curly_quotes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_flags, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_whole_and_part, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_compatible_forms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_overlaps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_complaints, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

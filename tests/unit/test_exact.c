/* SPDX-License-Identifier: Apache-2.0 */
/* Exact matches: which cells are found however they are written, which rows, and what an index that
 * is not as it should be leads to. */
#include "tests/support/exact_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/base/buf.h"
#include "transforms/keyed_hash.h"

#include <stdio.h>
#include <stdlib.h>

static const char customers[] = "ssn,first,last,city,mail\n"
                                "078-05-1120,Ann,Smith,Berlin,ann.smith@corp.example\n"
                                "219099999,John,O'Brien,Paris,jo@corp.example\n"
                                "457 55 5462,Jos\xc3\xa9,van der Berg,Berlin,\n"
                                "\"123,45,6789\",\xe7\x8e\x8b\xe5\xb0\x8f\xe6\x98\x8e,,Oslo,\n";

/* What is found, as "row:text,text row:text,text". */
static void expect(const struct exact_rig *rig, const char *text, const char *wanted)
{
    struct buf got = BUF_INIT;
    if (!rig->index)
        fail_msg("%s", rig->err.text);
    struct exact_finds finds = exact_rig_search(&rig->match, span_str(text));
    for (size_t i = 0; i < finds.count; i++) {
        const struct exact_find *find = &finds.items[i];
        if (find->first)
            buf_printf(&got, "%s%u:", got.len > 0 ? " " : "", find->row + 1);
        else
            buf_add_byte(&got, ',');
        buf_add(&got, span_of(text + find->off, find->len));
    }
    buf_add_byte(&got, '\0');
    assert_string_equal(got.ptr, wanted);
    buf_fini(&got);
    free(finds.items);
}

static void test_rows(void **state)
{
    struct exact_rig rig;
    (void)state;
    exact_rig_open(&rig, span_str(customers), 100);
    expect(&rig, "the number of Ann is 078-05-1120.", "1:Ann,078-05-1120");
    expect(&rig, "the number of Ann is 219-09-9999.", "");
    expect(&rig, "Ann", "");
    expect(&rig, "Ann 078-05-1121 and Anna 078-05-11201", "");
    expect(&rig, "John O'Brien of Paris, 219 09 9999", "2:John,O'Brien,Paris,219 09 9999");
    expect(&rig, "Ann Smith. John O'Brien.", "1:Ann,Smith 2:John,O'Brien");
    /* What is one cell is no second one. */
    expect(&rig, "ann.smith@corp.example", "");
    expect(&rig, "ann.smith@corp.example of Berlin", "1:ann.smith@corp.example,Berlin");
    exact_rig_close(&rig);
}

static void test_spellings(void **state)
{
    struct exact_rig rig;
    (void)state;
    exact_rig_open(&rig, span_str(customers), 100);
    expect(&rig, "ANN 078051120", "1:ANN,078051120");
    expect(&rig, "ann 078.05.1120", "1:ann,078.05.1120");
    expect(&rig, "Ann, 07 80 51 12 0", "1:Ann,07 80 51 12 0");
    expect(&rig, "Ann 078\r\n  05 1120", "1:Ann,078\r\n  05 1120");
    expect(&rig, "Ann 078 - 05 - 1120", "1:Ann,078 - 05 - 1120");
    expect(&rig, "Ann 078 -- -- 05-1120", "");
    expect(&rig, "john obrien", "2:john,obrien");
    expect(&rig,
           "John O\xe2\x80\x99"
           "Brien",
           "2:John,O\xe2\x80\x99"
           "Brien");
    expect(&rig, "Jose van-der-Berg", "3:Jose,van-der-Berg");
    expect(&rig, "JOSE\xcc\x81 Vanderberg", "3:JOSE\xcc\x81,Vanderberg");
    expect(&rig, "\xe7\x8e\x8b\xe5\xb0\x8f\xe6\x98\x8e\xe6\x98\xaf 123456789",
           "4:\xe7\x8e\x8b\xe5\xb0\x8f\xe6\x98\x8e,123456789");
    /* Full width, Arabic digits, a zero-width blank in the middle. */
    expect(&rig, "Ann \xef\xbc\x90\xef\xbc\x97\xef\xbc\x98-05-1120",
           "1:Ann,\xef\xbc\x90\xef\xbc\x97\xef\xbc\x98-05-1120");
    expect(&rig, "Ann \xd9\xa0\xd9\xa7\xd9\xa8-05-1120", "1:Ann,\xd9\xa0\xd9\xa7\xd9\xa8-05-1120");
    expect(&rig, "A\xe2\x80\x8bnn 078051120", "1:A\xe2\x80\x8bnn,078051120");
    exact_rig_close(&rig);
}

static void test_columns(void **state)
{
    struct exact_rig rig;
    (void)state;
    exact_rig_open(&rig, span_str(customers), 100);
    rig.match.columns = 1 | 2 | 4;
    expect(&rig, "Ann Berlin", "");
    rig.match.required = 1;
    expect(&rig, "Ann Smith", "");
    expect(&rig, "Ann Smith 078051120", "1:Ann,Smith,078051120");
    rig.match.match = 3;
    expect(&rig, "Ann 078051120", "");
    expect(&rig, "Ann Smith 078051120", "1:Ann,Smith,078051120");
    rig.match.match = 1;
    expect(&rig, "Ann 078051120", "1:Ann,078051120");
    expect(&rig, "Ann Smith", "");
    exact_rig_close(&rig);
}

static void test_window(void **state)
{
    struct exact_rig rig;
    (void)state;
    exact_rig_open(&rig, span_str(customers), 100);
    rig.match.within = 10;
    expect(&rig, "Ann .Smith", "1:Ann,Smith");
    expect(&rig, "Ann . Smith", "");
    expect(&rig, "Ann \xc3\xa4Smith", "");
    expect(&rig, "Ann\xe2\x82\xac\xe2\x82\xacSmith", "1:Ann,Smith"); /* characters, not bytes */
    /* One that is in no find is not told of. */
    expect(&rig, "Ann Smith                Ann", "1:Ann,Smith");
    expect(&rig, "Ann Smith Ann", "1:Ann,Smith,Ann");
    expect(&rig, "Ann Smith            Ann Smith", "1:Ann,Smith 1:Ann,Smith");
    rig.match.within = 0;
    expect(&rig, "Ann\nSmith", "");
    expect(&rig, "Ann\nSmith Ann\n", "1:Smith,Ann");
    expect(&rig, "1;Ann;Smith\r\n2;John;O'Brien\r\n", "1:Ann,Smith 2:John,O'Brien");
    exact_rig_close(&rig);
}

static void test_common_cells(void **state)
{
    struct exact_rig rig;
    struct buf table = BUF_INIT;
    (void)state;
    buf_add_str(&table, "id,city,sex,pin\n");
    for (unsigned i = 0; i < 50; i++)
        buf_printf(&table, "%u,%s,%s,%u\n", 900000 + i, i % 2 ? "Berlin" : "New York",
                   i % 2 ? "m" : "fe", 7000 + i / 10);
    exact_rig_open(&rig, buf_span(&table), 10);
    buf_fini(&table);
    assert_int_equal(rig.report.rows, 50);
    assert_int_equal(rig.report.columns[0].strong, 50);
    assert_int_equal(rig.report.columns[1].weak, 50);
    assert_int_equal(rig.report.columns[2].too_short, 25);
    assert_int_equal(rig.report.columns[2].weak, 25);
    assert_int_equal(rig.report.columns[3].strong, 50);
    expect(&rig, "900001 Berlin", "2:900001,Berlin");
    expect(&rig, "900001 New York", "");
    expect(&rig, "900002 New York", "3:900002,New York");
    expect(&rig, "900002 fe", "3:900002,fe");
    expect(&rig, "900001 m", "");
    expect(&rig, "Berlin fe New York", "");
    /* Ten rows have the pin; of two the city is meant too, by nobody's number but theirs. */
    expect(&rig, "7000 900003", "4:7000,900003");
    expect(&rig, "7001 900003", "");
    exact_rig_close(&rig);
}

static void test_repeated(void **state)
{
    struct exact_rig rig;
    (void)state;
    exact_rig_open(&rig, SPAN("a,b,c\n1111,2222,1111\n1111,2222,1111\n3333,,\n4444\n"), 100);
    assert_int_equal(rig.report.rows, 4);
    assert_int_equal(rig.report.repeated, 1);
    assert_int_equal(rig.short_rows, 1);
    assert_int_equal(rig.report.columns[1].empty, 2);
    expect(&rig, "1111 1111", ""); /* one value, though in two columns, is no evidence twice */
    expect(&rig, "1111 2222", "1:1111,2222");
    rig.match.required = 4;
    expect(&rig, "1111 2222", "1:1111,2222"); /* it may be that of the third */
    exact_rig_close(&rig);
}

static void expect_complaint(const char *table, const char *wanted)
{
    struct exact_rig rig;
    exact_rig_open(&rig, span_str(table), 100);
    assert_null(rig.index);
    assert_string_equal(rig.err.text, wanted);
    exact_rig_close(&rig);
}

static void test_complaints(void **state)
{
    (void)state;
    expect_complaint("", "1: expected a table whose first line has the names of its columns");
    expect_complaint("a,,c\n1,2,3\n",
                     "1:3: expected the name of a column, of at most 127 bytes on one line");
    expect_complaint("a,b,A\n", "1:5: there is a column of that name already");
    expect_complaint("a,b\nx,y\nx,\"y\n", "3:3: this quotation mark is not closed");
    expect_complaint("a,b\nx,y\nx,y,z\n", "3:5: this row has more cells than there are columns");
    expect_complaint("a,b\nx,\xff\n", "2:3: expected UTF-8");
    struct buf wide = BUF_INIT;
    for (int i = 0; i < 65; i++)
        buf_printf(&wide, "c%d,", i);
    buf_add_byte(&wide, '\0');
    expect_complaint(wide.ptr, "1:247: expected at most 64 columns");
    buf_fini(&wide);
}

static void test_limits(void **state)
{
    struct exact_rig rig;
    char text[400];
    (void)state;
    memset(text, 'x', sizeof text);
    memcpy(text, "a,b\nkey1,", 9);
    exact_rig_open(&rig, span_of(text, 9 + EXACT_LONGEST), 100);
    assert_int_equal(rig.report.columns[1].strong, 1);
    exact_rig_close(&rig);
    exact_rig_open(&rig, span_of(text, 10 + EXACT_LONGEST), 100);
    assert_int_equal(rig.report.columns[1].too_long, 1);
    exact_rig_close(&rig);
    exact_rig_open(&rig, SPAN("a,b\n"), 100); /* no rows */
    expect(&rig, "a b", "");
    exact_rig_close(&rig);
}

/* Neither a cell, nor a name of a column, nor a hash that somebody could make of a guess. */
static void test_nothing_shows(void **state)
{
    struct exact_rig rig, again;
    static const char *const cells[] = {"078-05-1120", "078051120", "Smith", "smith",
                                        "Berlin",      "ssn",       "first", "mail"};
    (void)state;
    exact_rig_open(&rig, span_str(customers), 100);
    exact_rig_open(&again, span_str(customers), 100);
    assert_int_equal(rig.size, again.size);
    struct span bytes = span_of(rig.bytes, rig.size);
    for (size_t i = 0; i < ARRAY_LEN(cells); i++) {
        unsigned char hash[KEYED_HASH_SIZE];
        assert_int_equal(span_find_nocase(bytes, span_str(cells[i])), SPAN_NONE);
        struct keyed_hash *sha = keyed_hash_new(SPAN(""));
        keyed_hash_add(sha, span_str(cells[i]));
        keyed_hash_end(&sha, hash);
        for (size_t at = 0; at + 4 <= sizeof hash; at += 4)
            assert_int_equal(span_find(bytes, span_of((const char *)hash + at, 4)), SPAN_NONE);
    }
    /* Two indices of one table with one key have no section in common. */
    struct exact_layout at = exact_layout_of(&rig.index->head);
    assert_memory_not_equal(rig.bytes + at.names, again.bytes + at.names, EXACT_NAME_SIZE);
    assert_memory_not_equal(rig.bytes + at.tags, again.bytes + at.tags, 64);
    assert_memory_not_equal(rig.bytes + at.marks, again.bytes + at.marks, 64);
    exact_rig_close(&again);
    /* Without the key nothing opens it. */
    struct index_key other;
    struct error err = ERROR_INIT;
    index_key_of(SPAN("another key"), &other);
    assert_null(exact_index_of(bytes, &other, &err));
    assert_string_equal(err.text, "it was made with another key, or is damaged");
    exact_rig_close(&rig);
}

static void try_damaged(const struct exact_rig *rig, char *bytes, size_t size)
{
    struct error err = ERROR_INIT;
    struct exact_index *index = exact_index_of(span_of(bytes, size), &rig->key, &err);
    assert_null(index);
    assert_true(error_is_set(&err));
}

static void test_damage(void **state)
{
    struct exact_rig rig;
    (void)state;
    exact_rig_open(&rig, SPAN("a,b\nalpha,beta\ngamma,beta\ndelta,12\n"), 100);
    assert_non_null(rig.index);
    for (size_t i = 0; i < rig.size; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            char *copy = malloc(rig.size);
            assert_non_null(copy);
            memcpy(copy, rig.bytes, rig.size);
            copy[i] ^= (char)(1u << bit);
            try_damaged(&rig, copy, rig.size);
            free(copy);
        }
    }
    for (size_t len = 0; len < rig.size; len++) {
        char *copy = malloc(len + 1); /* of this size, so that reading behind it shows */
        assert_non_null(copy);
        memcpy(copy, rig.bytes, len);
        char *exact = realloc(copy, len ? len : 1);
        try_damaged(&rig, exact, len);
        free(exact);
    }
    char *longer = malloc(rig.size + 8);
    assert_non_null(longer);
    memcpy(longer, rig.bytes, rig.size);
    memset(longer + rig.size, 0, 8);
    try_damaged(&rig, longer, rig.size + 8);
    free(longer);
    exact_rig_close(&rig);
}

static void search_anything(const struct exact_match *match)
{
    free(exact_rig_search(match, SPAN("alpha beta gamma delta twelve")).items);
}

/* As if it had been written so. */
static void search_sealed(const struct exact_rig *rig, uint64_t whole_at)
{
    struct error err = ERROR_INIT;
    uint64_t before;
    uint64_t whole =
        htole64(sip_hash(&rig->index->keys.whole, span_of(rig->bytes, (size_t)whole_at)));
    memcpy(&before, rig->bytes + whole_at, sizeof before);
    memcpy(rig->bytes + whole_at, &whole, sizeof whole);
    struct exact_index *index = exact_index_of(span_of(rig->bytes, rig->size), &rig->key, &err);
    struct exact_match match = rig->match;
    match.index = index;
    if (index)
        search_anything(&match);
    exact_index_free(&index);
    memcpy(rig->bytes + whole_at, &before, sizeof before);
}

/* Somebody with the key who writes nonsense, and somebody who writes into an open file. */
static void test_wrong_inside(void **state)
{
    struct exact_rig rig;
    (void)state;
    exact_rig_open(&rig, SPAN("a,b\nalpha,beta\ngamma,beta\ndelta,twelve\n"), 100);
    struct exact_layout at = exact_layout_of(&rig.index->head);
    for (uint64_t i = at.names; i < at.marks; i++) {
        char saved = rig.bytes[i];
        for (unsigned value = 0; value < 256; value += 51) {
            rig.bytes[i] = (char)value;
            search_anything(&rig.match);
            search_sealed(&rig, at.whole);
        }
        rig.bytes[i] = saved;
    }
    expect(&rig, "alpha beta", "1:alpha,beta");
    exact_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),          cmocka_unit_test(test_spellings),
        cmocka_unit_test(test_columns),       cmocka_unit_test(test_window),
        cmocka_unit_test(test_common_cells),  cmocka_unit_test(test_repeated),
        cmocka_unit_test(test_complaints),    cmocka_unit_test(test_limits),
        cmocka_unit_test(test_nothing_shows), cmocka_unit_test(test_damage),
        cmocka_unit_test(test_wrong_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

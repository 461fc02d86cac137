/* SPDX-License-Identifier: Apache-2.0 */
/* What can begin a match: the sets, and that they change no result of any search. */
#include "engine/base/attrs.h"
#include "engine/pattern/first_bytes.h"
#include "engine/pattern/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* The members below 0x80, and "+" for those above. */
static void describe(const struct byte_set *set, char *out)
{
    for (int c = ' '; c < 127; c++) {
        if (byte_set_has(set, (unsigned char)c) && c != '+')
            *out++ = (char)c;
    }
    bool high = false;
    for (unsigned c = 0x80; c < 256; c++)
        high |= byte_set_has(set, (unsigned char)c);
    if (high)
        *out++ = '+';
    *out = '\0';
}

static void test_sets(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *first; /* NULL: not known */
    } cases[] = {
        {"\\b4\\d{3}(?:[ -]?\\d{4}){3}\\b", "4"},
        {"\\b(\\d{3})-(\\d{2})-(\\d{4})\\b", "0123456789+"},
        {"secret-(\\w+)", "s"},
        {"(?i)confidential", "Cc+"},
        {"(?i:b)x|y", "Bby+"},
        {"a?b*c", "abc"},
        {"a{0,2}b", "ab"},
        {"a{2}?b", "ab"},
        {"a{,2}b", "ab"},
        {"(?<name>x|yz)?w", "wxy"},
        {"(?=[a-z])(?!q)[m-o]", "mno"},
        {"(?<![0-9])7", "7"},
        {"[^ -y]", "z{|}~+"},
        {"\\.txt$", "."},
        {"^From", "F"},
        {"\xc3\xbc"
         "ber",
         "+"},
        {"(a)(?i)b", "a"},
        {"((?i)a)b", "Aa+"},
        {"(?i)(?:x)y", "Xx+"},
        {"a*", NULL},
        {"", NULL},
        {"\\p{L}x", NULL},
        {"(?x) a", NULL},
        {"[[:digit:]]", NULL},
        {"[a-z&&[^b]]", NULL},
        {"(a)|\\1", NULL},
        {"\\Ga", NULL},
        {"x{a", NULL},
        {"(?~a)", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct byte_set set;
        char found[200] = "";
        bool known = first_bytes_of(span_str(cases[i].pattern), &set);
        if (known)
            describe(&set, found);
        if (known != (cases[i].first != NULL) || (known && strcmp(found, cases[i].first) != 0))
            fail_msg("%s: \"%s\"", cases[i].pattern, known ? found : "(not known)");
    }
}

/* Texts of which most bytes are of one kind, so that far hits and near ones come up. */
static void test_find_agrees_with_a_table_walk(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 400; round++) {
        struct byte_set set = {0};
        bool in[256] = {false};
        char text[400];
        for (unsigned i = 0; i < 1 + round % 5; i++) {
            unsigned char member = (unsigned char)(rand() % (round % 2 ? 128 : 256));
            byte_set_add(&set, member);
            in[member] = true;
        }
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = rand() % 8 < (int)(round % 9) ? (char)rand() : ' ';
        for (size_t from = 0; from <= sizeof text; from++) {
            size_t naive = from;
            while (naive < sizeof text && !in[(unsigned char)text[naive]])
                naive++;
            assert_int_equal(byte_set_find(&set, span_of(text, sizeof text), from), naive);
        }
    }
}

/* The same pattern behind something that is never there and that first_bytes does not read. */
static struct pattern *without_help(const char *source, enum pattern_text text)
{
    char wrapped[256];
    struct error err = ERROR_INIT;
    (void)snprintf(wrapped, sizeof wrapped, "\\p{L}{0}(?:%s)", source);
    struct pattern *pattern = pattern_new(span_str(wrapped), text, &err);
    if (!pattern)
        fail_msg("%s: %s", wrapped, err.text);
    return pattern;
}

static size_t random_text(char *out, size_t max)
{
    static const char *const pieces[] = {
        "4111 1111 1111 1111",
        "123-45-6789",
        "secret-",
        "Confidential",
        "x",
        " ",
        "\n",
        "4",
        "ss",
        "\xc3\x9f",
        "\xe2\x84\xaa",
        "k",
        "K",
        "\xc5\xbf",
        "st",
        "\xef\xac\x81",
        "fi",
        "1",
        "\xd9\xa3",
        "e",
        "From",
        ".txt",
        "-",
        "abc",
    };
    size_t len = 0;
    for (int i = rand() % 40; i > 0; i--) {
        const char *piece = pieces[(size_t)rand() % ARRAY_LEN(pieces)];
        if (len + strlen(piece) > max)
            break;
        memcpy(out + len, piece, strlen(piece));
        len += strlen(piece);
    }
    return len;
}

static void compare(const struct pattern *helped, const struct pattern *plain, struct span text)
{
    struct pattern_match a, b;
    for (size_t from = 0; from <= text.len;) {
        enum pattern_result first = pattern_search(helped, text, from, 0, &a);
        enum pattern_result second = pattern_search(plain, text, from, 0, &b);
        assert_int_equal(first, second);
        if (first != PATTERN_FOUND)
            return;
        assert_int_equal(a.count, b.count);
        for (size_t i = 0; i < a.count; i++) {
            assert_true(a.group[i].off == b.group[i].off);
            assert_true(a.group[i].len == b.group[i].len);
        }
        from = a.group[0].off + a.group[0].len;
    }
}

static void test_results_are_those_of_a_search_without_help(void **state)
{
    (void)state;
    static const char *const patterns[] = {
        "\\b4\\d{3}(?:[ -]?\\d{4}){3}\\b",
        "\\b(\\d{3})-(\\d{2})-(\\d{4})\\b",
        "secret-(\\w+)",
        "(?i)confidential",
        "(?i)strasse|k|ss",
        "(?i)\\bst",
        "(?i)fi",
        "(?<=a)bc",
        "(?i)[k-l]",
        "[^a-z]x",
        "\\s\\d",
        "a+?b",
        "(?i:S)e",
        "\xc3\x9f",
        "(?i)\xc3\x9f",
        "^From",
        "\\.txt$",
        "(?<n>x)?4",
        "\\w{5,}",
        "\\Aab",
    };
    pattern_library_init();
    for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
        struct error err = ERROR_INIT;
        struct pattern *helped = pattern_new(span_str(patterns[i]), PATTERN_UTF8, &err);
        struct pattern *plain = without_help(patterns[i], PATTERN_UTF8);
        assert_non_null(helped);
        for (int round = 0; round < 400; round++) {
            char text[600];
            compare(helped, plain, span_of(text, random_text(text, sizeof text)));
        }
        pattern_free(&helped);
        pattern_free(&plain);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sets),
        cmocka_unit_test(test_find_agrees_with_a_table_walk),
        cmocka_unit_test(test_results_are_those_of_a_search_without_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

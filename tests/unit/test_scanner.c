/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/pattern/pattern.h"
#include "tests/support/scanning.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static uint64_t state = 88172645463325252u;

static unsigned any(unsigned below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state % below);
}

static void check(const char *source, struct span text, enum scanning wanted)
{
    struct error err = ERROR_INIT;
    struct pattern *pattern = pattern_new(span_str(source), PATTERN_UTF8, &err);
    assert_non_null(pattern);
    enum scanning got = scanning_compare(pattern, text);
    if (got != wanted)
        fail_msg("%s on \"%.*s\": %d", source, SPAN_ARG(text), (int)got);
    pattern_free(&pattern);
}

static void holds_what_is_read_alike(void **unused)
{
    (void)unused;
    static const char *const held[] = {
        "[0-9]{3}-[0-9]{2}",
        "(?i:pass)word?",
        "(?i)passs(?:x|y)",
        "a(?i)b|c",
        "(?<![0-9])[0-9]{4}(?![0-9])",
        "\\b[a-z]{2,4}\\b",
        "^x+$",
        "(?<name>ab|cd){2}?x",
        "a{2}+",
        "a{2,3}?b*+c++",
        "[^\\W0-9]x",
        "[^\\D]x",
        "(?i)[^k]x",
        "\xc3\xa9t\xc3\xa9",
        "[\xc3\xa0-\xc3\xbf]{2}",
        "\\d\\s\\w\\h.",
        "(?m:a.b)",
        "a{,3}b",
        "(?>a|ab)c",
        "\\x41\\.",
        "[&x-]y",
        "(?i)s{2}",
        "(?i)(?:s)s",
        "(?i)\xc3\xa9",
        "\xc3\xa9+t",
        "(?i)[\xc3\xa9x]y",
        "(?i)x[^\xc3\xa9]",
    };
    static const char *const texts[] = {
        "",
        "123-45 1234-567 12345",
        "password PASSWORD passSs x passsX Passsy pas\xc3\x9fword pa\xc3\x9fword PA\xe1\xba\x9ewor",
        "ab aB AC c C B ac",
        "xxx\nxx aaaaabbc abab cdab aabcc aab ab b",
        "\xc3\xa9t\xc3\xa9 \xc3\xa0\xc3\xbf\xc3\xa9 x\xc3\xa9x Kx kx \xc2\xa0x\xd9\xa3x 3x",
        "1 aaf \xd9\xa3\xe3\x80\x80\xd9\xa3\xd9\xa3\xd9\xa3\xd9\xa3 a\nb A. &y xy -y",
        "ss sS \xc3\x9f ssss",
    };
    for (size_t i = 0; i < sizeof held / sizeof held[0]; i++) {
        struct buf form = BUF_INIT;
        enum dialect_text kind;
        if (!dialect_write(span_str(held[i]), &form, &kind))
            fail_msg("%s is not held", held[i]);
        buf_fini(&form);
        for (size_t j = 0; j < sizeof texts / sizeof texts[0]; j++) {
            bool good = dialect_text_of(span_str(texts[j])) <=
                        (kind == DIALECT_PLAIN ? DIALECT_SHARP : kind);
            check(held[i], span_str(texts[j]), good ? SCANNING_EQUAL : SCANNING_NOT_HELD);
        }
    }
}

static void does_not_hold_the_rest(void **unused)
{
    (void)unused;
    static const char *const rest[] = {
        "(a)\\1",   "a*",         "\\p{Alpha}x", "[[:alpha:]]x", "x\\Ky", "[a-c&&b]x",
        "(?x) a b", "a{1,20000}", "\\Gx",        "(?~ab)x",      "\\R",   "(?<n>a\\g<n>?)",
        "\\u0041",  "a{x}",       "^*a",
    };
    for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++) {
        struct buf form = BUF_INIT;
        enum dialect_text kind;
        if (dialect_write(span_str(rest[i]), &form, &kind))
            fail_msg("%s is held as %.*s", rest[i], SPAN_ARG(buf_span(&form)));
        assert_int_equal(form.len, 0);
        buf_fini(&form);
    }
}

static const char *const pieces[] = {
    "a",      "b",   "s",   "S",      "k",        "1",           "[0-9]", "[a-c]",  "[^a]",  "\\d",
    "\\w",    "\\s", ".",   "\\b",    "^",        "$",           "-",     " ",      "\\.",   "(?i)",
    "(?:ss)", "[s]", "\\D", "[^\\W]", "\xc3\xa9", "[\xc3\xa9x]", "(?=a)", "(?<!b)", "\\x31", "f"};
static const char *const counts[] = {"",   "",   "",    "",      "",     "?",    "*",    "+",
                                     "??", "++", "{2}", "{1,3}", "{2,}", "{2}?", "{,2}", "*?"};

static void random_pattern(struct buf *out, unsigned depth)
{
    unsigned count = 1 + any(4);
    for (unsigned i = 0; i < count; i++) {
        if (depth < 3 && any(5) == 0) {
            static const char *const opens[] = {"(", "(?:", "(?i:", "(?>", "(?<n>", "(?m:"};
            buf_add_str(out, opens[any(6)]);
            random_pattern(out, depth + 1);
            buf_add_byte(out, ')');
        } else {
            buf_add_str(out, pieces[any(sizeof pieces / sizeof pieces[0])]);
        }
        buf_add_str(out, counts[any(sizeof counts / sizeof counts[0])]);
        if (any(6) == 0)
            buf_add_byte(out, '|');
    }
}

static void random_text(struct buf *out)
{
    static const char *const letters[] = {
        "a",           "b", "s", "S", "k", "K",        "1",        "2",        "-",  " ",
        "\n",          ".", "f", "x", "c", "\xc3\xa9", "\xc3\x9f", "\xd9\xa3", "ss", "\xe1\xba\x9e",
        "\xe3\x80\x80"};
    for (unsigned count = any(60); count > 0; count--)
        buf_add_str(out, letters[any(sizeof letters / sizeof letters[0])]);
}

static void finds_are_the_same_with_random_patterns(void **unused)
{
    (void)unused;
    size_t equal = 0;
    for (unsigned round = 0; round < 2000; round++) {
        struct buf source = BUF_INIT, text = BUF_INIT;
        struct error err = ERROR_INIT;
        random_pattern(&source, 0);
        struct pattern *pattern = pattern_new(buf_span(&source), PATTERN_UTF8, &err);
        for (unsigned i = 0; pattern && i < 3; i++) {
            text.len = 0;
            random_text(&text);
            enum scanning got = scanning_compare(pattern, buf_span(&text));
            if (got == SCANNING_DIFFERS)
                fail_msg("\"%.*s\" on \"%.*s\"", SPAN_ARG(buf_span(&source)),
                         SPAN_ARG(buf_span(&text)));
            equal += got == SCANNING_EQUAL;
        }
        if (pattern)
            pattern_free(&pattern);
        buf_fini(&source);
        buf_fini(&text);
    }
    assert_true(equal > 700);
}

int main(void)
{
    pattern_library_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_what_is_read_alike),
        cmocka_unit_test(does_not_hold_the_rest),
        cmocka_unit_test(finds_are_the_same_with_random_patterns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

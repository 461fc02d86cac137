/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner/scanner.h"

#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/pattern/pattern.h"
#include "tests/support/scanning.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static uint64_t state = 88172645463325252u;

static unsigned any(unsigned below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state % below);
}

struct seen {
    unsigned ids[16];
    size_t ends[16], count;
};

static bool note(unsigned id, size_t end, void *arg)
{
    struct seen *seen = arg;
    if (seen->count < 16) {
        seen->ids[seen->count] = id;
        seen->ends[seen->count++] = end;
    }
    return true;
}

static const struct scanner_expression few[] = {
    {{"[0-9]{3}", 8}, 1, false}, {{"key", 3}, 2, true}, {{"(?=x)", 5}, 3, false}};

static void scan_few(const struct scanner *scanner, struct seen *seen)
{
    struct scanner_scratch *scratch = scanner_scratch_new(scanner);
    *seen = (struct seen){.count = 0};
    assert_true(scanner_scan(scanner, scratch, SPAN("a 1234 KEY"), note, seen));
    scanner_scratch_free(&scratch);
}

static void tells_ends_and_widths(void **unused)
{
    (void)unused;
    struct error err = ERROR_INIT;
    struct scanner_widths widths;
    struct seen seen;
    struct scanner *scanner = scanner_new(few, 3, NULL, &err);
    assert_int_equal(scanner != NULL, scanner_library() != NULL);
    if (!scanner)
        skip();
    assert_true(scanner_widths(scanner, 0, &widths));
    assert_int_equal(widths.least, 3);
    assert_int_equal(widths.most, 3);
    assert_false(scanner_widths(scanner, 2, &widths)); /* look-ahead: left out */
    assert_false(scanner_widths(scanner, 3, &widths));
    scan_few(scanner, &seen);
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.ends[0], 5);
    assert_int_equal(seen.ends[1], 6);
    assert_int_equal(seen.ids[2], 2);
    assert_int_equal(seen.ends[2], 10);
    scanner_free(&scanner);
    assert_null(scanner);
}

static struct scanner *from_folder(const char *folder)
{
    struct error err = ERROR_INIT;
    struct seen seen;
    struct scanner *scanner = scanner_new(few, 3, folder, &err);
    if (scanner) {
        scan_few(scanner, &seen);
        assert_int_equal(seen.count, 3);
    }
    return scanner;
}

/* The one file of a folder. */
static bool only_file(const char *folder, char path[512])
{
    DIR *dir = opendir(folder);
    bool found = false;
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        assert_false(found);
        (void)snprintf(path, 512, "%s/%s", folder, entry->d_name);
        found = true;
    }
    (void)closedir(dir);
    return found;
}

static void make_and_drop(const char *folder)
{
    struct scanner *scanner = from_folder(folder);
    scanner_free(&scanner);
}

static void keeps_what_it_compiled(void **unused)
{
    (void)unused;
    char folder[] = "/tmp/scanner-XXXXXX", path[512];
    struct stat before, after;
    if (!scanner_library())
        skip();
    assert_non_null(mkdtemp(folder));
    make_and_drop(folder);
    assert_true(only_file(folder, path));
    assert_int_equal(stat(path, &before), 0);
    make_and_drop(folder);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino); /* taken, not written again */

    for (off_t at = 0; at < before.st_size; at += 1 + before.st_size / 40) {
        int fd = open(path, O_RDWR);
        unsigned char byte;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= 0x41;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        (void)close(fd);
        make_and_drop(folder);
        assert_int_equal(stat(path, &after), 0);
        assert_int_not_equal(before.st_ino, after.st_ino);
        before = after;
    }
    assert_int_equal(truncate(path, before.st_size / 2), 0);
    make_and_drop(folder);
    assert_int_equal(stat(path, &after), 0);
    assert_int_not_equal(before.st_ino, after.st_ino);

    before = after; /* what others may write to is not read */
    assert_int_equal(chmod(path, 0622), 0);
    make_and_drop(folder);
    assert_int_equal(stat(path, &after), 0);
    assert_int_not_equal(before.st_ino, after.st_ino);
    assert_int_equal(after.st_mode & 0777, 0600);
    (void)unlink(path);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    make_and_drop(folder);
    assert_int_equal(lstat(path, &after), 0);
    assert_true(S_ISREG(after.st_mode));
    (void)unlink(path);
    (void)rmdir(folder);
    make_and_drop(folder); /* a folder that is not there is no failure */
}

static void check(const char *source, struct span text, enum scanning wanted)
{
    struct error err = ERROR_INIT;
    struct pattern *pattern = pattern_new(span_str(source), PATTERN_UTF8, &err);
    assert_non_null(pattern);
    enum scanning got = scanning_compare(pattern, text);
    if (!scanner_library())
        wanted = SCANNING_NOT_HELD;
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
            bool good = dialect_text_of(span_str(texts[j])) <= kind;
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

static void literals_stand_for_themselves(void **unused)
{
    (void)unused;
    struct buf form = BUF_INIT;
    dialect_literal(SPAN("a.b\n"), false, &form);
    assert_true(span_is(buf_span(&form), "a\\x2eb\\x0a"));
    form.len = 0;
    dialect_literal(SPAN("k\xc3\xbc"), true, &form);
    assert_true(span_is(buf_span(&form), "[kK][\\x00-\\xff]{1,6}"));
    form.len = 0;
    dialect_literal(SPAN("\xe6\x9c\xac"), true, &form);
    assert_true(span_is(buf_span(&form), "\\xe6\\x9c\\xac"));
    buf_fini(&form);
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
    for (unsigned round = 0; round < 6000; round++) {
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
    if (scanner_library())
        assert_true(equal > 2000);
}

int main(void)
{
    pattern_library_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_ends_and_widths),
        cmocka_unit_test(keeps_what_it_compiled),
        cmocka_unit_test(holds_what_is_read_alike),
        cmocka_unit_test(does_not_hold_the_rest),
        cmocka_unit_test(literals_stand_for_themselves),
        cmocka_unit_test(finds_are_the_same_with_random_patterns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Files that stand in a text: what is one, and what only begins like one. */
#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/message/formats/inline_file.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>
#include <time.h>

#define DATA "#,3(S\r\n"

static bool find(const char *text, struct inline_file *file)
{
    return inline_file_next(span_str(text), 0, file);
}

static void uuencode_is_found_as_a_whole(void **state)
{
    (void)state;
    static const char *const good[] = {
        "begin 644 a b.txt\r\n" DATA "`\r\nend\r\n",
        "begin 0644 a b.txt\r\n" DATA " \r\nend\r\n",
        "begin 644 a b.txt\n#,3(S\n`\nend\n",
        "begin 644 a b.txt\r\n" DATA "\r\nend\r\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct buf text = BUF_INIT;
        struct inline_file file;
        buf_printf(&text, "Hello\r\n%sBye\r\n", good[i]);
        assert_true(inline_file_next(buf_span(&text), 0, &file));
        assert_int_equal(file.kind, INLINE_UUENCODE);
        assert_int_equal(file.off, 7);
        assert_int_equal(file.len, strlen(good[i]));
        assert_true(span_is(span_sub(buf_span(&text), file.name_off, file.name_len), "a b.txt"));
        assert_false(file.cut);
        assert_false(inline_file_next(buf_span(&text), file.off + file.len, &file));
        buf_fini(&text);
    }
}

static void what_is_no_file_is_not_found(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "begin",
        "begin 644",
        "begin 644 \r\n" DATA,
        "begin 64 a\r\n" DATA,
        "begin 648 a\r\n" DATA,
        "begin 64400 a\r\n" DATA,
        "begin 100 push-ups a day\r\nand then rest for a while\r\nfor the end\r\n",
        "begin 644 a\r\nHello\r\n",
        "We begin 644 a\r\n" DATA,
        ">begin 644 a\r\n" DATA,
        "=ybegin is what yEnc has at its start\r\n",
        "See: (This file must be converted with BinHex 4.0)\r\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct inline_file file;
        if (find(texts[i], &file))
            fail_msg("%zu", i);
    }
}

static void what_cannot_be_read_is_named(void **state)
{
    (void)state;
    struct inline_file file;
    assert_true(find("=ybegin line=128 size=3 name=a\r\nabc\r\n", &file));
    assert_int_equal(file.kind, INLINE_FOREIGN);
    assert_true(find("x\n(This file must be converted with BinHex 4.0)\n:$f*T:\n", &file));
    assert_int_equal(file.kind, INLINE_FOREIGN);
    assert_true(find("begin-base64 644 a\nMTIz\n====\n", &file));
    assert_int_equal(file.kind, INLINE_FOREIGN);
    assert_true(find("begin 644 a\r\n\r\n" DATA "`\r\nend\r\n", &file));
    assert_int_equal(file.kind, INLINE_BROKEN);
    assert_true(find("begin 644 a\r\n" DATA "\r\n" DATA "`\r\nend\r\n", &file));
    assert_int_equal(file.kind, INLINE_UUENCODE);
    assert_true(file.cut);
}

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now); /* whatever else the machine does */
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Each of these, 2 MB of it, would take minutes were it looked at more than a few times. */
static void time_is_linear(void **state)
{
    (void)state;
    static const char *const pieces[] = {"begin 644 a\n", "begin 644 a\n#,3(S\n`\n", "b\n",
                                         "(This file must be converted with Bin\n", "=ybegin \n"};
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        struct buf text = BUF_INIT;
        struct inline_file file;
        double start = seconds();
        while (text.len < (size_t)2 << 20)
            buf_add_str(&text, pieces[i]);
        for (uint64_t at = 0; inline_file_next(buf_span(&text), at, &file);)
            at = file.off + file.len;
        assert_true(seconds() - start < 10);
        buf_fini(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uuencode_is_found_as_a_whole),
        cmocka_unit_test(what_is_no_file_is_not_found),
        cmocka_unit_test(what_cannot_be_read_is_named),
        cmocka_unit_test(time_is_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

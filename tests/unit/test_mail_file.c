/* SPDX-License-Identifier: Apache-2.0 */
/* Messages from files and back; the envelope of a message that has none. */
#include "engine/commands/mail_envelope.h"
#include "engine/commands/mail_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static const struct tunnel strict_tunnel = {.bare_newline = BARE_NEWLINE_REJECT};

static int file_with(struct span bytes)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.ptr, bytes.len), (ssize_t)bytes.len);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void read_file(struct span bytes, struct mail_file *out)
{
    struct error err = ERROR_INIT;
    int fd = file_with(bytes);
    assert_true(mail_file_read(fd, &strict_tunnel, out, &err));
    (void)close(fd);
}

static void expect_read(struct span in, struct span wire)
{
    struct mail_file file;
    read_file(in, &file);
    assert_true(span_equal(mail_file_bytes(&file), wire));
    mail_file_fini(&file);
}

static void test_line_ends_in(void **state)
{
    (void)state;
    expect_read(SPAN("a\nb\n\nc"), SPAN("a\r\nb\r\n\r\nc"));
    expect_read(SPAN("no end"), SPAN("no end"));
    expect_read(SPAN(""), SPAN(""));
    expect_read(SPAN("\n"), SPAN("\r\n"));
    expect_read(SPAN("\r\n"), SPAN("\r\n"));
}

/* ptr NULL: taken. */
static void expect_refusal(const struct tunnel *tunnel, struct span in, const char *enhanced)
{
    struct mail_file file;
    struct error err = ERROR_INIT;
    int fd = file_with(in);
    assert_true(mail_file_read(fd, tunnel, &file, &err));
    const struct reply *refusal = mail_file_refusal(&file);
    assert_int_equal(refusal != NULL, enhanced != NULL);
    if (refusal)
        assert_true(span_equal(refusal->enhanced, span_str(enhanced)));
    mail_file_fini(&file);
    (void)close(fd);
}

static void test_what_the_tunnel_would_refuse(void **state)
{
    (void)state;
    const struct tunnel small = {.max_message_size = 8};
    const struct tunnel mending = {.bare_newline = BARE_NEWLINE_NORMALIZE};
    expect_refusal(&strict_tunnel, SPAN("a\r\nb\nc\r\n"), "5.6.11");
    expect_refusal(&strict_tunnel, SPAN("a\nb\r\nc\n"), "5.6.11");
    expect_refusal(&strict_tunnel, SPAN("a\r\nb\r"), "5.6.11");
    expect_refusal(&strict_tunnel, SPAN("a\nb\n"), NULL);
    expect_refusal(&strict_tunnel, SPAN("a\r\nb"), NULL);
    expect_refusal(&mending, SPAN("a\r\nb\nc\r\n"), NULL);
    expect_refusal(&small, SPAN("123456\r\n"), NULL);
    expect_refusal(&small, SPAN("1234567\r\n"), "5.3.4");
}

static void test_dots(void **state)
{
    (void)state;
    expect_read(SPAN(".\n..\n.x\na.\n"), SPAN(".\r\n..\r\n.x\r\na.\r\n"));
    expect_read(SPAN("a\r\n.\r\nb\r\n"), SPAN("a\r\n.\r\nb\r\n"));
    expect_read(SPAN("."), SPAN("."));
}

static void expect_same_back(struct span in, const struct edits *edits, struct span wanted)
{
    struct mail_file file;
    struct error err = ERROR_INIT;
    struct render render;
    read_file(in, &file);
    int fd = file_with(SPAN(""));
    render_init(&render, mail_file_bytes(&file), edits);
    assert_true(mail_file_write(fd, &file, &render, &err));
    size_t len = (size_t)lseek(fd, 0, SEEK_END);
    char *back = malloc(len + 1);
    assert_non_null(back);
    assert_int_equal(pread(fd, back, len, 0), (ssize_t)len);
    assert_true(span_equal(span_of(back, len), wanted));
    free(back);
    (void)close(fd);
    mail_file_fini(&file);
}

static void test_files_come_back(void **state)
{
    (void)state;
    static const char *const files[] = {"a\nb\n", "a\r\nb\r\n", "a\r\nb",   "x",
                                        "",       "\n\n\n",     ".\n..\n.", ".\r\n.\r\n."};
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        expect_same_back(span_str(files[i]), NULL, span_str(files[i]));
}

/* Longer than the buffers, with line ends across their edges. */
static void test_long_files_come_back(void **state)
{
    (void)state;
    size_t len = 400000;
    char *bytes = malloc(len);
    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++)
        bytes[i] = i % 7 == 6 ? '\n' : i % 14 == 0 ? '.' : 'x';
    expect_same_back(span_of(bytes, len), NULL, span_of(bytes, len));
    for (size_t i = 6; i < len; i += 7)
        bytes[i - 1] = '\r';
    expect_same_back(span_of(bytes, len), NULL, span_of(bytes, len));
    free(bytes);
}

static void test_edits_get_the_line_ends_of_the_file(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct edits edits;
    struct error err = ERROR_INIT;
    edits_init(&edits, arena);
    edits_add(&edits, (struct edit){.with = SPAN("new\r\n"), .kind = EDIT_REPLACE, .rule = "r"});
    assert_true(edits_seal(&edits, SPAN("a\r\n"), &err));
    expect_same_back(SPAN("a\n"), &edits, SPAN("new\na\n"));
    expect_same_back(SPAN("a\r\n"), &edits, SPAN("new\r\na\r\n"));
    arena_free(&arena);
}

static void test_read_error(void **state)
{
    (void)state;
    struct mail_file file;
    struct error err = ERROR_INIT;
    assert_false(mail_file_read(-1, &strict_tunnel, &file, &err));
    assert_string_equal(err.text, "cannot read the message: Bad file descriptor");
}

static void expect_addresses(const char *value, const char *joined)
{
    struct arena *arena = arena_new();
    struct address_list list = {0};
    const char *text = "";
    addresses_of(span_str(value), arena, &list);
    for (size_t i = 0; i < list.count; i++)
        text = arena_printf(arena, "%s%s%.*s", text, i > 0 ? "|" : "", SPAN_ARG(list.items[i]));
    assert_string_equal(text, joined);
    arena_free(&arena);
}

static void test_addresses(void **state)
{
    (void)state;
    expect_addresses(" a@x.example", "a@x.example");
    expect_addresses("Ann <a@x>, \"Doe, Bob\" <b@y>,c@z", "a@x|b@y|c@z");
    expect_addresses("(not <this@one>) a@x (or, b@x)", "a@x");
    expect_addresses("friends: a@x, B <b@y>;, c@z", "a@x|b@y|c@z");
    expect_addresses("undisclosed-recipients:;", "");
    expect_addresses("\"a b\"@x", "\"a b\"@x");
    expect_addresses("Ann\r\n <a@x>,\r\n b@y", "a@x|b@y");
    expect_addresses("a@x, <", "a@x");
    expect_addresses("\"never closed <a@x>", "\"never closed <a@x>");
}

static void test_envelope(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct envelope envelope;
    struct address_list none = {0}, given = {0};
    struct span message = SPAN("From: A <a@x>\r\nTo: b@y\r\nCc: c@z\r\nTo: d@w\r\n\r\n");
    mail_envelope(message, span_of(NULL, 0), &none, arena, &envelope);
    assert_true(span_is(envelope.sender, "a@x"));
    assert_int_equal(envelope.recipient_count, 2);
    assert_true(span_is(envelope.recipients[1], "d@w"));
    address_list_add(&given, SPAN("z@z"), arena);
    mail_envelope(message, SPAN(""), &given, arena, &envelope);
    assert_int_equal(envelope.sender.len, 0);
    assert_int_equal(envelope.recipient_count, 1);
    assert_false(envelope.smtputf8);
    address_list_add(&given, SPAN("zo\xc3\xab@z"), arena);
    mail_envelope(message, SPAN(""), &given, arena, &envelope);
    assert_true(envelope.smtputf8);
    mail_envelope(message, SPAN("zo\xc3\xab@z"), &none, arena, &envelope);
    assert_true(envelope.smtputf8);
    mail_envelope(SPAN("\r\n"), span_of(NULL, 0), &none, arena, &envelope);
    assert_int_equal(envelope.recipient_count, 0);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_ends_in),
        cmocka_unit_test(test_what_the_tunnel_would_refuse),
        cmocka_unit_test(test_dots),
        cmocka_unit_test(test_files_come_back),
        cmocka_unit_test(test_long_files_come_back),
        cmocka_unit_test(test_edits_get_the_line_ends_of_the_file),
        cmocka_unit_test(test_read_error),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_envelope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

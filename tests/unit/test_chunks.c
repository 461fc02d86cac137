/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages in chunks (RFC 3030): the argument of BDAT; the text of chunks against a slow and
 * obvious model, over random messages and splits; what a receiver makes of them; what leaves by
 * BDAT.
 */
#include "engine/base/buf.h"
#include "engine/base/log.h"
#include "tunnels/mail/receive.h"
#include "tunnels/wire/bdat.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* after the headers that it needs */
#include <cmocka.h>

static uint64_t random_state = 88172645463325252u;

static size_t random_below(size_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % limit);
}

static void check_bdat(const char *argument, enum parse_result result, uint64_t size, bool last)
{
    struct bdat bdat;
    assert_int_equal(bdat_parse(span_str(argument), &bdat), result);
    if (result != PARSE_DONE)
        return;
    assert_true(bdat.size == size);
    assert_int_equal(bdat.last, last);
}

static void test_argument(void **state)
{
    static const char *const bad[] = {"",   "LAST",    "5LAST",    "5 LAST LAST", "5 6",
                                      "-1", "+1",      "0x10",     "1e3",         "5\tLAST",
                                      "5,", "5 LASTS", "5 LAST 6", "\xd9\xa5",    "5\xa0LAST"};
    (void)state;
    check_bdat("0", PARSE_DONE, 0, false);
    check_bdat("86 LAST", PARSE_DONE, 86, true);
    check_bdat("0086   last", PARSE_DONE, 86, true);
    check_bdat("18446744073709551615 LAST", PARSE_DONE, UINT64_MAX, true);
    check_bdat("18446744073709551616", PARSE_MORE, 0, false);
    check_bdat("99999999999999999999999999 LAST", PARSE_MORE, 0, false);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        check_bdat(bad[i], PARSE_BAD, 0, false);
}

static struct tunnel make_tunnel(void)
{
    return (struct tunnel){.name = SPAN("t"),
                           .spool = spool_limits_default,
                           .conn = {.read_max = 4096},
                           .max_message_size = 1000};
}

/* In pieces of up to `piece` bytes, in place where the receiver has one. */
static void feed(struct receiver *receiver, struct span chunk, size_t piece)
{
    receiver_expect(receiver, chunk.len);
    while (chunk.len > 0) {
        struct span part = span_sub(chunk, 0, 1 + random_below(piece));
        size_t room = 0;
        size_t consumed = 0;
        char *place = receiver_reserve(receiver, &room);
        char *copy = NULL;
        if (!place || random_below(2) == 0)
            place = copy = malloc(part.len);
        else if (part.len > room)
            part.len = room;
        memcpy(place, part.ptr, part.len);
        assert_int_equal(receiver_take(receiver, place, part.len, &consumed), PARSE_MORE);
        assert_int_equal(consumed, part.len);
        free(copy);
        chunk = span_from(chunk, part.len);
    }
}

static unsigned code_of(const struct receiver *receiver)
{
    const struct reply *verdict = receiver_verdict(receiver);
    return verdict ? verdict->code : 0;
}

static void check_known(const struct receiver *receiver, struct span message)
{
    struct data_known known = receiver_known(receiver);
    uint64_t count = 0;
    for (size_t i = 0; i < message.len; i++) {
        if (message.ptr[i] != '.' || (i > 0 && message.ptr[i - 1] != '\n'))
            continue;
        if (count < DATA_DOTS_MAX)
            assert_int_equal(known.dots.at[count], i);
        count++;
    }
    assert_int_equal(known.dots.count, count);
    assert_int_equal(receiver_has_nul(receiver), span_find_byte(message, '\0') != SPAN_NONE);
}

static void check(const struct tunnel *tunnel, bool is_binary, struct span text,
                  struct span message, unsigned code)
{
    struct receiver receiver;
    receiver_init_chunks(&receiver, tunnel, is_binary);
    for (size_t at = 0; at < text.len;) {
        struct span chunk = span_sub(text, at, random_below(text.len + 1));
        feed(&receiver, chunk, 1 + random_below(20));
        at += chunk.len;
    }
    receiver_end_chunks(&receiver);
    assert_int_equal(code_of(&receiver), code);
    if (code == 0) {
        assert_true(span_equal(receiver_bytes(&receiver), message));
        assert_int_equal(receiver.decoder.facts.bytes, message.len);
        if (!is_binary)
            check_known(&receiver, message);
    }
    receiver_fini(&receiver);
}

static void random_text(struct buf *text)
{
    static const struct span words[] = {SPAN_INIT("\r\n"), SPAN_INIT("\r\n"),  SPAN_INIT("."),
                                        SPAN_INIT("abc"),  SPAN_INIT("\r\n."), SPAN_INIT("\n"),
                                        SPAN_INIT("\r"),   SPAN_INIT("\0"),    SPAN_INIT("x"),
                                        SPAN_INIT(".\r\n")};
    size_t kinds = random_below(3) > 0 ? ARRAY_LEN(words) : 5;
    for (size_t i = random_below(30); i > 0; i--) {
        size_t at = random_below(kinds);
        buf_add(text, words[at].len > 0 ? words[at] : span_of("", 1));
    }
}

/* Every CR or LF that stands alone becomes CRLF. */
static bool mend(struct span text, struct buf *out)
{
    bool is_bare = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool pair = c == '\r' && i + 1 < text.len && text.ptr[i + 1] == '\n';
        if (c == '\r' || c == '\n') {
            buf_add_str(out, "\r\n");
            is_bare |= !pair;
            i += pair;
        } else {
            buf_add_byte(out, c);
        }
    }
    return is_bare;
}

static void test_like_the_model(void **state)
{
    struct tunnel strict = make_tunnel();
    struct tunnel lenient = make_tunnel();
    (void)state;
    lenient.bare_newline = BARE_NEWLINE_NORMALIZE;
    for (int round = 0; round < 5000; round++) {
        struct buf text = BUF_INIT;
        struct buf mended = BUF_INIT;
        random_text(&text);
        bool is_bare = mend(buf_span(&text), &mended);
        check(&strict, false, buf_span(&text), buf_span(&text), is_bare ? 550 : 0);
        check(&lenient, false, buf_span(&text), buf_span(&mended), 0);
        check(&strict, true, buf_span(&text), buf_span(&text), 0);
        check(&lenient, true, buf_span(&text), buf_span(&text), 0);
        buf_fini(&text);
        buf_fini(&mended);
    }
}

static void test_limits(void **state)
{
    struct tunnel tunnel = make_tunnel();
    struct receiver receiver;
    (void)state;
    tunnel.max_message_size = 10;
    receiver_init_chunks(&receiver, &tunnel, false);
    feed(&receiver, SPAN("01234567"), 8);
    assert_int_equal(code_of(&receiver), 0);
    receiver_expect(&receiver, 2);
    assert_int_equal(code_of(&receiver), 0);
    /* Told by what is announced: nothing of it is kept. */
    receiver_expect(&receiver, 3);
    assert_int_equal(code_of(&receiver), 552);
    feed(&receiver, SPAN("89\r"), 3);
    assert_int_equal(receiver_bytes(&receiver).len, 8);
    receiver_end_chunks(&receiver);
    receiver_fini(&receiver);

    receiver_init_chunks(&receiver, &tunnel, false);
    receiver_expect(&receiver, UINT64_MAX);
    assert_int_equal(code_of(&receiver), 552);
    receiver_fini(&receiver);

    /* What is mended may grow over the limit. */
    tunnel.bare_newline = BARE_NEWLINE_NORMALIZE;
    check(&tunnel, false, SPAN("0123\n4\n6\r"), SPAN(""), 552);
    check(&tunnel, false, SPAN("0123\n4\n"), SPAN("0123\r\n4\r\n"), 0);

    tunnel.spool.memory_bytes = 1;
    tunnel.spool.directory = "/nowhere/at/all";
    check(&tunnel, false, SPAN("012345"), SPAN(""), 452);
}

struct list_of {
    const struct span *slices;
    size_t count;
    size_t at;
};

static size_t next_of_list(void *arg, struct span *slices_out, size_t max)
{
    struct list_of *list = arg;
    if (max == 0 || list->at == list->count)
        return 0;
    slices_out[0] = list->slices[list->at++];
    return 1;
}

static void encode(const struct span *slices, size_t count, const struct data_known *known,
                   struct buf *out)
{
    struct list_of list = {slices, count, 0};
    struct data_encoder encoder;
    struct span got[5];
    size_t got_count;
    data_encoder_init_chunks(&encoder, next_of_list, &list, known);
    while ((got_count = data_encoder_next(&encoder, got, 5)) > 0) {
        for (size_t i = 0; i < got_count; i++) {
            assert_true(got[i].len > 0);
            buf_add(out, got[i]);
        }
    }
    list.at = 0;
    data_encoder_init_chunks(&encoder, next_of_list, &list, known);
    assert_int_equal(data_encoder_size(&encoder), out->len);
}

static void check_leaves(const char *text, const char *wire)
{
    struct span slice = span_str(text);
    struct buf out = BUF_INIT;
    encode(&slice, slice.len > 0, NULL, &out);
    assert_true(span_is(buf_span(&out), wire));
    buf_fini(&out);
}

static void test_what_leaves(void **state)
{
    (void)state;
    check_leaves("", "");
    check_leaves("a", "a");
    check_leaves(".\r\n..\r\n.", ".\r\n..\r\n.");
    check_leaves("a\nb\rc\r", "a\r\nb\r\nc\r\n");
}

/* Random edits of a known original: all that is changed is what stands alone. */
static void test_what_leaves_of_edits(void **state)
{
    static const struct span texts[] = {SPAN_INIT("x\r\n"), SPAN_INIT(".y"), SPAN_INIT("\r\n."),
                                        SPAN_INIT("\r"),    SPAN_INIT("\n"), SPAN_INIT(".")};
    (void)state;
    for (int round = 0; round < 5000; round++) {
        struct buf original = BUF_INIT;
        struct buf joined = BUF_INIT;
        struct buf expected = BUF_INIT;
        struct buf wire = BUF_INIT;
        struct span slices[12];
        size_t count = 1 + random_below(12);
        for (size_t i = 0; i < 60; i++)
            buf_add_str(&original, random_below(4) == 0 ? "\r\n." : "abc");
        for (size_t i = 0; i < count; i++) {
            struct span all = buf_span(&original);
            slices[i] = random_below(2)
                            ? texts[random_below(6)]
                            : span_sub(all, random_below(all.len), 1 + random_below(40));
            buf_add(&joined, slices[i]);
        }
        struct data_known known = {.text = buf_span(&original),
                                   .dots = {.count = DATA_DOTS_MAX + 1}};
        (void)mend(buf_span(&joined), &expected);
        encode(slices, count, &known, &wire);
        assert_true(span_equal(buf_span(&wire), buf_span(&expected)));
        buf_fini(&original);
        buf_fini(&joined);
        buf_fini(&expected);
        buf_fini(&wire);
    }
}

int main(void)
{
    log_setup(open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_ERROR, LOG_TEXT);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_argument),
        cmocka_unit_test(test_like_the_model),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_what_leaves),
        cmocka_unit_test(test_what_leaves_of_edits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

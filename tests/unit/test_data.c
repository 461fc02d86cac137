/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transparency of DATA against a slow and obvious model, over random messages, random splits
 * and both ways; and every known way to end the data twice.
 */
#include "tunnels/wire/data.h"

#include "engine/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
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

/* What one decoder made of an input, however it was split. */
struct decoded {
    struct data_facts facts;
    struct buf out;
    size_t consumed;
    bool done;
};

enum how { IN_PLACE, ELSEWHERE, NARROW };

/* Splits at random into pieces of up to `piece` bytes; 0: whole. */
static void decode(struct span input, bool normalize, size_t piece, enum how how,
                   struct decoded *out)
{
    struct data_decoder decoder;
    *out = (struct decoded){.out = BUF_INIT};
    data_decoder_init(&decoder, normalize);
    while (!out->done && out->consumed < input.len) {
        size_t len = input.len - out->consumed;
        if (piece > 0 && len > piece)
            len = 1 + random_below(piece);
        /* exact sizes, so that the sanitizer sees a byte too far */
        char *copy = malloc(len);
        size_t room = how == NARROW ? 2 + random_below(5) : normalize ? 2 * len + 2 : len;
        char *place = how == IN_PLACE ? copy : malloc(room);
        memcpy(copy, input.ptr + out->consumed, len);
        size_t consumed = 0;
        size_t written = 0;
        out->done = data_decode(&decoder, span_of(copy, len), place, room, &consumed, &written) ==
                    PARSE_DONE;
        assert_true(consumed <= len && written <= room);
        assert_true(out->done || how == NARROW || consumed == len);
        assert_true(consumed + written > 0); /* or it would never end */
        buf_add(&out->out, span_of(place, written));
        out->consumed += consumed;
        if (place != copy)
            free(place);
        free(copy);
    }
    out->facts = decoder.facts;
}

/* Where the data ends: behind CRLF "." CRLF, or "." CRLF at the very beginning. */
static size_t model_end(struct span input)
{
    if (span_starts(input, SPAN(".\r\n")))
        return 3;
    size_t at = span_find(input, SPAN("\r\n.\r\n"));
    return at == SPAN_NONE ? SPAN_NONE : at + 5;
}

/* The message of an input in which nothing is bare and that ends. */
static void model_decode(struct span input, struct buf *out)
{
    size_t end = model_end(input) - 3;
    for (size_t i = 0; i < end; i++) {
        bool start = i == 0 || (i >= 2 && input.ptr[i - 2] == '\r' && input.ptr[i - 1] == '\n');
        if (!(start && input.ptr[i] == '.'))
            buf_add_byte(out, input.ptr[i]);
    }
}

static void check_decode(const char *input, size_t len, const char *message, size_t consumed)
{
    for (size_t piece = 0; piece < 4; piece++) {
        for (int how = IN_PLACE; how <= NARROW; how++) {
            struct decoded decoded;
            decode(span_of(input, len), false, piece, (enum how)how, &decoded);
            assert_true(decoded.done);
            assert_int_equal(decoded.consumed, consumed);
            assert_true(span_is(buf_span(&decoded.out), message));
            assert_int_equal(decoded.facts.bytes, strlen(message));
            buf_fini(&decoded.out);
        }
    }
}

#define CHECK_DECODE(input, message, behind)                                                       \
    check_decode(input, sizeof(input) - 1, message, sizeof(input) - 1 - (behind))

static void test_simple(void **state)
{
    (void)state;
    CHECK_DECODE(".\r\n", "", 0);
    CHECK_DECODE(".\r\nQUIT\r\n", "", 6);
    CHECK_DECODE("a\r\n.\r\n", "a\r\n", 0);
    CHECK_DECODE("a\r\n.\r\n.\r\n", "a\r\n", 3);
    CHECK_DECODE("..\r\n.\r\n", ".\r\n", 0);
    CHECK_DECODE("...\r\n..a\r\n.b\r\nc.\r\n.\r\nX", "..\r\n.a\r\nb\r\nc.\r\n", 1);
    CHECK_DECODE("\r\n\r\n.\r\n", "\r\n\r\n", 0);
    CHECK_DECODE("a.\r\n.\r\n", "a.\r\n", 0);
}

static void test_facts(void **state)
{
    (void)state;
    struct decoded d;
    decode(SPAN("abc\r\n..d\r\n12345\r\n\r\n.\r\n"), false, 0, IN_PLACE, &d);
    assert_int_equal(d.facts.lines, 4);
    assert_int_equal(d.facts.longest, 5);
    assert_int_equal(d.facts.bytes, 18);
    assert_int_equal(d.facts.dots.count, 1);
    assert_false(d.facts.has_8bit);
    assert_true(d.facts.nul_at == DATA_NOWHERE);
    assert_false(data_has_bare_newline(&d.facts));
    buf_fini(&d.out);
    decode(SPAN(".a\xe4\0b\r\n.\r\n"), false, 1, IN_PLACE, &d);
    assert_int_equal(d.facts.dots.count, 0); /* the dot was the stuffing */
    assert_true(d.facts.has_8bit);
    assert_int_equal(d.facts.nul_at, 2);
    buf_fini(&d.out);
}

static void fact_of_bare(struct span input, uint64_t cr_at, uint64_t lf_at)
{
    for (size_t piece = 0; piece < 4; piece++) {
        struct decoded d;
        decode(input, false, piece, IN_PLACE, &d);
        assert_true(d.facts.bare_cr_at == cr_at);
        assert_true(d.facts.bare_lf_at == lf_at);
        assert_true(d.done);
        buf_fini(&d.out);
    }
}

static void test_bare_is_noted(void **state)
{
    (void)state;
    fact_of_bare(SPAN("ab\rc\r\n.\r\n"), 2, DATA_NOWHERE);
    fact_of_bare(SPAN("ab\nc\r\n.\r\n"), DATA_NOWHERE, 2);
    fact_of_bare(SPAN("\n\r\n.\r\n"), DATA_NOWHERE, 0);
    fact_of_bare(SPAN("a\r\r\n.\r\n"), 1, DATA_NOWHERE);
    fact_of_bare(SPAN("a\r\n.\rb\r\n.\r\n"), 3, DATA_NOWHERE);
    fact_of_bare(SPAN("a\r\n.\n\r\n.\r\n"), DATA_NOWHERE, 3);
}

/* Everything that some server takes for the end of the data, or for a line end before a dot. */
static const struct span false_ends[] = {
    SPAN_INIT("\n.\n"),         SPAN_INIT("\n.\r\n"),
    SPAN_INIT("\r\n.\n"),       SPAN_INIT("\r.\r"),
    SPAN_INIT("\r.\r\n"),       SPAN_INIT("\r\n.\r"),
    SPAN_INIT("\r.\n"),         SPAN_INIT("\n.\r"),
    SPAN_INIT("\r\n.\r\r\n"),   SPAN_INIT("\r\r\n.\r\r\n"),
    SPAN_INIT("\n\n.\r\n"),     SPAN_INIT("\n\r.\r\n"),
    SPAN_INIT("\r\n\0.\r\n"),   SPAN_INIT("\r\n.\0\r\n"),
    SPAN_INIT("\r\0\n.\r\n"),   SPAN_INIT("\r\n.\r\0\n"),
    SPAN_INIT("\0\n.\r\n"),     SPAN_INIT("\r\n..\r\n"),
    SPAN_INIT("\r\n. \r\n"),    SPAN_INIT("\r\n.\t\r\n"),
    SPAN_INIT("\r\n .\r\n"),    SPAN_INIT("\r \n.\r\n"),
    SPAN_INIT("\x0b.\r\n"),     SPAN_INIT("\x0c.\r\n"),
    SPAN_INIT("\xc2\x85.\r\n"), SPAN_INIT("\xe2\x80\xa8.\r\n"),
    SPAN_INIT("\r\n.\r\x0b\n"), SPAN_INIT("\x8d\x8a.\r\n"),
    SPAN_INIT("\r\n\xae\r\n"),  SPAN_INIT("\n\r.\n\r"),
};

static void test_nothing_else_ends_the_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof false_ends / sizeof false_ends[0]; i++) {
        struct buf input = BUF_INIT;
        buf_add_str(&input, "Subject: a\r\n\r\nbody");
        buf_add(&input, false_ends[i]);
        size_t end = 0;
        buf_add_str(&input, "MAIL FROM:<evil@example>\r\n.\r\n");
        end = input.len;
        buf_add_str(&input, "QUIT\r\n");
        for (int normalize = 0; normalize < 2; normalize++) {
            for (size_t piece = 0; piece < 5; piece++) {
                struct decoded d;
                decode(buf_span(&input), normalize, piece, ELSEWHERE, &d);
                assert_true(d.done);
                assert_int_equal(d.consumed, end);
                /* and what it becomes cannot end anybody's data */
                struct span out = buf_span(&d.out);
                if (normalize) {
                    assert_true(span_find(out, SPAN("MAIL FROM:<evil@example>\r\n")) != SPAN_NONE);
                    for (size_t at = 0; at < out.len; at++) {
                        bool cr = out.ptr[at] == '\r';
                        bool lf = out.ptr[at] == '\n';
                        assert_true(!cr || (at + 1 < out.len && out.ptr[at + 1] == '\n'));
                        assert_true(!lf || (at > 0 && out.ptr[at - 1] == '\r'));
                    }
                }
                buf_fini(&d.out);
            }
        }
        buf_fini(&input);
    }
}

static void check_normalized(struct span input, const char *message)
{
    for (size_t piece = 0; piece < 5; piece++) {
        for (int how = ELSEWHERE; how <= NARROW; how++) {
            struct decoded d;
            decode(input, true, piece, (enum how)how, &d);
            assert_true(d.done);
            assert_true(span_is(buf_span(&d.out), message));
            assert_int_equal(d.facts.bytes, d.out.len);
            buf_fini(&d.out);
        }
    }
}

static void test_normalize(void **state)
{
    (void)state;
    check_normalized(SPAN("a\nb\rc\r\n.\r\n"), "a\r\nb\r\nc\r\n");
    check_normalized(SPAN("a\n.\r\nb\r\n.\r\n"), "a\r\n.\r\nb\r\n");
    check_normalized(SPAN("a\r.\r\nb\r\n.\r\n"), "a\r\n.\r\nb\r\n");
    check_normalized(SPAN("a\n..b\r\n.\r\n"), "a\r\n..b\r\n"); /* only CRLF begins a stuffed line */
    check_normalized(SPAN("a\r\r\n.\r\n"), "a\r\n\r\n");
    check_normalized(SPAN("a\r\n.\n\r\n.\r\n"), "a\r\n\r\n\r\n");
    check_normalized(SPAN("a\r\n.\rb\r\n.\r\n"), "a\r\n\r\nb\r\n");
    check_normalized(SPAN("\n\n\r\r\r\n.\r\n"), "\r\n\r\n\r\n\r\n\r\n");
    struct decoded d;
    decode(SPAN("ab\n.\r\n\r\n.\r\n"), true, 0, ELSEWHERE, &d);
    assert_int_equal(d.facts.dots.count, 1);
    assert_int_equal(d.facts.lines, 3);
    assert_int_equal(d.facts.longest, 2);
    buf_fini(&d.out);
}

/* Bytes that are likely to matter. */
static char random_byte(void)
{
    static const char likely[] = "....\r\r\n\n\n\0\xe4"
                                 "abc ";
    return likely[random_below(sizeof likely - 1)];
}

static void random_message(struct buf *out, size_t max)
{
    size_t want = random_below(max);
    while (out->len < want) {
        size_t kind = random_below(8);
        if (kind == 0)
            buf_add(out, SPAN("\r\n"));
        else if (kind == 1)
            buf_add(out, SPAN("\r\n."));
        else if (kind == 2)
            buf_add(out, span_sub(SPAN("abcdefghijklmnopqrstuvwxyz0123456789+/=====.........."
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
                                  random_below(20), 1 + random_below(60)));
        else
            buf_add_byte(out, "ab.c\xe4 "[random_below(6)]);
    }
    if (out->len > 0 && !(out->len >= 2 && out->ptr[out->len - 1] == '\n'))
        buf_add(out, SPAN("\r\n"));
}

/* A message in random slices. */
struct slices {
    struct span rest;
    size_t largest;
};

static size_t next_slice(void *arg, struct span *slices_out, size_t max)
{
    struct slices *slices = arg;
    size_t count = 0;
    while (count < max && slices->rest.len > 0) {
        size_t len = 1 + random_below(slices->largest);
        slices_out[count] = span_sub(slices->rest, 0, len);
        slices->rest = span_from(slices->rest, slices_out[count].len);
        count++;
    }
    return count;
}

static void encode(struct span message, size_t largest, struct buf *out)
{
    struct slices slices = {message, largest};
    struct data_encoder encoder;
    struct span got[16];
    size_t count;
    data_encoder_init(&encoder, next_slice, &slices, NULL);
    while ((count = data_encoder_next(&encoder, got, 2 + random_below(14))) > 0) {
        for (size_t i = 0; i < count; i++) {
            assert_true(got[i].len > 0);
            buf_add(out, got[i]);
        }
    }
    assert_int_equal(data_encoder_next(&encoder, got, 2), 0);
}

static void test_round_trip(void **state)
{
    (void)state;
    for (int round = 0; round < 8000; round++) {
        struct buf message = BUF_INIT;
        struct buf wire = BUF_INIT;
        struct decoded d;
        random_message(&message, 400);
        encode(buf_span(&message), 1 + random_below(90), &wire);
        assert_int_equal(model_end(buf_span(&wire)), wire.len); /* it ends once */
        size_t len = wire.len;
        buf_add_str(&wire, "QUIT\r\n");
        decode(buf_span(&wire), round % 2, random_below(3) * 40, round % 3 ? ELSEWHERE : NARROW,
               &d);
        assert_true(d.done);
        assert_int_equal(d.consumed, len);
        assert_true(span_equal(buf_span(&d.out), buf_span(&message)));
        buf_fini(&d.out);
        buf_fini(&wire);
        buf_fini(&message);
    }
}

static void test_decode_like_the_model(void **state)
{
    (void)state;
    for (int round = 0; round < 8000; round++) {
        struct buf input = BUF_INIT;
        struct buf model = BUF_INIT;
        struct decoded d;
        random_message(&input, 300);
        buf_add(&input, SPAN("\r\n.\r\nrest"));
        decode(buf_span(&input), false, random_below(2) * 70, IN_PLACE, &d);
        model_decode(buf_span(&input), &model);
        assert_int_equal(d.consumed, model_end(buf_span(&input)));
        assert_true(span_equal(buf_span(&d.out), buf_span(&model)));
        uint64_t lines = 0;
        uint64_t longest = 0;
        uint64_t dots = 0;
        for (size_t at = 0; at < model.len; lines++) {
            struct span rest = span_from(buf_span(&model), at);
            size_t line = span_find(rest, SPAN("\r\n"));
            if (rest.ptr[0] == '.' && dots < DATA_DOTS_MAX)
                assert_int_equal(d.facts.dots.at[dots], at);
            dots += rest.ptr[0] == '.';
            longest = line > longest ? line : longest;
            at += line + 2;
        }
        assert_int_equal(d.facts.lines, lines);
        assert_int_equal(d.facts.longest, longest);
        assert_int_equal(d.facts.dots.count, dots);
        buf_fini(&model);
        buf_fini(&d.out);
        buf_fini(&input);
    }
}

/* Any bytes at all: the same result for every split, and the end where CRLF "." CRLF first is. */
static void test_any_split_is_the_same(void **state)
{
    (void)state;
    for (int round = 0; round < 8000; round++) {
        char bytes[200];
        size_t len = random_below(sizeof bytes);
        for (size_t i = 0; i < len; i++)
            bytes[i] = random_byte();
        for (int normalize = 0; normalize < 2; normalize++) {
            struct decoded whole;
            struct decoded split;
            decode(span_of(bytes, len), normalize, 0, ELSEWHERE, &whole);
            decode(span_of(bytes, len), normalize, 1 + random_below(9), ELSEWHERE, &split);
            size_t end = model_end(span_of(bytes, len));
            assert_int_equal(whole.done, end != SPAN_NONE);
            assert_int_equal(whole.consumed, end != SPAN_NONE ? end : len);
            assert_int_equal(split.done, whole.done);
            assert_int_equal(split.consumed, whole.consumed);
            assert_true(span_equal(buf_span(&split.out), buf_span(&whole.out)));
            assert_memory_equal(&split.facts, &whole.facts, sizeof whole.facts);
            buf_fini(&split.out);
            buf_fini(&whole.out);
        }
    }
}

static void check_encode(struct span message, const char *wire)
{
    for (size_t largest = 1; largest < 8; largest++) {
        struct buf out = BUF_INIT;
        encode(message, largest, &out);
        assert_true(span_is(buf_span(&out), wire));
        buf_fini(&out);
    }
}

static void test_encode(void **state)
{
    (void)state;
    check_encode(SPAN(""), ".\r\n");
    check_encode(SPAN("a"), "a\r\n.\r\n");
    check_encode(SPAN("a\r\n"), "a\r\n.\r\n");
    check_encode(SPAN("."), "..\r\n.\r\n");
    check_encode(SPAN(".\r\n..\r\na.\r\n"), "..\r\n...\r\na.\r\n.\r\n");
    check_encode(SPAN("a\r"), "a\r\n.\r\n");
}

static void test_encode_never_sends_bare(void **state)
{
    (void)state;
    check_encode(SPAN("a\nb"), "a\r\nb\r\n.\r\n");
    check_encode(SPAN("a\rb"), "a\r\nb\r\n.\r\n");
    check_encode(SPAN("a\n.\n"), "a\r\n..\r\n.\r\n");
    check_encode(SPAN("a\r.\rb"), "a\r\n..\r\nb\r\n.\r\n");
    check_encode(SPAN("\r\r\n\n"), "\r\n\r\n\r\n.\r\n");
    for (size_t i = 0; i < sizeof false_ends / sizeof false_ends[0]; i++) {
        struct buf message = BUF_INIT;
        struct buf wire = BUF_INIT;
        buf_add_str(&message, "a");
        buf_add(&message, false_ends[i]);
        buf_add_str(&message, "b\r\n");
        encode(buf_span(&message), 1 + i % 4, &wire);
        assert_int_equal(model_end(buf_span(&wire)), wire.len);
        struct decoded d;
        decode(buf_span(&wire), false, 0, IN_PLACE, &d);
        assert_false(data_has_bare_newline(&d.facts));
        buf_fini(&d.out);
        buf_fini(&wire);
        buf_fini(&message);
    }
}

/* Slices of known memory are not searched, and yet a dot that comes to a line start is stuffed. */
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

static struct data_known known_of(struct span text)
{
    struct data_known known = {.text = text};
    struct data_dots *dots = &known.dots;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '.' || (i > 0 && text.ptr[i - 1] != '\n'))
            continue;
        if (dots->count < DATA_DOTS_MAX)
            dots->at[dots->count] = i;
        dots->count++;
    }
    return known;
}

static void check_known(struct span text, const struct span *slices, size_t count, const char *wire)
{
    struct data_known known = known_of(text);
    struct list_of list = {slices, count, 0};
    struct data_encoder encoder;
    struct buf out = BUF_INIT;
    struct span got[8];
    size_t got_count;
    data_encoder_init(&encoder, next_of_list, &list, &known);
    while ((got_count = data_encoder_next(&encoder, got, 8)) > 0) {
        for (size_t i = 0; i < got_count; i++)
            buf_add(&out, got[i]);
    }
    assert_true(span_is(buf_span(&out), wire));
    buf_fini(&out);
}

static void test_known_slices(void **state)
{
    (void)state;
    struct span known = SPAN("ab.cd\r\nef\r\n");
    struct span cut_before_dot[] = {span_sub(known, 0, 2), SPAN("x\r\n"), span_from(known, 2)};
    check_known(known, cut_before_dot, 3, "abx\r\n..cd\r\nef\r\n.\r\n");
    struct span cut_in_crlf[] = {span_sub(known, 0, 6), SPAN("x"), span_from(known, 6)};
    check_known(known, cut_in_crlf, 3, "ab.cd\r\nx\r\nef\r\n.\r\n");
    struct span cut_at_end[] = {span_sub(known, 0, 10), SPAN("\n.")};
    check_known(known, cut_at_end, 2, "ab.cd\r\nef\r\n..\r\n.\r\n");
    struct span begins_with_dot[] = {span_sub(known, 2, 5), span_from(known, 2)};
    check_known(known, begins_with_dot, 2, "..cd\r\n..cd\r\nef\r\n.\r\n");
    struct span one_byte[] = {span_sub(known, 6, 1), span_sub(known, 2, 1), span_sub(known, 5, 1)};
    check_known(known, one_byte, 3, "\r\n..\r\n.\r\n");
    struct span whole[] = {known};
    check_known(known, whole, 1, "ab.cd\r\nef\r\n.\r\n");
    struct span dots = SPAN(".a\r\n.\r\nb.\r\n..c\r\n");
    check_known(dots, &dots, 1, "..a\r\n..\r\nb.\r\n...c\r\n.\r\n");
    struct span behind_dot[] = {span_sub(dots, 5, 5), SPAN("x"), span_sub(dots, 0, 5)};
    check_known(dots, behind_dot, 3, "\r\nb.\r\nx.a\r\n..\r\n.\r\n");
}

/* Random edits of a known original: the same as searching everything. */
static void test_known_is_only_faster(void **state)
{
    (void)state;
    for (int round = 0; round < 8000; round++) {
        char original[300];
        struct span slices[12];
        size_t count = 1 + random_below(12);
        static const struct span texts[] = {SPAN_INIT("x\r\n"), SPAN_INIT(".y"), SPAN_INIT("\r\n."),
                                            SPAN_INIT("\r"),    SPAN_INIT("\n"), SPAN_INIT(".")};
        size_t len = 0;
        while (len < sizeof original - 3) {
            bool line = random_below(6) == 0;
            original[len++] = line ? '\r' : "ab.c"[random_below(4)];
            if (line)
                original[len++] = '\n';
            if (line)
                original[len++] = random_below(2) ? 'z' : '.';
        }
        struct span known = span_of(original, len);
        for (size_t i = 0; i < count; i++)
            slices[i] = random_below(2) ? texts[random_below(6)]
                                        : span_sub(known, random_below(len), 1 + random_below(40));
        struct buf searched = BUF_INIT;
        struct list_of list = {slices, count, 0};
        struct data_encoder encoder;
        struct span got[8];
        size_t got_count;
        data_encoder_init(&encoder, next_of_list, &list, NULL);
        while ((got_count = data_encoder_next(&encoder, got, 8)) > 0) {
            for (size_t i = 0; i < got_count; i++)
                buf_add(&searched, got[i]);
        }
        buf_add_byte(&searched, '\0');
        check_known(known, slices, count, searched.ptr);
        buf_fini(&searched);
    }
}

static void test_large_untouched_is_one_slice(void **state)
{
    (void)state;
    enum { SIZE = 1 << 20 };
    char *bytes = malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = i % 78 == 76 ? '\r' : i % 78 == 77 ? '\n' : 'A';
    struct span message = span_of(bytes, SIZE / 78 * 78);
    struct list_of list = {&message, 1, 0};
    struct data_encoder encoder;
    struct span got[8];
    data_encoder_init(&encoder, next_of_list, &list, NULL);
    assert_int_equal(data_encoder_next(&encoder, got, 8), 2);
    assert_ptr_equal(got[0].ptr, bytes);
    assert_int_equal(got[0].len, message.len);
    assert_true(span_is(got[1], ".\r\n"));
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_simple),
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_bare_is_noted),
        cmocka_unit_test(test_nothing_else_ends_the_data),
        cmocka_unit_test(test_normalize),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_decode_like_the_model),
        cmocka_unit_test(test_any_split_is_the_same),
        cmocka_unit_test(test_encode),
        cmocka_unit_test(test_encode_never_sends_bare),
        cmocka_unit_test(test_known_slices),
        cmocka_unit_test(test_known_is_only_faster),
        cmocka_unit_test(test_large_untouched_is_one_slice),
    };
    return cmocka_run_group_tests_name("data", tests, NULL, NULL);
}

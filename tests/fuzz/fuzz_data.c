/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DATA: the end is where CRLF "." CRLF first stands and nowhere else, whatever the split; decoded
 * and encoded again it is the same message; no bare newline is ever sent. The same bytes as text
 * that came by BDAT have no end, and lose nothing. The first two bytes choose how to split and
 * whether to normalize.
 */
#include "tunnels/wire/data.h"

#include "engine/base/buf.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

struct decoded {
    struct data_facts facts;
    struct buf out;
    size_t consumed;
    bool done;
};

static void decode_by(struct data_decoder *decoder, struct span input, size_t piece,
                      struct decoded *out)
{
    bool normalize = decoder->normalize;
    *out = (struct decoded){.out = BUF_INIT};
    while (!out->done && out->consumed < input.len) {
        struct span next = span_sub(input, out->consumed, piece);
        size_t room = normalize ? 2 * next.len + 2 : next.len;
        char *copy = malloc(next.len);
        char *place = normalize ? malloc(room) : copy;
        size_t consumed;
        size_t written;
        CHECK(copy && place);
        memcpy(copy, next.ptr, next.len);
        out->done = data_decode(decoder, span_of(copy, next.len), place, room, &consumed,
                                &written) == PARSE_DONE;
        CHECK(out->done || consumed == next.len);
        CHECK(written <= room);
        buf_add(&out->out, span_of(place, written));
        out->consumed += consumed;
        if (normalize)
            free(place);
        free(copy);
    }
    if (decoder->chunks)
        buf_add(&out->out, data_end_chunks(decoder));
    out->facts = decoder->facts;
}

static void decode(struct span input, bool normalize, size_t piece, struct decoded *out)
{
    struct data_decoder decoder;
    data_decoder_init(&decoder, normalize);
    decode_by(&decoder, input, piece, out);
}

static size_t first_end(struct span input)
{
    if (span_starts(input, SPAN(".\r\n")))
        return 3;
    size_t at = span_find(input, SPAN("\r\n.\r\n"));
    return at == SPAN_NONE ? SPAN_NONE : at + 5;
}

struct slices {
    struct span rest;
    size_t len;
};

static size_t next_slices(void *arg, struct span *slices_out, size_t max)
{
    struct slices *slices = arg;
    size_t count = 0;
    for (; count < max && slices->rest.len > 0; count++) {
        slices_out[count] = span_sub(slices->rest, 0, slices->len);
        slices->rest = span_from(slices->rest, slices_out[count].len);
    }
    return count;
}

static void encode(struct span message, const struct data_known *known, size_t len, struct buf *out)
{
    struct slices slices = {message, len};
    struct data_encoder encoder;
    struct span got[7];
    size_t count;
    data_encoder_init(&encoder, next_slices, &slices, known);
    while ((count = data_encoder_next(&encoder, got, ARRAY_LEN(got))) > 0) {
        for (size_t i = 0; i < count; i++) {
            CHECK(got[i].len > 0);
            buf_add(out, got[i]);
        }
    }
}

/* Whatever is encoded ends once, at its end, and holds no bare newline. */
static void check_encoded(struct span message, const struct data_known *known, size_t len,
                          bool same)
{
    struct buf wire = BUF_INIT;
    struct decoded again;
    encode(message, known, len, &wire);
    CHECK(first_end(buf_span(&wire)) == wire.len);
    decode(buf_span(&wire), false, SIZE_MAX, &again);
    CHECK(again.done && again.consumed == wire.len);
    CHECK(!data_has_bare_newline(&again.facts));
    if (same)
        CHECK(span_equal(buf_span(&again.out), message));
    buf_fini(&again.out);
    buf_fini(&wire);
}

static void encode_chunks(struct span text, const struct data_known *known, size_t len,
                          struct buf *out)
{
    struct slices slices = {text, len};
    struct data_encoder encoder;
    struct span got[5];
    size_t count;
    data_encoder_init_chunks(&encoder, next_slices, &slices, known);
    while ((count = data_encoder_next(&encoder, got, ARRAY_LEN(got))) > 0) {
        for (size_t i = 0; i < count; i++)
            buf_add(out, got[i]);
    }
}

static void check_chunks(struct span input, bool normalize, size_t piece, size_t slice)
{
    struct data_decoder decoder;
    struct decoded whole;
    struct decoded split;
    struct buf sent = BUF_INIT;
    struct buf mended = BUF_INIT;
    data_decoder_init_chunks(&decoder, normalize);
    decode_by(&decoder, input, SIZE_MAX, &whole);
    data_decoder_init_chunks(&decoder, normalize);
    decode_by(&decoder, input, piece, &split);
    bool is_bare = data_has_bare_newline(&whole.facts);
    struct span text = buf_span(&whole.out);
    struct data_known known = {text, whole.facts.dots};
    CHECK(span_equal(buf_span(&split.out), text));
    CHECK(memcmp(&split.facts, &whole.facts, sizeof whole.facts) == 0);
    CHECK(is_bare || span_equal(text, input));
    encode_chunks(text, &known, slice, &sent);
    CHECK((is_bare && !normalize) || span_equal(buf_span(&sent), text));
    /* Mended on the way out is mended on the way in. */
    encode_chunks(input, NULL, slice, &mended);
    CHECK(!normalize || span_equal(buf_span(&mended), text));
    buf_fini(&mended);
    buf_fini(&sent);
    buf_fini(&split.out);
    buf_fini(&whole.out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    bool normalize = data[0] & 1;
    size_t piece = 1 + (data[0] >> 1);
    size_t slice = 1 + data[1] % 100u;
    struct span input = span_of((const char *)data + 2, size - 2);
    struct decoded whole;
    struct decoded split;
    decode(input, normalize, SIZE_MAX, &whole);
    decode(input, normalize, piece, &split);
    size_t end = first_end(input);
    CHECK(whole.done == (end != SPAN_NONE));
    CHECK(whole.consumed == (end != SPAN_NONE ? end : input.len));
    CHECK(split.done == whole.done && split.consumed == whole.consumed);
    CHECK(span_equal(buf_span(&split.out), buf_span(&whole.out)));
    CHECK(memcmp(&split.facts, &whole.facts, sizeof whole.facts) == 0);
    bool complete = whole.done && (normalize || !data_has_bare_newline(&whole.facts));
    struct span message = buf_span(&whole.out);
    if (complete) {
        struct data_known known = {message, whole.facts.dots};
        check_encoded(message, NULL, slice, true);
        check_encoded(message, &known, slice, true);
    }
    check_encoded(input, NULL, slice, false);
    check_chunks(input, normalize, piece, slice);
    buf_fini(&split.out);
    buf_fini(&whole.out);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/data.h"

#include "engine/base/attrs.h"
#include "tunnels/wire/newline.h"

#include <assert.h>

/* Behind the states of newline.h: the end has been given out. */
#define STATE_END (NEWLINE_CR + 1)

void data_encoder_init(struct data_encoder *encoder, data_next *next, void *arg,
                       const struct data_known *known)
{
    *encoder = (struct data_encoder){
        .next = next,
        .arg = arg,
        .known = known,
        .rest = SPAN_INIT(""),
        .state = NEWLINE_START,
    };
}

void data_encoder_init_chunks(struct data_encoder *encoder, data_next *next, void *arg,
                              const struct data_known *known)
{
    data_encoder_init(encoder, next, arg, known);
    encoder->chunks = true;
}

static bool is_inside(struct span inner, struct span outer)
{
    uintptr_t at = (uintptr_t)inner.ptr;
    uintptr_t begin = (uintptr_t)outer.ptr;
    return at >= begin && at - begin <= outer.len && inner.len <= outer.len - (at - begin);
}

static bool is_known(const struct data_encoder *encoder, struct span slice)
{
    const struct data_known *known = encoder->known;
    return known && (encoder->chunks || known->dots.count <= DATA_DOTS_MAX) &&
           is_inside(slice, known->text);
}

/* Up to the first dot at or behind `from` that begins a line. */
static size_t before_dot(const struct data_encoder *encoder, struct span slice, size_t from)
{
    const struct data_known *known = encoder->known;
    if (encoder->chunks)
        return slice.len;
    uint64_t begin = (uint64_t)(slice.ptr - known->text.ptr);
    for (size_t i = 0; i < known->dots.count; i++) {
        uint64_t at = known->dots.at[i];
        if (at >= begin + from)
            return at < begin + slice.len ? (size_t)(at - begin) : slice.len;
    }
    return slice.len;
}

/* How much of `rest` needs no change. Of a slice of known memory the beginning is looked at: it may
 * follow another line end here than there. */
static size_t scan(struct data_encoder *encoder)
{
    struct span rest = encoder->rest;
    enum newline_state state = (enum newline_state)encoder->state;
    bool known = is_known(encoder, rest);
    struct span looked_at = known ? span_sub(rest, 0, 2) : rest;
    size_t passed = newline_scan(looked_at, &state, NULL);
    if (known && passed == looked_at.len && passed < rest.len) {
        passed = before_dot(encoder, rest, passed);
        char last = rest.ptr[passed - 1];
        state = last == '\r' ? NEWLINE_CR : last == '\n' ? NEWLINE_START : NEWLINE_LINE;
    }
    encoder->state = (unsigned char)state;
    return passed;
}

/* What must stand before the byte that newline_scan() did not pass. */
static struct span insertion(struct data_encoder *encoder)
{
    switch ((enum newline_state)encoder->state) {
    case NEWLINE_CR: /* a bare CR */
        encoder->state = NEWLINE_START;
        return SPAN("\n");
    case NEWLINE_START:
        if (encoder->rest.ptr[0] == '.') {
            encoder->state = NEWLINE_LINE;
            return encoder->chunks ? SPAN("") : SPAN(".");
        }
        break;
    case NEWLINE_LINE:
        break;
    }
    encoder->state = NEWLINE_CR; /* a bare LF */
    return SPAN("\r");
}

static struct span closing(const struct data_encoder *encoder)
{
    bool is_cr = encoder->state == NEWLINE_CR;
    if (encoder->chunks)
        return is_cr ? SPAN("\n") : SPAN("");
    if (encoder->state == NEWLINE_START)
        return SPAN(".\r\n");
    return is_cr ? SPAN("\n.\r\n") : SPAN("\r\n.\r\n");
}

static size_t add(struct span *slices, size_t count, struct span slice)
{
    if (slice.len > 0)
        slices[count++] = slice;
    return count;
}

size_t data_encoder_next(void *arg, struct span *slices_out, size_t max)
{
    struct data_encoder *encoder = arg;
    size_t count = 0;
    assert(max >= 2);
    while (count + 2 <= max && encoder->state != STATE_END) {
        if (encoder->rest.len == 0 && encoder->next(encoder->arg, &encoder->rest, 1) == 0) {
            count = add(slices_out, count, closing(encoder));
            encoder->state = STATE_END;
            break;
        }
        size_t passed = scan(encoder);
        count = add(slices_out, count, span_sub(encoder->rest, 0, passed));
        encoder->rest = span_from(encoder->rest, passed);
        if (encoder->rest.len > 0)
            count = add(slices_out, count, insertion(encoder));
    }
    return count;
}

uint64_t data_encoder_size(struct data_encoder *encoder)
{
    struct span slices[16];
    uint64_t size = 0;
    size_t count;
    while ((count = data_encoder_next(encoder, slices, ARRAY_LEN(slices))) > 0) {
        for (size_t i = 0; i < count; i++)
            size += slices[i].len;
    }
    return size;
}

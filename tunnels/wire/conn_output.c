/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/conn_output.h"

#include "engine/base/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* Of one connection in one event; the others have their turn then. */
#define BYTES_PER_EVENT (1024u * 1024u)
/* The first piece of a queue: a usual batch of replies needs no other. */
#define QUEUE_FIRST 512u
/* Slices smaller than this on average are copied together: a system call for a few bytes costs more
 * than their copy. */
#define SMALL_SLICE 256u

struct conn_sending {
    struct conn_source source;
    size_t before;       /* bytes of the queue that go first */
    struct buf together; /* small slices, copied */
    size_t together_sent;
    struct span slices[CONN_SLICES_MAX]; /* pulled and not written */
    size_t count;
    size_t at;
    bool dry; /* the source has given all */
};

/* One write that is being put together. */
struct gather {
    struct span slices[CONN_SLICES_MAX];
    size_t count;
    size_t bytes;
    size_t max;
};

void conn_output_init(struct conn_output *output)
{
    *output = (struct conn_output){.queue = BUF_INIT};
}

static void sending_free(struct conn_output *output)
{
    if (!output->sending)
        return;
    buf_fini(&output->sending->together);
    free(output->sending);
    output->sending = NULL;
}

void conn_output_fini(struct conn_output *output)
{
    buf_fini(&output->queue);
    sending_free(output);
    conn_output_init(output);
}

void conn_output_add(struct conn_output *output, struct span bytes)
{
    struct buf *queue = &output->queue;
    if (queue->cap == 0 && bytes.len < QUEUE_FIRST && !buf_try_reserve(queue, QUEUE_FIRST))
        abort(); /* there is no maximum */
    if (output->sent > queue->len / 2 && output->sent > QUEUE_FIRST) {
        buf_consume(queue, output->sent);
        output->sent = 0;
    }
    buf_add(queue, bytes);
}

void conn_output_send(struct conn_output *output, const struct conn_source *source)
{
    assert(!output->sending && "one source at a time");
    output->sending = mem_alloc(sizeof *output->sending);
    output->sending->source = *source;
    output->sending->before = output->queue.len - output->sent;
}

void conn_output_cut(struct conn_output *output)
{
    struct conn_sending *sending = output->sending;
    if (!sending)
        return;
    output->queue.len = output->sent;
    sending_free(output);
}

struct span conn_output_take(const struct conn_output *output)
{
    assert(!output->sending);
    return span_from(buf_span(&output->queue), output->sent);
}

bool conn_output_is_empty(const struct conn_output *output)
{
    return !output->sending && output->sent == output->queue.len;
}

size_t conn_output_bytes(const struct conn_output *output)
{
    return output->queue.len - output->sent;
}

size_t conn_output_lines(const struct conn_output *output)
{
    size_t lines = 0;
    for (size_t i = output->sent; i < output->queue.len; i++)
        lines += output->queue.ptr[i] == '\n';
    return lines;
}

static void gather_add(struct gather *gather, struct span slice)
{
    if (slice.len > gather->max - gather->bytes)
        slice.len = gather->max - gather->bytes;
    if (slice.len == 0 || gather->count == CONN_SLICES_MAX)
        return;
    gather->slices[gather->count++] = slice;
    gather->bytes += slice.len;
}

static bool is_small(const struct span *slices, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += slices[i].len;
    return count > 4 && bytes < count * SMALL_SLICE;
}

/* Asks the source for more when most of what it gave is written. */
static void pull(struct conn_sending *sending, size_t write_max)
{
    size_t unsent = sending->together.len - sending->together_sent;
    while (sending->at < sending->count && sending->slices[sending->at].len == 0)
        sending->at++;
    if (sending->at < sending->count || unsent > write_max / 2)
        return;
    buf_consume(&sending->together, sending->together_sent);
    sending->together_sent = 0;
    do {
        sending->at = 0;
        sending->count = sending->dry ? 0
                                      : sending->source.next(sending->source.arg, sending->slices,
                                                             CONN_SLICES_MAX);
        sending->dry = sending->count == 0;
        if (!is_small(sending->slices, sending->count))
            return;
        for (; sending->at < sending->count; sending->at++)
            buf_add(&sending->together, sending->slices[sending->at]);
    } while (sending->together.len < write_max);
}

static void gather_sending(struct conn_sending *sending, struct gather *gather)
{
    gather_add(gather, span_from(buf_span(&sending->together), sending->together_sent));
    for (size_t i = sending->at; i < sending->count; i++)
        gather_add(gather, sending->slices[i]);
}

static void gather_all(struct conn_output *output, struct gather *gather)
{
    struct span queued = span_from(buf_span(&output->queue), output->sent);
    struct conn_sending *sending = output->sending;
    if (!sending) {
        gather_add(gather, queued);
        return;
    }
    pull(sending, gather->max);
    gather_add(gather, span_sub(queued, 0, sending->before));
    gather_sending(sending, gather);
}

static size_t take(size_t *bytes, size_t most)
{
    size_t taken = *bytes < most ? *bytes : most;
    *bytes -= taken;
    return taken;
}

static void advance_sending(struct conn_sending *sending, size_t bytes)
{
    sending->together_sent += take(&bytes, sending->together.len - sending->together_sent);
    if (sending->together_sent == sending->together.len) {
        sending->together.len = 0;
        sending->together_sent = 0;
    }
    while (bytes > 0) {
        assert(sending->at < sending->count);
        struct span *slice = &sending->slices[sending->at];
        *slice = span_from(*slice, take(&bytes, slice->len));
        if (slice->len == 0)
            sending->at++;
    }
}

static void advance(struct conn_output *output, size_t bytes)
{
    struct conn_sending *sending = output->sending;
    size_t queued = output->queue.len - output->sent;
    size_t taken = take(&bytes, sending ? sending->before : queued);
    output->sent += taken;
    if (sending) {
        sending->before -= taken;
        if (sending->source.taken && bytes > 0)
            sending->source.taken(sending->source.arg, bytes);
        advance_sending(sending, bytes);
    }
    if (output->sent == output->queue.len) {
        buf_fini(&output->queue);
        output->sent = 0;
    }
}

/* True: the source is done, and its owner knows. */
static bool finish_source(struct conn_output *output)
{
    struct conn_sending *sending = output->sending;
    if (!sending || !sending->dry || sending->before > 0 || sending->at < sending->count ||
        sending->together.len > 0)
        return false;
    struct conn_source source = sending->source;
    sending_free(output);
    if (source.done)
        source.done(source.arg);
    return true;
}

enum conn_flushed conn_output_flush(struct conn_output *output, conn_writing *write, void *arg,
                                    size_t write_max, int *errno_out)
{
    size_t total = 0;
    while (!conn_output_is_empty(output)) {
        struct gather gather = {.count = 0, .bytes = 0, .max = write_max};
        if (total >= BYTES_PER_EVENT)
            return CONN_FLUSH_BLOCKED;
        gather_all(output, &gather);
        if (gather.count == 0) {
            (void)finish_source(output);
            continue;
        }
        ssize_t wrote = write(arg, gather.slices, gather.count);
        if (wrote == -EAGAIN)
            return CONN_FLUSH_BLOCKED;
        if (wrote < 0) {
            *errno_out = (int)-wrote;
            return CONN_FLUSH_FAILED;
        }
        advance(output, (size_t)wrote);
        total += (size_t)wrote;
        if ((size_t)wrote < gather.bytes)
            return CONN_FLUSH_BLOCKED;
    }
    return CONN_FLUSH_DONE;
}

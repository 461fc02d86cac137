/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/mail/receive.h"

#include "engine/base/log.h"
#include "tunnels/delivery/delivery.h"

#include <errno.h>

/* Bytes that are only looked through are decoded into this. */
#define SWALLOW ((size_t)4 << 10)

static const struct reply too_big = REPLY(552, "5.3.4", "The message is larger than the limit");
static const struct reply no_space = REPLY(452, "4.3.1", "Not enough storage, try again later");
static const struct reply bare_newline =
    REPLY(550, "5.6.11", "The message has a CR or LF that stands alone");

void receiver_init(struct receiver *receiver, const struct tunnel *tunnel)
{
    *receiver = (struct receiver){.tunnel = tunnel};
    receiver->spool = spool_new(&tunnel->spool);
    data_decoder_init(&receiver->decoder, tunnel->bare_newline == BARE_NEWLINE_NORMALIZE);
}

void receiver_init_chunks(struct receiver *receiver, const struct tunnel *tunnel, bool is_binary)
{
    bool normalize = tunnel->bare_newline == BARE_NEWLINE_NORMALIZE && !is_binary;
    receiver_init(receiver, tunnel);
    receiver->is_binary = is_binary;
    data_decoder_init_chunks(&receiver->decoder, normalize);
}

void receiver_fini(struct receiver *receiver)
{
    spool_free(&receiver->spool);
}

static const struct reply *trouble_of(const struct receiver *receiver, const struct error *err)
{
    if (err->code == EFBIG)
        return &too_big;
    log_event(LOG_ERROR, "spool.failed", LOG_SPAN("tunnel", receiver->tunnel->name),
              LOG_STR("reason", err->text));
    return &no_space;
}

static char *reserve(struct receiver *receiver, size_t wanted, size_t *room_out)
{
    struct error err = ERROR_INIT;
    char *place = spool_reserve(receiver->spool, wanted, room_out, &err);
    if (!place)
        receiver->trouble = trouble_of(receiver, &err);
    return place;
}

char *receiver_reserve(struct receiver *receiver, size_t *room_out)
{
    receiver->place = NULL;
    if (!receiver->trouble && !receiver->decoder.normalize)
        receiver->place = reserve(receiver, receiver->tunnel->conn.read_max, room_out);
    return receiver->place;
}

static void check_size(struct receiver *receiver)
{
    uint64_t max = receiver->tunnel->max_message_size;
    if (max > 0 && receiver->decoder.facts.bytes > max)
        receiver->trouble = &too_big;
}

static enum parse_result take_binary(struct receiver *receiver, struct span bytes, char *out,
                                     size_t *consumed_out, size_t *written_out)
{
    struct data_facts *facts = &receiver->decoder.facts;
    if (out != bytes.ptr)
        memmove(out, bytes.ptr, bytes.len);
    if (facts->nul_at == DATA_NOWHERE && memchr(bytes.ptr, '\0', bytes.len))
        facts->nul_at = facts->bytes;
    facts->bytes += bytes.len;
    *consumed_out = *written_out = bytes.len;
    return PARSE_MORE;
}

static enum parse_result decode(struct receiver *receiver, struct span bytes, char *out,
                                size_t room, size_t *consumed_out, size_t *written_out)
{
    if (receiver->is_binary)
        return take_binary(receiver, span_sub(bytes, 0, room), out, consumed_out, written_out);
    return data_decode(&receiver->decoder, bytes, out, room, consumed_out, written_out);
}

static enum parse_result take_in_place(struct receiver *receiver, char *bytes, size_t len,
                                       size_t *consumed_out)
{
    size_t written = 0;
    enum parse_result result =
        decode(receiver, span_of(bytes, len), bytes, len, consumed_out, &written);
    spool_commit(receiver->spool, written);
    return result;
}

static enum parse_result take_copy(struct receiver *receiver, struct span bytes,
                                   size_t *consumed_out)
{
    size_t room = 0;
    size_t written = 0;
    size_t wanted = receiver->decoder.normalize ? 2 * bytes.len + 2 : bytes.len;
    char *place = reserve(receiver, wanted, &room);
    if (!place)
        return PARSE_MORE;
    enum parse_result result = decode(receiver, bytes, place, room, consumed_out, &written);
    spool_commit(receiver->spool, written);
    return result;
}

static enum parse_result swallow(struct receiver *receiver, struct span bytes, size_t *consumed_out)
{
    char nowhere[2 * SWALLOW + 2];
    size_t written = 0;
    if (receiver->decoder.chunks) {
        *consumed_out = bytes.len;
        return PARSE_MORE;
    }
    return data_decode(&receiver->decoder, span_sub(bytes, 0, SWALLOW), nowhere, sizeof nowhere,
                       consumed_out, &written);
}

static enum parse_result take_some(struct receiver *receiver, char *bytes, size_t len,
                                   size_t *consumed_out)
{
    if (receiver->trouble)
        return swallow(receiver, span_of(bytes, len), consumed_out);
    if (bytes == receiver->place)
        return take_in_place(receiver, bytes, len, consumed_out);
    return take_copy(receiver, span_of(bytes, len), consumed_out);
}

enum parse_result receiver_take(struct receiver *receiver, char *bytes, size_t len,
                                size_t *consumed_out)
{
    *consumed_out = 0;
    enum parse_result result = PARSE_MORE;
    while (result == PARSE_MORE && *consumed_out < len) {
        size_t consumed = 0;
        result = take_some(receiver, bytes + *consumed_out, len - *consumed_out, &consumed);
        *consumed_out += consumed;
        if (!receiver->trouble)
            check_size(receiver);
    }
    receiver->place = NULL;
    return result;
}

const char *receiver_limit(const struct receiver *receiver)
{
    if (receiver->trouble == &too_big)
        return "max_message_size";
    if (receiver->trouble == &no_space)
        return "spool";
    return receiver->spool && spool_was_squeezed(receiver->spool) ? "total_message_memory" : NULL;
}

void receiver_expect(struct receiver *receiver, uint64_t size)
{
    uint64_t max = receiver->tunnel->max_message_size;
    uint64_t taken = receiver->decoder.facts.bytes;
    if (!receiver->trouble && max > 0 && (taken > max || size > max - taken))
        receiver->trouble = &too_big;
}

void receiver_end_chunks(struct receiver *receiver)
{
    struct span missing = data_end_chunks(&receiver->decoder);
    size_t room = 0;
    char *place = NULL;
    if (missing.len > 0 && !receiver->trouble)
        place = reserve(receiver, missing.len, &room);
    if (!place)
        return;
    memcpy(place, missing.ptr, missing.len);
    spool_commit(receiver->spool, missing.len);
    check_size(receiver);
}

const struct reply *receiver_verdict(const struct receiver *receiver)
{
    if (!receiver->decoder.normalize && data_has_bare_newline(&receiver->decoder.facts))
        return &bare_newline;
    return receiver->trouble;
}

/* A line of a dot and NULs of which the first ones stand before the dot: stuffing does not see it.
 */
static bool ends_without_nul(struct span line)
{
    size_t dots = 0;
    if (line.len == 0 || line.ptr[0] != '\0')
        return false;
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] != '\0' && line.ptr[i] != '.')
            return false;
        dots += line.ptr[i] == '.';
    }
    return dots == 1;
}

const struct reply *receiver_hidden_end(const struct receiver *receiver)
{
    static const struct reply hidden_end =
        REPLY(550, "5.6.0", "The message has a line of a dot and NUL");
    if (receiver->is_binary || !receiver_has_nul(receiver))
        return NULL;
    struct span rest = receiver_bytes(receiver);
    struct span line;
    while (span_next(&rest, '\n', &line)) {
        if (ends_without_nul(span_sub(line, 0, line.len > 0 ? line.len - 1 : 0)))
            return &hidden_end;
    }
    return NULL;
}

bool receiver_end_is_doubtful(const struct receiver *receiver)
{
    return receiver->spool && !receiver->decoder.chunks &&
           data_end_is_doubtful(&receiver->decoder.facts);
}

struct span receiver_bytes(const struct receiver *receiver)
{
    return spool_bytes(receiver->spool);
}

bool receiver_has_nul(const struct receiver *receiver)
{
    return receiver->decoder.facts.nul_at != DATA_NOWHERE;
}

struct data_known receiver_known(const struct receiver *receiver)
{
    return (struct data_known){receiver_bytes(receiver), receiver->decoder.facts.dots};
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/delivery/relay_link.h"

#include <assert.h>

/*
 * relay_message: DATA, the text and the upstream's last word. Nothing but a 2xx behind the final
 * dot makes a 2xx for the client.
 *
 * Where the upstream has CHUNKING (RFC 3030) the text follows BDAT instead, in the same write: that
 * saves a round trip. It is one chunk, however large it is, because its size is known beforehand
 * and nothing is gained by answers in between. BODY=BINARYMIME goes by BDAT alone: its octets are
 * not looked at as lines.
 */

const struct reply relay_lost =
    REPLY(451, "4.4.2", "The connection to the next mail server was lost, try again later");
const struct reply relay_unsure =
    REPLY(451, "4.4.2", "No answer from the next mail server, it may have the message");
const struct reply relay_unexpected =
    REPLY(451, "4.5.0", "The next mail server gave an unexpected answer, try again later");
const struct reply relay_closing =
    REPLY(451, "4.3.2", "The next mail server is closing, try again later");

/* The upstream's last word: what it says of the message is what the client hears. */
static void finish(struct relay *relay, const struct reply *reply, enum upstream_release how)
{
    struct upstream *upstream = relay->upstream; /* `reply` is in its memory */
    relay->phase = RELAY_OVER;
    relay->upstream = NULL;
    relay->delivery.events->on_final(relay->delivery.user, reply);
    upstream_release(&upstream, how);
}

static size_t next_slices(void *arg, struct span *slices_out, size_t max)
{
    return render_next(arg, slices_out, max);
}

static bool is_binary(const struct relay *relay)
{
    return relay->delivery.params.body == MAIL_BODY_BINARYMIME;
}

static size_t pull(void *arg, struct span *slices_out, size_t max)
{
    struct relay *relay = arg;
    if (is_binary(relay))
        return render_next(&relay->render, slices_out, max);
    return data_encoder_next(&relay->encoder, slices_out, max);
}

static void on_sent(void *arg)
{
    struct relay *relay = arg;
    if (relay->phase != RELAY_BODY)
        return;
    relay->phase = RELAY_FINAL;
    upstream_extend(relay->upstream);
}

static void on_taken(void *arg, size_t bytes)
{
    struct relay *relay = arg;
    upstream_has_taken(relay->upstream, bytes);
}

static void begin_text(struct relay *relay)
{
    const struct outgoing *outgoing = &relay->text;
    render_init(&relay->render, outgoing->original, outgoing->edits);
    if (relay->by_chunk)
        data_encoder_init_chunks(&relay->encoder, next_slices, &relay->render, &outgoing->known);
    else
        data_encoder_init(&relay->encoder, next_slices, &relay->render, &outgoing->known);
}

static void send_message(struct relay *relay, struct span line)
{
    begin_text(relay);
    relay->phase = RELAY_BODY;
    struct conn_source source = {.next = pull, .done = on_sent, .taken = on_taken, .arg = relay};
    upstream_message(relay->upstream, line, &source);
}

static uint64_t chunk_size(struct relay *relay)
{
    const struct outgoing *outgoing = &relay->text;
    if (is_binary(relay))
        return outgoing->edits ? edits_output_size(outgoing->edits, outgoing->original.len)
                               : outgoing->original.len;
    begin_text(relay);
    return data_encoder_size(&relay->encoder);
}

static void send_chunk(struct relay *relay)
{
    struct buf *line = &relay->place.loop->scratch;
    line->len = 0;
    buf_printf(line, "BDAT %llu LAST\r\n", (unsigned long long)chunk_size(relay));
    send_message(relay, buf_span(line));
    line->len = 0;
}

/* BDAT itself was not understood, it seems, though CHUNKING was offered: no word about the message.
 * What was sent behind it may have been taken for commands; the connection is of no use. */
static bool is_denied(const struct relay *relay, const struct reply *reply)
{
    bool is_out = relay->phase == RELAY_BODY || relay->phase == RELAY_FINAL;
    return is_out && relay->by_chunk && relay_is_about_protocol(reply);
}

/* The message goes once more, by DATA: where that is taken it was BDAT, and only then all other
 * mail is kept from it. Where that cannot be tried it is taken for granted. */
static void on_denied(struct relay *relay, const struct reply *reply)
{
    struct arena *arena = relay->place.arena;
    if (is_binary(relay) || relay->replayed) {
        upstream_denied_chunks(relay->upstream, reply);
    } else {
        struct reply *copy = ARENA_NEW(arena, struct reply);
        *copy = (struct reply){
            .code = reply->code, .text = arena_copy(arena, reply->text), .lines = reply->lines};
        relay->denied = copy;
    }
    relay_begin_anew(relay);
}

static void on_data_reply(struct relay *relay, const struct reply *reply)
{
    unsigned class = reply_class(reply);
    if (reply->code == 354)
        send_message(relay, SPAN(""));
    else if (reply->code == 421)
        finish(relay, &relay_closing, RELEASE_CLOSE);
    else if (class == 4 || class == 5)
        finish(relay, relay_word(relay, reply), RELEASE_RESET);
    else
        finish(relay, &relay_unexpected, RELEASE_CLOSE);
}

/* A refusal in mid-message is the upstream's word; the connection is of no more use, because what
 * we would still have to send is text. A 2xx before the final dot is nobody's promise. */
static void on_early_reply(struct relay *relay, const struct reply *reply)
{
    unsigned class = reply_class(reply);
    bool refused = (class == 4 || class == 5) && reply->code != 421;
    finish(relay, refused ? relay_word(relay, reply) : &relay_lost, RELEASE_CLOSE);
}

static void on_final_reply(struct relay *relay, const struct reply *reply)
{
    unsigned class = reply_class(reply);
    switch (relay_final_step(relay, reply)) {
    case STEP_EARLY:
        on_early_reply(relay, reply);
        return;
    case STEP_WRONG:
        upstream_out_of_step(relay->upstream, reply);
        finish(relay, &relay_unsure, RELEASE_CLOSE);
        return;
    case STEP_RIGHT:
        break;
    }
    if (class == 2)
        upstream_count_message(relay->upstream);
    if (class == 2 && relay->denied)
        upstream_denied_chunks(relay->upstream, relay->denied);
    if (reply->code == 421)
        finish(relay, &relay_closing, RELEASE_CLOSE);
    else if (class == 2 || class == 4 || class == 5)
        /* RFC 3030 section 2: behind a chunk that failed RSET is due. */
        finish(relay, relay_word(relay, reply),
               class == 2 || !relay->by_chunk ? RELEASE_KEEP : RELEASE_RESET);
    else
        finish(relay, &relay_unexpected, RELEASE_CLOSE);
}

void relay_start_message(struct relay *relay)
{
    if (relay->broken) {
        upstream_release(&relay->upstream, RELEASE_RESET);
        relay_fail(relay, &relay_lost);
        return;
    }
    const struct reply *hindrance = relay_choose_text(relay);
    if (hindrance) {
        upstream_release(&relay->upstream, RELEASE_RESET);
        relay_fail(relay, hindrance);
        return;
    }
    /* Where it came to be known meanwhile that it denies BDAT, it does so once more. */
    relay->by_chunk = is_binary(relay) || (!relay->denied && relay_may_chunk(relay));
    if (relay_find_step(relay))
        return;
    if (relay->by_chunk) {
        send_chunk(relay);
        return;
    }
    relay->phase = RELAY_DATA;
    upstream_command(relay->upstream, SPAN("DATA\r\n"));
}

void relay_message_reply(struct relay *relay, const struct reply *reply)
{
    if (is_denied(relay, reply)) {
        on_denied(relay, reply);
        return;
    }
    switch (relay->phase) {
    case RELAY_DATA:
        on_data_reply(relay, reply);
        break;
    case RELAY_BODY:
        on_early_reply(relay, reply);
        break;
    case RELAY_FINAL:
        on_final_reply(relay, reply);
        break;
    case RELAY_ENVELOPE:
    case RELAY_OVER:
        assert(false && "a released upstream does not call");
        break;
    }
}

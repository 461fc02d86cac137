/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/log.h"
#include "tunnels/delivery/relay_link.h"

/*
 * relay_text: in which form a message goes over the connection that it has in the end. 8-bit text
 * goes to a server with 8BITMIME as it is, whatever the client declared; to another one encoded.
 * Raw UTF-8 in headers of a mail that was declared SMTPUTF8 goes to a server with SMTPUTF8 only.
 */

static const struct reply not_made =
    REPLY(451, "4.6.3", "The next mail server does not take 8-bit mail now, try again later");
static const struct reply no_room =
    REPLY(452, "4.3.1", "Insufficient system storage to encode the message");
static const struct reply header_needs_utf8 =
    REPLY(550, "5.6.7", "The header needs SMTPUTF8, which the next mail server lacks");
static const struct reply header_is_8bit =
    REPLY(554, "5.6.7", "The header has 8-bit text, which the next mail server does not take");
static const struct reply not_wanted =
    REPLY(554, "5.6.1", "The next mail server does not take 8-bit mail");

static const struct reply *refuse(const struct relay *relay, const char *reason)
{
    struct arena *arena = relay->place.arena;
    struct reply *reply = ARENA_NEW(arena, struct reply);
    const char *text = arena_printf(
        arena, "The message cannot be encoded for the next mail server, which takes 7 bits: %s",
        reason);
    *reply = (struct reply){
        .code = 554, .enhanced = SPAN_INIT("5.6.1"), .text = span_str(text), .lines = 1};
    return reply;
}

static const struct reply *encode(struct relay *relay)
{
    const struct downgrade *narrow = relay->outgoing.narrow;
    if (relay->place.tunnel->service->upstream.no_downgrade)
        return &not_wanted;
    if (narrow->has_8bit_header)
        return &header_is_8bit;
    switch (narrow->result) {
    case DOWNGRADE_NEEDLESS:
        return NULL;
    case DOWNGRADE_FAILED:
        return &no_room;
    case DOWNGRADE_REFUSED:
        return refuse(relay, narrow->reason);
    case DOWNGRADE_DONE:
        break;
    }
    log_event(LOG_INFO, "message.encoded", LOG_SPAN("tunnel", relay->place.tunnel->name),
              LOG_STR("hop", relay->place.route->hops[relay->hop].text),
              LOG_NUM("changes", narrow->edits->count));
    relay->text = (struct outgoing){.original = narrow->bytes, .edits = narrow->edits};
    return NULL;
}

const struct reply *relay_choose_text(struct relay *relay)
{
    const struct capabilities *can = upstream_capabilities(relay->upstream);
    const struct outgoing *outgoing = &relay->outgoing;
    bool lacks_utf8 = relay->delivery.params.smtputf8 && !can->smtputf8;
    relay->text = *outgoing;
    if (relay->delivery.params.body == MAIL_BODY_BINARYMIME || (can->eightbitmime && !lacks_utf8))
        return NULL;
    if (downgrade_is_needless(outgoing->original, outgoing->edits))
        return NULL;
    /* Nobody knew of such an upstream when the rules ran. The next time it is known. */
    if (!outgoing->narrow)
        return &not_made;
    if (lacks_utf8 && outgoing->narrow->has_8bit_header)
        return &header_needs_utf8;
    return can->eightbitmime ? NULL : encode(relay);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/utf8.h"
#include "tunnels/delivery/relay_link.h"
#include "tunnels/wire/dsn_params.h"

/*
 * relay_request: MAIL and RCPT as a connection gets them. A parameter goes up only where that
 * connection offered it. The client was offered what all upstreams have, or any (offer.c); where
 * this one has not, what cannot be left out is refused, and for the time being where another try
 * would meet another offer.
 */

static const struct reply no_binary =
    REPLY(451, "4.6.1", "The next mail server does not take BINARYMIME now, try again later");
static const struct reply no_utf8 =
    REPLY(451, "4.6.7", "The next mail server does not take SMTPUTF8 now, try again later");
static const struct reply sender_is_8bit =
    REPLY(553, "5.6.7", "The sender address needs SMTPUTF8, which the next mail server lacks");
static const struct reply recipient_is_8bit =
    REPLY(553, "5.6.7", "The recipient address needs SMTPUTF8, which the next mail server lacks");
static const struct reply no_requiretls =
    REPLY(550, "5.7.30", "REQUIRETLS is not supported by the next mail server");
static const struct reply too_large =
    REPLY(552, "5.3.4", "The message is larger than the next mail server takes");
static const struct reply no_dsn =
    REPLY(451, "4.3.0", "The next mail server takes no NOTIFY=SUCCESS now, try again later");

const struct reply *relay_hindrance(const struct relay *relay)
{
    const struct mail_params *params = &relay->delivery.params;
    const struct capabilities *can = upstream_capabilities(relay->upstream);
    if (params->requiretls && !can->requiretls)
        return &no_requiretls;
    if (params->has_size && can->size && can->size_limit > 0 && params->size > can->size_limit)
        return &too_large;
    if (!can->smtputf8 && !span_is_ascii(relay->delivery.sender))
        return &sender_is_8bit;
    if (!can->smtputf8 && relay->delivery.needs_utf8)
        return &no_utf8;
    bool is_binary = params->body == MAIL_BODY_BINARYMIME;
    if (is_binary && !(can->binarymime && upstream_takes_chunks(relay->upstream)))
        return &no_binary;
    return NULL;
}

enum relay_fit relay_fit(const struct relay *relay)
{
    const struct mail_params *params = &relay->delivery.params;
    const struct capabilities *can = upstream_capabilities(relay->upstream);
    if (relay_hindrance(relay))
        return FIT_NOT;
    /* What is declared SMTPUTF8 or 8-bit need not be so; the text will tell (relay_text.c). */
    if ((params->smtputf8 && !can->smtputf8) ||
        (params->body == MAIL_BODY_8BITMIME && !can->eightbitmime))
        return FIT_POORLY;
    bool no_dsn_here = (params->ret.len > 0 || params->envid.len > 0) && !can->dsn;
    bool no_priority_here = params->has_priority && !can->mt_priority;
    return no_dsn_here || no_priority_here ? FIT_POORLY : FIT_WELL;
}

void relay_write_mail(const struct relay *relay, struct buf *line)
{
    const struct delivery *delivery = &relay->delivery;
    const struct mail_params *params = &delivery->params;
    const struct capabilities *can = upstream_capabilities(relay->upstream);
    buf_add_str(line, "MAIL FROM:<");
    buf_add(line, delivery->sender);
    buf_add_byte(line, '>');
    if (can->size && params->has_size)
        buf_printf(line, " SIZE=%llu", (unsigned long long)params->size);
    if (can->eightbitmime && params->body == MAIL_BODY_8BITMIME)
        buf_add_str(line, " BODY=8BITMIME");
    else if (can->eightbitmime && params->body == MAIL_BODY_7BIT)
        buf_add_str(line, " BODY=7BIT");
    else if (params->body == MAIL_BODY_BINARYMIME)
        buf_add_str(line, " BODY=BINARYMIME");
    if (can->smtputf8 && params->smtputf8)
        buf_add_str(line, " SMTPUTF8");
    if (can->dsn && params->ret.len > 0)
        buf_printf(line, " RET=%.*s", SPAN_ARG(params->ret));
    if (can->dsn && params->envid.len > 0)
        buf_printf(line, " ENVID=%.*s", SPAN_ARG(params->envid));
    /* Who has not logged in is not believed: without it the server takes "<>" (RFC 4954). */
    if (relay->place.login && params->auth.len > 0)
        buf_printf(line, " AUTH=%.*s", SPAN_ARG(params->auth));
    if (params->requiretls)
        buf_add_str(line, " REQUIRETLS");
    if (can->mt_priority && params->has_priority)
        buf_printf(line, " MT-PRIORITY=%d", params->priority);
    buf_add_str(line, "\r\n");
}

void relay_write_rcpt(const struct relay *relay, size_t at, struct buf *line)
{
    const struct request *request = &relay->requests[at];
    bool dsn = upstream_capabilities(relay->upstream)->dsn;
    buf_add_str(line, "RCPT TO:<");
    buf_add(line, request->recipient);
    buf_add_byte(line, '>');
    if (dsn && request->params.notify.len > 0)
        buf_printf(line, " NOTIFY=%.*s", SPAN_ARG(request->params.notify));
    if (dsn && request->params.orcpt.len > 0)
        buf_printf(line, " ORCPT=%.*s", SPAN_ARG(request->params.orcpt));
    buf_add_str(line, "\r\n");
}

/* RFC 3461 section 5.2.2: who passes such mail on to a server without DSN has to tell the sender
 * itself that it did. We cannot; the client can, once our next EHLO does not offer DSN any more.
 * All else is left out there, as the section says. */
const struct reply *relay_refused_rcpt(const struct relay *relay, size_t at)
{
    const struct request *request = &relay->requests[at];
    const struct rcpt_params *params = &request->params;
    const struct capabilities *can = upstream_capabilities(relay->upstream);
    if (!can->smtputf8 && !(span_is_ascii(request->recipient) && span_is_ascii(params->orcpt)))
        return &recipient_is_8bit;
    return !can->dsn && dsn_wants_success(params->notify) ? &no_dsn : NULL;
}

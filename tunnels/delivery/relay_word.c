/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/log.h"
#include "tunnels/delivery/relay_link.h"

/*
 * relay_word: what an upstream says of us is no word about the mail. That our connection is in
 * clear or without a login, or that a command is not known or out of order there, would bounce mail
 * that nothing is wrong with; the client keeps it, and the log says what has to be put right.
 */

static const struct reply wants_more =
    REPLY(451, "4.7.5", "The next mail server wants TLS or a login from us, try again later");
static const struct reply not_understood =
    REPLY(451, "4.3.5", "The next mail server does not understand us, try again later");

/* X.SUBJECT.detail (RFC 3463 section 3); 0: it says nothing. */
static char subject_of(const struct reply *reply)
{
    return reply->enhanced.len > 2 ? reply->enhanced.ptr[2] : '0';
}

bool relay_is_about_protocol(const struct reply *reply)
{
    bool is_named = subject_of(reply) != '5' && subject_of(reply) != '0';
    return reply->code >= 500 && reply->code <= 504 && !is_named;
}

/* 501 to MAIL and RCPT, whose arguments are the client's, is of the address unless it says that it
 * is not. 503 to them is what it says it is, and to RCPT behind a refused MAIL what is to come. */
static bool is_about_us(const struct relay *relay, const struct reply *reply)
{
    bool in_envelope = relay->phase == RELAY_ENVELOPE;
    if (reply->code == 530 || reply->code == 538)
        return true;
    if (in_envelope && reply->code == 501)
        return subject_of(reply) == '5';
    if (in_envelope && reply->code == 503)
        return relay->requests[0].state != REQUEST_REFUSED;
    return relay_is_about_protocol(reply);
}

const struct reply *relay_word(const struct relay *relay, const struct reply *reply)
{
    static const char *const stages[] = {"envelope", "data", "text", "text", "text"};
    /* A client that has logged in there hears all: it is in part its own doing. */
    if (relay->place.login || !is_about_us(relay, reply))
        return reply;
    const struct reply *said =
        reply->code == 530 || reply->code == 538 ? &wants_more : &not_understood;
    log_event(LOG_WARNING, "upstream.wants_else", LOG_SPAN("tunnel", relay->place.tunnel->name),
              LOG_STR("hop", relay->place.route->hops[relay->hop].text),
              LOG_STR("stage", stages[relay->phase]), LOG_NUM("code", reply->code),
              LOG_SPAN("enhanced", reply->enhanced), LOG_WHOLE("reason", reply->text));
    return said;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/delivery/relay_link.h"

/*
 * relay_limits: the limits that an upstream names (LIMITS, RFC 9422) are obeyed before it has to
 * refuse: a client that hears 452 sends the other recipients in another transaction.
 */

static const struct reply too_many =
    REPLY(452, "4.5.3", "Too many recipients for the next mail server");
static const struct reply too_many_domains =
    REPLY(452, "4.5.3", "Too many recipient domains for the next mail server");

static struct span domain_of(struct span recipient)
{
    size_t at = recipient.len;
    while (at > 0 && recipient.ptr[at - 1] != '@')
        at--;
    return span_from(recipient, at);
}

/* Whether no recipient asked before has that domain. */
static bool is_new_domain(const struct relay *relay, size_t at)
{
    struct span domain = domain_of(relay->requests[at].recipient);
    for (size_t i = 1; i < at; i++) {
        if (!relay->requests[i].unasked &&
            span_equal_nocase(domain_of(relay->requests[i].recipient), domain))
            return false;
    }
    return true;
}

const struct reply *relay_count_rcpt(struct relay *relay, size_t at)
{
    const struct smtp_limits *limits = &upstream_capabilities(relay->upstream)->limits;
    if (limits->rcpt_max > 0 && relay->rcpts >= limits->rcpt_max)
        return &too_many;
    if (limits->rcpt_domain_max > 0 && is_new_domain(relay, at)) {
        if (relay->domains >= limits->rcpt_domain_max)
            return &too_many_domains;
        relay->domains++;
    }
    relay->rcpts++;
    return NULL;
}

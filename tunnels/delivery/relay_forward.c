/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/log.h"
#include "tunnels/delivery/relay_link.h"

#include <stdio.h>

/*
 * relay_forward: XFORWARD (Postfix, XFORWARD_README): who the client is, in front of each MAIL, for
 * the upstream's log. Only what it lists. A refusal is logged and the mail goes on, as Postfix
 * does: nothing is decided by it.
 */

/* Of an attribute's value, so that a line is no longer than 512 bytes. */
#define VALUE_MAX 120u

static void add(struct buf *line, const struct relay *relay, enum xforward attribute,
                const char *name, struct span value)
{
    if (!(upstream_capabilities(relay->upstream)->xforward_attributes & 1u << attribute))
        return;
    buf_printf(line, " %s=", name);
    if (value.len == 0 || value.len > VALUE_MAX)
        buf_add_str(line, "[UNAVAILABLE]");
    else
        xtext_add(line, value);
}

/* In two lines, as Postfix does: together they could be too long. */
static void write_line(const struct relay *relay, unsigned number, struct buf *line)
{
    const struct delivery_place *place = &relay->place;
    char port[8];
    (void)snprintf(port, sizeof port, "%u", place->client_port);
    if (number == 0) {
        add(line, relay, XFORWARD_NAME, "NAME", SPAN(""));
        add(line, relay, XFORWARD_ADDR, "ADDR", span_str(place->client_address));
        add(line, relay, XFORWARD_PORT, "PORT", place->client_port ? span_str(port) : SPAN(""));
        return;
    }
    add(line, relay, XFORWARD_PROTO, "PROTO",
        place->client_extended ? SPAN("ESMTP") : SPAN("SMTP"));
    add(line, relay, XFORWARD_HELO, "HELO", place->client_helo);
    add(line, relay, XFORWARD_SOURCE, "SOURCE", SPAN("REMOTE"));
}

bool relay_forward(struct relay *relay)
{
    struct buf line = BUF_INIT;
    bool sent = false;
    if (relay->place.tunnel->service->upstream.send_proxy != SEND_PROXY_XFORWARD)
        return false;
    while (!sent && relay->forwarded < XFORWARD_LINES) {
        buf_add_str(&line, "XFORWARD");
        size_t empty = line.len;
        write_line(relay, relay->forwarded++, &line);
        sent = line.len > empty;
        if (sent) {
            buf_add_str(&line, "\r\n");
            upstream_command(relay->upstream, buf_span(&line));
            relay->forward_owed++;
        }
        line.len = 0;
    }
    buf_fini(&line);
    return sent;
}

void relay_forward_reply(struct relay *relay, const struct reply *reply)
{
    relay->forward_owed--;
    if (!reply_is_positive(reply))
        log_event(LOG_WARNING, "upstream.xforward_refused",
                  LOG_STR("peer", relay->place.route->hops[relay->hop].text),
                  LOG_NUM("code", reply->code), LOG_WHOLE("reply", reply->text));
}

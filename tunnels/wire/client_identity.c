/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/client_identity.h"

#include "engine/base/mem.h"

#include <stdio.h>

#define LINE_MAX_BYTES 512u
/* So that each attribute has room in a line of its own. */
#define VALUE_MAX 480u

const char *const xclient_names[XCLIENT_COUNT] = {
    "NAME", "REVERSE_NAME", "ADDR", "PORT", "PROTO", "HELO", "DESTADDR", "DESTPORT", "LOGIN"};

static struct span put(char **at, struct span text)
{
    char *start = *at;
    if (text.len > 0)
        memcpy(start, text.ptr, text.len);
    *at += text.len;
    return span_of(start, text.len);
}

struct client_identity *client_identity_copy(const struct client_identity *identity)
{
    struct client_identity *copy =
        mem_alloc(sizeof *copy + identity->helo.len + identity->user.len);
    char *at = (char *)(copy + 1);
    *copy = *identity;
    copy->helo = put(&at, identity->helo);
    copy->user = put(&at, identity->user);
    return copy;
}

static bool is_same_end(const struct proxy_end *a, const struct proxy_end *b)
{
    return a->port == b->port && strcmp(a->address, b->address) == 0;
}

bool client_identity_same_ends(const struct client_identity *a, const struct client_identity *b)
{
    return is_same_end(&a->client, &b->client) && is_same_end(&a->server, &b->server);
}

bool client_identity_equals(const struct client_identity *a, const struct client_identity *b)
{
    return client_identity_same_ends(a, b) && a->is_extended == b->is_extended &&
           span_equal(a->helo, b->helo) && span_equal(a->user, b->user);
}

void xtext_add(struct buf *out, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c > ' ' && c < 0x7f && c != '+' && c != '=')
            buf_add_byte(out, text.ptr[i]);
        else
            buf_printf(out, "+%02X", c);
    }
}

/* conn_peer_address() says "unknown" of a socket that cannot be asked. */
static struct span address_of(const struct proxy_end *end)
{
    struct span text = span_str(end->address);
    return span_is(text, "unknown") ? SPAN("") : text;
}

static struct span value_of(const struct client_identity *identity, enum xclient attribute,
                            char port[8])
{
    const struct proxy_end *end =
        attribute == XCLIENT_DESTPORT ? &identity->server : &identity->client;
    (void)snprintf(port, 8, "%u", end->port);
    switch (attribute) {
    case XCLIENT_ADDR:
        return address_of(&identity->client);
    case XCLIENT_DESTADDR:
        return address_of(&identity->server);
    case XCLIENT_PORT:
    case XCLIENT_DESTPORT:
        return end->port ? span_str(port) : SPAN("");
    case XCLIENT_PROTO:
        return identity->is_extended ? SPAN("ESMTP") : SPAN("SMTP");
    case XCLIENT_HELO:
        return identity->helo;
    case XCLIENT_LOGIN:
        return identity->user;
    case XCLIENT_NAME: /* addresses are not looked up here */
    case XCLIENT_REVERSE_NAME:
    case XCLIENT_COUNT:
        break;
    }
    return SPAN("");
}

static void write_attribute(const struct client_identity *identity, enum xclient attribute,
                            struct buf *out)
{
    char port[8];
    struct span value = value_of(identity, attribute, port);
    buf_printf(out, " %s=", xclient_names[attribute]);
    size_t start = out->len;
    xtext_add(out, value);
    if (value.len > 0 && out->len - start <= VALUE_MAX)
        return;
    out->len = start;
    buf_add_str(out, "[UNAVAILABLE]");
}

static bool is_sent(const struct client_identity *identity, unsigned attributes, unsigned at)
{
    return (attributes & 1u << at) && (at != XCLIENT_LOGIN || identity->user.len > 0);
}

bool xclient_write(const struct client_identity *identity, unsigned attributes, unsigned *next,
                   struct buf *line)
{
    struct buf attribute = BUF_INIT;
    bool any = false;
    bool full = false;
    buf_add_str(line, "XCLIENT");
    for (; *next < XCLIENT_COUNT && !full; *next += !full) {
        if (!is_sent(identity, attributes, *next))
            continue;
        attribute.len = 0;
        write_attribute(identity, (enum xclient) * next, &attribute);
        full = line->len + attribute.len + strlen("\r\n") > LINE_MAX_BYTES;
        if (!full)
            buf_add(line, buf_span(&attribute));
        any |= !full;
    }
    buf_add_str(line, "\r\n");
    buf_fini(&attribute);
    return any;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_auth: logging in at an upstream (RFC 4954) by PLAIN (RFC 4616), else by LOGIN, and under
 * TLS only, whatever the peer offers. Name and password go into no log: neither do the peer's
 * words, which may repeat them.
 */
#include "engine/base/buf.h"
#include "engine/message/codecs/base64.h"
#include "tunnels/upstream/upstream_link.h"

#include <stdio.h>
#include <stdlib.h>

/* A command line with a longer answer in it would be too long for some (RFC 4954 section 4): the
 * answer then waits for its 334. */
#define COMMAND_MAX 512u

/* Memory that a secret is put together in: never moved, wiped when done. */
static void reserve(struct buf *buf, size_t size)
{
    if (!buf_try_reserve(buf, size))
        abort();
}

static void wipe(struct buf *buf)
{
    if (buf->ptr)
        explicit_bzero(buf->ptr, buf->cap);
    buf_fini(buf);
}

static void add_base64(struct buf *out, struct span octets)
{
    char quantum[4];
    for (size_t at = 0; at < octets.len; at += 3) {
        size_t left = octets.len - at;
        base64_quantum(octets.ptr + at, left < 3 ? left : 3, quantum);
        buf_add(out, span_of(quantum, sizeof quantum));
    }
}

static void send_base64(struct upstream *upstream, const char *command, struct span octets)
{
    struct buf line = BUF_INIT;
    reserve(&line, strlen(command) + (octets.len / 3 + 1) * 4 + 2);
    buf_add_str(&line, command);
    add_base64(&line, octets);
    buf_add_str(&line, "\r\n");
    upstream_send_line(upstream, buf_span(&line));
    wipe(&line);
}

/* NUL, name, NUL, password (RFC 4616 section 2: no other identity is asked for). */
static void send_plain(struct upstream *upstream, const char *command)
{
    const struct peer *peer = upstream->peer;
    struct buf secret = BUF_INIT;
    reserve(&secret, strlen(peer->username) + strlen(peer->password) + 2);
    buf_add_byte(&secret, '\0');
    buf_add_str(&secret, peer->username);
    buf_add_byte(&secret, '\0');
    buf_add_str(&secret, peer->password);
    send_base64(upstream, command, buf_span(&secret));
    wipe(&secret);
    upstream->auth_step = AUTH_AWAIT;
}

static void begin_plain(struct upstream *upstream)
{
    const struct peer *peer = upstream->peer;
    size_t octets = strlen(peer->username) + strlen(peer->password) + 2;
    if (strlen("AUTH PLAIN \r\n") + (octets / 3 + 1) * 4 <= COMMAND_MAX) {
        send_plain(upstream, "AUTH PLAIN ");
        return;
    }
    upstream->auth_step = AUTH_SEND_PLAIN;
    upstream_send_line(upstream, SPAN("AUTH PLAIN\r\n"));
}

static void refuse(struct upstream *upstream, const char *reason)
{
    upstream_lose(upstream, PEER_LOGIN_FAILED, reason);
}

static bool is_private(const struct conn *conn)
{
    struct span address = span_str(conn_peer_address(conn));
    return conn_is_secure(conn) || span_starts(address, SPAN("127.")) ||
           span_is(address, "IPv6:::1");
}

void upstream_log_in(struct upstream *upstream)
{
    upstream->capabilities.is_private = is_private(upstream->conn);
    if (!upstream->peer->username) {
        upstream_become_ready(upstream);
        return;
    }
    upstream_enter(upstream, UPSTREAM_AUTH);
    if (!conn_is_secure(upstream->conn)) {
        refuse(upstream, "a password is sent under TLS only, and this connection is in clear");
    } else if (upstream->capabilities.auth_plain) {
        begin_plain(upstream);
    } else if (upstream->capabilities.auth_login) {
        upstream->auth_step = AUTH_SEND_NAME;
        upstream_send_line(upstream, SPAN("AUTH LOGIN\r\n"));
    } else {
        refuse(upstream, "neither AUTH PLAIN nor AUTH LOGIN is offered");
    }
}

/* 334: it wants what comes next. */
static bool send_next(struct upstream *upstream)
{
    const struct peer *peer = upstream->peer;
    switch (upstream->auth_step) {
    case AUTH_SEND_PLAIN:
        send_plain(upstream, "");
        return true;
    case AUTH_SEND_NAME:
        upstream->auth_step = AUTH_SEND_PASSWORD;
        send_base64(upstream, "", span_str(peer->username));
        return true;
    case AUTH_SEND_PASSWORD:
        upstream->auth_step = AUTH_AWAIT;
        send_base64(upstream, "", span_str(peer->password));
        return true;
    case AUTH_OVER:
    case AUTH_AWAIT:
        break;
    }
    return false;
}

void upstream_auth_reply(struct upstream *upstream, const struct reply *reply)
{
    char reason[80];
    upstream->outstanding--;
    if (reply->code == 334 && send_next(upstream))
        return;
    if (reply->code == 235 && upstream->auth_step == AUTH_AWAIT) {
        upstream->auth_step = AUTH_OVER;
        upstream_become_ready(upstream);
        return;
    }
    (void)snprintf(reason, sizeof reason, "the login was answered with %u %.*s", reply->code,
                   SPAN_ARG(reply->enhanced));
    refuse(upstream, reason);
}

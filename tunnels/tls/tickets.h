/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls/tickets: the keys of the session tickets of one tunnel (RFC 5077, RFC 8446 section 4.6.1),
 * shared by all loops so that a client may come back to any of them, and kept over reloads as long
 * as the tunnel's TLS stays what it was. Keys rotate by themselves; a ticket is good for an hour at
 * most. Any thread; counted.
 */
#ifndef CULVERT_TUNNELS_TLS_TICKETS_H
#define CULVERT_TUNNELS_TLS_TICKETS_H

#include "engine/base/error.h"

struct tls_tickets;

#define TLS_TICKET_LIFETIME_S 3600u

struct tls_tickets *tls_tickets_new(struct error *err) MUST_USE;
void tls_tickets_ref(struct tls_tickets *tickets);
void tls_tickets_unref(struct tls_tickets **tickets);

#endif

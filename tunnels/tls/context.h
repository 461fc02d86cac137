/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls/context: one loop's working copy of TLS settings: parsed certificates and keys, the library's
 * configuration. Streams hold a reference, so that a reload changes what new connections get and
 * leaves the others alone. One loop's thread, the count too.
 */
#ifndef CULVERT_TUNNELS_TLS_CONTEXT_H
#define CULVERT_TUNNELS_TLS_CONTEXT_H

#include "engine/base/error.h"
#include "tunnels/tls/settings.h"
#include "tunnels/tls/tickets.h"

struct tls_context;

/* In main, before any thread; the library's own set-up. */
bool tls_library_init(struct error *err) MUST_USE;
void tls_library_fini(void);

/* `tickets` NULL: sessions are not resumed. Fails only on settings that tls/files.h would have
 * refused, or without memory. */
struct tls_context *tls_context_server(const struct tls_server_settings *settings,
                                       struct tls_tickets *tickets, struct error *err) MUST_USE;
struct tls_context *tls_context_client(const struct tls_client_settings *settings,
                                       struct error *err) MUST_USE;
void tls_context_ref(struct tls_context *context);
void tls_context_unref(struct tls_context **context);

#endif

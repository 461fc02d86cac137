/* SPDX-License-Identifier: Apache-2.0 */
/* tls/kinds: which kinds of keys a tunnel has certificates for; a suite of TLS 1.2 wants one kind.
 * A value. */
#ifndef CULVERT_TUNNELS_TLS_KINDS_H
#define CULVERT_TUNNELS_TLS_KINDS_H

#include "config/reader/node.h"
#include "tunnels/tls/settings.h"

struct tls_kinds {
    bool rsa, ec;
};

struct tls_kinds tls_kinds_of(const struct tls_server_settings *settings);

/* Whether a handshake can come to that suite. */
bool tls_kinds_fit(const struct tls_kinds *kinds, int suite);

/* Complains at `node`, the key of the suites, where no certificate fits to any; warns where none
 * does of TLS 1.2. */
bool tls_kinds_check(struct reader *reader, const struct node *node,
                     const struct tls_server_settings *settings) MUST_USE;

#endif

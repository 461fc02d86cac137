/* SPDX-License-Identifier: Apache-2.0 */
/* tls/describe: what a tunnel offers under TLS, as text for people. Main thread. */
#ifndef CULVERT_TUNNELS_TLS_DESCRIBE_H
#define CULVERT_TUNNELS_TLS_DESCRIBE_H

#include "engine/base/buf.h"
#include "tunnels/tls/settings.h"

/* Versions, suites in their order, client certificates, and each certificate with its
 * chain; lines with an indent of two. */
void tls_describe_server(const struct tls_server_settings *settings, struct buf *out);

#endif

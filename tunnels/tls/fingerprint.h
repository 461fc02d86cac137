/* SPDX-License-Identifier: Apache-2.0 */
/* tls/fingerprint: SHA-256 over everything that settings say, the contents of files included: equal
 * for settings that behave the same. Any thread. */
#ifndef CULVERT_TUNNELS_TLS_FINGERPRINT_H
#define CULVERT_TUNNELS_TLS_FINGERPRINT_H

#include "tunnels/tls/settings.h"

void tls_fingerprint_server(struct tls_server_settings *settings);
void tls_fingerprint_client(struct tls_client_settings *settings);

#endif

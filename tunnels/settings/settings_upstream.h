/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings_upstream: a service's "upstream" as an administrator writes it: first its form, later
 * the files that it names, where the service is in use. Main thread.
 */
#ifndef CULVERT_TUNNELS_SETTINGS_SETTINGS_UPSTREAM_H
#define CULVERT_TUNNELS_SETTINGS_SETTINGS_UPSTREAM_H

#include "tunnels/tls/files.h"
#include "tunnels/tunnel.h"

/* What is in files. */
struct tls_client_plan {
    struct tls_identity_files identity; /* certificate path empty: none */
    struct tls_file authorities;
    struct tls_file system; /* authorities where none are configured */
    struct tls_file password;
};

extern const struct key_table upstream_key_table;

/* Reads the object `node` (may be absent); `service` has its routes. */
bool settings_upstream_read(struct reader *reader, struct node node, struct service *service,
                            struct tls_client_plan *out) MUST_USE;

bool settings_upstream_open(struct reader *reader, const struct tls_client_plan *plan,
                            struct upstream_settings *out) MUST_USE;

#endif

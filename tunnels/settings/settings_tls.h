/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings_tls: the TLS of a tunnel as an administrator writes it: first its form (mode, versions,
 * suites, which files), later the files themselves, where the tunnel loads. Main thread.
 */
#ifndef CULVERT_TUNNELS_SETTINGS_SETTINGS_TLS_H
#define CULVERT_TUNNELS_SETTINGS_SETTINGS_TLS_H

#include "tunnels/tls/files.h"
#include "tunnels/tunnel.h"

/* Read, but for the files. */
struct tls_server_plan {
    struct tls_identity_files *identities;
    size_t identity_count;
    struct tls_file authorities;
    struct node suites;                  /* absent: the default ones */
    struct tls_server_settings settings; /* without what is in files */
};

/* Keys of a tunnel. */
struct tls_server_raw {
    int tls_mode; /* TLS_MODE_UNSET: not configured */
    struct span certificate, certificate_key, certificate_key_password_file, cipher_suites;
    struct node certificates;
};

#define TLS_MODE_UNSET 100

extern const struct enum_value tls_mode_values[];
extern const struct key_table ssl_key_table;         /* advanced_settings.ssl_options */
extern const struct key_table certificate_key_table; /* an item of certificates */

/* Reads what stands in the tunnel `node` and in its `ssl_options` (may be absent), complains, and
 * sets the mode. What is not enabled is asked for its form only. */
bool settings_tls_read(struct reader *reader, const struct node *node,
                       const struct tls_server_raw *raw, struct node ssl_options, int64_t port,
                       struct tls_server_plan *out, enum tls_mode *mode_out) MUST_USE;

/* Reads the files; *out NULL where there is no TLS. */
bool settings_tls_open(struct reader *reader, const struct tls_server_plan *plan,
                       enum tls_mode mode, const struct tls_server_settings **out) MUST_USE;

/* The complaint about a version that is no longer safe, by one of the names that are given to it
 * ("TLSv1", "PROTOCOL_SSLv3"); true: it is none of those. */
bool settings_tls_is_safe(struct reader *reader, const struct node *node, const char *instead);

/* Of a certificate and what belongs to it, in the object `node`. */
struct tls_identity_files settings_tls_files(struct reader *reader, const struct node *node,
                                             struct span certificate, struct span key,
                                             struct span password);
/* Whether none of them stands there without what it belongs to; complains. */
bool settings_tls_together(struct reader *reader, const struct tls_identity_files *files) MUST_USE;

#endif

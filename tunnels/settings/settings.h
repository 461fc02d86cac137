/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings: tunnels and services as an administrator writes them: the tables of their keys and
 * their reading. What needs the whole configuration (references, interfaces, duplicates) is checked
 * by the policy. Everything lives in the arena of the reader. Main thread.
 */
#ifndef CULVERT_TUNNELS_SETTINGS_SETTINGS_H
#define CULVERT_TUNNELS_SETTINGS_SETTINGS_H

#include "config/reader/node.h"
#include "tunnels/settings/settings_loop.h"
#include "tunnels/settings/settings_tls.h"
#include "tunnels/settings/settings_upstream.h"
#include "tunnels/tunnel.h"

/* A tunnel that is read, with what the run-time structure has no place for. */
struct tunnel_settings {
    struct node node;
    struct common_keys common;
    struct string_list labels;
    struct span listening_interface;
    struct node spool_directory; /* may be absent */
    struct tls_server_plan tls;
    struct tunnel tunnel; /* without policy, address, tls and service; server_name "" */
};

/* A service that is read. */
struct service_settings {
    struct node node;
    struct common_keys common;
    struct string_list tunnels;
    struct span ruleset;
    struct tls_client_plan tls;
    struct loop_plan loop;
    struct service service; /* without inspection.ruleset, and what is in files; helo_name "" */
};

/* Both complain about everything wrong; what is not enabled is asked for its form only. */
bool tunnel_settings_read(struct reader *reader, const struct node *node,
                          struct tunnel_settings *out) MUST_USE;
bool service_settings_read(struct reader *reader, const struct node *node,
                           struct service_settings *out) MUST_USE;

/* Read and check the files that they name: certificates, keys, passwords. For what is in use. */
bool tunnel_settings_open(struct reader *reader, struct tunnel_settings *settings) MUST_USE;
bool service_settings_open(struct reader *reader, struct service_settings *settings) MUST_USE;
/* What can be read of them, for who only tries rules. */
bool service_settings_try(struct reader *reader, struct service_settings *settings) MUST_USE;

/* Of the items of "tunnels" and "services", for the table of the top level. */
extern const struct key_table tunnel_key_table;
extern const struct key_table service_key_table;

/*
 * Reads the optional object `node`, a part of a tunnel or service, into `out` of `size` bytes over
 * the defaults of its table. Where it is not enabled, the defaults alone remain and `node` is
 * absent from then on.
 */
bool settings_read_part(struct reader *reader, struct node *node, const struct key_table *table,
                        void *out, size_t size) MUST_USE;

/* Others refer to it, and it stands in lines of the log: a "name" that is there is not empty and
 * has no control characters. */
bool settings_check_name(struct reader *reader, const struct node *node) MUST_USE;

/* Whether a message's own meaning hangs on header fields of that name (RFC 5322, MIME, trace), or
 * we write them for another purpose. */
bool settings_is_taken_field(struct span name);

/* The complaint about what a later version brings; returns false. */
bool settings_not_yet(struct reader *reader, const struct node *node, const char *what);

#endif

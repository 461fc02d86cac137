/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls/suites: the TLS cipher suites that may be used, by the names that IANA, mbedTLS and OpenSSL
 * give them. Only suites with forward secrecy and authenticated encryption are known (RFC 9325,
 * section 4.2). Any thread.
 */
#ifndef CULVERT_TUNNELS_TLS_SUITES_H
#define CULVERT_TUNNELS_TLS_SUITES_H

#include "config/reader/node.h"
#include "tunnels/tls/settings.h"

/* Those that are used without `cipher_suites`, in order, 0 at the end. */
extern const int tls_suites_default[];

/* The IANA name of the suite of that number, or "unknown". */
const char *tls_suite_name(int number);
/* Whether it is one of TLS 1.3. */
bool tls_suite_is_1_3(int number);

/*
 * Reads a list, separated by ';', ':' or ',', into numbers with 0 at the end, in the reader's
 * arena; complains at `node` about each unknown name, with near ones. A list without a suite of one
 * of the versions takes that version away: `*versions` is narrowed.
 */
bool tls_suites_read(struct reader *reader, const struct node *node, struct span list,
                     enum tls_versions *versions, const int **suites_out) MUST_USE;

#endif

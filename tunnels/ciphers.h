/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ciphers: the names of TLS cipher suites, as IANA, mbedTLS and OpenSSL write them. Only suites
 * with forward secrecy and authenticated encryption are known (RFC 9325, section 4.2). Any thread.
 */
#ifndef CULVERT_TUNNELS_CIPHERS_H
#define CULVERT_TUNNELS_CIPHERS_H

#include "config/reader/node.h"

/* The IANA name of the suite, or NULL. */
const char *cipher_by_name(struct span name);

/* Checks a list, separated by ';', ':' or ','; complains at `node` about each unknown name. */
bool ciphers_check(struct reader *reader, const struct node *node, struct span list) MUST_USE;

#endif

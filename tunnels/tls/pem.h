/* SPDX-License-Identifier: Apache-2.0 */
/* tls/pem: the blocks of a PEM file (RFC 7468), told apart by their labels. Pure; any thread. */
#ifndef CULVERT_TUNNELS_TLS_PEM_H
#define CULVERT_TUNNELS_TLS_PEM_H

#include "engine/base/span.h"

struct pem_block {
    struct span label; /* "CERTIFICATE" */
    struct span text;  /* from "-----BEGIN" to behind the end line */
};

/* Takes the next complete block from the front of `rest`; false: there is none. */
bool pem_next(struct span *rest, struct pem_block *out);

/* The same, of the next block whose label ends with those words. */
bool pem_next_of(struct span *rest, struct span words, struct pem_block *out);

#endif

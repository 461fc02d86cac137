/* SPDX-License-Identifier: Apache-2.0 */
/* tls/inspect: what may be wrong with a certificate that is to be shown, or with one of an
 * authority. Main thread. */
#ifndef CULVERT_TUNNELS_TLS_INSPECT_H
#define CULVERT_TUNNELS_TLS_INSPECT_H

#include "tunnels/tls/files.h"

#include <mbedtls/x509_crt.h>

/* `chain` is what was read from `file`, in its order: the certificate itself first. */
bool tls_inspect_chain(struct reader *reader, const struct tls_file *file, enum tls_purpose purpose,
                       const mbedtls_x509_crt *chain) MUST_USE;

#endif

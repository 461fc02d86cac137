/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/tls/inspect.h"

bool tls_inspect_chain(struct reader *reader, const struct tls_file *file, enum tls_purpose purpose,
                       const mbedtls_x509_crt *chain)
{
    (void)reader;
    (void)file;
    (void)purpose;
    (void)chain;
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile upstream (and client) against the whole engine. */
#include "tests/support/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    script_play(data, size, false);
    return 0;
}

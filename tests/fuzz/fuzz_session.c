/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile client against the whole engine, whose upstream behaves. */
#include "tests/support/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    script_play(data, size, true);
    return 0;
}

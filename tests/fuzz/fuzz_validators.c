/* SPDX-License-Identifier: Apache-2.0 */
/* Every validator over any bytes: no harm, and the same answer for the same bytes elsewhere. */
#include "rulesets/detection/validators/validators.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size + 1);
    if (!copy)
        abort();
    if (size > 0)
        memcpy(copy, data, size);
    copy[size] = '0'; /* what stands behind a value must not count */
    for (const char *const *name = validator_names(); *name; name++) {
        const struct validator *validator = validator_find(span_str(*name));
        if (!validator)
            abort();
        bool holds = validator->check(span_of((const char *)data, size));
        if (holds != validator->check(span_of(copy, size)) || (holds && size == 0))
            abort();
    }
    (void)validator_find(span_of((const char *)data, size));
    free(copy);
    return 0;
}

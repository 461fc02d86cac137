/* SPDX-License-Identifier: Apache-2.0 */
/* A pattern, a NUL, a text: the scanner in front of Oniguruma changes nothing. */
#include "engine/base/utf8.h"
#include "engine/pattern/pattern.h"
#include "tests/support/scanning.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    struct error err = ERROR_INIT;
    struct span input = span_of((const char *)data, size);
    size_t end = span_find_byte(input, '\0');
    if (!ready)
        pattern_library_init();
    ready = true;
    if (end == SPAN_NONE || end > 60 || size > 400)
        return 0;
    struct span text = span_from(input, end + 1);
    struct pattern *pattern = pattern_new(span_sub(input, 0, end), PATTERN_UTF8, &err);
    if (!pattern)
        return 0;
    if (utf8_is_valid(text) && scanning_compare(pattern, text) == SCANNING_DIFFERS)
        abort();
    pattern_free(&pattern);
    return 0;
}

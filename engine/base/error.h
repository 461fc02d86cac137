/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error: why something failed, in words for a person, on the caller's stack. The first error
 * wins; callers on the way up add what they know with error_prefix(). Never holds message content.
 */
#ifndef CULVERT_BASE_ERROR_H
#define CULVERT_BASE_ERROR_H

#include "engine/base/attrs.h"

#include <stdbool.h>

struct error {
    int code; /* an errno value where one fits, else 0 */
    char text[504];
};

#define ERROR_INIT                                                                                 \
    {                                                                                              \
        0, ""                                                                                      \
    }

static inline bool error_is_set(const struct error *err)
{
    return err->text[0] != '\0';
}

/* Sets the text; always returns false, so that `return error_set(...)` reads well. `err` may be
 * NULL. */
bool error_set(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* The same with a code of <errno.h> that says of what kind it is. */
bool error_set_code(struct error *err, int code, const char *format, ...) PRINTF_LIKE(3, 4);

/* The same for a failed system call: appends ": " and strerror(errnum), keeps errnum as code. */
bool error_set_errno(struct error *err, int errnum, const char *format, ...) PRINTF_LIKE(3, 4);

/* Puts the formatted text and ": " before what `err` says. */
void error_prefix(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/uninspected.h"

#include "engine/base/attrs.h"

#include <assert.h>

static const char *const names[] = {
    [UNINSPECTED_NONE] = "none",
    [UNINSPECTED_TOO_BIG] = "too_big",
    [UNINSPECTED_LIMIT] = "limit",
    [UNINSPECTED_CHARSET] = "charset",
    [UNINSPECTED_ENCODING] = "encoding",
    [UNINSPECTED_HTML_TOO_COMPLEX] = "html_too_complex",
    [UNINSPECTED_CONTAINER] = "container",
    [UNINSPECTED_ENCRYPTED] = "encrypted",
    [UNINSPECTED_PATTERN_LIMIT] = "pattern_limit",
    [UNINSPECTED_TOO_MANY_MATCHES] = "too_many_matches",
    [UNINSPECTED_TIME_BUDGET] = "time_budget",
};

_Static_assert(ARRAY_LEN(names) == UNINSPECTED_COUNT, "every reason has a name");

const char *uninspected_name(enum uninspected reason)
{
    assert((unsigned)reason < UNINSPECTED_COUNT);
    return names[reason];
}

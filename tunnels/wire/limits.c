/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/limits.h"

/* RFC 9422 section 5: six digits at most, the first one not 0. */
#define DIGITS_MAX 6u

static unsigned parse_number(struct span text)
{
    uint64_t number;
    if (text.len == 0 || text.len > DIGITS_MAX || text.ptr[0] == '0' || !span_to_u64(text, &number))
        return 0;
    return (unsigned)number;
}

void smtp_limits_parse(struct span params, struct smtp_limits *out)
{
    struct span one;
    *out = (struct smtp_limits){0};
    while (span_next(&params, ' ', &one)) {
        size_t at = span_find_byte(one, '=');
        if (at == SPAN_NONE)
            continue;
        struct span name = span_sub(one, 0, at);
        unsigned number = parse_number(span_from(one, at + 1));
        if (span_is_nocase(name, "MAILMAX"))
            out->mail_max = number;
        else if (span_is_nocase(name, "RCPTMAX"))
            out->rcpt_max = number;
        else if (span_is_nocase(name, "RCPTDOMAINMAX"))
            out->rcpt_domain_max = number;
    }
}

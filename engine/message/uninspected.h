/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uninspected: the named reasons why something could not be looked at. Each is an outcome with a
 * policy (`on_uninspectable`), counted and logged, never silent (DESIGN promise 5). The names are
 * public: they stand in `X-Culvert-Uninspected` and in the log.
 */
#ifndef CULVERT_MESSAGE_UNINSPECTED_H
#define CULVERT_MESSAGE_UNINSPECTED_H

enum uninspected {
    UNINSPECTED_NONE,
    UNINSPECTED_TOO_BIG,          /* beyond inspection.max_inspect_size */
    UNINSPECTED_LIMIT,            /* a limit of the map: too many fields, parts, levels ... */
    UNINSPECTED_CHARSET,          /* a charset that nobody here knows */
    UNINSPECTED_ENCODING,         /* a transfer encoding that nobody here knows, or broken */
    UNINSPECTED_HTML_TOO_COMPLEX, /* more than the HTML reader takes on */
    UNINSPECTED_CONTAINER,        /* an archive or document that no rule can read */
    UNINSPECTED_ENCRYPTED,
    UNINSPECTED_PATTERN_LIMIT, /* a pattern hit its retry or stack limit */
    UNINSPECTED_TOO_MANY_MATCHES,
    UNINSPECTED_TIME_BUDGET,
    UNINSPECTED_COUNT
};

/* "too_big", "limit", ...; never NULL. */
const char *uninspected_name(enum uninspected reason);

#endif

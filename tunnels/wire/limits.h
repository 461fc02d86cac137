/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits: what a server says of its limits in its EHLO reply (LIMITS, RFC 9422), so that a client
 * need not run into them. A value; any thread.
 */
#ifndef CULVERT_WIRE_LIMITS_H
#define CULVERT_WIRE_LIMITS_H

#include "engine/base/span.h"

/* 0: no limit is named. */
struct smtp_limits {
    unsigned mail_max;        /* MAIL commands of a session, taken or refused (MAILMAX) */
    unsigned rcpt_max;        /* RCPT commands of a transaction, the same (RCPTMAX) */
    unsigned rcpt_domain_max; /* domains in RCPT commands of a session (RCPTDOMAINMAX) */
};

/* What stands behind the keyword: "MAILMAX=5 RCPTMAX=100". Unknown limits and values that are none
 * are passed over. */
void smtp_limits_parse(struct span params, struct smtp_limits *out);

#endif

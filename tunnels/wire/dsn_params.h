/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dsn_params: the values of the parameters that RFC 3461 (delivery status notifications) adds to
 * MAIL and RCPT. They are only looked at: what is right is passed on as it stands. No I/O, any
 * thread.
 */
#ifndef CULVERT_WIRE_DSN_PARAMS_H
#define CULVERT_WIRE_DSN_PARAMS_H

#include "engine/base/span.h"

#define DSN_ENVID_MAX 100u /* characters of the value (RFC 3461 section 4.4) */
#define DSN_ORCPT_MAX 500u /* RFC 3461 section 4.2 */

/* "FULL" / "HDRS" (section 4.3) */
bool dsn_is_ret(struct span value);
/* xtext of printable characters (section 4.4) */
bool dsn_is_envid(struct span value);
/* "NEVER", or a list of SUCCESS, FAILURE and DELAY, each once at most (section 4.1) */
bool dsn_is_notify(struct span value);
/* Whether the sender wants to hear of the delivery. */
bool dsn_wants_success(struct span notify);

/* addr-type ";" xtext (section 4.2). The address of type utf-8 has the form of RFC 6533 section 3;
 * as bare UTF-8 only with `utf8`. */
bool dsn_is_orcpt(struct span value, bool utf8);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address: the arguments of MAIL and RCPT.
 *
 *     "FROM:" Reverse-path [SP Mail-parameters]        RFC 5321 section 4.1.1.2
 *     "TO:" Forward-path [SP Rcpt-parameters]          RFC 5321 section 4.1.1.3
 *     Path = "<" [ A-d-l ":" ] Mailbox ">"             RFC 5321 section 4.1.2
 *     esmtp-param = esmtp-keyword ["=" esmtp-value]
 *
 * Strict: no blanks inside, no missing angle brackets, quoted local parts as the RFC has them,
 * source routes parsed and dropped (appendix C). One leniency that senders need: blanks behind the
 * colon. UTF-8 (RFC 6531 section 3.3) only where the caller says so. Everything returned points
 * into the input. No I/O, no memory of its own, any thread.
 */
#ifndef CULVERT_WIRE_ADDRESS_H
#define CULVERT_WIRE_ADDRESS_H

#include "engine/message/map/mailbox.h"
#include "tunnels/wire/capabilities.h"
#include "tunnels/wire/reply.h"

#define ADDRESS_LOCAL_MAX MAILBOX_LOCAL_MAX
#define ADDRESS_DOMAIN_MAX MAILBOX_DOMAIN_MAX
#define ADDRESS_PATH_MAX 1000u /* of a path with source route; the RFC has 256 and "at least" */

struct address {
    struct span text;   /* "local@domain" without brackets and route; empty: the null path */
    struct span local;  /* as written, with quotes */
    struct span domain; /* as written; empty for the null path and for <Postmaster> */
    bool is_literal;    /* the domain is an address literal, brackets included */
    bool is_8bit;       /* needs SMTPUTF8 to be passed on */
};

/*
 * The argument of MAIL / RCPT, from "FROM:" / "TO:" on. *params_out is what stands behind the path.
 * false: *answer_out is the reply to give. `utf8`: the mail is (or may be) SMTPUTF8; without, a
 * byte above 0x7f is refused with 553 5.6.7. An address that is 8-bit in a MAIL without the
 * SMTPUTF8 parameter is for the caller to refuse: parameters come behind.
 */
bool address_parse_from(struct span argument, bool utf8, struct address *out,
                        struct span *params_out, struct answer *answer_out);
bool address_parse_to(struct span argument, bool utf8, struct address *out, struct span *params_out,
                      struct answer *answer_out);

/* One mailbox without brackets, all of `text` (configuration, command line). */
bool address_parse_mailbox(struct span text, bool utf8, struct address *out);

/* A domain or an address literal as in HELO and EHLO. Lenient as all servers are: letters, digits,
 * '-', '.', '_' and ':' in any order, or anything printable in brackets. */
bool address_is_helo_name(struct span name);

enum mail_body { MAIL_BODY_NONE, MAIL_BODY_7BIT, MAIL_BODY_8BITMIME, MAIL_BODY_BINARYMIME };

struct mail_params {
    bool has_size;
    uint64_t size; /* RFC 1870 */
    enum mail_body body;
    bool smtputf8;
    struct span ret, envid; /* DSN: as written; empty: not given */
    struct span auth;       /* RFC 4954 section 5: as written; empty: not given */
    bool requiretls;        /* RFC 8689 */
    bool has_priority;
    int priority; /* MT-PRIORITY: -9 to 9 (RFC 6710) */
};

/* Parameters of MAIL. A keyword that is not in `offered` is refused with 555 5.5.4, a bad value or
 * a keyword given twice with 501 5.5.4. Comparing SIZE with a limit is the caller's. What is kept
 * as written points into `params`. */
bool mail_params_parse(struct span params, const struct capabilities *offered,
                       struct mail_params *out, struct answer *answer_out);

struct rcpt_params {
    struct span notify, orcpt; /* DSN: as written; empty: not given */
};

/* Parameters of RCPT, in the same way. `utf8`: the mail is SMTPUTF8. */
bool rcpt_params_parse(struct span params, const struct capabilities *offered, bool utf8,
                       struct rcpt_params *out, struct answer *answer_out);

struct esmtp_param {
    struct span keyword;
    struct span value;
    bool has_value;
};

/* Cuts the next parameter off the front of `rest`: PARSE_DONE one, PARSE_MORE nothing is left,
 * PARSE_BAD not one. */
enum parse_result esmtp_param_next(struct span *rest, struct esmtp_param *out);

/* xtext of RFC 3461 section 4 into `out` (room for text.len bytes). false: not xtext. */
bool xtext_decode(struct span text, char *out, size_t *len_out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script_mode: a word of letters as a configuration of the engine and of the upstreams that it
 * meets. Any word is one; letters that mean nothing are passed over, so a fuzzer may change each.
 *
 *     B N   all is read and written byte by byte, cut at random
 *     a A   AUTH is passed on, in clear too; under TLS only
 *     P     clients are behind a balancer (PROXY protocol)
 *     k     upstreams have CHUNKING and BINARYMIME; c: but are not to be sent it
 *     u 8   upstreams lack SMTPUTF8, 8BITMIME; y: 8-bit text is not encoded for them
 *     d m   upstreams have DSN, MT-PRIORITY
 *     s i p upstreams say SIZE 2000, LIMITS of two each; have no PIPELINING
 *     x X 2 XFORWARD: sent, and taken; XCLIENT; a PROXY header of version 2
 *     h H   three hops in order, taking turns; R: one route more
 *     q o   one connection to a hop and a line for it; two mails over one. K: none is kept
 *     n     bare newlines are put right
 *     z t   small limits of all kinds; rates
 *     v g G a trace field and few of them; loop guard, which inspects, passes
 *     r D   rules that change recipients; that change, refuse and drop mail
 *     w f   workers have the rules; texts are in files
 *     S     upstreams stand for themselves: TLS is asked for where it is offered
 */
#ifndef CULVERT_TESTS_SCRIPT_MODE_H
#define CULVERT_TESTS_SCRIPT_MODE_H

#include "tests/support/rig.h"

#define HOSTS 3u

struct script_mode {
    bool on[128];
};

void script_mode_add(struct script_mode *mode, struct span letters);
static inline bool script_mode_has(const struct script_mode *mode, char letter)
{
    return mode->on[(unsigned char)letter];
}

/* The caller drops it. */
struct rig_policy *script_mode_policy(const struct script_mode *mode);
/* What has to be set beside the policy. */
void script_mode_apply(const struct script_mode *mode, struct rig *rig);
/* The EHLO reply of an upstream. */
void script_mode_offer(const struct script_mode *mode, struct buf *out);
/* A host of the configurations, from 0 to HOSTS - 1. */
const char *script_host(size_t which);

#endif

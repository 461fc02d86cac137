/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signed: whether a change breaks a signature that the sender made: it is made all the same, but
 * never silently. Looks at clear-signed messages (RFC 1847: S/MIME and PGP) and at signed text in
 * line (RFC 9580 section 7). On the thread of inspect().
 */
#ifndef CULVERT_RULESETS_SIGNED_H
#define CULVERT_RULESETS_SIGNED_H

#include "engine/message/open.h"

/* `edits`: sealed, of the message. */
bool signed_is_changed(struct views *views, const struct edits *edits);

#endif

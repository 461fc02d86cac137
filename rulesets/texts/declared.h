/* SPDX-License-Identifier: Apache-2.0 */
/*
 * declared: what the Content-Type of a part says about whether a rule can read it. Readers go by
 * the type even where the octets have no signature. Pure functions, any thread.
 */
#ifndef CULVERT_RULESETS_TEXTS_DECLARED_H
#define CULVERT_RULESETS_TEXTS_DECLARED_H

#include "engine/message/open.h"

/* What only the recipient can read: UNINSPECTED_ENCRYPTED; a signed message in CMS, which is a
 * container like others: UNINSPECTED_CONTAINER; else UNINSPECTED_NONE. */
enum uninspected declared_wrapped(const struct part *part);

/* A detached signature (RFC 8551 section 3.5.3): numbers that no reader shows. */
bool declared_signature(const struct part *part);

/* An archive, an Office document or another format that hides its text. `content` without transfer
 * encoding: a table that calls itself vnd.ms-excel but is plain text is none. */
bool declared_container(const struct part *part, struct span content);

/* Whether the octets are a message that is called something else, by its name or looks: as text it
 * may hide what it says (encodings, words). */
bool declared_hides_message(const struct part *part, struct span name, struct span content);

/* The same of a file that stands in a text, where nobody declares anything. */
bool file_hides_message(struct span name, struct span content);

/* Whether an encrypted message in armour (RFC 9580 section 6.2) stands in a text. */
bool holds_pgp_message(struct span text);

#endif

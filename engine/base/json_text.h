/* SPDX-License-Identifier: Apache-2.0 */
/* json_text: a text as a JSON string (RFC 8259 section 7), quotes included. Any thread. */
#ifndef CULVERT_BASE_JSON_TEXT_H
#define CULVERT_BASE_JSON_TEXT_H

#include "engine/base/buf.h"

/* What is not UTF-8 becomes U+FFFD. */
void json_text(struct buf *out, struct span text);

#endif

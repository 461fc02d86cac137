/* SPDX-License-Identifier: Apache-2.0 */
/* codec_header: the value of a header field, without the blanks around it, below; its text above.
 * `detail` is the struct field. Fields that carry the MIME structure are read-only. */
#ifndef CULVERT_MESSAGE_CODECS_CODEC_HEADER_H
#define CULVERT_MESSAGE_CODECS_CODEC_HEADER_H

#include "engine/message/view.h"

extern const struct codec codec_header;

/* The same value without decoding; see open_field_raw(). */
extern const struct codec codec_header_raw;
bool header_is_shown_raw(const struct view *view);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_transfer: content transfer encodings (RFC 2045 section 6) as codecs: the raw body of a part
 * below, its octets above. 7bit, 8bit and binary alias the bytes of the message. Base64 and
 * quoted-printable are our own, because a way back needs offsets and strictness.
 */
#ifndef CULVERT_MESSAGE_CODECS_CODEC_TRANSFER_H
#define CULVERT_MESSAGE_CODECS_CODEC_TRANSFER_H

#include "engine/message/view.h"

extern const struct codec codec_identity;         /* 7bit, 8bit, binary */
extern const struct codec codec_base64;           /* RFC 2045 section 6.8 */
extern const struct codec codec_quoted_printable; /* RFC 2045 section 6.7 */
extern const struct codec codec_uuencode;
extern const struct codec codec_unknown_encoding; /* the raw body, read-only */

const struct codec *transfer_codec(enum transfer_encoding encoding);

/* For the codecs, behind the edits of an empty body: where a boundary stands right behind the
 * header, it has no line end of its own yet. */
void transfer_close_body(struct view *view, const char *rule);

#endif

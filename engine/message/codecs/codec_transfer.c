/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/codec_transfer.h"

const struct codec *transfer_codec(enum transfer_encoding encoding)
{
    switch (encoding) {
    case ENCODING_7BIT:
    case ENCODING_8BIT:
    case ENCODING_BINARY:
        return &codec_identity;
    case ENCODING_QUOTED_PRINTABLE:
        return &codec_quoted_printable;
    case ENCODING_BASE64:
        return &codec_base64;
    case ENCODING_UUENCODE:
        return &codec_uuencode;
    case ENCODING_UNKNOWN:
        break;
    }
    return &codec_unknown_encoding;
}

void transfer_close_body(struct view *view, const char *rule)
{
    struct span behind = span_from(view->parent->text, view->off);
    if (view->len > 0 || !span_starts(behind, SPAN("--")))
        return;
    edits_add(&view->parent->edits, (struct edit){
                                        .off = view->off,
                                        .with = SPAN("\r\n"),
                                        .kind = EDIT_CODEC,
                                        .rule = rule,
                                    });
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/codec_lines.h"
#include "engine/message/codecs/codec_transfer.h"
#include "engine/message/codecs/quoted.h"

static void encode_lines(struct splice *splice, uint64_t end, bool is_last, struct span last_line,
                         struct bulk *out)
{
    struct quoted_encoder encoder = {.out = out};
    struct span piece;
    while (splice_next(splice, end, is_last, &piece))
        quoted_encode(&encoder, piece);
    bool has_end = last_line.len > 0 && last_line.ptr[last_line.len - 1] == '\n';
    quoted_encode_end(&encoder, has_end && quoted_is_soft(last_line));
}

static const struct line_coding coding = {
    .decode = quoted_decode_line,
    .broken = AMBIGUITY_BAD_QUOTED_PRINTABLE,
    .encode = encode_lines,
    .raw_length = quoted_raw_length,
};

static void decode(struct view *view, struct span raw, const void *detail)
{
    (void)detail;
    lines_decode(view, raw, &coding);
}

const struct codec codec_quoted_printable = {"quoted-printable", decode, lines_write_back,
                                             lines_origin};

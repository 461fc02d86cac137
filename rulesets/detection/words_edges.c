/* SPDX-License-Identifier: Apache-2.0 */
/* words_edges: where words end and others begin. */
#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/comparable.h"
#include "rulesets/detection/words_pass.h"

static uint32_t code_before(struct span text, size_t off)
{
    uint32_t code = ' ';
    if (off > 0)
        (void)utf8_decode(span_from(text, utf8_floor(text, off - 1)), &code);
    return code;
}

static uint32_t code_at(struct span text, size_t off)
{
    uint32_t code = ' ';
    if (off < text.len)
        (void)utf8_decode(span_from(text, off), &code);
    return code;
}

bool words_part_at_any(struct span text, size_t off)
{
    return !comparable_joins(code_before(text, off)) || !comparable_joins(code_at(text, off));
}

bool word_is_whole(struct span text, size_t off, size_t len)
{
    return len > 0 && words_part_at(text, off) && words_part_at(text, off + len);
}

bool word_stands_apart(struct span text, size_t off, size_t len)
{
    return !comparable_joins(code_before(text, off)) && !comparable_joins(code_at(text, off + len));
}

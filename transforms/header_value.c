/* SPDX-License-Identifier: Apache-2.0 */
#include "transforms/header_value.h"

#include "engine/base/ascii.h"
#include "engine/message/map/header_text.h"

/* RFC 5322 section 2.1.1. */
#define LINE_COLUMNS 78

/* Most values: one short line of ASCII in which nobody could see an encoded word. */
static bool is_plain(struct span text, size_t column)
{
    if (column + text.len > LINE_COLUMNS || span_find(text, SPAN("=?")) != SPAN_NONE)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (ascii_is_control(text.ptr[i]) || ascii_is_8bit(text.ptr[i]))
            return false;
    }
    return true;
}

bool header_value(struct span text, size_t column, struct arena *arena, struct span *value_out,
                  struct error *err)
{
    *value_out = span_trim(text);
    if (is_plain(*value_out, column))
        return true;
    /* An insertion into an empty value: the way that texts of rules take into fields of others. */
    struct header_text empty;
    struct header_layout layout = {.column = column};
    struct edits edits;
    header_text_decode(SPAN(""), arena, &empty);
    edits_init(&edits, arena);
    edits_add(&edits, (struct edit){.with = span_trim(header_clean(text, arena)),
                                    .kind = EDIT_REPLACE,
                                    .rule = "header field"});
    return edits_seal(&edits, empty.text, err) &&
           header_text_rewrite(&empty, &edits, &layout, arena, value_out, err);
}

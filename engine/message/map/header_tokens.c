/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/map/header_tokens.h"

struct span header_shape_of(const struct header_text *header, struct arena *arena)
{
    char *letters = NULL;
    for (size_t i = 0; i < header->count; i++) {
        const struct segment *segment = &header->segments[i];
        if (segment->kind != SEGMENT_WORDS)
            continue;
        if (!letters) {
            letters = arena_alloc(arena, header->text.len + 1);
            if (header->text.len > 0)
                memcpy(letters, header->text.ptr, header->text.len);
        }
        memset(letters + segment->text, 'x', segment->text_len);
    }
    return letters ? span_of(letters, header->text.len) : header->text;
}

size_t comment_end(struct span shape, size_t at)
{
    size_t depth = 0;
    for (; at < shape.len; at++) {
        char c = shape.ptr[at];
        if (c == '\\')
            at++;
        else if (c == '(')
            depth++;
        else if (c == ')' && --depth == 0)
            return at + 1;
    }
    return 0;
}

size_t quoted_end(struct span shape, size_t at)
{
    for (at++; at < shape.len; at++) {
        if (shape.ptr[at] == '\\')
            at++;
        else if (shape.ptr[at] == '"')
            return at + 1;
    }
    return 0;
}

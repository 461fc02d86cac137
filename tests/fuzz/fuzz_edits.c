/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_edits: three bytes an edit: kind, offset, length. Each position of the text has a character
 * of its own, so the output tells what of the original came through: no hidden one, and all that
 * nobody touched, in order.
 */
#include "engine/base/utf8.h"
#include "engine/message/render.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define POSITIONS 64u

static void check(bool good)
{
    if (!good)
        abort();
}

static struct edit edit_of(const uint8_t *bytes, const char *text, struct arena *arena)
{
    size_t from = bytes[1] % (POSITIONS + 1), count = bytes[2] % 9;
    if (count > POSITIONS - from)
        count = POSITIONS - from;
    struct edit edit = {.off = from * 3, .len = count * 3, .rule = "r"};
    edit.kind = (enum edit_kind)(bytes[0] % 4);
    if (edit.kind != EDIT_MASK) {
        edit.with = span_str(arena_printf(arena, "%u", bytes[0] / 4u % 3));
        return edit;
    }
    char *with = arena_alloc(arena, count * 3 + 1);
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        bool keeps = (bytes[0] >> (2 + i % 6) & 1) != 0;
        memcpy(with + len, keeps ? text + edit.off + 3 * i : "*", keeps ? 3 : 1);
        len += keeps ? 3 : 1;
    }
    edit.with = span_of(with, len);
    return edit;
}

/* Marks positions: touched by any edit, and hidden by one. */
static void mark(const struct edit *edit, const char *text, bool *touched, bool *hidden)
{
    struct span rest = edit->with;
    for (size_t i = edit->off / 3; i < (edit->off + edit->len) / 3; i++) {
        bool keeps = edit->kind == EDIT_MASK && span_starts(rest, span_of(text + 3 * i, 3));
        touched[i] = true;
        hidden[i] = hidden[i] || !keeps;
        rest = span_from(rest, keeps ? 3 : 1);
    }
}

static void check_slice(struct span slice, const bool *touched, const bool *hidden, size_t *next)
{
    while (slice.len > 0) {
        uint32_t code = 0;
        size_t len = utf8_decode(slice, &code);
        check(len > 0);
        slice = span_from(slice, len);
        if (code < 0x80)
            continue;
        size_t position = code - 0x4e00;
        check(position < POSITIONS && !hidden[position]);
        for (; *next < position; ++*next)
            check(touched[*next]);
        check(*next == position);
        ++*next;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[POSITIONS * 3 + UTF8_MAX];
    bool touched[POSITIONS] = {false}, hidden[POSITIONS] = {false};
    struct arena *arena = arena_new();
    struct edits edits;
    edits_init(&edits, arena);
    for (uint32_t i = 0; i < POSITIONS; i++)
        (void)utf8_encode(0x4e00 + i, text + 3 * (size_t)i);
    for (; size >= 3; data += 3, size -= 3) {
        struct edit edit = edit_of(data, text, arena);
        mark(&edit, text, touched, hidden);
        edits_add(&edits, edit);
    }
    struct error err = ERROR_INIT;
    if (edits_seal(&edits, span_of(text, POSITIONS * 3), &err)) {
        struct render render;
        struct span slice;
        uint64_t written = 0;
        size_t next = 0;
        render_init(&render, span_of(text, POSITIONS * 3), &edits);
        while (render_next(&render, &slice, 1) == 1) {
            written += slice.len;
            check_slice(slice, touched, hidden, &next);
        }
        for (; next < POSITIONS; next++)
            check(touched[next]);
        check(written == render_size(&render));
    } else {
        check(error_is_set(&err));
    }
    arena_free(&arena);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_header: a byte for the choices, then the value of a field. Decoded, edited, written and
 * decoded again it is the plain splice; no line end comes out that is no fold.
 */
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/message/map/header_text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

/* As the map hands it out: line ends only before blanks, none at the ends. */
static struct span as_value(struct arena *arena, const uint8_t *data, size_t size)
{
    char *value = arena_alloc(arena, size * 2 + 1);
    size_t len = 0;
    for (size_t i = 0; i < size; i++) {
        char c = (char)data[i];
        bool fold = c == '\n' && i + 1 < size && (data[i + 1] == ' ' || data[i + 1] == '\t');
        if (fold)
            value[len++] = '\r';
        value[len++] = c == '\r' || (c == '\n' && !fold) ? ' ' : c;
    }
    return span_trim(span_of(value, len));
}

static struct span splice(const struct header_text *header, const struct edits *edits,
                          struct arena *arena)
{
    struct buf out = BUF_INIT;
    size_t at = 0;
    for (size_t i = 0; i < edits->count; i++) {
        buf_add(&out, span_sub(header->text, at, edits->items[i].off - at));
        buf_add(&out, header_clean(edits->items[i].with, arena));
        at = edits->items[i].off + edits->items[i].len;
    }
    buf_add(&out, span_from(header->text, at));
    struct span copy = arena_copy(arena, buf_span(&out));
    buf_fini(&out);
    return copy;
}

static void add_edits(struct edits *edits, const struct header_text *header, unsigned choice)
{
    static const char *const withs[] = {"", "*", "\xe2\x82\xac x", "a\r\nB: c\r\n\r\n", "=?"};
    size_t step = 1 + choice % 7, at = choice % 5;
    for (; at < header->text.len; at += 3 * step) {
        size_t from = utf8_floor(header->text, at);
        size_t to = utf8_floor(header->text, at + step);
        edits_add(edits, (struct edit){.off = from,
                                       .len = to - from,
                                       .with = span_str(withs[(choice + at) % ARRAY_LEN(withs)]),
                                       .kind = EDIT_REPLACE,
                                       .rule = "r"});
    }
}

static void check_lines(struct span value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] != '\n')
            continue;
        check(i > 0 && value.ptr[i - 1] == '\r');
        check(i + 1 < value.len && (value.ptr[i + 1] == ' ' || value.ptr[i + 1] == '\t'));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 4096)
        return 0;
    struct arena *arena = arena_new();
    struct span value = as_value(arena, data + 1, size - 1), written;
    struct header_text header, again;
    struct header_layout layout = {.column = 9, .structured = (data[0] & 128) != 0};
    struct edits edits;
    header_text_decode(value, arena, &header);
    check(utf8_is_valid(header.text));
    edits_init(&edits, arena);
    add_edits(&edits, &header, data[0] & 127u);
    struct error err = ERROR_INIT;
    check(edits_seal(&edits, header.text, &err));
    for (size_t i = 0; i < edits.count; i++) {
        size_t off, len;
        header_text_range(&header, edits.items[i].off, edits.items[i].len, &off, &len);
        check(off <= value.len && len <= value.len - off);
    }
    check(header_text_rewrite(&header, &edits, &layout, arena, &written, &err));
    header_text_decode(written, arena, &again);
    check(span_equal(again.text, splice(&header, &edits, arena)));
    check_lines(written);
    arena_free(&arena);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_folded: a header to choose, a place, a text. What is masked in the folded view of the text
 * leaves nothing that a reader sees in the source, and all around it is as it was. Turned round,
 * where there is an override, a text loses nothing, and masks hide as many digits as they cover.
 */
#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/codec_folded.h"
#include "engine/message/codecs/codec_turned.h"
#include "engine/message/codecs/folded_word.h"
#include "engine/message/open.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const headers[] = {
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
    "Content-Type: text/plain; charset=utf-8; format=flowed\r\n"
    "Content-Transfer-Encoding: 8bit\r\n\r\n",
    "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\n"
    "Content-Transfer-Encoding: 8bit\r\n\r\n"};

static void check(bool good)
{
    if (!good)
        abort();
}

static struct span splice(const struct view *view, struct arena *arena)
{
    struct buf out = BUF_INIT;
    size_t at = 0;
    for (size_t i = 0; i < view->edits.count; i++) {
        const struct edit *edit = &view->edits.items[i];
        check(edit->off >= at && edit->off + edit->len <= view->text.len);
        buf_add(&out, span_sub(view->text, at, edit->off - at));
        buf_add(&out, edit->with);
        at = edit->off + edit->len;
    }
    buf_add(&out, span_from(view->text, at));
    struct span copy = arena_copy(arena, buf_span(&out));
    buf_fini(&out);
    return copy;
}

/* A star of any kind stays what it is. */
static bool is_star(uint32_t code)
{
    uint32_t plain[PLAIN_MAX];
    return code == '*' || (plain_form_of(code, plain) == 1 && plain[0] == '*');
}

/* Stars, blanks and quotation marks of lines, and what nobody sees or what was put on a letter. */
static void check_hidden(struct span inside)
{
    for (size_t at = 0; at < inside.len;) {
        struct character c = character_at(inside, at);
        check(c.len > 0);
        check(is_star(c.code) || c.code == '>' || ascii_is_space((char)c.code) ||
              c.glyph == GLYPH_UNSEEN);
        at += c.len;
    }
}

static void mask(struct views *views, struct view *folded, struct view *below, size_t off,
                 size_t end, struct arena *arena)
{
    uint64_t from = off, len = end - off;
    struct buf with = BUF_INIT;
    struct error err = ERROR_INIT;
    struct span before = below->text;
    if (folded != below)
        folded->codec->origin(folded, off, end - off, &from, &len);
    check(from + len <= before.len);
    for (size_t i = utf8_count(span_sub(folded->text, off, end - off)); i > 0; i--)
        buf_add_byte(&with, '*');
    struct edit edit = {.off = off,
                        .len = end - off,
                        .with = arena_copy(arena, buf_span(&with)),
                        .kind = EDIT_MASK,
                        .rule = "r"};
    buf_fini(&with);
    check(view_edit(folded, edit, &err));
    if (!views_seal(views, &err))
        return; /* the charset has no star, say: nothing leaves */
    struct span out = splice(below, arena), rest = span_from(before, from + len);
    check(out.len >= from + rest.len);
    check(memcmp(out.ptr, before.ptr, from) == 0);
    check(memcmp(out.ptr + (out.len - rest.len), rest.ptr, rest.len) == 0);
    check_hidden(span_sub(out, from, out.len - rest.len - from));
}

static size_t digits(struct span text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += ascii_is_digit(text.ptr[i]);
    return count;
}

static void mask_turned(struct views *views, struct view *turned, struct view *below, size_t off,
                        size_t end, struct arena *arena)
{
    struct error err = ERROR_INIT;
    struct span covered = span_sub(turned->text, off, end - off);
    size_t before = digits(below->text), count = utf8_count(covered);
    check(digits(turned->text) == before && utf8_is_valid(turned->text));
    char *stars = arena_alloc(arena, count + 1);
    memset(stars, '*', count);
    struct edit edit = {.off = off,
                        .len = end - off,
                        .with = span_of(stars, count),
                        .kind = EDIT_MASK,
                        .rule = "r"};
    check(view_edit(turned, edit, &err));
    if (views_seal(views, &err))
        check(digits(splice(below, arena)) == before - digits(covered));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf message = BUF_INIT;
    if (size < 4 || !utf8_is_valid(span_of((const char *)data + 3, size - 3)))
        return 0;
    buf_add_str(&message, headers[data[0] % 3]);
    buf_add(&message, span_of((const char *)data + 3, size - 3));
    struct arena *arena = arena_new();
    struct map *map = map_build(buf_span(&message), &map_limits_default, READING_STRICT, arena);
    struct views *views = views_new(map, &view_limits_default, arena);
    struct view *below = open_text(views, &map->parts[0]);
    struct view *turned = below && data[0] % 2 ? view_as_turned(below) : NULL;
    struct view *folded = turned ? turned : below ? view_as_folded(below) : NULL;
    if (folded && folded->text.len > 0 && utf8_is_valid(below->text)) {
        check(utf8_is_valid(folded->text) && (turned || view_as_folded(folded) == folded));
        size_t off = utf8_floor(folded->text, data[1] % folded->text.len);
        size_t end = off + 1 + data[2] % 40;
        end = end < folded->text.len ? utf8_floor(folded->text, end) : folded->text.len;
        if (end > off && turned)
            mask_turned(views, turned, below, off, end, arena);
        else if (end > off)
            mask(views, folded, below, off, end, arena);
    }
    arena_free(&arena);
    buf_fini(&message);
    return 0;
}

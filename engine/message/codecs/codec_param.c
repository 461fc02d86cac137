/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/codec_param.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/message/codecs/spelling.h"
#include "engine/message/map/header_text.h"
#include "engine/message/splice.h"

#define SPELLINGS_MOST 8u

static const struct params *params_of(const struct part *part, const struct param *param)
{
    const struct params *type = &part->type;
    bool in_type = type->count > 0 && param >= type->items && param < type->items + type->count;
    return in_type ? type : &part->disposition;
}

static void decode(struct view *view, struct span raw, const void *detail)
{
    struct arena *arena = views_arena(view->views);
    struct spelling *spelling = ARENA_NEW(arena, struct spelling);
    ambiguity_set found = 0;
    (void)raw;
    *spelling = spelling_of(params_of(view->part, detail), detail, arena);
    view->text = spelling_text(spelling, arena, &found);
    view->state = spelling;
    for (unsigned i = 0; i < AMBIGUITY_COUNT; i++) {
        if (found & AMBIGUITY_BIT(i))
            map_note(views_map(view->views), (enum ambiguity)i, view->part->index, view->off);
    }
}

/* Another spelling that can hold any character. */
static bool has_extended(const struct view *view, const struct param *first)
{
    struct spelling others[SPELLINGS_MOST];
    struct arena *arena = views_arena(view->views);
    const char *attribute = arena_str(arena, first->attribute);
    size_t count =
        spellings_find(params_of(view->part, first), attribute, arena, others, SPELLINGS_MOST);
    for (size_t i = 0; i < count; i++) {
        if (others[i].style != SPELLING_PLAIN)
            return true;
    }
    return false;
}

static struct span changed_text(const struct view *view)
{
    struct splice splice;
    struct span piece;
    struct buf text = BUF_INIT;
    splice_init(&splice, view->text, &view->edits);
    while (splice_next(&splice, view->text.len, true, &piece))
        buf_add(&text, piece);
    struct span copy = arena_copy(views_arena(view->views), buf_span(&text));
    buf_fini(&text);
    return header_clean(copy, views_arena(view->views));
}

static void replace(struct view *view, struct span what, struct span with)
{
    edits_add(&view->parent->edits,
              (struct edit){.off = (uint64_t)(what.ptr - view->parent->text.ptr),
                            .len = what.len,
                            .with = with,
                            .kind = EDIT_CODEC,
                            .rule = view->edits.items[0].rule});
}

/* A surplus section goes with the semicolon before it. */
static void remove_section(struct view *view, struct span raw)
{
    const char *first = view->parent->text.ptr + view->off, *at = raw.ptr;
    while (at > first && ascii_is_space(at[-1]))
        at--;
    if (at > first && at[-1] == ';')
        at--;
    else
        at = raw.ptr;
    replace(view, span_of(at, (size_t)(span_end(raw) - at)), SPAN(""));
}

/* Whether a reader of the new spelling sees what is wanted. */
static bool reads_as(const struct view *view, struct span written, struct span text)
{
    struct arena *arena = views_arena(view->views);
    struct params params;
    ambiguity_set found = 0;
    struct span value = span_str(arena_printf(arena, "x; %.*s", SPAN_ARG(written)));
    params_parse(value, false, 200, arena, &params);
    if (params.count == 0)
        return false;
    struct spelling spelling = spelling_of(&params, &params.items[0], arena);
    return spelling.count == params.count &&
           span_equal(spelling_text(&spelling, arena, &found), text);
}

/* What goes onto a line of its own takes the place of the blanks before it. */
static struct span with_blanks(const struct view *view, struct span raw, struct span written)
{
    const char *first = view->parent->text.ptr + view->off;
    if (!span_starts(written, SPAN("\r\n")))
        return raw;
    while (raw.ptr > first && ascii_is_blank(raw.ptr[-1])) {
        raw.ptr--;
        raw.len++;
    }
    return raw;
}

static bool encode(struct view *view, struct error *err)
{
    const struct spelling *spelling = view->state;
    const struct param *first = spelling->items[0];
    const struct param *place = view->detail; /* the section that stands first */
    struct span message = view->parent->text, text = changed_text(view);
    size_t at = (size_t)(place->raw.ptr - message.ptr);
    const char *line = at > 0 ? memrchr(message.ptr, '\n', at) : NULL;
    size_t column = line ? at - (size_t)(line + 1 - message.ptr) : at;
    bool extended = spelling->style == SPELLING_PLAIN && has_extended(view, first);
    struct span written =
        spelling_write(spelling, text, extended, column, views_arena(view->views));
    if (!extended && !reads_as(view, written, text))
        return error_set(err, "the parameter cannot be written");
    replace(view, with_blanks(view, place->raw, written), written);
    for (size_t i = 0; i < spelling->count; i++) {
        if (spelling->items[i] != place)
            remove_section(view, spelling->items[i]->raw);
    }
    return true;
}

/* All of the spelling: its sections may stand anywhere in the field. */
static void origin(const struct view *view, uint64_t off, uint64_t len, uint64_t *off_out,
                   uint64_t *len_out)
{
    const struct spelling *spelling = view->state;
    const char *first = spelling->items[0]->raw.ptr, *end = first;
    (void)off;
    (void)len;
    for (size_t i = 0; i < spelling->count; i++) {
        struct span raw = spelling->items[i]->raw;
        first = raw.ptr < first ? raw.ptr : first;
        end = span_end(raw) > end ? span_end(raw) : end;
    }
    *off_out = (uint64_t)(first - view->parent->text.ptr);
    *len_out = (uint64_t)(end - first);
}

const struct codec codec_param = {"parameter", decode, encode, origin};

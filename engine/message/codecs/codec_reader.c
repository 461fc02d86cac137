/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/codec_reader.h"

#include "engine/base/utf8.h"
#include "engine/message/codecs/sight.h"

/* One mark is kept for so many bytes below: the way back is short, and a text of nothing but
 * invisible characters does not cost many times its own size. */
#define MARK_EVERY 512u

/* Both offsets right behind a character that is not seen as itself. */
struct mark {
    uint64_t raw, text;
};

/* Between a mark and the next one, all that is not itself ends within MARK_EVERY bytes. */
struct reader_state {
    struct span raw;
    struct span marks; /* bytes of struct mark, in order of both offsets */
};

static struct mark mark_at(const struct reader_state *state, size_t at)
{
    struct mark mark;
    memcpy(&mark, state->marks.ptr + at * sizeof mark, sizeof mark);
    return mark;
}

/* The last mark with text (or raw) at or before `wanted`; the start where there is none. */
static struct mark mark_before(const struct reader_state *state, uint64_t wanted, bool by_raw)
{
    size_t low = 0, high = state->marks.len / sizeof(struct mark);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct mark mark = mark_at(state, middle);
        if ((by_raw ? mark.raw : mark.text) <= wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? mark_at(state, low - 1) : (struct mark){0, 0};
}

/* A character that is not seen as itself. */
struct step {
    uint64_t from; /* where it stands below */
    size_t len;
    enum sight sight;
};

/* The next one between `at` and `end`. false: there is none. */
static bool next_step(const struct reader_state *state, uint64_t at, uint64_t end,
                      struct step *step_out)
{
    if (at >= end || at >= state->raw.len)
        return false;
    struct span near = span_sub(state->raw, at, end - at);
    size_t skipped = sight_next(near, &step_out->len, &step_out->sight);
    step_out->from = at + skipped;
    return skipped < near.len;
}

/* Where the character at `off` of the text stands below; at the end: the end of all. */
static uint64_t raw_at(const struct reader_state *state, uint64_t off)
{
    struct mark at = mark_before(state, off, false);
    uint64_t end = at.raw + MARK_EVERY;
    struct step step;
    while (next_step(state, at.raw, end, &step)) {
        if (at.text + (step.from - at.raw) > off)
            break;
        at.text += step.from - at.raw;
        if (step.sight == SIGHT_BLANK && at.text++ == off)
            return step.from;
        at.raw = step.from + step.len;
    }
    return at.raw + (off - at.text);
}

/* The end below of what ends at `off` of the text: what is invisible behind it is no part of it. */
static uint64_t raw_behind(const struct reader_state *state, uint64_t off)
{
    if (off == 0)
        return 0;
    uint64_t last = raw_at(state, off - 1);
    size_t len;
    enum sight sight;
    bool is_itself = sight_next(span_sub(state->raw, last, UTF8_MAX), &len, &sight) > 0;
    return last + (is_itself || len == 0 ? 1 : len);
}

/* How much of the text stands below before `raw`. */
static uint64_t text_at(const struct reader_state *state, uint64_t raw)
{
    struct mark at = mark_before(state, raw, true);
    uint64_t end = at.raw + MARK_EVERY < raw ? at.raw + MARK_EVERY : raw;
    struct step step;
    while (next_step(state, at.raw, end, &step)) {
        at.text += step.from - at.raw + (step.sight == SIGHT_BLANK);
        at.raw = step.from + step.len;
    }
    return at.raw < raw ? at.text + (raw - at.raw) : at.text;
}

/* false: the time is over. */
static bool read_all(const struct views *views, struct span raw, struct bulk *text,
                     struct bulk *marks)
{
    struct mark last = {0, 0};
    size_t len;
    enum sight sight;
    for (size_t at = 0; at < raw.len;) {
        size_t plain = sight_next(span_from(raw, at), &len, &sight);
        bulk_add(text, span_sub(raw, at, plain));
        at += plain + len;
        if (sight == SIGHT_BLANK)
            bulk_add_byte(text, ' ');
        if (len > 0 && at >= last.raw + MARK_EVERY) {
            last = (struct mark){at, bulk_len(text)};
            bulk_add(marks, span_of((const char *)&last, sizeof last));
            if (views_is_late(views))
                return false;
        }
    }
    return true;
}

static void decode(struct view *view, struct span raw, const void *detail)
{
    struct reader_state *state = ARENA_NEW(views_arena(view->views), struct reader_state);
    struct bulk text, marks;
    (void)detail;
    bulk_init(&text, views_budget(view->views), raw.len);
    bulk_init(&marks, views_budget(view->views), 0);
    bool whole = read_all(view->views, raw, &text, &marks);
    view->state = state;
    view->is_bytes = view->parent->is_bytes;
    view_take_bulk(view, &text);
    if (!bulk_finish(&marks, &state->marks, NULL))
        view_take_bulk(view, &marks);
    if (!whole)
        view_give_up(view, SPAN(""), UNINSPECTED_TIME_BUDGET);
    state->raw = view->uninspected == UNINSPECTED_NONE ? raw : SPAN("");
}

static void origin(const struct view *view, uint64_t off, uint64_t len, uint64_t *off_out,
                   uint64_t *len_out)
{
    uint64_t from = raw_at(view->state, off);
    uint64_t end = len > 0 ? raw_behind(view->state, off + len) : from;
    *off_out = view->off + from;
    *len_out = end - from;
}

static bool encode(struct view *view, struct error *err)
{
    (void)err;
    for (size_t i = 0; i < view->edits.count; i++) {
        struct edit edit = view->edits.items[i];
        uint64_t off, len;
        origin(view, edit.off, edit.len, &off, &len);
        edit_move(&edit, off, span_sub(view->parent->text, off, len));
        edits_add(&view->parent->edits, edit);
    }
    return true;
}

const struct codec codec_reader = {"reader", decode, encode, origin};

void reader_range(const struct view *reader, uint64_t off, uint64_t len, uint64_t *off_out,
                  uint64_t *len_out)
{
    const struct reader_state *state = reader->state;
    *off_out = text_at(state, utf8_floor(state->raw, off));
    *len_out = text_at(state, utf8_floor(state->raw, off + len)) - *off_out;
}

static bool differs(struct view *view)
{
    size_t len;
    enum sight sight;
    if (view_is_ascii(view))
        return false;
    size_t at = sight_next(view->text, &len, &sight);
    /* Binary data has such bytes by chance. */
    return at < view->text.len && (!view->is_bytes || utf8_is_valid(view->text));
}

struct view *view_as_read(struct view *view)
{
    if (view->codec == &codec_reader || view == views_root(view->views))
        return NULL;
    if (!view->reader_known) {
        view->reader_known = true;
        if (differs(view))
            view->reader = view_open(view, 0, view->text.len, &codec_reader, view->part, NULL);
    }
    return view->reader;
}

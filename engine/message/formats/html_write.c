/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/formats/html_write.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/utf8.h"

size_t html_run_at(const struct html_state *state, uint64_t off)
{
    size_t low = 0, high = state->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct html_run *run = &state->runs[middle];
        if ((uint64_t)run->text + run->text_len <= off)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool same_bytes(const struct html_run *run)
{
    return run->text_len == run->source_len;
}

/* Appends a character so that it stands for itself in the context. */
static void put_escaped(struct buf *out, char c, enum html_context context)
{
    bool raw = context == HTML_RAW || context == HTML_COMMENT;
    bool attribute = context == HTML_ATTRIBUTE || context == HTML_BARE_ATTRIBUTE;
    bool special = c == '&' || c == '<' || c == '>';
    if (attribute)
        special = special || c == '"' || c == '\'';
    if (context == HTML_BARE_ATTRIBUTE)
        special = special || ascii_is_space(c) || c == '=' || c == '`' || c == '/';
    if (c == '\0')
        c = ' ';
    if (raw && (c == '<' || c == '>'))
        buf_add_byte(out, ' '); /* no way to write it; it could end the script or comment */
    else if (context == HTML_COMMENT && c == '-')
        buf_add_byte(out, '_');
    else if (!raw && special)
        buf_printf(out, "&#%d;", c);
    else
        buf_add_byte(out, c);
}

static struct span escaped(struct arena *arena, struct span with, enum html_context context)
{
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < with.len; i++)
        put_escaped(&out, with.ptr[i], context);
    struct span copy = arena_copy(arena, buf_span(&out));
    buf_fini(&out);
    return copy;
}

/* `masked`: as in struct edit. */
static void add_edit(struct view *view, const struct edit *edit, uint64_t off, uint64_t len,
                     struct span with, size_t masked)
{
    struct edit below = {.off = view->off + off,
                         .len = len,
                         .with = with,
                         .kind = edit->kind == EDIT_MASK ? EDIT_REDACT : edit->kind,
                         .rule = edit->rule,
                         .masked = masked};
    edits_add(&view->parent->edits, below);
}

static bool refuse(const struct edit *edit, struct error *err)
{
    return error_set(err, "rule \"%s\": the place of this text in the HTML source is not known",
                     edit->rule);
}

/* The part of a run that text [off, end) covers; a run that is one thing is covered as a whole. */
static void covered(const struct html_run *run, uint64_t off, uint64_t end, uint64_t *source,
                    uint64_t *len)
{
    uint64_t run_end = (uint64_t)run->text + run->text_len;
    *source = run->source;
    *len = run->source_len;
    if (!same_bytes(run))
        return;
    uint64_t first = off > run->text ? off : run->text;
    uint64_t last = end < run_end ? end : run_end;
    *source += first - run->text;
    *len = last - first;
}

/* Between two runs: behind the one before, else in front of the one behind. */
static bool insert(struct view *view, const struct edit *edit, struct error *err)
{
    const struct html_state *state = view->state;
    size_t at = html_run_at(state, edit->off);
    const struct html_run *run = at < state->count ? &state->runs[at] : NULL;
    uint64_t source;
    if (run && run->text <= edit->off && !run->lost) {
        source = run->source + (same_bytes(run) ? edit->off - run->text : 0);
    } else if (at > 0 && !state->runs[at - 1].lost) {
        run = &state->runs[at - 1];
        source = run->source + run->source_len;
    } else if (run && !run->lost) {
        source = run->source;
    } else {
        return refuse(edit, err);
    }
    struct span with = escaped(views_arena(view->views), edit->with, run->context);
    add_edit(view, edit, source, 0, with, 0);
    return true;
}

/* The text goes to the first place, all others are emptied: tags between them stay. */
static bool replace(struct view *view, const struct edit *edit, struct error *err)
{
    const struct html_state *state = view->state;
    uint64_t end = edit->off + edit->len;
    struct span with = edit->with;
    bool first = true;
    for (size_t i = html_run_at(state, edit->off); i < state->count && state->runs[i].text < end;
         i++) {
        const struct html_run *run = &state->runs[i];
        uint64_t source, len;
        if (run->lost)
            return refuse(edit, err);
        covered(run, edit->off, end, &source, &len);
        if (first)
            with = escaped(views_arena(view->views), with, run->context);
        add_edit(view, edit, source, len, first ? with : SPAN(""),
                 first || edit->masked == 0 ? edit->masked : MASKED_BEFORE);
        first = false;
    }
    return first ? insert(view, edit, err) : true;
}

/* Mask characters for what a run has in the range; without them when nothing changes. */
static void mask_run(struct view *view, const struct edit *edit, const struct html_run *run,
                     struct span text, struct span *with, uint64_t off)
{
    struct span original = text;
    struct span first = *with;
    while (text.len > 0) {
        size_t from = utf8_decode(text, NULL), to = utf8_decode(*with, NULL);
        text = span_from(text, from > 0 ? from : 1);
        *with = span_from(*with, to > 0 ? to : 1);
    }
    struct span masked = span_of(first.ptr, (size_t)(with->ptr - first.ptr));
    if (!span_equal(masked, original)) {
        uint64_t source, len;
        covered(run, off, off + original.len, &source, &len);
        add_edit(view, edit, source, len, escaped(views_arena(view->views), masked, run->context),
                 utf8_count(masked));
    }
}

/* Character by character over the runs: each keeps its place, and tags between them stay. */
static bool mask(struct view *view, const struct edit *edit, struct error *err)
{
    const struct html_state *state = view->state;
    uint64_t at = edit->off, end = edit->off + edit->len;
    struct span with = edit->with;
    size_t i = html_run_at(state, at);
    if (utf8_count(with) != utf8_count(span_sub(view->text, at, edit->len)))
        return replace(view, edit, err);
    while (at < end) {
        const struct html_run *run = i < state->count ? &state->runs[i] : NULL;
        uint64_t stop = run && run->text < end ? run->text : end;
        for (; at < stop; at++) { /* separators of our own are nowhere in the source */
            if (((unsigned char)view->text.ptr[at] & 0xc0) != 0x80)
                with = span_from(with, utf8_decode(with, NULL));
        }
        if (at == end || !run)
            break;
        if (run->lost)
            return refuse(edit, err);
        stop = (uint64_t)run->text + run->text_len < end ? run->text + run->text_len : end;
        mask_run(view, edit, run, span_sub(view->text, at, stop - at), &with, at);
        at = stop;
        i++;
    }
    return true;
}

bool html_write_back(struct view *view, struct error *err)
{
    for (size_t i = 0; i < view->edits.count; i++) {
        const struct edit *edit = &view->edits.items[i];
        bool done;
        if (edit->len == 0)
            done = insert(view, edit, err);
        else if (edit->kind == EDIT_MASK)
            done = mask(view, edit, err);
        else
            done = replace(view, edit, err);
        if (!done)
            return false;
    }
    return true;
}

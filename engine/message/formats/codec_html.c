/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/formats/codec_html.h"

#include "engine/message/formats/html_scan.h"
#include "engine/message/formats/html_tree.h"
#include "engine/message/formats/html_write.h"

#define LARGEST ((size_t)1 << 30) /* offsets of runs have 32 bits */

/* Too much for the budget: the source is the text, so that patterns still see what is plain. */
static void give_up(struct view *view, struct span raw)
{
    view->text = raw;
    view->uninspected = UNINSPECTED_HTML_TOO_COMPLEX;
    view->read_only = "this HTML is too complex";
}

static void read_document(struct view *view, struct span raw, struct html_memory *memory)
{
    struct html_state *state = ARENA_NEW(views_arena(view->views), struct html_state);
    struct html_text text;
    const GumboOutput *output = html_parse(memory, raw);
    html_text_init(&text, raw, memory, views_budget(view->views));
    html_tree_read(output, &text);
    state->runs = text.runs;
    state->count = text.count;
    state->shown = text.shown;
    view->state = state;
    view_take_bulk(view, &text.out);
}

static void decode(struct view *view, struct span raw, const void *detail)
{
    (void)detail;
    if (raw.len > views_limits(view->views)->html_bytes || raw.len > LARGEST) {
        give_up(view, raw);
        return;
    }
    struct html_memory memory;
    html_memory_init(&memory, raw.len, views_html_time(view->views));
    if (html_memory_is_late(&memory) || html_scan_is_too_complex(raw))
        give_up(view, raw);
    else if (setjmp(memory.over) == 0)
        read_document(view, raw, &memory);
    else
        give_up(view, raw);
    html_memory_fini(&memory);
}

static void origin(const struct view *view, uint64_t off, uint64_t len, uint64_t *off_out,
                   uint64_t *len_out)
{
    const struct html_state *state = view->state;
    uint64_t first = UINT64_MAX, end = 0;
    *off_out = view->off;
    *len_out = view->len;
    if (!state) { /* the source itself */
        *off_out = view->off + off;
        *len_out = len;
        return;
    }
    for (size_t i = html_run_at(state, off); i < state->count && state->runs[i].text < off + len;
         i++) {
        const struct html_run *run = &state->runs[i];
        bool same = run->text_len == run->source_len && !run->lost;
        uint64_t from = same && off > run->text ? off - run->text : 0;
        uint64_t cut = same && off + len < (uint64_t)run->text + run->text_len
                           ? (uint64_t)run->text + run->text_len - (off + len)
                           : 0;
        first = run->source + from < first ? run->source + from : first;
        end = run->source + run->source_len - cut > end ? run->source + run->source_len - cut : end;
    }
    if (first >= end)
        return;
    *off_out = view->off + first;
    *len_out = end - first;
}

uint64_t codec_html_shown(const struct view *view)
{
    const struct html_state *state = view->state;
    bool known = view->codec == &codec_html && state && state->shown < view->text.len;
    return known ? state->shown : view->text.len;
}

const struct codec codec_html = {"HTML", decode, html_write_back, origin};

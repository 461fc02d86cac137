/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/trace/trace.h"

#include "engine/base/json_text.h"
#include "engine/message/codecs/codec_folded.h"
#include "rulesets/trace/trace_event.h"
#include "transforms/template.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* Texts are cut here, and a trace that grows beyond all use stops. */
#define TEXT_MAX 60u
#define EVENTS_MAX 20000u

struct trace {
    struct arena *arena;
    struct event *events;
    size_t count, cap;
    size_t dropped;
    unsigned depth;
    size_t *open; /* events of the rules that were entered and not left; SIZE_MAX: not recorded */
    size_t open_count, open_cap;
};

struct trace *trace_new(struct arena *arena)
{
    struct trace *trace = ARENA_NEW(arena, struct trace);
    trace->arena = arena;
    return trace;
}

struct event *trace_add(struct trace *trace, enum event_kind kind)
{
    if (trace->count >= EVENTS_MAX) {
        trace->dropped++;
        return NULL;
    }
    trace->events =
        arena_grow(trace->arena, trace->events, trace->count, &trace->cap, sizeof *trace->events);
    struct event *event = &trace->events[trace->count++];
    event->kind = kind;
    event->depth = trace->depth;
    return event;
}

static void push(struct trace *trace, size_t index)
{
    trace->open = arena_grow(trace->arena, trace->open, trace->open_count, &trace->open_cap,
                             sizeof *trace->open);
    trace->open[trace->open_count++] = index;
    trace->depth++;
}

void trace_enter(struct trace *trace, const char *action, const char *name)
{
    if (!trace)
        return;
    struct event *event = trace_add(trace, EVENT_RULE);
    if (event) {
        event->action = action;
        event->text = strcmp(action, name) == 0 ? "" : name;
    }
    push(trace, event ? trace->count - 1 : SIZE_MAX);
}

void trace_leave(struct trace *trace, bool matched)
{
    if (!trace)
        return;
    size_t index = trace->open[--trace->open_count];
    trace->depth--;
    if (index != SIZE_MAX)
        trace->events[index].matched = matched;
}

void trace_skip(struct trace *trace, const char *why)
{
    struct event *event = trace ? trace_add(trace, EVENT_SKIP) : NULL;
    if (event)
        event->text = why;
}

void trace_note(struct trace *trace, const char *format, ...)
{
    if (!trace)
        return;
    struct event *event = trace_add(trace, EVENT_NOTE);
    if (!event)
        return;
    char text[600];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    event->text = arena_str(trace->arena, span_str(text));
}

struct arena *trace_arena(const struct trace *trace)
{
    return trace->arena;
}

const char *trace_masked(struct trace *trace, struct span text)
{
    return text_masked(span_sub(text, 0, TEXT_MAX), trace->arena).ptr;
}

const char *trace_where(const struct view *view)
{
    if (view->codec == &codec_folded)
        view = view->parent;
    return view->codec                      ? view->codec->name
           : view->parent || view->is_bytes ? "message"
                                            : "envelope";
}

void trace_piece(struct trace *trace, const struct piece *piece)
{
    if (!trace)
        return;
    struct event *event = trace_add(trace, EVENT_PIECE);
    trace->depth++;
    if (!event)
        return;
    event->text = "";
    event->where = "attachment";
    if (!piece->view)
        return;
    uint64_t origin_len;
    struct span text = span_sub(piece->view->text, piece->off, piece->len);
    event->where = trace_where(piece->view);
    event->off = piece->off;
    event->len = piece->len;
    view_origin(piece->view, piece->off, piece->len, &event->at, &origin_len);
    event->text = trace_masked(trace, text);
}

void trace_piece_end(struct trace *trace)
{
    if (trace)
        trace->depth--;
}

static void explain_event(const struct event *event, struct buf *out)
{
    for (unsigned i = 0; i < event->depth; i++)
        buf_add_str(out, "  ");
    switch (event->kind) {
    case EVENT_RULE:
        buf_printf(out, "%s%s%s%s: %s\n", event->action, event->text[0] ? " (" : "", event->text,
                   event->text[0] ? ")" : "", event->matched ? "matched" : "no match");
        break;
    case EVENT_PIECE:
        buf_printf(out, "piece at %" PRIu64 ", %" PRIu64 " bytes at %" PRIu64 " of %s: %s%s\n",
                   event->at, event->len, event->off, event->where, event->text,
                   event->len > TEXT_MAX ? "..." : "");
        break;
    case EVENT_NOTE:
        buf_printf(out, "%s\n", event->text);
        break;
    case EVENT_OTHER:
        buf_printf(out, "%s\n", event->text);
        break;
    case EVENT_SKIP:
        buf_printf(out, "skipped: %s\n", event->text);
        break;
    }
}

void trace_explain(const struct trace *trace, struct buf *out)
{
    for (size_t i = 0; i < trace->count; i++)
        explain_event(&trace->events[i], out);
    if (trace->dropped > 0)
        buf_printf(out, "and %zu more\n", trace->dropped);
}

static void member(const char *key, const char *text, struct buf *out)
{
    buf_printf(out, "\"%s\":", key);
    json_text(out, span_str(text));
}

static void json_event(const struct event *event, struct buf *out)
{
    buf_add_byte(out, '{');
    switch (event->kind) {
    case EVENT_RULE:
        member("rule", event->text[0] ? event->text : event->action, out);
        buf_add_byte(out, ',');
        member("action", event->action, out);
        buf_printf(out, ",\"matched\":%s", event->matched ? "true" : "false");
        break;
    case EVENT_PIECE:
        member("piece", event->text, out);
        buf_add_byte(out, ',');
        member("of", event->where, out);
        buf_printf(out, ",\"offset\":%" PRIu64 ",\"length\":%" PRIu64 ",\"origin\":%" PRIu64,
                   event->off, event->len, event->at);
        break;
    case EVENT_NOTE:
        member("note", event->text, out);
        break;
    case EVENT_OTHER:
        buf_add_str(out, event->json);
        break;
    case EVENT_SKIP:
        member("skipped", event->text, out);
        break;
    }
}

/* The list of events with their depths is a tree in pre-order: one that is deeper is inside. */
void trace_json(const struct trace *trace, struct buf *out)
{
    unsigned depth = 0;
    buf_add_byte(out, '[');
    for (size_t i = 0; i < trace->count; i++) {
        const struct event *event = &trace->events[i];
        if (i > 0) {
            if (event->depth > depth) {
                buf_add_str(out, ",\"inside\":[");
                depth++;
            } else {
                for (; depth > event->depth; depth--)
                    buf_add_str(out, "}]");
                buf_add_str(out, "},");
            }
        }
        json_event(event, out);
    }
    for (; depth > 0; depth--)
        buf_add_str(out, "}]");
    buf_add_str(out, trace->count > 0 ? "}]" : "]");
}

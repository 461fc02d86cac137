/* SPDX-License-Identifier: Apache-2.0 */
/* trace_event: the lines of a trace. Private to trace. */
#ifndef CULVERT_RULESETS_TRACE_TRACE_EVENT_H
#define CULVERT_RULESETS_TRACE_TRACE_EVENT_H

#include "rulesets/trace/trace.h"

enum event_kind {
    EVENT_RULE,
    EVENT_PIECE,
    EVENT_NOTE,
    EVENT_SKIP,
    EVENT_OTHER /* whose words are made by whoever adds it */
};

struct event {
    enum event_kind kind;
    unsigned depth;
    const char *action; /* rule */
    const char *text;   /* name, note, why; masked text of a piece; a line of its own */
    const char *json;   /* other: the members */
    const char *where;  /* piece: what it is a piece of */
    uint64_t off, len;  /* piece: in that */
    uint64_t at;        /* piece: in the message */
    bool matched;       /* rule */
};

/* NULL: the trace is full. */
struct event *trace_add(struct trace *trace, enum event_kind kind);
struct arena *trace_arena(const struct trace *trace);

/* What a text is a text of; the text itself, cut and masked. */
const char *trace_where(const struct view *view);
const char *trace_masked(struct trace *trace, struct span text);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace: what the rules did to one message, for `culvert apply --explain` and `--json`: each rule
 * that was tried, what it extracted and where, what it changed. Texts are masked (letters and
 * digits as asterisks): a trace never shows what a rule hides (DESIGN promise 4). Lives in an
 * arena; every trace_* call takes NULL and then does nothing.
 */
#ifndef CULVERT_RULESETS_TRACE_TRACE_H
#define CULVERT_RULESETS_TRACE_TRACE_H

#include "engine/base/buf.h"
#include "transforms/piece.h"

struct trace;

struct trace *trace_new(struct arena *arena);

/* A rule begins and ends; what comes between is inside it. `action` is "Extract Subject". */
void trace_enter(struct trace *trace, const char *action, const char *name);
void trace_leave(struct trace *trace, bool matched);

/* Why the rule that was entered does not go on: "when does not hold", "disabled". */
void trace_skip(struct trace *trace, const char *why);

/* A piece that the entered rule yields. What follows up to trace_piece_end() is about it. */
void trace_piece(struct trace *trace, const struct piece *piece);
void trace_piece_end(struct trace *trace);

/* Something that happened, in words without message content. */
void trace_note(struct trace *trace, const char *format, ...) PRINTF_LIKE(2, 3);

/* A tree in lines for people; a JSON array of rules for programs. */
void trace_explain(const struct trace *trace, struct buf *out);
void trace_json(const struct trace *trace, struct buf *out);

#endif

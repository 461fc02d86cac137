/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules_case: rules from a text, messages through them, for unit tests. JSON is written with ' for
 * " and messages with LF for CRLF, so that they can be read in C.
 */
#ifndef CULVERT_TESTS_RULES_CASE_H
#define CULVERT_TESTS_RULES_CASE_H

#include "config/reader/node.h"
#include "rulesets/compile/compile.h"
#include "rulesets/inspect.h"

struct rules_case {
    struct arena *arena; /* of the rules */
    struct reader reader;
    struct rulesets *rulesets; /* NULL: see complaints */
    struct inspection inspection;
    struct envelope envelope;
    int64_t time_s; /* when the messages come */
    bool traced;    /* rules_case_run() makes a trace */
    /* Of the last message. */
    struct arena *message_arena;
    struct message message;
    struct outcome outcome;
    struct trace *trace;
    struct span output; /* what leaves, with LF; ptr NULL: nothing */
};

/* `json` is the whole configuration; the first ruleset is used. Policies: all tempfail. */
void rules_case_init(struct rules_case *c, const char *json);
/* The same with `rules` below SMTP Message. */
void rules_case_below(struct rules_case *c, const char *rules);
void rules_case_fini(struct rules_case *c);
/* The same behind each test, begun or not; for cmocka. */
int rules_case_end(struct rules_case *c);

/* Complaints without "file:line:col: ", a line each. */
const char *rules_case_complaints(struct rules_case *c);

/* A message with LF line ends through the rules; the same for bytes as they are. */
void rules_case_run(struct rules_case *c, const char *message);
void rules_case_run_bytes(struct rules_case *c, struct span bytes);

/* All of what leaves, as it is. */
struct span rules_case_bytes(struct rules_case *c);

/* The output behind the inspected header, which is expected in front. NULL when nothing leaves. */
const char *rules_case_output(struct rules_case *c);

#endif

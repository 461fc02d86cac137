/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ruleset_test: policy as code: a message, a tunnel, and what is to become of it. Cases are JSON
 * (config/README.md: "Tests of rules"). Main thread.
 */
#ifndef CULVERT_COMMANDS_RULESET_TEST_H
#define CULVERT_COMMANDS_RULESET_TEST_H

#include "config/reader/node.h"
#include "engine/message/message.h"
#include "rulesets/inspect.h"

struct test_case {
    struct span tunnel;
    struct span message; /* path */
    struct span from;    /* ptr NULL: of the message */
    struct string_list to;
    struct node expect;
};

/* What a case wants; json NULL or ptr NULL where it does not care. */
struct expectation {
    int verdict; /* -1: any */
    int64_t code;
    struct span enhanced, text, subject;
    struct node header;
    struct string_list header_lacks, body_has, body_lacks, tags;
    struct string_list recipients;
    bool asks_recipients; /* else `recipients` are any */
    int unchanged;        /* -1: any */
};

extern const struct key_table test_file_keys, test_case_keys, expectation_keys;

bool expectation_read(struct reader *reader, const struct node *node,
                      struct expectation *out) MUST_USE;

/* Appends a line to `failures` for each thing that is not as expected; returns how many. */
size_t expectation_check(const struct expectation *expectation, struct reader *reader,
                         const struct message *message, const struct outcome *outcome,
                         struct arena *arena, struct buf *failures);

#endif

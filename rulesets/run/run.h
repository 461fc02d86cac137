/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run: one walk of a tree of rules over one reading of one message. Collects edits, changes and a
 * decision; gives no verdict itself (inspect.c does). Lives on the stack of inspect(); one thread.
 */
#ifndef CULVERT_RULESETS_RUN_RUN_H
#define CULVERT_RULESETS_RUN_RUN_H

#include "engine/message/message.h"
#include "rulesets/compile/rule.h"
#include "rulesets/run/rule_line.h"
#include "rulesets/trace/trace.h"
#include "transforms/changes.h"

/* Pieces of a message; more is the named outcome too_many_matches. */
#define PIECES_MAX 50000

enum scan {
    SCAN_STRICT,  /* the reading that leaves */
    SCAN_READING, /* another map of the same bytes: edits are recorded, not made */
    SCAN_FLAT     /* the body as one text, whatever the MIME structure says */
};

struct run {
    const struct message *message;
    struct arena *arena;
    struct views *views;
    struct map *map;
    struct part_texts *texts; /* by part, of `texts_map`: part_texts.h */
    const struct map *texts_map;
    struct changes *changes;
    struct recipients *recipients;
    struct trace *trace;
    struct hides *hides;
    enum scan scan;
    uint64_t deadline_ns;
    unsigned ticks; /* the clock is looked at now and then */
    size_t piece_count;
    const struct lookout *lookout; /* of the ruleset: for what its rules detect */
    size_t sighting_count;
    const struct pattern_set *body_patterns; /* of the ruleset */
    struct asked asked;                      /* by conditions */
    unsigned char *fired;                    /* a bit for each rule that did something */
    size_t fired_count;

    /* The rule of `error` or `dispose` that decided, and the piece that it was given. */
    const struct rule *decider;
    struct piece *decider_piece;
    const struct user_identity *decider_user;
    /* A rule refused, and its text may hold text of the message: the rest of the rules run for what
     * they hide. */
    bool hiding_only;
    bool hiding_incomplete; /* ... and could not be looked at to the end */

    struct rule_line *lines; /* of log rules */
    size_t line_count, line_cap, more_lines;

    uint32_t uninspected; /* set of 1 << enum uninspected */
    uint32_t noted;       /* the same, since sources were begun to be taken */
    /* A limit ended the search of a rule that hides: others of its finds may be left in clear. */
    bool half_hidden;
    bool failed;
    struct error failure;
    const char *failed_rule;
};

struct piece_list {
    struct piece **items;
    size_t count, cap;
};

/* Begins a run, which is zero, over the message in its strict reading, of which it notes the NULs.
 */
void run_open(struct run *run, const struct message *message, uint64_t deadline_ns,
              struct arena *arena);

/* Views over its map; what is decoded of a message goes where the message itself does. */
struct views *run_views_new(const struct run *run);

void run_note(struct run *run, enum uninspected reason);
void run_note_all(struct run *run, uint32_t reasons); /* set of 1 << enum uninspected */
/* Whether the pattern is found in a text, or is not set; where a limit ends the search, that is
 * noted and counts as found. */
bool run_finds(struct run *run, const struct matcher *matcher, struct span text);
/* The same for a piece, in all its texts; where a limit ends the search, `over` is the answer: the
 * one that makes more rules run. */
bool run_finds_in(struct run *run, const struct matcher *matcher, struct piece *piece, bool over);
/* Whether the time budget is used up; notes it. */
bool run_is_late(struct run *run);

/* A new piece, the whole of `view` (NULL: of `part`, opened when needed). NULL over the limit. */
struct piece *run_piece(struct run *run, struct piece *parent, const struct rule *rule,
                        struct view *view, const struct part *part);
void piece_list_add(struct run *run, struct piece_list *list, struct piece *piece);

#endif

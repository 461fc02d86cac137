/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recipients: what rules want of the envelope's recipients: some dropped, all replaced, some added.
 * Collected while the rules run, put together at the end, so that the order of the rules has no say
 * (decision 0022):
 *
 *     (what rules redirect to, else the client's without those dropped) + what rules add
 *
 * without duplicates. One per inspection, in its arena.
 */
#ifndef CULVERT_RULESETS_RUN_RECIPIENTS_H
#define CULVERT_RULESETS_RUN_RECIPIENTS_H

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/message/message.h"

/* More addresses than this cannot be asked for. */
#define RECIPIENTS_ASKED_MAX 1000u

struct recipients;
struct rule;
struct template_values;
struct changes;

enum recipient_origin {
    RECIPIENT_KEPT,       /* the client's */
    RECIPIENT_REDIRECTED, /* a rule's, instead of the client's */
    RECIPIENT_BCC         /* a rule's, beside the others */
};

struct recipient {
    struct span address;
    enum recipient_origin origin;
    size_t asked; /* RECIPIENT_KEPT: its number in the envelope */
};

struct recipients *recipients_new(struct arena *arena);

/* A rule fired. `repeated`: it did so before; `masked`: captured texts are of another reading. */
void recipients_ask(struct recipients *recipients, const struct rule *rule,
                    const struct template_values *values, bool repeated, bool masked);
bool recipients_are_asked(const struct recipients *recipients);

struct recipient_set {
    const struct recipient *items;
    size_t count;
    bool changed;     /* others than the client's */
    const char *rule; /* the last that dropped one, or NULL */
};

/* Who is to get the message, when all rules have run. An address of a template that is none, or too
 * many, is an error; the text holds nothing of the message. */
bool recipients_final(const struct recipients *recipients, const struct envelope *envelope,
                      struct changes *changes, struct recipient_set *out,
                      struct error *err) MUST_USE;

#endif

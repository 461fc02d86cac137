/* SPDX-License-Identifier: Apache-2.0 */
/*
 * counts: the metrics (engine/metrics) of a tunnel that are counted several times a message, looked
 * up once. Counted by reference: a session or transaction that outlives a reload goes on counting
 * where it began. One loop's thread.
 */
#ifndef CULVERT_TUNNELS_COUNTS_H
#define CULVERT_TUNNELS_COUNTS_H

#include "engine/base/counted.h"
#include "engine/metrics/metrics.h"
#include "tunnels/wire/command.h"

/* Why a client may not come. */
enum refused {
    REFUSED_NOT_ALLOWED,
    REFUSED_FULL,
    REFUSED_CLIENT_FULL,
    REFUSED_CLIENT_RATE,
    REFUSED_NO_BALANCER,  /* only balancers may come (PROXY protocol) */
    REFUSED_PROXY_HEADER, /* a balancer that does not say for whom it comes */
    REFUSED_COUNT
};

#define REPLY_CLASSES 6 /* "0xx" (what is none) to "5xx" */

struct counts {
    struct counted counted;
    struct span tunnel; /* its name, for metric_by2() */
    struct metric *accepted, *open, *refused[REFUSED_COUNT];
    struct metric *commands[COMMAND_VERBS];
    struct metric *replies[REPLY_CLASSES];
    struct metric *recipients[REPLY_CLASSES];
    struct metric *received, *sent;
    struct metric *size, *evaluation, *delivery;
    struct metric *rules, *edits, *errors;
};

struct counts *counts_new(struct span tunnel);
struct counts *counts_ref(struct counts *counts);
void counts_unref(struct counts **counts);

/* A reply as it leaves. */
void counts_reply(const struct counts *counts, struct span bytes);
/* "2xx", for labels. */
struct span counts_class(unsigned class);
/* A limit has stopped somebody: a word for METRIC_LIMITS. */
void counts_limit(const struct counts *counts, const char *reason);

struct outcome;
/* What the rules found and did in a message that they have seen. */
void counts_outcome(const struct counts *counts, const struct outcome *outcome);

#endif

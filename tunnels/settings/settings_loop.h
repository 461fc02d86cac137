/* SPDX-License-Identifier: Apache-2.0 */
/* settings_loop: "loop_guard" of a service. Main thread; all lives in the arena of the reader. */
#ifndef CULVERT_TUNNELS_SETTINGS_SETTINGS_LOOP_H
#define CULVERT_TUNNELS_SETTINGS_SETTINGS_LOOP_H

#include "rulesets/loop/loop_guard.h"
#include "tunnels/tls/files.h"

struct loop_plan {
    struct tls_file key;      /* path empty: there is no guard */
    struct loop_guard *guard; /* NULL: none */
};

extern const struct key_table loop_key_table;

/* Reads the object `node` (may be absent). The guard has no key and no node yet. */
bool settings_loop_read(struct reader *reader, struct node node, struct span service,
                        struct loop_plan *out) MUST_USE;

/* Reads the key. */
bool settings_loop_open(struct reader *reader, const struct loop_plan *plan) MUST_USE;

/* Reads it where that works; without, the guard knows nothing. For who only tries rules. */
bool settings_loop_try(struct reader *reader, const struct loop_plan *plan) MUST_USE;

#endif

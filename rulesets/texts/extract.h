/* SPDX-License-Identifier: Apache-2.0 */
/*
 * extract: what each Extract rule takes out of a message or a part, before its patterns: whole
 * views. In the arena of the inspection; one thread.
 */
#ifndef CULVERT_RULESETS_TEXTS_EXTRACT_H
#define CULVERT_RULESETS_TEXTS_EXTRACT_H

#include "rulesets/run/run.h"

void extract_sources(struct run *run, const struct rule *rule, struct piece *parent,
                     struct piece_list *out);

/* The texts of the message's body without any MIME structure, read-only. */
void flat_sources(struct run *run, const struct rule *rule, struct piece *parent,
                  struct piece_list *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inline_views: the files that stand uuencoded in a text: for rules they are attachments, as mail
 * programs show them. Each function adds pieces of `parent` to `out` as extract_sources() does. On
 * the thread of inspect().
 */
#ifndef CULVERT_RULESETS_TEXTS_INLINE_VIEWS_H
#define CULVERT_RULESETS_TEXTS_INLINE_VIEWS_H

#include "rulesets/run/run.h"

/* Of all texts that are shown, those that the rule (an Extract Attachment) wants. */
void inline_files(struct run *run, const struct rule *rule, struct piece *parent,
                  struct piece_list *out);

/* The text of a piece that inline_files() made. */
void inline_file_text(struct run *run, const struct rule *rule, struct piece *parent,
                      struct piece_list *out);

/* The texts of all files in the text of `part`. */
void inline_texts(struct run *run, const struct rule *rule, struct piece *parent,
                  const struct part *part, struct piece_list *out);

/* Their names, where the text is shown. */
void inline_names(struct run *run, const struct rule *rule, struct piece *parent,
                  const struct part *part, struct piece_list *out);

/* Why files in a text are not read, such as for an encoding that nobody here reads: set of
 * 1 << enum uninspected. */
uint32_t inline_foreign(struct view *text);

#endif

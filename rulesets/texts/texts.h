/* SPDX-License-Identifier: Apache-2.0 */
/*
 * texts: what rules that detect look at: of the message the subject, bodies, file names and
 * attachments (content), sender and recipients by their fields (metadata); of any other piece its
 * text. Each text is looked at once, whatever rules ask, for all that the ruleset detects. In the
 * arena of the inspection; one thread.
 */
#ifndef CULVERT_RULESETS_TEXTS_TEXTS_H
#define CULVERT_RULESETS_TEXTS_TEXTS_H

#include "rulesets/detection/seen_index.h"
#include "rulesets/run/run.h"

/* Finds of one message, of one subject in one text; more is the named outcome too_many_matches. */
#define SIGHTINGS_MAX 100000u
#define SIGHTINGS_OF_ONE_MAX 50000u

struct text {
    struct piece *piece; /* that it is the text of */
    struct view *view;   /* folded */
    uint64_t off, len;   /* in that */
    size_t part;         /* as struct seen has it */
    bool in_content, in_metadata;
    const struct sightings *found; /* places count from `off` */
};

struct texts {
    struct text *items;
    size_t count, cap;
    bool has_content, has_metadata;
    bool is_complete;  /* no limit ended anything */
    struct seen *seen; /* all finds in all texts, in order; `view` is the number of the text */
    size_t seen_count;
    struct seen_index index; /* of these */
};

/* Gathers and looks, as far as it was not done. What is not to be looked at may be there too. */
const struct texts *texts_of(struct run *run, struct piece *piece, bool content, bool metadata);

/* A text to look at. NULL, and noted: there is no room for more. For texts_gather(). */
void texts_add(struct run *run, struct texts *texts, const struct text *text);

/* The texts of the message or of another piece. */
void texts_gather(struct run *run, struct piece *piece, bool content, bool metadata,
                  struct texts *texts);

#endif

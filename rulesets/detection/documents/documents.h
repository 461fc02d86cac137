/* SPDX-License-Identifier: Apache-2.0 */
/*
 * documents: sets of documents that are known by their fingerprints ("fingerprints" of a
 * configuration): an index that `culvert index documents` made of them, and how much of one must be
 * in a text, or of the text in it, to be a find (engine/decisions/0036). Read on the main thread,
 * in its arena, which also holds the mapped index; immutable; any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_DOCUMENTS_DOCUMENTS_H
#define CULVERT_RULESETS_DETECTION_DOCUMENTS_DOCUMENTS_H

#include "config/reader/node.h"

struct document_index;
struct looking;
struct subject;

/* What the threshold is a part of. */
enum containment {
    CONTAINMENT_SOURCE,  /* of the document: how much of it the text shows */
    CONTAINMENT_MESSAGE, /* of the text: how much of it is the document's */
    CONTAINMENT_EITHER
};

struct document_set {
    const char *name;
    const struct document_index *index;
    unsigned threshold;  /* percent, from 1 to 100 */
    enum containment of; /* ... of this */
    uint32_t min_length; /* letters and digits in common, unless all of the document is there */
    struct node node;    /* where it stands, for complaints */
};

struct document_sets {
    struct document_set *items;
    size_t count, cap;
};

extern const struct key_table document_set_table;

/* Reads `node`, an item of `fingerprints`, and opens its index, unless it is disabled. In
 * reader->arena. Complains and returns false when anything is wrong. */
bool document_set_read(struct reader *reader, const struct node *node,
                       struct document_sets *sets) MUST_USE;

/* The same for all of a list. */
bool document_sets_read(struct reader *reader, const struct node *list,
                        struct document_sets *out) MUST_USE;

/* How many documents there are; the name of one, as the index has it, UTF-8 without controls. */
size_t document_set_count(const struct document_set *set);
struct span document_set_name(const struct document_set *set, uint32_t document);

/*
 * For look(): a sighting for each run of the text that is a document's, of every document whose
 * containment reaches the threshold: `term` is its number, evidence.detail says which and how much
 * ("plan.txt, 84 %"). Each text is judged for itself. Linear, within the limits of the look.
 */
void look_for_documents(struct looking *looking, const struct subject *subject);

#endif

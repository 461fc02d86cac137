/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document_index: which fingerprints are whose. A file, mapped, of which every byte has been looked
 * at when it is opened: what is damaged, cut off or of another key is not opened. It shows the
 * names of the documents, and nothing of their texts to whom has no key. Such a file is replaced by
 * another of its name and never written to: who has it open keeps the old one, and who has one open
 * that is cut off or written to finds too little, and is told. Immutable; any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_DOCUMENTS_DOCUMENT_INDEX_H
#define CULVERT_RULESETS_DETECTION_DOCUMENTS_DOCUMENT_INDEX_H

#include "engine/base/arena.h"
#include "rulesets/detection/documents/fingerprint.h"

struct document_index;

/* In the arena, which unmaps it. NULL: `err` says why. */
const struct document_index *document_index_open(const char *path, const struct index_key *key,
                                                 struct arena *arena, struct error *err) MUST_USE;

/* The same of a file's bytes at hand, 8-byte aligned, which must outlive it. */
const struct document_index *document_index_of(struct span bytes, const struct index_key *key,
                                               struct arena *arena, struct error *err) MUST_USE;

/* Whether all answers until now were those of the file as it was when it was opened. */
bool document_index_is_whole(const struct document_index *index);

const struct fingerprint_key *document_index_key(const struct document_index *index);

uint32_t document_index_count(const struct document_index *index);
/* The numbers of entries are below that. */
uint32_t document_index_entries(const struct document_index *index);
struct span document_index_name(const struct document_index *index, uint32_t document);
/* How many different fingerprints a document has. */
uint32_t document_index_fingerprints(const struct document_index *index, uint32_t document);

/* What is known of a fingerprint. */
struct known_fingerprint {
    uint32_t entry; /* its number; ENTRY_NONE: nothing */
    uint32_t count;
    const uint32_t *owners; /* the documents that it is of; none: boilerplate, it does not count */
};
#define ENTRY_NONE UINT32_MAX

/* Of each of FINGERPRINTS_TOLD at most: together, so that memory is waited for once. */
void document_index_find(const struct document_index *index, const struct fingerprint *fingerprints,
                         size_t count, struct known_fingerprint *out);

#endif

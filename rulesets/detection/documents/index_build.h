/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index_build: an index of documents (document_index.h) as it is made: texts in, a file out. For a
 * command; main thread. The same documents in the same order and the same key make the same bytes.
 */
#ifndef CULVERT_RULESETS_DETECTION_DOCUMENTS_INDEX_BUILD_H
#define CULVERT_RULESETS_DETECTION_DOCUMENTS_INDEX_BUILD_H

#include "engine/base/buf.h"
#include "rulesets/detection/index_key.h"

struct index_build;

struct index_build *index_build_new(const struct index_key *key);
void index_build_free(struct index_build **build);

/* Fingerprints of a text, valid UTF-8 of less than 4 GiB, of the document that is being added.
 * Returns how many letters and digits it has. */
uint64_t index_build_text(struct index_build *build, struct span text);

/* Ends the document. `name`: any bytes. false: it has no fingerprint, and is left out. */
bool index_build_document(struct index_build *build, struct span name);

/* What was read since is boilerplate, and no document: its fingerprints never count. */
void index_build_exclude(struct index_build *build);

/* What became of the documents. */
struct index_built {
    uint32_t documents; /* in the index */
    uint32_t fingerprints, excluded;
    uint32_t common; /* fingerprints of more than INDEX_OWNERS_MOST documents, which do not count */
    uint32_t copies; /* documents whose fingerprints are those of another, whose name is kept */
};

/* Told of each document that is not in the index though it has fingerprints: it has them all in
 * common with boilerplate. */
typedef void index_build_left_out(struct span name, void *arg);

/* The bytes of the file. false: there is nothing to write, or too much. Once. */
bool index_build_finish(struct index_build *build, index_build_left_out *left_out, void *arg,
                        struct buf *out, struct index_built *built_out, struct error *err) MUST_USE;

#endif

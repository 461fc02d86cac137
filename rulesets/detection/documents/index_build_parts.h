/* SPDX-License-Identifier: Apache-2.0 */
/* index_build_parts: what an index is made of. Private to index_build. */
#ifndef CULVERT_RULESETS_DETECTION_DOCUMENTS_INDEX_BUILD_PARTS_H
#define CULVERT_RULESETS_DETECTION_DOCUMENTS_INDEX_BUILD_PARTS_H

#include "rulesets/detection/documents/index_build.h"
#include "rulesets/detection/documents/index_format.h"

/* A fingerprint of a document, or of boilerplate. */
struct mark {
    uint64_t value;
    uint32_t document;
};
#define EXCLUDED UINT32_MAX

struct built_document {
    size_t name_off, name_len;
    uint64_t sum;
    size_t marks;
    bool copy;             /* of an earlier one */
    uint32_t fingerprints; /* that count */
    uint32_t number;       /* in the index */
};

struct index_build {
    struct index_key index_key;
    struct fingerprint_key key;
    struct mark *marks;
    size_t mark_count, mark_cap;
    size_t mark_first; /* of the document that is being added */
    struct built_document *documents;
    uint32_t document_count;
    size_t document_cap;
    struct buf names;
};

/* For qsort(): by value, then by document. */
int mark_by_value(const void *a, const void *b);

#endif

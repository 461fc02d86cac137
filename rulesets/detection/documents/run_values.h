/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_values: what is kept of runs of letters: SipHash-2-4 of their codes, in one byte each where
 * that is enough for all of a run, in two, or in four. Private to fingerprint. Any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_DOCUMENTS_RUN_VALUES_H
#define CULVERT_RULESETS_DETECTION_DOCUMENTS_RUN_VALUES_H

#include "rulesets/detection/documents/fingerprint.h"

/* Letters, of which runs begin at some. */
struct run_letters {
    const uint32_t *codes;
    const unsigned char *bytes; /* the lowest of each code */
    size_t plain;               /* from there on all codes are a byte */
};

/* Of the runs that begin at `runs`. */
void run_values(const struct sip_key *key, const struct run_letters *letters, const uint32_t *runs,
                size_t count, uint64_t *out);

#endif

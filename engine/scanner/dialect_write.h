/* SPDX-License-Identifier: Apache-2.0 */
/* dialect_write: how classes and counts stand in an expression. Private to engine/scanner. */
#ifndef CULVERT_SCANNER_DIALECT_WRITE_H
#define CULVERT_SCANNER_DIALECT_WRITE_H

#include "engine/base/buf.h"

#define COUNT_ANY UINT32_MAX

struct count {
    uint32_t least, most; /* most COUNT_ANY: any number */
};

/* One character: its ASCII, and whether it may be one above, of which any will do. */
struct class_set {
    bool has[128];
    bool above;
};

void class_set_add(struct class_set *set, unsigned first, unsigned last);
void class_set_fold(struct class_set *set); /* both cases */
void class_set_invert(struct class_set *set);
/* Whether there is nothing in it but that letter, of either case. */
bool class_set_is_only(const struct class_set *set, char letter);
/* Adds \d \w \s \h and their opposites. false: another letter. */
bool class_set_of_letter(struct class_set *set, char letter);

/* A class so often; a character above ASCII has up to four bytes. */
void write_class(struct buf *out, const struct class_set *set, struct count count);
void write_byte(struct buf *out, char c);
void write_count(struct buf *out, struct count count);

#endif

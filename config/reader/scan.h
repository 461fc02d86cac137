/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan: the tokens of JSON text (RFC 8259), for saying where something stands and what is wrong
 * with it. Jansson builds the tree; it forgets the places. Pure functions; any thread.
 */
#ifndef CULVERT_CONFIG_SCAN_H
#define CULVERT_CONFIG_SCAN_H

#include "engine/base/buf.h"

enum token_type {
    TOKEN_END, /* of the text */
    TOKEN_BAD,
    TOKEN_OBJECT, /* { */
    TOKEN_OBJECT_END,
    TOKEN_ARRAY, /* [ */
    TOKEN_ARRAY_END,
    TOKEN_COLON,
    TOKEN_COMMA,
    TOKEN_STRING, /* with its quotes */
    TOKEN_NUMBER,
    TOKEN_WORD /* true, false, null */
};

struct token {
    enum token_type type;
    size_t off;
    size_t len;
    const char *why; /* TOKEN_BAD: in plain words */
};

/* The token at or behind `at`; the next one begins behind token.off + token.len. */
struct token scan_next(struct span text, size_t at);

/* Appends what a string token (quotes included) stands for, as UTF-8. */
void scan_decode(struct span token, struct buf *out);

/* Where, counted from the opening quote, byte `decoded` of the string's value is written. */
size_t scan_raw_offset(struct span token, size_t decoded);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* base64: RFC 2045 section 6.8, in pieces of any size. Any thread. */
#ifndef CULVERT_MESSAGE_CODECS_BASE64_H
#define CULVERT_MESSAGE_CODECS_BASE64_H

#include "engine/message/bulk.h"

/* 0 to 63, or -1 for what is not of the alphabet ('=' is not). */
int base64_value(char c);

struct base64_decoder {
    unsigned phase; /* characters of the unfinished quantum, 0 to 3 */
    uint32_t bits;
    bool padded; /* a '=' came; nothing but '=' and blanks should follow */
    bool junk;   /* something that strict readers and lenient ones see differently */
    size_t junk_at;
    bool irregular;    /* blanks, empty lines within, very long lines, bare line ends */
    bool empty;        /* an empty line came */
    size_t first_line; /* characters of the first line that has an end; 0: none has */
    size_t line_start;
    size_t cr; /* behind the last CR */
};

/* Decodes `raw`, which begins `at` bytes into the body, to `out`, which has room for
 * base64_room(raw.len). Returns the number of octets. */
size_t base64_decode(struct base64_decoder *decoder, struct span raw, size_t at, char *out);

/* What an unfinished quantum still holds, 0 to 2 octets. */
size_t base64_decode_end(struct base64_decoder *decoder, size_t at, char *out);

static inline size_t base64_room(size_t raw_len)
{
    return raw_len / 4 * 3 + 6;
}

struct base64_encoder {
    struct bulk *out;
    size_t line;   /* characters of a line; 0: no line ends */
    size_t column; /* of the next character */
    char rest[3];
    size_t rest_len;
};

void base64_encode(struct base64_encoder *encoder, struct span octets);
void base64_encode_end(struct base64_encoder *encoder); /* pads */

/* Writes the 4 characters of 3 octets, of which `count` (1 to 3) are there. */
void base64_quantum(const char *octets, size_t count, char out[4]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_charset: the octets of a text part below, UTF-8 above. ASCII and valid UTF-8 are the
 * octets themselves. `detail` is the struct charset that was declared, or NULL for none.
 */
#ifndef CULVERT_MESSAGE_CODECS_CODEC_CHARSET_H
#define CULVERT_MESSAGE_CODECS_CODEC_CHARSET_H

#include "engine/message/codecs/charset.h"
#include "engine/message/codecs/points.h"
#include "engine/message/view.h"

extern const struct codec codec_charset;

/* The charset of a part as its Content-Type declares it; NULL for none. An unknown one is noted in
 * *unknown_out. */
const struct charset *part_charset(struct views *views, const struct part *part, bool *unknown_out);

/* `detail` for a part whose charset nobody knows. */
extern const struct charset charset_unknown;

/* Internal to the codec. */
struct charset_state {
    const struct charset *declared; /* NULL: none */
    const struct charset *charset;  /* how it was read */
    struct converter *converter;    /* NULL: the text is the octets */
    struct points points;           /* where a character begins and the state is the first */
    size_t skip;                    /* a byte order mark */
    struct point from, to;          /* the last range that origin() was asked for */
    bool is_whole;                  /* nowhere within it can be begun */
    bool big;
};

/* UTF-16 or UTF-32 whose byte order is neither declared nor marked. */
bool charset_lacks_order(const struct charset_state *state);

/* Whether octets that took the place of those of the view are read in the same charset again, where
 * that is guessed from what they look like. */
bool charset_is_guessed_alike(const struct charset_state *state, struct span octets);

bool charset_write_back(struct view *view, struct error *err) MUST_USE;

/*
 * The smallest range of octets (offsets in the octets behind the byte order mark) with whole
 * characters that holds text [off, off+len), and the text that it stands for. `near` (may be NULL)
 * is an earlier pair to start from; it is moved to the beginning of the range.
 */
void charset_find_range(const struct view *view, uint64_t off, uint64_t len, struct point *near,
                        struct point *from_out, struct point *to_out);

#endif

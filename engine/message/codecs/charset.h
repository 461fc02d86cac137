/* SPDX-License-Identifier: Apache-2.0 */
/*
 * charset: the character sets of mail. A name is looked up in our own list first; only what is in
 * it reaches iconv, because a name is hostile input and some converters have had bugs. (GMime's own
 * mapping of names is not used: it writes GBK where GB2312 is declared.) Unicode's encodings are
 * our own, because a way back needs every character's length. A converter belongs to one thread.
 */
#ifndef CULVERT_MESSAGE_CODECS_CHARSET_H
#define CULVERT_MESSAGE_CODECS_CHARSET_H

#include "engine/base/arena.h"
#include "engine/message/bulk.h"

enum charset_kind {
    CHARSET_UTF8,
    CHARSET_ASCII,
    CHARSET_LATIN1,
    CHARSET_UTF16, /* byte order from `big` */
    CHARSET_UTF32,
    CHARSET_SINGLE,  /* one byte a character; iconv */
    CHARSET_MULTI,   /* several bytes, no state; iconv */
    CHARSET_STATEFUL /* escape sequences; iconv */
};

struct charset {
    const char *key;  /* lower case, letters and digits only */
    const char *from; /* iconv's name to read it: may be a superset */
    const char *to;   /* iconv's name to write it */
    enum charset_kind kind;
    bool has_order; /* UTF-16LE and the like: no byte order mark needed */
    bool big;
};

/* NULL when nobody here knows it. */
const struct charset *charset_find(struct span name);
/* All that charset_find() knows, in order of their keys. */
const struct charset *charset_list(size_t *count_out);

/* The length of the byte order mark of `raw`, 0 for none. With one, its order is put in *big. */
size_t charset_mark(const struct charset *charset, struct span raw, bool *big);

/* Whether UTF-16 or UTF-32 without a mark is big-endian, as the zeroes of western text tell (RFC
 * 2781 section 4.3 has it so, practice is little-endian). */
bool charset_guess_big(struct span raw);

struct converter;

/* NULL when iconv does not have it after all. */
struct converter *converter_new(const struct charset *charset, bool big, struct arena *arena);

/* The one of the arena for that charset and byte order, in its first state: for who is done with it
 * before anybody else takes it. However many words and lines name a charset, it is opened once. */
struct converter *converter_shared(const struct charset *charset, bool big, struct arena *arena);

/*
 * Decodes `raw` to `out` as UTF-8; a byte that is no character becomes U+FFFD. With `more` an
 * unfinished character at the end is left. Returns the bytes consumed. `bad_at` (SIZE_MAX for
 * none) is set to the first bad byte.
 */
size_t converter_decode(struct converter *converter, struct span raw, bool more, struct bulk *out,
                        size_t *bad_at);

/* Stateless ones: the first character of `raw`. Returns the bytes consumed, 0 at the end; the text
 * has at most CONVERTER_STEP bytes. */
#define CONVERTER_STEP 32
size_t converter_step(struct converter *converter, struct span raw, char text[CONVERTER_STEP],
                      size_t *text_len);

/* Whether it is in its first state. */
bool converter_is_initial(const struct converter *converter);
void converter_reset(struct converter *converter);

/* Appends valid UTF-8 in the charset. false: it lacks a character. `last`: back to the first
 * state. */
bool converter_encode(struct converter *converter, struct span text, bool last, struct bulk *out);

/*
 * Whether readers may differ in more than what they show for a bad byte of `raw`: not where each
 * byte is a character, nor where UTF-8 is merely broken. Overlong UTF-8 may stand for ASCII, and a
 * bad byte among characters of several bytes may take the next one with it.
 */
bool charset_bad_matters(const struct charset *charset, struct span raw);

/* Whether `raw` is UTF-8, or nearly so: more of what is not ASCII is right than wrong. A bad byte
 * makes no Latin-1 of it. */
bool charset_is_mostly_utf8(struct span raw);

/* Whether text in a charset that nobody knows is ASCII to all: no 8-bit, nothing that switches
 * sets, and no UTF-7 that holds ASCII. */
bool charset_is_plain(struct span raw);

/* A short text decoded at once, in the arena; ptr NULL where the charset is unknown and the text
 * not plain. *bad_out is set when there were bad bytes that matter. */
struct span charset_decode(struct span name, struct span raw, struct arena *arena, bool *bad_out);

#endif

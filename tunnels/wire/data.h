/* SPDX-License-Identifier: Apache-2.0 */
/*
 * data: the transparency of DATA (RFC 5321 section 4.5.2), both ways.
 *
 * The decoder takes the bytes behind 354 and gives the message: the dot that begins a line is
 * removed, and CRLF "." CRLF, nothing else, ends the data (section 4.1.1.4). A CR or LF that stands
 * alone is either noted (the caller swallows to the end and refuses) or rewritten to CRLF; in no
 * case does it begin a line that a dot could end. It runs at the speed of memory and works in
 * place.
 *
 * The encoder is the way back as a filter over slices: it puts "." slices where a line begins with
 * a dot and copies nothing. A CR or LF that stands alone leaves it as CRLF: the last guard against
 * sending two readings. One of each for each mail, on the thread that has the mail; they own
 * nothing.
 *
 * Both also serve for text that comes or goes by BDAT (RFC 3030), where its size tells the end:
 * dots mean nothing then and nothing is added behind the text, all else holds.
 */
#ifndef CULVERT_WIRE_DATA_H
#define CULVERT_WIRE_DATA_H

#include "engine/base/span.h"
#include "tunnels/wire/parse.h"

#define DATA_NOWHERE UINT64_MAX

/* So many lines that begin with a dot are remembered; hardly a mail has more. */
#define DATA_DOTS_MAX 16u

/* Where lines begin with a dot. With a count above DATA_DOTS_MAX not all of it is known. */
struct data_dots {
    uint64_t at[DATA_DOTS_MAX]; /* ascending */
    uint64_t count;
};

/* What is known of the message after the last byte; offsets are into the decoded message. */
struct data_facts {
    uint64_t bytes;      /* written so far */
    uint64_t lines;      /* line ends so far */
    uint64_t longest;    /* bytes of the longest line without its CRLF */
    uint64_t bare_cr_at; /* the first CR without LF, or DATA_NOWHERE */
    uint64_t bare_lf_at; /* the first LF without CR, or DATA_NOWHERE */
    uint64_t nul_at;     /* the first NUL (about, behind a bare newline), or DATA_NOWHERE */
    struct data_dots dots;
    bool has_8bit; /* a byte above 0x7f */
};

struct data_decoder {
    struct data_facts facts;
    bool normalize;
    bool chunks; /* came by BDAT */
    unsigned char state;
    uint64_t line; /* bytes of the line so far */
};

void data_decoder_init(struct data_decoder *decoder, bool normalize);
/* For text that comes by BDAT: data_decode() never finds an end, data_end_chunks() is told it. */
void data_decoder_init_chunks(struct data_decoder *decoder, bool normalize);
/* Nothing comes any more: a CR may turn out to stand alone. Returns what is to be written behind
 * all else ("\n", with `normalize`), most often nothing. */
struct span data_end_chunks(struct data_decoder *decoder);

/*
 * Decodes a piece. PARSE_DONE: the end was found; *consumed_out tells where the next command
 * begins. PARSE_MORE: all of `input` was taken, or `room` was used up. Never PARSE_BAD.
 *
 * `out` may be where `input` is, unless `normalize` is set: rewriting makes the output longer, up
 * to 2 * input.len + 2 bytes, and `out` must be elsewhere. Without `normalize` room for input.len
 * bytes is always enough; after a bare CR or LF was noted, nothing more is written then.
 */
enum parse_result data_decode(struct data_decoder *decoder, struct span input, char *out,
                              size_t room, size_t *consumed_out, size_t *written_out);

static inline bool data_has_bare_newline(const struct data_facts *facts)
{
    return facts->bare_cr_at != DATA_NOWHERE || facts->bare_lf_at != DATA_NOWHERE;
}

/*
 * Whether a sender may have seen no end where the decoder did: one that takes CR CR LF for no line
 * end, or a line to end at NUL, sends a dot behind that as it is, and the rest of its text behind
 * the dot. Who ends lines with LF has seen a line there, and would have stuffed the dot.
 */
static inline bool data_end_is_doubtful(const struct data_facts *facts)
{
    return facts->bare_cr_at != DATA_NOWHERE || facts->nul_at != DATA_NOWHERE;
}

/* Gives up to `max` slices of the message in order, none empty; 0 at the end (as render_next()). */
typedef size_t data_next(void *arg, struct span *slices_out, size_t max);

/* Memory (the original message) in which a decoder found nothing bare, and where it found dots. */
struct data_known {
    struct span text;
    struct data_dots dots;
};

struct data_encoder {
    data_next *next;
    void *arg;
    const struct data_known *known;
    bool chunks;         /* goes by BDAT */
    struct span rest;    /* of the slice in work */
    unsigned char state; /* what the last byte was */
};

/* Slices inside of `known`, which stays the caller's, are not searched. NULL: search everything. */
void data_encoder_init(struct data_encoder *encoder, data_next *next, void *arg,
                       const struct data_known *known);

/* For text that goes by BDAT. */
void data_encoder_init_chunks(struct data_encoder *encoder, data_next *next, void *arg,
                              const struct data_known *known);
/* How many bytes all slices have together; uses the encoder up. */
uint64_t data_encoder_size(struct data_encoder *encoder);

/* Gives up to `max` (at least 2) slices for the wire, the closing CRLF "." CRLF included; 0 at the
 * end. `encoder` is a struct data_encoder *, so that this serves as conn_source.next. The slices
 * point into those of `next` and into constants. */
size_t data_encoder_next(void *encoder, struct span *slices_out, size_t max);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/data.h"

#include "tunnels/wire/newline.h"

#include <assert.h>

/* The first three are those of newline.h, in the same order. */
enum state {
    STATE_START = NEWLINE_START,
    STATE_LINE = NEWLINE_LINE,
    STATE_CR = NEWLINE_CR,
    STATE_DOT,    /* a dot behind CRLF; it is in no case part of the message */
    STATE_DOT_CR, /* a CR behind it */
    STATE_BARE,   /* a bare newline was rewritten: a line begins, but no dot can end the data */
    STATE_END
};

/* Bytes scanned before they are copied: they are still in the cache then. */
#define PIECE 16384u

/* One call of data_decode(). */
struct work {
    struct data_decoder *decoder;
    const char *in;
    size_t in_len;
    size_t at;
    char *out;
    size_t room;
    size_t written;
};

void data_decoder_init(struct data_decoder *decoder, bool normalize)
{
    *decoder = (struct data_decoder){
        .facts = {.bare_cr_at = DATA_NOWHERE, .bare_lf_at = DATA_NOWHERE, .nul_at = DATA_NOWHERE},
        .normalize = normalize,
        .state = STATE_START,
    };
}

void data_decoder_init_chunks(struct data_decoder *decoder, bool normalize)
{
    data_decoder_init(decoder, normalize);
    decoder->chunks = true;
}

/* Nothing more is written: the mail will be refused, only its end is looked for. */
static bool swallows(const struct data_decoder *decoder)
{
    return !decoder->normalize && data_has_bare_newline(&decoder->facts);
}

static void scan(struct work *work, size_t len)
{
    struct data_decoder *decoder = work->decoder;
    struct data_facts *facts = &decoder->facts;
    enum newline_state state = (enum newline_state)decoder->state;
    struct newline_counts counts = {facts->bytes,   decoder->line, facts->lines,
                                    facts->longest, facts->nul_at, facts->has_8bit};
    bool silent = swallows(decoder);
    size_t passed = newline_scan(span_of(work->in + work->at, len), &state, &counts);
    decoder->state = (unsigned char)state;
    /* Behind a bare newline nothing is counted. */
    if (counts.nul_at != facts->nul_at)
        facts->nul_at = silent ? facts->bytes : counts.nul_at;
    if (!silent) {
        if (work->out + work->written != work->in + work->at)
            memmove(work->out + work->written, work->in + work->at, passed);
        work->written += passed;
        facts->bytes = counts.bytes;
        facts->lines = counts.lines;
        facts->longest = counts.longest;
        facts->has_8bit = counts.has_8bit;
        decoder->line = counts.line;
    }
    work->at += passed;
}

static void note(uint64_t *first_at, uint64_t at)
{
    if (*first_at == DATA_NOWHERE)
        *first_at = at;
}

/* The byte that is written next begins a line. */
static void note_dot(struct data_facts *facts)
{
    struct data_dots *dots = &facts->dots;
    if (dots->count < DATA_DOTS_MAX)
        dots->at[dots->count] = facts->bytes;
    dots->count++;
}

/* A bare newline: its missing half, or all of it, is written; or nothing ever again. */
static void end_bare(struct work *work, struct span text)
{
    struct data_decoder *decoder = work->decoder;
    struct data_facts *facts = &decoder->facts;
    if (!decoder->normalize) {
        decoder->state = STATE_LINE;
        return;
    }
    memcpy(work->out + work->written, text.ptr, text.len);
    work->written += text.len;
    facts->bytes += text.len;
    struct newline_counts counts = {.line = decoder->line, .longest = facts->longest};
    newline_count_line(&counts, 2 - text.len);
    facts->longest = counts.longest;
    facts->lines++;
    decoder->line = 0;
    decoder->state = STATE_BARE;
}

/* In state DOT: what is behind the dot that began a line. */
static void step_dot(struct work *work, char c)
{
    struct data_decoder *decoder = work->decoder;
    if (c == '\r') {
        decoder->state = STATE_DOT_CR;
        work->at++;
    } else if (c == '\n') {
        note(&decoder->facts.bare_lf_at, decoder->facts.bytes);
        end_bare(work, SPAN("\r\n"));
        work->at++;
    } else {
        if (c == '.')
            note_dot(&decoder->facts);
        decoder->state = STATE_LINE;
    }
}

/* One byte that newline_scan() would not pass, or one of the states that it does not know. */
static void step(struct work *work)
{
    struct data_decoder *decoder = work->decoder;
    struct data_facts *facts = &decoder->facts;
    char c = work->in[work->at];
    switch ((enum state)decoder->state) {
    case STATE_DOT:
        step_dot(work, c);
        return;
    case STATE_DOT_CR:
        if (c == '\n') {
            decoder->state = STATE_END;
            work->at++;
            return;
        }
        note(&facts->bare_cr_at, facts->bytes);
        end_bare(work, SPAN("\r\n"));
        return;
    case STATE_BARE:
        if (c == '.')
            note_dot(facts);
        decoder->state = STATE_LINE;
        return;
    case STATE_CR:
        note(&facts->bare_cr_at, facts->bytes > 0 ? facts->bytes - 1 : 0);
        end_bare(work, SPAN("\n"));
        return;
    case STATE_START:
    case STATE_LINE:
        if (c == '.' && decoder->chunks) {
            note_dot(facts);
            decoder->state = STATE_LINE;
            return;
        }
        work->at++;
        if (c == '.') {
            decoder->state = STATE_DOT;
            return;
        }
        note(&facts->bare_lf_at, facts->bytes);
        end_bare(work, SPAN("\r\n"));
        return;
    case STATE_END:
        break;
    }
    assert(false && "bytes behind the end");
}

/* How many bytes may be scanned now; 0: none, or the place to write to is full. */
static size_t scan_len(const struct work *work)
{
    size_t len = work->in_len - work->at;
    if (swallows(work->decoder))
        return len;
    size_t room = work->room - work->written;
    if (len > room)
        len = room;
    return len < PIECE ? len : PIECE;
}

static bool is_full(const struct work *work)
{
    if (swallows(work->decoder))
        return false;
    size_t room = work->room - work->written;
    return work->decoder->normalize ? room < 2 : room == 0;
}

enum parse_result data_decode(struct data_decoder *decoder, struct span input, char *out,
                              size_t room, size_t *consumed_out, size_t *written_out)
{
    struct work work = {decoder, input.ptr, input.len, 0, out, room, 0};
    while (work.at < work.in_len && decoder->state != STATE_END && !is_full(&work)) {
        if (decoder->state > STATE_CR) {
            step(&work);
            continue;
        }
        size_t len = scan_len(&work);
        size_t from = work.at;
        scan(&work, len);
        if (work.at < from + len && !is_full(&work))
            step(&work);
    }
    *consumed_out = work.at;
    *written_out = work.written;
    return decoder->state == STATE_END ? PARSE_DONE : PARSE_MORE;
}

struct span data_end_chunks(struct data_decoder *decoder)
{
    struct data_facts *facts = &decoder->facts;
    assert(decoder->chunks);
    if (decoder->state != STATE_CR)
        return SPAN("");
    note(&facts->bare_cr_at, facts->bytes > 0 ? facts->bytes - 1 : 0);
    decoder->state = STATE_LINE;
    if (!decoder->normalize)
        return SPAN("");
    facts->bytes++;
    facts->lines++;
    return SPAN("\n");
}

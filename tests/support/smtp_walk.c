/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/smtp_walk.h"

#include "engine/base/ascii.h"
#include "tunnels/wire/bdat.h"
#include "tunnels/wire/reply.h"

#include <stdio.h>
#include <stdlib.h>

struct state {
    struct walk *walk;
    const struct walk_streams *streams;
    size_t at;        /* in the commands */
    size_t heard;     /* of the replies */
    size_t said_when; /* how many bytes of commands had come when the last reply was said */
    struct reply_reader reader;
    char client[WALK_CLIENT_MAX];
    struct buf envelope;
    bool odd_envelope;
    struct buf chunks; /* of BDAT, so far */
    bool over;
};

static struct span rest_of(const struct state *state)
{
    return span_from(state->streams->commands, state->at);
}

static size_t said_when(const struct walk_streams *streams, size_t reply)
{
    size_t commands = SIZE_MAX;
    for (size_t i = 0; i < streams->mark_count && streams->marks[i].reply <= reply; i++)
        commands = streams->marks[i].commands;
    return commands;
}

/* The code of the next reply; 0: there is none. */
static unsigned hear(struct state *state)
{
    size_t begin = state->heard;
    for (;;) {
        size_t consumed = 0;
        const char *reason = NULL;
        struct span input = span_from(state->streams->replies, state->heard);
        enum parse_result result = reply_read(&state->reader, input, &consumed, &reason);
        state->heard += consumed;
        if (result == PARSE_DONE) {
            state->said_when = said_when(state->streams, begin);
            return state->walk->last_code = state->reader.reply.code;
        }
        if (result == PARSE_BAD || consumed == 0) {
            state->over = true;
            return 0;
        }
    }
}

static unsigned hear_answer(struct state *state)
{
    unsigned code = hear(state);
    /* 521 may also be an upstream's word on a mail, which ends nothing. */
    bool is_last = state->heard == state->streams->replies.len;
    if (code == 421 || (code == 521 && is_last))
        state->over = true;
    return code;
}

static bool is_bare(struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        bool follows_cr = i > 0 && bytes.ptr[i - 1] == '\r';
        if ((bytes.ptr[i] == '\n') != follows_cr)
            return true;
    }
    return bytes.len > 0 && bytes.ptr[bytes.len - 1] == '\r';
}

static struct walk_text *add_text(struct state *state)
{
    struct walk *walk = state->walk;
    if (walk->count == walk->cap) {
        walk->cap = walk->cap * 2 + 8;
        walk->texts = realloc(walk->texts, walk->cap * sizeof *walk->texts);
        if (!walk->texts)
            abort();
    }
    struct walk_text *text = &walk->texts[walk->count++];
    *text = (struct walk_text){.odd_envelope = state->odd_envelope};
    buf_add(&text->envelope, buf_span(&state->envelope));
    memcpy(text->client, state->client, sizeof text->client);
    return text;
}

static void forget_mail(struct state *state)
{
    state->envelope.len = 0;
    state->chunks.len = 0;
    state->odd_envelope = false;
}

static void end_text(struct state *state, struct walk_text *text)
{
    text->bare |= is_bare(buf_span(&text->bytes));
    text->code = hear_answer(state);
    text->early = text->code > 0 && state->said_when < state->at;
    /* BDAT out of order leaves the mail as it is; behind any other refusal nothing but MAIL goes.
     */
    if (text->code / 100 == 5)
        state->chunks.len = 0;
    else
        forget_mail(state);
}

static void add_unstuffed(struct buf *out, struct span bytes)
{
    bool line_begins = true;
    for (size_t i = 0; i < bytes.len; i++) {
        if (!(line_begins && bytes.ptr[i] == '.'))
            buf_add_byte(out, bytes.ptr[i]);
        line_begins = i > 0 && bytes.ptr[i] == '\n' && bytes.ptr[i - 1] == '\r';
    }
}

/* RFC 5321 section 4.1.1.4: only CRLF.CRLF ends it, and the first CRLF may be that of DATA. */
static void read_text(struct state *state)
{
    struct walk_text *text = add_text(state);
    struct span bytes = rest_of(state);
    size_t end = 0;
    if (!span_starts(bytes, SPAN(".\r\n"))) {
        end = span_find(bytes, SPAN("\r\n.\r\n"));
        end = end == SPAN_NONE ? SPAN_NONE : end + 2;
    }
    text->complete = end != SPAN_NONE;
    bytes = span_sub(bytes, 0, end);
    text->bare = is_bare(bytes);
    add_unstuffed(&text->bytes, bytes);
    state->at += bytes.len + (text->complete ? strlen(".\r\n") : 0);
    state->over = !text->complete;
    end_text(state, text);
}

static void read_chunk(struct state *state, struct span argument)
{
    struct bdat bdat;
    if (bdat_parse(argument, &bdat) != PARSE_DONE) {
        (void)hear(state);
        state->over = true;
        return;
    }
    struct span octets = span_sub(rest_of(state), 0, (size_t)bdat.size);
    state->at += octets.len;
    if (octets.len < bdat.size) { /* cut off: so is the message, whatever is said to it */
        (void)hear(state);
        state->over = true;
        return;
    }
    buf_add(&state->chunks, octets);
    if (bdat.last) {
        struct walk_text *text = add_text(state);
        buf_add(&text->bytes, buf_span(&state->chunks));
        text->complete = true;
        end_text(state, text);
    } else if (hear_answer(state) / 100 != 2) {
        state->chunks.len = 0;
    }
}

static void note_secret(struct state *state, struct span secret)
{
    buf_add(&state->walk->secrets, secret);
    buf_add_byte(&state->walk->secrets, '\n');
}

static void read_auth(struct state *state, struct span argument)
{
    size_t space = span_find_byte(argument, ' ');
    state->walk->in_auth = true;
    state->walk->logins++;
    if (space != SPAN_NONE)
        note_secret(state, span_trim(span_from(argument, space)));
    while (hear_answer(state) == 334) {
        size_t end = span_find(rest_of(state), SPAN("\r\n"));
        if (end == SPAN_NONE) {
            note_secret(state, rest_of(state));
            (void)hear(state); /* it may be told why not */
            state->over = true;
            return;
        }
        note_secret(state, span_sub(rest_of(state), 0, end));
        state->at += end + 2;
    }
    state->walk->in_auth = state->over;
}

static void add_path(struct state *state, struct span argument)
{
    size_t begin = span_find_byte(argument, '<');
    struct span path = span_from(argument, begin == SPAN_NONE ? argument.len : begin + 1);
    size_t end = span_find_byte(path, '>');
    path = span_sub(path, 0, end == SPAN_NONE ? 0 : end);
    state->odd_envelope |= begin == SPAN_NONE || end == SPAN_NONE;
    for (size_t i = 0; i < path.len; i++)
        state->odd_envelope |= strchr("\"\\:,<[", path.ptr[i]) != NULL;
    buf_add(&state->envelope, path);
    buf_add_byte(&state->envelope, '\n');
}

static void set_client(struct state *state, struct span address)
{
    (void)snprintf(state->client, sizeof state->client, "%.*s", SPAN_ARG(address));
}

static void take_xclient(struct state *state, struct span attributes)
{
    struct span one;
    while (span_next(&attributes, ' ', &one)) {
        if (span_starts(one, SPAN("ADDR=")))
            set_client(state, span_from(one, strlen("ADDR=")));
    }
}

static void run(struct state *state, struct span line)
{
    size_t space = 0;
    while (space < line.len && !ascii_is_blank(line.ptr[space]))
        space++;
    struct span verb = span_sub(line, 0, space);
    struct span argument = span_trim(span_from(line, space));
    if (span_is_nocase(verb, "BDAT")) {
        read_chunk(state, argument);
        return;
    }
    if (span_is_nocase(verb, "AUTH")) {
        read_auth(state, argument);
        return;
    }
    unsigned code = hear_answer(state);
    bool good = code / 100 == 2;
    if (span_is_nocase(verb, "DATA") && code == 354)
        read_text(state);
    else if (span_is_nocase(verb, "STARTTLS") && good)
        state->over = true;
    if (good && (span_is_nocase(verb, "MAIL") || span_is_nocase(verb, "RSET") ||
                 span_is_nocase(verb, "EHLO") || span_is_nocase(verb, "HELO")))
        forget_mail(state);
    if (good && (span_is_nocase(verb, "MAIL") || span_is_nocase(verb, "RCPT")))
        add_path(state, argument);
    if (good && span_is_nocase(verb, "XCLIENT"))
        take_xclient(state, argument);
    state->walk->mails += good && span_is_nocase(verb, "MAIL");
}

/* A line that no command may be made of ends the session. */
static bool is_line(struct span line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] == '\r' || line.ptr[i] == '\n' || line.ptr[i] == '\0')
            return false;
    }
    return true;
}

void walk_read(struct walk *walk, const struct walk_streams *streams)
{
    struct state state = {.walk = walk, .streams = streams};
    walk->surplus = walk->last_code = walk->mails = walk->logins = 0;
    walk->in_auth = false;
    reply_reader_init(&state.reader);
    set_client(&state, streams->client);
    if (streams->greets && hear_answer(&state) / 100 != 2)
        state.over = true;
    while (!state.over) {
        size_t end = span_find(rest_of(&state), SPAN("\r\n"));
        if (end == SPAN_NONE)
            break;
        struct span line = span_sub(rest_of(&state), 0, end);
        state.at += end + 2;
        if (is_line(line))
            run(&state, line);
        else
            state.over = hear(&state) || true;
    }
    while (hear(&state) > 0)
        walk->surplus++;
    reply_reader_fini(&state.reader);
    buf_fini(&state.envelope);
    buf_fini(&state.chunks);
}

void walk_fini(struct walk *walk)
{
    for (size_t i = 0; i < walk->count; i++) {
        buf_fini(&walk->texts[i].envelope);
        buf_fini(&walk->texts[i].bytes);
    }
    free(walk->texts);
    buf_fini(&walk->secrets);
    *walk = (struct walk){0};
}

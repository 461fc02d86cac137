/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script_judge: what the clients were told, held against what the upstreams have. Both sides are
 * read back from what went over the wire (smtp_walk), so nothing that the engine believes counts:
 *
 *     - each message that was acknowledged has an upstream which took it, the same text for the
 *       same recipients, and said so when it had all of it;
 *     - each text that reached its end at an upstream is a whole text of a client, and one that was
 *       not refused; no more of them were taken than clients may have sent;
 *     - a client gets no more answers than it gave commands, but for a 421 when it has to go;
 *     - what is said in an AUTH exchange is not in the log.
 *
 * Where a rule or a configuration changes texts or envelopes, what it may change is not compared.
 */
#include "engine/base/ascii.h"
#include "engine/base/log.h"
#include "engine/base/utf8.h"
#include "tests/support/script_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUR_FIELD "X-Culvert-Inspected: true\r\n"
/* Of a secret; the log cuts what is foreign. */
#define SECRET_LEAST 12u
#define SECRET_MOST 60u
/* What the password of a script should be, so that it is found in any form. */
#define PASSWORD "hunter2"

static int log_fd = -1;

struct judge {
    struct script *script;
    struct walk clients, mtas;
    bool blind_clients, blind_mtas; /* something was said that nobody can read back */
    struct buf log;
};

void script_open_log(void)
{
    if (log_fd < 0) {
        log_fd = memfd_create("log", MFD_CLOEXEC);
        if (log_fd < 0)
            abort();
        log_setup(log_fd, LOG_DEBUG, LOG_TEXT);
    }
    if (ftruncate(log_fd, 0) != 0 || lseek(log_fd, 0, SEEK_SET) != 0)
        abort();
}

static void show(const char *whose, const struct walk *walk)
{
    for (size_t i = 0; i < walk->count; i++) {
        const struct walk_text *text = &walk->texts[i];
        (void)fprintf(stderr, "--- %s, client %s, answer %u%s%s%s\n%.*s\n", whose, text->client,
                      text->code, text->complete ? "" : ", cut off", text->early ? ", early" : "",
                      text->bare ? ", bare newlines" : "", SPAN_ARG(buf_span(&text->envelope)));
        (void)fwrite(text->bytes.ptr, 1, text->bytes.len, stderr);
    }
}

static void condemn(const struct judge *judge, const char *why)
{
    show("sent", &judge->clients);
    show("got", &judge->mtas);
    script_die(why);
}

static struct span read_log(struct buf *out)
{
    struct stat st;
    if (fstat(log_fd, &st) != 0)
        abort();
    size_t size = (size_t)st.st_size;
    char *room = buf_try_reserve(out, size + 1);
    if (!room || pread(log_fd, room, size, 0) != st.st_size)
        abort();
    out->len = size;
    return buf_span(out);
}

static bool ever(const struct judge *judge, char letter)
{
    return script_mode_has(&judge->script->ever, letter);
}

/* A PROXY header in front of what the client itself says. */
static struct span behind_header(struct span bytes)
{
    char client[32];
    size_t len = script_read_header(bytes, client);
    if (len > 0)
        return span_from(bytes, len);
    size_t end = span_find(bytes, SPAN("\r\n"));
    return span_from(bytes, end == SPAN_NONE ? bytes.len : end + 2);
}

static void check_answers(const struct walk *walk, const struct walk_streams *streams)
{
    bool last_word = walk->last_code == 421 || walk->last_code == 521;
    if (walk->surplus <= (last_word || walk->in_auth))
        return;
    (void)fwrite(streams->commands.ptr, 1, streams->commands.len, stderr);
    (void)fprintf(stderr, "--- answered with\n");
    (void)fwrite(streams->replies.ptr, 1, streams->replies.len, stderr);
    script_die("a client got more answers than it gave commands");
}

static void read_client(struct judge *judge, const struct caller *caller)
{
    struct walk_streams streams = {.commands = fake_sent(caller->peer),
                                   .replies = fake_received(caller->peer),
                                   .client = span_str(caller->proxied ? "" : caller->address),
                                   .greets = true};
    if (caller->muddled) {
        judge->blind_clients = true;
        return;
    }
    if (caller->tls) {
        streams.commands = span_sub(streams.commands, 0, caller->clear_bytes);
        streams.replies = buf_span(&caller->heard);
    }
    if (caller->proxied)
        streams.commands = behind_header(streams.commands);
    if (!caller->greeted_in_tls) {
        walk_read(&judge->clients, &streams);
        if (!caller->tls) /* an alert is no answer */
            check_answers(&judge->clients, &streams);
    }
    if (caller->tls && caller->tls->secured) {
        streams.commands = buf_span(&caller->said);
        streams.replies = buf_span(&caller->tls->plain);
        streams.greets = caller->greeted_in_tls;
        walk_read(&judge->clients, &streams);
        check_answers(&judge->clients, &streams);
    }
}

static void read_tape(struct judge *judge, const struct tape *tape, struct span commands,
                      bool greets)
{
    char client[32];
    size_t header = script_read_header(commands, client);
    struct walk_streams streams = {.commands = span_from(commands, header),
                                   .replies = buf_span(&tape->said),
                                   .client = span_str(client),
                                   .marks = tape->marks,
                                   .mark_count = tape->mark_count,
                                   .greets = greets};
    walk_read(&judge->mtas, &streams);
}

static void read_mta(struct judge *judge, const struct mta *mta)
{
    judge->blind_mtas |= mta->muddled;
    read_tape(judge, &mta->clear, mta->tls ? buf_span(&mta->heard) : fake_received(mta->peer),
              true);
    if (judge->mtas.logins > 0 && !ever(judge, 'a'))
        script_die("a login was sent in clear");
    if (mta->tls && !mta->muddled)
        read_tape(judge, &mta->secret, buf_span(&mta->tls->plain), false);
}

static bool taken(const struct walk_text *text)
{
    return text->complete && !text->early && text->code / 100 == 2;
}

/* What a client sent may be changed on its way, or be written in other ways. */
static bool is_text_free(const struct judge *judge, const struct walk_text *text)
{
    struct span bytes = buf_span(&text->bytes);
    bool encoded = !judge->script->polite || ever(judge, '8') || ever(judge, 'u');
    return text->bare || ever(judge, 'D') || (encoded && !span_is_ascii(bytes)) ||
           span_find_nocase(bytes, SPAN("X-Culvert-")) != SPAN_NONE;
}

static bool is_envelope_free(const struct judge *judge, const struct walk_text *text)
{
    return text->odd_envelope || ever(judge, 'r');
}

static bool is_free(const struct judge *judge, const struct walk_text *text)
{
    return is_text_free(judge, text) || is_envelope_free(judge, text);
}

/* Where the last one in front of `end` begins; `end`: there is none. */
static size_t find_last(struct span bytes, size_t end, struct span what)
{
    size_t last = end;
    size_t from = 0;
    for (size_t at; (at = span_find(span_sub(bytes, from, end - from), what)) != SPAN_NONE;) {
        last = from + at;
        from = last + 1;
    }
    return last;
}

/* They stand together, at the top, or where the header of a text without one would end. */
static void take_out_our_fields(const struct judge *judge, struct walk_text *text)
{
    struct span bytes = buf_span(&text->bytes);
    size_t begin = span_find(bytes, SPAN(OUR_FIELD));
    size_t end = begin + strlen(OUR_FIELD);
    if (begin == SPAN_NONE)
        condemn(judge, "a message was sent on without our field");
    if (ever(judge, 'g') || ever(judge, 'G'))
        begin = find_last(bytes, begin, SPAN("X-Culvert-Loop: "));
    if (ever(judge, 'v'))
        begin = find_last(bytes, begin, SPAN("Received: from "));
    memmove(text->bytes.ptr + begin, text->bytes.ptr + end, bytes.len - end);
    text->bytes.len -= end - begin;
}

/* BDAT need not end with a line end, and what goes on by DATA has one. */
static bool same_text(struct span sent, struct span got)
{
    if (span_equal(sent, got))
        return true;
    return got.len == sent.len + 2 && span_ends_nocase(got, SPAN("\r\n")) &&
           span_equal(sent, span_sub(got, 0, sent.len));
}

/* What names the client to an upstream names this one. */
static bool is_same_client(const struct walk_text *sent, const struct walk_text *got)
{
    return sent->client[0] == '\0' || got->client[0] == '\0' ||
           strcmp(sent->client, got->client) == 0;
}

static bool may_be(const struct judge *judge, const struct walk_text *sent,
                   const struct walk_text *got)
{
    bool same_envelope = span_equal(buf_span(&sent->envelope), buf_span(&got->envelope));
    if (!is_same_client(sent, got) || (!same_envelope && !is_envelope_free(judge, sent)))
        return false;
    return is_text_free(judge, sent) || same_text(buf_span(&sent->bytes), buf_span(&got->bytes));
}

/* An upstream that has taken it, for this one alone. */
static bool find_taken(struct judge *judge, const struct walk_text *sent)
{
    for (size_t i = 0; i < judge->mtas.count; i++) {
        struct walk_text *got = &judge->mtas.texts[i];
        if (!got->used && taken(got) && may_be(judge, sent, got)) {
            got->used = true;
            return true;
        }
    }
    return false;
}

/* Promise 2. Those that are known by every byte choose first. */
static void judge_acknowledged(struct judge *judge)
{
    if (judge->blind_mtas || ever(judge, 'r') || ever(judge, 'D'))
        return;
    for (unsigned free_ones = 0; free_ones < 2; free_ones++) {
        for (size_t i = 0; i < judge->clients.count; i++) {
            struct walk_text *sent = &judge->clients.texts[i];
            if (taken(sent) && is_free(judge, sent) == (free_ones == 1) && !find_taken(judge, sent))
                condemn(judge, "a message was acknowledged that no upstream has taken");
        }
    }
}

/* How many times clients may want it delivered. */
static size_t count_wanted(const struct judge *judge, const struct walk_text *got, bool *sent_out)
{
    size_t wanted = 0;
    for (size_t i = 0; i < judge->clients.count; i++) {
        const struct walk_text *sent = &judge->clients.texts[i];
        if (!sent->complete || !may_be(judge, sent, got))
            continue;
        *sent_out = true;
        if (sent->code / 100 != 5)
            wanted++;
    }
    return wanted;
}

/* An upstream that trusts us in what we say of clients judges ourselves where we say nothing. */
static void judge_named(const struct judge *judge)
{
    const struct script *script = judge->script;
    bool named = script_mode_has(&script->mode, 'X') || script_mode_has(&script->mode, '2');
    for (size_t i = 0; named && !script->reloaded && i < judge->mtas.count; i++) {
        if (judge->mtas.texts[i].client[0] == '\0')
            condemn(judge, "a message was sent that names no client");
    }
}

static size_t count_same_taken(const struct judge *judge, const struct walk_text *text)
{
    size_t count = 0;
    for (size_t i = 0; i < judge->mtas.count; i++) {
        const struct walk_text *other = &judge->mtas.texts[i];
        count += taken(other) &&
                 span_equal(buf_span(&other->envelope), buf_span(&text->envelope)) &&
                 span_equal(buf_span(&other->bytes), buf_span(&text->bytes));
    }
    return count;
}

/* What upstreams have to the end, they have from a client, and it does not think otherwise. */
static void judge_delivered(struct judge *judge)
{
    bool partly = ever(judge, 'r') || ever(judge, 'D');
    for (size_t i = 0; !judge->blind_clients && i < judge->mtas.count; i++) {
        const struct walk_text *got = &judge->mtas.texts[i];
        bool sent = false;
        if (!got->complete)
            continue;
        size_t wanted = count_wanted(judge, got, &sent);
        if (!sent)
            condemn(judge, "an upstream has a text that no client sent");
        if (partly || (got->code != 0 && !taken(got)))
            continue;
        if (wanted == 0)
            condemn(judge, "a message was refused that an upstream may have");
        if (taken(got) && count_same_taken(judge, got) > wanted)
            condemn(judge, "a message was delivered twice without need");
    }
}

static size_t count_in(struct span text, struct span what)
{
    size_t count = 0;
    for (size_t at; (at = span_find(text, what)) != SPAN_NONE; count++)
        text = span_from(text, at + what.len);
    return count;
}

static size_t count_said(const struct judge *judge, struct span what)
{
    const struct script *script = judge->script;
    size_t count = 0;
    for (size_t i = 0; i < script->clients; i++)
        count += count_in(fake_sent(script->callers[i].peer), what) +
                 count_in(buf_span(&script->callers[i].said), what);
    for (size_t i = 0; i < script->mta_count; i++)
        count += count_in(fake_sent(script->mtas[i].peer), what) +
                 count_in(buf_span(&script->mtas[i].secret.said), what);
    return count;
}

static bool is_base64(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_alnum(text.ptr[i]) && !strchr("+/=", text.ptr[i]))
            return false;
    }
    return true;
}

/* What was said elsewhere too may be in the log for that. */
static void judge_log(struct judge *judge)
{
    struct span log = read_log(&judge->log);
    struct span rest = buf_span(&judge->clients.secrets);
    struct span secret;
    if (rest.len == 0)
        return;
    if (count_said(judge, SPAN(PASSWORD)) == 0 && span_find(log, SPAN(PASSWORD)) != SPAN_NONE)
        condemn(judge, "a password is in the log");
    while (span_next(&rest, '\n', &secret)) {
        secret = span_sub(secret, 0, SECRET_MOST);
        if (secret.len < SECRET_LEAST || !is_base64(secret) || count_said(judge, secret) != 1)
            continue;
        if (span_find(log, secret) != SPAN_NONE)
            condemn(judge, "a response of AUTH is in the log");
    }
}

void script_judge(struct script *script)
{
    struct judge judge = {.script = script};
    for (size_t i = 0; i < script->clients; i++)
        read_client(&judge, &script->callers[i]);
    for (size_t i = 0; i < script->mta_count; i++)
        read_mta(&judge, &script->mtas[i]);
    for (size_t i = 0; i < judge.mtas.count; i++) {
        if (judge.mtas.texts[i].complete)
            take_out_our_fields(&judge, &judge.mtas.texts[i]);
    }
    judge_named(&judge);
    judge_acknowledged(&judge);
    judge_delivered(&judge);
    judge_log(&judge);
    walk_fini(&judge.clients);
    walk_fini(&judge.mtas);
    buf_fini(&judge.log);
}

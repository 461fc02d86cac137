/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/chat.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "tests/support/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEERS_MAX 16u
#define SECOND 1000u

/* One stream of the dialogue: its own number is its place in the table. */
struct stream {
    struct fake_peer *peer; /* NULL: not there */
    bool ended;
};

struct chat {
    struct rig rig;
    bool running;
    struct rig_policy *policy; /* for `set`, `route`, `rules` until `reload` or the first event */
    struct stream clients[PEERS_MAX], upstreams[PEERS_MAX];
    size_t client, upstream; /* the ones that lines without a number mean */
    size_t client_count, upstream_count;
    const struct stream *speaker; /* who sent last */
    enum fake_cut cut;
    uint64_t seed;
    char folder[64]; /* a new one for each run: @FOLDER@ in the text */
    struct error *err;
};

static bool fail(struct chat *chat, const char *format, ...) PRINTF_LIKE(2, 3);

static bool fail(struct chat *chat, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return error_set(chat->err, "%s", text);
}

static void start(struct chat *chat)
{
    if (chat->running)
        return;
    fake_cut(chat->cut, chat->seed);
    fake_serve("mta.example", 25, FAKE_ACCEPT);
    rig_init(&chat->rig, chat->policy);
    rig_policy_drop(&chat->policy);
    chat->running = true;
}

static bool take_word(struct span *rest, struct span *word)
{
    *rest = span_trim(*rest);
    size_t end = span_find_byte(*rest, ' ');
    *word = span_sub(*rest, 0, end);
    *rest = end == SPAN_NONE ? span_of("", 0) : span_trim(span_from(*rest, end));
    return word->len > 0;
}

/* "C", "S", "U": the present stream; "C2": makes number 2 the present one. */
static struct stream *stream_of(struct chat *chat, struct span name)
{
    bool client = name.ptr[0] == 'C' || name.ptr[0] == 'S';
    size_t *present = client ? &chat->client : &chat->upstream;
    uint64_t number;
    if (span_to_u64(span_from(name, 1), &number) && number < PEERS_MAX)
        *present = (size_t)number;
    return client ? &chat->clients[*present] : &chat->upstreams[*present];
}

static bool add_stream(struct chat *chat, struct stream *streams, size_t *count, size_t *present,
                       struct fake_peer *peer)
{
    if (*count + 1 >= PEERS_MAX)
        return fail(chat, "too many streams");
    *present = ++*count;
    streams[*present] = (struct stream){.peer = peer};
    return true;
}

static bool call(struct chat *chat, struct span address)
{
    char text[52];
    start(chat);
    if (!chat->rig.place)
        return fail(chat, "the tunnel is closed");
    (void)snprintf(text, sizeof text, "%.*s", SPAN_ARG(address));
    bool good = add_stream(chat, chat->clients, &chat->client_count, &chat->client,
                           rig_call(&chat->rig, text));
    fake_settle(chat->rig.loop);
    return good;
}

/* The first client calls by itself. */
static bool ensure_client(struct chat *chat)
{
    start(chat);
    return chat->client_count > 0 || call(chat, SPAN("192.0.2.7"));
}

/* \r \n \t \\ \0 \xHH */
static void unescape(struct span text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        char next = c == '\\' && i + 1 < text.len ? text.ptr[++i] : '\0';
        if (next == 'x' && i + 2 < text.len) {
            buf_add_byte(out, (char)(ascii_hex(text.ptr[i + 1]) * 16 + ascii_hex(text.ptr[i + 2])));
            i += 2;
        } else if (next != '\0') {
            buf_add_byte(out, next == 'r'   ? '\r'
                              : next == 'n' ? '\n'
                              : next == 't' ? '\t'
                              : next == '0' ? '\0'
                                            : next);
        } else {
            buf_add_byte(out, c);
        }
    }
}

static bool send_bytes(struct chat *chat, struct stream *stream, struct span bytes)
{
    if (!stream->peer)
        return fail(chat, "no such stream");
    /* What one says reaches the engine before another speaks. */
    if (chat->speaker != stream)
        fake_settle(chat->rig.loop);
    chat->speaker = stream;
    if (fake_is_closed(stream->peer))
        return fail(chat, "the engine has closed this stream");
    fake_send(stream->peer, bytes);
    return true;
}

static bool send_text(struct chat *chat, struct stream *stream, struct span text, bool raw,
                      uint64_t times)
{
    struct buf bytes = BUF_INIT;
    for (uint64_t i = 0; i < times; i++) {
        if (raw) {
            unescape(text, &bytes);
        } else {
            buf_add(&bytes, text);
            buf_add_str(&bytes, "\r\n");
        }
    }
    bool good = send_bytes(chat, stream, buf_span(&bytes));
    buf_fini(&bytes);
    return good;
}

/* '*' at the end of what is expected stands for any rest. */
static bool fits(struct span line, struct span wanted)
{
    if (wanted.len > 0 && wanted.ptr[wanted.len - 1] == '*')
        return span_starts(line, span_sub(wanted, 0, wanted.len - 1));
    return span_equal(line, wanted);
}

static bool expect_line(struct chat *chat, struct stream *stream, struct span wanted)
{
    fake_settle(chat->rig.loop);
    if (!stream->peer)
        return fail(chat, "no such stream");
    struct span received = fake_received(stream->peer);
    size_t end = span_find(received, SPAN("\r\n"));
    if (end == SPAN_NONE)
        return fail(chat, "expected \"%.*s\", got nothing%s", SPAN_ARG(wanted),
                    fake_is_closed(stream->peer) ? " (closed)" : "");
    struct span line = span_sub(received, 0, end);
    if (!fits(line, wanted))
        return fail(chat, "expected \"%.*s\", got \"%.*s\"", SPAN_ARG(wanted), SPAN_ARG(line));
    fake_forget(stream->peer, end + 2);
    return true;
}

static bool expect_text(struct chat *chat, struct stream *stream, struct span wanted,
                        uint64_t times)
{
    for (uint64_t i = 0; i < times; i++) {
        if (!expect_line(chat, stream, wanted))
            return false;
    }
    return true;
}

static bool expect_nothing(struct chat *chat, struct stream *stream)
{
    fake_settle(chat->rig.loop);
    struct span received = stream->peer ? fake_received(stream->peer) : span_of("", 0);
    return received.len == 0 ||
           fail(chat, "expected nothing, got \"%.*s\"", SPAN_ARG(span_sub(received, 0, 200)));
}

/* The engine is done with the stream: closed, or its side ended and waiting for ours. */
static bool expect_closed(struct chat *chat, struct stream *stream)
{
    if (!expect_nothing(chat, stream))
        return false;
    if (!stream->peer)
        return fail(chat, "no such stream");
    return fake_is_closed(stream->peer) || fake_is_shut(stream->peer) ||
           fail(chat, "expected it to be closed");
}

static bool split_host(struct chat *chat, struct span text, char host[64], uint16_t *port)
{
    uint64_t number;
    size_t colon = span_find_byte(text, ':');
    if (colon == SPAN_NONE || colon > 63 || !span_to_u64(span_from(text, colon + 1), &number))
        return fail(chat, "expected HOST:PORT");
    (void)snprintf(host, 64, "%.*s", (int)colon, text.ptr);
    *port = (uint16_t)number;
    return true;
}

static bool serve(struct chat *chat, struct span text, enum fake_answer answer)
{
    char host[64];
    uint16_t port;
    if (!split_host(chat, text, host, &port))
        return false;
    start(chat);
    fake_serve(host, port, answer);
    return true;
}

static bool accept_upstream(struct chat *chat, struct span where)
{
    char host[64];
    uint16_t port;
    if (!split_host(chat, where.len > 0 ? where : SPAN("mta.example:25"), host, &port) ||
        !ensure_client(chat))
        return false;
    fake_settle(chat->rig.loop);
    struct fake_peer *peer = fake_accept(host, port);
    if (!peer)
        return fail(chat, "no connection to %s:%u", host, port);
    return add_stream(chat, chat->upstreams, &chat->upstream_count, &chat->upstream, peer);
}

/* The upstream's greeting and its answer to EHLO with a comma-separated list. */
static bool greet(struct chat *chat, struct span offers)
{
    struct stream *stream = &chat->upstreams[chat->upstream];
    struct span offer;
    if (!send_text(chat, stream, SPAN("220 mta.example ESMTP"), false, 1) ||
        !expect_line(chat, stream, SPAN("EHLO gateway.example")))
        return false;
    struct buf reply = BUF_INIT;
    buf_add_str(&reply, offers.len > 0 ? "250-mta.example\r\n" : "250 mta.example\r\n");
    while (offers.len > 0 && span_next(&offers, ',', &offer)) {
        offer = span_trim(offer);
        buf_printf(&reply, "250%c%.*s\r\n", offers.len > 0 ? '-' : ' ', SPAN_ARG(offer));
    }
    bool good = send_bytes(chat, stream, buf_span(&reply));
    buf_fini(&reply);
    fake_settle(chat->rig.loop);
    return good;
}

/* All lines of one reply. */
static bool skip_reply(struct chat *chat, struct stream *stream, struct span code)
{
    for (bool more = true; more;) {
        fake_settle(chat->rig.loop);
        struct span received = fake_received(stream->peer);
        more = received.len > 3 && received.ptr[3] == '-';
        char wanted[8];
        (void)snprintf(wanted, sizeof wanted, "%.*s%c*", SPAN_ARG(code), more ? '-' : ' ');
        if (!expect_line(chat, stream, span_str(wanted)))
            return false;
    }
    return true;
}

/* Greeting, EHLO on both sides: what nearly every dialogue begins with. */
static bool open_session(struct chat *chat, struct span offers)
{
    if (!ensure_client(chat))
        return false;
    struct stream *client = &chat->clients[chat->client];
    if (!expect_line(chat, client, SPAN("220 gateway.example ESMTP")) ||
        !send_text(chat, client, SPAN("EHLO client.example"), false, 1))
        return false;
    bool none = span_is(offers, "known");
    if (!none && (!accept_upstream(chat, span_of("", 0)) || !greet(chat, offers)))
        return false;
    return skip_reply(chat, client, SPAN("250"));
}

/* MAIL and RCPT, both taken by the upstream. */
static bool envelope(struct chat *chat, struct span rest)
{
    static const char *const commands[] = {"MAIL FROM:<ann@client.example>",
                                           "RCPT TO:<bob@there.example>"};
    (void)rest;
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        struct stream *client = &chat->clients[chat->client];
        struct stream *upstream = &chat->upstreams[chat->upstream];
        struct span command = span_str(commands[i]);
        if (!send_text(chat, client, command, false, 1) || !expect_line(chat, upstream, command) ||
            !send_text(chat, upstream, SPAN("250 2.1.0 Ok"), false, 1) ||
            !expect_line(chat, client, SPAN("250 2.1.0 Ok")))
            return false;
    }
    return true;
}

/* DATA and a short text; the argument is its first line. */
static bool text(struct chat *chat, struct span rest)
{
    struct stream *client = &chat->clients[chat->client];
    return send_text(chat, client, SPAN("DATA"), false, 1) &&
           expect_line(chat, client, SPAN("354 End data with <CR><LF>.<CR><LF>")) &&
           send_text(chat, client, rest.len > 0 ? rest : SPAN("Subject: hello"), false, 1) &&
           send_text(chat, client, SPAN("\r\nhello\r\n.\r\n"), true, 1);
}

/* The upstream's side of DATA up to and with the final dot. */
static bool take_text(struct chat *chat, struct span rest)
{
    (void)rest;
    struct stream *upstream = &chat->upstreams[chat->upstream];
    if (!expect_line(chat, upstream, SPAN("DATA")) ||
        !send_text(chat, upstream, SPAN("354 go"), false, 1))
        return false;
    for (bool more = true; more;) {
        fake_settle(chat->rig.loop);
        struct span received = fake_received(upstream->peer);
        more = !span_starts(received, SPAN(".\r\n"));
        if (!expect_line(chat, upstream, SPAN("*")))
            return false;
    }
    return true;
}

/* All of it, with a good end; the client's text has been sent. */
static bool taken(struct chat *chat, struct span rest)
{
    return take_text(chat, rest) &&
           send_text(chat, &chat->upstreams[chat->upstream], SPAN("250 2.0.0 Taken"), false, 1) &&
           expect_line(chat, &chat->clients[chat->client], SPAN("250 2.0.0 Taken"));
}

static bool sleep_for(struct chat *chat, struct span text)
{
    uint64_t number;
    uint64_t unit = SECOND;
    if (span_ends_nocase(text, SPAN("ms")))
        unit = 1;
    text = span_sub(text, 0, text.len - (unit == 1 ? 2 : 1));
    if (!span_to_u64(text, &number))
        return fail(chat, "expected a time like 31s or 500ms");
    start(chat);
    fake_advance(chat->rig.loop, number * unit);
    return true;
}

static bool set(struct chat *chat, struct span rest)
{
    struct span name;
    if (!chat->policy)
        return fail(chat, "settings come first, or between `policy` and `reload`");
    return take_word(&rest, &name) && rig_set(chat->policy, name, rest)
               ? true
               : fail(chat, "no such setting or value");
}

static bool route(struct chat *chat, struct span rest)
{
    char text[512];
    if (!chat->policy)
        return fail(chat, "routes come first, or between `policy` and `reload`");
    if (span_is(rest, "none")) {
        rig_no_routes(chat->policy);
        return true;
    }
    (void)snprintf(text, sizeof text, "%.*s", SPAN_ARG(rest));
    rig_route(chat->policy, text);
    return true;
}

static bool rules(struct chat *chat, struct span rest)
{
    if (!chat->policy)
        return fail(chat, "rules come first, or between `policy` and `reload`");
    const char *text = arena_str(chat->policy->arena, rest);
    return rig_rules(chat->policy, text) || fail(chat, "the rules are wrong");
}

static bool new_policy(struct chat *chat, struct span rest)
{
    (void)rest;
    start(chat);
    chat->policy = rig_policy_new();
    return true;
}

static bool reload(struct chat *chat, struct span rest)
{
    (void)rest;
    if (!chat->policy || !chat->running)
        return fail(chat, "`policy` comes first");
    rig_reload(&chat->rig, chat->policy);
    rig_policy_drop(&chat->policy);
    return true;
}

static bool count_policies(struct chat *chat, struct span rest)
{
    uint64_t number;
    fake_settle(chat->rig.loop);
    if (!span_to_u64(rest, &number) || number != rig_policies())
        return fail(chat, "%u policies are held", rig_policies());
    return true;
}

static bool count_dials(struct chat *chat, struct span rest)
{
    struct span where;
    char host[64];
    uint16_t port;
    uint64_t number;
    if (!take_word(&rest, &where) || !split_host(chat, where, host, &port) ||
        !span_to_u64(rest, &number))
        return fail(chat, "expected HOST:PORT NUMBER");
    fake_settle(chat->rig.loop);
    return fake_dials(host, port) == number ||
           fail(chat, "%u connections were tried", fake_dials(host, port));
}

static bool workers(struct chat *chat, struct span rest)
{
    start(chat);
    fake_hold_workers(span_is(rest, "hold"));
    return span_is(rest, "hold") || span_is(rest, "go") || fail(chat, "expected hold or go");
}

static bool inline_ms(struct chat *chat, struct span rest)
{
    uint64_t number;
    start(chat);
    if (!span_to_u64(rest, &number))
        return fail(chat, "expected milliseconds");
    rig_inline_ms(&chat->rig, (unsigned)number);
    return true;
}

static bool drain(struct chat *chat, struct span rest)
{
    (void)rest;
    start(chat);
    rig_drain(&chat->rig);
    fake_settle(chat->rig.loop);
    return true;
}

static bool drained(struct chat *chat, struct span rest)
{
    fake_settle(chat->rig.loop);
    bool wanted = !span_is(rest, "not");
    return chat->rig.drained == wanted ||
           fail(chat, "the engine is %sdrained", wanted ? "not " : "");
}

static bool serve_accept(struct chat *chat, struct span rest)
{
    return serve(chat, rest, FAKE_ACCEPT);
}

static bool serve_refuse(struct chat *chat, struct span rest)
{
    return serve(chat, rest, FAKE_REFUSE);
}

static bool serve_silent(struct chat *chat, struct span rest)
{
    return serve(chat, rest, FAKE_SILENT);
}

/* "new 2", "tmp 0": how many files the folder of a Maildir has. */
static bool count_files(struct chat *chat, struct span rest)
{
    char command[256];
    struct span folder;
    uint64_t number;
    if (!take_word(&rest, &folder) || !span_to_u64(rest, &number))
        return fail(chat, "expected FOLDER NUMBER");
    fake_settle(chat->rig.loop);
    (void)snprintf(command, sizeof command, "test $(ls '%s/mail/%.*s' | wc -l) -eq %u",
                   chat->folder, SPAN_ARG(folder), (unsigned)number);
    return system(command) == 0 || fail(chat, "not so many files");
}

static const struct directive {
    const char *name;
    bool (*run)(struct chat *chat, struct span rest);
} directives[] = {
    {"set", set},
    {"route", route},
    {"rules", rules},
    {"policy", new_policy},
    {"reload", reload},
    {"policies", count_policies},
    {"dials", count_dials},
    {"workers", workers},
    {"drain", drain},
    {"drained", drained},
    {"serve", serve_accept},
    {"refuse", serve_refuse},
    {"silent", serve_silent},
    {"accept", accept_upstream},
    {"greet", greet},
    {"open", open_session},
    {"sleep", sleep_for},
    {"client", call},
    {"inline", inline_ms},
    {"files", count_files},
    {"envelope", envelope},
    {"text", text},
    {"take", take_text},
    {"taken", taken},
};

static bool act(struct chat *chat, struct stream *stream, struct span verb, struct span rest)
{
    uint64_t number;
    if (!stream->peer)
        return fail(chat, "no such stream");
    fake_settle(chat->rig.loop);
    if (span_is(verb, "end"))
        fake_end(stream->peer);
    else if (span_is(verb, "reset"))
        fake_break(stream->peer);
    else if (span_is(verb, "takes") && span_to_u64(rest, &number))
        fake_take_only(stream->peer, (size_t)number);
    else if (span_is(verb, "takes"))
        fake_take_only(stream->peer, SIZE_MAX);
    else if (span_is(verb, "closed"))
        return expect_closed(chat, stream);
    else if (span_is(verb, "nothing"))
        return expect_nothing(chat, stream);
    else if (span_is(verb, "250"))
        return skip_reply(chat, stream, verb);
    else
        return fail(chat, "what is \"%.*s\"?", SPAN_ARG(verb));
    fake_settle(chat->rig.loop);
    return true;
}

/* "C:", "C2!", "S:", "U>", "U1<", "U<*2000": who, what is done, how often. */
struct prefix {
    struct span who;
    char how;
    uint64_t times;
};

static bool parse_prefix(struct span word, struct prefix *out)
{
    size_t at = 1;
    if (word.len == 0 || (word.ptr[0] != 'C' && word.ptr[0] != 'S' && word.ptr[0] != 'U'))
        return false;
    while (at < word.len && ascii_is_digit(word.ptr[at]))
        at++;
    *out = (struct prefix){.who = span_sub(word, 0, at), .how = '\0', .times = 1};
    if (at == word.len)
        return true;
    out->how = word.ptr[at++];
    if (at == word.len)
        return strchr(":!<>+", out->how) != NULL;
    return word.ptr[at] == '*' && span_to_u64(span_from(word, at + 1), &out->times);
}

static bool play_stream(struct chat *chat, const struct prefix *prefix, struct span text,
                        struct span rest)
{
    if (!ensure_client(chat))
        return false;
    struct stream *stream = stream_of(chat, prefix->who);
    struct span verb;
    switch (prefix->how) {
    case '!': /* the client's bytes, with escapes */
    case '+': /* the upstream's */
        return send_text(chat, stream, text, true, prefix->times);
    case '>':
        return send_text(chat, stream, text, false, prefix->times);
    case '<':
        return expect_text(chat, stream, text, prefix->times);
    case ':':
        return prefix->who.ptr[0] == 'C' ? send_text(chat, stream, text, false, prefix->times)
                                         : expect_text(chat, stream, text, prefix->times);
    default:
        return take_word(&rest, &verb) && act(chat, stream, verb, rest);
    }
}

static bool play_line(struct chat *chat, struct span line)
{
    struct span rest = line;
    struct span word;
    struct prefix prefix;
    if (!take_word(&rest, &word) || word.ptr[0] == '#')
        return true;
    if (parse_prefix(word, &prefix)) {
        /* One blank behind the prefix; more of them are text. */
        size_t at = word.len + 1;
        return play_stream(chat, &prefix, span_from(line, at), rest);
    }
    for (size_t i = 0; i < ARRAY_LEN(directives); i++) {
        if (span_is(word, directives[i].name))
            return directives[i].run(chat, rest);
    }
    return fail(chat, "what is \"%.*s\"?", SPAN_ARG(word));
}

/* @FOLDER@ is a new folder for each run. */
static void put_folder(struct chat *chat, struct span line, struct buf *out)
{
    size_t at = span_find(line, SPAN("@FOLDER@"));
    if (at == SPAN_NONE) {
        buf_add(out, line);
        return;
    }
    if (chat->folder[0] == '\0') {
        (void)strcpy(chat->folder, "/tmp/culvert-chat-XXXXXX");
        if (!mkdtemp(chat->folder))
            abort();
    }
    buf_add(out, span_sub(line, 0, at));
    buf_add_str(out, chat->folder);
    buf_add(out, span_from(line, at + strlen("@FOLDER@")));
}

static bool all_said(struct chat *chat)
{
    for (size_t i = 0; i < PEERS_MAX; i++) {
        if (!expect_nothing(chat, &chat->clients[i]) || !expect_nothing(chat, &chat->upstreams[i]))
            return false;
    }
    return true;
}

static bool finish(struct chat *chat, bool good)
{
    if (chat->running) {
        if (good)
            good = all_said(chat);
        rig_policy_drop(&chat->policy);
        const char *left = rig_fini(&chat->rig);
        if (good && left)
            good = fail(chat, "%s", left);
        if (good && rig_policies() != 0)
            good = fail(chat, "a policy is still held");
    } else {
        rig_policy_drop(&chat->policy);
    }
    if (chat->folder[0]) {
        char command[128];
        (void)snprintf(command, sizeof command, "rm -r '%s'", chat->folder);
        if (system(command) != 0)
            return fail(chat, "cannot remove %s", chat->folder);
    }
    return good;
}

static bool play_file(struct chat *chat, FILE *file, unsigned *number)
{
    char *text = NULL;
    size_t cap = 0;
    bool good = true;
    for (ssize_t len; good && (len = getline(&text, &cap, file)) >= 0;) {
        struct buf line = BUF_INIT;
        ++*number;
        put_folder(chat, span_of(text, (size_t)len - (text[len - 1] == '\n')), &line);
        good = play_line(chat, buf_span(&line));
        buf_fini(&line);
    }
    free(text);
    return good;
}

bool chat_play(const char *path, enum fake_cut cut, uint64_t seed, struct error *err)
{
    struct chat chat = {.cut = cut, .seed = seed, .err = err};
    unsigned number = 0;
    FILE *file = fopen(path, "r");
    if (!file)
        return error_set(err, "cannot open %s", path);
    chat.policy = rig_policy_new();
    bool good = play_file(&chat, file, &number);
    (void)fclose(file);
    good = finish(&chat, good) && good;
    const char *name = strrchr(path, '/');
    if (!good)
        error_prefix(err, "%s:%u", name ? name + 1 : path, number);
    return good;
}

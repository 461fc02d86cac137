/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/chat.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "tests/support/chat_link.h"

#include <stdio.h>
#include <stdlib.h>

static bool act(struct chat *chat, struct stream *stream, struct span verb, struct span rest)
{
    uint64_t number;
    if (!stream->peer)
        return chat_fail(chat, "no such stream");
    fake_settle(chat->rig.loop);
    if (span_is(verb, "end"))
        fake_end(stream->peer);
    else if (span_is(verb, "reset"))
        fake_break(stream->peer);
    else if (span_is(verb, "takes") && span_to_u64(rest, &number))
        fake_take_only(stream->peer, (size_t)number);
    else if (span_is(verb, "takes"))
        fake_take_only(stream->peer, SIZE_MAX);
    else if (span_is(verb, "deaf") || span_is(verb, "hears"))
        fake_acknowledge(stream->peer, span_is(verb, "hears"));
    else if (span_is(verb, "closed"))
        return chat_expect_closed(chat, stream);
    else if (span_is(verb, "nothing"))
        return chat_expect_nothing(chat, stream);
    else if (span_is(verb, "tls"))
        return chat_skip_records(chat, stream);
    else if (span_is(verb, "secure"))
        return chat_secure(chat, stream, rest);
    else if (span_is(verb, "250"))
        return chat_skip_reply(chat, stream, verb);
    else
        return chat_fail(chat, "what is \"%.*s\"?", SPAN_ARG(verb));
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
        return strchr(":!<>+=", out->how) != NULL;
    return word.ptr[at] == '*' && span_to_u64(span_from(word, at + 1), &out->times);
}

static bool play_stream(struct chat *chat, const struct prefix *prefix, struct span text,
                        struct span rest)
{
    if (!chat_ensure_client(chat))
        return false;
    struct stream *stream = chat_stream(chat, prefix->who);
    struct span verb;
    switch (prefix->how) {
    case '!': /* the client's bytes, with escapes */
    case '+': /* the upstream's */
        return chat_send_text(chat, stream, text, true, prefix->times);
    case '>':
        return chat_send_text(chat, stream, text, false, prefix->times);
    case '=': /* it gets just these bytes next */
        return chat_expect_bytes(chat, stream, text);
    case '<':
        return chat_expect_times(chat, stream, text, prefix->times);
    case ':':
        return prefix->who.ptr[0] == 'C' ? chat_send_text(chat, stream, text, false, prefix->times)
                                         : chat_expect_times(chat, stream, text, prefix->times);
    default:
        return chat_word(&rest, &verb) && act(chat, stream, verb, rest);
    }
}

static bool play_line(struct chat *chat, struct span line)
{
    struct span rest = line;
    struct span word;
    struct prefix prefix;
    if (!chat_word(&rest, &word) || word.ptr[0] == '#')
        return true;
    if (parse_prefix(word, &prefix)) {
        /* One blank behind the prefix; more of them are text. */
        size_t at = word.len + 1;
        return play_stream(chat, &prefix, span_from(line, at), rest);
    }
    return chat_step(chat, word, rest);
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
        if (!chat_expect_nothing(chat, &chat->clients[i]) ||
            !chat_expect_nothing(chat, &chat->upstreams[i]))
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
            good = chat_fail(chat, "%s", left);
        if (good && rig_policies() != 0)
            good = chat_fail(chat, "a policy is still held");
    } else {
        rig_policy_drop(&chat->policy);
    }
    for (size_t i = 0; i < PEERS_MAX; i++) {
        chat_stream_fini(&chat->clients[i]);
        chat_stream_fini(&chat->upstreams[i]);
    }
    free(chat->counts);
    if (chat->folder[0]) {
        char command[128];
        (void)snprintf(command, sizeof command, "rm -r '%s'", chat->folder);
        if (system(command) != 0)
            return chat_fail(chat, "cannot remove %s", chat->folder);
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

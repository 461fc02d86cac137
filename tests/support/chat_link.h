/* SPDX-License-Identifier: Apache-2.0 */
/* chat_link: the inside of a chat: chat.c (lines), chat_stream.c (who says what), chat_step.c. */
#ifndef CULVERT_TESTS_CHAT_LINK_H
#define CULVERT_TESTS_CHAT_LINK_H

#include "tests/support/chat.h"
#include "tests/support/rig.h"

#define PEERS_MAX 16u

/* One stream of the dialogue: its own number is its place in the table. */
struct stream {
    struct fake_peer *peer; /* NULL: not there */
    bool ended;
    struct tls_end *tls; /* NULL: in clear */
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
    char *counts;    /* the metrics at `counting`, or NULL */
    struct error *err;
};
/* Always false. */
bool chat_fail(struct chat *chat, const char *format, ...) PRINTF_LIKE(2, 3);
/* Puts the engine to work, where it is not. */
void chat_start(struct chat *chat);
bool chat_word(struct span *rest, struct span *word);
/* "C", "S", "U": the present stream; "C2": makes number 2 the present one. */
struct stream *chat_stream(struct chat *chat, struct span name);
bool chat_add(struct chat *chat, struct stream *streams, size_t *count, size_t *present,
              struct fake_peer *peer);
bool chat_call(struct chat *chat, struct span address);
bool chat_ensure_client(struct chat *chat);
bool chat_send(struct chat *chat, struct stream *stream, struct span bytes);
/* `raw`: with escapes and without a line end. */
bool chat_send_text(struct chat *chat, struct stream *stream, struct span text, bool raw,
                    uint64_t times);
bool chat_expect(struct chat *chat, struct stream *stream, struct span wanted);
bool chat_expect_times(struct chat *chat, struct stream *stream, struct span wanted,
                       uint64_t times);
/* With escapes. */
bool chat_expect_bytes(struct chat *chat, struct stream *stream, struct span wanted);
bool chat_expect_nothing(struct chat *chat, struct stream *stream);
bool chat_expect_closed(struct chat *chat, struct stream *stream);
bool chat_skip_reply(struct chat *chat, struct stream *stream, struct span code);
bool chat_skip_records(struct chat *chat, struct stream *stream);

/* chat_tls.c: the far end goes over to TLS, an upstream as a server, a client as a client. `how` is
 * empty or has "fails", and of a client "sni=HOST", "with=client", "with=expired", "with=strange".
 */
bool chat_secure(struct chat *chat, struct stream *stream, struct span how);
/* What the engine wrote and nobody took, decrypted where that applies. */
struct span chat_received(struct stream *stream);
void chat_forget(struct stream *stream, size_t bytes);
void chat_say(struct stream *stream, struct span bytes);
void chat_stream_fini(struct stream *stream);

/* chat_counts.c */
bool chat_counting(struct chat *chat, struct span rest);
bool chat_counted(struct chat *chat, struct span rest);

/* One line that names no stream. */
bool chat_step(struct chat *chat, struct span name, struct span rest);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Smuggling: every published way to make two servers see different ends of a text, sent by DATA and
 * by BDAT, cut in all ways, to upstreams that take DATA or BDAT. What leaves for the upstream must
 * have one reading for anybody: no CR or LF alone, CRLF "." CRLF at its end only. The client hears
 * one answer to one text, and nothing in the text is run. Likewise texts that rules write, texts by
 * chance, and what an upstream says.
 */
#include "tests/support/rig.h"

#include "engine/base/buf.h"
#include "engine/base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define BEFORE "Subject: one\r\n\r\nfirst"
#define BEHIND                                                                                     \
    "MAIL FROM:<evil@client.example>\r\nRCPT TO:<victim@there.example>\r\nDATA\r\n"                \
    "Subject: two\r\n\r\nsecond"
#define RANDOM_RUNS 400u

/* The answers to the text where what stands alone is refused, and where it is mended. */
struct variant {
    const char *name;
    struct span bytes;
    unsigned code, mended;
};

static const struct variant variants[] = {
    {"LF . LF", SPAN_INIT("\n.\n"), 550, 250},
    {"LF . CRLF", SPAN_INIT("\n.\r\n"), 550, 250},
    {"LF . CR", SPAN_INIT("\n.\r"), 550, 250},
    {"CR . CR", SPAN_INIT("\r.\r"), 550, 250},
    {"CR . LF", SPAN_INIT("\r.\n"), 550, 250},
    {"CR . CRLF", SPAN_INIT("\r.\r\n"), 550, 250},
    {"CRLF . LF", SPAN_INIT("\r\n.\n"), 550, 250},
    {"CRLF . CR", SPAN_INIT("\r\n.\r"), 550, 250},
    {"CRLF . CR CRLF", SPAN_INIT("\r\n.\r\r\n"), 550, 250},
    {"CRLF . CRCRLF CRLF", SPAN_INIT("\r\n.\r\r\n\r\n"), 550, 250},
    {"CRCRLF . CRLF", SPAN_INIT("\r\r\n.\r\n"), 550, 250},
    {"CRCRLF . CRCRLF", SPAN_INIT("\r\r\n.\r\r\n"), 550, 250},
    {"CRLF CR . CRLF", SPAN_INIT("\r\n\r.\r\n"), 550, 250},
    {"CRLF LF . CRLF", SPAN_INIT("\r\n\n.\r\n"), 550, 250},
    {"LFLF . LFLF", SPAN_INIT("\n\n.\n\n"), 550, 250},
    {"LFCR . LFCR", SPAN_INIT("\n\r.\n\r"), 550, 250},
    {"CRLF . CR NUL LF", SPAN_INIT("\r\n.\r\0\n"), 550, 250},
    {"CRLF CR NUL LF . CRLF", SPAN_INIT("\r\n\r\0\n.\r\n"), 550, 250},
    {"CRLF . LFCR", SPAN_INIT("\r\n.\n\r"), 550, 250},
    {"CRLF LF . LF CRLF", SPAN_INIT("\r\n\n.\n\r\n"), 550, 250},
    {"CRLF NUL . CRLF", SPAN_INIT("\r\n\0.\r\n"), 550, 550},
    {"CRLF NUL NUL . NUL CRLF", SPAN_INIT("\r\n\0\0.\0\r\n"), 550, 550},
    {"NUL CRLF . text CRLF", SPAN_INIT("\0\r\n.text\r\n"), 250, 250},
    {"CRLF . NUL CRLF", SPAN_INIT("\r\n.\0\r\n"), 250, 250},
    {"CRLF .. CRLF", SPAN_INIT("\r\n..\r\n"), 250, 250},
    {"CRLF . blank CRLF", SPAN_INIT("\r\n. \r\n"), 250, 250},
    {"CRLF blank . CRLF", SPAN_INIT("\r\n .\r\n"), 250, 250},
    {"CRLF VT . CRLF", SPAN_INIT("\r\n\v.\r\n"), 250, 250},
    {"CRLF FF . FF CRLF", SPAN_INIT("\r\n\f.\f\r\n"), 250, 250},
    {"NEL . NEL", SPAN_INIT("\x85.\x85"), 250, 250},
    {"CRLF . NEL", SPAN_INIT("\r\n.\x85"), 250, 250},
    {"U+2028 . U+2028", SPAN_INIT("\xe2\x80\xa8.\xe2\x80\xa8"), 250, 250},
};

struct way {
    bool in_chunks;    /* the client sends BDAT */
    size_t first;      /* octets of its first chunk; 0: one chunk */
    bool takes_chunks; /* the upstream does */
    bool normalize;
    enum fake_cut cut;
    uint64_t seed;
    const char *rules;
    const char *last_word; /* of the upstream, instead of 250 */
};

struct mta {
    struct fake_peer *peer;
    struct buf text;
    bool in_text;
    size_t chunk; /* octets of it to come */
    bool gone;
};

struct world {
    struct way way;
    const char *name;
    struct rig rig;
    struct fake_peer *client;
    struct mta mtas[8];
    size_t mta_count;
    unsigned mails;    /* MAIL at the upstream */
    unsigned messages; /* texts that the upstream took */
    bool is_cut_off;   /* 421 followed the reply, and the end */
};

/* --- the upstream --- */

static void say(struct mta *mta, const char *text)
{
    if (!fake_is_closed(mta->peer))
        fake_send_text(mta->peer, text);
}

/* As seen by servers of every kind: where one ends a line, all do. */
static void check_one_reading(const struct world *world, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool lone_cr = text.ptr[i] == '\r' && (i + 1 == text.len || text.ptr[i + 1] != '\n');
        bool lone_lf = text.ptr[i] == '\n' && (i == 0 || text.ptr[i - 1] != '\r');
        if (lone_cr || lone_lf)
            fail_msg("%s: a CR or LF alone left at %zu", world->name, i);
    }
}

static void end_of_text(struct world *world, struct mta *mta)
{
    check_one_reading(world, buf_span(&mta->text));
    world->messages++;
    say(mta, world->way.last_word ? world->way.last_word : "250 2.0.0 taken\r\n");
}

/* RFC 5321 to the letter: only CRLF "." CRLF ends it. False: more has to come. */
static bool take_text(struct world *world, struct mta *mta)
{
    struct span received = fake_received(mta->peer);
    size_t end = span_starts(received, SPAN(".\r\n")) ? 0 : span_find(received, SPAN("\r\n.\r\n"));
    if (end == SPAN_NONE)
        return false;
    size_t text = end == 0 ? 0 : end + 2;
    mta->text.len = 0;
    buf_add(&mta->text, span_sub(received, 0, text));
    fake_forget(mta->peer, text + 3);
    mta->in_text = false;
    end_of_text(world, mta);
    return true;
}

static bool take_chunk(struct world *world, struct mta *mta)
{
    struct span received = fake_received(mta->peer);
    if (received.len < mta->chunk)
        return false;
    mta->text.len = 0;
    buf_add(&mta->text, span_sub(received, 0, mta->chunk));
    fake_forget(mta->peer, mta->chunk);
    mta->chunk = 0;
    end_of_text(world, mta);
    return true;
}

static bool take_command(struct world *world, struct mta *mta)
{
    struct span received = fake_received(mta->peer);
    size_t end = span_find(received, SPAN("\r\n"));
    char line[600];
    if (end == SPAN_NONE)
        return false;
    (void)snprintf(line, sizeof line, "%.*s", (int)end, received.ptr);
    fake_forget(mta->peer, end + 2);
    if (strstr(line, "evil") || strstr(line, "victim"))
        fail_msg("%s: a text was run: %s", world->name, line);
    world->mails += strncmp(line, "MAIL", 4) == 0;
    if (strncmp(line, "EHLO", 4) == 0)
        say(mta, world->way.takes_chunks ? "250-mta\r\n250-CHUNKING\r\n250 PIPELINING\r\n"
                                         : "250-mta\r\n250 PIPELINING\r\n");
    else if (strcmp(line, "DATA") == 0)
        say(mta, "354 go\r\n");
    else if (strncmp(line, "BDAT ", 5) != 0)
        say(mta, "250 2.0.0 ok\r\n");
    mta->in_text = strcmp(line, "DATA") == 0;
    if (strncmp(line, "BDAT ", 5) == 0)
        mta->chunk = strtoul(line + 5, NULL, 10);
    return true;
}

static bool mta_turn(struct world *world, struct mta *mta)
{
    if (mta->in_text)
        return take_text(world, mta);
    return mta->chunk > 0 ? take_chunk(world, mta) : take_command(world, mta);
}

static void settle(struct world *world)
{
    for (bool any = true; any;) {
        struct fake_peer *peer;
        any = false;
        fake_settle(world->rig.loop);
        while ((peer = fake_accept("mta.example", 25)) != NULL) {
            assert_true(world->mta_count < ARRAY_LEN(world->mtas));
            world->mtas[world->mta_count] = (struct mta){.peer = peer};
            say(&world->mtas[world->mta_count++], "220 mta.example\r\n");
            any = true;
        }
        for (size_t i = 0; i < world->mta_count; i++)
            any |= mta_turn(world, &world->mtas[i]);
    }
}

/* --- the client --- */

/* What has come, without the 421 of a session that is over. */
static struct span received_reply(struct world *world)
{
    struct span received = fake_received(world->client);
    size_t last = span_find(received, SPAN("\r\n421 4.7.0 "));
    world->is_cut_off = last != SPAN_NONE;
    if (!world->is_cut_off)
        return received;
    assert_true(fake_is_closed(world->client) || fake_is_shut(world->client));
    assert_int_equal(span_find(span_from(received, last + 2), SPAN("\r\n")),
                     received.len - last - 4);
    return span_sub(received, 0, last + 2);
}

/* What has come is one reply, of one line or more; its code. */
static unsigned one_reply(struct world *world)
{
    struct span rest = received_reply(world);
    unsigned code = 0;
    check_one_reading(world, rest);
    assert_false(memchr(rest.ptr, '\0', rest.len));
    while (rest.len > 0) {
        size_t end = span_find(rest, SPAN("\r\n"));
        assert_true(end != SPAN_NONE && end >= 4);
        if (code != 0)
            fail_msg("%s: more than one reply: %.*s", world->name,
                     SPAN_ARG(fake_received(world->client)));
        if (rest.ptr[3] != '-')
            code = (unsigned)strtoul(rest.ptr, NULL, 10);
        rest = span_from(rest, end + 2);
    }
    fake_forget(world->client, fake_received(world->client).len);
    return code;
}

static unsigned ask(struct world *world, const char *line)
{
    fake_send_text(world->client, line);
    settle(world);
    return one_reply(world);
}

static void begin(struct world *world, const struct way *way, const char *name)
{
    struct rig_policy *policy = rig_policy_new();
    *world = (struct world){.way = *way, .name = name};
    policy->tunnel.bare_newline = way->normalize ? BARE_NEWLINE_NORMALIZE : BARE_NEWLINE_REJECT;
    policy->tunnel.max_message_size = (uint64_t)8 << 20;
    fake_cut(way->cut, way->seed);
    fake_serve("mta.example", 25, FAKE_ACCEPT);
    if (way->rules)
        assert_true(rig_rules(policy, way->rules));
    rig_init(&world->rig, policy);
    rig_policy_drop(&policy);
    world->client = rig_call(&world->rig, "192.0.2.7");
    settle(world);
    assert_int_equal(one_reply(world), 220);
    assert_int_equal(ask(world, "EHLO client.example\r\n"), 250);
    assert_int_equal(ask(world, "MAIL FROM:<ann@client.example>\r\n"), 250);
    assert_int_equal(ask(world, "RCPT TO:<bob@there.example>\r\n"), 250);
}

static void end(struct world *world)
{
    if (!world->is_cut_off)
        assert_int_equal(ask(world, "QUIT\r\n"), 221);
    assert_int_equal(world->mails, 1);
    fake_end(world->client);
    for (size_t i = 0; i < world->mta_count; i++) {
        fake_end(world->mtas[i].peer);
        buf_fini(&world->mtas[i].text);
    }
    fake_settle(world->rig.loop);
    const char *left = rig_fini(&world->rig);
    if (left)
        fail_msg("%s: %s", world->name, left);
    assert_int_equal(rig_policies(), 0);
}

static unsigned send_chunk(struct world *world, struct span bytes, bool last)
{
    struct buf wire = BUF_INIT;
    buf_printf(&wire, "BDAT %zu%s\r\n", bytes.len, last ? " LAST" : "");
    buf_add(&wire, bytes);
    fake_send(world->client, buf_span(&wire));
    buf_fini(&wire);
    settle(world);
    return one_reply(world);
}

/* Sends the text; by DATA it has its final dot already, by BDAT that is taken off. */
static unsigned send_text(struct world *world, struct span text)
{
    const struct way *way = &world->way;
    if (!way->in_chunks) {
        assert_int_equal(ask(world, "DATA\r\n"), 354);
        fake_send(world->client, text);
        settle(world);
        return one_reply(world);
    }
    text.len -= strlen(".\r\n");
    size_t first = way->first < text.len ? way->first : 0;
    if (first > 0) {
        unsigned code = send_chunk(world, span_sub(text, 0, first), false);
        if (code != 250)
            return code;
    }
    return send_chunk(world, span_from(text, first), true);
}

/* By DATA; a sender may have seen no end then. */
static bool end_is_doubtful(const struct way *way, struct span text)
{
    bool lone = false;
    for (size_t i = 0; i < text.len; i++)
        lone |= text.ptr[i] == '\0' ||
                (text.ptr[i] == '\r' && (i + 1 == text.len || text.ptr[i + 1] != '\n'));
    return lone && !way->in_chunks;
}

static void play(const struct way *way, const char *name, struct span text, unsigned code)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    begin(world, way, name);
    unsigned got = send_text(world, text);
    if (code > 0 && got != code)
        fail_msg("%s: %u, not %u", name, got, code);
    assert_int_equal(world->messages, got == 250 ? 1 : 0);
    if (world->is_cut_off != end_is_doubtful(way, text))
        fail_msg("%s: the session %s", name, world->is_cut_off ? "was cut off" : "goes on");
    end(world);
    free(world);
}

/* --- the tests --- */

static void each_way(const struct variant *variant, struct span text)
{
    const char *name = variant->name;
    /* By DATA that is the end, whatever is before it. */
    bool is_end = span_find(variant->bytes, SPAN("\r\n.\r\n")) != SPAN_NONE;
    for (unsigned i = 0; i < 16; i++) {
        if (is_end && !(i & 1))
            continue;
        struct way way = {.in_chunks = i & 1, .takes_chunks = i & 2, .normalize = i & 4};
        unsigned wanted = way.normalize ? variant->mended : variant->code;
        way.cut = i & 8 ? FAKE_BYTES : FAKE_WHOLE;
        play(&way, name, text, wanted);
        way.cut = FAKE_RANDOM;
        way.seed = i;
        play(&way, name, text, wanted);
        /* A chunk ends at each place of the variant. */
        way.cut = FAKE_WHOLE;
        for (size_t at = 0; way.in_chunks && i < 8 && at <= variant->bytes.len; at++) {
            way.first = strlen(BEFORE) + at;
            play(&way, name, text, wanted);
        }
    }
}

static void test_ends_of_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(variants); i++) {
        struct buf text = BUF_INIT;
        buf_add_str(&text, BEFORE);
        buf_add(&text, variants[i].bytes);
        buf_add_str(&text, BEHIND "\r\n.\r\n");
        each_way(&variants[i], buf_span(&text));
        buf_fini(&text);
    }
}

/* An end of data to the letter, which a sender may not have meant: nothing behind it is run,
 * whether it comes with the text or later. */
static void test_ends_in_doubt(void **state)
{
    static const struct span ends[] = {
        SPAN_INIT("\r\r\n.\r\n"),         SPAN_INIT("\r\n\r\r\n.\r\n"), SPAN_INIT("\0\r\n.\r\n"),
        SPAN_INIT("\r\0\r\n.\r\n"),       SPAN_INIT("\n\0\r\n.\r\n"),   SPAN_INIT("a\rb\r\n.\r\n"),
        SPAN_INIT("\n\n.\r\n\0\r\n.\r\n")};
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(ends) * 8; i++) {
        struct world *world = calloc(1, sizeof *world);
        struct way way = {.normalize = i & 1, .takes_chunks = i & 2};
        bool with_the_text = i & 4;
        assert_non_null(world);
        begin(world, &way, "an end in doubt");
        assert_int_equal(ask(world, "DATA\r\n"), 354);
        fake_send(world->client, SPAN(BEFORE));
        fake_send(world->client, ends[i / 8]);
        if (!with_the_text)
            settle(world);
        if (with_the_text || !fake_is_shut(world->client))
            fake_send(world->client, SPAN(BEHIND "\r\n.\r\n"));
        settle(world);
        unsigned code = one_reply(world);
        assert_true(code == 250 || code == 550);
        assert_true(world->is_cut_off);
        assert_int_equal(world->messages, code == 250 ? 1 : 0);
        end(world);
        free(world);
    }
}

/* In a chunk even the end itself is text. */
static void test_end_in_a_chunk(void **state)
{
    (void)state;
    struct span text = SPAN(BEFORE "\r\n.\r\n" BEHIND "\r\n.\r\n");
    for (unsigned i = 0; i < 4; i++) {
        for (size_t first = 0; first < 8; first++) {
            struct way way = {.in_chunks = true, .takes_chunks = i & 1, .normalize = i & 2};
            way.first = first == 0 ? 0 : strlen(BEFORE) - 1 + first;
            play(&way, "CRLF . CRLF in a chunk", text, 250);
        }
    }
}

/* What rules write into a text does not end it either. */
static void test_ends_by_rules(void **state)
{
    static const char *const written[] = {"\\r\\n.\\r\\n", "\\n.\\n",    "\\r.\\r",
                                          "\\r\\n.\\n",    "\\n.\\r\\n", ".",
                                          "\\r",           "\\n.",       "\\r\\n.\\r"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(written); i++) {
        char rules[400];
        (void)snprintf(rules, sizeof rules,
                       "[{\"extract\": \"Body\", \"pattern\": \"secret\", \"rules\": "
                       "[{\"transform\": \"Replace\", \"with\": \"%sMAIL FROM:<evil@x>%s\"}]}]",
                       written[i], written[i]);
        for (unsigned k = 0; k < 4; k++) {
            struct way way = {.in_chunks = k & 1, .takes_chunks = k & 2, .rules = rules};
            play(&way, written[i],
                 SPAN("Subject: a\r\n\r\nsecret\r\nsecret\r\n\r\nsecret\r\n.\r\n"), 0);
        }
    }
}

static void add_random(struct buf *text, unsigned *random)
{
    static const struct span pieces[] = {SPAN_INIT("\r\n"), SPAN_INIT("."),
                                         SPAN_INIT("\r"),   SPAN_INIT("\n"),
                                         SPAN_INIT("\0"),   SPAN_INIT("\r\n.."),
                                         SPAN_INIT("text"), SPAN_INIT("MAIL FROM:<evil@x>\r\n"),
                                         SPAN_INIT("\xe4"), SPAN_INIT("secret")};
    for (unsigned i = 0; i < 40; i++) {
        *random = *random * 1103515245u + 12345u;
        buf_add(text, pieces[(*random >> 16) % ARRAY_LEN(pieces)]);
    }
}

/* Stuffs the dots that RFC 5321 wants stuffed, and no others. */
static void add_stuffed(struct buf *wire, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool begins = i >= 2 && text.ptr[i - 2] == '\r' && text.ptr[i - 1] == '\n';
        if (text.ptr[i] == '.' && begins)
            buf_add_byte(wire, '.');
        buf_add_byte(wire, text.ptr[i]);
    }
}

static void test_any_text_is_one(void **state)
{
    static const char *const rules[] = {
        NULL, "[{\"extract\": \"Body\", \"pattern\": \"secret|text\", \"rules\": "
              "[{\"transform\": \"Replace\", \"with\": \".\\r\\n.\\r\\n\"}]}]"};
    unsigned random = 20;
    (void)state;
    for (unsigned run = 0; run < RANDOM_RUNS; run++) {
        struct buf text = BUF_INIT;
        struct buf wire = BUF_INIT;
        buf_add_str(&text, "Subject: one\r\n\r\n");
        add_random(&text, &random);
        struct way way = {.in_chunks = run & 1, .takes_chunks = run & 2, .normalize = run & 4};
        way.first = way.in_chunks && run & 16 ? 1 + run % text.len : 0;
        way.rules = rules[run >> 3 & 1];
        way.cut = FAKE_RANDOM;
        way.seed = run;
        if (way.in_chunks)
            buf_add(&wire, buf_span(&text));
        else
            add_stuffed(&wire, buf_span(&text));
        buf_add_str(&wire, "\r\n.\r\n");
        play(&way, "by chance", buf_span(&wire), 0);
        buf_fini(&text);
        buf_fini(&wire);
    }
}

/* A megabyte of header, in many fields, in one, in one line: one text, and it arrives. */
static void test_large_headers(void **state)
{
    static const char *const lines[] = {"X-Field: value\r\n", " folded\r\n", "0123456789abcdef"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct buf text = BUF_INIT;
        buf_add_str(&text, i == 0 ? "" : "X: ");
        buf_add_str(&text, i == 1 ? "\r\n" : "");
        while (text.len < (size_t)1 << 20)
            buf_add_str(&text, lines[i]);
        buf_add_str(&text, i == 2 ? "\r\n\r\nbody\r\n.\r\n" : "\r\nbody\r\n.\r\n");
        for (unsigned k = 0; k < 4; k++) {
            struct way way = {.in_chunks = k & 1, .takes_chunks = k & 2};
            play(&way, "a megabyte of header", buf_span(&text), 250);
        }
        buf_fini(&text);
    }
}

/* What an upstream says reaches the client as one reply, whatever is in it. */
static void test_words_of_the_upstream(void **state)
{
    static const char *const words[] = {"250 2.0.0 ok\n354 go\r\n",
                                        "250 2.0.0 ok\r354 go\r\n",
                                        "550 5.7.1 no\n.\n250 ok\r\n",
                                        "550 5.7.1 no\r\r\n",
                                        "550-5.7.1 no\n250 ok\r\n550 x\r\n",
                                        "450 4.0.0 later\n\r\n",
                                        "250-2.0.0 ok\r\n550 no\r\n",
                                        "250 2.0.0 ok\r\n250 2.0.0 again\r\n",
                                        "250 2.0.0 ok\r\n.\r\nQUIT\r\n",
                                        "\r\n250 ok\r\n",
                                        "2500 ok\r\n",
                                        "250\r\n"};
    struct span text = SPAN(BEFORE "\r\n.\r\n");
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        for (unsigned k = 0; k < 4; k++) {
            struct world *world = calloc(1, sizeof *world);
            struct way way = {.takes_chunks = k & 1, .cut = k & 2 ? FAKE_BYTES : FAKE_WHOLE};
            assert_non_null(world);
            way.last_word = words[i];
            begin(world, &way, words[i]);
            unsigned code = send_text(world, text);
            assert_true(code == 250 || (code >= 400 && code < 600));
            end(world);
            free(world);
        }
    }
}

int main(void)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    log_setup(nowhere, LOG_DEBUG, LOG_TEXT);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends_of_data),          cmocka_unit_test(test_ends_in_doubt),
        cmocka_unit_test(test_end_in_a_chunk),        cmocka_unit_test(test_ends_by_rules),
        cmocka_unit_test(test_any_text_is_one),       cmocka_unit_test(test_large_headers),
        cmocka_unit_test(test_words_of_the_upstream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

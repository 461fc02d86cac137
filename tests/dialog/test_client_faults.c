/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fault matrix of the clients' side: a client goes wrong in each way at each stage of its
 * second mail. What it is told, whether its mail was delivered and what is left in the pool is held
 * against a table; the next client's mail goes well every time, and nothing is left behind.
 * `test_client_faults table` prints the table.
 */
#include "tests/support/fault_world.h"
#include "tests/support/rig.h"
#include "tests/support/tls_far.h"

#include "engine/base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define FLOOD 300u        /* commands: more than anybody may say between two mails */
#define WATCHED_MS 40000u /* longer than the idle timeout, and than any slow command */
#define SETTLE_MS 2000u   /* in which a connection whose TLS failed ends */
#define PACE_MS 100u

enum stage { GREETING, EHLO, STARTTLS, MAIL, RCPT, DATA, TEXT, CHUNK, FINAL, QUIT };
enum fault { CLOSE, RESET, SILENCE, GARBAGE, COMMANDS, SLOW, FAULTS };

struct row {
    const char *name;
    enum stage stage;
    const char *cells[FAULTS]; /* "what the client hears; who has its mail; connections" */
};

static const char *const fault_names[] = {"close", "RST", "silence", "garbage", "flood of commands",
                                          "slow"};

static const struct row rows[] = {
    {.name = "greeting",
     .stage = GREETING,
     .cells = {[CLOSE] = "220, closed; -; kept",
               [RESET] = "220, closed; -; kept",
               [SILENCE] = "220, 421, closed; -; kept",
               [GARBAGE] = "220, 500, open; -; kept",
               [COMMANDS] = "220, 250, ..., 421, closed; -; kept",
               [SLOW] = "220, open; -; kept"}},
    {.name = "EHLO",
     .stage = EHLO,
     .cells = {[CLOSE] = "closed; -; kept",
               [RESET] = "closed; -; kept",
               [SILENCE] = "421, closed; -; kept",
               [GARBAGE] = "500, open; -; kept",
               [COMMANDS] = "250, ..., 421, closed; -; kept",
               [SLOW] = "250, open; -; kept"}},
    {.name = "STARTTLS",
     .stage = STARTTLS,
     .cells = {[CLOSE] = "closed; -; kept",
               [RESET] = "closed; -; kept",
               [SILENCE] = "closed; -; kept",
               [GARBAGE] = "closed; -; kept",
               [COMMANDS] = "closed; -; kept",
               [SLOW] = "closed; -; kept"}},
    {.name = "MAIL",
     .stage = MAIL,
     .cells = {[CLOSE] = "closed; -; kept",
               [RESET] = "closed; -; kept",
               [SILENCE] = "421, closed; -; kept",
               [GARBAGE] = "500, open; -; kept",
               [COMMANDS] = "250, ..., 421, closed; -; kept",
               [SLOW] = "250, open; -; kept"}},
    {.name = "RCPT",
     .stage = RCPT,
     .cells = {[CLOSE] = "closed; -; kept",
               [RESET] = "closed; -; kept",
               [SILENCE] = "421, closed; -; kept",
               [GARBAGE] = "500, open; -; kept",
               [COMMANDS] = "250, ..., 421, closed; -; kept",
               [SLOW] = "250, open; -; kept"}},
    {.name = "DATA",
     .stage = DATA,
     .cells = {[CLOSE] = "closed; -; kept",
               [RESET] = "closed; -; kept",
               [SILENCE] = "421, closed; -; kept",
               [GARBAGE] = "500, open; -; kept",
               [COMMANDS] = "250, ..., 421, closed; -; kept",
               [SLOW] = "354, open; -; kept"}},
    {.name = "mid-text",
     .stage = TEXT,
     .cells = {[CLOSE] = "closed; -; kept",
               [RESET] = "closed; -; kept",
               [SILENCE] = "421, closed; -; kept",
               [GARBAGE] = "550, open; -; kept",
               [COMMANDS] = "250, open; delivered; kept",
               [SLOW] = "250, open; delivered; kept"}},
    {.name = "BDAT chunk",
     .stage = CHUNK,
     .cells = {[CLOSE] = "closed; -; kept",
               [RESET] = "closed; -; kept",
               [SILENCE] = "421, closed; -; kept",
               [GARBAGE] = "550, 521, closed; -; kept",
               [COMMANDS] = "250, 500, 250, ..., 421, closed; -; kept",
               [SLOW] = "250, ..., open; delivered; kept"}},
    {.name = "final dot",
     .stage = FINAL,
     .cells = {[CLOSE] = "250, closed; delivered; kept",
               [RESET] = "closed; delivered; kept",
               [SILENCE] = "250, 421, closed; delivered; kept",
               [GARBAGE] = "250, 500, open; delivered; kept",
               [COMMANDS] = "250, ..., 421, closed; delivered; kept",
               [SLOW] = "250, open; delivered; kept"}},
    {.name = "QUIT",
     .stage = QUIT,
     .cells = {[CLOSE] = "closed; -; kept",
               [RESET] = "closed; -; kept",
               [SILENCE] = "421, closed; -; kept",
               [GARBAGE] = "500, open; -; kept",
               [COMMANDS] = "250, ..., 421, closed; -; kept",
               [SLOW] = "221, closed; -; kept"}},
};

/* --- what a client says --- */

/* The stages before, done well. */
static void lead_to(struct world *world, enum stage stage)
{
    static const char *const lines[] = {"MAIL FROM:<ann@client.example>\r\n",
                                        "RCPT TO:<1@there.example>\r\n", "DATA\r\n"};
    struct sending none = {.said = ""};
    char words[WORDS_MAX];
    if (stage == GREETING) {
        world->client = rig_call(&world->rig, "192.0.2.7");
        return;
    }
    if (stage == EHLO) {
        world->client = rig_call(&world->rig, "192.0.2.7");
        assert_int_equal(world_hear(world, &none, words), 220);
        return;
    }
    world_call(world, "EHLO client.example\r\n");
    if (stage == STARTTLS) {
        assert_int_equal(world_say(world, &none, "", "STARTTLS\r\n"), 220);
        return;
    }
    size_t count = stage == MAIL || stage == QUIT ? 0
                   : stage == RCPT                ? 1
                   : stage == DATA                ? 2
                   : stage == CHUNK               ? 2
                                                  : 3;
    for (size_t i = 0; i < count; i++)
        assert_in_range(world_say(world, &none, "", lines[i]), 250, 354);
}

/* What is to be said now. */
static void write_stage(enum stage stage, struct buf *out)
{
    static const char *const lines[] = {"",
                                        "EHLO client.example\r\n",
                                        "",
                                        "MAIL FROM:<ann@client.example>\r\n",
                                        "RCPT TO:<1@there.example>\r\n",
                                        "DATA\r\n",
                                        "",
                                        "",
                                        "",
                                        "QUIT\r\n"};
    struct buf text = BUF_INIT;
    world_text(&text, 1);
    if (stage == TEXT || stage == FINAL)
        buf_add(out, buf_span(&text));
    else if (stage == CHUNK)
        buf_printf(out, "BDAT %zu\r\n%.*sBDAT 0 LAST\r\n", text.len - 3,
                   SPAN_ARG(span_sub(buf_span(&text), 0, text.len - 3)));
    else
        buf_add_str(out, lines[stage]);
    buf_fini(&text);
}

/* How much of it comes before the fault: half a command, half a text, the whole with its dot. */
static size_t length_before(enum stage stage, size_t len)
{
    return stage == FINAL ? len : len / 2;
}

static void say_garbage(struct world *world, enum stage stage)
{
    static const char line[] = "\xff\x01\x80 what is this\r\n";
    static const char text[] = "\r\n\xff\x01 a bare \n in it\r\n.\r\n";
    if (stage == TEXT)
        fake_send(world->client, span_of(text, sizeof text - 1));
    else if (stage == CHUNK)
        for (unsigned i = 0; i < 20; i++)
            fake_send(world->client, span_of("\xff\x01 a bare \n in it\r\n", 19));
    else
        fake_send(world->client, span_of(line, sizeof line - 1));
}

static void say_commands(struct world *world, enum stage stage)
{
    for (unsigned i = 0; i < FLOOD; i++)
        fake_send_text(world->client, "NOOP\r\n");
    if (stage == TEXT)
        fake_send_text(world->client, "the last line\r\n.\r\n");
}

/* Byte by byte; of a handshake more at once. */
static void say_slowly(struct world *world, struct span bytes, size_t piece)
{
    for (size_t at = 0; at < bytes.len && !fake_is_closed(world->client); at += piece) {
        size_t len = bytes.len - at < piece ? bytes.len - at : piece;
        fake_send(world->client, span_sub(bytes, at, len));
        (void)mta_sleep(&world->mta, PACE_MS, NULL, NULL);
    }
}

static void shake_hands_slowly(struct world *world)
{
    struct tls_end *end = tls_far_client(NULL, READY_COUNT);
    for (unsigned turn = 0; turn < 10 && !(end->secured && end->out.len == 0); turn++) {
        say_slowly(world, buf_span(&end->out), 16);
        buf_fini(&end->out);
        mta_settle(&world->mta);
        struct span received = fake_received(world->client);
        tls_end_give(end, received, 0);
        fake_forget(world->client, received.len);
    }
    assert_true(end->secured);
    tls_end_say(end, SPAN("QUIT\r\n"));
    say_slowly(world, buf_span(&end->out), 16);
    buf_fini(&end->out);
    mta_settle(&world->mta);
    (void)tls_far_carry(end, world->client);
    assert_true(span_starts(buf_span(&end->plain), SPAN("221 ")));
    tls_far_free(&end);
}

/* It reads its greeting byte by byte. */
static void listen_slowly(struct world *world)
{
    fake_take_only(world->client, 0);
    for (unsigned i = 0; i < 100; i++) {
        fake_take_only(world->client, 1);
        (void)mta_sleep(&world->mta, PACE_MS, NULL, NULL);
    }
    fake_take_only(world->client, SIZE_MAX);
}

static void be_slow(struct world *world, enum stage stage, struct span all)
{
    if (stage == GREETING)
        listen_slowly(world);
    else if (stage == STARTTLS)
        shake_hands_slowly(world);
    else
        say_slowly(world, all, 1);
}

static void go_wrong(struct world *world, enum stage stage, enum fault fault)
{
    struct buf all = BUF_INIT;
    write_stage(stage, &all);
    bool is_text = stage == TEXT || stage == CHUNK || stage == FINAL;
    if (fault == SLOW) {
        be_slow(world, stage, buf_span(&all));
    } else if (is_text || fault == CLOSE || fault == RESET || fault == SILENCE) {
        fake_send(world->client, span_sub(buf_span(&all), 0, length_before(stage, all.len)));
        fake_settle(world->rig.loop);
    }
    buf_fini(&all);
    if (fault == CLOSE)
        fake_end(world->client);
    else if (fault == RESET)
        fake_break(world->client);
    else if (fault == GARBAGE)
        say_garbage(world, stage);
    else if (fault == COMMANDS)
        say_commands(world, stage);
}

/* --- what came of it --- */

/* The codes of all lines, "250*3, 421", then "closed" or "open". */
static void describe_replies(const struct world *world, char out[200])
{
    struct span text = fake_received(world->client), line;
    unsigned last = 0, times = 0;
    size_t len = 0;
    out[0] = '\0';
    while (text.len > 0) {
        size_t end = span_find(text, SPAN("\r\n"));
        line = span_sub(text, 0, end);
        text = end == SPAN_NONE ? SPAN("") : span_from(text, end + 2);
        unsigned code = line.len > 3 && line.ptr[3] == ' ' ? (unsigned)atoi(line.ptr) : 0;
        if (code == 0)
            continue;
        times = code == last ? times + 1 : 1;
        last = code;
        if (times == 1)
            len += (size_t)snprintf(out + len, 200 - len, "%s%u", len ? ", " : "", code);
        else if (times == 2)
            len += (size_t)snprintf(out + len, 200 - len, ", ...");
    }
    (void)snprintf(out + len, 200 - len, "%s%s", len ? ", " : "",
                   fake_is_closed(world->client) ? "closed" : "open");
}

static void play(struct world *world, const struct row *row, enum fault fault, char out[400])
{
    struct fake_peer *other;
    char told[200];
    world_call(world, "EHLO client.example\r\n");
    assert_string_equal(world_send(world, 0, ALL_RCPTS).said, "250");
    assert_string_equal(world_pool(world, 1), "kept");
    other = world->client;
    lead_to(world, row->stage);
    go_wrong(world, row->stage, fault);
    mta_settle(&world->mta);
    uint64_t watched_ms = fault == SILENCE ? WATCHED_MS : SETTLE_MS;
    (void)mta_sleep(&world->mta, watched_ms, NULL, NULL);
    describe_replies(world, told);
    fake_forget(world->client, fake_received(world->client).len);
    if (!fake_is_closed(world->client))
        fake_break(world->client);
    mta_settle(&world->mta);
    unsigned had = world->mta.took[1][0];
    assert_int_equal(world->mta.took[1][1] + world->mta.took[1][2], 0);
    assert_in_range(had, 0, 1);
    (void)snprintf(out, 400, "%s; %s; %s", told, had ? "delivered" : "-", world_pool(world, 1));
    /* The next one. */
    if (fake_is_closed(other))
        world_call(world, "EHLO client.example\r\n");
    else
        world->client = other;
    assert_string_equal(world_send(world, 2, ALL_RCPTS).said, "250");
    assert_int_equal(world->mta.took[2][0], 1);
}

static void test_each_cell(void **state)
{
    static const enum fake_cut cuts[] = {FAKE_WHOLE, FAKE_BYTES, FAKE_RANDOM};
    (void)state;
    unsigned cells = 0, bad = 0;
    for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
        for (unsigned at = 0; at < FAULTS * ARRAY_LEN(cuts); at++) {
            enum fault fault = at / ARRAY_LEN(cuts);
            char got[400];
            struct world *world = calloc(1, sizeof *world);
            assert_non_null(world);
            fake_cut(cuts[at % ARRAY_LEN(cuts)], 1 + at);
            world_begin(world, "PIPELINING, CHUNKING",
                        rows[r].stage == STARTTLS ? "tls starttls" : "upstream.idle_timeout 1000");
            play(world, &rows[r], fault, got);
            world_finish(world);
            free(world);
            cells++;
            if (strcmp(got, rows[r].cells[fault]) == 0)
                continue;
            bad++;
            print_error("%s, %s, cut %u: got \"%s\", wanted \"%s\"\n", rows[r].name,
                        fault_names[fault], at % (unsigned)ARRAY_LEN(cuts), got,
                        rows[r].cells[fault]);
        }
    }
    print_message("%u cells played\n", cells);
    assert_int_equal(bad, 0);
}

static int print_table(void)
{
    (void)printf("| the client at |");
    for (unsigned fault = 0; fault < FAULTS; fault++)
        (void)printf(" %s |", fault_names[fault]);
    (void)printf("\n|---|---|---|---|---|---|---|\n");
    for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
        (void)printf("| %s |", rows[r].name);
        for (unsigned fault = 0; fault < FAULTS; fault++)
            (void)printf(" %s |", rows[r].cells[fault]);
        (void)printf("\n");
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "table") == 0)
        return print_table();
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    log_setup(argc > 1 ? 2 : nowhere, LOG_DEBUG, LOG_TEXT);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_cell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fault matrix of the upstream's side: it does each wrong thing at each stage, on a fresh
 * connection and on a kept one, and what comes of it is held against a table: what the client is
 * told, who got the message, and what is left in the pool. A client then does what clients do, it
 * sends again to whom it was told to come again, and everybody has the message once, but where the
 * upstream had it and could not say so. `test_faults table` prints the table,
 * `test_faults list` prints it for slow_faults.py.
 */
#include "tests/dialog/faults_table.h"
#include "tests/support/fault_world.h"
#include "tests/support/rig.h"

#include "engine/base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* The longest deadline of an upstream here, and what one replay adds. */
#define ANSWER_MS 121000u
#define RESET_MS 61000u /* longer than the upstream may take for RSET */
#define IDLE_MS 15000u  /* in which the first byte of the slowest has come */

/* --- what came of it --- */

static const char *describe_delivery(const struct world *world, unsigned mail,
                                     const struct sending *sending)
{
    unsigned had = 0;
    for (unsigned i = 0; i < MTA_RCPTS; i++)
        had |= (world->mta.took[mail][i] > 0 ? 1u : 0) << i;
    if (had & sending->later)
        return "maybe";
    return had == ALL_RCPTS           ? "all"
           : had == (ALL_RCPTS & ~2u) ? "1+3"
           : had                      ? "in disorder"
                                      : "none";
}

/* No loss; and no duplicate but where the upstream had the message and could not say so. */
static void check_mail(const struct world *world, unsigned mail, unsigned wanted, bool twice)
{
    for (unsigned i = 0; i < MTA_RCPTS; i++) {
        unsigned times = wanted >> i & 1 ? 1 + twice : 0;
        assert_int_equal(world->mta.took[mail][i], times);
    }
}

/* A mail that is given up before the fault's turn. */
static void give_up(struct world *world)
{
    struct sending none = {.said = ""};
    (void)world_say(world, &none, "", "MAIL FROM:<ann@client.example>\r\n");
    (void)world_say(world, &none, "", "RCPT TO:<1@there.example>\r\n");
    assert_int_equal(world_say(world, &none, "", "RSET\r\n"), 250);
    (void)mta_sleep(&world->mta, RESET_MS, NULL, NULL);
}

/* The fault comes with message 1; `out` gets "said; who; pool". */
static void play(struct world *world, const struct fault_row *row, enum mta_fault fault,
                 char out[400])
{
    if (row->kept) {
        assert_string_equal(world_send(world, 0, ALL_RCPTS).said, "250");
        assert_string_equal(world_pool(world, 1), "kept");
    }
    unsigned dials = row->kept ? fake_dials("mta.example", 25) : 1;
    mta_arm(&world->mta, row->stage, fault);
    if (row->stage == MTA_IDLE) {
        mta_strike(&world->mta);
        (void)mta_sleep(&world->mta, IDLE_MS, NULL, NULL);
    }
    if (row->stage == MTA_RSET)
        give_up(world);
    struct sending first = world_send(world, 1, ALL_RCPTS);
    mta_settle(&world->mta);
    assert_false(world->mta.armed); /* it did happen */
    const char *who = describe_delivery(world, 1, &first);
    (void)snprintf(out, 400, "%s; %s; %s", first.said, who, world_pool(world, dials));
    bool is_slow = fault >= MTA_SLOW || fault == MTA_SILENCE;
    assert_true(first.slowest_ms <= (is_slow ? ANSWER_MS : 0));
    /* The upstream is well again, and the client does what it was told. */
    fake_serve("mta.example", 25, FAKE_ACCEPT);
    (void)mta_sleep(&world->mta, 2000, NULL, NULL);
    if (first.later)
        assert_string_equal(world_send(world, 1, first.later).said, "250");
    check_mail(world, 1, first.taken | first.later, strcmp(who, "maybe") == 0);
    assert_string_equal(world_send(world, 2, ALL_RCPTS).said, "250");
    check_mail(world, 2, ALL_RCPTS, false);
}

static void play_cell(const struct fault_row *row, enum mta_fault fault, const char *pipelining,
                      enum fake_cut cut, char out[400])
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    fake_cut(cut, 1 + (uint64_t)fault);
    char offers[100];
    (void)snprintf(offers, sizeof offers, "%s%s", pipelining, row->offers);
    world_begin(world, offers, row->setting);
    world_call(world, "HELO client.example\r\n");
    play(world, row, fault, out);
    struct sending none = {.said = ""};
    assert_int_equal(world_say(world, &none, "", "QUIT\r\n"), 221);
    mta_settle(&world->mta);
    world_finish(world);
    free(world);
}

static void test_each_cell(void **state)
{
    (void)state;
    unsigned cells = 0, bad = 0;
    for (size_t r = 0; r < ARRAY_LEN(fault_rows); r++) {
        for (unsigned fault = 0; fault < MTA_FAULTS; fault++) {
            const char *wanted = fault_rows[r].cells[fault];
            char got[400];
            for (unsigned way = 0; way < 4 && wanted; way++) {
                static const enum fake_cut cuts[] = {FAKE_WHOLE, FAKE_WHOLE, FAKE_BYTES,
                                                     FAKE_RANDOM};
                play_cell(&fault_rows[r], fault, way == 1 ? "HELP" : "PIPELINING", cuts[way], got);
                cells++;
                if (strcmp(got, wanted) == 0)
                    continue;
                bad++;
                print_error("%s, %s, way %u: got \"%s\", wanted \"%s\"\n", fault_rows[r].name,
                            mta_fault_name(fault), way, got, wanted);
            }
        }
    }
    print_message("%u cells played\n", cells);
    assert_int_equal(bad, 0);
}

static int print_table(void)
{
    (void)printf("| the upstream at |");
    for (unsigned fault = 0; fault < MTA_FAULTS; fault++)
        (void)printf(" %s |", mta_fault_name(fault));
    (void)printf("\n|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (size_t r = 0; r < ARRAY_LEN(fault_rows); r++) {
        (void)printf("| %s |", fault_rows[r].name);
        for (unsigned fault = 0; fault < MTA_FAULTS; fault++)
            (void)printf(" %s |", fault_rows[r].cells[fault] ? fault_rows[r].cells[fault] : "-");
        (void)printf("\n");
    }
    return 0;
}

/* Name, stage, "kept" or "fresh", offers, setting, cells: with tabs between them. */
static int print_list(void)
{
    for (size_t r = 0; r < ARRAY_LEN(fault_rows); r++) {
        const struct fault_row *row = &fault_rows[r];
        (void)printf("%s\t%s\t%s\t%s\t%s", row->name, mta_stage_name(row->stage),
                     row->kept ? "kept" : "fresh", row->offers, row->setting ? row->setting : "");
        for (unsigned fault = 0; fault < MTA_FAULTS; fault++)
            (void)printf("\t%s", row->cells[fault] ? row->cells[fault] : "");
        (void)printf("\n");
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "list") == 0)
        return print_list();
    if (argc > 1 && strcmp(argv[1], "table") == 0)
        return print_table();
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    log_setup(argc > 1 ? 2 : nowhere, LOG_DEBUG, LOG_TEXT);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_cell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

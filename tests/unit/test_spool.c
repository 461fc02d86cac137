/* SPDX-License-Identifier: Apache-2.0 */
/* The spool: growing in memory, moving to a file, limits, and memory that is kept. */
#include "engine/message/region.h"
#include "engine/message/spool.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

static struct spool_limits limits_of(uint64_t max, uint64_t memory)
{
    struct spool_limits limits = spool_limits_default;
    limits.max_bytes = max;
    limits.memory_bytes = memory;
    return limits;
}

static char byte_at(size_t off)
{
    return (char)(off * 31 + (off >> 12));
}

/* Adds `len` bytes in pieces of `step`. */
static void fill(struct spool *spool, size_t len, size_t step)
{
    char *piece = malloc(step);
    struct error err = ERROR_INIT;
    for (size_t at = spool_bytes(spool).len; len > 0; at += step) {
        size_t now = step < len ? step : len;
        for (size_t i = 0; i < now; i++)
            piece[i] = byte_at(at + i);
        if (!spool_add(spool, span_of(piece, now), &err))
            fail_msg("%s", err.text);
        len -= now;
    }
    free(piece);
}

static void check(const struct spool *spool, size_t len)
{
    struct span bytes = spool_bytes(spool);
    assert_int_equal(bytes.len, len);
    for (size_t i = 0; i < len; i++) {
        if (bytes.ptr[i] != byte_at(i))
            fail_msg("byte %zu", i);
    }
}

static void grows_in_memory(void **state)
{
    (void)state;
    struct spool *spool = spool_new(&spool_limits_default);
    assert_int_equal(spool_bytes(spool).len, 0);
    assert_non_null(spool_bytes(spool).ptr);
    fill(spool, 3 * MIB + 17, 4099);
    check(spool, 3 * MIB + 17);
    assert_false(spool_is_file(spool));
    spool_free(&spool);
    assert_null(spool);
}

static void moves_to_a_file_and_stays_in_one_piece(void **state)
{
    (void)state;
    struct spool_limits limits = limits_of(0, MIB);
    struct spool *spool = spool_new(&limits);
    uint64_t before = region_bytes_in_use();
    fill(spool, MIB, 64 * KIB);
    assert_false(spool_is_file(spool));
    fill(spool, 1, 1);
    assert_true(spool_is_file(spool));
    assert_int_equal(region_bytes_in_use(), before);
    const char *base = spool_bytes(spool).ptr;
    fill(spool, 40 * MIB, 100 * KIB);
    check(spool, 41 * MIB + 1);
    assert_ptr_equal(spool_bytes(spool).ptr, base);
    spool_free(&spool);
}

static void starts_in_a_file(void **state)
{
    (void)state;
    struct spool_limits limits = limits_of(0, 0);
    struct spool *spool = spool_new(&limits);
    fill(spool, 10, 3);
    assert_true(spool_is_file(spool));
    check(spool, 10);
    spool_free(&spool);
}

static void all_spools_together(void **state)
{
    (void)state;
    struct spool_limits limits = limits_of(0, 8 * MIB);
    limits.total_memory = region_bytes_in_use() + 3 * MIB;
    struct spool *first = spool_new(&limits), *second = spool_new(&limits);
    fill(first, 2 * MIB, 64 * KIB);
    fill(second, 2 * MIB, 64 * KIB);
    assert_false(spool_is_file(first));
    assert_true(spool_is_file(second));
    check(first, 2 * MIB);
    check(second, 2 * MIB);
    spool_free(&first);
    struct spool *third = spool_new(&limits);
    fill(third, 2 * MIB, 64 * KIB);
    assert_false(spool_is_file(third));
    spool_free(&second);
    spool_free(&third);
}

/* Whatever spools do, and in whatever order they go: together they keep below the total, and what
 * is counted as in memory is what they have, down to nothing. */
static void what_is_counted_goes(void **state)
{
    enum { SPOOLS = 12, TURNS = 3000 };
    struct spool_limits limits = limits_of(4 * MIB, 2 * MIB);
    struct spool *spools[SPOOLS] = {NULL};
    uint64_t before = region_bytes_in_use();
    unsigned random = 3, files = 0;
    (void)state;
    limits.total_memory = before + 6 * MIB;
    for (unsigned turn = 0; turn < TURNS; turn++) {
        random = random * 1103515245u + 12345u;
        struct spool **spool = &spools[(random >> 16) % SPOOLS];
        size_t wanted = (random >> 8) % (512 * KIB) + 1, room = 0;
        struct error err = ERROR_INIT;
        if (!*spool)
            *spool = spool_new(&limits);
        if (turn % 7 == 0)
            spool_free(spool);
        else if (spool_reserve(*spool, wanted, &room, &err))
            spool_commit(*spool, wanted < room ? wanted : room);
        uint64_t in_memory = 0;
        for (size_t i = 0; i < SPOOLS; i++) {
            files += spools[i] && spool_is_file(spools[i]);
            in_memory += spools[i] && !spool_is_file(spools[i]) ? spool_bytes(spools[i]).len : 0;
        }
        assert_in_range(region_bytes_in_use(), before + in_memory, limits.total_memory);
    }
    for (size_t i = 0; i < SPOOLS; i++)
        spool_free(&spools[i]);
    assert_int_equal(region_bytes_in_use(), before);
    assert_true(files > 0);
}

static void maximum(void **state)
{
    (void)state;
    static const uint64_t memories[] = {MIB, 0};
    for (size_t i = 0; i < 2; i++) {
        struct spool_limits limits = limits_of(100000, memories[i]);
        struct spool *spool = spool_new(&limits);
        struct error err = ERROR_INIT;
        size_t room;
        fill(spool, 99999, 1000);
        assert_non_null(spool_reserve(spool, 5000, &room, &err));
        assert_int_equal(room, 1);
        fill(spool, 1, 1);
        assert_null(spool_reserve(spool, 1, &room, &err));
        assert_int_equal(err.code, EFBIG);
        assert_false(spool_add(spool, SPAN("x"), NULL));
        check(spool, 100000);
        spool_free(&spool);
    }
}

static void no_folder(void **state)
{
    (void)state;
    struct spool_limits limits = limits_of(0, 64 * KIB);
    limits.directory = "/nonexistent/folder";
    struct spool *spool = spool_new(&limits);
    struct error err = ERROR_INIT;
    size_t room;
    fill(spool, 64 * KIB, 8 * KIB);
    assert_null(spool_reserve(spool, 1, &room, &err));
    assert_int_equal(err.code, ENOENT);
    assert_non_null(strstr(err.text, "/nonexistent/folder"));
    check(spool, 64 * KIB);
    spool_free(&spool);
}

/* A limit of the file size stands for a full disk: allocation fails before anything is mapped. */
static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    struct spool_limits limits = limits_of(0, 64 * KIB);
    struct spool *spool = spool_new(&limits);
    struct rlimit old, small;
    struct error err = ERROR_INIT;
    size_t room, before;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 6 * MIB;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    fill(spool, 6 * MIB, 16 * KIB);
    before = spool_bytes(spool).len;
    char *to = spool_reserve(spool, MIB, &room, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_null(to);
    assert_true(err.code == EFBIG || err.code == ENOSPC);
    check(spool, before);
    spool_free(&spool);
}

static void memory_is_kept_for_the_next(void **state)
{
    (void)state;
    struct spool *spool = spool_new(&spool_limits_default);
    fill(spool, 20 * MIB, MIB);
    spool_free(&spool);
    assert_true(region_bytes_kept() >= 20 * MIB);
    assert_true(region_bytes_kept() <= 64 * MIB);
    uint64_t kept = region_bytes_kept();
    spool = spool_new(&spool_limits_default);
    fill(spool, 4 * MIB, 64 * KIB);
    check(spool, 4 * MIB);
    assert_true(region_bytes_kept() < kept);
    spool_free(&spool);
    for (int i = 0; i < 300; i++) {
        struct spool *many[3];
        for (size_t k = 0; k < 3; k++) {
            many[k] = spool_new(&spool_limits_default);
            fill(many[k], (size_t)(i % 7) * 300 * KIB + 1, 64 * KIB);
        }
        for (size_t k = 0; k < 3; k++)
            spool_free(&many[k]);
    }
    assert_true(region_bytes_kept() <= 64 * MIB);
    assert_int_equal(region_bytes_in_use(), 0);
}

static void *many_spools(void *arg)
{
    for (int i = 0; i < 200; i++) {
        struct spool *spool = spool_new(&spool_limits_default);
        fill(spool, 200 * KIB, 50 * KIB);
        check(spool, 200 * KIB);
        spool_free(&spool);
    }
    return arg;
}

static void threads_share_what_is_kept(void **state)
{
    (void)state;
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, many_spools, NULL), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(region_bytes_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_in_memory),
        cmocka_unit_test(moves_to_a_file_and_stays_in_one_piece),
        cmocka_unit_test(starts_in_a_file),
        cmocka_unit_test(all_spools_together),
        cmocka_unit_test(what_is_counted_goes),
        cmocka_unit_test(maximum),
        cmocka_unit_test(no_folder),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(memory_is_kept_for_the_next),
        cmocka_unit_test(threads_share_what_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

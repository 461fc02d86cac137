/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/work/pattern_work.h"

#include <oniguruma.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A try is given so many steps back, and more each time it asks for more: what it was given is
 * what it cost, but for a factor. */
#define BACK_FIRST 64u
#define BACK_TIMES 4u
#define BACK_MOST 1000000u /* as engine/pattern allows */

static struct {
    char *copy;
    size_t len, size, page;
    size_t open; /* pages that may be read */
    struct pattern_work work;
    struct sigaction before;
} watched;

/* Pages are opened one by one: what reads, reads on from where it is. */
static void on_fault(int number, siginfo_t *info, void *context)
{
    const char *at = info->si_addr;
    (void)context;
    if (number != SIGSEGV || at < watched.copy || at >= watched.copy + watched.size)
        abort();
    size_t page = (size_t)(at - watched.copy) / watched.page;
    (void)mprotect(watched.copy + page * watched.page, watched.page, PROT_READ);
    watched.open = page + 1 > watched.open ? page + 1 : watched.open;
    watched.work.read += watched.page;
}

/* Closes the pages behind the one that `at` is in. */
static void close_behind(const OnigUChar *at)
{
    size_t first = (size_t)((const char *)at - watched.copy) / watched.page + 1;
    if (watched.open <= first)
        return;
    (void)mprotect(watched.copy + first * watched.page, watched.size - first * watched.page,
                   PROT_NONE);
    watched.open = first;
}

static bool is_watched(const OnigUChar *text)
{
    const char *at = (const char *)text;
    return watched.copy && at >= watched.copy && at < watched.copy + watched.size;
}

static bool asks_for_more(int result, unsigned long back)
{
    return (result == ONIGERR_RETRY_LIMIT_IN_MATCH_OVER ||
            result == ONIGERR_RETRY_LIMIT_IN_SEARCH_OVER) &&
           back < BACK_MOST;
}

static OnigMatchParam *param_with(unsigned long back)
{
    static OnigMatchParam *param;
    if (!param)
        param = onig_new_match_param();
    if (!param)
        abort();
    (void)onig_initialize_match_param(param);
    (void)onig_set_match_stack_limit_size_of_match_param(param, 500000);
    (void)onig_set_retry_limit_in_match_of_match_param(param, back);
    (void)onig_set_retry_limit_in_search_of_match_param(param, 40 * back);
    return param;
}

int __real_onig_match_with_param(regex_t *regex, const OnigUChar *str, const OnigUChar *end,
                                 const OnigUChar *at, OnigRegion *region, OnigOptionType option,
                                 OnigMatchParam *param);
int __wrap_onig_match_with_param(regex_t *regex, const OnigUChar *str, const OnigUChar *end,
                                 const OnigUChar *at, OnigRegion *region, OnigOptionType option,
                                 OnigMatchParam *param);
int __wrap_onig_match_with_param(regex_t *regex, const OnigUChar *str, const OnigUChar *end,
                                 const OnigUChar *at, OnigRegion *region, OnigOptionType option,
                                 OnigMatchParam *param)
{
    if (!is_watched(at))
        return __real_onig_match_with_param(regex, str, end, at, region, option, param);
    watched.work.tries++;
    close_behind(at);
    for (unsigned long back = BACK_FIRST;; back *= BACK_TIMES) {
        int result =
            __real_onig_match_with_param(regex, str, end, at, region, option, param_with(back));
        if (!asks_for_more(result, back))
            return result;
        watched.work.back += back;
    }
}

int __real_onig_search_with_param(regex_t *regex, const OnigUChar *str, const OnigUChar *end,
                                  const OnigUChar *from, const OnigUChar *range, OnigRegion *region,
                                  OnigOptionType option, OnigMatchParam *param);
int __wrap_onig_search_with_param(regex_t *regex, const OnigUChar *str, const OnigUChar *end,
                                  const OnigUChar *from, const OnigUChar *range, OnigRegion *region,
                                  OnigOptionType option, OnigMatchParam *param);
int __wrap_onig_search_with_param(regex_t *regex, const OnigUChar *str, const OnigUChar *end,
                                  const OnigUChar *from, const OnigUChar *range, OnigRegion *region,
                                  OnigOptionType option, OnigMatchParam *param)
{
    if (!is_watched(from))
        return __real_onig_search_with_param(regex, str, end, from, range, region, option, param);
    watched.work.tries++;
    close_behind(from);
    for (unsigned long back = BACK_FIRST;; back *= BACK_TIMES) {
        int result = __real_onig_search_with_param(regex, str, end, from, range, region, option,
                                                   param_with(back));
        if (!asks_for_more(result, back))
            return result;
        watched.work.back += back;
    }
}

struct span pattern_work_begin(struct span text)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    watched.page = (size_t)sysconf(_SC_PAGESIZE);
    watched.len = text.len;
    watched.size = (text.len / watched.page + 1) * watched.page;
    watched.copy =
        mmap(NULL, watched.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (watched.copy == MAP_FAILED)
        abort();
    memcpy(watched.copy, text.ptr, text.len);
    (void)mprotect(watched.copy, watched.size, PROT_READ);
    watched.open = watched.size / watched.page;
    watched.work = (struct pattern_work){0, 0, 0};
    (void)sigaction(SIGSEGV, &action, &watched.before);
    return span_of(watched.copy, text.len);
}

struct pattern_work pattern_work_end(void)
{
    (void)sigaction(SIGSEGV, &watched.before, NULL);
    (void)munmap(watched.copy, watched.size);
    watched.copy = NULL;
    /* Behind what begins in the last page there is none to ask for. */
    size_t pages = watched.size / watched.page;
    watched.work.read = pages > 1 ? watched.work.read * pages / (pages - 1) : 0;
    return watched.work;
}

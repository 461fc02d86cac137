/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/descriptors.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/resource.h>

/* Descriptors of our own, for loops, listeners, look-ups and files of the policy: a quarter of all,
 * but not more. */
#define OWN_MAX 64u
/* Clients get all others but this part: who is in can still send mail. */
#define MAIL_PART 8u
/* Connections that wait for a mail: this part at most, and none where clients and mails have come
 * so far that this part is all that is left. */
#define KEPT_PART 4u
/* What a mail may need beside its client: a connection and a file. */
#define OF_MAIL 2u

static atomic_size_t taken[DESCRIPTORS_USES];
static atomic_size_t most; /* but our own; 0: not measured */

void descriptors_take(enum descriptors_use use)
{
    atomic_fetch_add_explicit(&taken[use], 1, memory_order_relaxed);
}

void descriptors_give(enum descriptors_use use)
{
    size_t before = atomic_fetch_sub_explicit(&taken[use], 1, memory_order_relaxed);
    assert(before > 0);
    (void)before;
}

size_t descriptors_taken(enum descriptors_use use)
{
    return atomic_load_explicit(&taken[use], memory_order_relaxed);
}

void descriptors_measure(void)
{
    struct rlimit limit;
    size_t all = 0;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur <= INT32_MAX)
        all = (size_t)limit.rlim_cur;
    size_t own = all / 4 < OWN_MAX ? all / 4 : OWN_MAX;
    atomic_store_explicit(&most, all - own, memory_order_relaxed);
}

/* Those that are open, and those that mails may still open. A connection to a next hop is one of a
 * mail's, one that is kept, or about to be closed. */
static size_t wanted(void)
{
    size_t mails = descriptors_taken(DESCRIPTORS_MAIL);
    size_t upstreams = descriptors_taken(DESCRIPTORS_UPSTREAM);
    size_t promised = descriptors_taken(DESCRIPTORS_KEPT) + mails;
    return descriptors_taken(DESCRIPTORS_CLIENT) + mails +
           (upstreams > promised ? upstreams : promised);
}

static size_t all_of_them(void)
{
    size_t all = atomic_load_explicit(&most, memory_order_relaxed);
    return all > 0 ? all : INT32_MAX;
}

size_t descriptors_for_clients(void)
{
    size_t all = all_of_them();
    return all - all / MAIL_PART;
}

size_t descriptors_needed(size_t clients)
{
    return clients + clients / (MAIL_PART - 1) + 1 + OWN_MAX;
}

bool descriptors_admit_client(void)
{
    return wanted() < descriptors_for_clients();
}

bool descriptors_admit_mail(void)
{
    return wanted() + OF_MAIL <= all_of_them();
}

bool descriptors_admit_kept(void)
{
    size_t all = all_of_them();
    return descriptors_taken(DESCRIPTORS_KEPT) < all / KEPT_PART &&
           wanted() < all - all / KEPT_PART;
}

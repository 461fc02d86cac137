/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/names.h"

#include "engine/base/ascii.h"
#include "engine/base/clock.h"
#include "engine/base/counted.h"
#include "engine/base/mem.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define HOST_MAX 253u
#define REMEMBERED_MAX 512u
/* A thread that has nothing to do for so long ends. */
#define IDLE_S 30

enum query_state { QUERY_NONE, QUERY_WAITING, QUERY_POSTED };

/* A name that somebody asked for. */
struct name {
    struct list link;    /* in names->known; the last one asked for first */
    struct list waiting; /* in names->queue */
    struct list queries;
    bool running; /* being looked up, or in the queue */
    bool found_any;
    uint64_t found_ms;
    bool failed;
    uint64_t failed_ms;
    int error;
    struct addresses addresses;
    char host[HOST_MAX + 1];
};

struct names {
    struct counted counted;
    struct names_source source;
    pthread_mutex_t lock; /* of all that follows, queries included */
    pthread_cond_t more;
    struct list known;
    size_t known_count;
    struct list queue;
    unsigned threads, idle;
    bool closing;
};

static void add_address(struct addresses *out, const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN] = "";
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        (void)inet_ntop(AF_INET, &in.sin_addr, text, sizeof text);
    } else if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof in6);
        (void)inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof text);
    }
    for (size_t i = 0; i < out->count; i++) {
        if (strcmp(out->text[i], text) == 0)
            return;
    }
    if (text[0] != '\0' && out->count < ADDRESSES_MAX)
        (void)snprintf(out->text[out->count++], ADDRESS_TEXT, "%s", text);
}

static int ask_system(const char *host, struct addresses *out, void *arg)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    (void)arg;
    int error = getaddrinfo(host, NULL, &hints, &found);
    for (const struct addrinfo *at = found; at; at = at->ai_next)
        add_address(out, at->ai_addr);
    if (found)
        freeaddrinfo(found);
    return error;
}

static uint64_t system_now(void *arg)
{
    (void)arg;
    return clock_now_ns() / CLOCK_NS_IN_MS;
}

static void names_free(struct names *names)
{
    list_for_each_safe (it, after, &names->known)
        free(CONTAINER_OF(it, struct name, link));
    (void)pthread_cond_destroy(&names->more);
    (void)pthread_mutex_destroy(&names->lock);
    free(names);
}

/* The last user is gone; the last thread frees. */
static void on_last(struct counted *counted)
{
    struct names *names = CONTAINER_OF(counted, struct names, counted);
    (void)pthread_mutex_lock(&names->lock);
    names->closing = true;
    bool alone = names->threads == 0;
    (void)pthread_cond_broadcast(&names->more);
    (void)pthread_mutex_unlock(&names->lock);
    if (alone)
        names_free(names);
}

struct names *names_new(const struct names_source *source)
{
    struct names *names = mem_alloc(sizeof *names);
    pthread_condattr_t attributes;
    counted_init(&names->counted, on_last);
    names->source = source ? *source : (struct names_source){ask_system, system_now, NULL};
    (void)pthread_mutex_init(&names->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&names->more, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    list_init(&names->known);
    list_init(&names->queue);
    return names;
}

struct names *names_ref(struct names *names)
{
    counted_ref(&names->counted);
    return names;
}

void names_unref(struct names **slot)
{
    struct names *names = *slot;
    *slot = NULL;
    if (names)
        counted_unref(&names->counted);
}

/* Everything from here to names_ask() but lookup() is called with the lock held. */

static void answer(struct name_query *query, const struct name *name, bool good)
{
    query->state = QUERY_POSTED;
    query->error = name->error;
    query->found = NULL;
    if (good) {
        query->found = mem_alloc(sizeof *query->found);
        *query->found = name->addresses;
    }
    loop_post(query->loop, &query->post);
}

/* What was known serves on for a while when the resolver says nothing; when it says that there is
 * no such name, that is an answer. */
static bool still_serves(const struct name *name, uint64_t now_ms)
{
    bool is_passing = name->error == EAI_AGAIN || name->error == EAI_SYSTEM ||
                      name->error == EAI_MEMORY || name->error == EAI_FAIL;
    return name->found_any && is_passing && now_ms - name->found_ms < NAMES_LAST_MS;
}

static void name_looked_up(struct names *names, struct name *name, int error,
                           const struct addresses *found)
{
    uint64_t now_ms = names->source.now_ms(names->source.arg);
    name->running = false;
    name->error = error == 0 && found->count == 0 ? EAI_NONAME : error;
    name->failed = name->error != 0;
    if (name->failed) {
        name->failed_ms = now_ms;
        name->found_any = still_serves(name, now_ms);
    } else {
        name->addresses = *found;
        name->found_any = true;
        name->found_ms = now_ms;
    }
    while (!list_is_empty(&name->queries)) {
        struct name_query *query = LIST_FIRST(&name->queries, struct name_query, link);
        list_remove(&query->link);
        answer(query, name, name->found_any);
    }
}

static void look_up(struct names *names, struct name *name)
{
    struct addresses found = {0};
    (void)pthread_mutex_unlock(&names->lock);
    int error = names->source.lookup(name->host, &found, names->source.arg);
    (void)pthread_mutex_lock(&names->lock);
    name_looked_up(names, name, error, &found);
}

/* false: nothing came for a while. */
static bool wait_for_more(struct names *names)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += IDLE_S;
    names->idle++;
    int result = 0;
    while (list_is_empty(&names->queue) && !names->closing && result == 0)
        result = pthread_cond_timedwait(&names->more, &names->lock, &until);
    names->idle--;
    return !list_is_empty(&names->queue);
}

static void *thread_main(void *arg)
{
    struct names *names = arg;
    (void)pthread_mutex_lock(&names->lock);
    while (!names->closing && wait_for_more(names)) {
        struct name *name = LIST_FIRST(&names->queue, struct name, waiting);
        list_remove(&name->waiting);
        look_up(names, name);
    }
    names->threads--;
    bool last = names->closing && names->threads == 0;
    (void)pthread_mutex_unlock(&names->lock);
    if (last)
        names_free(names);
    return NULL;
}

static void start_thread(struct names *names)
{
    pthread_t thread;
    pthread_attr_t attributes;
    if (names->threads >= NAMES_THREADS)
        return;
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&thread, &attributes, thread_main, names) == 0)
        names->threads++;
    (void)pthread_attr_destroy(&attributes);
}

static void start_lookup(struct names *names, struct name *name)
{
    size_t queued = 1;
    name->running = true;
    for (const struct list *it = names->queue.next; it != &names->queue; it = it->next)
        queued++;
    list_append(&names->queue, &name->waiting);
    if (queued > names->idle)
        start_thread(names);
    (void)pthread_cond_signal(&names->more);
    if (names->threads > 0)
        return;
    /* No thread is to be had: that is the answer. */
    list_remove(&name->waiting);
    name_looked_up(names, name, EAI_MEMORY, &(struct addresses){0});
}

static void forget_oldest(struct names *names)
{
    for (struct list *it = names->known.prev; it != &names->known; it = it->prev) {
        struct name *name = CONTAINER_OF(it, struct name, link);
        if (name->running)
            continue;
        list_remove(&name->link);
        names->known_count--;
        free(name);
        return;
    }
}

static struct name *find(struct names *names, const char *host)
{
    list_for_each_safe (it, after, &names->known) {
        struct name *name = CONTAINER_OF(it, struct name, link);
        if (strcmp(name->host, host) != 0)
            continue;
        list_remove(&name->link);
        list_prepend(&names->known, &name->link);
        return name;
    }
    if (names->known_count >= REMEMBERED_MAX)
        forget_oldest(names);
    struct name *name = mem_alloc(sizeof *name);
    (void)snprintf(name->host, sizeof name->host, "%s", host);
    list_init(&name->link);
    list_init(&name->waiting);
    list_init(&name->queries);
    list_prepend(&names->known, &name->link);
    names->known_count++;
    return name;
}

static bool ask_locked(struct names *names, const char *host, struct name_query *query,
                       struct addresses *out)
{
    struct name *name = find(names, host);
    uint64_t now_ms = names->source.now_ms(names->source.arg);
    uint64_t age_ms = now_ms - name->found_ms;
    bool failed_now = name->failed && now_ms - name->failed_ms < NAMES_FAILED_MS;
    bool serves = name->found_any && (failed_now || age_ms < NAMES_STALE_MS);
    if (serves)
        *out = name->addresses;
    bool is_fresh = name->found_any && age_ms < NAMES_FRESH_MS;
    if (!serves && failed_now) {
        answer(query, name, false);
        return false;
    }
    if (!serves) {
        query->state = QUERY_WAITING;
        list_append(&name->queries, &query->link);
    }
    if (!is_fresh && !failed_now && !name->running)
        start_lookup(names, name);
    return serves;
}

/* What is no host name is nothing to ask a resolver for. */
static bool is_host_name(const char *host)
{
    size_t len = strlen(host);
    for (size_t i = 0; i < len && i <= HOST_MAX; i++) {
        if (!ascii_is_alnum(host[i]) && host[i] != '-' && host[i] != '.' && host[i] != '_')
            return false;
    }
    return len > 0 && len <= HOST_MAX;
}

static bool is_address(const char *host)
{
    unsigned char address[16];
    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

static const char *describe(const struct name_query *query)
{
    return query->error == 0 ? "not a host name" : gai_strerror(query->error);
}

static void on_post(struct post *post)
{
    struct name_query *query = CONTAINER_OF(post, struct name_query, post);
    struct addresses *found = query->found;
    char reason[160];
    query->found = NULL;
    query->state = QUERY_NONE;
    query->names = NULL;
    if (!found)
        (void)snprintf(reason, sizeof reason, "name not found: %s", describe(query));
    query->done(query, found, found ? NULL : reason);
    free(found);
}

void name_query_init(struct name_query *query, struct loop *loop,
                     void (*done)(struct name_query *query, const struct addresses *found,
                                  const char *reason))
{
    *query = (struct name_query){.loop = loop, .done = done};
    list_init(&query->link);
    loop_post_init(&query->post, on_post);
}

bool names_ask(struct names *names, const char *host, struct name_query *query,
               struct addresses *out)
{
    assert(query->state == QUERY_NONE);
    query->names = names;
    if (is_address(host)) {
        out->count = 1;
        (void)snprintf(out->text[0], ADDRESS_TEXT, "%s", host);
        return true;
    }
    (void)pthread_mutex_lock(&names->lock);
    bool found = false;
    if (is_host_name(host))
        found = ask_locked(names, host, query, out);
    else
        answer(query, &(struct name){.error = 0}, false);
    (void)pthread_mutex_unlock(&names->lock);
    return found;
}

void names_cancel(struct name_query *query)
{
    if (!query->names)
        return;
    (void)pthread_mutex_lock(&query->names->lock);
    if (query->state == QUERY_WAITING)
        list_remove(&query->link);
    else if (query->state == QUERY_POSTED)
        loop_post_cancel(query->loop, &query->post);
    query->state = QUERY_NONE;
    (void)pthread_mutex_unlock(&query->names->lock);
    query->names = NULL;
    free(query->found);
    query->found = NULL;
}

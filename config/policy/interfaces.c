/* SPDX-License-Identifier: Apache-2.0 */
#include "config/policy/interfaces.h"

#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/signals.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define NS_IN_S 1000000000u

static const char *numeric(const struct sockaddr *address, socklen_t len, struct arena *arena)
{
    char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
    if (getnameinfo(address, len, text, sizeof text, NULL, 0, NI_NUMERICHOST) != 0)
        return NULL;
    return arena_str(arena, span_str(text));
}

static bool is_link_local(const struct sockaddr *address)
{
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
    return IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr);
}

static const char *first_address(const struct ifaddrs *list, const char *name, int family,
                                 struct arena *arena)
{
    for (; list; list = list->ifa_next) {
        const struct sockaddr *address = list->ifa_addr;
        if (!address || address->sa_family != family || strcmp(list->ifa_name, name) != 0)
            continue;
        if (family == AF_INET)
            return numeric(address, sizeof(struct sockaddr_in), arena);
        if (!is_link_local(address))
            return numeric(address, sizeof(struct sockaddr_in6), arena);
    }
    return NULL;
}

static const char *this_interface(const char *name, struct arena *arena)
{
    struct ifaddrs *list;
    if (getifaddrs(&list) != 0)
        return NULL;
    const char *address = first_address(list, name, AF_INET, arena);
    if (!address)
        address = first_address(list, name, AF_INET6, arena);
    freeifaddrs(list);
    return address;
}

/* The system's resolver may take a minute where no name server answers, and cannot be stopped: a
 * thread asks it, and who does not wait any longer leaves the question to that. */
struct question {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    bool is_answered, is_left; /* by one side each: the other frees it */
    struct addrinfo *list;     /* NULL: none */
    char name[];
};

static void question_free(struct question *question)
{
    if (question->list)
        freeaddrinfo(question->list);
    (void)pthread_cond_destroy(&question->answered);
    (void)pthread_mutex_destroy(&question->lock);
    free(question);
}

static void *answer(void *arg)
{
    struct question *question = arg;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    if (getaddrinfo(question->name, NULL, &hints, &list) != 0)
        list = NULL;
    (void)pthread_mutex_lock(&question->lock);
    question->list = list;
    question->is_answered = true;
    bool is_left = question->is_left;
    (void)pthread_cond_signal(&question->answered);
    (void)pthread_mutex_unlock(&question->lock);
    if (is_left)
        question_free(question);
    return NULL;
}

static bool start(struct question *question)
{
    sigset_t before;
    pthread_t thread;
    signals_hold(&before);
    bool started = pthread_create(&thread, NULL, answer, question) == 0;
    signals_release(&before);
    if (started)
        (void)pthread_detach(thread);
    return started;
}

static struct question *question_new(const char *name)
{
    struct question *question = mem_alloc(sizeof *question + strlen(name) + 1);
    pthread_condattr_t attr;
    memcpy(question->name, name, strlen(name) + 1);
    (void)pthread_mutex_init(&question->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&question->answered, &attr);
    (void)pthread_condattr_destroy(&attr);
    return question;
}

/* False: there is no answer in that time; the question is left then. */
static bool await(struct question *question, uint64_t until_ns)
{
    const struct timespec until = {(time_t)(until_ns / NS_IN_S), (long)(until_ns % NS_IN_S)};
    int failed = 0;
    (void)pthread_mutex_lock(&question->lock);
    while (!question->is_answered && failed == 0)
        failed = pthread_cond_timedwait(&question->answered, &question->lock, &until);
    bool answered = question->is_answered;
    question->is_left = !answered;
    (void)pthread_mutex_unlock(&question->lock);
    return answered;
}

static const char *choose(const struct addrinfo *list, struct arena *arena)
{
    const char *address = NULL;
    for (const struct addrinfo *it = list; it && !address; it = it->ai_next) {
        if (it->ai_family == AF_INET)
            address = numeric(it->ai_addr, it->ai_addrlen, arena);
    }
    return address || !list ? address : numeric(list->ai_addr, list->ai_addrlen, arena);
}

static const char *this_resolve(const char *name, unsigned *left_ms, struct arena *arena)
{
    uint64_t began_ns = clock_now_ns();
    struct question *question = question_new(name);
    const char *address = NULL;
    bool started = start(question);
    if (started && !await(question, began_ns + (uint64_t)*left_ms * CLOCK_NS_IN_MS)) {
        *left_ms = 0;
        return NULL;
    }
    if (started)
        address = choose(question->list, arena);
    question_free(question);
    uint64_t took_ms = (clock_now_ns() - began_ns) / CLOCK_NS_IN_MS;
    *left_ms = took_ms < *left_ms ? *left_ms - (unsigned)took_ms : 0;
    return address;
}

static const char *this_name(struct arena *arena)
{
    char name[256];
    if (gethostname(name, sizeof name) != 0)
        return "localhost";
    name[sizeof name - 1] = '\0';
    return arena_str(arena, span_str(name));
}

const struct host this_host = {this_interface, this_resolve, this_name};

/* As inet_ntop() writes it, so that equal addresses are equal texts. Brackets may stand around. */
static const char *literal(struct span text, struct arena *arena)
{
    char copy[INET6_ADDRSTRLEN];
    unsigned char address[16];
    if (text.len > 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
        text = span_sub(text, 1, text.len - 2);
    if (text.len == 0 || text.len >= sizeof copy)
        return NULL;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    int family = strchr(copy, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(family, copy, address) != 1 || !inet_ntop(family, address, copy, sizeof copy))
        return NULL;
    return arena_str(arena, span_str(copy));
}

static const char *look_up(struct span name, const struct host *host, unsigned *left_ms,
                           struct arena *arena)
{
    const char *text = arena_str(arena, name);
    const char *address = literal(name, arena);
    if (!address)
        address = host->interface_address(text, arena);
    /* Half an address ("10.0.0") is none, whatever the resolver makes of it. */
    if (!address && text[strspn(text, "0123456789.")] != '\0')
        address = host->resolve(text, left_ms, arena);
    return address;
}

/* What is commonly written there in other programs. */
static const char *habit(struct span name)
{
    size_t colon = span_find_byte(name, ':');
    if (span_equal(name, SPAN("*")))
        return "; all interfaces are 0.0.0.0";
    return colon != SPAN_NONE && span_find_byte(span_from(name, colon + 1), ':') == SPAN_NONE
               ? "; the port stands in \"port\""
               : "";
}

static const char *unknown(struct reader *reader, const struct node *aliases, struct span name)
{
    const char *near = suggest(name, node_keys(reader, aliases));
    const char *text = arena_printf(reader->arena,
                                    "expected an alias of node.interfaces, a network interface, "
                                    "an address or a host name of this host, got \"%.*s\"",
                                    SPAN_ARG(name));
    return near ? arena_printf(reader->arena, "%s; did you mean \"%s\"?", text, near)
                : arena_printf(reader->arena, "%s%s", text, habit(name));
}

const char *interface_address(struct reader *reader, const struct node *aliases, struct span name,
                              const struct host *host, unsigned *left_ms, const char **why_out)
{
    struct node alias = node_get(reader, aliases, arena_str(reader->arena, name));
    struct span value;
    bool is_alias = node_string(&alias, &value);
    const char *address = look_up(is_alias ? value : name, host, left_ms, reader->arena);
    if (!address && *left_ms == 0)
        *why_out = arena_printf(reader->arena,
                                "no name server answered within %u s for the host name \"%.*s\"",
                                INTERFACE_NAMES_MS / 1000, SPAN_ARG(is_alias ? value : name));
    else if (!address && is_alias)
        *why_out = arena_printf(reader->arena,
                                "the alias \"%.*s\" stands for \"%.*s\" (%s), which is no network "
                                "interface, address or host name of this host",
                                SPAN_ARG(name), SPAN_ARG(value), node_place(reader, &alias));
    else if (!address)
        *why_out = unknown(reader, aliases, name);
    return address;
}

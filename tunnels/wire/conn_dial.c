/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/conn_socket.h"

#include "engine/base/ascii.h"
#include "engine/base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#define HOST_MAX 255u
#define ATTEMPT_MIN_MS 1000u /* of one address, where several are left */

/*
 * The handle and the request of the library cannot be freed before it has given them back, so a
 * dial that was cancelled or is done lives on until both are idle.
 */
struct conn_dial {
    struct loop *loop;
    conn_dialed *done; /* NULL: cancelled or called */
    void *arg;
    uint64_t until_ms;
    struct timer timer;
    struct post turn;
    uv_getaddrinfo_t lookup;
    bool looking_up;
    struct addrinfo *found;          /* of the look-up */
    struct addrinfo *at;             /* the address in work */
    struct addrinfo numeric;         /* when `host` is an address */
    struct sockaddr_storage address; /* of `numeric` */
    uv_poll_t poll;
    bool polling; /* `poll` is open */
    int fd;       /* being connected, or -1 */
    char reason[160];
};

static void try_next(struct conn_dial *dial);

static void free_when_idle(struct conn_dial *dial)
{
    if (dial->done || dial->looking_up || dial->polling)
        return;
    loop_defer_cancel(&dial->turn);
    timer_stop(&dial->timer);
    if (dial->found)
        uv_freeaddrinfo(dial->found);
    free(dial);
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct conn_dial *dial = handle->data;
    dial->polling = false;
    if (dial->done)
        try_next(dial);
    else
        free_when_idle(dial);
}

static void stop_polling(struct conn_dial *dial)
{
    uv_handle_t *handle = (uv_handle_t *)&dial->poll;
    if (dial->polling && !uv_is_closing(handle))
        uv_close(handle, on_poll_closed);
    if (dial->fd >= 0)
        (void)close(dial->fd);
    dial->fd = -1;
}

/* The last thing: hands out `fd` or the reason. */
static void finish(struct conn_dial *dial, int fd)
{
    conn_dialed *done = dial->done;
    dial->done = NULL;
    timer_stop(&dial->timer);
    done(dial->arg, fd, fd >= 0 ? NULL : dial->reason);
    stop_polling(dial);
    free_when_idle(dial);
}

static void fail_attempt(struct conn_dial *dial, int error)
{
    (void)snprintf(dial->reason, sizeof dial->reason, "%s", strerror(error));
    dial->at = dial->at->ai_next;
    timer_stop(&dial->timer);
}

static void on_connected(uv_poll_t *handle, int status, int events)
{
    struct conn_dial *dial = handle->data;
    struct loop *loop = dial->loop;
    int error = 0;
    socklen_t len = sizeof error;
    (void)status;
    (void)events;
    (void)getsockopt(dial->fd, SOL_SOCKET, SO_ERROR, &error, &len);
    if (error != 0) {
        fail_attempt(dial, error);
        stop_polling(dial); /* and on with the next address */
    } else {
        /* The stream polls the same descriptor itself: this handle has to be off it before. */
        int fd = dial->fd;
        dial->fd = -1;
        uv_close((uv_handle_t *)handle, on_poll_closed);
        finish(dial, fd);
    }
    loop_end_event(loop);
}

static void start_attempt_timer(struct conn_dial *dial)
{
    uint64_t now_ms = loop_now_ms(dial->loop);
    uint64_t left_ms = dial->until_ms > now_ms ? dial->until_ms - now_ms : 0;
    uint64_t addresses = 0;
    for (const struct addrinfo *at = dial->at; at; at = at->ai_next)
        addresses++;
    uint64_t share_ms = left_ms / addresses;
    if (share_ms < ATTEMPT_MIN_MS)
        share_ms = left_ms < ATTEMPT_MIN_MS ? left_ms : ATTEMPT_MIN_MS;
    timer_start(&dial->timer, share_ms);
}

/* Begins to connect to the address in work; false: it failed at once. */
static bool attempt(struct conn_dial *dial)
{
    dial->fd = socket(dial->at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (dial->fd < 0 ||
        (connect(dial->fd, dial->at->ai_addr, dial->at->ai_addrlen) != 0 && errno != EINPROGRESS)) {
        fail_attempt(dial, errno);
        stop_polling(dial);
        return false;
    }
    int result = uv_poll_init(loop_native(dial->loop), &dial->poll, dial->fd);
    if (result < 0) {
        fail_attempt(dial, -result);
        stop_polling(dial);
        return false;
    }
    dial->poll.data = dial;
    dial->polling = true;
    (void)uv_poll_start(&dial->poll, UV_WRITABLE, on_connected);
    start_attempt_timer(dial);
    return true;
}

static void try_next(struct conn_dial *dial)
{
    while (dial->at) {
        if (loop_now_ms(dial->loop) >= dial->until_ms) {
            (void)snprintf(dial->reason, sizeof dial->reason, "connecting timed out");
            break;
        }
        if (attempt(dial))
            return;
    }
    finish(dial, -1);
}

static void on_timer(void *arg)
{
    struct conn_dial *dial = arg;
    if (dial->looking_up) {
        (void)snprintf(dial->reason, sizeof dial->reason, "looking up the name timed out");
        (void)uv_cancel((uv_req_t *)&dial->lookup);
        finish(dial, -1);
    } else if (dial->polling) {
        fail_attempt(dial, ETIMEDOUT);
        stop_polling(dial);
    }
}

static void on_found(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
    struct conn_dial *dial = request->data;
    struct loop *loop = dial->loop;
    dial->looking_up = false;
    dial->found = found;
    dial->at = found;
    if (!dial->done) {
        free_when_idle(dial);
    } else {
        if (status < 0)
            (void)snprintf(dial->reason, sizeof dial->reason, "name not found: %s",
                           uv_strerror(status));
        try_next(dial);
    }
    loop_end_event(loop);
}

static bool parse_numeric(struct conn_dial *dial, const char *host, uint16_t port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    if (inet_pton(AF_INET, host, &in.sin_addr) == 1) {
        memcpy(&dial->address, &in, sizeof in);
        dial->numeric.ai_addrlen = sizeof in;
    } else if (inet_pton(AF_INET6, host, &in6.sin6_addr) == 1) {
        memcpy(&dial->address, &in6, sizeof in6);
        dial->numeric.ai_addrlen = sizeof in6;
    } else {
        return false;
    }
    dial->numeric.ai_family = dial->address.ss_family;
    dial->numeric.ai_addr = (struct sockaddr *)&dial->address;
    dial->at = &dial->numeric;
    return true;
}

/* Longer names overflow a buffer in older versions of the library (CVE-2024-24806), and what is no
 * host name is nothing to ask a resolver for. */
static bool is_host_name(const char *host)
{
    size_t len = strlen(host);
    for (size_t i = 0; i < len; i++) {
        if (!ascii_is_alnum(host[i]) && host[i] != '-' && host[i] != '.' && host[i] != '_')
            return false;
    }
    return len > 0 && len <= HOST_MAX;
}

static void start_lookup(struct conn_dial *dial, const char *host, uint16_t port)
{
    char service[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    (void)snprintf(service, sizeof service, "%u", (unsigned)port);
    dial->lookup.data = dial;
    int result = is_host_name(host) ? uv_getaddrinfo(loop_native(dial->loop), &dial->lookup,
                                                     on_found, host, service, &hints)
                                    : UV_EINVAL;
    dial->looking_up = result == 0;
    if (result < 0)
        (void)snprintf(dial->reason, sizeof dial->reason, "not a host name");
}

static void on_turn(struct post *post)
{
    struct conn_dial *dial = CONTAINER_OF(post, struct conn_dial, turn);
    try_next(dial);
}

struct conn_dial *conn_dial_start(struct loop *loop, const char *host, uint16_t port,
                                  uint64_t timeout_ms, conn_dialed *done, void *arg)
{
    struct conn_dial *dial = mem_alloc(sizeof *dial);
    dial->loop = loop;
    dial->done = done;
    dial->arg = arg;
    dial->fd = -1;
    (void)snprintf(dial->reason, sizeof dial->reason, "the name has no address");
    dial->until_ms = loop_now_ms(loop) + timeout_ms;
    timer_init(&dial->timer, loop, on_timer, dial);
    loop_post_init(&dial->turn, on_turn);
    if (!parse_numeric(dial, host, port))
        start_lookup(dial, host, port);
    if (dial->looking_up)
        timer_start(&dial->timer, timeout_ms);
    else
        loop_defer(loop, &dial->turn);
    return dial;
}

void conn_dial_cancel(struct conn_dial **slot)
{
    struct conn_dial *dial = *slot;
    if (!dial)
        return;
    *slot = NULL;
    dial->done = NULL;
    timer_stop(&dial->timer);
    loop_defer_cancel(&dial->turn);
    if (dial->looking_up)
        (void)uv_cancel((uv_req_t *)&dial->lookup);
    stop_polling(dial);
    free_when_idle(dial);
}

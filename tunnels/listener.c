/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/listener.h"

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/base/socket.h"
#include "engine/base/span.h"
#include "engine/metrics/metrics.h"
#include "tunnels/descriptors.h"
#include "tunnels/tally.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#define BACKLOG 4096
/* Clients taken in one event; the others have their turn then. */
#define CLIENTS_PER_EVENT 64
/* Out of descriptors or memory: so long nothing is accepted, or the loop would spin. */
#define PAUSE_MS 100u

struct listener {
    uv_poll_t poll;
    struct loop *loop;
    int fd;
    bool given;  /* others listen there, too */
    int reserve; /* a descriptor to give up when all are used */
    struct tally refused;
    struct metric *refused_count; /* NULL: nobody counts them */
    struct timer pause;
    void (*on_client)(void *arg, int fd);
    void *arg;
};

bool listener_is_free(const char *address, uint16_t port, struct error *err)
{
    return socket_is_free(address, port, err);
}

static int open_reserve(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void on_readable(uv_poll_t *poll, int status, int events);

static void resume(void *arg)
{
    struct listener *listener = arg;
    if (listener->reserve < 0)
        listener->reserve = open_reserve();
    (void)uv_poll_start(&listener->poll, UV_READABLE, on_readable);
}

static void pause_accepting(struct listener *listener)
{
    (void)uv_poll_stop(&listener->poll);
    timer_start(&listener->pause, PAUSE_MS);
}

static void say_busy(const struct listener *listener, int fd)
{
    static const char busy[] = "421 4.3.2 Too many connections, try again later\r\n";
    if (listener->refused_count)
        metric_add(listener->refused_count, 1);
    ssize_t ignored = send(fd, busy, sizeof busy - 1, MSG_NOSIGNAL);
    (void)ignored;
    (void)close(fd);
}

static void log_refused(struct listener *listener, const char *reason)
{
    if (tally_is_first(&listener->refused))
        log_event(LOG_WARNING, "accept.refused", LOG_STR("reason", reason));
}

static void take_client(struct listener *listener, int fd)
{
    if (descriptors_admit_client()) {
        listener->on_client(listener->arg, fd);
        return;
    }
    log_refused(listener, "the descriptors left are kept for mail");
    say_busy(listener, fd);
}

/* No descriptor is left: the reserve is given up, so that one client after the other can be told.
 * To leave them in the queue would look like a dead filter, which senders go around. */
static void turn_one_away(struct listener *listener)
{
    (void)close(listener->reserve);
    int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
        say_busy(listener, fd);
    listener->reserve = open_reserve();
}

static void on_accept_error(struct listener *listener, int error)
{
    if (error == EAGAIN || error == ECONNABORTED || error == EINTR || error == EPROTO)
        return;
    log_refused(listener, strerror(error));
    if ((error == EMFILE || error == ENFILE) && listener->reserve >= 0)
        turn_one_away(listener);
    else
        pause_accepting(listener);
}

/* Up to `most` clients. */
static void take_clients(struct listener *listener, int most)
{
    for (int i = 0; i < most; i++) {
        int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            on_accept_error(listener, errno);
            return;
        }
        take_client(listener, fd);
    }
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct listener *listener = poll->data;
    (void)events;
    if (status < 0) {
        pause_accepting(listener);
        return;
    }
    take_clients(listener, CLIENTS_PER_EVENT);
    loop_end_event(listener->loop);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* `fd` listens. NULL, with the reason as an errno: it stays the caller's. */
static struct listener *start(struct loop *loop, int fd, void (*on_client)(void *arg, int fd),
                              void *arg, int *failed_out)
{
    struct listener *listener = mem_alloc(sizeof *listener);
    int result = uv_poll_init(loop_native(loop), &listener->poll, fd);
    if (result != 0) {
        *failed_out = -result;
        free(listener);
        return NULL;
    }
    listener->poll.data = listener;
    listener->loop = loop;
    listener->fd = fd;
    listener->reserve = open_reserve();
    tally_init(&listener->refused, loop, "accept.refused");
    listener->on_client = on_client;
    listener->arg = arg;
    timer_init(&listener->pause, loop, resume, listener);
    (void)uv_poll_start(&listener->poll, UV_READABLE, on_readable);
    return listener;
}

struct listener *listener_open(struct loop *loop, const char *address, uint16_t *port,
                               void (*on_client)(void *arg, int fd), void *arg, struct error *err)
{
    int fd = socket_bind(address, *port, true, err);
    if (fd < 0)
        return NULL;
    int failed = listen(fd, BACKLOG) == 0 ? 0 : errno;
    struct listener *listener = failed == 0 ? start(loop, fd, on_client, arg, &failed) : NULL;
    if (listener) {
        *port = socket_port(fd);
        return listener;
    }
    (void)error_set_errno(err, failed, "cannot listen on %s port %u", address, *port);
    (void)close(fd);
    return NULL;
}

struct listener *listener_open_given(struct loop *loop, int given,
                                     void (*on_client)(void *arg, int fd), void *arg,
                                     struct error *err)
{
    int fd = fcntl(given, F_DUPFD_CLOEXEC, 0);
    int failed = errno;
    struct listener *listener = fd >= 0 ? start(loop, fd, on_client, arg, &failed) : NULL;
    if (listener) {
        listener->given = true;
        return listener;
    }
    (void)error_set_errno(err, failed, "cannot use the socket that was handed down");
    if (fd >= 0)
        (void)close(fd);
    return NULL;
}

void listener_count_refused(struct listener *listener, struct metric *refused)
{
    listener->refused_count = refused;
}

void listener_close(struct listener **slot)
{
    struct listener *listener = *slot;
    if (!listener)
        return;
    *slot = NULL;
    if (!listener->given)
        take_clients(listener, BACKLOG);
    timer_stop(&listener->pause);
    tally_fini(&listener->refused);
    (void)uv_poll_stop(&listener->poll);
    (void)close(listener->fd);
    if (listener->reserve >= 0)
        (void)close(listener->reserve);
    uv_close((uv_handle_t *)&listener->poll, on_closed);
}

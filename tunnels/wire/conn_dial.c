/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/conn_socket.h"

#include "engine/base/mem.h"
#include "engine/base/socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

/*
 * The handle of the library cannot be freed before it has given it back, so a dial that was
 * cancelled or is done lives on until it is idle.
 */
struct conn_dial {
    struct loop *loop;
    conn_dialed *done; /* NULL: cancelled or called */
    void *arg;
    struct timer timer;
    struct post turn;
    union socket_address address;
    socklen_t address_len; /* 0: what was given is no address */
    uv_poll_t poll;
    bool polling; /* `poll` is open */
    int fd;       /* being connected, or -1 */
    char reason[160];
};

static void free_when_idle(struct conn_dial *dial)
{
    if (dial->done || dial->polling)
        return;
    loop_defer_cancel(&dial->turn);
    timer_stop(&dial->timer);
    free(dial);
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct conn_dial *dial = handle->data;
    dial->polling = false;
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

static void fail(struct conn_dial *dial, const char *reason)
{
    (void)snprintf(dial->reason, sizeof dial->reason, "%s", reason);
    finish(dial, -1);
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
        fail(dial, strerror(error));
    } else {
        /* The stream polls the same descriptor itself: this handle has to be off it before. */
        int fd = dial->fd;
        dial->fd = -1;
        uv_close((uv_handle_t *)handle, on_poll_closed);
        finish(dial, fd);
    }
    loop_end_event(loop);
}

static void on_timer(void *arg)
{
    fail(arg, strerror(ETIMEDOUT));
}

static void attempt(struct conn_dial *dial)
{
    dial->fd = socket(dial->address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (dial->fd < 0 ||
        (connect(dial->fd, &dial->address.any, dial->address_len) != 0 && errno != EINPROGRESS)) {
        fail(dial, strerror(errno));
        return;
    }
    int result = uv_poll_init(loop_native(dial->loop), &dial->poll, dial->fd);
    if (result < 0) {
        fail(dial, uv_strerror(result));
        return;
    }
    dial->poll.data = dial;
    dial->polling = true;
    (void)uv_poll_start(&dial->poll, UV_WRITABLE, on_connected);
}

static void on_turn(struct post *post)
{
    struct conn_dial *dial = CONTAINER_OF(post, struct conn_dial, turn);
    if (dial->address_len > 0)
        attempt(dial);
    else
        fail(dial, "not an address");
}

struct conn_dial *conn_dial_start(struct loop *loop, const char *address, uint16_t port,
                                  uint64_t timeout_ms, conn_dialed *done, void *arg)
{
    struct conn_dial *dial = mem_alloc(sizeof *dial);
    dial->loop = loop;
    dial->done = done;
    dial->arg = arg;
    dial->fd = -1;
    timer_init(&dial->timer, loop, on_timer, dial);
    loop_post_init(&dial->turn, on_turn);
    dial->address_len = socket_address_read(address, port, &dial->address);
    timer_start(&dial->timer, timeout_ms);
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
    stop_polling(dial);
    free_when_idle(dial);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake/fake.h"

#include "engine/base/buf.h"
#include "engine/base/mem.h"
#include "tunnels/wire/conn_socket.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_FD 100000 /* no real descriptor has such a number */

/* One stream; both sides hold it until fake_fini(). */
struct fake_peer {
    struct list link;
    int fd;
    char address[52];
    uint16_t port;
    struct buf to_engine;
    size_t read; /* of to_engine */
    struct buf from_engine;
    size_t window; /* that the peer still takes */
    unsigned writes;
    bool ended;  /* by the test */
    bool broken; /* by the test */
    bool deaf;   /* what arrives is not acknowledged */
    bool shut;   /* by the engine */
    bool closed;
    bool attached;             /* a conn_socket was made of it */
    struct fake_host *dialled; /* not yet accepted by the test */
};

struct conn_socket {
    struct list link;
    struct loop *loop;
    struct fake_peer *peer;
    void (*on_ready)(void *arg, unsigned ready);
    void *arg;
    unsigned wanted;
};

struct fake_host {
    struct list link;
    char name[256];
    uint16_t port;
    enum fake_answer answer;
    unsigned dials;
};

struct conn_dial {
    struct list link;
    struct loop *loop;
    struct fake_host *host;
    conn_dialed *done;
    void *arg;
    struct timer timer;
    bool timed_out;
};

static struct list peers = {&peers, &peers};
static struct list sockets = {&sockets, &sockets};
static struct list hosts = {&hosts, &hosts};
static struct list dials = {&dials, &dials};
static int next_fd = FIRST_FD;
static enum fake_cut cut_now = FAKE_WHOLE;
static uint64_t random_state = 1;

void fake_cut(enum fake_cut cut, uint64_t seed)
{
    cut_now = cut;
    random_state = seed * 2 + 1;
}

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* How much of `len` (at least one) is moved now. */
static size_t cut(size_t len)
{
    if (len == 0 || cut_now == FAKE_WHOLE)
        return len;
    return cut_now == FAKE_BYTES ? 1 : 1 + (size_t)(next_random() % len);
}

static struct fake_peer *peer_new(const char *address, uint16_t port)
{
    struct fake_peer *peer = mem_alloc(sizeof *peer);
    (void)snprintf(peer->address, sizeof peer->address, "%.*s", (int)sizeof peer->address - 1,
                   address);
    peer->port = port;
    peer->window = SIZE_MAX;
    peer->fd = next_fd++;
    list_append(&peers, &peer->link);
    return peer;
}

struct fake_peer *fake_call(struct loop *loop, const char *address, uint16_t port, int *fd_out)
{
    (void)loop;
    struct fake_peer *peer = peer_new(address, port);
    *fd_out = peer->fd;
    return peer;
}

void fake_send(struct fake_peer *peer, struct span bytes)
{
    assert(!peer->ended && !peer->broken);
    buf_add(&peer->to_engine, bytes);
}

void fake_send_text(struct fake_peer *peer, const char *text)
{
    fake_send(peer, span_str(text));
}

void fake_end(struct fake_peer *peer)
{
    peer->ended = true;
}

void fake_break(struct fake_peer *peer)
{
    peer->broken = true;
    peer->read = peer->to_engine.len;
}

void fake_break_behind(struct fake_peer *peer)
{
    peer->broken = true;
}

void fake_take_only(struct fake_peer *peer, size_t bytes)
{
    peer->window = bytes;
}

void fake_acknowledge(struct fake_peer *peer, bool does)
{
    peer->deaf = !does;
}

struct span fake_received(const struct fake_peer *peer)
{
    return buf_span(&peer->from_engine);
}

void fake_forget(struct fake_peer *peer, size_t bytes)
{
    buf_consume(&peer->from_engine, bytes);
}

struct span fake_sent(const struct fake_peer *peer)
{
    return buf_span(&peer->to_engine);
}

size_t fake_unread(const struct fake_peer *peer)
{
    return peer->to_engine.len - peer->read;
}

bool fake_is_shut(const struct fake_peer *peer)
{
    return peer->shut;
}

bool fake_is_closed(const struct fake_peer *peer)
{
    return peer->closed;
}

unsigned fake_writes(const struct fake_peer *peer)
{
    return peer->writes;
}

static struct fake_host *host_of(const char *name, uint16_t port)
{
    list_for_each_safe (link, after, &hosts) {
        struct fake_host *host = CONTAINER_OF(link, struct fake_host, link);
        if (host->port == port && strcmp(host->name, name) == 0)
            return host;
    }
    struct fake_host *host = mem_alloc(sizeof *host);
    (void)snprintf(host->name, sizeof host->name, "%s", name);
    host->port = port;
    host->answer = FAKE_REFUSE;
    list_append(&hosts, &host->link);
    return host;
}

void fake_serve(const char *name, uint16_t port, enum fake_answer answer)
{
    host_of(name, port)->answer = answer;
}

unsigned fake_dials(const char *name, uint16_t port)
{
    return host_of(name, port)->dials;
}

struct fake_peer *fake_accept(const char *name, uint16_t port)
{
    struct fake_host *host = host_of(name, port);
    list_for_each_safe (link, after, &peers) {
        struct fake_peer *peer = CONTAINER_OF(link, struct fake_peer, link);
        if (peer->dialled == host) {
            peer->dialled = NULL;
            return peer;
        }
    }
    return NULL;
}

/* The other side of conn_socket.h. */

struct conn_socket *conn_socket_new(struct loop *loop, int fd,
                                    void (*on_ready)(void *arg, unsigned ready), void *arg,
                                    struct error *err)
{
    list_for_each_safe (link, after, &peers) {
        struct fake_peer *peer = CONTAINER_OF(link, struct fake_peer, link);
        if (peer->fd != fd || peer->attached)
            continue;
        struct conn_socket *socket = mem_alloc(sizeof *socket);
        *socket =
            (struct conn_socket){.loop = loop, .peer = peer, .on_ready = on_ready, .arg = arg};
        peer->attached = true;
        list_append(&sockets, &socket->link);
        return socket;
    }
    (void)error_set_errno(err, EBADF, "socket");
    return NULL;
}

void conn_socket_free(struct conn_socket **slot)
{
    struct conn_socket *socket = *slot;
    if (!socket)
        return;
    *slot = NULL;
    socket->peer->closed = true;
    list_remove(&socket->link);
    free(socket);
}

void conn_socket_want(struct conn_socket *socket, unsigned ready)
{
    socket->wanted = ready;
}

ssize_t conn_socket_read(struct conn_socket *socket, char *room, size_t len)
{
    struct fake_peer *peer = socket->peer;
    assert(len > 0);
    size_t unread = fake_unread(peer);
    if (unread > 0) {
        size_t got = cut(unread < len ? unread : len);
        memcpy(room, peer->to_engine.ptr + peer->read, got);
        peer->read += got;
        return (ssize_t)got;
    }
    if (peer->broken)
        return -ECONNRESET;
    return peer->ended ? 0 : -EAGAIN;
}

ssize_t conn_socket_write(struct conn_socket *socket, const struct span *slices, size_t count)
{
    struct fake_peer *peer = socket->peer;
    assert(count > 0 && count <= CONN_SLICES_MAX && !peer->shut);
    if (peer->broken)
        return -EPIPE;
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += slices[i].len;
    size_t wanted = cut(total < peer->window ? total : peer->window);
    if (wanted == 0)
        return -EAGAIN;
    size_t left = wanted;
    for (size_t i = 0; i < count && left > 0; i++) {
        struct span part = span_sub(slices[i], 0, left);
        buf_add(&peer->from_engine, part);
        left -= part.len;
    }
    if (peer->window != SIZE_MAX)
        peer->window -= wanted;
    peer->writes++;
    return (ssize_t)wanted;
}

void conn_socket_shut(struct conn_socket *socket)
{
    socket->peer->shut = true;
}

bool conn_socket_has_unread(const struct conn_socket *socket)
{
    return fake_unread(socket->peer) > 0;
}

bool conn_socket_is_quiet(const struct conn_socket *socket)
{
    const struct fake_peer *peer = socket->peer;
    return fake_unread(peer) == 0 && !peer->ended && !peer->broken;
}

bool conn_socket_has_unacknowledged(const struct conn_socket *socket)
{
    return socket->peer->deaf;
}

void conn_socket_names(const struct conn_socket *socket, struct conn_names *out)
{
    (void)snprintf(out->peer, sizeof out->peer, "%s", socket->peer->address);
    (void)snprintf(out->local, sizeof out->local, "192.0.2.1");
    out->peer_port = socket->peer->port;
    out->local_port = 25;
}

static void on_dial_timer(void *arg)
{
    struct conn_dial *dial = arg;
    dial->timed_out = true;
}

struct conn_dial *conn_dial_start(struct loop *loop, const char *name, uint16_t port,
                                  uint64_t timeout_ms, conn_dialed *done, void *arg)
{
    struct conn_dial *dial = mem_alloc(sizeof *dial);
    dial->loop = loop;
    dial->host = host_of(name, port);
    dial->host->dials++;
    dial->done = done;
    dial->arg = arg;
    timer_init(&dial->timer, loop, on_dial_timer, dial);
    timer_start(&dial->timer, timeout_ms);
    list_append(&dials, &dial->link);
    return dial;
}

void conn_dial_cancel(struct conn_dial **slot)
{
    struct conn_dial *dial = *slot;
    if (!dial)
        return;
    *slot = NULL;
    timer_stop(&dial->timer);
    list_remove(&dial->link);
    free(dial);
}

static void answer_dial(struct conn_dial *dial)
{
    struct fake_host *host = dial->host;
    conn_dialed *done = dial->done;
    void *arg = dial->arg;
    const char *reason = dial->timed_out ? "connecting timed out" : "Connection refused";
    int fd = -1;
    if (!dial->timed_out && host->answer == FAKE_ACCEPT) {
        struct fake_peer *peer = peer_new(host->name, host->port);
        peer->dialled = host;
        fd = peer->fd;
    }
    struct loop *loop = dial->loop;
    conn_dial_cancel(&dial);
    done(arg, fd, fd >= 0 ? NULL : reason);
    loop_end_event(loop);
}

static bool dial_turn(struct loop *loop)
{
    list_for_each_safe (link, after, &dials) {
        struct conn_dial *dial = CONTAINER_OF(link, struct conn_dial, link);
        if (dial->loop != loop || (dial->host->answer == FAKE_SILENT && !dial->timed_out))
            continue;
        answer_dial(dial);
        return true;
    }
    return false;
}

static unsigned readiness(const struct conn_socket *socket)
{
    const struct fake_peer *peer = socket->peer;
    unsigned ready = 0;
    if (peer->broken) /* told whatever was wanted, and once only */
        return socket->wanted != 0 ? CONN_READABLE | CONN_WRITABLE | CONN_UNWATCHED : 0;
    if (fake_unread(peer) > 0 || peer->ended)
        ready |= CONN_READABLE;
    if (peer->window > 0)
        ready |= CONN_WRITABLE;
    return ready & socket->wanted;
}

static bool one_socket_turn(struct loop *loop)
{
    list_for_each_safe (link, after, &sockets) {
        struct conn_socket *socket = CONTAINER_OF(link, struct conn_socket, link);
        unsigned ready = readiness(socket);
        if (socket->loop != loop || ready == 0)
            continue;
        list_remove(&socket->link); /* the others come first next time */
        list_append(&sockets, &socket->link);
        if (ready & CONN_UNWATCHED)
            socket->wanted = 0;
        socket->on_ready(socket->arg, ready);
        return true;
    }
    return false;
}

/* Deferred work waits for as many sockets as happen to be ready, or for none, as in the real loop:
 * one to four of them in turn. */
static bool socket_turn(struct loop *loop)
{
    static unsigned turns;
    unsigned most = 1 + turns++ % 4;
    unsigned count = 0;
    while (count < most && one_socket_turn(loop))
        count++;
    if (count > 0)
        loop_end_event(loop);
    return count > 0;
}

bool fake_network_turn(struct loop *loop)
{
    return dial_turn(loop) || socket_turn(loop);
}

static void peer_free(struct fake_peer *peer)
{
    list_remove(&peer->link);
    buf_fini(&peer->to_engine);
    buf_fini(&peer->from_engine);
    free(peer);
}

unsigned fake_fini(void)
{
    unsigned open = 0;
    list_for_each_safe (link, after, &sockets) {
        open++;
    }
    list_for_each_safe (link, after, &peers) {
        if (open == 0)
            peer_free(CONTAINER_OF(link, struct fake_peer, link));
    }
    list_for_each_safe (link, after, &hosts) {
        list_remove(link);
        free(CONTAINER_OF(link, struct fake_host, link));
    }
    fake_names_fini();
    fake_cut(FAKE_WHOLE, 0);
    fake_hold_workers(false);
    return open;
}

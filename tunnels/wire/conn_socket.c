/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/conn_socket.h"

#include "engine/base/mem.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <uv.h>

struct conn_socket {
    uv_poll_t poll;
    struct loop *loop;
    int fd;
    void (*on_ready)(void *arg, unsigned ready);
    void *arg;
};

static void on_poll(uv_poll_t *handle, int status, int events)
{
    struct conn_socket *socket = handle->data;
    struct loop *loop = socket->loop;
    unsigned ready = 0;
    if (events & UV_READABLE)
        ready |= CONN_READABLE;
    if (events & UV_WRITABLE)
        ready |= CONN_WRITABLE;
    /* The library has stopped polling. Reading and writing will tell what it is, but there may be
     * bytes to be read before. */
    if (status < 0)
        ready = CONN_READABLE | CONN_WRITABLE | CONN_UNWATCHED;
    socket->on_ready(socket->arg, ready); /* may free the socket */
    loop_end_socket_event(loop);
}

struct conn_socket *conn_socket_new(struct loop *loop, int fd,
                                    void (*on_ready)(void *arg, unsigned ready), void *arg,
                                    struct error *err)
{
    struct conn_socket *socket = mem_alloc(sizeof *socket);
    int result = uv_poll_init(loop_native(loop), &socket->poll, fd);
    if (result < 0) {
        (void)error_set_errno(err, -result, "socket");
        (void)close(fd);
        free(socket);
        return NULL;
    }
    /* Nagle's wait for an acknowledgement costs 40 ms a message where the peer delays those. */
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    socket->poll.data = socket;
    socket->loop = loop;
    socket->fd = fd;
    socket->on_ready = on_ready;
    socket->arg = arg;
    return socket;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void conn_socket_free(struct conn_socket **slot)
{
    struct conn_socket *socket = *slot;
    if (!socket)
        return;
    *slot = NULL;
    uv_close((uv_handle_t *)&socket->poll, on_closed);
    (void)close(socket->fd);
}

void conn_socket_want(struct conn_socket *socket, unsigned ready)
{
    int events =
        (ready & CONN_READABLE ? UV_READABLE : 0) | (ready & CONN_WRITABLE ? UV_WRITABLE : 0);
    if (events != 0)
        (void)uv_poll_start(&socket->poll, events, on_poll);
    else
        (void)uv_poll_stop(&socket->poll);
}

ssize_t conn_socket_read(struct conn_socket *socket, char *room, size_t len)
{
    ssize_t got;
    do {
        got = recv(socket->fd, room, len, MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}

ssize_t conn_socket_write(struct conn_socket *socket, const struct span *slices, size_t count)
{
    struct iovec iov[CONN_SLICES_MAX];
    assert(count > 0 && count <= CONN_SLICES_MAX);
    for (size_t i = 0; i < count; i++) {
        /* sendmsg() reads only, but struct iovec serves both ways */
        memcpy(&iov[i].iov_base, &slices[i].ptr, sizeof iov[i].iov_base);
        iov[i].iov_len = slices[i].len;
    }
    struct msghdr message = {.msg_iov = iov, .msg_iovlen = count};
    ssize_t sent;
    do {
        sent = sendmsg(socket->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

void conn_socket_shut(struct conn_socket *socket)
{
    (void)shutdown(socket->fd, SHUT_WR);
}

bool conn_socket_has_unread(const struct conn_socket *socket)
{
    int unread = 0;
    return ioctl(socket->fd, FIONREAD, &unread) == 0 && unread > 0;
}

bool conn_socket_is_quiet(const struct conn_socket *socket)
{
    char byte;
    return recv(socket->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

bool conn_socket_has_unacknowledged(const struct conn_socket *socket)
{
    int bytes = 0;
    return ioctl(socket->fd, TIOCOUTQ, &bytes) == 0 && bytes > 0;
}

static uint16_t name_of(const struct sockaddr_storage *address, char *out, size_t size)
{
    char text[INET6_ADDRSTRLEN] = "";
    const char *prefix = "";
    in_port_t port = 0;
    if (address->ss_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        (void)inet_ntop(AF_INET, &in.sin_addr, text, sizeof text);
        port = in.sin_port;
    } else if (address->ss_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof in6);
        port = in6.sin6_port;
        if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr)) {
            (void)inet_ntop(AF_INET, &in6.sin6_addr.s6_addr[12], text, sizeof text);
        } else {
            (void)inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof text);
            prefix = "IPv6:";
        }
    }
    if (text[0] != '\0')
        (void)snprintf(out, size, "%s%s", prefix, text);
    else
        (void)snprintf(out, size, "unknown");
    return ntohs(port);
}

void conn_socket_names(const struct conn_socket *socket, struct conn_names *out)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    (void)getpeername(socket->fd, (struct sockaddr *)&address, &len);
    out->peer_port = name_of(&address, out->peer, sizeof out->peer);
    memset(&address, 0, sizeof address);
    len = sizeof address;
    (void)getsockname(socket->fd, (struct sockaddr *)&address, &len);
    out->local_port = name_of(&address, out->local, sizeof out->local);
}

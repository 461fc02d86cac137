/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

socklen_t socket_address_read(const char *text, uint16_t port, union socket_address *out)
{
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        return sizeof out->v4;
    }
    if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(port);
        return sizeof out->v6;
    }
    return 0;
}

static void switch_on(int fd, int level, int option)
{
    const int on = 1;
    (void)setsockopt(fd, level, option, &on, sizeof on);
}

/* What the system's words do not tell. */
static const char *advice(int error)
{
    return error == EACCES          ? " (a port below 1024 takes root or CAP_NET_BIND_SERVICE)"
           : error == EADDRNOTAVAIL ? " (no interface of this host has that address)"
                                    : "";
}

int socket_bind(const char *address, uint16_t port, bool shared, struct error *err)
{
    union socket_address where;
    socklen_t len = socket_address_read(address, port, &where);
    if (len == 0) {
        (void)error_set(err, "%s is not a numeric address", address);
        return -1;
    }
    int fd = socket(where.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        (void)error_set_errno(err, errno, "cannot make a socket");
        return -1;
    }
    switch_on(fd, SOL_SOCKET, SO_REUSEADDR);
    if (shared)
        switch_on(fd, SOL_SOCKET, SO_REUSEPORT);
    if (where.any.sa_family == AF_INET6)
        switch_on(fd, IPPROTO_IPV6, IPV6_V6ONLY);
    if (bind(fd, &where.any, len) == 0)
        return fd;
    int failed = errno;
    (void)error_set_code(err, failed, "cannot listen on %s port %u: %s%s", address, (unsigned)port,
                         strerror(failed), advice(failed));
    (void)close(fd);
    return -1;
}

/* The system forgets a client that comes now, who asks again in a second, when somebody is there.
 */
static void take_nobody(int fd)
{
    struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog filter = {.len = 1, .filter = &drop};
    (void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

bool socket_is_free(const char *address, uint16_t port, struct error *err)
{
    int fd = socket_bind(address, port, false, err);
    if (fd < 0)
        return false;
    take_nobody(fd);
    /* Only that tells of one who was here first. */
    int failed = listen(fd, 1) == 0 ? 0 : errno;
    (void)close(fd);
    return failed == 0 ||
           error_set_errno(err, failed, "cannot listen on %s port %u", address, (unsigned)port);
}

uint16_t socket_port(int fd)
{
    union socket_address where;
    socklen_t len = sizeof where;
    if (getsockname(fd, &where.any, &len) != 0)
        return 0;
    return ntohs(where.any.sa_family == AF_INET6 ? where.v6.sin6_port : where.v4.sin_port);
}

void socket_name(int fd, char *out, size_t size)
{
    union socket_address where;
    socklen_t len = sizeof where;
    char text[INET6_ADDRSTRLEN] = "";
    bool bound = getsockname(fd, &where.any, &len) == 0;
    if (bound && where.any.sa_family == AF_INET6 &&
        inet_ntop(AF_INET6, &where.v6.sin6_addr, text, sizeof text))
        (void)snprintf(out, size, "[%s]:%u", text, (unsigned)ntohs(where.v6.sin6_port));
    else if (bound && where.any.sa_family == AF_INET &&
             inet_ntop(AF_INET, &where.v4.sin_addr, text, sizeof text))
        (void)snprintf(out, size, "%s:%u", text, (unsigned)ntohs(where.v4.sin_port));
    else
        (void)snprintf(out, size, "unknown");
}

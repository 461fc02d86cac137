/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/server/inherited.h"

#include "engine/base/mem.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST_FD 3

static uint64_t number_of(const char *name)
{
    uint64_t number;
    return span_to_u64(span_str(getenv(name)), &number) ? number : 0;
}

static int option(int fd, int which)
{
    int value = 0;
    socklen_t len = sizeof value;
    return getsockopt(fd, SOL_SOCKET, which, &value, &len) == 0 ? value : -1;
}

static bool read_address(struct inherited_socket *out)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage storage;
    } bound;
    socklen_t len = sizeof bound;
    if (option(out->fd, SO_TYPE) != SOCK_STREAM || option(out->fd, SO_ACCEPTCONN) != 1 ||
        getsockname(out->fd, &bound.any, &len) != 0)
        return false;
    bool v6 = bound.any.sa_family == AF_INET6;
    if (!v6 && bound.any.sa_family != AF_INET)
        return false;
    out->port = ntohs(v6 ? bound.v6.sin6_port : bound.v4.sin_port);
    return inet_ntop(bound.any.sa_family,
                     v6 ? (void *)&bound.v6.sin6_addr : (void *)&bound.v4.sin_addr, out->address,
                     sizeof out->address) != NULL;
}

static bool set_flags(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
           fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

static bool take(struct inherited *inherited, int fd, struct span name, struct error *err)
{
    struct inherited_socket *fresh = &inherited->sockets[inherited->count];
    *fresh = (struct inherited_socket){.fd = fd};
    if (!set_flags(fd) || !read_address(fresh))
        return error_set(err,
                         "the service manager handed down descriptor %d (\"%.*s\"), which is no "
                         "listening TCP socket",
                         fd, SPAN_ARG(name));
    fresh->name = mem_copy(name.ptr, name.len);
    inherited->count++;
    return true;
}

static bool take_all(struct inherited *inherited, uint64_t count, struct error *err)
{
    struct span names = span_str(getenv("LISTEN_FDNAMES"));
    if (count > INHERITED_MAX)
        return error_set(err, "the service manager handed down %llu sockets; %u can be taken",
                         (unsigned long long)count, INHERITED_MAX);
    for (uint64_t i = 0; i < count; i++) {
        struct span name = span_of("", 0);
        (void)span_next(&names, ':', &name);
        if (!take(inherited, FIRST_FD + (int)i, name, err))
            return false;
    }
    return true;
}

bool inherited_init(struct inherited *inherited, struct error *err)
{
    *inherited = (struct inherited){.count = 0};
    bool ours = number_of("LISTEN_PID") == (uint64_t)getpid();
    bool good = !ours || take_all(inherited, number_of("LISTEN_FDS"), err);
    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("LISTEN_FDS");
    (void)unsetenv("LISTEN_FDNAMES");
    return good;
}

void inherited_fini(struct inherited *inherited)
{
    for (size_t i = 0; i < inherited->count; i++) {
        (void)close(inherited->sockets[i].fd);
        free(inherited->sockets[i].name);
    }
    inherited->count = 0;
}

void inherited_claim(struct inherited *inherited, const struct policy *policy)
{
    for (size_t i = 0; i < inherited->count; i++) {
        struct inherited_socket *socket = &inherited->sockets[i];
        const struct loading *loading = policy_tunnel(policy, span_str(socket->name));
        socket->claimed = loading && loading->loads;
    }
}

bool inherited_for(struct inherited *inherited, const struct tunnel *tunnel,
                   struct inherited_socket **out, struct error *err)
{
    *out = NULL;
    for (size_t i = 0; i < inherited->count && !*out; i++) {
        if (span_is(tunnel->name, inherited->sockets[i].name))
            *out = &inherited->sockets[i];
    }
    for (size_t i = 0; i < inherited->count && !*out; i++) {
        struct inherited_socket *socket = &inherited->sockets[i];
        if (socket->port != tunnel->port || strcmp(socket->address, tunnel->address) != 0)
            continue;
        if (socket->claimed)
            return error_set(err,
                             "on %s port %u is the socket that the service manager handed down for "
                             "the tunnel \"%s\"",
                             socket->address, (unsigned)socket->port, socket->name);
        *out = socket;
    }
    return true;
}

bool inherited_all_used(const struct inherited *inherited, struct error *err)
{
    for (size_t i = 0; i < inherited->count; i++) {
        const struct inherited_socket *socket = &inherited->sockets[i];
        if (!socket->used)
            return error_set(
                err,
                "the service manager handed down the socket \"%s\" (%s port %u), which "
                "no tunnel takes: name it as the tunnel, or let the tunnel listen "
                "there",
                socket->name, socket->address, (unsigned)socket->port);
    }
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket: numeric addresses as the system takes them, and sockets that are bound to one, for all
 * that listens. Any thread.
 */
#ifndef CULVERT_BASE_SOCKET_H
#define CULVERT_BASE_SOCKET_H

#include "engine/base/attrs.h"
#include "engine/base/error.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

union socket_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_storage storage;
};

/* "192.0.2.1" or "2001:db8::1"; 0: it is no numeric address, else the length of what is in *out. */
socklen_t socket_address_read(const char *text, uint16_t port, union socket_address *out) MUST_USE;

/* A stream socket bound there, non-blocking, closed on exec; -1 on failure. `shared`: with others
 * that share it, too (SO_REUSEPORT). "::" is IPv6 alone: "0.0.0.0" may stand beside it. */
int socket_bind(const char *address, uint16_t port, bool shared, struct error *err) MUST_USE;
/* Whether nobody at all listens there. */
bool socket_is_free(const char *address, uint16_t port, struct error *err) MUST_USE;
/* The port that it is bound to; 0: none. */
uint16_t socket_port(int fd);
/* "127.0.0.1:25" or "[::1]:25"; "unknown" where it is bound to nothing. */
void socket_name(int fd, char *out, size_t size);

#endif

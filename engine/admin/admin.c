/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/admin/admin.h"

#include "engine/admin/callers.h"
#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/signals.h"
#include "engine/base/socket.h"
#include "engine/metrics/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BACKLOG 64
/* Of silence; a whole request has its time, too (callers). */
#define IDLE_S 10u
#define REQUEST_BYTES 16384u
#define TEXT_TYPE "text/plain; charset=utf-8"

struct admin {
    struct MHD_Daemon *daemon;
    const struct admin_status *status;
    char asked[64]; /* what admin_open() was given */
    uint16_t asked_port;
    uint16_t port; /* bound */
    char address[80];
    struct callers callers;
};

static struct MHD_Response *text_response(const char *text)
{
    return MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text,
                                           MHD_RESPMEM_PERSISTENT);
}

/* The caller's `out` goes over to the response. */
static struct MHD_Response *metrics_response(void)
{
    struct buf out = BUF_INIT;
    metrics_write(&out);
    return MHD_create_response_from_buffer(out.len, out.ptr, MHD_RESPMEM_MUST_FREE);
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned code, const char *type,
                              struct MHD_Response *response)
{
    if (!response)
        return MHD_NO;
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (code == MHD_HTTP_METHOD_NOT_ALLOWED)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    enum MHD_Result queued = MHD_queue_response(connection, code, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned code,
                                   const char *text)
{
    return answer(connection, code, TEXT_TYPE, text_response(text));
}

static enum MHD_Result answer_ready(const struct admin *admin, struct MHD_Connection *connection)
{
    static const char *const words[] = {"starting\n", "ready\n",
                                        "draining: no new connections are taken\n"};
    enum readiness readiness = atomic_load(&admin->status->readiness);
    return answer_text(connection,
                       readiness == READINESS_READY ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE,
                       words[readiness]);
}

static enum MHD_Result answer_health(const struct admin *admin, struct MHD_Connection *connection)
{
    uint64_t alive_ns = atomic_load(&admin->status->alive_ns);
    bool hangs =
        alive_ns > 0 && clock_is_past(alive_ns + ADMIN_ALIVE_S * 1000u * (uint64_t)CLOCK_NS_IN_MS);
    return hangs ? answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "a thread hangs\n")
                 : answer_text(connection, MHD_HTTP_OK, "ok\n");
}

static enum MHD_Result answer_path(const struct admin *admin, struct MHD_Connection *connection,
                                   const char *path, const char *method)
{
    static const char *const paths[] = {"/metrics", "/healthz", "/readyz"};
    size_t which = 0;
    while (which < ARRAY_LEN(paths) && strcmp(path, paths[which]) != 0)
        which++;
    if (which == ARRAY_LEN(paths))
        return answer_text(connection, MHD_HTTP_NOT_FOUND,
                           "not found; there are /metrics, /healthz and /readyz\n");
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET and HEAD only\n");
    if (which == 0)
        return answer(connection, MHD_HTTP_OK, METRICS_CONTENT_TYPE, metrics_response());
    return which == 1 ? answer_health(admin, connection) : answer_ready(admin, connection);
}

/* The library calls when the head is there, for each piece of a body, and at the end. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *body,
                                  size_t *body_len, void **request)
{
    static char seen;
    (void)version;
    (void)body;
    if (!*request) {
        *request = &seen;
        return MHD_YES;
    }
    if (*body_len > 0) {
        *body_len = 0; /* nobody wants it */
        return MHD_YES;
    }
    return answer_path(arg, connection, path, method);
}

static void on_connection(void *arg, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct admin *admin = arg;
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        *context = callers_add(
            &admin->callers,
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd);
    else if (*context)
        callers_remove(&admin->callers, *context);
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode why)
{
    struct admin *admin = arg;
    void *caller =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    (void)request;
    (void)why;
    if (caller)
        callers_extend(&admin->callers, caller);
}

/* Sharing the port with ourselves only: whoever else is there, or comes, is told apart by a socket
 * that shares it with nobody. */
static int open_socket(const char *text, uint16_t port, bool beside, struct error *err)
{
    if (port != 0 && !beside && !socket_is_free(text, port, err))
        return -1;
    int fd = socket_bind(text, port, true, err);
    if (fd < 0 || listen(fd, BACKLOG) == 0)
        return fd;
    (void)error_set_errno(err, errno, "cannot listen on %s port %u", text, (unsigned)port);
    (void)close(fd);
    return -1;
}

/* Its thread takes no signals: those are for the main thread. */
static struct MHD_Daemon *start(struct admin *admin, int fd)
{
    sigset_t before;
    signals_hold(&before);
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL, 0, NULL, NULL, on_request, admin,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, CALLERS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)REQUEST_BYTES, MHD_OPTION_NOTIFY_CONNECTION, on_connection, admin,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, admin, MHD_OPTION_END);
    signals_release(&before);
    return daemon;
}

/* The socket is the listener's, or closed. */
static struct admin *serve(int fd, const char *address, uint16_t port,
                           const struct admin_status *status, struct error *err)
{
    struct admin *admin = mem_alloc(sizeof *admin);
    admin->status = status;
    admin->asked_port = port;
    (void)snprintf(admin->asked, sizeof admin->asked, "%s", address);
    callers_init(&admin->callers);
    admin->port = socket_port(fd);
    socket_name(fd, admin->address, sizeof admin->address);
    admin->daemon = start(admin, fd);
    if (!admin->daemon) {
        (void)close(fd);
        callers_fini(&admin->callers);
        free(admin);
        (void)error_set(err, "cannot serve HTTP on %s port %u", address, (unsigned)port);
        return NULL;
    }
    return admin;
}

struct admin *admin_open(const char *address, uint16_t port, const struct admin *present,
                         const struct admin_status *status, struct error *err)
{
    int fd = open_socket(address, port, present && present->port == port, err);
    return fd < 0 ? NULL : serve(fd, address, port, status, err);
}

struct admin *admin_open_given(int given, const char *address, uint16_t port,
                               const struct admin_status *status, struct error *err)
{
    int fd = fcntl(given, F_DUPFD_CLOEXEC, 0);
    if (fd >= 0)
        return serve(fd, address, port, status, err);
    (void)error_set_errno(err, errno, "cannot use the socket that was handed down");
    return NULL;
}

void admin_close(struct admin **slot)
{
    struct admin *admin = *slot;
    *slot = NULL;
    if (!admin)
        return;
    MHD_stop_daemon(admin->daemon);
    callers_fini(&admin->callers);
    free(admin);
}

void admin_sweep(struct admin *admin)
{
    callers_sweep(&admin->callers);
}

bool admin_serves(const struct admin *admin, const char *address, uint16_t port)
{
    return admin->asked_port == port && strcmp(admin->asked, address) == 0;
}

const char *admin_address(const struct admin *admin)
{
    return admin->address;
}

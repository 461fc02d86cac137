/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/server/notify.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/span.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define US_IN_MS 1000u
#define MESSAGE_BYTES 512
/* A manager that is busy has this long to take what it waits for itself. */
#define PATIENCE_S 2

/* "@name" is one of Linux' names without a file: it begins with NUL and has no end but its length.
 */
static bool parse_address(const char *text, struct notify *notify)
{
    size_t len = strlen(text);
    if ((text[0] != '/' && text[0] != '@') || len < 2 || len >= sizeof notify->address.sun_path)
        return false;
    notify->address.sun_family = AF_UNIX;
    memcpy(notify->address.sun_path, text, len + 1);
    bool is_abstract = text[0] == '@';
    if (is_abstract)
        notify->address.sun_path[0] = '\0';
    notify->address_len =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (is_abstract ? 0 : 1));
    return true;
}

static uint64_t number_of(const char *name)
{
    uint64_t number;
    return span_to_u64(span_str(getenv(name)), &number) ? number : 0;
}

/* The time is meant for one process; without WATCHDOG_PID for whoever reads it. */
static void init_watchdog(struct notify *notify)
{
    uint64_t pid = number_of("WATCHDOG_PID");
    if (pid == 0 || pid == (uint64_t)getpid())
        notify->watchdog_ms = number_of("WATCHDOG_USEC") / US_IN_MS;
}

/* Without READY=1 the manager would end a start that has succeeded. */
static void limit_waiting(int fd)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

void notify_init(struct notify *notify)
{
    const char *name = getenv("NOTIFY_SOCKET");
    *notify = (struct notify){.fd = -1};
    if (name && *name) {
        if (parse_address(name, notify))
            notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (notify->fd < 0)
            log_event(LOG_WARNING, "notify.unusable", LOG_STR("socket", name));
        else
            init_watchdog(notify);
        if (notify->fd >= 0)
            limit_waiting(notify->fd);
    }
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("WATCHDOG_USEC");
    (void)unsetenv("WATCHDOG_PID");
}

void notify_fini(struct notify *notify)
{
    if (notify->fd >= 0)
        (void)close(notify->fd);
    notify->fd = -1;
}

static void say(const struct notify *notify, const char *text, int flags)
{
    if (notify->fd >= 0 &&
        sendto(notify->fd, text, strlen(text), MSG_NOSIGNAL | flags,
               (const struct sockaddr *)&notify->address, notify->address_len) < 0 &&
        flags == 0)
        log_event(LOG_WARNING, "notify.unusable", LOG_STR("reason", strerror(errno)));
}

void notify_ready(const struct notify *notify, const char *status)
{
    char text[MESSAGE_BYTES];
    (void)snprintf(text, sizeof text, "READY=1\nSTATUS=%s\n", status);
    say(notify, text, 0);
}

/* The time lets the manager tell this reload from one before. */
void notify_reloading(const struct notify *notify)
{
    char text[MESSAGE_BYTES];
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t us =
        (uint64_t)now.tv_sec * US_IN_MS * US_IN_MS + (uint64_t)now.tv_nsec / CLOCK_NS_IN_US;
    (void)snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\nSTATUS=Reloading\n",
                   us);
    say(notify, text, 0);
}

void notify_stopping(const struct notify *notify)
{
    say(notify, "STOPPING=1\nSTATUS=Draining: finishing what is under way\n", 0);
}

void notify_alive(const struct notify *notify)
{
    say(notify, "WATCHDOG=1\n", MSG_DONTWAIT);
}

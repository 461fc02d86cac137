/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/log_sink.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Who else has the descriptor shares its O_NONBLOCK, so that is left alone. */
enum way {
    WAY_PLAIN,  /* a file: write() does not wait for anybody */
    WAY_OPENED, /* a pipe or terminal that was opened once more, without waiting */
    WAY_SOCKET, /* can be told with each call */
    WAY_ASKED   /* a pipe or terminal that could not: it says whether there is room */
};

static struct {
    int fd;
    int own; /* opened here, or -1 */
    enum way way;
    pthread_mutex_t lock; /* WAY_ASKED: the room is for who asked */
    atomic_bool torn;     /* the last line went out in part */
    atomic_uint_fast64_t lost, untold;
} sink = {.fd = STDERR_FILENO, .own = -1, .lock = PTHREAD_MUTEX_INITIALIZER};

static int open_again(int fd)
{
    char path[40];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void log_sink_open(int fd)
{
    struct stat about;
    if (sink.own >= 0)
        (void)close(sink.own);
    sink.own = -1;
    sink.fd = fd;
    sink.way = WAY_PLAIN;
    if (fstat(fd, &about) != 0 || S_ISREG(about.st_mode))
        return;
    if (S_ISSOCK(about.st_mode)) {
        sink.way = WAY_SOCKET;
        return;
    }
    sink.own = open_again(fd);
    sink.way = sink.own >= 0 ? WAY_OPENED : WAY_ASKED;
}

static ssize_t write_if_room(struct span text)
{
    struct pollfd room = {.fd = sink.fd, .events = POLLOUT};
    ssize_t len = -1;
    (void)pthread_mutex_lock(&sink.lock);
    if (poll(&room, 1, 0) == 1)
        len = write(sink.fd, text.ptr, text.len);
    (void)pthread_mutex_unlock(&sink.lock);
    return len;
}

static ssize_t write_some(struct span text)
{
    switch (sink.way) {
    case WAY_OPENED:
        return write(sink.own, text.ptr, text.len);
    case WAY_SOCKET:
        return send(sink.fd, text.ptr, text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    case WAY_ASKED:
        return write_if_room(text);
    case WAY_PLAIN:
        break;
    }
    return write(sink.fd, text.ptr, text.len);
}

bool log_sink_write(struct span line)
{
    /* A piece of a line is not to run into the next one. */
    if (atomic_load(&sink.torn) && write_some(SPAN("\n")) == 1)
        atomic_store(&sink.torn, false);
    ssize_t len = write_some(line);
    if (len == (ssize_t)line.len)
        return true;
    if (len > 0)
        atomic_store(&sink.torn, true);
    atomic_fetch_add(&sink.lost, 1);
    log_sink_put_lost(1);
    return false;
}

uint64_t log_sink_take_lost(void)
{
    return atomic_load(&sink.untold) > 0 ? atomic_exchange(&sink.untold, 0) : 0;
}

void log_sink_put_lost(uint64_t lines)
{
    atomic_fetch_add(&sink.untold, lines);
}

uint64_t log_sink_lost(void)
{
    return atomic_load(&sink.lost);
}

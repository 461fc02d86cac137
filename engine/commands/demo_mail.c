/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/commands/demo_mail.h"

#include "engine/base/buf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE_S 30

static int dial(const char *address, struct error *err)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    struct span host, port = span_str(address);
    uint64_t number = 0;
    char text[64];
    if (!span_next(&port, ':', &host) || !span_to_u64(port, &number) || number > 65535 ||
        host.len >= sizeof text) {
        (void)error_set(err, "\"%s\" is no address", address);
        return -1;
    }
    (void)snprintf(text, sizeof text, "%.*s", SPAN_ARG(host));
    to.sin_port = htons((uint16_t)number);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = PATIENCE_S};
    if (fd < 0 || inet_pton(AF_INET, text, &to.sin_addr) != 1 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
        connect(fd, (const struct sockaddr *)&to, sizeof to) != 0) {
        (void)error_set_errno(err, errno, "cannot connect to %s", address);
        if (fd >= 0)
            (void)close(fd);
        return -1;
    }
    return fd;
}

/* The last line of a reply has a blank behind its code. */
static bool reply_is_whole(struct span reply)
{
    size_t last = 0;
    for (size_t i = 0; i + 1 < reply.len; i++) {
        if (reply.ptr[i] == '\n')
            last = i + 1;
    }
    return reply.len > 0 && reply.ptr[reply.len - 1] == '\n' && reply.len - last > 3 &&
           reply.ptr[last + 3] == ' ';
}

static bool read_reply(int fd, char expected, struct error *err)
{
    char reply[4096];
    size_t len = 0;
    while (!reply_is_whole(span_of(reply, len))) {
        ssize_t more = len < sizeof reply ? read(fd, reply + len, sizeof reply - len) : 0;
        if (more <= 0)
            return error_set(err, "the tunnel does not answer");
        len += (size_t)more;
    }
    (void)printf("S: %.*s", (int)len, reply);
    return reply[0] == expected || error_set(err, "unexpected reply %.*s", (int)len, reply);
}

static bool write_all(int fd, struct span bytes, struct error *err)
{
    while (bytes.len > 0) {
        ssize_t done = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (done <= 0)
            return error_set_errno(err, errno, "cannot send");
        bytes = span_from(bytes, (size_t)done);
    }
    return true;
}

static bool say(int fd, const char *line, char expected, struct error *err)
{
    (void)printf("C: %s", line);
    return write_all(fd, span_str(line), err) && read_reply(fd, expected, err);
}

/* RFC 5321 4.5.2: CRLF line ends, a dot in front of a dot, the end mark. */
static void add_on_the_wire(struct buf *wire, struct span message)
{
    struct span line;
    while (span_next(&message, '\n', &line)) {
        if (!message.ptr && line.len == 0)
            break;
        if (line.len > 0 && line.ptr[0] == '.')
            buf_add_byte(wire, '.');
        buf_add(wire, line);
        buf_add_str(wire, "\r\n");
    }
    buf_add_str(wire, ".\r\n");
}

static bool talk(int fd, const char *sender, const char *recipient, struct span message,
                 struct error *err)
{
    char line[512];
    if (!read_reply(fd, '2', err) || !say(fd, "EHLO demo.example\r\n", '2', err))
        return false;
    (void)snprintf(line, sizeof line, "MAIL FROM:<%s>\r\n", sender);
    if (!say(fd, line, '2', err))
        return false;
    (void)snprintf(line, sizeof line, "RCPT TO:<%s>\r\n", recipient);
    if (!say(fd, line, '2', err) || !say(fd, "DATA\r\n", '3', err))
        return false;
    struct buf wire = BUF_INIT;
    add_on_the_wire(&wire, message);
    (void)printf("C: (the message, %zu bytes)\n", wire.len);
    bool sent = write_all(fd, buf_span(&wire), err) && read_reply(fd, '2', err);
    buf_fini(&wire);
    return sent && say(fd, "QUIT\r\n", '2', err);
}

bool demo_send(const char *address, const char *sender, const char *recipient, struct span message,
               struct error *err)
{
    int fd = dial(address, err);
    if (fd < 0)
        return false;
    bool sent = talk(fd, sender, recipient, message, err);
    (void)close(fd);
    return sent;
}

struct span demo_read_file(const char *path, struct arena *arena, struct error *err)
{
    struct span none = {NULL, 0};
    struct stat st;
    FILE *file = fopen(path, "rbe");
    if (!file || fstat(fileno(file), &st) != 0) {
        (void)error_set_errno(err, errno, "%s", path);
        if (file)
            (void)fclose(file);
        return none;
    }
    char *content = arena_alloc(arena, (size_t)st.st_size + 1);
    size_t len = fread(content, 1, (size_t)st.st_size, file);
    (void)fclose(file);
    return span_of(content, len);
}

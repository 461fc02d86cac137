/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/delivery/maildir_file.h"

#include "engine/base/buf.h"
#include "engine/message/render.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define SLICES 16
#define NAME_BYTES 256u

/* Deliveries of this process, for names that no other delivery has. */
static atomic_ulong deliveries;

static bool make_folder(const char *path, struct error *err)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return true;
    return error_set_errno(err, errno, "cannot make the folder %s", path);
}

/* The folders above, as `mkdir -p`. */
static bool make_parents(const char *path, struct error *err)
{
    struct buf part = BUF_INIT;
    bool good = true;
    for (const char *at = path; good && *at; at++) {
        if (*at == '/' && part.len > 0) {
            buf_add_byte(&part, '\0');
            good = make_folder(part.ptr, err);
            part.len--;
        }
        buf_add_byte(&part, *at);
    }
    buf_fini(&part);
    return good;
}

static int open_folder(int at, const char *name, struct error *err)
{
    if (mkdirat(at, name, 0700) != 0 && errno != EEXIST) {
        (void)error_set_errno(err, errno, "cannot make the folder %s", name);
        return -1;
    }
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        (void)error_set_errno(err, errno, "cannot open the folder %s", name);
    return fd;
}

/* time.Mmicroseconds P pid Q delivery.host, the host's '/' and ':' written as octal escapes. */
static void unique_name(char name[NAME_BYTES])
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    char host[64] = "localhost";
    (void)gethostname(host, sizeof host - 1);
    int len = snprintf(name, NAME_BYTES, "%lld.M%06ldP%ldQ%lu.", (long long)now.tv_sec,
                       now.tv_nsec / 1000, (long)getpid(), atomic_fetch_add(&deliveries, 1));
    for (const char *c = host; *c && (size_t)len + 5 < NAME_BYTES; c++) {
        if (*c == '/' || *c == ':')
            len += snprintf(name + len, NAME_BYTES - (size_t)len, "\\%03o", (unsigned)*c);
        else
            name[len++] = *c;
    }
    name[len] = '\0';
}

static bool write_all(int fd, struct iovec *parts, int count, struct error *err)
{
    while (count > 0) {
        ssize_t done = writev(fd, parts, count);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return error_set_errno(err, errno, "cannot write the message");
        size_t left = (size_t)done;
        while (count > 0 && left >= parts->iov_len) {
            left -= parts->iov_len;
            parts++;
            count--;
        }
        if (count > 0) {
            parts->iov_base = (char *)parts->iov_base + left;
            parts->iov_len -= left;
        }
    }
    return true;
}

/* The envelope, which a Maildir has no other place for (RFC 5321 section 4.4). */
static bool write_envelope(int fd, const struct maildir_message *message, struct error *err)
{
    struct buf head = BUF_INIT;
    buf_printf(&head, "Return-Path: <%.*s>\r\n", SPAN_ARG(message->sender));
    for (size_t i = 0; i < message->recipient_count; i++)
        buf_printf(&head, "X-Original-To: %.*s\r\n", SPAN_ARG(message->recipients[i]));
    struct iovec part = {head.ptr, head.len};
    bool good = write_all(fd, &part, 1, err);
    buf_fini(&head);
    return good;
}

static bool write_body(int fd, const struct maildir_message *message, struct error *err)
{
    struct render render;
    struct span slices[SLICES];
    render_init(&render, message->original, message->edits);
    for (size_t count; (count = render_next(&render, slices, SLICES)) > 0;) {
        struct iovec parts[SLICES];
        for (size_t i = 0; i < count; i++) {
            union {
                const char *in;
                void *out; /* writev() does not write there */
            } base = {.in = slices[i].ptr};
            parts[i] = (struct iovec){base.out, slices[i].len};
        }
        if (!write_all(fd, parts, (int)count, err))
            return false;
    }
    return true;
}

static bool write_file(int tmp, const char *name, const struct maildir_message *message,
                       struct error *err)
{
    int fd = openat(tmp, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set_errno(err, errno, "cannot make a file in tmp");
    bool good = write_envelope(fd, message, err) && write_body(fd, message, err);
    if (good && fsync(fd) != 0)
        good = error_set_errno(err, errno, "cannot sync the message");
    if (close(fd) != 0 && good)
        good = error_set_errno(err, errno, "cannot close the message");
    return good;
}

static bool deliver(int tmp, int new, const struct maildir_message *message, struct error *err)
{
    char name[NAME_BYTES];
    unique_name(name);
    bool good = write_file(tmp, name, message, err);
    if (good && renameat(tmp, name, new, name) != 0)
        good = error_set_errno(err, errno, "cannot move the message to new");
    if (!good) {
        (void)unlinkat(tmp, name, 0);
        return false;
    }
    if (fsync(new) != 0)
        return error_set_errno(err, errno, "cannot sync the folder new");
    return true;
}

static bool with_folders(int root, const struct maildir_message *message, struct error *err)
{
    int tmp = open_folder(root, "tmp", err);
    int new = tmp < 0 ? -1 : open_folder(root, "new", err);
    int cur = new < 0 ? -1 : open_folder(root, "cur", err);
    bool good = cur >= 0 && deliver(tmp, new, message, err);
    if (cur >= 0)
        (void)close(cur);
    if (new >= 0)
        (void)close(new);
    if (tmp >= 0)
        (void)close(tmp);
    return good;
}

bool maildir_write(const struct maildir_message *message, struct error *err)
{
    if (!make_parents(message->path, err) || !make_folder(message->path, err))
        return false;
    int root = open(message->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return error_set_errno(err, errno, "cannot open the folder %s", message->path);
    bool good = with_folders(root, message, err);
    (void)close(root);
    if (!good)
        error_prefix(err, "maildir %s", message->path);
    return good;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/tls/files.h"

#include <errno.h>
#include <fcntl.h>
#include <mbedtls/platform_util.h>
#include <sys/stat.h>
#include <unistd.h>

/* The bundle of all public authorities has some 250 KB. */
#define FILE_MAX (4 << 20)
#define PASSWORD_MAX 1024u

static bool cannot_read(struct reader *reader, const struct tls_file *file, int errnum)
{
    return node_error(reader, &file->node, "cannot read %.*s: %s", SPAN_ARG(file->path),
                      strerror(errnum));
}

/* Whoever else owns it can read it, and put another in its place. */
static bool is_owned(struct reader *reader, const struct tls_file *file, const struct stat *info)
{
    uid_t owner = info->st_uid;
    return owner == 0 || owner == geteuid() || owner == reader->secrets_owner ||
           node_error(reader, &file->node,
                      "%.*s holds a secret and belongs to another user (number %lu); chown it to "
                      "root or to the user of this program",
                      SPAN_ARG(file->path), (unsigned long)owner);
}

/* A key of root's may be open to one group, which is how a system shares it with a server that
 * does not run as root; any other is its owner's alone. */
static bool is_closed(struct reader *reader, const struct tls_file *file, const struct stat *info)
{
    bool by_group = info->st_uid == 0;
    mode_t refused = by_group ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO;
    if ((info->st_mode & refused) == 0)
        return true;
    return node_error(reader, &file->node,
                      "%.*s holds a secret and others than its owner have access to it (mode "
                      "%04o); chmod %s it",
                      SPAN_ARG(file->path), (unsigned)(info->st_mode & 07777),
                      by_group && (info->st_mode & S_IRWXO) == 0 ? "640" : "600");
}

static bool is_secret(struct reader *reader, const struct tls_file *file, const struct stat *info)
{
    return is_closed(reader, file, info) && is_owned(reader, file, info);
}

static bool is_proper(struct reader *reader, const struct tls_file *file, enum tls_secrecy secrecy,
                      const struct stat *info)
{
    if (S_ISDIR(info->st_mode))
        return cannot_read(reader, file, EISDIR);
    if (!S_ISREG(info->st_mode))
        return node_error(reader, &file->node, "expected a file, got something else at %.*s",
                          SPAN_ARG(file->path));
    if (info->st_size > FILE_MAX)
        return node_error(reader, &file->node, "expected a file of at most 4 MiB, got %.*s",
                          SPAN_ARG(file->path));
    return secrecy == TLS_PUBLIC || is_secret(reader, file, info);
}

struct secret {
    char *ptr;
    size_t len;
};

static void wipe(void *arg)
{
    struct secret *secret = arg;
    mbedtls_platform_zeroize(secret->ptr, secret->len);
}

void tls_files_wipe_later(struct arena *arena, struct span bytes)
{
    struct secret *secret = ARENA_NEW(arena, struct secret);
    *secret = (struct secret){(char *)(uintptr_t)bytes.ptr, bytes.len};
    arena_defer(arena, wipe, secret);
}

/* At most `size` bytes: what is appended meanwhile belongs to the next reading. */
static bool read_bytes(int fd, char *room, size_t size, size_t *len_out)
{
    *len_out = 0;
    while (*len_out < size) {
        ssize_t got = read(fd, room + *len_out, size - *len_out);
        if (got == 0)
            break;
        if (got > 0)
            *len_out += (size_t)got;
        else if (errno != EINTR)
            return false;
    }
    return true;
}

/* A key may have got in among certificates, also where another one is used. */
static bool check_public(struct reader *reader, const struct tls_file *file,
                         const struct stat *info, struct span text)
{
    if (span_find(text, SPAN("PRIVATE KEY-----")) == SPAN_NONE)
        return true;
    tls_files_wipe_later(reader->arena, text);
    return is_secret(reader, file, info);
}

static bool read_open(struct reader *reader, const struct tls_file *file, enum tls_secrecy secrecy,
                      int fd, struct span *out)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return cannot_read(reader, file, errno);
    if (!is_proper(reader, file, secrecy, &info))
        return false;
    size_t size = (size_t)info.st_size;
    char *bytes = arena_alloc(reader->arena, size + 1);
    if (secrecy == TLS_SECRET)
        tls_files_wipe_later(reader->arena, span_of(bytes, size)); /* what an error leaves, too */
    *out = span_of(bytes, 0);
    if (!read_bytes(fd, bytes, size, &out->len))
        return cannot_read(reader, file, errno);
    if (secrecy == TLS_SECRET || check_public(reader, file, &info, *out))
        return true;
    *out = SPAN(""); /* so that nobody goes on with it and complains again */
    return false;
}

bool tls_files_read(struct reader *reader, const struct tls_file *file, enum tls_secrecy secrecy,
                    struct span *out)
{
    const char *path = arena_str(reader->arena, file->path);
    reader_note_file(reader, path);
    /* Opening a pipe must not wait for its other end. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return cannot_read(reader, file, errno);
    bool good = read_open(reader, file, secrecy, fd, out);
    (void)close(fd);
    return good;
}

bool tls_files_password(struct reader *reader, const struct tls_file *file, struct span *out)
{
    struct span text;
    if (!tls_files_read(reader, file, TLS_SECRET, &text))
        return false;
    size_t end = span_find_byte(text, '\n');
    struct span line = span_sub(text, 0, end);
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    if (line.len == 0)
        return node_error(reader, &file->node, "expected a password in the first line of %.*s",
                          SPAN_ARG(file->path));
    if (line.len > PASSWORD_MAX || memchr(line.ptr, '\0', line.len))
        return node_error(reader, &file->node,
                          "expected a password of text, %u bytes at most, in the first line of "
                          "%.*s",
                          PASSWORD_MAX, SPAN_ARG(file->path));
    *out = arena_copy(reader->arena, line);
    tls_files_wipe_later(reader->arena, *out);
    return true;
}

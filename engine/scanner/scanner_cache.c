/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner/scanner_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MOST ((off_t)1 << 30)

/* A file is this, the key, the body. */
struct head {
    char magic[16];
    uint64_t key_len, body_len;
    uint64_t body_hash; /* against damage, not against forgery: that is what owners are for */
};

static const char magic[16] = "culvert scan 1\n";

/* FNV-1a. */
static uint64_t hash_of(struct span bytes)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ (unsigned char)bytes.ptr[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static bool path_of(const char *folder, struct span key, const char *suffix, char path[PATH_MAX])
{
    int len = snprintf(path, PATH_MAX, "%s/%016llx.scanner%s", folder,
                       (unsigned long long)hash_of(key), suffix);
    return len > 0 && len < PATH_MAX;
}

static bool is_trusted(const struct stat *about)
{
    bool ours = about->st_uid == geteuid() || about->st_uid == 0;
    return S_ISREG(about->st_mode) && ours && (about->st_mode & (S_IWGRP | S_IWOTH)) == 0 &&
           about->st_size >= (off_t)sizeof(struct head) && about->st_size <= FILE_MOST;
}

static bool read_all(int fd, size_t len, struct buf *out)
{
    char *to = buf_try_reserve(out, len);
    while (to && len > 0) {
        ssize_t got = read(fd, out->ptr + out->len, len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        out->len += (size_t)got;
        len -= (size_t)got;
    }
    return to != NULL;
}

static bool is_whole(struct span file, struct span key, struct span *body_out)
{
    struct head head;
    if (file.len < sizeof head)
        return false;
    memcpy(&head, file.ptr, sizeof head);
    struct span rest = span_from(file, sizeof head);
    if (memcmp(head.magic, magic, sizeof magic) != 0 || head.key_len != key.len ||
        !span_starts(rest, key))
        return false;
    *body_out = span_from(rest, key.len);
    return head.body_len == body_out->len && head.body_hash == hash_of(*body_out);
}

bool scanner_cache_read(const char *folder, struct span key, struct buf *out)
{
    char path[PATH_MAX];
    struct stat about;
    struct span body;
    int fd = path_of(folder, key, "", path)
                 ? open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
                 : -1;
    if (fd < 0)
        return false;
    bool good =
        fstat(fd, &about) == 0 && is_trusted(&about) && read_all(fd, (size_t)about.st_size, out);
    (void)close(fd);
    if (good && is_whole(buf_span(out), key, &body)) {
        buf_consume(out, out->len - body.len);
        return true;
    }
    buf_fini(out);
    return false;
}

static bool write_all(int fd, struct span bytes)
{
    while (bytes.len > 0) {
        ssize_t put = write(fd, bytes.ptr, bytes.len);
        if (put < 0 && errno != EINTR)
            return false;
        if (put > 0)
            bytes = span_from(bytes, (size_t)put);
    }
    return true;
}

void scanner_cache_write(const char *folder, struct span key, struct span body)
{
    struct head head = {.key_len = key.len, .body_len = body.len, .body_hash = hash_of(body)};
    char path[PATH_MAX], temporary[PATH_MAX];
    memcpy(head.magic, magic, sizeof magic);
    if (!path_of(folder, key, "", path) || !path_of(folder, key, ".XXXXXX", temporary))
        return;
    int fd = mkostemp(temporary, O_CLOEXEC); /* 0600 */
    if (fd < 0)
        return;
    bool good = write_all(fd, span_of((const char *)&head, sizeof head)) && write_all(fd, key) &&
                write_all(fd, body) && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    if (!good || rename(temporary, path) != 0)
        (void)unlink(temporary);
}

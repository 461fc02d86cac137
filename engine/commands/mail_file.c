/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/commands/mail_file.h"

#include "engine/base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#define CHUNK 65536u
#define SLICES 64u

enum line_ends { ENDS_UNKNOWN, ENDS_CRLF, ENDS_LF };

struct reading {
    struct spool *spool;
    enum line_ends ends;
    char last; /* byte before the chunk */
};

/* The first line end decides for the whole file. */
static void decide(struct reading *reading, struct span chunk)
{
    size_t at = span_find_byte(chunk, '\n');
    if (reading->ends != ENDS_UNKNOWN || at == SPAN_NONE)
        return;
    char before = at > 0 ? chunk.ptr[at - 1] : reading->last;
    reading->ends = before == '\r' ? ENDS_CRLF : ENDS_LF;
}

static bool add_chunk(struct reading *reading, struct span chunk, struct error *err)
{
    decide(reading, chunk);
    if (chunk.len > 0)
        reading->last = chunk.ptr[chunk.len - 1];
    if (reading->ends != ENDS_LF)
        return spool_add(reading->spool, chunk, err);
    while (chunk.len > 0) {
        size_t at = span_find_byte(chunk, '\n');
        if (!spool_add(reading->spool, span_sub(chunk, 0, at), err))
            return false;
        if (at == SPAN_NONE)
            return true;
        if (!spool_add(reading->spool, SPAN("\r\n"), err))
            return false;
        chunk = span_from(chunk, at + 1);
    }
    return true;
}

static bool read_all(int fd, struct reading *reading, char *chunk, struct error *err)
{
    for (;;) {
        ssize_t got = read(fd, chunk, CHUNK);
        if (got == 0)
            return true;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(err, errno, "cannot read the message");
        if (!add_chunk(reading, span_of(chunk, (size_t)got), err))
            return false;
    }
}

bool mail_file_read(int fd, struct mail_file *out, struct error *err)
{
    struct reading reading = {.spool = spool_new(&spool_limits_default)};
    char *chunk = mem_alloc(CHUNK);
    bool good = read_all(fd, &reading, chunk, err);
    free(chunk);
    if (!good)
        spool_free(&reading.spool);
    *out = (struct mail_file){reading.spool, reading.ends == ENDS_LF};
    return good;
}

void mail_file_fini(struct mail_file *file)
{
    spool_free(&file->spool);
}

struct span mail_file_bytes(const struct mail_file *file)
{
    return spool_bytes(file->spool);
}

/* All slices, whatever writev() takes at a time. */
static bool write_slices(int fd, struct span *slices, size_t count, struct error *err)
{
    struct iovec parts[SLICES];
    for (size_t i = 0; i < count; i++)
        parts[i] = (struct iovec){(void *)(uintptr_t)slices[i].ptr, slices[i].len};
    struct iovec *next = parts;
    while (count > 0) {
        ssize_t put = writev(fd, next, (int)count);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return error_set_errno(err, errno, "cannot write the message");
        size_t left = (size_t)put;
        while (count > 0 && left >= next->iov_len) {
            left -= next->iov_len;
            next++;
            count--;
        }
        if (count > 0) {
            next->iov_base = (char *)next->iov_base + left;
            next->iov_len -= left;
        }
    }
    return true;
}

/* CRLF becomes LF; a CR may be the last byte of a slice. */
struct lf_writer {
    int fd;
    char *buffer;
    size_t len;
    bool held_cr;
};

static bool flush(struct lf_writer *writer, struct error *err)
{
    struct span all = span_of(writer->buffer, writer->len);
    writer->len = 0;
    return all.len == 0 || write_slices(writer->fd, &all, 1, err);
}

static bool put(struct lf_writer *writer, char c, struct error *err)
{
    writer->buffer[writer->len++] = c;
    return writer->len < CHUNK || flush(writer, err);
}

static bool put_slice(struct lf_writer *writer, struct span slice, struct error *err)
{
    for (size_t i = 0; i < slice.len; i++) {
        char c = slice.ptr[i];
        if (writer->held_cr && c != '\n' && !put(writer, '\r', err))
            return false;
        writer->held_cr = c == '\r';
        if (c != '\r' && !put(writer, c, err))
            return false;
    }
    return true;
}

static bool write_lf(int fd, struct render *render, struct error *err)
{
    struct lf_writer writer = {.fd = fd, .buffer = mem_alloc(CHUNK)};
    struct span slices[SLICES];
    bool good = true;
    size_t count;
    while (good && (count = render_next(render, slices, SLICES)) > 0) {
        for (size_t i = 0; i < count && good; i++)
            good = put_slice(&writer, slices[i], err);
    }
    if (good && writer.held_cr)
        good = put(&writer, '\r', err);
    good = good && flush(&writer, err);
    free(writer.buffer);
    return good;
}

bool mail_file_write(int fd, const struct mail_file *file, struct render *render, struct error *err)
{
    struct span slices[SLICES];
    size_t count;
    if (file->lf)
        return write_lf(fd, render, err);
    while ((count = render_next(render, slices, SLICES)) > 0) {
        if (!write_slices(fd, slices, count, err))
            return false;
    }
    return true;
}

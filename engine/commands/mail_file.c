/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/commands/mail_file.h"

#include "engine/base/mem.h"
#include "tunnels/mail/received.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#define CHUNK 65536u
#define WIRE 65536u
#define SLICES 64u

enum line_ends { ENDS_UNKNOWN, ENDS_CRLF, ENDS_LF };

struct intake {
    struct receiver *receiver;
    enum line_ends ends;
    char last;       /* byte before what comes */
    bool line_start; /* a line begins here, on the wire */
    char *wire;      /* WIRE bytes on their way to the receiver */
    size_t len;
};

/* The first line end decides for the whole file. */
static void decide(struct intake *intake, struct span chunk)
{
    size_t at = span_find_byte(chunk, '\n');
    if (intake->ends != ENDS_UNKNOWN || at == SPAN_NONE)
        return;
    char before = at > 0 ? chunk.ptr[at - 1] : intake->last;
    intake->ends = before == '\r' ? ENDS_CRLF : ENDS_LF;
}

static void send_on(struct intake *intake)
{
    size_t consumed = 0;
    size_t len = intake->len;
    intake->len = 0;
    (void)receiver_take(intake->receiver, intake->wire, len, &consumed);
}

static void put_wire(struct intake *intake, struct span bytes)
{
    while (bytes.len > 0) {
        struct span some = span_sub(bytes, 0, WIRE - intake->len);
        memcpy(intake->wire + intake->len, some.ptr, some.len);
        intake->len += some.len;
        bytes = span_from(bytes, some.len);
        if (intake->len == WIRE)
            send_on(intake);
    }
}

/* What stands in a line, with a dot in front of one that it begins with (RFC 5321 4.5.2). */
static void put_text(struct intake *intake, struct span text)
{
    if (text.len == 0)
        return;
    if (intake->line_start && text.ptr[0] == '.')
        put_wire(intake, SPAN("."));
    put_wire(intake, text);
    intake->line_start = false;
    intake->last = text.ptr[text.len - 1];
}

static void put_chunk(struct intake *intake, struct span chunk)
{
    decide(intake, chunk);
    while (chunk.len > 0) {
        size_t at = span_find_byte(chunk, '\n');
        put_text(intake, span_sub(chunk, 0, at));
        if (at == SPAN_NONE)
            return;
        bool lf = intake->ends == ENDS_LF;
        put_wire(intake, lf ? SPAN("\r\n") : SPAN("\n"));
        intake->line_start = lf || intake->last == '\r';
        intake->last = '\n';
        chunk = span_from(chunk, at + 1);
    }
}

static bool read_all(int fd, struct intake *intake, char *chunk, struct error *err)
{
    for (;;) {
        ssize_t got = read(fd, chunk, CHUNK);
        if (got == 0)
            return true;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(err, errno, "cannot read the message");
        put_chunk(intake, span_of(chunk, (size_t)got));
    }
}

bool mail_file_read(int fd, const struct tunnel *tunnel, struct mail_file *out, struct error *err)
{
    struct intake intake = {
        .receiver = &out->receiver, .line_start = true, .wire = mem_alloc(WIRE)};
    char *chunk = mem_alloc(CHUNK);
    receiver_init(&out->receiver, tunnel);
    bool good = read_all(fd, &intake, chunk, err);
    out->lf = intake.ends == ENDS_LF;
    out->endless = !intake.line_start;
    put_wire(&intake, out->endless ? SPAN("\r\n.\r\n") : SPAN(".\r\n"));
    send_on(&intake);
    free(intake.wire);
    free(chunk);
    if (!good)
        receiver_fini(&out->receiver);
    return good;
}

void mail_file_fini(struct mail_file *file)
{
    receiver_fini(&file->receiver);
}

const struct reply *mail_file_refusal(const struct mail_file *file)
{
    const struct reply *trouble = receiver_verdict(&file->receiver);
    return trouble ? trouble : received_refusal(file->receiver.tunnel, mail_file_bytes(file));
}

struct span mail_file_bytes(const struct mail_file *file)
{
    struct span bytes = receiver_bytes(&file->receiver);
    return span_sub(bytes, 0, bytes.len - (file->endless && bytes.len > 1 ? 2 : 0));
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

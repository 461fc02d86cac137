/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/commands/scan.h"

#include <errno.h>
#include <unistd.h>

#define CHUNK ((size_t)1 << 20)
#define FILE_MOST (((size_t)4 << 30) - 16) /* offsets of finds have 32 bits */

/* A text is read as the body of a message that has no header. */
#define NO_HEADER SPAN("\r\n")

static bool read_all(int fd, struct buf *out, struct error *err)
{
    for (;;) {
        char *room = buf_try_reserve(out, CHUNK);
        if (!room)
            return error_set(err, "is larger than 4 GiB");
        ssize_t got = read(fd, room, CHUNK);
        if (got == 0)
            return true;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(err, errno, "cannot be read");
        out->len += (size_t)got;
    }
}

/* As in mail_file.h: the first line end decides. */
static bool has_lf_ends(struct span raw)
{
    size_t at = span_find_byte(raw, '\n');
    return at != SPAN_NONE && (at == 0 || raw.ptr[at - 1] != '\r');
}

static void add_cr(struct scan_file *file)
{
    struct span rest = file->raw;
    for (size_t at; (at = span_find_byte(rest, '\n')) != SPAN_NONE;
         rest = span_from(rest, at + 1)) {
        buf_add(&file->wire, span_sub(rest, 0, at));
        if (at == 0 || rest.ptr[at - 1] != '\r') {
            file->added = arena_grow(file->arena, file->added, file->added_count, &file->added_cap,
                                     sizeof *file->added);
            file->added[file->added_count++] = file->wire.len;
            buf_add_byte(&file->wire, '\r');
        }
        buf_add_byte(&file->wire, '\n');
    }
    buf_add(&file->wire, rest);
    file->message = buf_span(&file->wire);
}

bool scan_file_read(int fd, struct span name, bool is_mail, struct scan_file *out,
                    struct error *err)
{
    *out = (struct scan_file){.name = name, .is_mail = is_mail, .content = {.max = FILE_MOST}};
    if (!is_mail)
        buf_add(&out->content, NO_HEADER);
    out->before = out->content.len;
    if (!read_all(fd, &out->content, err)) {
        buf_fini(&out->content);
        return false;
    }
    out->arena = arena_new();
    out->message = buf_span(&out->content);
    out->raw = span_from(out->message, out->before);
    if (is_mail && has_lf_ends(out->raw))
        add_cr(out);
    out->map = map_build(out->message, &map_limits_default, READING_STRICT, out->arena);
    out->views = views_new(out->map, &view_limits_default, out->arena);
    return true;
}

void scan_file_fini(struct scan_file *file)
{
    arena_free(&file->arena);
    buf_fini(&file->content);
    buf_fini(&file->wire);
}

static uint64_t place(const struct scan_file *file, uint64_t at)
{
    size_t low = 0, high = file->added_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (file->added[middle] < at)
            low = middle + 1;
        else
            high = middle;
    }
    at -= low;
    return at > file->before ? at - file->before : 0;
}

void scan_file_place(const struct scan_file *file, uint64_t off, uint64_t len, uint64_t *off_out,
                     uint64_t *len_out)
{
    *off_out = place(file, off);
    *len_out = place(file, off + len) - *off_out;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/conditions/listed.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX ((size_t)64 << 20)
#define READ_STEP 65536u
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct list_file {
    struct span file;
};

static const struct key list_file_key_list[] = {
    {.name = "file",
     .type = KEY_PATH,
     .offset = offsetof(struct list_file, file),
     .required = true,
     .help = "A text file in UTF-8, an item on each line; # begins a comment."},
};

const struct key_table list_file_keys = {
    .name = "list file", .keys = list_file_key_list, .count = ARRAY_LEN(list_file_key_list)};

bool listed_error(struct reader *reader, const struct listed *item, const char *format, ...)
{
    struct buf text = BUF_INIT;
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    if (item->path)
        (void)node_error(reader, item->node, "%s:%zu: %.*s", item->path, item->line,
                         SPAN_ARG(buf_span(&text)));
    else
        (void)node_error(reader, item->node, "%.*s", SPAN_ARG(buf_span(&text)));
    buf_fini(&text);
    return false;
}

static void add(struct reader *reader, struct listed_items *out, struct listed item)
{
    out->items =
        arena_grow(reader->arena, out->items, out->count, &out->cap, sizeof(struct listed));
    out->items[out->count++] = item;
}

/* NULL: all of it is in `out`. A pipe would keep the program waiting. */
static const char *read_all(int fd, struct buf *out)
{
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return strerror(errno);
    if (!S_ISREG(st.st_mode))
        return "it is no file";
    out->max = FILE_MAX;
    for (;;) {
        char *room = buf_try_reserve(out, READ_STEP);
        if (!room)
            return "it is too large";
        ssize_t got = read(fd, room, READ_STEP);
        if (got == 0)
            return NULL;
        if (got < 0 && errno != EINTR)
            return strerror(errno);
        out->len += got > 0 ? (size_t)got : 0;
    }
}

/* Where a comment begins, or the end. A '#' in an address is no comment. */
static size_t comment_at(struct span line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] == '#' && (i == 0 || ascii_is_blank(line.ptr[i - 1])))
            return i;
    }
    return line.len;
}

static bool next_line(struct span *rest, struct span *line)
{
    if (rest->len == 0)
        return false;
    size_t len = 0;
    while (len < rest->len && rest->ptr[len] != '\n' && rest->ptr[len] != '\r')
        len++;
    *line = span_sub(*rest, 0, len);
    bool both = span_starts(span_from(*rest, len), SPAN("\r\n"));
    *rest = span_from(*rest, len + 1 + both);
    return true;
}

static bool add_lines(struct reader *reader, struct span text, struct listed file,
                      struct listed_items *out)
{
    struct span line;
    bool good = true;
    if (span_starts(text, SPAN(BYTE_ORDER_MARK)))
        text = span_from(text, strlen(BYTE_ORDER_MARK));
    while (next_line(&text, &line)) {
        file.line++;
        file.text = span_trim(span_sub(line, 0, comment_at(line)));
        if (!utf8_is_valid(line) || span_find_byte(line, '\0') != SPAN_NONE)
            good = listed_error(reader, &file, "expected a text in UTF-8");
        else if (file.text.len > 0)
            add(reader, out, file);
    }
    return good;
}

static bool read_file(struct reader *reader, const struct node *node, struct listed_items *out)
{
    struct list_file settings = {.file = SPAN("")};
    if (!node_read(reader, node, &list_file_keys, &settings, NULL))
        return false;
    if (node_is_disabled(node))
        return true;
    if (settings.file.len == 0)
        return node_error(reader, node, "expected the path of a file");
    struct listed file = {.node = node, .path = arena_str(reader->arena, settings.file)};
    struct buf bytes = BUF_INIT;
    size_t before = out->count;
    reader_note_file(reader, file.path);
    int fd = open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    const char *problem = read_all(fd, &bytes);
    if (fd >= 0)
        (void)close(fd);
    bool good = problem ? node_error(reader, node, "%s: cannot be read: %s", file.path, problem)
                        : add_lines(reader, arena_copy(reader->arena, buf_span(&bytes)), file, out);
    if (good && out->count == before)
        node_warning(reader, node, "%s: there is nothing in it", file.path);
    buf_fini(&bytes);
    return good;
}

bool listed_read(struct reader *reader, const struct string_list *strings, struct listed_items *out)
{
    bool good = true;
    for (size_t i = 0; i < strings->count; i++) {
        if (strings->items[i].ptr)
            add(reader, out,
                (struct listed){.text = strings->items[i], .node = &strings->nodes[i]});
        else
            good &= read_file(reader, &strings->nodes[i], out);
    }
    return good;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "config/reader/document.h"
#include "config/reader/merge.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Nobody writes that much by hand; a log file named by mistake is refused early. */
#define FILE_MAX (64u << 20)
#define READ_STEP 65536u

void reader_init(struct reader *reader, struct arena *arena)
{
    *reader = (struct reader){.arena = arena};
}

void reader_fini(struct reader *reader)
{
    buf_fini(&reader->complaints);
    documents_free(reader);
}

void reader_note_file(struct reader *reader, const char *path)
{
    for (size_t i = 0; i < reader->file_count; i++) {
        if (strcmp(reader->files[i].path, path) == 0)
            return;
    }
    reader->files = arena_grow(reader->arena, reader->files, reader->file_count, &reader->file_cap,
                               sizeof *reader->files);
    reader->files[reader->file_count++] = (struct stamped_file){path, file_stamp(path)};
}

static bool read_all(int fd, struct buf *out)
{
    out->max = FILE_MAX;
    for (;;) {
        char *room = buf_try_reserve(out, READ_STEP);
        if (!room) {
            errno = EFBIG;
            return false;
        }
        ssize_t got = read(fd, room, READ_STEP);
        if (got > 0)
            out->len += (size_t)got;
        else if (got == 0)
            return true;
        else if (errno != EINTR)
            return false;
    }
}

static struct document *read_file(struct reader *reader, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        (void)complain_file(reader, path, "cannot be read: %s", strerror(errno));
        return NULL;
    }
    struct document *document = document_new(reader, path);
    bool good = read_all(fd, &document->bytes);
    if (!good)
        (void)complain_file(reader, path, "cannot be read: %s", strerror(errno));
    (void)close(fd);
    return good && document_parse(reader, document) ? document : NULL;
}

static bool finish(struct reader *reader, const struct document *document, struct node *root_out)
{
    *root_out = (struct node){document, document->root, ""};
    return node_is_object(root_out) || node_expected(reader, root_out, "object");
}

static int is_json(const struct dirent *entry)
{
    struct span name = span_str(entry->d_name);
    return name.ptr[0] != '.' && span_ends_nocase(name, SPAN(".json"));
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* All files are parsed before the first is merged, so that every broken one is named. */
static bool load_entries(struct reader *reader, const char *path, struct dirent **entries,
                         size_t count, struct node *root_out)
{
    bool good = true;
    size_t len = strlen(path);
    const char *slash = len > 0 && path[len - 1] == '/' ? "" : "/";
    struct document **files = ARENA_ARRAY(reader->arena, count, struct document *);
    for (size_t i = 0; i < count; i++) {
        files[i] = read_file(
            reader, arena_printf(reader->arena, "%s%s%s", path, slash, entries[i]->d_name));
        good &= files[i] != NULL;
    }
    if (!good)
        return false;
    return merge_all(reader, path, files, count, root_out);
}

static bool load_folder(struct reader *reader, const char *path, struct node *root_out)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_json, by_name);
    if (count < 0)
        return complain_file(reader, path, "cannot be read: %s", strerror(errno));
    bool good = count > 0 ? load_entries(reader, path, entries, (size_t)count, root_out)
                          : complain_file(reader, path, "no *.json file in this folder");
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return good;
}

bool reader_load(struct reader *reader, const char *path, struct node *root_out)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return load_folder(reader, path, root_out);
    struct document *document = read_file(reader, path);
    return document && finish(reader, document, root_out);
}

bool reader_load_text(struct reader *reader, const char *name, struct span text,
                      struct node *root_out)
{
    struct document *document = document_new(reader, name);
    if (text.len > 0)
        buf_add(&document->bytes, text);
    return document_parse(reader, document) && finish(reader, document, root_out);
}

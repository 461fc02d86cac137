/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/commands/document_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Folders that are still to be listed; how deep they are nested costs no stack. */
struct listing {
    const char *top;
    struct arena *arena;
    struct document_files *out;
    const char **folders; /* names below the top */
    size_t count, cap;
};

static void add_file(struct listing *l, const char *path, const char *name, const char *why)
{
    struct document_files *out = l->out;
    out->items = arena_grow(l->arena, out->items, out->count, &out->cap, sizeof *out->items);
    out->items[out->count++] = (struct document_file){path, name, why};
}

static void add_folder(struct listing *l, const char *name)
{
    l->folders = arena_grow(l->arena, l->folders, l->count, &l->cap, sizeof *l->folders);
    l->folders[l->count++] = name;
}

static const char *path_of(const struct listing *l, const char *name)
{
    return *name ? arena_printf(l->arena, "%s/%s", l->top, name) : l->top;
}

static void add_entry(struct listing *l, const char *name)
{
    struct stat info;
    const char *path = path_of(l, name);
    bool known = lstat(path, &info) == 0, link = known && S_ISLNK(info.st_mode);
    if (link)
        known = stat(path, &info) == 0;
    if (!known)
        add_file(l, path, name, strerror(errno));
    else if (S_ISREG(info.st_mode))
        add_file(l, path, name, NULL);
    else if (!S_ISDIR(info.st_mode))
        add_file(l, path, name, "is no file");
    else if (link)
        add_file(l, path, name, "is a link to a folder, which is not followed");
    else
        add_folder(l, name);
}

static bool list(struct listing *l, const char *folder)
{
    DIR *dir = opendir(path_of(l, folder));
    if (!dir)
        return false;
    errno = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL; errno = 0) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            add_entry(l, *folder ? arena_printf(l->arena, "%s/%s", folder, entry->d_name)
                                 : arena_str(l->arena, span_str(entry->d_name)));
    }
    int code = errno;
    (void)closedir(dir);
    errno = code;
    return code == 0;
}

static int by_name(const void *a, const void *b)
{
    const struct document_file *x = a, *y = b;
    return strcmp(x->name, y->name);
}

bool document_files_list(const char *folder, struct arena *arena, struct document_files *out,
                         struct error *err)
{
    struct listing l = {.top = folder, .arena = arena, .out = out};
    *out = (struct document_files){NULL, 0, 0};
    if (!list(&l, ""))
        return error_set_errno(err, errno, "cannot read the folder %s", folder);
    while (l.count > 0) {
        const char *name = l.folders[--l.count];
        if (!list(&l, name))
            add_file(&l, path_of(&l, name), name, strerror(errno));
    }
    if (out->count > 1)
        qsort(out->items, out->count, sizeof *out->items, by_name);
    return true;
}

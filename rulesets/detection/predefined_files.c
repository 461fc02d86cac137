/* SPDX-License-Identifier: Apache-2.0 */
/* Where the files are that come with the program. */
#include "rulesets/detection/predefined.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* The folder of the running program, without '/' at its end; NULL: unknown. */
static const char *program_folder(struct arena *arena)
{
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path);
    while (len > 0 && path[len - 1] != '/')
        len--;
    return len > 1 && (size_t)len < sizeof path ? arena_str(arena, span_of(path, (size_t)len - 1))
                                                : NULL;
}

const char *predefined_folder(struct arena *arena)
{
    const char *given = getenv("CULVERT_DATA");
    if (given && given[0])
        return given;
    const char *program = program_folder(arena);
    const char *beside = program ? arena_printf(arena, "%s/share/culvert", program) : "";
    const char *above = program ? arena_printf(arena, "%s/../share/culvert", program) : "";
    return is_folder(beside)         ? beside
           : is_folder(above)        ? above
           : is_folder(CULVERT_DATA) ? CULVERT_DATA
                                     : NULL;
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

const char *const *predefined_files(const char *folder, struct arena *arena, size_t *count_out)
{
    struct dirent **entries;
    const char *data = predefined_folder(arena);
    *count_out = 0;
    if (!data)
        return NULL;
    const char *path = arena_printf(arena, "%s/%s", data, folder);
    int count = scandir(path, &entries, is_json, by_name);
    if (count < 0)
        return NULL;
    const char **paths = ARENA_ARRAY(arena, (size_t)count, const char *);
    for (int i = 0; i < count; i++) {
        paths[(*count_out)++] = arena_printf(arena, "%s/%s", path, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return paths;
}

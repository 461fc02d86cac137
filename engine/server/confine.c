/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confine: what the process gives up once it has read its configuration, for good: root's rights
 * (account) and what is outside of the sandbox. From then on it can read the folders of what the
 * configuration names, and what the system's library reads; it can write spool folders and
 * Maildirs. A reload that wants more takes a restart.
 */
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/message/tempfile.h"
#include "engine/server/account.h"
#include "engine/server/internal.h"
#include "engine/server/sandbox.h"
#include "rulesets/detection/predefined.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Names are looked up with these; they are replaced, not written, so folders are allowed. */
static const struct sandbox_path system_paths[] = {
    {"/etc", false},
    {"/usr", false},
    {"/lib", false},
    {"/lib64", false},
    {"/proc", false},
    {"/sys/devices/system/cpu", false},
    {"/run/systemd/resolve", false},
    {"/run/NetworkManager", false},
    {"/run/resolvconf", false},
    {"/dev/null", true},
    {"/dev/random", false},
    {"/dev/urandom", false},
};

/* Links to elsewhere where something writes them: a network manager, a name service. */
static const char *const system_links[] = {"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf",
                                           "/etc/gai.conf"};

/* Paths of its own, as the system resolves them. */
struct paths {
    struct sandbox_path *items;
    size_t count, cap;
};

static void paths_fini(struct paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        free((void *)(uintptr_t)paths->items[i].path);
    free(paths->items);
}

static void add_resolved(struct paths *paths, const char *resolved, bool writable)
{
    if (strcmp(resolved, "/") == 0)
        return; /* everything would be allowed */
    if (paths->count == paths->cap) {
        paths->cap = paths->cap * 2 + 16;
        paths->items = mem_resize(paths->items, paths->cap * sizeof *paths->items);
    }
    paths->items[paths->count++] =
        (struct sandbox_path){mem_copy(resolved, strlen(resolved)), writable};
}

/* Cuts the last name off; false: nothing is left. */
static bool to_folder(char *path)
{
    char *slash = strrchr(path, '/');
    if (!slash || slash[1] == '\0')
        return false;
    slash[slash == path ? 1 : 0] = '\0';
    return true;
}

/* The folder, or the nearest one above it that is there: a Maildir is made when mail comes. Where
 * that is the root, it cannot be made. */
static void add_folder(struct paths *paths, const char *folder, bool writable)
{
    char path[PATH_MAX], resolved[PATH_MAX];
    if (snprintf(path, sizeof path, "%s%s", folder[0] == '/' ? "" : "./", folder) >= PATH_MAX)
        return;
    while (!realpath(path, resolved)) {
        if (!to_folder(path))
            return;
    }
    add_resolved(paths, strcmp(resolved, "/") == 0 ? folder : resolved, writable);
}

static bool is_link(const char *path)
{
    struct stat about;
    return lstat(path, &about) == 0 && S_ISLNK(about.st_mode);
}

/* The folder of the file; in the root the file itself, which can be read again as long as it is
 * written anew and not replaced. */
static void add_place_of(struct paths *paths, const char *file)
{
    char folder[PATH_MAX];
    (void)snprintf(folder, sizeof folder, "%s", file);
    if (to_folder(folder))
        add_resolved(paths, strcmp(folder, "/") == 0 ? file : folder, false);
}

/* Certificates are replaced: in their folder, in that of the file that a link leads to, or by
 * turning a link to the folder. */
static void add_folder_of(struct paths *paths, const char *file)
{
    char path[PATH_MAX], resolved[PATH_MAX];
    if (snprintf(path, sizeof path, "%s%s", file[0] == '/' ? "" : "./", file) >= PATH_MAX)
        return;
    if (realpath(path, resolved))
        add_place_of(paths, resolved);
    if (!to_folder(path))
        return;
    add_folder(paths, path, false);
    if (!is_link(path))
        return;
    if (realpath(path, resolved) && to_folder(resolved))
        add_resolved(paths, resolved, false);
    if (to_folder(path))
        add_folder(paths, path, false);
}

static void add_config(struct paths *paths, const char *config)
{
    struct stat about;
    if (stat(config, &about) == 0 && S_ISDIR(about.st_mode))
        add_folder(paths, config, false);
    else
        add_folder_of(paths, config);
}

static void add_writable(struct paths *paths, const struct tunnel *tunnel)
{
    const struct service *service = tunnel->service;
    add_folder(paths, tempfile_directory(tunnel->spool.directory), true);
    for (size_t i = 0; i < service->route_count; i++) {
        for (size_t k = 0; k < service->routes[i].hop_count; k++) {
            if (service->routes[i].hops[k].kind == HOP_MAILDIR)
                add_folder(paths, service->routes[i].hops[k].path, true);
        }
    }
}

static void add_all_writable(struct paths *paths, const struct policy *policy)
{
    for (size_t i = 0; i < policy->loading_count; i++) {
        if (policy->loadings[i].loads)
            add_writable(paths, policy->loadings[i].tunnel);
    }
}

/* What comes with the program: a reload may name more of it. */
static void add_predefined(struct paths *paths)
{
    static const char *const folders[] = {"entities", "profiles"};
    char resolved[PATH_MAX];
    struct arena *arena = arena_new();
    const char *data = predefined_folder(arena);
    for (size_t i = 0; data && i < ARRAY_LEN(folders); i++) {
        if (realpath(arena_printf(arena, "%s/%s", data, folders[i]), resolved))
            add_resolved(paths, resolved, false);
    }
    arena_free(&arena);
}

static void gather(struct paths *paths, const struct server *server)
{
    const struct policy *policy = server->policy;
    for (size_t i = 0; i < ARRAY_LEN(system_paths); i++)
        add_resolved(paths, system_paths[i].path, system_paths[i].writable);
    for (size_t i = 0; i < ARRAY_LEN(system_links); i++)
        add_folder_of(paths, system_links[i]);
    add_config(paths, server->options.config);
    for (size_t i = 0; i < policy->file_count; i++)
        add_folder_of(paths, policy->files[i].path);
    add_predefined(paths);
    add_all_writable(paths, policy);
}

/* What is in the root, or would be, and all below which cannot be allowed for it. */
static void warn_of_root(const struct paths *paths)
{
    struct stat about;
    for (size_t i = 0; i < paths->count; i++) {
        const struct sandbox_path *item = &paths->items[i];
        bool is_there = stat(item->path, &about) == 0;
        bool in_root = strrchr(item->path, '/') == item->path;
        if (in_root && is_there && S_ISREG(about.st_mode))
            log_event(LOG_WARNING, "run.root_folder", LOG_STR("path", item->path),
                      LOG_STR("hint", "where it is replaced, a reload cannot read it: put it into "
                                      "a folder of its own"));
        else if (item->writable && !is_there)
            log_event(
                LOG_WARNING, "run.root_folder", LOG_STR("path", item->path),
                LOG_STR("hint", "it cannot be made in the sandbox: make it before the start"));
    }
}

static bool enter_sandbox(struct server *server, struct error *err)
{
    struct sandbox_strength strength;
    if (!server->policy->run.sandbox)
        return true;
    server->allowed = mem_alloc(sizeof *server->allowed);
    gather(server->allowed, server);
    if (!sandbox_enter(server->allowed->items, server->allowed->count, &strength, err)) {
        error_prefix(err, "the sandbox (\"run\": { \"sandbox\": \"off\" } goes without)");
        return false;
    }
    server->files_are_confined = strength.landlock > 0;
    if (server->files_are_confined)
        warn_of_root(server->allowed);
    log_event(LOG_INFO, "run.sandbox", LOG_NUM("landlock", strength.landlock),
              LOG_BOOL("seccomp", strength.seccomp));
    return true;
}

bool confine(struct server *server, struct error *err)
{
    const struct policy *policy = server->policy;
    return !server->options.managed ||
           (account_become(&policy->run, err) &&
            account_suits(policy, server->options.config, err) && enter_sandbox(server, err));
}

void confine_fini(struct server *server)
{
    if (server->allowed)
        paths_fini(server->allowed);
    free(server->allowed);
    server->allowed = NULL;
}

static bool is_same_account(const struct run_settings *a, const struct run_settings *b)
{
    if (!a->user || !b->user)
        return a->user == b->user;
    return a->uid == b->uid && a->gid == b->gid;
}

static bool is_below(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    return strncmp(path, folder, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

static bool may_write(const struct server *server, const char *folder)
{
    for (size_t i = 0; i < server->allowed->count; i++) {
        const struct sandbox_path *allowed = &server->allowed->items[i];
        if (allowed->writable && is_below(folder, allowed->path))
            return true;
    }
    return false;
}

/* What is read has been read already when a policy is there; what is written has not. */
static bool suits_sandbox(const struct server *server, const struct policy *policy,
                          struct error *err)
{
    struct paths wanted = {NULL, 0, 0};
    bool good = true;
    add_all_writable(&wanted, policy);
    for (size_t i = 0; i < wanted.count && good; i++) {
        if (!may_write(server, wanted.items[i].path))
            good = error_set(err,
                             "%s is outside of the sandbox, which allows writing where the "
                             "configuration of the start did: restart to use it",
                             wanted.items[i].path);
    }
    paths_fini(&wanted);
    return good;
}

bool confine_suits(const struct server *server, const struct policy *policy, struct error *err)
{
    const struct run_settings *now = &server->policy->run;
    if (!server->options.managed)
        return true;
    if (!is_same_account(now, &policy->run) || now->sandbox != policy->run.sandbox)
        return error_set(err,
                         "what stands in \"run\" takes effect with a restart, not with a reload");
    return !server->files_are_confined || suits_sandbox(server, policy, err);
}

const char *confine_hint(const struct server *server, const struct buf *complaints)
{
    bool refused = span_find(buf_span(complaints), span_str(strerror(EACCES))) != SPAN_NONE;
    return refused && server->files_are_confined
               ? "the sandbox allows reading where the configuration of the start did: restart to "
                 "use other folders"
               : NULL;
}

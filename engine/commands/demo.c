/* SPDX-License-Identifier: Apache-2.0 */
/*
 * demo: the engine with the example configuration and the embedded upstream, a Maildir; one sample
 * message goes through it by SMTP, and what went in and what came out stand side by side.
 */
#include "engine/base/arena.h"
#include "engine/base/log.h"
#include "engine/commands/commands.h"
#include "engine/commands/demo_files.h"
#include "engine/commands/demo_mail.h"
#include "engine/commands/side_by_side.h"
#include "engine/server/server.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SENDER "john.doe@xyz.example"
#define RECIPIENT "jane.smith@abc.example"

struct demo {
    char folder[64];
    char config[96];
    char maildir[96]; /* as config/examples/demo.json names it */
    struct server *server;
};

static bool write_file(const char *path, struct span content, struct error *err)
{
    FILE *file = fopen(path, "wxe");
    if (!file)
        return error_set_errno(err, errno, "%s", path);
    bool written = fwrite(content.ptr, 1, content.len, file) == content.len;
    written = fclose(file) == 0 && written;
    return written || error_set_errno(err, errno, "%s", path);
}

static bool make_folder(struct demo *demo, struct error *err)
{
    (void)snprintf(demo->folder, sizeof demo->folder, "/tmp/culvert-demo-XXXXXX");
    if (!mkdtemp(demo->folder))
        return error_set_errno(err, errno, "%s", demo->folder);
    (void)snprintf(demo->config, sizeof demo->config, "%s/demo.json", demo->folder);
    (void)snprintf(demo->maildir, sizeof demo->maildir, "%s/maildir", demo->folder);
    return write_file(demo->config, demo_config(), err);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static void remove_folder(const struct demo *demo)
{
    if (demo->folder[0])
        (void)nftw(demo->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static bool start_engine(struct demo *demo, struct error *err)
{
    struct buf complaints = BUF_INIT;
    struct server_options options = {.config = demo->config, .loops = 1};
    demo->server = server_start(&options, &complaints);
    if (!demo->server)
        (void)error_set(err, "the engine does not start: %.*s", SPAN_ARG(buf_span(&complaints)));
    buf_fini(&complaints);
    return demo->server != NULL;
}

/* The only message in the Maildir. */
static struct span delivered(const struct demo *demo, struct arena *arena, struct error *err)
{
    struct span content = {NULL, 0};
    const char *folder = arena_printf(arena, "%s/new", demo->maildir);
    DIR *entries = opendir(folder);
    if (!entries) {
        (void)error_set_errno(err, errno, "%s", folder);
        return content;
    }
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (entry->d_name[0] != '.')
            content =
                demo_read_file(arena_printf(arena, "%s/%s", folder, entry->d_name), arena, err);
    }
    (void)closedir(entries);
    if (!content.ptr && !error_is_set(err))
        (void)error_set(err, "%s holds no message", folder);
    return content;
}

static size_t column_width(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 60)
        return (size_t)(size.ws_col - 3) / 2;
    return 62;
}

static void print_comparison(struct span before, struct span after)
{
    struct buf out = BUF_INIT;
    size_t width = column_width();
    buf_printf(&out, "\n%-*s   %s\n", (int)width, "BEFORE (sent by SMTP)",
               "AFTER (in the upstream's Maildir)");
    for (size_t i = 0; i < 2 * width + 3; i++)
        buf_add_byte(&out, '-');
    buf_add_byte(&out, '\n');
    side_by_side(before, after, width, &out);
    (void)fwrite(out.ptr, 1, out.len, stdout);
    (void)fflush(stdout);
    buf_fini(&out);
}

static bool send_and_show(struct demo *demo, struct error *err)
{
    struct arena *arena = arena_new();
    struct span after = {NULL, 0};
    const char *address = server_address(demo->server, "outbound");
    bool sent = address ? demo_send(address, SENDER, RECIPIENT, demo_message(), err)
                        : error_set(err, "tunnel \"outbound\" does not listen");
    if (sent)
        after = delivered(demo, arena, err);
    if (after.ptr)
        print_comparison(demo_message(), after);
    arena_free(&arena);
    return after.ptr != NULL;
}

static void stay(struct demo *demo)
{
    (void)printf("\nThe tunnel stays up for your own mail; Ctrl-C ends it. For example:\n"
                 "  swaks --server %s --from you@xyz.example --to you@abc.example \\\n"
                 "        --header 'Subject: my SSN is 123-45-6789'\n"
                 "Messages arrive in %s/new, the configuration is %s.\n",
                 server_address(demo->server, "outbound"), demo->maildir, demo->config);
    (void)fflush(stdout);
    server_run(demo->server);
}

static bool wants_to_stay(int argc, char **argv, bool *usage_error)
{
    static const struct option options[] = {{"stay", no_argument, NULL, 's'}, {NULL, 0, NULL, 0}};
    bool result = false;
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        result = c == 's';
        *usage_error = *usage_error || c != 's';
    }
    *usage_error = *usage_error || optind < argc;
    return result;
}

int command_demo(int argc, char **argv)
{
    bool usage_error = false;
    bool staying = wants_to_stay(argc, argv, &usage_error);
    if (usage_error) {
        (void)fputs("culvert demo: expected nothing, or --stay\n", stderr);
        return EXIT_STATUS_USAGE;
    }
    struct demo demo = {.server = NULL};
    struct error err = ERROR_INIT;
    bool worked =
        make_folder(&demo, &err) && start_engine(&demo, &err) && send_and_show(&demo, &err);
    if (worked && staying)
        stay(&demo);
    if (demo.server)
        server_stop(&demo.server);
    remove_folder(&demo);
    if (!worked)
        (void)fprintf(stderr, "culvert demo: %s\n", err.text);
    return worked ? EXIT_STATUS_OK : EXIT_STATUS_ERROR;
}

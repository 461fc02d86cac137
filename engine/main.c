/* SPDX-License-Identifier: Apache-2.0 */
/* main: finds the command and sets up what must be set up before any thread. */
#include "engine/base/attrs.h"
#include "engine/commands/commands.h"
#include "engine/message/library.h"

#include "engine/pattern/pattern.h"
#include "tunnels/tls/context.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *usage;
} commands[] = {
    {"run", command_run, "run     --config PATH [--node NAME] [--label L]..."},
    {"check", command_check, "check   --config PATH [--node NAME] [--label L]..."},
    {"tunnels", command_tunnels, "tunnels --config PATH [--node NAME] [--label L]..."},
    {"tls", command_tls, "tls     --config PATH [--node NAME] [--label L]... TUNNEL"},
    {"apply", command_apply,
     "apply   --config PATH [--node NAME] [--label L]... --tunnel NAME [--from A] [--to B]..."
     " [--explain | --json]"
     " < in.eml > out.eml"},
    {"test", command_test, "test    PATH..."},
    {"demo", command_demo, "demo    [--stay]"},
    {"scan", command_scan,
     "scan    [--config PATH] [--entities NAME,... | --all] [--min-confidence low|medium|high]"
     " [--mail] [--json] [--show-values] FILE..."},
    {"index", command_index,
     "index   exact --key FILE [--out FILE] [--common N] [--separator C] TABLE.csv\n"
     "  culvert index   documents --key FILE [--exclude FOLDER] [--out FILE] FOLDER"},
    {"entities", command_entities, "entities [--config PATH] [--region R] [--category C] [--json]"},
};

static void print_usage(FILE *out)
{
    (void)fputs("Culvert, a ruleset tunnel engine for mail.\n\nUsage:\n", out);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        (void)fprintf(out, "  culvert %s\n", commands[i].usage);
    (void)fputs("  culvert --version\n  culvert --help\n\nSee culvert(8).\n", out);
}

/* How one command is called; status EXIT_STATUS_USAGE has that behind it. */
static void print_usage_of(const struct command *command, FILE *out)
{
    (void)fprintf(out, "usage:\n  culvert %s\n", command->usage);
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    }
    return false;
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

/* Where they are closed the next descriptors would be in their place, and get what is written for
 * people. */
static void open_standard_streams(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        (void)close(fd);
}

int main(int argc, char **argv)
{
    open_standard_streams();
    if (argc < 2) {
        print_usage(stderr);
        return EXIT_STATUS_USAGE;
    }
    const struct command *command = find_command(argv[1]);
    if (asks_for_help(argc, argv)) {
        if (command)
            print_usage_of(command, stdout);
        else
            print_usage(stdout);
        return EXIT_STATUS_OK;
    }
    pattern_library_init();
    message_library_init();
    struct error err = ERROR_INIT;
    if (!tls_library_init(&err)) {
        (void)fprintf(stderr, "culvert: %s\n", err.text);
        return EXIT_STATUS_ERROR;
    }

    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
        return command_version();
    if (!command) {
        (void)fprintf(stderr, "culvert: no command \"%s\"\n", argv[1]);
        print_usage(stderr);
        return EXIT_STATUS_USAGE;
    }
    int status = command->run(argc - 1, argv + 1);
    if (status == EXIT_STATUS_USAGE)
        print_usage_of(command, stderr);
    return status;
}

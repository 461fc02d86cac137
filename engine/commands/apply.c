/* SPDX-License-Identifier: Apache-2.0 */
/* apply: one message from standard input through the rules of a tunnel, as if it had come by SMTP.
 */
#include "engine/commands/arguments.h"
#include "engine/commands/commands.h"
#include "engine/commands/mail_inspect.h"
#include "engine/commands/outcome_report.h"
#include "engine/message/map/mailbox.h"

#include <stdio.h>
#include <unistd.h>

struct apply {
    struct arguments arguments;
    const char *tunnel;
    struct span sender; /* ptr NULL: of the message */
    struct address_list recipients;
    bool explain, json;
    const char *no_address; /* the first of --from and --to that is none; else NULL */
    struct arena *arena;
};

/* As MAIL and RCPT have it. */
static struct span take_address(struct apply *apply, const char *text)
{
    if (!mailbox_is_one(span_str(text), true) && !apply->no_address)
        apply->no_address = text;
    return span_str(text);
}

static void take_option(void *arg, const char *name, const char *value)
{
    struct apply *apply = arg;
    if (strcmp(name, "tunnel") == 0)
        apply->tunnel = value;
    else if (strcmp(name, "from") == 0)
        apply->sender = value[0] ? take_address(apply, value) : SPAN(""); /* of a bounce */
    else if (strcmp(name, "to") == 0)
        address_list_add(&apply->recipients, take_address(apply, value), apply->arena);
    else if (strcmp(name, "explain") == 0)
        apply->explain = true;
    else
        apply->json = true;
}

static bool usage(struct apply *apply, const char *what)
{
    (void)fprintf(stderr, "culvert apply: %s\n", what);
    arguments_fini(&apply->arguments);
    return false;
}

/* false: nothing is to be freed. */
static bool read_options(int argc, char **argv, struct apply *apply)
{
    static const struct own_option options[] = {
        {"tunnel", true}, {"from", true}, {"to", true}, {"explain", false}, {"json", false}};
    const struct own_options own = {options, ARRAY_LEN(options), take_option, apply};
    if (!arguments_read_own(argc, argv, &own, &apply->arguments))
        return false;
    if (!apply->tunnel)
        return usage(apply, "expected --tunnel NAME");
    if (apply->no_address)
        return usage(apply, arena_printf(apply->arena, "expected an address, got \"%s\"",
                                         apply->no_address));
    return !(apply->explain && apply->json) ||
           usage(apply, "--explain and --json exclude each other");
}

static int status_of(enum verdict verdict)
{
    static const int statuses[] = {EXIT_STATUS_OK, EXIT_STATUS_REJECT, EXIT_STATUS_TEMPFAIL,
                                   EXIT_STATUS_DISCARD, EXIT_STATUS_HOLD};
    return statuses[verdict];
}

static int fail(const struct error *err)
{
    (void)fprintf(stderr, "culvert apply: %s\n", err->text);
    return EXIT_STATUS_ERROR;
}

static void report(const struct apply *apply, const struct message *message,
                   const struct service *service, const struct outcome *outcome,
                   const struct trace *trace)
{
    struct buf text = BUF_INIT;
    if (apply->json)
        outcome_json(outcome, &message->envelope, service, trace, apply->arena, &text);
    else
        outcome_report(outcome, &message->envelope, service, trace, apply->arena, &text);
    (void)fwrite(text.ptr, 1, text.len, stderr);
    buf_fini(&text);
}

static int inspect_file(const struct apply *apply, const struct mail_file *file)
{
    struct message message;
    struct trace *trace = apply->explain || apply->json ? trace_new(apply->arena) : NULL;
    struct outcome outcome;
    mail_inspect(file, apply->sender, &apply->recipients, apply->arena, trace, &message, &outcome);
    if (outcome.verdict == VERDICT_DELIVER) {
        struct render render;
        struct error err = ERROR_INIT;
        render_init(&render, message.bytes, outcome.edits);
        if (!mail_file_write(STDOUT_FILENO, file, &render, &err))
            return fail(&err);
    }
    report(apply, &message, file->receiver.tunnel->service, &outcome, trace);
    return status_of(outcome.verdict);
}

/* One that feeds a service; else NULL. */
static const struct tunnel *find_tunnel(const struct policy *policy, const struct apply *apply,
                                        struct error *err)
{
    const struct loading *loading = policy_tunnel(policy, span_str(apply->tunnel));
    if (!loading) {
        (void)error_set(err, "there is no tunnel \"%s\"", apply->tunnel);
        return NULL;
    }
    if (loading->tunnel->service)
        return loading->tunnel;
    (void)error_set(err, "no service uses the tunnel \"%s\"", apply->tunnel);
    return NULL;
}

static int apply_policy(const struct apply *apply, const struct policy *policy)
{
    struct error err = ERROR_INIT;
    struct mail_file file;
    const struct tunnel *tunnel = find_tunnel(policy, apply, &err);
    if (!tunnel || !mail_file_read(STDIN_FILENO, tunnel, &file, &err))
        return fail(&err);
    int status = inspect_file(apply, &file);
    mail_file_fini(&file);
    return status;
}

static int run(struct apply *apply)
{
    struct buf complaints = BUF_INIT;
    apply->arguments.options.interfaces_optional = true;
    struct policy *policy =
        policy_load(apply->arguments.config, &apply->arguments.options, &complaints);
    if (!policy || !apply->json) /* warnings are no part of the object that programs read */
        (void)fprintf(stderr, "%.*s", SPAN_ARG(buf_span(&complaints)));
    int status = policy ? apply_policy(apply, policy) : EXIT_STATUS_ERROR;
    policy_unref(&policy);
    buf_fini(&complaints);
    arguments_fini(&apply->arguments);
    return status;
}

int command_apply(int argc, char **argv)
{
    struct apply apply = {.arena = arena_new(), .sender = {NULL, 0}};
    int status = read_options(argc, argv, &apply) ? run(&apply) : EXIT_STATUS_USAGE;
    arena_free(&apply.arena);
    return status;
}

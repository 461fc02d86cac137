/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/settings/settings_loop.h"

#include "tunnels/settings/settings.h"

#include <sys/stat.h>
#include <unistd.h>

static const struct enum_value policies[] = {
    {"inspect", LOOP_INSPECT}, {"pass", LOOP_PASS}, {"reject", LOOP_REJECT}, {NULL, 0}};

struct loop_raw {
    struct span key_file;
    int64_t max_hops, max_age;
    int on_return;
    struct string_list ignore_fields;
};

#define KEY(n, t) .name = #n, .type = (t), .offset = offsetof(struct loop_raw, n)
static const struct key loop_keys[] = {
    {KEY(key_file, KEY_PATH), .required = true,
     .help = "File of the key that all nodes share: 16 bytes at least, closed to others."},
    {KEY(max_hops, KEY_INTEGER), .min = 1, .max = LOOP_HOPS_MAX,
     .standard = "(1 with reject, else 10)",
     .help = "How often a message may pass; the next time it is refused with 554 5.4.6."},
    {KEY(on_return, KEY_ENUM), .values = policies, .standard = "inspect",
     .help = "What happens to our own mail that comes back before that: the rules run again, or it "
             "passes as it is unless it has changed."},
    {KEY(max_age, KEY_INTEGER), .min = 60, .max = 2592000, .standard = "86400",
     .help = "Seconds after which mail is not known any more."},
    {KEY(ignore_fields, KEY_STRINGS),
     .help =
         "Names of header fields (wildcards) that mail servers add or change on the way, beside "
         "Received and Return-Path: nobody looks at them when mail passes."},
};
#undef KEY
const struct key_table loop_key_table = {"loop_guard", loop_keys, ARRAY_LEN(loop_keys), NULL};

/* A wildcard that stands for all of them would leave nothing to know the message by. */
static bool check_fields(struct reader *reader, const struct string_list *list)
{
    bool good = true;
    for (size_t i = 0; i < list->count; i++) {
        size_t plain = 0;
        for (size_t k = 0; k < list->items[i].len; k++)
            plain += list->items[i].ptr[k] != '*' && list->items[i].ptr[k] != '?';
        if (plain == 0)
            good = node_expected(reader, &list->nodes[i], "a name with letters in it");
    }
    return good;
}

bool settings_loop_read(struct reader *reader, struct node node, struct span service,
                        struct loop_plan *out)
{
    struct loop_raw raw;
    if (!node_is_present(&node))
        return true;
    bool good = settings_read_part(reader, &node, &loop_key_table, &raw, sizeof raw);
    if (!node_is_present(&node))
        return good; /* not enabled */
    good &= check_fields(reader, &raw.ignore_fields);
    out->guard = ARENA_NEW(reader->arena, struct loop_guard);
    *out->guard = (struct loop_guard){.key = SPAN(""),
                                      .node = SPAN(""),
                                      .service = service,
                                      .max_hops = (unsigned)raw.max_hops,
                                      .max_age_s = raw.max_age,
                                      .on_return = (enum loop_policy)raw.on_return,
                                      .ignored = raw.ignore_fields.items,
                                      .ignored_count = raw.ignore_fields.count};
    if (raw.max_hops == 0)
        out->guard->max_hops = raw.on_return == LOOP_REJECT ? 1 : 10;
    out->key = (struct tls_file){node_get(reader, &node, "key_file"), raw.key_file};
    return good;
}

/* Editors and tools end a file with a line end or do not: it is no part of the key. */
static struct span without_line_end(struct span text)
{
    while (text.len > 0 && (text.ptr[text.len - 1] == '\n' || text.ptr[text.len - 1] == '\r'))
        text.len--;
    return text;
}

bool settings_loop_open(struct reader *reader, const struct loop_plan *plan)
{
    struct span text;
    if (!plan->guard || plan->key.path.len == 0)
        return true;
    if (!tls_files_read(reader, &plan->key, TLS_SECRET, &text))
        return false;
    text = without_line_end(text);
    if (text.len < LOOP_KEY_MIN)
        return node_error(reader, &plan->key.node,
                          "expected a key of at least %u bytes in %.*s, got %zu", LOOP_KEY_MIN,
                          SPAN_ARG(plan->key.path), text.len);
    plan->guard->key = text;
    return true;
}

bool settings_loop_try(struct reader *reader, const struct loop_plan *plan)
{
    struct stat info;
    if (!plan->guard || plan->key.path.len == 0)
        return true;
    const char *path = arena_str(reader->arena, plan->key.path);
    bool works = stat(path, &info) == 0 && S_ISREG(info.st_mode) && access(path, R_OK) == 0 &&
                 (info.st_mode & (S_IRWXG | S_IRWXO)) == 0 && info.st_uid == geteuid();
    return !works || settings_loop_open(reader, plan);
}

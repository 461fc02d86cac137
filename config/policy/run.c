/* SPDX-License-Identifier: Apache-2.0 */
/* run: whom the process becomes, and what it gives up, once it is started. */
#include "config/policy/build.h"

#include <grp.h>
#include <pwd.h>

enum sandbox_word { SANDBOX_OFF, SANDBOX_ON };

static const struct enum_value sandbox_words[] = {
    {"on", SANDBOX_ON}, {"off", SANDBOX_OFF}, {NULL, 0}};

struct run_raw {
    struct span user, group;
    int sandbox;
};

#define KEY(n, t) .name = #n, .type = (t), .offset = offsetof(struct run_raw, n)
static const struct key run_keys[] = {
    {KEY(user, KEY_STRING), .standard = "(whoever starts it)",
     .help =
         "User that `culvert run` becomes when root starts it. It keeps the right to bind ports "
         "below 1024, and no other."},
    {KEY(group, KEY_STRING), .standard = "(the user's own)", .help = "Group of that user."},
    {KEY(sandbox, KEY_ENUM), .values = sandbox_words, .standard = "on",
     .help = "Whether the process gives up, once it is started, what it never needs: other files "
             "(Landlock) and system calls (seccomp)."},
};
#undef KEY
const struct key_table run_key_table = {"run", run_keys, ARRAY_LEN(run_keys), NULL};

static bool find_user(struct build *build, const struct node *node, const struct run_raw *raw)
{
    struct run_settings *run = &build->policy->run;
    struct node given = node_get(&build->reader, node, "user");
    const char *name = arena_str(build->policy->arena, raw->user);
    const struct passwd *user = getpwnam(name);
    if (!user)
        return node_expected(&build->reader, &given, "a user of this host");
    run->user = name;
    run->uid = user->pw_uid;
    run->gid = user->pw_gid;
    build->reader.secrets_owner = run->uid;
    return run->uid != 0 || node_expected(&build->reader, &given, "a user other than root");
}

static bool find_group(struct build *build, const struct node *node, const struct run_raw *raw)
{
    struct node given = node_get(&build->reader, node, "group");
    const struct group *group = getgrnam(arena_str(build->policy->arena, raw->group));
    if (!group)
        return node_expected(&build->reader, &given, "a group of this host");
    build->policy->run.gid = group->gr_gid;
    return true;
}

bool build_run(struct build *build)
{
    struct run_raw raw;
    struct node node = build->top.run;
    bool good = settings_read_part(&build->reader, &node, &run_key_table, &raw, sizeof raw);
    build->policy->run.sandbox = raw.sandbox == SANDBOX_ON;
    if (!good || build->options->interfaces_optional)
        return good;
    if (raw.user.len == 0 && raw.group.len > 0) {
        struct node group = node_get(&build->reader, &node, "group");
        return node_error(&build->reader, &group, "expected \"user\" beside \"group\", got none");
    }
    if (raw.user.len > 0)
        good = find_user(build, &node, &raw);
    return good && (raw.group.len == 0 || find_group(build, &node, &raw));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "config/policy/build.h"
#include "config/policy/tables.h"
#include "rulesets/compile/compile.h"
#include "rulesets/conditions/listed.h"
#include "rulesets/detection/detection.h"

struct node_raw {
    struct span name;
    struct string_list labels;
    struct node interfaces;
};

#define KEY(n, t) .name = #n, .type = (t), .offset = offsetof(struct node_raw, n)
static const struct key node_keys_list[] = {
    {KEY(name, KEY_STRING), .standard = "(the host's name)", .help = "Name of this node."},
    {KEY(labels, KEY_STRINGS), .standard = "(none)",
     .help = "Labels of this node: tunnels with one of them load here."},
    {KEY(interfaces, KEY_OBJECT),
     .help = "Aliases for listening_interface: each key stands for a network interface, an address "
             "or a host name."},
};
#undef KEY
static const struct key_table node_key_table = {"node", node_keys_list, ARRAY_LEN(node_keys_list),
                                                NULL};

struct log_raw {
    int level;
    int format;
};

static const struct enum_value levels[] = {{"debug", LOG_DEBUG},
                                           {"info", LOG_INFO},
                                           {"warning", LOG_WARNING},
                                           {"error", LOG_ERROR},
                                           {NULL, 0}};
static const struct enum_value formats[] = {{"text", LOG_TEXT}, {"json", LOG_JSON}, {NULL, 0}};

#define KEY(n, t) .name = #n, .type = (t), .offset = offsetof(struct log_raw, n)
static const struct key log_keys[] = {
    {KEY(level, KEY_ENUM), .values = levels, .standard = "info",
     .help = "The least important events that are logged."},
    {KEY(format, KEY_ENUM), .values = formats, .standard = "text",
     .help = "key=value or a JSON object, a line an event."},
};
#undef KEY
static const struct key_table log_key_table = {"log", log_keys, ARRAY_LEN(log_keys), NULL};

#define KEY(n, t) .name = #n, .type = (t), .offset = offsetof(struct top, n)
static const struct key top_keys[] = {
    {.name = "$schema",
     .type = KEY_STRING,
     .offset = offsetof(struct top, schema),
     .help = "For editors: the place of culvert.schema.json."},
    {KEY(node, KEY_OBJECT), .object = &node_key_table, .help = "This node."},
    {KEY(log, KEY_OBJECT), .object = &log_key_table, .help = "What is logged and how."},
    {KEY(admin, KEY_OBJECT), .object = &admin_key_table,
     .help = "The HTTP listener for metrics and health checks; without it there is none."},
    {KEY(run, KEY_OBJECT), .object = &run_key_table,
     .help = "Whom the process becomes, and what it gives up."},
    {KEY(tunnels, KEY_ARRAY), .object = &tunnel_key_table, .help = "Where mail comes in."},
    {KEY(services, KEY_ARRAY), .object = &service_key_table,
     .help = "What happens to the mail of tunnels, and where it goes."},
    {KEY(rulesets, KEY_ARRAY), .object = &ruleset_keys,
     .help = "Trees of rules that find and change."},
    {KEY(own_domains, KEY_STRINGS), .object = &list_file_keys,
     .help = "The organisation's domains: corp.example this one, *.corp.example those below it. "
             "Addresses in them are \"internal\" in conditions, others \"external\"."},
    {KEY(constraints, KEY_ARRAY), .object = &constraint_keys,
     .help = "Named conditions, for \"when\"."},
    {KEY(dictionaries, KEY_ARRAY), .object = &dictionary_table, .help = "Lists of words."},
    {KEY(entities, KEY_ARRAY), .object = &entity_table,
     .help = "Kinds of data to detect, beside the predefined ones."},
    {KEY(dlp_rules, KEY_ARRAY), .object = &dlp_rule_table,
     .help = "What must be found together, how much of it, and how severe that is."},
    {KEY(dlp_profiles, KEY_ARRAY), .object = &dlp_profile_table,
     .help = "Sets of DLP rules, for \"detect\"."},
    {KEY(exact_matches, KEY_ARRAY), .object = &exact_match_table,
     .help = "Rows of tables that are found by their cells."},
    {KEY(fingerprints, KEY_ARRAY), .object = &document_set_table,
     .help = "Documents that are found by their text."},
    {KEY(keys, KEY_ARRAY), .help = "Keys of data protection (a later version)."},
    {KEY(data_elements, KEY_ARRAY), .help = "Elements of data protection (a later version)."},
};
#undef KEY
const struct key_table top_key_table = {"configuration", top_keys, ARRAY_LEN(top_keys), NULL};

static bool check_later(struct build *build)
{
    const struct top *top = &build->top;
    const struct node *const later[] = {&top->keys, &top->data_elements};
    bool good = true;
    for (size_t i = 0; i < ARRAY_LEN(later); i++) {
        if (node_count(later[i]) > 0)
            good = settings_not_yet(&build->reader, later[i], "data protection");
    }
    return good;
}

static bool check_names(struct build *build)
{
    const struct top *top = &build->top;
    bool good = node_unique_names(&build->reader, &top->tunnels);
    good &= node_unique_names(&build->reader, &top->services);
    return good; /* those of rulesets and constraints are checked by whoever compiles them */
}

static void take_labels(struct build *build, const struct string_list *configured)
{
    const struct policy_options *options = build->options;
    size_t count = 0;
    struct span *labels =
        ARENA_ARRAY(build->policy->arena, configured->count + options->label_count, struct span);
    for (size_t i = 0; i < configured->count; i++)
        labels[count++] = configured->items[i];
    for (size_t i = 0; i < options->label_count; i++)
        labels[count++] = arena_copy(build->policy->arena, span_str(options->labels[i]));
    build->policy->labels = labels;
    build->policy->label_count = count;
}

static bool read_aliases(struct build *build, const struct node *aliases)
{
    bool good = true;
    const char *const *keys = node_keys(&build->reader, aliases);
    for (size_t i = 0; keys[i]; i++) {
        struct node value = node_get(&build->reader, aliases, keys[i]);
        struct span text;
        if (!node_string(&value, &text) || text.len == 0)
            good = node_expected(&build->reader, &value,
                                 "a network interface, an address or a host name");
    }
    build->aliases = *aliases;
    return good;
}

static bool read_node(struct build *build)
{
    struct node_raw raw;
    struct node node = build->top.node;
    bool good = settings_read_part(&build->reader, &node, &node_key_table, &raw, sizeof raw);
    struct arena *arena = build->policy->arena;
    if (build->options->node_name)
        raw.name = arena_copy(arena, span_str(build->options->node_name));
    if (raw.name.len == 0)
        raw.name = span_str(build->host->name(arena));
    build->policy->node_name = raw.name;
    take_labels(build, &raw.labels);
    good &= read_aliases(build, &raw.interfaces);
    return good;
}

static bool read_log(struct build *build)
{
    struct log_raw raw;
    struct node node = build->top.log;
    bool good = settings_read_part(&build->reader, &node, &log_key_table, &raw, sizeof raw);
    build->policy->log_level = (enum log_level)raw.level;
    build->policy->log_format = (enum log_format)raw.format;
    return good;
}

bool build_top(struct build *build)
{
    bool good = node_read(&build->reader, &build->root, &top_key_table, &build->top, NULL);
    good &= check_later(build);
    good &= check_names(build);
    good &= read_node(build);
    good &= read_log(build);
    good &= build_admin(build);
    good &= build_run(build);
    return good;
}

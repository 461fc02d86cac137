/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/settings.h"

bool settings_read_part(struct reader *reader, struct node *node, const struct key_table *table,
                        void *out, size_t size)
{
    struct common_keys common;
    memset(out, 0, size);
    node_defaults(table, out);
    bool good = node_read(reader, node, table, out, &common);
    if (!common.enabled) {
        memset(out, 0, size);
        node_defaults(table, out);
        *node = (struct node){node->document, NULL, ""};
    }
    return good;
}

bool settings_check_name(struct reader *reader, const struct node *node)
{
    struct node name = node_get(reader, node, "name");
    struct span text;
    return !node_string(&name, &text) || text.len > 0 || node_expected(reader, &name, "a name");
}

bool settings_not_yet(struct reader *reader, const struct node *node, const char *what)
{
    return node_error(reader, node, "%s is not in this version", what);
}

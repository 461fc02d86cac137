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

bool settings_not_yet(struct reader *reader, const struct node *node, const char *what)
{
    return node_error(reader, node, "%s: not in this version", what);
}

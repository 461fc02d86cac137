/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/settings/settings.h"

#include "engine/base/ascii.h"

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
    if (!node_string(&name, &text))
        return true;
    bool good = text.len > 0;
    for (size_t i = 0; i < text.len; i++)
        good = good && !ascii_is_control(text.ptr[i]);
    return good || node_expected(reader, &name, "a name without control characters");
}

bool settings_is_taken_field(struct span name)
{
    static const char *const taken[] = {
        "Date",
        "From",
        "Sender",
        "Reply-To",
        "To",
        "Cc",
        "Bcc",
        "Message-ID",
        "In-Reply-To",
        "References",
        "Subject",
        "Comments",
        "Keywords",
        "Received",
        "Return-Path",
        "Resent-Date",
        "Resent-From",
        "Resent-To",
        "Resent-Message-ID",
        "Thread-Topic",
        "Resent-Cc",
        "Resent-Bcc",
        "Resent-Sender",
        "MIME-Version",
        "DKIM-Signature",
        "X-Culvert-Tags",
        "X-Culvert-Uninspected",
        "X-Culvert-Loop",
    };
    if (span_starts_nocase(name, SPAN("Content-")))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
        if (span_is_nocase(name, taken[i]))
            return true;
    }
    return false;
}

bool settings_not_yet(struct reader *reader, const struct node *node, const char *what)
{
    return node_error(reader, node, "%s is not in this version", what);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "config/reader/node.h"

#include <assert.h>
#include <stdlib.h>

static void set_enum(const struct key *key, int *out)
{
    for (size_t i = 0; key->values[i].name; i++) {
        if (same_word(span_str(key->standard), key->values[i].name)) {
            *out = key->values[i].value;
            return;
        }
    }
    assert(false && "the default of a table is one of its values");
}

static void set_default(const struct key *key, void *out)
{
    switch (key->type) {
    case KEY_STRING:
        *(struct span *)out = span_str(key->standard);
        break;
    case KEY_BOOL:
        *(bool *)out = strcmp(key->standard, "true") == 0;
        break;
    case KEY_INTEGER:
        *(int64_t *)out = strtoll(key->standard, NULL, 10);
        break;
    case KEY_NUMBER:
        *(double *)out = strtod(key->standard, NULL);
        break;
    case KEY_ENUM:
        set_enum(key, out);
        break;
    case KEY_PATH:
    case KEY_PATTERN:
    case KEY_STRINGS:
    case KEY_OBJECT:
    case KEY_ARRAY:
    case KEY_ANY:
        break; /* what is absent stays absent */
    }
}

void node_defaults(const struct key_table *table, void *out)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct key *key = &table->keys[i];
        if (key->standard && key->standard[0] != '(')
            set_default(key, (char *)out + key->offset);
    }
}

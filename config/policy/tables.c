/* SPDX-License-Identifier: Apache-2.0 */
#include "config/policy/tables.h"

#include "rulesets/compile/compile.h"
#include "transforms/transform.h"

static const struct key_table *rule_table(void)
{
    for (size_t i = 0; i < ruleset_keys.count; i++) {
        if (strcmp(ruleset_keys.keys[i].name, "rules") == 0)
            return ruleset_keys.keys[i].object;
    }
    return NULL;
}

/* Rules do not know the keys of the transforms that they name. */
static struct schema_more transforms(struct arena *arena)
{
    size_t count = 0;
    while (transform_classes[count])
        count++;
    const struct key_table **tables = ARENA_ARRAY(arena, count + 1, const struct key_table *);
    for (size_t i = 0; i < count; i++)
        tables[i] = transform_classes[i]->keys;
    return (struct schema_more){rule_table(), tables};
}

const struct key_table *const *policy_tables(struct arena *arena)
{
    struct schema_more more = transforms(arena);
    return schema_tables(&top_key_table, &more, arena);
}

void policy_schema(struct buf *out)
{
    struct arena *arena = arena_new();
    struct schema_more more = transforms(arena);
    schema_write(&top_key_table, &more, "Configuration of Culvert", out);
    arena_free(&arena);
}

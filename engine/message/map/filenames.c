/* SPDX-License-Identifier: Apache-2.0 */
/* filenames: the name of an attachment in each of its spellings. */
#include "engine/message/open.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/spelling.h"
#include "engine/message/map/field_params.h"

#define SPELLINGS_MOST 16u

static size_t open_in(struct views *views, const struct part *part, const struct field *field,
                      const struct params *params, const char *attribute, struct view **out,
                      size_t max)
{
    struct spelling spellings[SPELLINGS_MOST];
    if (!field)
        return 0;
    size_t count = spellings_find(params, attribute, views_arena(views), spellings,
                                  max < SPELLINGS_MOST ? max : SPELLINGS_MOST);
    for (size_t i = 0; i < count; i++)
        out[i] = open_param(views, part, field, &spellings[i]);
    return count;
}

static struct span extension(struct span name)
{
    const char *dot = name.len > 0 ? memrchr(name.ptr, '.', name.len) : NULL;
    return dot ? span_of(dot, (size_t)(span_end(name) - dot)) : SPAN("");
}

/* Rules look at every spelling; what a reader does with the file goes by its extension. */
static bool agree(struct span a, struct span b)
{
    return span_equal_nocase(extension(a), extension(b));
}

static void compare(struct views *views, const struct part *part, struct view *const *names,
                    size_t count)
{
    struct map *map = views_map(views);
    ambiguity_set bit = AMBIGUITY_BIT(AMBIGUITY_DIFFERENT_NAMES);
    if (map->parts[part->index].ambiguities & bit)
        return;
    for (size_t i = 1; i < count; i++) {
        if (!agree(names[0]->text, names[i]->text)) {
            map_note(map, AMBIGUITY_DIFFERENT_NAMES, part->index, names[i]->off);
            return;
        }
    }
}

size_t open_filenames(struct views *views, const struct part *part, struct view **out, size_t max)
{
    size_t count =
        open_in(views, part, part->disposition_field, &part->disposition, "filename", out, max);
    count += open_in(views, part, part->type_field, &part->type, "name", out + count, max - count);
    compare(views, part, out, count);
    return count;
}

struct span part_filename(struct views *views, const struct part *part)
{
    struct view *names[SPELLINGS_MOST];
    size_t count = open_filenames(views, part, names, SPELLINGS_MOST);
    return count > 0 ? names[0]->text : SPAN("");
}

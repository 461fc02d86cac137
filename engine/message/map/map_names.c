/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map_names: whether the spellings of a part's file name agree. Only what needs no RFC 2047
 * decoding is compared here; the views compare the rest when a rule asks for names.
 */
#include "engine/base/utf8.h"
#include "engine/message/map/map_build.h"

enum spelling { SPELLING_NONE, SPELLING_PLAIN, SPELLING_EXTENDED };

struct name {
    struct span text;
    enum spelling spelling;
};

static struct name plain_name(const struct params *params, const char *attribute)
{
    const struct param *param = params_find(params, attribute);
    if (!param || !span_is_ascii(param->value) || boundary_has_encoded_word(param->value))
        return (struct name){SPAN_INIT(""), SPELLING_NONE};
    return (struct name){span_trim(param->value), SPELLING_PLAIN};
}

static struct name extended_name(const struct params *params, const char *attribute,
                                 struct arena *arena)
{
    struct span text = params_find_extended(params, attribute, arena, NULL);
    if (!text.ptr)
        return (struct name){SPAN_INIT(""), SPELLING_NONE};
    return (struct name){span_trim(text), SPELLING_EXTENDED};
}

/* With its dot; "" for none. */
static struct span extension(struct span name)
{
    for (size_t at = name.len; at-- > 0;) {
        if (name.ptr[at] == '.')
            return span_from(name, at);
    }
    return SPAN("");
}

/* Rules look at every spelling; what a reader does with the file goes by its extension. */
static bool agree(const struct name *a, const struct name *b)
{
    return a->spelling == SPELLING_NONE || b->spelling == SPELLING_NONE ||
           span_equal_nocase(extension(a->text), extension(b->text));
}

void names_compare(struct builder *b, uint32_t index)
{
    const struct part *part = &b->map->parts[index];
    if (part->disposition.count + part->type.count < 2)
        return;
    const struct name names[] = {
        plain_name(&part->disposition, "filename"),
        extended_name(&part->disposition, "filename", b->arena),
        plain_name(&part->type, "name"),
        extended_name(&part->type, "name", b->arena),
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        for (size_t j = 0; j < i; j++) {
            if (!agree(&names[i], &names[j]))
                builder_note(b, AMBIGUITY_DIFFERENT_NAMES, index, b->tiled);
        }
    }
}

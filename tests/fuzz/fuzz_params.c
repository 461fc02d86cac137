/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_params: any field value; every span of the result must lie in the value or the arena. */
#include "engine/base/utf8.h"
#include "engine/message/library.h"
#include "engine/message/map/params.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static bool is_inside(struct span inner, struct span outer)
{
    return inner.ptr >= outer.ptr && span_end(inner) <= span_end(outer);
}

static void check_param(const struct param *param, struct span value)
{
    check(is_inside(param->raw, value));
    check(is_inside(param->attribute, param->raw));
    check(is_inside(param->raw_value, param->raw));
    check(span_end(param->raw_value) == span_end(param->raw));
    check(param->attribute.ptr == param->raw.ptr);
    check(param->attribute.len > 0 || param->section >= 0 || param->extended);
    check(param->value.len <= param->raw_value.len);
    check(param->section >= -1);
    check(param->quoted == (param->raw_value.len > 0 && param->raw_value.ptr[0] == '"'));
}

static void check_extended(const struct params *params, const char *name, struct arena *arena)
{
    ambiguity_set found = 0;
    struct span text = params_find_extended(params, name, arena, &found);
    check(utf8_is_valid(text));
    check(found < AMBIGUITY_BIT(AMBIGUITY_COUNT));
}

static void init_once(void)
{
    static bool done;
    if (!done)
        message_library_init();
    done = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    init_once();
    if (size == 0)
        return 0;
    struct arena *arena = arena_new();
    struct span value = span_of((const char *)data + 1, size - 1);
    size_t max = data[0] & 2 ? 200 : 3;
    struct params params;
    params_parse(value, data[0] & 1, max, arena, &params);
    check(params.count <= max);
    check(params.type.len == 0 || is_inside(params.type, value));
    check(params.subtype.len == 0 || is_inside(params.subtype, value));
    for (size_t i = 0; i < params.count; i++)
        check_param(&params.items[i], value);
    check_extended(&params, "filename", arena);
    check_extended(&params, "name", arena);
    check_extended(&params, "boundary", arena);
    arena_free(&arena);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "transforms/user_identity.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"

struct user_identity {
    struct span captured;
    const struct template *late; /* NULL: `captured` holds nothing of the message */
    struct template_values values;
    bool masked;
    unsigned depth;
};

/* What may stand in a line of the log, a header and a command: no control character, no bad UTF-8.
 */
static struct span one_name(struct span text, struct arena *arena)
{
    char *out = arena_alloc(arena, USER_IDENTITY_MAX);
    size_t len = 0;
    text = span_trim(text);
    while (text.len > 0) {
        size_t step = utf8_decode(text, NULL);
        size_t size = step > 0 ? step : 1;
        if (len + size > USER_IDENTITY_MAX)
            break;
        bool good = step > 1 || (step == 1 && !ascii_is_control(text.ptr[0]));
        if (good)
            memcpy(out + len, text.ptr, size);
        else
            out[len] = '_';
        len += size;
        text = span_from(text, size);
    }
    return span_trim(span_of(out, len));
}

const struct user_identity *user_identity_new(const struct template *text,
                                              const struct template_values *values, bool masked,
                                              struct arena *arena, bool *deep_out)
{
    unsigned depth = values->user && values->user->late ? values->user->depth + 1 : 0;
    *deep_out = depth > USER_IDENTITY_DEPTH_MAX;
    if (*deep_out)
        return NULL;
    struct span captured = one_name(template_expand_captured(text, values, arena), arena);
    if (captured.len == 0)
        return NULL;
    struct user_identity *user = ARENA_NEW(arena, struct user_identity);
    *user = (struct user_identity){
        .captured = captured, .values = *values, .masked = masked, .depth = depth};
    if (template_captures(text))
        user->late = text;
    return user;
}

struct span user_identity_text(const struct user_identity *user, enum showing showing,
                               struct arena *arena)
{
    if (!user->late || showing == SHOW_CAPTURED)
        return user->captured;
    if (user->masked)
        showing = SHOW_MASKED;
    return one_name(template_show(user->late, &user->values, showing, arena), arena);
}

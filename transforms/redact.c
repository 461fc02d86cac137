/* SPDX-License-Identifier: Apache-2.0 */
/* Redact: one text stands for the whole piece, whatever its length was. */
#include "transforms/classes.h"

struct redact {
    struct span with;
    const struct template *text;
};

static const struct redact defaults = {.with = SPAN_INIT("[REDACTED]")};

static const struct key keys[] = {
    {.name = "with",
     .type = KEY_STRING,
     .offset = offsetof(struct redact, with),
     .standard = "\"[REDACTED]\"",
     .help = "What stands for the piece."},
};

static const struct key_table table = {
    .name = "transform Redact", .keys = keys, .count = ARRAY_LEN(keys)};

static bool finish(void *settings, const struct node *node, struct reader *reader)
{
    struct redact *redact = settings;
    redact->text = transform_template(reader, node, "with", redact->with);
    return redact->text != NULL;
}

static enum transform_result apply(const void *settings, struct piece *piece,
                                   struct transform_context *context, struct error *err)
{
    const struct redact *redact = settings;
    if (piece_text(piece).len == 0)
        return TRANSFORM_NOTHING;
    return transform_write(context, piece, EDIT_REDACT, redact->text, err) ? TRANSFORM_DONE
                                                                           : TRANSFORM_FAILED;
}

static void each_template(const void *settings, template_visitor *visit, void *arg)
{
    const struct redact *redact = settings;
    visit(redact->text, "with", arg);
}

const struct transform_class transform_redact = {
    .name = "Redact",
    .keys = &table,
    .settings_size = sizeof(struct redact),
    .defaults = &defaults,
    .edits_piece = true,
    .finish = finish,
    .apply = apply,
    .each_template = each_template,
};

/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/texts/extract.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/codec_reader.h"
#include "engine/message/codecs/codec_transfer.h"
#include "engine/message/map/field_params.h"
#include "rulesets/texts/declared.h"
#include "rulesets/texts/inline_views.h"
#include "rulesets/texts/part_texts.h"

#define SPELLINGS_MAX 16
#define PARAMS_MAX 200 /* as map_limits has it */

/* What extract_sources() is at. */
struct taking {
    struct run *run;
    const struct rule *rule;
    struct piece *parent;
    struct piece_list *out;
};

static bool is_message(const struct piece *piece)
{
    return piece->view == views_root(piece->views);
}

/* A view whose text was looked at. */
static void take_known_view(struct taking *t, struct view *view, const struct part *part)
{
    for (const struct view *below = view; below; below = below->parent)
        run_note(t->run, below->uninspected);
    struct piece *piece = run_piece(t->run, t->parent, t->rule, view, part);
    if (piece)
        piece_list_add(t->run, t->out, piece);
}

static void take_view(struct taking *t, struct view *view, const struct part *part)
{
    if (part)
        part_note_nul(t->run, view, part);
    take_known_view(t, view, part);
}

/* What a field says in parameters, and not in the way it is read as a text. */
static void take_hidden_params(struct taking *t, const struct field *field, const struct part *part)
{
    struct view *values[PARAMS_MAX];
    size_t count = open_hidden_params(t->run->views, field, values, PARAMS_MAX);
    for (size_t i = 0; i < count; i++)
        take_view(t, values[i], part);
}

static void take_fields(struct taking *t, const struct part *part, const char *name)
{
    const struct map *map = t->run->map;
    for (uint32_t i = 0; i < part->field_count; i++) {
        const struct field *field = &map->fields[part->first_field + i];
        if (name && !span_is_nocase(field->name, name))
            continue;
        take_view(t, open_field(t->run->views, field), part);
        if (!name)
            take_hidden_params(t, field, part);
        struct view *raw = open_field_raw(t->run->views, field);
        if (raw)
            take_view(t, raw, part);
    }
}

/* Of the message, of its parts and of nested messages: each leaves with what it says. */
static void take_all_fields(struct taking *t)
{
    for (size_t i = 0; i < t->run->map->part_count; i++)
        take_fields(t, &t->run->map->parts[i], NULL);
}

/* A text part, shown in line or attached. */
static void take_text(struct taking *t, const struct part *part)
{
    const struct part_texts *texts = part_texts_of(t->run, part);
    run_note_all(t->run, texts->uninspected);
    for (size_t i = 0; i < texts->count; i++)
        take_known_view(t, texts->items[i], part);
}

static bool is_wanted_body(const struct part *part, enum body_type type)
{
    if (part->kind != PART_LEAF || !part_is_type(part, "text", NULL) || part_is_attachment(part))
        return false;
    return type == BODY_ANY || part_is_type(part, "text", "html") == (type == BODY_HTML);
}

static bool is_inside(const struct map *map, const struct part *part, const struct part *outer)
{
    while (part->index != outer->index && part->parent != MAP_NONE)
        part = &map->parts[part->parent];
    return part->index == outer->index;
}

/* Text around the parts of a multipart is shown by no reader that knows MIME, but it leaves all the
 * same and a recipient who looks for it finds it. */
static void take_around_parts(struct taking *t, const struct part *outer)
{
    const struct map *map = t->run->map;
    for (size_t i = 0; i < map->tile_count; i++) {
        const struct tile *tile = &map->tiles[i];
        if (tile->kind != TILE_PROLOGUE && tile->kind != TILE_EPILOGUE)
            continue;
        if (span_trim(span_sub(map->bytes, tile->off, tile->len)).len == 0)
            continue;
        const struct part *part = &map->parts[tile->part];
        if (!is_inside(map, part, outer))
            continue;
        take_view(
            t,
            view_open(views_root(t->run->views), tile->off, tile->len, &codec_identity, part, NULL),
            part);
    }
}

static void take_bodies(struct taking *t)
{
    const struct map *map = t->run->map;
    if (t->rule->is.extract.body_type != BODY_HTML)
        take_around_parts(t, &map->parts[0]);
    for (size_t i = 0; i < map->part_count; i++) {
        run_note(t->run, declared_wrapped(&map->parts[i]));
        if (is_wanted_body(&map->parts[i], t->rule->is.extract.body_type))
            take_text(t, &map->parts[i]);
    }
}

static bool is_attachment(const struct part *part)
{
    return part->kind != PART_MULTIPART && part_is_attachment(part);
}

/* In one of the spellings of the name; a part without a name has the empty one. */
static bool has_wanted_name(struct run *run, const struct matcher *matcher, const struct part *part)
{
    struct view *names[SPELLINGS_MAX];
    if (!matcher_is_set(matcher))
        return true;
    size_t count = open_filenames(run->views, part, names, SPELLINGS_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct view *read = view_as_read(names[i]);
        if (run_finds(run, matcher, names[i]->text) ||
            (read && run_finds(run, matcher, read->text)))
            return true;
    }
    return count == 0 && run_finds(run, matcher, SPAN(""));
}

static bool has_wanted_type(struct run *run, const struct matcher *matcher, const struct part *part)
{
    if (!matcher_is_set(matcher))
        return true;
    char *text = arena_alloc(run->arena, part->type.type.len + part->type.subtype.len + 2);
    size_t len = 0;
    for (size_t i = 0; i < part->type.type.len; i++)
        text[len++] = ascii_lower(part->type.type.ptr[i]);
    text[len++] = '/';
    for (size_t i = 0; i < part->type.subtype.len; i++)
        text[len++] = ascii_lower(part->type.subtype.ptr[i]);
    struct span type = span_of(text, utf8_valid_prefix(span_of(text, len)));
    return run_finds(run, matcher, type);
}

static bool has_wanted_size(struct run *run, const struct extract *extract, const struct part *part)
{
    if (extract->min_size == 0 && extract->max_size == 0)
        return true;
    uint64_t size = open_content(run->views, part)->text.len;
    return size >= extract->min_size && (extract->max_size == 0 || size <= extract->max_size);
}

static void take_attachments(struct taking *t)
{
    const struct map *map = t->run->map;
    const struct extract *extract = &t->rule->is.extract;
    for (size_t i = 0; i < map->part_count; i++) {
        const struct part *part = &map->parts[i];
        if (!is_attachment(part) || !has_wanted_name(t->run, &extract->filename, part) ||
            !has_wanted_type(t->run, &extract->content_type, part) ||
            !has_wanted_size(t->run, extract, part))
            continue;
        struct piece *piece = run_piece(t->run, t->parent, t->rule, NULL, part);
        if (!piece)
            return;
        piece->is_part = true;
        piece_list_add(t->run, t->out, piece);
    }
    inline_files(t->run, t->rule, t->parent, t->out);
}

static void take_names_of(struct taking *t, const struct part *part)
{
    struct view *names[SPELLINGS_MAX];
    size_t count = open_filenames(t->run->views, part, names, SPELLINGS_MAX);
    for (size_t i = 0; i < count; i++)
        take_view(t, names[i], part);
}

static void take_names(struct taking *t)
{
    const struct map *map = t->run->map;
    if (t->parent->inline_name) {
        take_view(t, t->parent->inline_name, t->parent->part);
        return;
    }
    if (!is_message(t->parent)) {
        take_names_of(t, t->parent->part);
        return;
    }
    for (size_t i = 0; i < map->part_count; i++) {
        if (is_attachment(&map->parts[i]))
            take_names_of(t, &map->parts[i]);
        inline_names(t->run, t->rule, t->parent, &map->parts[i], t->out);
    }
}

static void take_address(struct taking *t, struct span address)
{
    struct span text = utf8_is_valid(address) ? address : text_masked(address, t->run->arena);
    take_view(t, view_of_text(t->run->views, text, "an envelope address cannot be changed"), NULL);
}

static void take_recipients(struct taking *t)
{
    const struct envelope *envelope = &t->run->message->envelope;
    for (size_t i = 0; i < envelope->recipient_count; i++)
        take_address(t, envelope->recipients[i]);
}

/* A leaf as text: by what its octets are, since a declared type may be a lie. Only what declares
 * itself text is always read: a reader shows it. */
static void take_leaf_text(struct taking *t, const struct part *part)
{
    enum uninspected reason = declared_wrapped(part);
    if (reason != UNINSPECTED_NONE) {
        run_note(t->run, reason);
        return;
    }
    struct view *content = open_content(t->run->views, part);
    if (declared_signature(part) && looks_like(content->text) == LOOK_BINARY)
        return;
    if (declared_hides_message(part, part_filename(t->run->views, part), content->text))
        run_note(t->run, UNINSPECTED_CONTAINER);
    if (declared_container(part, content->text))
        run_note(t->run, UNINSPECTED_CONTAINER);
    else if (part_is_type(part, "text", NULL)) {
        take_text(t, part);
        inline_texts(t->run, t->rule, t->parent, part, t->out);
        return;
    }
    switch (looks_like(content->text)) {
    case LOOK_MEDIA:
        run_note(t->run, content->uninspected);
        return;
    case LOOK_CONTAINER:
    case LOOK_DOCUMENT:
        run_note(t->run, UNINSPECTED_CONTAINER);
        return;
    case LOOK_TEXT:
    case LOOK_HTML:
    case LOOK_BINARY:
        take_text(t, part);
        inline_texts(t->run, t->rule, t->parent, part, t->out);
    }
}

/* A whole message, nested or the top one, as text: the fields of it and its parts, and its texts.
 * What is attached to a nested one is an attachment of its own. */
static void take_message_text(struct taking *t, const struct part *outer)
{
    const struct map *map = t->run->map;
    take_around_parts(t, outer);
    for (size_t i = outer->index; i < map->part_count; i++) {
        const struct part *part = &map->parts[i];
        if (!is_inside(map, part, outer))
            continue;
        if (part != outer || part->is_message)
            take_fields(t, part, NULL);
        if (part->kind == PART_LEAF && (is_message(t->parent) || !part_is_attachment(part)))
            take_leaf_text(t, part);
    }
}

static void take_piece_text(struct taking *t)
{
    struct piece *parent = t->parent;
    if (parent->inline_name && !parent->pattern) {
        inline_file_text(t->run, t->rule, parent, t->out);
    } else if (!parent->is_part) {
        struct piece *piece = run_piece(t->run, parent, t->rule, piece_view(parent), parent->part);
        if (!piece)
            return;
        piece->off = parent->off;
        piece->len = parent->len;
        piece_list_add(t->run, t->out, piece);
    } else if (parent->part->kind == PART_LEAF && !is_message(parent)) {
        take_leaf_text(t, parent->part);
    } else {
        take_message_text(t, parent->part);
    }
}

static void take_message(struct taking *t)
{
    struct piece *piece =
        run_piece(t->run, t->parent, t->rule, views_root(t->run->views), t->parent->part);
    if (!piece)
        return;
    piece->is_part = true;
    piece_list_add(t->run, t->out, piece);
}

static void take_flat(struct taking *t)
{
    switch (t->rule->is.extract.kind) {
    case EXTRACT_SMTP_MESSAGE:
        take_message(t);
        break;
    case EXTRACT_BODY:
    case EXTRACT_ATTACHMENT:
        flat_sources(t->run, t->rule, t->parent, t->out);
        break;
    case EXTRACT_TEXT:
        if (t->parent->is_part)
            flat_sources(t->run, t->rule, t->parent, t->out);
        else
            take_piece_text(t);
        break;
    default:
        break; /* fields and addresses: the other readings have them */
    }
}

void extract_sources(struct run *run, const struct rule *rule, struct piece *parent,
                     struct piece_list *out)
{
    struct taking t = {run, rule, parent, out};
    const struct extract *extract = &rule->is.extract;
    if (run->scan == SCAN_FLAT) {
        take_flat(&t);
        return;
    }
    switch (extract->kind) {
    case EXTRACT_SMTP_MESSAGE:
        take_message(&t);
        break;
    case EXTRACT_SUBJECT:
        take_fields(&t, &run->map->parts[0], "Subject");
        take_fields(&t, &run->map->parts[0], "Thread-Topic");
        break;
    case EXTRACT_HEADER:
        take_fields(&t, &run->map->parts[0], extract->header_name.ptr);
        break;
    case EXTRACT_HEADERS:
        take_all_fields(&t);
        break;
    case EXTRACT_BODY:
        take_bodies(&t);
        break;
    case EXTRACT_ATTACHMENT:
        take_attachments(&t);
        break;
    case EXTRACT_FILENAME:
        take_names(&t);
        break;
    case EXTRACT_SENDER:
        take_address(&t, run->message->envelope.sender);
        break;
    case EXTRACT_RECIPIENT:
        take_recipients(&t);
        break;
    case EXTRACT_TEXT:
        take_piece_text(&t);
        break;
    case EXTRACT_LATER:
        break;
    }
}

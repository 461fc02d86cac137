/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/texts/inline_views.h"

#include "engine/message/codecs/codec_charset.h"
#include "engine/message/codecs/codec_transfer.h"
#include "engine/message/formats/inline_file.h"
#include "rulesets/texts/declared.h"

/* More files than that in one text are one limit. */
#define FILES_MOST 1000

struct file {
    struct view *name;
    struct view *octets;
};

/* The text of a part in which files may stand, or NULL. */
static struct view *host_of(struct run *run, const struct part *part)
{
    if (part->kind != PART_LEAF || part_is_type(part, "text", "html"))
        return NULL;
    struct view *text = open_text(run->views, part);
    return text && text->codec == &codec_charset ? text : NULL;
}

static struct view *shown_host(struct run *run, const struct part *part)
{
    bool shown = part_is_type(part, "text", NULL) && !part_is_attachment(part);
    return shown ? host_of(run, part) : NULL;
}

/* The next file in the text at or behind *at, which is moved on. */
static bool next_file(struct run *run, struct view *text, uint64_t *at, struct file *out)
{
    struct inline_file file;
    while (text && inline_file_in(text, *at, &file)) {
        *at = file.off + file.len;
        if (file.kind != INLINE_UUENCODE)
            continue;
        if (run->piece_count >= PIECES_MAX) {
            run_note(run, UNINSPECTED_TOO_MANY_MATCHES);
            run->half_hidden = true;
            return false;
        }
        out->name =
            view_open(text, file.name_off, file.name_len, &codec_file_name, text->part, NULL);
        out->octets = view_open(text, file.off, file.len, &codec_uuencode, text->part, NULL);
        return true;
    }
    return false;
}

static struct piece *add(struct run *run, const struct rule *rule, struct piece *parent,
                         struct view *view, struct piece_list *out)
{
    for (const struct view *below = view; below; below = below->parent)
        run_note(run, below->uninspected);
    struct piece *piece = run_piece(run, parent, rule, view, view->part);
    if (piece)
        piece_list_add(run, out, piece);
    return piece;
}

/* What is no text and may hide something is noted; a picture is not. */
static void add_text(struct run *run, const struct rule *rule, struct piece *parent,
                     const struct file *file, struct piece_list *out)
{
    struct view *texts[TEXTS_MAX];
    enum content_look look = looks_like(file->octets->text);
    if (look != LOOK_TEXT && look != LOOK_HTML) {
        run_note(run, look == LOOK_MEDIA ? file->octets->uninspected : UNINSPECTED_CONTAINER);
        return;
    }
    if (file_hides_message(file->name->text, file->octets->text))
        run_note(run, UNINSPECTED_CONTAINER);
    size_t count = open_file_texts(file->octets, file->name->text, texts);
    for (size_t i = 0; i < count; i++)
        (void)add(run, rule, parent, texts[i], out);
}

static bool is_wanted(struct run *run, const struct extract *extract, const struct file *file)
{
    uint64_t size = file->octets->text.len;
    return size >= extract->min_size && (extract->max_size == 0 || size <= extract->max_size) &&
           run_finds(run, &extract->filename, file->name->text) &&
           run_finds(run, &extract->content_type, SPAN("application/octet-stream"));
}

void inline_files(struct run *run, const struct rule *rule, struct piece *parent,
                  struct piece_list *out)
{
    struct file file;
    for (size_t i = 0; i < run->map->part_count; i++) {
        struct view *host = shown_host(run, &run->map->parts[i]);
        for (uint64_t at = 0; next_file(run, host, &at, &file);) {
            if (!is_wanted(run, &rule->is.extract, &file))
                continue;
            struct piece *piece = add(run, rule, parent, file.octets, out);
            if (!piece)
                return;
            piece->inline_name = file.name;
        }
    }
}

void inline_file_text(struct run *run, const struct rule *rule, struct piece *parent,
                      struct piece_list *out)
{
    struct file file = {parent->inline_name, parent->view};
    add_text(run, rule, parent, &file, out);
}

void inline_texts(struct run *run, const struct rule *rule, struct piece *parent,
                  const struct part *part, struct piece_list *out)
{
    struct view *host = host_of(run, part);
    struct file file;
    for (uint64_t at = 0; next_file(run, host, &at, &file);)
        add_text(run, rule, parent, &file, out);
}

void inline_names(struct run *run, const struct rule *rule, struct piece *parent,
                  const struct part *part, struct piece_list *out)
{
    struct view *host = shown_host(run, part);
    struct file file;
    for (uint64_t at = 0; next_file(run, host, &at, &file);)
        (void)add(run, rule, parent, file.name, out);
}

uint32_t inline_foreign(struct view *text)
{
    struct inline_file file;
    uint64_t at = 0;
    uint32_t reasons = 0;
    for (size_t count = 0; inline_file_in(text, at, &file); count++) {
        at = file.off + file.len;
        if (file.kind == INLINE_FOREIGN)
            reasons |= 1u << UNINSPECTED_CONTAINER;
        else if (file.kind == INLINE_BROKEN || file.cut)
            reasons |= 1u << UNINSPECTED_ENCODING;
        if (file.kind != INLINE_UUENCODE)
            return reasons;
        if (count == FILES_MOST)
            return reasons | 1u << UNINSPECTED_LIMIT;
    }
    return reasons;
}

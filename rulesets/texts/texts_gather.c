/* SPDX-License-Identifier: Apache-2.0 */
/* Which texts detection looks at. They are taken as Extract rules of their kind take them. */
#include "rulesets/texts/extract.h"
#include "rulesets/texts/texts.h"
#include "rulesets/texts/ways.h"

#define OF_KIND(of_kind)                                                                           \
    {                                                                                              \
        .action = ACTION_EXTRACT, .name = "Detect", .enabled = true, .is.extract.kind = (of_kind)  \
    }
#define OF_FIELD(field)                                                                            \
    {                                                                                              \
        .action = ACTION_EXTRACT, .name = "Detect", .enabled = true, .is.extract = {               \
            .kind = EXTRACT_HEADER,                                                                \
            .header_name = SPAN_INIT(field)                                                        \
        }                                                                                          \
    }
static const struct rule of_subject = OF_KIND(EXTRACT_SUBJECT), of_body = OF_KIND(EXTRACT_BODY),
                         of_names = OF_KIND(EXTRACT_FILENAME),
                         of_attachments = OF_KIND(EXTRACT_ATTACHMENT),
                         of_text = OF_KIND(EXTRACT_TEXT);
static const struct rule of_metadata[] = {OF_FIELD("From"), OF_FIELD("To"), OF_FIELD("Cc"),
                                          OF_FIELD("Reply-To"), OF_FIELD("Sender")};

struct gathering {
    struct run *run;
    struct texts *texts;
    bool content, metadata;
};

/* A piece in all the ways in which readers see it. */
static void add_piece(struct gathering *all, struct piece *piece, size_t part)
{
    struct way ways[WAYS_MAX];
    size_t count = ways_of(piece_view(piece), piece->off, piece->len, ways);
    for (size_t i = 0; i < count; i++) {
        struct text text = {.piece = piece,
                            .view = ways[i].view,
                            .off = ways[i].off,
                            .len = ways[i].len,
                            .part = part,
                            .in_content = all->content,
                            .in_metadata = all->metadata};
        for (const struct view *below = text.view; below; below = below->parent)
            run_note(all->run, below->uninspected);
        texts_add(all->run, all->texts, &text);
    }
}

static size_t part_of(const struct piece *piece)
{
    return piece->part ? (size_t)piece->part->index + 1 : 0;
}

/* What an Extract rule takes, each thing with its part unless it stands in the fields of the
 * message. */
static void add_extract(struct gathering *all, const struct rule *rule, struct piece *of,
                        bool in_fields)
{
    struct piece_list sources = {0};
    extract_sources(all->run, rule, of, &sources);
    for (size_t i = 0; i < sources.count; i++)
        add_piece(all, sources.items[i], in_fields ? 0 : part_of(sources.items[i]));
}

/* An attachment with all that is in it is one part. */
static void add_attachments(struct gathering *all, struct piece *message)
{
    struct piece_list files = {0};
    extract_sources(all->run, &of_attachments, message, &files);
    for (size_t i = 0; i < files.count; i++) {
        struct piece_list sources = {0};
        extract_sources(all->run, &of_text, files.items[i], &sources);
        for (size_t k = 0; k < sources.count; k++)
            add_piece(all, sources.items[k], part_of(files.items[i]));
    }
}

static void add_content(struct gathering *all, struct piece *message)
{
    all->content = true;
    all->metadata = false;
    add_extract(all, &of_subject, message, true);
    add_extract(all, &of_body, message, false);
    if (all->run->scan == SCAN_FLAT)
        return; /* that was all of it */
    all->metadata = true;
    add_extract(all, &of_names, message, false);
    all->metadata = false;
    add_attachments(all, message);
}

static void add_metadata(struct gathering *all, struct piece *message)
{
    all->metadata = true;
    all->content = false;
    for (size_t i = 0; i < ARRAY_LEN(of_metadata); i++)
        add_extract(all, &of_metadata[i], message, true);
    all->content = true;
    add_extract(all, &of_names, message, false);
}

void texts_gather(struct run *run, struct piece *piece, bool content, bool metadata,
                  struct texts *texts)
{
    struct gathering all = {run, texts, true, true};
    bool is_message = piece->is_part && piece->view == views_root(piece->views);
    if (!is_message) {
        if (!texts->has_content)
            add_extract(&all, &of_text, piece, false);
        texts->has_content = texts->has_metadata = true;
        return;
    }
    if (content && !texts->has_content)
        add_content(&all, piece);
    if (metadata && !texts->has_metadata)
        add_metadata(&all, piece);
    texts->has_content |= content;
    texts->has_metadata |= metadata;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "config/reader/remembered.h"

#include "config/reader/merge.h"

/* Neither a JSON string that holds an object nor a merged tree. */
static bool is_file(const struct document *document)
{
    return !document->string.document && !document->origins;
}

struct remembered remembered_of(const struct reader *reader)
{
    struct remembered remembered = {NULL, NULL, 0};
    for (const struct document *d = reader->documents; d; d = d->next) {
        remembered.count += is_file(d);
        if (d->origins)
            remembered.folder = d->name;
    }
    struct remembered_text *texts =
        ARENA_ARRAY(reader->arena, remembered.count, struct remembered_text);
    size_t left = remembered.count; /* the last that was read comes first */
    for (const struct document *d = reader->documents; d; d = d->next) {
        if (is_file(d))
            texts[--left] =
                (struct remembered_text){d->name, arena_copy(reader->arena, buf_span(&d->bytes))};
    }
    remembered.texts = texts;
    return remembered;
}

bool reader_load_remembered(struct reader *reader, const struct remembered *remembered,
                            struct node *root_out)
{
    const struct remembered_text *texts = remembered->texts;
    if (!remembered->folder)
        return reader_load_text(reader, texts[0].name, texts[0].text, root_out);
    struct document **files = ARENA_ARRAY(reader->arena, remembered->count, struct document *);
    for (size_t i = 0; i < remembered->count; i++) {
        files[i] = document_new(reader, texts[i].name);
        buf_add(&files[i]->bytes, texts[i].text);
        if (!document_parse(reader, files[i]))
            return false;
    }
    return merge_all(reader, remembered->folder, files, remembered->count, root_out);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* look_documents: documents in one text: how much of which there is, then, where that is enough,
 * where it stands. Places are kept for that; of a text with very many it is read again. */
#include "engine/base/mem.h"
#include "engine/base/utf8.h"
#include "rulesets/detection/documents/document_index.h"
#include "rulesets/detection/documents/documents.h"
#include "rulesets/detection/looking.h"

#include <stdlib.h>

#define NAME_SHOWN 200u /* bytes */
#define KEPT_MOST ((size_t)16 << 10)

/* A fingerprint of the text that is some document's. */
struct kept {
    struct fingerprint fingerprint;
    struct known_fingerprint known;
};

/* A document of which something is in the text. */
struct met {
    uint32_t document;
    uint32_t different; /* fingerprints, each counted once */
    uint64_t places;    /* fingerprints, each counted where it stands */
    uint64_t letters;   /* that they are of */
    uint64_t behind;    /* number of the letter behind the last */
    bool enough;
    const char *detail;
    uint32_t off, end; /* of the run that is being followed */
    bool in_run;
};

struct meeting {
    struct looking *looking;
    const struct subject *subject;
    const struct document_set *set;
    const struct document_index *index;
    uint64_t places;     /* fingerprints of the text, but for boilerplate */
    unsigned char *seen; /* a bit for each entry of the index; NULL: nothing was met */
    uint32_t *slots;     /* of each document: its place in `met`, from 1; 0: not met */
    struct met *met;
    size_t count, cap;
    struct kept *kept; /* in order of place */
    size_t kept_count, kept_cap;
    bool more; /* than are kept */
};

static void begin(struct meeting *m)
{
    m->seen = mem_alloc(document_index_entries(m->index) / 8 + 1);
    m->slots = mem_alloc(document_index_count(m->index) * sizeof *m->slots);
}

static void end(struct meeting *m)
{
    free(m->seen);
    free(m->slots);
    free(m->met);
    free(m->kept);
}

static void keep(struct meeting *m, const struct fingerprint *fingerprint,
                 const struct known_fingerprint *known)
{
    m->more = m->more || m->kept_count == KEPT_MOST;
    if (m->more)
        return;
    if (m->kept_count == m->kept_cap) {
        m->kept_cap = m->kept_cap ? 2 * m->kept_cap : 16;
        m->kept = mem_resize(m->kept, m->kept_cap * sizeof *m->kept);
    }
    m->kept[m->kept_count++] = (struct kept){*fingerprint, *known};
}

static struct met *meet(struct meeting *m, uint32_t document)
{
    if (m->slots[document] != 0)
        return &m->met[m->slots[document] - 1];
    if (m->count == m->cap) {
        m->cap = m->cap ? 2 * m->cap : 8;
        m->met = mem_resize(m->met, m->cap * sizeof *m->met);
    }
    m->met[m->count] = (struct met){.document = document};
    m->slots[document] = (uint32_t)++m->count;
    return &m->met[m->count - 1];
}

static bool is_new(struct meeting *m, uint32_t entry)
{
    unsigned char bit = (unsigned char)(1u << (entry & 7));
    bool is = (m->seen[entry / 8] & bit) == 0;
    m->seen[entry / 8] |= bit;
    return is;
}

static void count_one(struct meeting *m, const struct fingerprint *fingerprint,
                      const struct known_fingerprint *known)
{
    m->places++;
    if (!m->seen)
        begin(m);
    keep(m, fingerprint, known);
    bool different = is_new(m, known->entry);
    uint64_t behind = fingerprint->at + FINGERPRINT_LENGTH;
    for (uint32_t i = 0; i < known->count; i++) {
        if (known->owners[i] >= document_index_count(m->index))
            continue;
        struct met *met = meet(m, known->owners[i]);
        met->different += different;
        met->places++;
        met->letters += behind - (fingerprint->at > met->behind ? fingerprint->at : met->behind);
        met->behind = behind;
    }
}

static bool count_some(const struct fingerprint *fingerprints, size_t count, void *arg)
{
    struct meeting *m = arg;
    struct known_fingerprint known[FINGERPRINTS_TOLD];
    document_index_find(m->index, fingerprints, count, known);
    for (size_t i = 0; i < count; i++) {
        if (known[i].count > 0)
            count_one(m, &fingerprints[i], &known[i]);
        else
            m->places += known[i].entry == ENTRY_NONE; /* else it is boilerplate */
    }
    return true;
}

static uint64_t percent_of(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : part >= whole ? 100 : part * 100 / whole;
}

static bool is_enough(const struct meeting *m, struct met *met)
{
    const struct document_set *set = m->set;
    uint32_t all = document_index_fingerprints(m->index, met->document);
    uint64_t of_source = set->of == CONTAINMENT_MESSAGE ? 0 : percent_of(met->different, all);
    uint64_t of_message = set->of == CONTAINMENT_SOURCE ? 0 : percent_of(met->places, m->places);
    uint64_t score = of_source > of_message ? of_source : of_message;
    if (score < set->threshold || (met->letters < set->min_length && met->different < all))
        return false;
    struct span name = document_index_name(m->index, met->document);
    name.len = utf8_floor(name, name.len < NAME_SHOWN ? name.len : NAME_SHOWN);
    met->detail = arena_printf(m->looking->arena, "%.*s, %u %%%s", SPAN_ARG(name), (unsigned)score,
                               of_source >= of_message ? "" : " of the text");
    return true;
}

static bool see(struct meeting *m, struct met *met)
{
    struct sighting sighting = {.subject = m->subject,
                                .off = met->off,
                                .len = met->end - met->off,
                                .confidence = CONFIDENCE_HIGH,
                                .weight = 1,
                                .term = met->document,
                                .evidence = {.keyword = SPAN(""), .detail = met->detail}};
    met->in_run = false;
    return looking_add(m->looking, &sighting);
}

static bool follow(struct meeting *m, struct met *met, const struct fingerprint *fingerprint)
{
    if (met->in_run && fingerprint->off > met->end && !see(m, met))
        return false;
    if (!met->in_run)
        met->off = fingerprint->off;
    met->end = fingerprint->end;
    met->in_run = true;
    return true;
}

static bool place_one(struct meeting *m, const struct fingerprint *fingerprint,
                      const struct known_fingerprint *known)
{
    for (uint32_t i = 0; i < known->count; i++) {
        uint32_t owner = known->owners[i];
        uint32_t slot = owner < document_index_count(m->index) ? m->slots[owner] : 0;
        if (slot != 0 && m->met[slot - 1].enough && !follow(m, &m->met[slot - 1], fingerprint))
            return false;
    }
    return true;
}

static bool place_some(const struct fingerprint *fingerprints, size_t count, void *arg)
{
    struct meeting *m = arg;
    struct known_fingerprint known[FINGERPRINTS_TOLD];
    bool go_on = true;
    document_index_find(m->index, fingerprints, count, known);
    for (size_t i = 0; i < count && go_on; i++)
        go_on = place_one(m, &fingerprints[i], &known[i]);
    return go_on;
}

/* false: there is no time left. */
static bool pass(struct meeting *m, fingerprints_found *found)
{
    enum fingerprints_result result =
        fingerprints_of(document_index_key(m->index), m->looking->text,
                        m->looking->limits->deadline_ns, found, m, NULL);
    if (result == FINGERPRINTS_LATE)
        m->looking->out->complete = false;
    return result == FINGERPRINTS_DONE;
}

static bool place_kept(struct meeting *m)
{
    bool go_on = true;
    for (size_t i = 0; i < m->kept_count && go_on; i++)
        go_on = place_one(m, &m->kept[i].fingerprint, &m->kept[i].known);
    return go_on;
}

static void see_all(struct meeting *m)
{
    bool any = false, go_on = true;
    for (size_t i = 0; i < m->count; i++)
        any |= m->met[i].enough = is_enough(m, &m->met[i]);
    if (any)
        go_on = m->more ? pass(m, place_some) : place_kept(m);
    for (size_t i = 0; i < m->count && go_on; i++) {
        if (m->met[i].in_run)
            go_on = see(m, &m->met[i]);
    }
}

void look_for_documents(struct looking *looking, const struct subject *subject)
{
    struct meeting meeting = {.looking = looking,
                              .subject = subject,
                              .set = subject->documents,
                              .index = subject->documents->index};
    if (pass(&meeting, count_some))
        see_all(&meeting);
    end(&meeting);
}

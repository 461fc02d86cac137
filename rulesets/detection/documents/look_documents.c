/* SPDX-License-Identifier: Apache-2.0 */
/* look_documents: documents in one text: how much of which there is, then, where that is enough,
 * where it stands. The stretches of text that are a document's are kept for that; a text with very
 * many is read again. */
#include "engine/base/mem.h"
#include "engine/base/utf8.h"
#include "rulesets/detection/documents/document_index.h"
#include "rulesets/detection/documents/documents.h"
#include "rulesets/detection/documents/number_set.h"
#include "rulesets/detection/looking.h"

#include <stdlib.h>

#define NAME_SHOWN 200u /* bytes */
#define STRETCHES_MOST ((size_t)64 << 10)

/* Of the text, that is a document's. */
struct stretch {
    uint32_t off, end;
    uint32_t met; /* number of the document in `met` */
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
    bool followed;
    struct stretch stretch; /* ... that may go on */
};

struct meeting {
    struct looking *looking;
    const struct subject *subject;
    const struct document_set *set;
    const struct document_index *index;
    uint64_t places;             /* fingerprints of the text, but for boilerplate */
    struct number_bits seen;     /* entries of the index */
    struct number_set documents; /* in order of `met` */
    struct met *met;
    size_t cap;
    uint32_t last;             /* that was met; the next is often the same */
    struct stretch *stretches; /* in order of their ends */
    size_t stretch_count, stretch_cap;
    bool more; /* than are kept */
};

/* What a stretch is for. false: that is enough. */
typedef bool stretch_ended(struct meeting *m, const struct stretch *stretch);

static void end(struct meeting *m)
{
    number_bits_fini(&m->seen);
    number_set_fini(&m->documents);
    free(m->met);
    free(m->stretches);
}

static bool keep(struct meeting *m, const struct stretch *stretch)
{
    m->more = m->more || m->stretch_count == STRETCHES_MOST;
    if (m->more)
        return true;
    if (m->stretch_count == m->stretch_cap) {
        m->stretch_cap = m->stretch_cap ? 2 * m->stretch_cap : 16;
        m->stretches = mem_resize(m->stretches, m->stretch_cap * sizeof *m->stretches);
    }
    m->stretches[m->stretch_count++] = *stretch;
    return true;
}

static struct met *meet(struct meeting *m, uint32_t document)
{
    uint32_t before = m->documents.count;
    if (m->last < before && m->met[m->last].document == document)
        return &m->met[m->last];
    uint32_t place = number_set_place(&m->documents, document);
    m->last = place;
    if (place < before)
        return &m->met[place];
    if (place == m->cap) {
        m->cap = m->cap ? 2 * m->cap : 8;
        m->met = mem_resize(m->met, m->cap * sizeof *m->met);
    }
    m->met[place] = (struct met){.document = document, .stretch = {.met = place}};
    return &m->met[place];
}

static inline bool follow(struct meeting *m, struct met *met, const struct fingerprint *fingerprint,
                          stretch_ended *ended)
{
    struct stretch *stretch = &met->stretch;
    if (!met->followed || fingerprint->off > stretch->end) {
        if (met->followed && !ended(m, stretch))
            return false;
        stretch->off = fingerprint->off;
        met->followed = true;
    }
    stretch->end = fingerprint->end;
    return true;
}

static void count_one(struct meeting *m, const struct fingerprint *fingerprint,
                      const struct known_fingerprint *known)
{
    bool different = number_bits_add(&m->seen, known->entry);
    uint64_t behind = fingerprint->at + FINGERPRINT_LENGTH;
    m->places++;
    for (uint32_t i = 0; i < known->count; i++) {
        if (known->owners[i] >= document_index_count(m->index))
            continue;
        struct met *met = meet(m, known->owners[i]);
        met->different += different;
        met->places++;
        met->letters += behind - (fingerprint->at > met->behind ? fingerprint->at : met->behind);
        met->behind = behind;
        (void)follow(m, met, fingerprint, keep);
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

static bool see(struct meeting *m, const struct stretch *stretch)
{
    const struct met *met = &m->met[stretch->met];
    struct sighting sighting = {.subject = m->subject,
                                .off = stretch->off,
                                .len = stretch->end - stretch->off,
                                .confidence = CONFIDENCE_HIGH,
                                .weight = 1,
                                .term = met->document,
                                .evidence = {.keyword = SPAN(""), .detail = met->detail}};
    return !met->enough || looking_add(m->looking, &sighting);
}

static bool see_some(const struct fingerprint *fingerprints, size_t count, void *arg)
{
    struct meeting *m = arg;
    struct known_fingerprint known[FINGERPRINTS_TOLD];
    bool go_on = true;
    document_index_find(m->index, fingerprints, count, known);
    for (size_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < known[i].count && go_on; k++) {
            if (known[i].owners[k] < document_index_count(m->index))
                go_on = follow(m, meet(m, known[i].owners[k]), &fingerprints[i], see);
        }
    }
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

static bool see_ended(struct meeting *m)
{
    if (m->more) {
        for (size_t i = 0; i < m->documents.count; i++)
            m->met[i].followed = false;
        return pass(m, see_some);
    }
    bool go_on = true;
    for (size_t i = 0; i < m->stretch_count && go_on; i++)
        go_on = see(m, &m->stretches[i]);
    return go_on;
}

static void see_all(struct meeting *m)
{
    bool any = false;
    for (size_t i = 0; i < m->documents.count; i++)
        any |= m->met[i].enough = is_enough(m, &m->met[i]);
    bool go_on = any && see_ended(m);
    for (size_t i = 0; i < m->documents.count && go_on; i++)
        go_on = !m->met[i].followed || see(m, &m->met[i].stretch);
}

void look_for_documents(struct looking *looking, const struct subject *subject)
{
    const struct document_index *index = subject->documents->index;
    struct meeting meeting = {.looking = looking,
                              .subject = subject,
                              .set = subject->documents,
                              .index = index,
                              .seen = {.limit = document_index_entries(index)}};
    if (pass(&meeting, count_some))
        see_all(&meeting);
    if (!document_index_is_whole(index))
        looking->out->complete = false;
    end(&meeting);
}

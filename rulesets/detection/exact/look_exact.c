/* SPDX-License-Identifier: Apache-2.0 */
/* look_exact: the rows of an index among what is looked for in a text. */
#include "rulesets/detection/exact/exact_search.h"
#include "rulesets/detection/looking.h"

struct rows_seen {
    struct looking *looking;
    const struct subject *subject;
    /* The last find, whose words the next one may share. */
    uint32_t row;
    uint64_t around;
    const char *detail;
};

/* "row 17: ssn, city" */
static const char *detail_of(struct rows_seen *seen, const struct exact_find *find)
{
    if (seen->detail && seen->row == find->row && seen->around == find->around)
        return seen->detail;
    struct buf text = BUF_INIT;
    buf_printf(&text, "row %lu", find->row + 1ul);
    const char *mark = ": ";
    for (unsigned i = 0; i < EXACT_COLUMNS_MAX; i++) {
        if (find->around >> i & 1) {
            struct span name = exact_match_column(seen->subject->exact, i);
            buf_printf(&text, "%s%.*s", mark, SPAN_ARG(name));
            mark = ", ";
        }
    }
    seen->row = find->row;
    seen->around = find->around;
    seen->detail = arena_str(seen->looking->arena, buf_span(&text));
    buf_fini(&text);
    return seen->detail;
}

static bool see_cell(const struct exact_find *find, void *arg)
{
    struct rows_seen *seen = arg;
    bool several = __builtin_popcountll(find->around) > 1;
    struct sighting sighting = {.subject = seen->subject,
                                .off = find->off,
                                .len = find->len,
                                .confidence = several ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM,
                                .weight = find->first,
                                .term = find->row + 1,
                                .evidence = {.keyword = SPAN(""), .detail = detail_of(seen, find)}};
    return looking_add(seen->looking, &sighting);
}

void look_for_exact(struct looking *looking, const struct subject *subject)
{
    struct rows_seen seen = {.looking = looking, .subject = subject};
    if (exact_search(subject->exact, looking->text, looking->limits->deadline_ns, see_cell,
                     &seen) == EXACT_LATE ||
        !exact_index_is_whole(subject->exact->index))
        looking->out->complete = false;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* chat_counts: what the engine counts of itself while a dialogue is played. */
#include "engine/metrics/metrics.h"
#include "tests/support/chat_link.h"

#include <stdlib.h>

static char *page(void)
{
    struct buf out = BUF_INIT;
    metrics_write(&out);
    buf_add_byte(&out, '\0');
    return out.ptr;
}

bool chat_counting(struct chat *chat, struct span rest)
{
    (void)rest;
    free(chat->counts);
    chat->counts = page();
    return true;
}

/* Of a line that begins with `name` and a blank; without one 0. */
static long long value_of(const char *text, struct span name)
{
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name.ptr, name.len) == 0 && line[name.len] == ' ')
            return strtoll(line + name.len + 1, NULL, 10);
    }
    return 0;
}

bool chat_counted(struct chat *chat, struct span rest)
{
    struct span name, number;
    uint64_t wanted;
    if (!chat->counts || !chat_word(&rest, &name) || !chat_word(&rest, &number) ||
        !span_to_u64(number, &wanted))
        return chat_fail(chat, "`counting` comes first, then `counted NAME{LABELS} NUMBER`");
    if (chat->running)
        fake_settle(chat->rig.loop);
    char *now = page();
    long long counted = value_of(now, name) - value_of(chat->counts, name);
    free(now);
    return counted == (long long)wanted ||
           chat_fail(chat, "%.*s has counted %lld", SPAN_ARG(name), counted);
}

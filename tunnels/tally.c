/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/tally.h"

#include "engine/base/log.h"
#include "tunnels/tunnel.h"

static void report(struct tally *tally)
{
    struct log_field fields[4];
    size_t count = 0;
    if (tally->more == 0 || !log_wants(LOG_WARNING))
        return;
    if (tally->tunnel)
        fields[count++] = LOG_SPAN("tunnel", (*tally->tunnel)->name);
    if (tally->why)
        fields[count++] = LOG_STR("why", tally->why);
    fields[count++] = LOG_NUM("more", tally->more);
    fields[count++] = LOG_NUM("seconds", TALLY_MS / 1000);
    log_fields(LOG_WARNING, tally->event, fields, count);
}

static void on_timer(void *arg)
{
    struct tally *tally = arg;
    tally->shown = 0;
    if (tally->more == 0)
        return; /* quiet again */
    report(tally);
    tally->more = 0;
    timer_start(&tally->timer, TALLY_MS);
}

void tally_init(struct tally *tally, struct loop *loop, const char *event)
{
    tally->event = event;
    tally->tunnel = NULL;
    tally->why = NULL;
    tally->more = 0;
    tally->allowed = tally->shown = 0;
    timer_init(&tally->timer, loop, on_timer, tally);
}

void tally_name(struct tally *tally, const struct tunnel *const *tunnel, const char *why)
{
    tally->tunnel = tunnel;
    tally->why = why;
}

void tally_allow(struct tally *tally, unsigned lines)
{
    tally->allowed = lines;
}

void tally_fini(struct tally *tally)
{
    timer_stop(&tally->timer);
    report(tally);
    tally->more = 0;
}

bool tally_is_first(struct tally *tally)
{
    if (timer_is_running(&tally->timer)) {
        if (tally->shown < tally->allowed) {
            tally->shown++;
            return true;
        }
        tally->more++;
        return false;
    }
    timer_start(&tally->timer, TALLY_MS);
    return true;
}

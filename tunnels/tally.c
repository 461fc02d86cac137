/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/tally.h"

#include "engine/base/log.h"

static void report(struct tally *tally)
{
    if (tally->more > 0)
        log_event(LOG_WARNING, tally->event, LOG_NUM("more", tally->more),
                  LOG_NUM("seconds", TALLY_MS / 1000));
}

static void on_timer(void *arg)
{
    struct tally *tally = arg;
    if (tally->more == 0)
        return; /* quiet again */
    report(tally);
    tally->more = 0;
    timer_start(&tally->timer, TALLY_MS);
}

void tally_init(struct tally *tally, struct loop *loop, const char *event)
{
    tally->event = event;
    tally->more = 0;
    timer_init(&tally->timer, loop, on_timer, tally);
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
        tally->more++;
        return false;
    }
    timer_start(&tally->timer, TALLY_MS);
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/server/watch.h"

#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

static bool same(const struct file_stamp *a, const struct file_stamp *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!file_stamp_equal(&a[i], &b[i]))
            return false;
    }
    return true;
}

static void look(struct watch *watch)
{
    uint64_t now = loop_now_ms(watch->loop);
    bool resting = same(watch->seen, watch->known, watch->count);
    bool differs = false;
    for (size_t i = 0; i < watch->count; i++) {
        struct file_stamp stamp = file_stamp(watch->files[i].path);
        differs |= !file_stamp_equal(&stamp, &watch->seen[i]);
        watch->seen[i] = stamp;
    }
    if (!differs)
        return;
    if (resting)
        watch->first_ms = now;
    watch->last_ms = now;
    watch->tried = false;
}

static void give_up(struct watch *watch)
{
    for (size_t i = 0; i < watch->count; i++)
        watch->known[i] = watch->seen[i];
}

static void try_anew(struct watch *watch)
{
    uint64_t now = loop_now_ms(watch->loop);
    bool last =
        now - watch->last_ms >= WATCH_PATIENCE_MS || now - watch->first_ms >= WATCH_RESTLESS_MS;
    if (!last && (watch->tried || now - watch->last_ms < WATCH_QUIET_MS))
        return;
    watch->tried = true;
    if (!watch->changed(watch->arg, last) && last)
        give_up(watch);
}

static void on_time(void *arg)
{
    struct watch *watch = arg;
    look(watch);
    if (!same(watch->seen, watch->known, watch->count))
        try_anew(watch);
    bool resting = same(watch->seen, watch->known, watch->count);
    if (watch->count > 0)
        timer_start(&watch->timer, resting ? WATCH_LOOK_MS : WATCH_LOOK_AGAIN_MS);
}

void watch_init(struct watch *watch, struct loop *loop, watch_changed *changed, void *arg)
{
    *watch = (struct watch){.loop = loop, .changed = changed, .arg = arg};
    timer_init(&watch->timer, loop, on_time, watch);
}

void watch_fini(struct watch *watch)
{
    watch_stop(watch);
    free(watch->known);
    free(watch->seen);
}

void watch_files(struct watch *watch, const struct stamped_file *files, size_t count)
{
    watch->files = files;
    watch->count = count;
    watch->known = mem_resize(watch->known, (count + 1) * sizeof *watch->known);
    watch->seen = mem_resize(watch->seen, (count + 1) * sizeof *watch->seen);
    for (size_t i = 0; i < count; i++)
        watch->known[i] = watch->seen[i] = files[i].stamp;
    timer_stop(&watch->timer);
    if (count > 0)
        timer_start(&watch->timer, WATCH_LOOK_MS);
}

void watch_stop(struct watch *watch)
{
    timer_stop(&watch->timer);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch: looks every second whether files are still what they were when they were read, and has
 * them read anew once they have been quiet for a moment. Files that belong together (a certificate
 * and its key) change one after the other: a failure in between is no news, so it is tried again
 * after each further change, and only what fails for good is told. Polling, because files are
 * replaced by renaming them or a link above them. One loop's thread.
 */
#ifndef CULVERT_SERVER_WATCH_H
#define CULVERT_SERVER_WATCH_H

#include "engine/base/stamp.h"
#include "engine/loop/loop.h"

#include <stddef.h>

#define WATCH_LOOK_MS 1000u      /* between looks at files that rest */
#define WATCH_LOOK_AGAIN_MS 250u /* the same, while something changes */
#define WATCH_QUIET_MS 500u      /* without a change: read them */
#define WATCH_PATIENCE_MS 5000u  /* from the last change to the last try */
#define WATCH_RESTLESS_MS 30000u /* from the first one, where they do not come to rest */

/* Reads the files anew. On success watch_files() has been called for what is in force now. `last`:
 * the failure stays, until a file changes again. */
typedef bool watch_changed(void *arg, bool last);

struct watch {
    struct loop *loop;
    struct timer timer;
    watch_changed *changed;
    void *arg;
    const struct stamped_file *files; /* their owner's, who outlives the next watch_files() */
    size_t count;
    struct file_stamp *known; /* what is in force, or has failed for good, was made of these */
    struct file_stamp *seen;  /* at the last look */
    uint64_t first_ms;        /* the first and the last change that is not dealt with */
    uint64_t last_ms;
    bool tried; /* since then */
};

void watch_init(struct watch *watch, struct loop *loop, watch_changed *changed, void *arg);
void watch_fini(struct watch *watch);

/* Looks after these from now on. */
void watch_files(struct watch *watch, const struct stamped_file *files, size_t count);
void watch_stop(struct watch *watch);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* html_time: how long all HTML of one message may keep its thread busy. One thread. */
#ifndef CULVERT_MESSAGE_FORMATS_HTML_TIME_H
#define CULVERT_MESSAGE_FORMATS_HTML_TIME_H

#include "engine/base/span.h"

#define HTML_TIME_LEAST UINT64_C(1000000000) /* nanoseconds for a message ... */
#define HTML_TIME_EACH 250u                  /* ... and for each of its bytes */

struct html_time {
    uint64_t left_ns;     /* of the thread's own time */
    uint64_t deadline_ns; /* CLOCK_MONOTONIC; 0 for none */
};

#endif

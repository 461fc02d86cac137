/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_sink: where the lines of the log go. Writing never waits: who reads a pipe, a socket or a
 * terminal may have stopped, and mail must not stop for that. What does not go out at once is lost
 * and counted. Any thread.
 */
#ifndef CULVERT_BASE_LOG_SINK_H
#define CULVERT_BASE_LOG_SINK_H

#include "engine/base/attrs.h"
#include "engine/base/span.h"

#include <stdint.h>

/* Before any thread is started; ends what was used before. `fd` stays the caller's. */
void log_sink_open(int fd);

/* A whole line. False: it is lost. */
bool log_sink_write(struct span line);

/* Lines lost that nobody has been told of; they count as told from then on. */
uint64_t log_sink_take_lost(void);
/* They could not be told. */
void log_sink_put_lost(uint64_t lines);

/* All lines lost since the process started. */
uint64_t log_sink_lost(void);

#endif

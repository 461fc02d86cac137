/* SPDX-License-Identifier: Apache-2.0 */
/* library: sets GMime up, whose tables are made at first use and not by one thread at a time. */
#ifndef CULVERT_MESSAGE_LIBRARY_H
#define CULVERT_MESSAGE_LIBRARY_H

void message_library_init(void); /* in main, before any thread */

#endif

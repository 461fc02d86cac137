/* SPDX-License-Identifier: Apache-2.0 */
/* signals: they are for the main thread; the others are started while they are held back. */
#ifndef CULVERT_BASE_SIGNALS_H
#define CULVERT_BASE_SIGNALS_H

#include <signal.h>

/* A thread that is started before signals_release() takes no signals; nor do those that it starts
 * itself; but that of a page which is not there is whose who reads it. */
void signals_hold(sigset_t *before_out);
void signals_release(const sigset_t *before);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/signals.h"

void signals_hold(sigset_t *before_out)
{
    sigset_t all;
    (void)sigfillset(&all);
    (void)sigdelset(&all, SIGBUS); /* it is the thread's own: see mapped_file */
    (void)pthread_sigmask(SIG_SETMASK, &all, before_out);
}

void signals_release(const sigset_t *before)
{
    (void)pthread_sigmask(SIG_SETMASK, before, NULL);
}

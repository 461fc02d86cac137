/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account: the process becomes the user that the configuration names. Of root's rights it keeps
 * one, to bind ports below 1024: the sockets of a tunnel are opened on its loops' threads, and a
 * reload may add one. Before there are threads: capabilities are a thread's, and go over to those
 * that it makes.
 */
#ifndef CULVERT_SERVER_ACCOUNT_H
#define CULVERT_SERVER_ACCOUNT_H

#include "config/policy/policy.h"
#include "engine/base/error.h"

/* Without a user in `run` nothing changes. False: the process must end, it may be anything. */
bool account_become(const struct run_settings *run, struct error *err) MUST_USE;

/* What the user needs of the policy: false where spool folders cannot be written; files that cannot
 * be read anew are told in the log. `config` is the file or folder of the configuration. */
bool account_suits(const struct policy *policy, const char *config, struct error *err) MUST_USE;

#endif

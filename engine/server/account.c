/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/server/account.h"

#include "engine/base/log.h"
#include "engine/message/tempfile.h"
#include "engine/server/leaks.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Whatever is executed later cannot have other capabilities. The list ends where the kernel's does.
 */
static void bound_capabilities(void)
{
    for (unsigned long i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++) {
        if (i != CAP_NET_BIND_SERVICE)
            (void)prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
    }
}

static bool keep_one_capability(struct error *err)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}};
    data[0].permitted = data[0].effective = 1u << CAP_NET_BIND_SERVICE;
    return syscall(SYS_capset, &header, data) == 0 ||
           error_set_errno(err, errno, "cannot set capabilities");
}

/* The rights of the user alone: what root had besides is gone for good. */
static bool change(const struct run_settings *run, struct error *err)
{
    if (initgroups(run->user, run->gid) != 0 || setresgid(run->gid, run->gid, run->gid) != 0)
        return error_set_errno(err, errno, "cannot take the groups of \"%s\"", run->user);
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setresuid(run->uid, run->uid, run->uid) != 0)
        return error_set_errno(err, errno, "cannot become \"%s\"", run->user);
    if (!keep_one_capability(err))
        return false;
    (void)prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set_errno(err, errno, "cannot give up new privileges");
    if (setresuid(0, 0, 0) == 0 || getuid() != run->uid || geteuid() != run->uid)
        return error_set(err, "root's rights are not gone");
    return true;
}

bool account_become(const struct run_settings *run, struct error *err)
{
    if (!run->user) {
        if (geteuid() == 0)
            log_event(LOG_WARNING, "run.root",
                      LOG_STR("hint", "name a user in \"run\", or start it as one"));
        return true;
    }
    if (geteuid() == run->uid)
        return true;
    if (geteuid() != 0)
        return error_set(err,
                         "run.user: only root can become \"%s\"; start it as root or as \"%s\"",
                         run->user, run->user);
    bound_capabilities();
    if (!change(run, err))
        return false;
    if (LOOKS_FOR_LEAKS)
        (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    return true;
}

static void check_file(const struct policy *policy, const char *path)
{
    if (access(path, R_OK) != 0)
        log_event(LOG_WARNING, "run.unreadable", LOG_WHOLE("file", span_str(path)),
                  LOG_STR("user", policy->run.user), LOG_STR("reason", strerror(errno)),
                  LOG_STR("hint", "a reload will be refused"));
}

bool account_suits(const struct policy *policy, const char *config, struct error *err)
{
    if (!policy->run.user)
        return true;
    check_file(policy, config);
    for (size_t i = 0; i < policy->file_count; i++)
        check_file(policy, policy->files[i].path);
    for (size_t i = 0; i < policy->loading_count; i++) {
        const struct tunnel *tunnel = policy->loadings[i].tunnel;
        if (policy->loadings[i].loads &&
            !tempfile_directory_is_good(tempfile_directory(tunnel->spool.directory), err)) {
            error_prefix(err,
                         "tunnel \"%.*s\": the user \"%s\" cannot make files in the spool folder",
                         SPAN_ARG(tunnel->name), policy->run.user);
            return false;
        }
    }
    return true;
}

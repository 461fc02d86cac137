/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy: everything that a configuration says, read, cross-checked and compiled: immutable,
 * counted and shared by all threads. Each tunnel holds the address of `counted`: who uses a tunnel
 * holds a reference. A reload makes a new policy; a message finishes under the one it began with.
 *
 * Loading and freeing belong to the main thread (patterns are compiled and freed there). Where the
 * last reference may be dropped elsewhere, `retire` brings the policy back to it.
 */
#ifndef CULVERT_CONFIG_POLICY_H
#define CULVERT_CONFIG_POLICY_H

#include "config/policy/interfaces.h"
#include "config/reader/remembered.h"
#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/log.h"
#include "tunnels/tunnel.h"

#include <sys/types.h>

struct rulesets;

struct policy_options {
    const char *node_name;     /* instead of node.name; NULL: as configured */
    const char *const *labels; /* besides node.labels */
    size_t label_count;
    /* An interface that this host does not have keeps its tunnel from loading, but is no error, and
     * certificates, keys and passwords are not opened: for looking at the configuration of another
     * node, or of this one by somebody who may not read its keys. */
    bool interfaces_optional;
    /* Certificates that have expired, or are not valid yet, are no error and no warning: an engine
     * must be able to start again with what it ran with. Whoever asks for it tells of them. */
    bool dates_forgiven;
    const struct host *host; /* where interfaces are looked up; NULL: this host */
};

/* What becomes of one configured tunnel on this node. */
struct loading {
    const struct tunnel *tunnel; /* complete but for `address` where it does not load for its own
                                  * sake; `service` NULL where no enabled service uses it */
    bool loads;
    const char *why; /* one line */
};

struct admin_settings {
    const char *address; /* numeric; NULL: no admin listener */
    uint16_t port;       /* 0: the kernel chooses */
};

struct run_settings {
    const char *user; /* NULL: stay who you are */
    uid_t uid;
    gid_t gid;
    bool sandbox;
};

struct policy {
    struct counted counted; /* policy_ref(), policy_unref() */
    struct arena *arena;
    void (*retire)(struct policy *policy, void *arg); /* see policy_set_retire() */
    void *retire_arg;
    struct remembered source; /* what it was made of */

    struct span node_name;
    const struct span *labels;
    size_t label_count;
    enum log_level log_level;
    enum log_format log_format;
    struct admin_settings admin;
    struct run_settings run;
    const struct loading *loadings; /* every configured tunnel, in order */
    size_t loading_count;
    size_t service_count; /* enabled ones */
    size_t ruleset_count;
    const struct rulesets *rulesets;
    /* Certificates, keys, authorities and passwords that were read for it: when one of them
     * changes, the configuration is to be loaded again. */
    const struct stamped_file *files;
    size_t file_count;
};

/*
 * Reads a file or a folder. `complaints` gets every error and warning, a line each; NULL when there
 * was an error. The caller owns the one reference.
 */
struct policy *policy_load(const char *path, const struct policy_options *options,
                           struct buf *complaints) MUST_USE;
/* The same for a text in memory; `name` stands for the file. */
struct policy *policy_load_text(const char *name, struct span text,
                                const struct policy_options *options,
                                struct buf *complaints) MUST_USE;
/* The same for what `old` was made of, whatever its files say by now: only the files that the
 * configuration names (certificates, keys) are read anew. */
struct policy *policy_load_again(const struct policy *old, const struct policy_options *options,
                                 struct buf *complaints) MUST_USE;

/* Any thread. */
void policy_ref(struct policy *policy);
void policy_unref(struct policy **policy);

/*
 * Who drops the last reference calls retire(policy, arg), on its own thread, instead of
 * policy_free(): it is to have policy_free() called on the main thread. Set before the policy is
 * shared.
 */
void policy_set_retire(struct policy *policy, void (*retire)(struct policy *policy, void *arg),
                       void *arg);
void policy_free(struct policy *policy);

/* The configured tunnel of that name, loaded or not; NULL: there is none. */
const struct loading *policy_tunnel(const struct policy *policy, struct span name);

#endif

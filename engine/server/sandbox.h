/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox: takes from the calling thread, and from all that it makes, what a mail engine never
 * needs: files and folders beside the given ones (Landlock), executing programs, tracing, mounting
 * and the like (seccomp). There is no way back. What the kernel does not have is left out.
 */
#ifndef CULVERT_SERVER_SANDBOX_H
#define CULVERT_SERVER_SANDBOX_H

#include "engine/base/attrs.h"
#include "engine/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* A file or a folder with all below it. One that does not exist is left out. */
struct sandbox_path {
    const char *path;
    bool writable; /* files may be made, written, renamed and removed */
};

struct sandbox_strength {
    unsigned landlock; /* the kernel's version of it; 0: none */
    bool seccomp;
};

/* False: the process is half in, and must end. */
bool sandbox_enter(const struct sandbox_path *paths, size_t count,
                   struct sandbox_strength *strength_out, struct error *err) MUST_USE;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leaks: whether this build looks for leaks when it ends. It does so by tracing itself, which
 * account and sandbox keep a release from.
 */
#ifndef CULVERT_SERVER_LEAKS_H
#define CULVERT_SERVER_LEAKS_H

#if defined(__SANITIZE_ADDRESS__)
#define LOOKS_FOR_LEAKS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LOOKS_FOR_LEAKS 1
#endif
#endif
#ifndef LOOKS_FOR_LEAKS
#define LOOKS_FOR_LEAKS 0
#endif

#endif

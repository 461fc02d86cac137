/* SPDX-License-Identifier: Apache-2.0 */
/* attrs: compiler attributes under readable names. */
#ifndef CULVERT_BASE_ATTRS_H
#define CULVERT_BASE_ATTRS_H

/* The result says whether the call worked; dropping it is a bug. */
#define MUST_USE __attribute__((warn_unused_result))
/* Argument `fmt` is a printf format, the arguments begin at `args` (0 for a va_list). */
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define NORETURN __attribute__((noreturn))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
/* The structure that holds `member`, whose address is `ptr`. */
#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * callers: the connections of the admin listener, each with the time by which its request must be
 * over: the library knows only how long one may be silent, and a byte now and then would hold a
 * connection for hours. The library's thread, and whoever sweeps.
 */
#ifndef CULVERT_ADMIN_CALLERS_H
#define CULVERT_ADMIN_CALLERS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define CALLERS_MAX 64u

struct caller {
    bool used;
    int fd;
    uint64_t until_ns;
};

struct callers {
    pthread_mutex_t lock;
    struct caller items[CALLERS_MAX];
};

void callers_init(struct callers *callers);
void callers_fini(struct callers *callers);

/* One has come; NULL: there are too many to be looked after. */
struct caller *callers_add(struct callers *callers, int fd);
/* A request is over, the time of the next one begins. */
void callers_extend(struct callers *callers, struct caller *caller);
/* It goes; its descriptor is still open. */
void callers_remove(struct callers *callers, struct caller *caller);

/* Ends the connections whose time is over; the library then closes them. */
void callers_sweep(struct callers *callers);

#endif

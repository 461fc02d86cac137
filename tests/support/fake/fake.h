/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake: a virtual clock, loop and worker pool in place of engine/loop/loop.c and workers.c, and a
 * network in memory in place of tunnels/wire/conn_socket.c, conn_dial.c and names.c. All above them
 * is the real code. Everything runs in the test's thread and in the same order each time; nothing
 * happens but inside fake_settle() and fake_advance(). A test program that links these objects gets
 * them instead of the members of the layers' archives.
 *
 *     int fd;
 *     struct fake_peer *client = fake_call(loop, "192.0.2.7", 4711, &fd);
 *     session_start(..., fd);                       the code under test says conn_accept(loop, fd)
 *     fake_serve("mta.example", 25, FAKE_ACCEPT);
 *     fake_send_text(client, "EHLO x\r\n");
 *     fake_settle(loop);
 *     struct fake_peer *mta = fake_accept("mta.example", 25);
 */
#ifndef CULVERT_TESTS_FAKE_H
#define CULVERT_TESTS_FAKE_H

#include "engine/base/span.h"
#include "engine/loop/loop.h"

/* Runs until nothing can happen without time passing or new input. */
void fake_settle(struct loop *loop);
/* One event; false when there is none. */
bool fake_turn(struct loop *loop);
/* Lets time pass, from one due timer to the next, settling before and after each. */
void fake_advance(struct loop *loop, uint64_t ms);
/* Timers that run; due time of the first one from now, UINT64_MAX for none. */
uint64_t fake_next_timer_ms(struct loop *loop);

/* While held, submitted jobs wait in their queue. */
void fake_hold_workers(bool hold);

/* How what is sent is cut into reads and writes. */
enum fake_cut { FAKE_WHOLE, FAKE_BYTES, FAKE_RANDOM };
void fake_cut(enum fake_cut cut, uint64_t seed);

/* The far end of a stream, in the hands of the test. */
struct fake_peer;

/* A client that calls; *fd_out is for conn_accept(). `address` is as conn_peer_address() will say.
 */
struct fake_peer *fake_call(struct loop *loop, const char *address, uint16_t port, int *fd_out);

enum fake_answer {
    FAKE_REFUSE, /* what a host that was not named does, too */
    FAKE_ACCEPT,
    FAKE_SILENT /* neither: the dial times out */
};
/* What a host name stands for: addresses with blanks between them, "" for none, NULL: the look-up
 * hangs. One that is not named stands for itself. */
void fake_name(const char *host, const char *addresses);
void fake_serve(const char *host, uint16_t port, enum fake_answer answer);
/* The oldest accepted connection that was not taken yet, or NULL. */
struct fake_peer *fake_accept(const char *host, uint16_t port);
/* Connections that were tried, whatever became of them. */
unsigned fake_dials(const char *host, uint16_t port);

void fake_send(struct fake_peer *peer, struct span bytes);
void fake_send_text(struct fake_peer *peer, const char *text);
void fake_end(struct fake_peer *peer);   /* behind what was sent: the end of the stream */
void fake_break(struct fake_peer *peer); /* a reset: what was not read is lost */
/* A reset with which the system keeps what came before; it is read first. */
void fake_break_behind(struct fake_peer *peer);
/* From now on the peer takes so many bytes more, then the writer blocks; SIZE_MAX: all. */
void fake_take_only(struct fake_peer *peer, size_t bytes);
/* Whether the peer's system acknowledges what it gets: while it does not, the peer has not read it.
 */
void fake_acknowledge(struct fake_peer *peer, bool does);

/* What the engine wrote and the test did not take. */
struct span fake_received(const struct fake_peer *peer);
void fake_forget(struct fake_peer *peer, size_t bytes);
/* All that the test sent; what the engine did not read of it. */
struct span fake_sent(const struct fake_peer *peer);
size_t fake_unread(const struct fake_peer *peer);
/* The engine ended its output; it closed the socket. */
bool fake_is_shut(const struct fake_peer *peer);
bool fake_is_closed(const struct fake_peer *peer);
/* Writes that arrived: what was written in one event is one. */
unsigned fake_writes(const struct fake_peer *peer);

/* Forgets hosts, peers and settings. Sockets that the engine left open are returned as a number:
 * a test wants 0. Call it before loop_free(). */
unsigned fake_fini(void);

/* Between the parts of the fake. */
bool fake_network_turn(struct loop *loop);
void fake_names_fini(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls/memory: where the TLS library keeps what it allocates. The two record buffers of a connection
 * are 25 KB, of which one that speaks SMTP commands ever touches two pages; mapped each by itself,
 * what is not touched costs nothing. Only where the library was built to take an allocator; a
 * packaged one takes what malloc() gives. Any thread.
 */
#ifndef CULVERT_TUNNELS_TLS_MEMORY_H
#define CULVERT_TUNNELS_TLS_MEMORY_H

/* Before any other call of the library. */
void tls_memory_init(void);

/* The content of a block is of no use any more, but for the first page: what was touched of the
 * rest goes back to the system and comes again as zeroes. */
void tls_memory_settle(void *block);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spool: the bytes of a message while they come in. They grow in memory and, above a threshold or
 * when all spools together hold too much memory, in an unlinked, mapped temporary file whose space
 * is allocated before it is mapped: a full disk is an error here, never a SIGBUS. Contiguous at all
 * times. Owned by one transaction; one thread at a time. Large memory is kept for the next message.
 */
#ifndef CULVERT_MESSAGE_SPOOL_H
#define CULVERT_MESSAGE_SPOOL_H

#include "engine/base/error.h"
#include "engine/base/span.h"

struct spool;

struct spool_limits {
    uint64_t max_bytes;    /* of one spool; 0: no limit but the address space */
    uint64_t memory_bytes; /* of one spool in memory [32 MiB] */
    uint64_t total_memory; /* of all spools of the process in memory [512 MiB] */
    const char *directory; /* for temporary files; NULL: $TMPDIR, else /var/tmp */
};
extern const struct spool_limits spool_limits_default;

/* Whether a message of that size could be kept, by what is free now. */
bool spool_has_room(const struct spool_limits *limits, uint64_t size);

struct spool *spool_new(const struct spool_limits *limits); /* `limits` must outlive it */
void spool_free(struct spool **spool);

/*
 * Room for at least one byte and, where it is cheap, `wanted` bytes behind the content. The caller
 * writes up to *room_out bytes there and then says spool_commit(). NULL: ENOSPC (disk), ENOMEM or
 * EFBIG (max_bytes) in err->code; what is there stays. Earlier spans are void.
 */
char *spool_reserve(struct spool *spool, size_t wanted, size_t *room_out,
                    struct error *err) MUST_USE;
void spool_commit(struct spool *spool, size_t len);
bool spool_add(struct spool *spool, struct span bytes, struct error *err) MUST_USE;

/* The content; valid until the next reserve. */
struct span spool_bytes(const struct spool *spool);
bool spool_is_file(const struct spool *spool);
/* It is a file because all spools together had too much in memory. */
bool spool_was_squeezed(const struct spool *spool);

#endif

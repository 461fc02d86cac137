/* SPDX-License-Identifier: Apache-2.0 */
/* exact_builder_write: the cells of a table as the bytes of an index. */
#include "engine/base/replace_file.h"
#include "rulesets/detection/exact/exact_builder_cells.h"
#include "rulesets/detection/exact/exact_check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* The sections, being written. */
struct output {
    const struct exact_builder *builder;
    struct exact_layout layout;
    char *bytes;
    uint64_t entry, shared; /* written so far */
    uint64_t bucket;        /* whose begin is to be written next */
};

static void put32(struct output *out, uint64_t section, uint64_t index, uint32_t number)
{
    number = htole32(number);
    memcpy(out->bytes + section + index * 4, &number, 4);
}

static void put64(struct output *out, uint64_t section, uint64_t index, uint64_t number)
{
    number = htole64(number);
    memcpy(out->bytes + section + index * 8, &number, 8);
}

static void put_in_filter(struct output *out, uint64_t place)
{
    uint64_t block = exact_filter_block(place, out->builder->head.blocks);
    char *at = out->bytes + out->layout.filter + block * EXACT_BLOCK;
    for (unsigned i = 0; i < EXACT_BLOCK / 4; i++) {
        uint32_t word;
        memcpy(&word, at + i * 4, 4);
        word |= htole32(exact_filter_bit(place, i));
        memcpy(at + i * 4, &word, 4);
    }
}

/* Those up to `last` begin with the entry that is written next. */
static void begin_buckets(struct output *out, uint64_t last)
{
    while (out->bucket <= last)
        put32(out, out->layout.buckets, out->bucket++, (uint32_t)out->entry);
}

static uint32_t share(struct output *out, const struct built_cell *cells, size_t count)
{
    uint64_t at = out->shared;
    put32(out, out->layout.shared, out->shared++, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        put32(out, out->layout.shared, out->shared++, cells[i].place);
    return EXACT_SHARED | (uint32_t)at;
}

static void put_entry(struct output *out, const struct built_cell *cells, size_t count, bool weak)
{
    uint32_t ref = weak ? EXACT_COMMON : count == 1 ? cells[0].place : share(out, cells, count);
    begin_buckets(out, cells[0].tag >> (64 - out->builder->head.bucket_bits));
    put64(out, out->layout.tags, out->entry, cells[0].tag);
    put32(out, out->layout.refs, out->entry, ref);
    put_in_filter(out, cells[0].filter);
    out->entry++;
}

/* Every place has a number, so that those of empty cells do not show either. */
static void put_marks(struct output *out)
{
    const struct exact_builder *builder = out->builder;
    uint32_t places = builder->head.rows * builder->head.columns;
    for (uint32_t i = 0; i < places; i++)
        put32(out, out->layout.marks, i, exact_keys_cover(&builder->keys, i));
    for (size_t i = 0; i < builder->count; i++) {
        uint32_t place = builder->cells[i].place & ~EXACT_SHARED;
        uint32_t cover = exact_keys_cover(&builder->keys, place);
        put32(out, out->layout.marks, place, builder->cells[i].mark ^ cover);
    }
}

static void put_name(struct output *out, uint32_t column, const void *bytes, size_t size)
{
    unsigned char name[EXACT_NAME_SIZE] = {0};
    memcpy(name, bytes, size);
    exact_keys_cover_name(&out->builder->keys, column, name);
    memcpy(out->bytes + out->layout.names + column * EXACT_NAME_SIZE, name, sizeof name);
}

static void put_names(struct output *out)
{
    const struct exact_builder *builder = out->builder;
    for (uint32_t i = 0; i < builder->head.columns; i++)
        put_name(out, i, builder->names[i], sizeof builder->names[i]);
    put_name(out, builder->head.columns, &builder->sizes, sizeof builder->sizes);
}

void exact_builder_fill(const struct exact_builder *builder, char *bytes)
{
    struct output out = {
        .builder = builder, .layout = exact_layout_of(&builder->head), .bytes = bytes};
    bool weak;
    memset(bytes, 0, builder->report.bytes);
    exact_head_write(&builder->head, bytes);
    put_names(&out);
    for (size_t first = 0, end; first < builder->count; first = end) {
        end = built_cells_end(builder, first, &weak);
        put_entry(&out, builder->cells + first, end - first, weak);
    }
    begin_buckets(&out, UINT64_C(1) << builder->head.bucket_bits);
    put_marks(&out);
    put64(&out, out.layout.whole, 0,
          sip_hash(&builder->keys.whole, span_of(bytes, (size_t)out.layout.whole)));
}

/* Its space is allocated before it is mapped: a full disk is an error, not a signal. */
static bool fill_file(const struct exact_builder *builder, struct replace_file *file,
                      struct error *err)
{
    size_t size = builder->report.bytes;
    int failed = posix_fallocate(file->fd, 0, (off_t)size);
    if (failed == 0 && fchmod(file->fd, 0640) != 0)
        failed = errno;
    if (failed != 0)
        return error_set_errno(err, failed, "cannot write %s", file->path);
    void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd, 0);
    if (mapped == MAP_FAILED)
        return error_set_errno(err, errno, "cannot write %s", file->path);
    exact_builder_fill(builder, mapped);
    bool good = msync(mapped, size, MS_SYNC) == 0;
    if (!good)
        (void)error_set_errno(err, errno, "cannot write %s", file->path);
    (void)munmap(mapped, size);
    return good;
}

bool exact_builder_write(const struct exact_builder *builder, const char *path, struct error *err)
{
    struct replace_file file;
    if (!replace_file_open(&file, path, err))
        return false;
    if (fill_file(builder, &file, err))
        return replace_file_commit(&file, err);
    replace_file_abandon(&file);
    return false;
}

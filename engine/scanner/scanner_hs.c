/* SPDX-License-Identifier: Apache-2.0 */
/* scanner_hs: by Hyperscan, or Vectorscan, which has the same calls. */
#include "engine/scanner/scanner.h"

#include "engine/base/mem.h"
#include "engine/scanner/scanner_cache.h"

#include <hs/hs.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

struct scanner {
    hs_database_t *database; /* NULL: none of the expressions could be held */
    size_t count;
    struct scanner_widths *widths; /* of each; least SIZE_MAX: not held */
};

struct scanner_scratch {
    hs_scratch_t *scratch;
};

/* What is being compiled, in the form that the library wants it. */
struct compiling {
    size_t count;
    size_t *index; /* among the caller's */
    char **sources;
    unsigned *flags, *ids;
};

const char *scanner_library(void)
{
    /* "5.4.11 2024-..." of Vectorscan, "5.4.0 2021-..." of Hyperscan, whose last is 5.4.2. */
    static _Thread_local char name[48];
    unsigned major = 0, minor = 0, patch = 0;
    if (hs_valid_platform() != HS_SUCCESS)
        return NULL;
    (void)sscanf(hs_version(), "%u.%u.%u", &major, &minor, &patch);
    bool vectorscan = major > 5 || (major == 5 && (minor > 4 || (minor == 4 && patch > 2)));
    (void)snprintf(name, sizeof name, "%s %u.%u.%u", vectorscan ? "Vectorscan" : "Hyperscan", major,
                   minor, patch);
    return name;
}

/* A match is told of by its ends; each begins where Oniguruma says. */
static unsigned flags_of(const struct scanner_expression *expression)
{
    return expression->caseless ? HS_FLAG_CASELESS : 0;
}

static bool measure(const char *source, unsigned flags, struct scanner_widths *widths_out,
                    struct error *err)
{
    hs_expr_info_t *info = NULL;
    hs_compile_error_t *problem = NULL;
    if (hs_expression_info(source, flags, &info, &problem) != HS_SUCCESS) {
        (void)error_set(err, "%s", problem ? problem->message : "it cannot be compiled");
        (void)hs_free_compile_error(problem);
        return false;
    }
    widths_out->least = info->min_width;
    widths_out->most = info->max_width == UINT_MAX ? SCANNER_WIDTH_ANY : info->max_width;
    bool ordered = !info->unordered_matches;
    free(info);
    return ordered || error_set(err, "its ends would come in no order");
}

bool scanner_measure(const struct scanner_expression *expression, struct scanner_widths *widths_out,
                     struct error *err)
{
    char *source = mem_copy(expression->source.ptr, expression->source.len);
    bool held = measure(source, flags_of(expression), widths_out, err);
    free(source);
    return held;
}

static void add(struct compiling *all, const struct scanner_expression *expression, size_t index)
{
    all->index[all->count] = index;
    all->sources[all->count] = mem_copy(expression->source.ptr, expression->source.len);
    all->flags[all->count] = flags_of(expression);
    all->ids[all->count] = expression->id;
    all->count++;
}

static void drop(struct compiling *all, size_t at)
{
    free(all->sources[at]);
    all->count--;
    for (size_t i = at; i < all->count; i++) {
        all->index[i] = all->index[i + 1];
        all->sources[i] = all->sources[i + 1];
        all->flags[i] = all->flags[i + 1];
        all->ids[i] = all->ids[i + 1];
    }
}

static void compiling_init(struct compiling *all, size_t count)
{
    *all = (struct compiling){.index = mem_alloc(count * sizeof *all->index),
                              .sources = mem_alloc(count * sizeof *all->sources),
                              .flags = mem_alloc(count * sizeof *all->flags),
                              .ids = mem_alloc(count * sizeof *all->ids)};
}

static void compiling_fini(struct compiling *all)
{
    for (size_t i = 0; i < all->count; i++)
        free(all->sources[i]);
    free(all->index);
    free(all->sources);
    free(all->flags);
    free(all->ids);
}

/* Leaves out, one after another, what the library names as too much for it. */
static bool compile(struct scanner *scanner, struct compiling *all, struct error *err)
{
    while (all->count > 0) {
        hs_compile_error_t *problem = NULL;
        hs_error_t result = hs_compile_multi((const char *const *)all->sources, all->flags,
                                             all->ids, (unsigned)all->count, HS_MODE_BLOCK, NULL,
                                             &scanner->database, &problem);
        if (result == HS_SUCCESS)
            return true;
        int named = problem ? problem->expression : -1;
        (void)error_set(err, "%s", problem ? problem->message : "the library failed");
        (void)hs_free_compile_error(problem);
        if (named < 0 || (size_t)named >= all->count)
            return false;
        scanner->widths[all->index[named]].least = SIZE_MAX;
        drop(all, (size_t)named);
        if (err)
            *err = (struct error)ERROR_INIT;
    }
    return true;
}

static bool compile_all(struct scanner *scanner, const struct scanner_expression *expressions,
                        struct error *err)
{
    struct compiling all;
    compiling_init(&all, scanner->count);
    for (size_t i = 0; i < scanner->count; i++) {
        struct error ignored = ERROR_INIT;
        if (scanner_measure(&expressions[i], &scanner->widths[i], &ignored))
            add(&all, &expressions[i], i);
        else
            scanner->widths[i].least = SIZE_MAX;
    }
    bool good = compile(scanner, &all, err);
    compiling_fini(&all);
    return good;
}

/* All that the database depends on. */
static void write_key(const struct scanner_expression *expressions, size_t count, struct buf *key)
{
    hs_platform_info_t platform;
    memset(&platform, 0, sizeof platform);
    (void)hs_populate_platform(&platform);
    buf_printf(key, "%s %u %llx %zu\n", hs_version(), platform.tune,
               (unsigned long long)platform.cpu_features, count);
    for (size_t i = 0; i < count; i++) {
        buf_printf(key, "%u %u %zu ", expressions[i].id, flags_of(&expressions[i]),
                   expressions[i].source.len);
        buf_add(key, expressions[i].source);
        buf_add_byte(key, '\n');
    }
}

/* The widths, then the database as the library writes it, if there is one. */
static bool take(struct scanner *scanner, struct span body)
{
    size_t widths_len = scanner->count * sizeof *scanner->widths;
    if (body.len < widths_len)
        return false;
    memcpy(scanner->widths, body.ptr, widths_len);
    struct span database = span_from(body, widths_len);
    return database.len == 0 ||
           hs_deserialize_database(database.ptr, database.len, &scanner->database) == HS_SUCCESS;
}

static void keep(const struct scanner *scanner, const char *cache, struct span key)
{
    struct buf body = BUF_INIT;
    char *bytes = NULL;
    size_t len = 0;
    buf_add(&body,
            span_of((const char *)scanner->widths, scanner->count * sizeof *scanner->widths));
    bool good =
        !scanner->database || hs_serialize_database(scanner->database, &bytes, &len) == HS_SUCCESS;
    if (good) {
        buf_add(&body, span_of(bytes, len));
        scanner_cache_write(cache, key, buf_span(&body));
    }
    free(bytes);
    buf_fini(&body);
}

static bool make(struct scanner *scanner, const struct scanner_expression *expressions,
                 const char *cache, struct error *err)
{
    struct buf key = BUF_INIT, body = BUF_INIT;
    bool good = false;
    if (cache) {
        write_key(expressions, scanner->count, &key);
        good = scanner_cache_read(cache, buf_span(&key), &body) && take(scanner, buf_span(&body));
    }
    if (!good) {
        good = compile_all(scanner, expressions, err);
        if (good && cache)
            keep(scanner, cache, buf_span(&key));
    }
    buf_fini(&key);
    buf_fini(&body);
    return good;
}

struct scanner *scanner_new(const struct scanner_expression *expressions, size_t count,
                            const char *cache, struct error *err)
{
    if (hs_valid_platform() != HS_SUCCESS || count > UINT_MAX)
        return NULL;
    struct scanner *scanner = mem_alloc(sizeof *scanner);
    scanner->count = count;
    scanner->widths = mem_alloc((count + 1) * sizeof *scanner->widths);
    if (!make(scanner, expressions, cache, err))
        scanner_free(&scanner);
    return scanner;
}

void scanner_free(struct scanner **slot)
{
    struct scanner *scanner = *slot;
    *slot = NULL;
    if (!scanner)
        return;
    (void)hs_free_database(scanner->database);
    free(scanner->widths);
    free(scanner);
}

bool scanner_widths(const struct scanner *scanner, size_t index, struct scanner_widths *widths_out)
{
    if (index >= scanner->count || scanner->widths[index].least == SIZE_MAX)
        return false;
    *widths_out = scanner->widths[index];
    return true;
}

struct scanner_scratch *scanner_scratch_new(const struct scanner *scanner)
{
    struct scanner_scratch *scratch = mem_alloc(sizeof *scratch);
    if (scanner->database && hs_alloc_scratch(scanner->database, &scratch->scratch) != HS_SUCCESS)
        abort(); /* out of memory, as in mem.h */
    return scratch;
}

void scanner_scratch_free(struct scanner_scratch **slot)
{
    struct scanner_scratch *scratch = *slot;
    *slot = NULL;
    if (!scratch)
        return;
    (void)hs_free_scratch(scratch->scratch);
    free(scratch);
}

struct telling {
    scanner_found *found;
    void *arg;
};

static int tell(unsigned id, unsigned long long from, unsigned long long end, unsigned flags,
                void *arg)
{
    const struct telling *telling = arg;
    (void)from;
    (void)flags;
    return telling->found(id, (size_t)end, telling->arg) ? 0 : 1;
}

bool scanner_scan(const struct scanner *scanner, struct scanner_scratch *scratch, struct span text,
                  scanner_found *found, void *arg)
{
    struct telling telling = {found, arg};
    if (!scanner->database || text.len == 0)
        return true;
    if (text.len > UINT_MAX)
        return false;
    hs_error_t result = hs_scan(scanner->database, text.ptr, (unsigned)text.len, 0,
                                scratch->scratch, tell, &telling);
    return result == HS_SUCCESS || result == HS_SCAN_TERMINATED;
}

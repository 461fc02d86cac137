/* SPDX-License-Identifier: Apache-2.0 */
/* index documents: the fingerprints of all texts of a folder, as an index that a configuration
 * names. */
#include "engine/base/replace_file.h"
#include "engine/commands/commands.h"
#include "engine/commands/document_files.h"
#include "engine/commands/scan.h"
#include "engine/message/codecs/codec_folded.h"
#include "engine/message/codecs/codec_transfer.h"
#include "engine/message/formats/codec_html.h"
#include "engine/message/formats/inline_file.h"
#include "rulesets/detection/documents/fingerprint.h"
#include "rulesets/detection/documents/index_build.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

struct indexing {
    const char *key, *exclude, *out, *folder;
    struct arena *arena;
    struct index_build *build;
    size_t incomplete; /* files that are not in the index, or not whole */
};

static bool usage(const char *what, const char *which)
{
    (void)fprintf(stderr, "culvert index documents: %s%s\n", what, which);
    return false;
}

static bool read_options(int argc, char **argv, struct indexing *in)
{
    static const struct option options[] = {{"key", required_argument, NULL, 'k'},
                                            {"exclude", required_argument, NULL, 'e'},
                                            {"out", required_argument, NULL, 'o'},
                                            {NULL, 0, NULL, 0}};
    in->out = "documents.index";
    optind = 0;
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        if (c == 'k')
            in->key = optarg;
        else if (c == 'e')
            in->exclude = optarg;
        else if (c == 'o')
            in->out = optarg;
        else
            return usage(c == ':' ? "a value is missing behind " : "no option ", argv[optind - 1]);
    }
    if (optind < argc)
        in->folder = argv[optind++];
    if (optind < argc)
        return usage("unexpected argument ", argv[optind]);
    if (!in->key)
        return usage("expected --key FILE", "");
    return in->folder || usage("expected a folder of documents", "");
}

static void complain(struct indexing *in, const char *path, const char *what)
{
    (void)fprintf(stderr, "culvert index documents: %s: %s\n", path, what);
    in->incomplete++;
}

/* What a part of a file says, in its first reading; neither its name nor fields of a message. */
static bool is_content(const struct scan_texts *texts, size_t i)
{
    const struct scan_text *text = &texts->items[i];
    bool numbered = text->part[0] >= '0' && text->part[0] <= '9';
    if ((!numbered && strcmp(text->part, "text") != 0) || text->view->codec == &codec_file_name)
        return false;
    for (size_t before = i; before-- > 0 && strcmp(texts->items[before].part, text->part) == 0;) {
        if (texts->items[before].view->codec != &codec_file_name)
            return false;
    }
    return true;
}

/* Returns how many letters and digits the longest of its texts has. */
static uint64_t add_texts(struct indexing *in, const struct scan_texts *texts)
{
    uint64_t most = 0;
    for (size_t i = 0; i < texts->count; i++) {
        struct view *view = texts->items[i].view;
        if (!is_content(texts, i))
            continue;
        uint64_t shown = codec_html_shown(view);
        if (shown < view->text.len)
            view = view_open(view, 0, shown, &codec_identity, view->part, NULL);
        uint64_t letters = index_build_text(in->build, view_as_folded(view)->text);
        most = letters > most ? letters : most;
    }
    return most;
}

static bool note_gaps(struct indexing *in, const char *path, const struct scan_texts *texts)
{
    for (size_t i = 0; i < texts->gap_count; i++) {
        const char *part = texts->gaps[i].part, *reason = uninspected_name(texts->gaps[i].reason);
        if (strcmp(part, "text") != 0)
            (void)fprintf(stderr, "culvert index documents: %s: part %s is not read: %s\n", path,
                          part, reason);
        else if (texts->gaps[i].reason == UNINSPECTED_CONTAINER)
            (void)fprintf(stderr, "culvert index documents: %s: is no text\n", path);
        else
            (void)fprintf(stderr, "culvert index documents: %s: is not all read: %s\n", path,
                          reason);
    }
    in->incomplete += texts->gap_count > 0;
    return texts->gap_count == 0;
}

static void end_document(struct indexing *in, const struct document_file *file, bool excluded,
                         bool whole, uint64_t letters)
{
    if (letters >= FINGERPRINT_GUARANTEE) {
        if (excluded)
            index_build_exclude(in->build);
        else
            (void)index_build_document(in->build, span_str(file->name));
        return;
    }
    if (!whole)
        return;
    (void)fprintf(stderr,
                  "culvert index documents: %s: too short: it has %llu letters and digits, and %u "
                  "are needed\n",
                  file->path, (unsigned long long)letters, FINGERPRINT_GUARANTEE);
    in->incomplete++;
}

static void add_file(struct indexing *in, const struct document_file *file, bool excluded)
{
    struct error err = ERROR_INIT;
    struct scan_file read;
    struct scan_texts texts;
    struct span name = span_str(file->name);
    if (file->why) {
        complain(in, file->path, file->why);
        return;
    }
    int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        complain(in, file->path, strerror(errno));
        return;
    }
    if (scan_file_read(fd, name, span_ends_nocase(name, SPAN(".eml")), &read, &err)) {
        scan_texts_of(&read, &texts);
        bool whole = note_gaps(in, file->path, &texts);
        end_document(in, file, excluded, whole, add_texts(in, &texts));
        scan_file_fini(&read);
    } else {
        complain(in, file->path, err.text);
    }
    (void)close(fd);
}

static bool add_folder(struct indexing *in, const char *folder, bool excluded)
{
    struct document_files files;
    struct error err = ERROR_INIT;
    if (!document_files_list(folder, in->arena, &files, &err))
        return usage(err.text, "");
    for (size_t i = 0; i < files.count; i++)
        add_file(in, &files.items[i], excluded);
    return true;
}

static void say_left_out(struct span name, void *arg)
{
    struct indexing *in = arg;
    (void)fprintf(stderr,
                  "culvert index documents: %.*s: left out: it has nothing that is not excluded or "
                  "common to many\n",
                  SPAN_ARG(name));
    in->incomplete++;
}

static bool write_file(const char *path, struct span bytes)
{
    struct replace_file file;
    struct error err = ERROR_INIT;
    if (!replace_file_open(&file, path, &err))
        return usage(err.text, "");
    if (!replace_file_add(&file, bytes, &err)) {
        replace_file_abandon(&file);
        return usage(err.text, "");
    }
    return replace_file_commit(&file, &err) || usage(err.text, "");
}

static void report(const struct indexing *in, const struct index_built *built, size_t size)
{
    (void)printf("%s: %u document%s, %u fingerprint%s, %zu bytes\n", in->out, built->documents,
                 built->documents == 1 ? "" : "s", built->fingerprints,
                 built->fingerprints == 1 ? "" : "s", size);
    if (built->copies > 0)
        (void)printf("copies of others, known by the first name: %u\n", built->copies);
    if (built->excluded > 0)
        (void)printf("fingerprints that do not count, as excluded: %u\n", built->excluded);
    if (built->common > 0)
        (void)printf("fingerprints that do not count, as common to many: %u\n", built->common);
    if (in->incomplete > 0)
        (void)printf("files that are not in it, or not whole: %zu\n", in->incomplete);
}

static bool finish(struct indexing *in)
{
    struct error err = ERROR_INIT;
    struct buf bytes = BUF_INIT;
    struct index_built built;
    bool good = index_build_finish(in->build, say_left_out, in, &bytes, &built, &err) ||
                usage(err.text, "");
    good = good && write_file(in->out, buf_span(&bytes));
    if (good)
        report(in, &built, bytes.len);
    buf_fini(&bytes);
    return good;
}

static int build(struct indexing *in)
{
    struct error err = ERROR_INIT;
    struct index_key key;
    if (!index_key_read(in->key, geteuid(), &key, &err)) {
        (void)usage(err.text, "");
        return EXIT_STATUS_ERROR;
    }
    in->arena = arena_new();
    in->build = index_build_new(&key);
    index_key_wipe(&key);
    bool good = !in->exclude || add_folder(in, in->exclude, true);
    good = good && add_folder(in, in->folder, false) && finish(in);
    index_build_free(&in->build);
    arena_free(&in->arena);
    return !good ? EXIT_STATUS_ERROR : in->incomplete > 0 ? EXIT_STATUS_INCOMPLETE : EXIT_STATUS_OK;
}

int command_index_documents(int argc, char **argv)
{
    struct indexing in = {.key = NULL};
    return read_options(argc, argv, &in) ? build(&in) : EXIT_STATUS_USAGE;
}

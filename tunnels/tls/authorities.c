/* SPDX-License-Identifier: Apache-2.0 */
/* The file of the authorities that peers' certificates are checked against. */
#include "tunnels/tls/inspect.h"
#include "tunnels/tls/pem.h"

#include <time.h>
#include <unistd.h>

struct authorities {
    struct reader *reader;
    const struct tls_file *file;
    enum tls_purpose purpose;
    bool of_system; /* of which nobody here can change one */
    size_t blocks;
    size_t authorities;
    size_t usable;
    bool some_valid;     /* of those that are usable */
    int64_t from, until; /* the first and the last of them */
    struct buf pem;
};

/* One that is trusted for itself alone is good too: a peer with a certificate of its own making. */
static bool is_authority(const mbedtls_x509_crt *certificate)
{
    return mbedtls_x509_crt_get_ca_istrue(certificate) == 1 || tls_is_self_issued(certificate);
}

static bool is_usable(const struct authorities *all, const mbedtls_x509_crt *certificate)
{
    const char *name = arena_printf(all->reader->arena, "authority %zu in %.*s (%s)", all->blocks,
                                    SPAN_ARG(all->file->path),
                                    tls_name_text(all->reader->arena, &certificate->subject));
    struct tls_subject subject = {all->reader, all->file, certificate, name};
    return all->of_system || tls_inspect_authority(&subject, all->purpose);
}

static void take_dates(struct authorities *all, const mbedtls_x509_crt *certificate)
{
    int64_t from = tls_time(&certificate->valid_from), until = tls_time(&certificate->valid_to);
    int64_t now = time(NULL);
    bool is_first = all->usable++ == 0;
    all->from = is_first || from < all->from ? from : all->from;
    all->until = is_first || until > all->until ? until : all->until;
    all->some_valid |= from <= now && now <= until;
}

static void take(struct authorities *all, const mbedtls_x509_crt *certificate, struct span pem)
{
    if (!is_authority(certificate))
        return;
    all->authorities++;
    buf_printf(&all->pem, "%.*s\n", SPAN_ARG(pem));
    if (is_usable(all, certificate))
        take_dates(all, certificate);
}

/* In a bundle of many there may be one with something that the library does not know. */
static void take_block(struct authorities *all, const struct pem_block *block)
{
    struct reader *reader = all->reader;
    const struct tls_file *file = all->file;
    mbedtls_x509_crt certificate;
    struct span pem = arena_copy(reader->arena, block->text);
    mbedtls_x509_crt_init(&certificate);
    int result = mbedtls_x509_crt_parse(&certificate, (const unsigned char *)pem.ptr, pem.len + 1);
    all->blocks++;
    if (result == 0)
        take(all, &certificate, pem);
    else
        node_warning(reader, &file->node, "certificate %zu in %.*s cannot be used: %s", all->blocks,
                     SPAN_ARG(file->path), tls_files_fault(result));
    mbedtls_x509_crt_free(&certificate);
}

static bool check(const struct authorities *all, struct span text)
{
    struct reader *reader = all->reader;
    const struct tls_file *file = all->file;
    if (all->blocks == 0)
        return tls_files_no_certificate(reader, file, text);
    if (all->authorities == 0)
        return node_error(reader, &file->node,
                          "expected the certificate of an authority in %.*s, got none that may "
                          "sign others",
                          SPAN_ARG(file->path));
    if (all->usable == 0)
        return node_error(reader, &file->node,
                          "expected an authority in %.*s that can be used, got none",
                          SPAN_ARG(file->path));
    return reader->forgives_dates || all->some_valid ||
           node_error(reader, &file->node,
                      "expected an authority in %.*s that is valid, got only ones that expired or "
                      "are not valid yet",
                      SPAN_ARG(file->path));
}

static bool read_all(struct authorities *all, struct span *out, struct tls_validity *validity_out)
{
    struct reader *reader = all->reader;
    struct span text;
    struct pem_block block;
    if (!tls_files_read(reader, all->file, TLS_PUBLIC, &text))
        return false;
    struct span rest = text;
    while (pem_next_of(&rest, SPAN("CERTIFICATE"), &block))
        take_block(all, &block);
    *out = arena_copy(reader->arena, buf_span(&all->pem));
    *validity_out =
        (struct tls_validity){arena_str(reader->arena, all->file->path), all->from, all->until};
    buf_fini(&all->pem);
    return check(all, text);
}

bool tls_files_authorities(struct reader *reader, const struct tls_file *file,
                           enum tls_purpose purpose, struct span *out,
                           struct tls_validity *validity_out)
{
    struct authorities all = {.reader = reader, .file = file, .purpose = purpose, .pem = BUF_INIT};
    return read_all(&all, out, validity_out);
}

bool tls_files_system_authorities(struct reader *reader, const struct tls_file *file,
                                  struct span *out, struct tls_validity *validity_out)
{
    const char *path = arena_str(reader->arena, file->path);
    struct authorities all = {.reader = reader,
                              .file = file,
                              .purpose = TLS_FOR_SERVER,
                              .of_system = true,
                              .pem = BUF_INIT};
    if (access(path, R_OK) == 0)
        return read_all(&all, out, validity_out);
    reader_note_file(reader, path);
    return node_error(reader, &file->node,
                      "expected ca_certs beside it, or the system's authorities in %s (on Debian "
                      "of the package ca-certificates), which cannot be read",
                      path);
}

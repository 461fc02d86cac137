/* SPDX-License-Identifier: Apache-2.0 */
/* The file of the authorities that peers' certificates are checked against. */
#include "tunnels/tls/inspect.h"
#include "tunnels/tls/pem.h"

#include <time.h>
#include <unistd.h>

struct authorities {
    size_t blocks;
    size_t authorities;
    int64_t until; /* the last of them */
    struct buf pem;
};

/* One that is trusted for itself alone is good too: a peer with a certificate of its own making. */
static bool is_authority(const mbedtls_x509_crt *certificate)
{
    return mbedtls_x509_crt_get_ca_istrue(certificate) == 1 || tls_is_self_issued(certificate);
}

static void take(struct authorities *all, const mbedtls_x509_crt *certificate, struct span pem)
{
    if (!is_authority(certificate))
        return;
    all->authorities++;
    int64_t until = tls_time(&certificate->valid_to);
    all->until = all->authorities == 1 || until > all->until ? until : all->until;
    buf_printf(&all->pem, "%.*s\n", SPAN_ARG(pem));
}

/* In a bundle of many there may be one with something that the library does not know. */
static void take_block(struct authorities *all, struct reader *reader, const struct tls_file *file,
                       const struct pem_block *block)
{
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

static bool check(const struct authorities *all, struct reader *reader, const struct tls_file *file,
                  struct span text)
{
    if (all->blocks == 0)
        return tls_files_no_certificate(reader, file, text);
    if (all->authorities == 0)
        return node_error(reader, &file->node,
                          "expected the certificate of an authority in %.*s, got none that may "
                          "sign others",
                          SPAN_ARG(file->path));
    return reader->forgives_dates || all->until >= time(NULL) ||
           node_error(reader, &file->node,
                      "expected an authority in %.*s that is valid, got only expired ones",
                      SPAN_ARG(file->path));
}

bool tls_files_authorities(struct reader *reader, const struct tls_file *file, struct span *out,
                           struct tls_validity *validity_out)
{
    struct authorities all = {.pem = BUF_INIT};
    struct span text;
    struct pem_block block;
    if (!tls_files_read(reader, file, TLS_PUBLIC, &text))
        return false;
    struct span rest = text;
    while (pem_next_of(&rest, SPAN("CERTIFICATE"), &block))
        take_block(&all, reader, file, &block);
    *out = arena_copy(reader->arena, buf_span(&all.pem));
    *validity_out = (struct tls_validity){arena_str(reader->arena, file->path), 0, all.until};
    buf_fini(&all.pem);
    return check(&all, reader, file, text);
}

bool tls_files_system_authorities(struct reader *reader, const struct tls_file *file,
                                  struct span *out, struct tls_validity *validity_out)
{
    const char *path = arena_str(reader->arena, file->path);
    if (access(path, R_OK) == 0)
        return tls_files_authorities(reader, file, out, validity_out);
    reader_note_file(reader, path);
    return node_error(reader, &file->node,
                      "expected ca_certs beside it, or the system's authorities in %s (on Debian "
                      "of the package ca-certificates), which cannot be read",
                      path);
}

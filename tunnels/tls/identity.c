/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate with its chain and its key, from their files into what a context takes. */
#include "tunnels/tls/files.h"
#include "tunnels/tls/inspect.h"
#include "tunnels/tls/pem.h"
#include "tunnels/tls/times.h"

#include <mbedtls/platform_util.h>
#include <mbedtls/psa_util.h>

/* A key of 16,384 bits, the library's largest, takes 13 KB. */
#define KEY_PEM_MAX 16000u

/* The library adds the numbers of an error and of its cause; what it calls them helps nobody. */
const char *tls_files_fault(int result)
{
    int error = -(-result & ~0x7f);
    if (error == MBEDTLS_ERR_PK_UNKNOWN_PK_ALG || error == MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG ||
        error == MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE || error == MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE)
        return "its kind of key or signature is not known here (RSA and EC are)";
    return error == MBEDTLS_ERR_X509_ALLOC_FAILED || error == MBEDTLS_ERR_PK_ALLOC_FAILED
               ? "out of memory"
               : "it is damaged";
}

/* One certificate of a file; complains. */
static bool parse_block(struct reader *reader, const struct tls_file *file, struct arena *arena,
                        const struct pem_block *block, size_t number, mbedtls_x509_crt *out)
{
    struct span pem = arena_copy(arena, block->text);
    int result = mbedtls_x509_crt_parse(out, (const unsigned char *)pem.ptr, pem.len + 1);
    return result == 0 ||
           node_error(reader, &file->node, "certificate %zu in %.*s cannot be used: %s", number,
                      SPAN_ARG(file->path), tls_files_fault(result));
}

bool tls_files_no_certificate(struct reader *reader, const struct tls_file *file, struct span text)
{
    /* A SEQUENCE with a length of two bytes: what is behind the PEM of each certificate. */
    bool der = span_starts(text, SPAN("\x30\x82"));
    return node_error(reader, &file->node, "expected a certificate in PEM form in %.*s, got %s",
                      SPAN_ARG(file->path),
                      text.len == 0 ? "an empty file"
                      : der         ? "the binary form (DER)"
                                    : "none");
}

static bool parse_chain(struct reader *reader, const struct tls_file *file, struct span text,
                        mbedtls_x509_crt *out, struct buf *pem_out)
{
    struct span rest = text;
    struct pem_block block;
    size_t number = 0;
    bool good = true;
    while (pem_next_of(&rest, SPAN("CERTIFICATE"), &block)) {
        good &= parse_block(reader, file, reader->arena, &block, ++number, out);
        buf_printf(pem_out, "%.*s\n", SPAN_ARG(block.text));
    }
    return number > 0 ? good : tls_files_no_certificate(reader, file, text);
}

static bool holds_key(struct span text)
{
    struct pem_block block;
    return pem_next_of(&text, SPAN("PRIVATE KEY"), &block);
}

static bool read_password(struct reader *reader, const struct tls_identity_files *files,
                          struct span *out)
{
    *out = SPAN("");
    return files->password.path.len == 0 || tls_files_password(reader, &files->password, out);
}

static bool key_error(struct reader *reader, const struct tls_identity_files *files,
                      const struct tls_file *file, int result)
{
    if (result == MBEDTLS_ERR_PK_PASSWORD_REQUIRED)
        return node_error(reader, &file->node,
                          "the key in %.*s is encrypted; expected certificate_key_password_file "
                          "beside it",
                          SPAN_ARG(file->path));
    if (result == MBEDTLS_ERR_PK_PASSWORD_MISMATCH)
        return node_error(reader, &files->password.node,
                          "the password in %.*s does not open the key in %.*s",
                          SPAN_ARG(files->password.path), SPAN_ARG(file->path));
    return node_error(reader, &file->node, "the key in %.*s cannot be used: %s",
                      SPAN_ARG(file->path), tls_files_fault(result));
}

static bool parse_key(struct reader *reader, const struct tls_identity_files *files,
                      const struct tls_file *file, struct span text, mbedtls_pk_context *out)
{
    struct span password;
    if (!holds_key(text))
        return node_error(reader, &file->node, "expected a private key in PEM form in %.*s",
                          SPAN_ARG(file->path));
    if (!read_password(reader, files, &password))
        return false;
    int result =
        mbedtls_pk_parse_key(out, (const unsigned char *)text.ptr, text.len + 1,
                             password.len > 0 ? (const unsigned char *)password.ptr : NULL,
                             password.len, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
    return result == 0 || key_error(reader, files, file, result);
}

/* In the clear, so that the password is not needed again. */
static bool keep_key(struct reader *reader, const struct tls_file *file, mbedtls_pk_context *key,
                     struct span *out)
{
    char pem[KEY_PEM_MAX];
    int result = mbedtls_pk_write_key_pem(key, (unsigned char *)pem, sizeof pem);
    if (result != 0)
        return node_error(reader, &file->node, "the key in %.*s cannot be used: %s",
                          SPAN_ARG(file->path), tls_files_fault(result));
    *out = arena_copy(reader->arena, span_str(pem));
    mbedtls_platform_zeroize(pem, sizeof pem);
    tls_files_wipe_later(reader->arena, *out);
    return true;
}

static bool check_pair(struct reader *reader, const struct tls_identity_files *files,
                       const struct tls_file *file, mbedtls_x509_crt *chain,
                       mbedtls_pk_context *key)
{
    int result =
        mbedtls_pk_check_pair(&chain->pk, key, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
    return result == 0 || node_error(reader, &file->node,
                                     "the key in %.*s is not the one of the certificate in %.*s",
                                     SPAN_ARG(file->path), SPAN_ARG(files->certificate.path));
}

static bool take_chain(struct reader *reader, const struct tls_file *file, mbedtls_x509_crt *chain,
                       struct span *text_out, struct span *pem_out)
{
    struct buf pem = BUF_INIT;
    bool good = tls_files_read(reader, file, TLS_PUBLIC, text_out) &&
                parse_chain(reader, file, *text_out, chain, &pem);
    *pem_out = arena_copy(reader->arena, buf_span(&pem));
    buf_fini(&pem);
    return good;
}

/* A file that holds both is read as a secret once more. */
static bool take_key(struct reader *reader, const struct tls_identity_files *files,
                     struct span chain_text, mbedtls_pk_context *key, struct span *pem_out)
{
    bool together = files->key.path.len == 0;
    const struct tls_file *file = together ? &files->certificate : &files->key;
    struct span text;
    if (together && chain_text.len == 0)
        return false; /* complained about */
    if (together && !holds_key(chain_text))
        return node_error(reader, &file->node,
                          "expected certificate_key beside it: there is no private key in %.*s",
                          SPAN_ARG(file->path));
    return tls_files_read(reader, file, TLS_SECRET, &text) &&
           parse_key(reader, files, file, text, key) && keep_key(reader, file, key, pem_out);
}

static struct tls_validity validity_of(struct reader *reader, const struct tls_file *file,
                                       const mbedtls_x509_crt *chain)
{
    struct tls_validity all = {arena_str(reader->arena, file->path), tls_time(&chain->valid_from),
                               tls_time(&chain->valid_to)};
    for (const mbedtls_x509_crt *at = chain->next; at && !tls_is_root(at); at = at->next) {
        int64_t from = tls_time(&at->valid_from), until = tls_time(&at->valid_to);
        all.from = from > all.from ? from : all.from;
        all.until = until < all.until ? until : all.until;
    }
    return all;
}

static bool take(struct reader *reader, const struct tls_identity_files *files,
                 enum tls_purpose purpose, mbedtls_x509_crt *chain, mbedtls_pk_context *key,
                 struct tls_identity *out)
{
    const struct tls_file *file = files->key.path.len == 0 ? &files->certificate : &files->key;
    struct span text = SPAN("");
    bool has_chain = take_chain(reader, &files->certificate, chain, &text, &out->chain);
    bool good = has_chain && tls_inspect_chain(reader, &files->certificate, purpose, chain);
    if (has_chain)
        out->validity = validity_of(reader, &files->certificate, chain);
    bool has_key = take_key(reader, files, text, key, &out->key);
    return has_chain && has_key && check_pair(reader, files, file, chain, key) && good;
}

bool tls_files_identity(struct reader *reader, const struct tls_identity_files *files,
                        enum tls_purpose purpose, struct tls_identity *out)
{
    mbedtls_x509_crt chain;
    mbedtls_pk_context key;
    mbedtls_x509_crt_init(&chain);
    mbedtls_pk_init(&key);
    bool good = take(reader, files, purpose, &chain, &key, out);
    mbedtls_x509_crt_free(&chain);
    mbedtls_pk_free(&key);
    return good;
}

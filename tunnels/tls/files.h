/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls/files: the certificates, keys and passwords that a configuration names: read, checked and
 * complained about at the key that names them. What is read lives in the reader's arena; what is
 * secret is overwritten when the arena goes. Each path is noted with the reader, also of a file
 * that cannot be read. Main thread.
 */
#ifndef CULVERT_TUNNELS_TLS_FILES_H
#define CULVERT_TUNNELS_TLS_FILES_H

#include "config/reader/node.h"
#include "tunnels/tls/settings.h"

struct tls_file {
    struct node node; /* the key that names it */
    struct span path; /* empty: none is named */
};

struct tls_identity_files {
    struct tls_file certificate;
    struct tls_file key;      /* none: the key stands in the file of the certificate */
    struct tls_file password; /* of the key; none: it is not encrypted */
};

enum tls_purpose { TLS_FOR_SERVER, TLS_FOR_CLIENT };

/* A certificate, its chain and its key. Whatever would make handshakes fail, or fail soon, is an
 * error; what only looks wrong is a warning. Dates are neither where the reader forgives them. */
bool tls_files_identity(struct reader *reader, const struct tls_identity_files *files,
                        enum tls_purpose purpose, struct tls_identity *out) MUST_USE;

/* The certificates of authorities, PEM, zero-terminated: those that may sign others of that
 * purpose. What is wrong with one is a warning; that none can be used is an error. */
bool tls_files_authorities(struct reader *reader, const struct tls_file *file,
                           enum tls_purpose purpose, struct span *out,
                           struct tls_validity *validity_out) MUST_USE;

/* The same of the system's own ones, which no key names: `file` has the key that asks for them. */
bool tls_files_system_authorities(struct reader *reader, const struct tls_file *file,
                                  struct span *out, struct tls_validity *validity_out) MUST_USE;

/* The first line of a file that only its owner can read. */
bool tls_files_password(struct reader *reader, const struct tls_file *file,
                        struct span *out) MUST_USE;

enum tls_secrecy { TLS_PUBLIC, TLS_SECRET };

/* The bytes of a file, zero-terminated. A secret one, and one with a private key in it whatever it
 * is read for, must be closed to others and belong to root or to the user of this process. */
bool tls_files_read(struct reader *reader, const struct tls_file *file, enum tls_secrecy secrecy,
                    struct span *out) MUST_USE;

/* The complaint that there is no certificate in `text`, which the file holds; returns false. */
bool tls_files_no_certificate(struct reader *reader, const struct tls_file *file, struct span text);

/* Why the library could not parse a certificate or key. */
const char *tls_files_fault(int result);

/* Warns about certificates, of several of a tunnel, that no client will ever be shown. */
void tls_files_warn_hidden(struct reader *reader, const struct tls_identity_files *files,
                           const struct tls_identity *identities, size_t count);

/* `secret`, of the arena, is overwritten when the arena is freed. */
void tls_files_wipe_later(struct arena *arena, struct span secret);

#endif

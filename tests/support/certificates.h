/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certificates: keys and X.509 certificates made in memory, for tests of TLS without files and
 * without keys in the repository. Ends the process where the library refuses. One thread.
 */
#ifndef CULVERT_TESTS_CERTIFICATES_H
#define CULVERT_TESTS_CERTIFICATES_H

#include "tunnels/tls/settings.h"

enum certificate_key { CERTIFICATE_EC, CERTIFICATE_RSA };

/* One alternative name; the tags are those of GeneralName: 1 mail, 2 DNS, 6 URI, 7 IP address. */
struct certificate_name {
    int tag;
    struct span value;
};

enum certificate_purpose {
    CERTIFICATE_ANY, /* without extended key usage */
    CERTIFICATE_SERVER,
    CERTIFICATE_CLIENT,
    CERTIFICATE_CODE_SIGNING
};

struct certificate_order {
    const char *subject;                  /* "CN=mail.example,O=Example" */
    const char *host;                     /* one DNS name, or NULL */
    const struct certificate_name *names; /* alternative names besides, tag 0 at the end; or NULL */
    const struct certificate *issuer;     /* NULL: signed by itself */
    enum certificate_key key;
    enum certificate_purpose purpose;
    bool is_authority;
    const char *from, *to; /* "20200101000000"; NULL: good from 2020 to 2099 */
};

struct certificate;

struct certificate *certificate_new(const struct certificate_order *order);
void certificate_free(struct certificate **certificate);

/* The PEM texts; they live as long as the certificate. */
struct tls_identity certificate_identity(const struct certificate *certificate);
struct span certificate_pem(const struct certificate *certificate);

/* What most tests need, made once a process and freed at its end. */
enum certificate_ready {
    READY_AUTHORITY,      /* signs the next ones */
    READY_SERVER_EC,      /* mail.example */
    READY_SERVER_RSA,     /* mail.example */
    READY_SERVER_EXPIRED, /* mail.example */
    READY_SERVER_ADDRESS, /* 192.0.2.1 and 2001:db8::1 */
    READY_SERVER_OTHER,   /* other.example, *.wild.example */
    READY_CLIENT,         /* CN=client, client@corp.example */
    READY_CLIENT_RSA,
    READY_CLIENT_EXPIRED,
    READY_CLIENT_FUTURE,
    READY_CLIENT_PURPOSE,    /* for signing code */
    READY_CLIENT_STRANGE,    /* of another authority */
    READY_SERVER_STRANGE,    /* mail.example of another authority */
    READY_STRANGE_AUTHORITY, /* signs those two */
    READY_COUNT
};
const struct certificate *certificate_ready(enum certificate_ready which);
void certificates_fini(void);

#endif

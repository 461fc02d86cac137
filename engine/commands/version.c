/* SPDX-License-Identifier: Apache-2.0 */
/* version: the one file that may ask every library for its name (tests/lint/layers.sh). */
#include "engine/commands/commands.h"
#include "engine/pattern/pattern.h"
#include "engine/scanner/scanner.h"

#include <gmime/gmime.h>
#include <idn2.h>
#include <jansson.h>
#include <mbedtls/version.h>
#include <microhttpd.h>
#include <stdio.h>
#include <uv.h>

int command_version(void)
{
    char mbedtls[18];
    mbedtls_version_get_string(mbedtls);
    (void)printf("culvert %s\n", CULVERT_VERSION);
    (void)printf("libuv %s\n", uv_version_string());
    (void)printf("Jansson %s\n", jansson_version_str());
    (void)printf("Oniguruma %s\n", pattern_library_version());
    const char *scanner = scanner_library();
    (void)printf("%s\n", scanner ? scanner : "no Hyperscan or Vectorscan");
    (void)printf("GMime %u.%u.%u\n", gmime_major_version, gmime_minor_version, gmime_micro_version);
    (void)printf("GLib %u.%u.%u\n", glib_major_version, glib_minor_version, glib_micro_version);
    /* Gumbo cannot be asked: this is what it was built against. */
    (void)printf("Gumbo %s\n", GUMBO_VERSION);
    (void)printf("libidn2 %s\n", idn2_check_version(NULL));
    (void)printf("libmicrohttpd %s\n", MHD_get_version());
    (void)printf("Mbed TLS %s\n", mbedtls);
    return EXIT_STATUS_OK;
}

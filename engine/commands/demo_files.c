/* SPDX-License-Identifier: Apache-2.0 */
/* The assembler includes the very files that the documents show, so they cannot drift apart. */
#include "engine/commands/demo_files.h"

#define EMBED(name, path)                                                                          \
    __asm__(".section .rodata\n"                                                                   \
            ".global demo_" name "_begin\n.global demo_" name "_end\n"                             \
            "demo_" name "_begin:\n.incbin \"" path "\"\ndemo_" name "_end:\n"                     \
            ".byte 0\n.previous\n")

EMBED("config", CULVERT_SOURCE_ROOT "/config/examples/demo.json");
EMBED("message", CULVERT_SOURCE_ROOT "/config/examples/sample.eml");

extern const char demo_config_begin[], demo_config_end[];
extern const char demo_message_begin[], demo_message_end[];

struct span demo_config(void)
{
    return span_of(demo_config_begin, (size_t)(demo_config_end - demo_config_begin));
}

struct span demo_message(void)
{
    return span_of(demo_message_begin, (size_t)(demo_message_end - demo_message_begin));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* index: what a configuration names as made beforehand: an index of a table or of documents. */
#include "engine/base/attrs.h"
#include "engine/commands/commands.h"

#include <stdio.h>
#include <string.h>

int command_index(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } kinds[] = {{"exact", command_index_exact}, {"documents", command_index_documents}};
    for (size_t i = 0; argc > 1 && i < ARRAY_LEN(kinds); i++) {
        if (strcmp(argv[1], kinds[i].name) == 0)
            return kinds[i].run(argc - 1, argv + 1);
    }
    (void)fprintf(stderr, "culvert index: expected \"exact\" or \"documents\"%s%s%s\n",
                  argc > 1 ? ", got \"" : "", argc > 1 ? argv[1] : "", argc > 1 ? "\"" : "");
    return EXIT_STATUS_USAGE;
}

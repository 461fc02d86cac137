/* SPDX-License-Identifier: Apache-2.0 */
/* demo_files: the example configuration and message that `culvert demo` uses, inside the program.
 */
#ifndef CULVERT_COMMANDS_DEMO_FILES_H
#define CULVERT_COMMANDS_DEMO_FILES_H

#include "engine/base/span.h"

struct span demo_config(void);  /* config/examples/demo.json */
struct span demo_message(void); /* config/examples/sample.eml, LF line ends */

#endif

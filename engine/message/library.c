/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/library.h"

#include <gmime/gmime.h>

void message_library_init(void)
{
    g_mime_init();
}

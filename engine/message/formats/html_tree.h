/* SPDX-License-Identifier: Apache-2.0 */
/* html_tree: walks Gumbo's tree, without recursion, and puts the text of a document together.
 * Internal to the HTML codec; one thread. */
#ifndef CULVERT_MESSAGE_FORMATS_HTML_TREE_H
#define CULVERT_MESSAGE_FORMATS_HTML_TREE_H

#include "engine/message/formats/html_text.h"

void html_tree_read(const GumboOutput *output, struct html_text *text);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/json_text.h"

#include "engine/base/utf8.h"

void json_text(struct buf *out, struct span text)
{
    buf_add_byte(out, '"');
    while (text.len > 0) {
        uint32_t code = 0;
        size_t len = utf8_decode(text, &code);
        if (len == 0)
            buf_add_str(out, UTF8_REPLACEMENT);
        else if (code == '"' || code == '\\')
            buf_printf(out, "\\%c", (char)code);
        else if (code < 0x20 || code == 0x7f)
            buf_printf(out, "\\u%04x", (unsigned)code);
        else
            buf_add(out, span_sub(text, 0, len));
        text = span_from(text, len > 0 ? len : 1);
    }
    buf_add_byte(out, '"');
}

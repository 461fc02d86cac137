/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner/dialect_write.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"

void class_set_add(struct class_set *set, unsigned first, unsigned last)
{
    for (unsigned c = first; c <= last && c < 128; c++)
        set->has[c] = true;
}

void class_set_fold(struct class_set *set)
{
    for (unsigned c = 'a'; c <= 'z'; c++) {
        unsigned upper = c - ('a' - 'A');
        set->has[c] = set->has[upper] = set->has[c] || set->has[upper];
    }
}

bool class_set_is_only(const struct class_set *set, char letter)
{
    for (unsigned c = 0; c < 128; c++) {
        if (set->has[c] && ascii_lower((char)c) != letter)
            return false;
    }
    return !set->above;
}

void class_set_invert(struct class_set *set)
{
    for (unsigned c = 0; c < 128; c++)
        set->has[c] = !set->has[c];
    set->above = true; /* those above that it names are not known */
}

bool class_set_of_letter(struct class_set *set, char letter)
{
    struct class_set own = {.above = true};
    switch (ascii_lower(letter)) {
    case 'h':
        class_set_add(&own, 'a', 'f');
        class_set_add(&own, 'A', 'F');
        class_set_add(&own, '0', '9');
        break;
    case 'd':
        class_set_add(&own, '0', '9');
        break;
    case 'w':
        class_set_add(&own, '0', '9');
        class_set_add(&own, 'a', 'z');
        class_set_add(&own, 'A', 'Z');
        class_set_add(&own, '_', '_');
        break;
    case 's':
        class_set_add(&own, '\t', '\r');
        class_set_add(&own, ' ', ' ');
        break;
    default:
        return false;
    }
    if (letter != ascii_lower(letter))
        class_set_invert(&own);
    for (unsigned c = 0; c < 128; c++)
        set->has[c] = set->has[c] || own.has[c];
    set->above = true;
    return true;
}

void write_byte(struct buf *out, char c)
{
    if (ascii_is_alnum(c))
        buf_add_byte(out, c);
    else
        buf_printf(out, "\\x%02x", (unsigned)(unsigned char)c);
}

void write_count(struct buf *out, struct count count)
{
    if (count.least == 1 && count.most == 1)
        return;
    if (count.least == 0 && count.most == 1)
        buf_add_byte(out, '?');
    else if (count.most == COUNT_ANY && count.least <= 1)
        buf_add_byte(out, count.least == 0 ? '*' : '+');
    else if (count.most == COUNT_ANY)
        buf_printf(out, "{%u,}", count.least);
    else if (count.most == count.least)
        buf_printf(out, "{%u}", count.least);
    else
        buf_printf(out, "{%u,%u}", count.least, count.most);
}

void write_class(struct buf *out, const struct class_set *set, struct count count)
{
    bool any = false;
    buf_add_byte(out, '[');
    for (unsigned c = 0; c < 128; c++) {
        unsigned last = c;
        if (!set->has[c])
            continue;
        while (last + 1 < 128 && set->has[last + 1])
            last++;
        write_byte(out, (char)c);
        if (last > c) {
            buf_add_byte(out, '-');
            write_byte(out, (char)last);
        }
        any = true;
        c = last;
    }
    if (set->above) {
        buf_add_str(out, "\\x80-\\xff");
        if (count.most != COUNT_ANY)
            count.most *= UTF8_MAX;
    } else if (!any) {
        buf_add_str(out, "\\x00-\\xff"); /* a class of nothing: anything is not too little */
    }
    buf_add_byte(out, ']');
    write_count(out, count);
}

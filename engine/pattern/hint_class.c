/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/pattern/hint_class.h"

#include "engine/base/ascii.h"

void class_add(struct class *class, unsigned char c)
{
    if (c < 64)
        class->low |= UINT64_C(1) << c;
    else if (c < 128)
        class->high |= UINT64_C(1) << (c - 64);
}

bool class_has(const struct class *class, unsigned char c)
{
    uint64_t half = c < 64 ? class->low : class->high;
    return c < 128 && (half >> (c % 64) & 1) != 0;
}

void class_add_range(struct class *class, unsigned first, unsigned last)
{
    for (unsigned c = first; c <= last && c < 128; c++)
        class_add(class, (unsigned char)c);
}

void class_fold(struct class *class)
{
    for (unsigned char c = 'a'; c <= 'z'; c++) {
        unsigned char upper = (unsigned char)ascii_upper((char)c);
        if (!class_has(class, c) && !class_has(class, upper))
            continue;
        class_add(class, c);
        class_add(class, upper);
        class->folded = true;
        if (class->text > HINT_LATIN)
            class->text = HINT_LATIN;
    }
}

void class_invert(struct class *class)
{
    class->low = ~class->low;
    class->high = ~class->high;
    class->text = HINT_ASCII;
}

static bool plain_letter(char letter, struct class *class)
{
    static const char letters[] = "tnr", bytes[] = "\t\n\r";
    const char *found = letter ? strchr(letters, letter) : NULL;
    if (!found)
        return false;
    *class = (struct class){.text = HINT_ANY};
    class_add(class, (unsigned char)bytes[found - letters]);
    return true;
}

bool class_of_letter(char letter, struct class *class)
{
    if (plain_letter(letter, class))
        return true;
    *class = (struct class){.text = HINT_ASCII};
    switch (ascii_lower(letter)) {
    case 'd':
        class_add_range(class, '0', '9');
        class->text = HINT_LATIN; /* no digits there */
        break;
    case 'w':
        class_add_range(class, '0', '9');
        class_add_range(class, 'A', 'Z');
        class_add_range(class, 'a', 'z');
        class_add(class, '_');
        break;
    case 's':
        class_add_range(class, '\t', '\r');
        class_add(class, ' ');
        break;
    case 'h':
        class_add_range(class, '0', '9');
        class_add_range(class, 'A', 'F');
        class_add_range(class, 'a', 'f');
        class->text = HINT_LATIN;
        break;
    default:
        return false;
    }
    if (ascii_lower(letter) != letter)
        class_invert(class);
    return true;
}

unsigned class_worth(const struct class *class)
{
    static const struct {
        int most;
        unsigned worth;
    } table[] = {{1, 8}, {2, 7}, {10, 4}, {26, 2}, {64, 1}};
    int count = __builtin_popcountll(class->low) + __builtin_popcountll(class->high);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (count <= table[i].most)
            return table[i].worth;
    }
    return 0;
}

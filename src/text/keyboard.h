/* keyboard.h: words typed while the keyboard was set to the other language.
 *
 * The same keys of the Russian (ЙЦУКЕН) and the American (QWERTY) layout of
 * Windows, both ways: "ghbdtn" is "привет", "руддщ" is "hello".
 */
#ifndef OTKLIK_TEXT_KEYBOARD_H
#define OTKLIK_TEXT_KEYBOARD_H

#include "base/str.h"

/* What the same keys give in the other layout: Latin letters and the keys of х ъ ж э б ю ё become
 * Cyrillic, or Cyrillic letters and the rest of their layout Latin. Other characters stay. Valid
 * UTF-8 comes out of any bytes. */
str keyboard_to_cyrillic(struct arena *a, str s);
str keyboard_to_latin(struct arena *a, str s);

/* Whether a text (a query, a line of chat) was probably typed in the wrong layout; *out is then
 * what was meant. Decides by how strange the words are to Russian and English as they stand
 * and after the change. Texts of more than KEYBOARD_BYTES are never
 * doubted. Rather says no: a word of fewer than three letters is not enough by itself. */
#define KEYBOARD_BYTES 1000
bool keyboard_mistyped(struct arena *a, str s, str *out);

#endif

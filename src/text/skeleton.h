/* skeleton.h: texts that look alike are equal in this form.
 *
 * After the skeletons of Unicode Technical Standard 39, section 4, with a small
 * table of our own: the letters of Latin, Cyrillic and Greek that one reads as
 * one another, whatever their case, marks and width; digits that stand for
 * letters; "rn" as "m". For comparing names, never for showing.
 */
#ifndef OTKLIK_TEXT_SKELETON_H
#define OTKLIK_TEXT_SKELETON_H

#include "base/str.h"

/* Words are separated by one space; punctuation and what is not seen goes. */
str text_skeleton(struct arena *a, str s);

#endif

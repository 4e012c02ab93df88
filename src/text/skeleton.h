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

/* A folded word that mixes Latin and Cyrillic letters of the same look ("зaкaз" with a Latin a) in
 * one script, the one that most of its letters are of first. Returns how many of out[]: 0 when it
 * is of one script already, or when some letter has no double. */
size_t text_unmixed(struct arena *a, str word, str out[2]);

#endif

/* addr.h: e-mail addresses and phone numbers: checked, normalised, masked. */
#ifndef OTKLIK_TEXT_ADDR_H
#define OTKLIK_TEXT_ADDR_H

#include "base/str.h"

/* A bare address (no display name) that can be written to: a dot-atom of at
 * most 64 bytes, @, and a domain of at most 253 with a dot in it; both may have
 * UTF-8 letters (RFC 6531). Quoted local parts and [literals] are refused:
 * nobody who writes to a support desk has one, and forgers do. */
bool email_is_valid(str s);
/* Trimmed, the domain in lower case (an international one stays as it is
 * written). False when it is not valid. */
bool email_normal(struct arena *a, str s, str *out);
/* The form for comparing: email_normal and text_fold, as a whole. False as above. */
bool email_key(struct arena *a, str s, str *out);
/* The part after the last @, or "". */
str email_domain(str s);

/* The digits of a phone number with its country, without plus: "+7 (495) 123-45-67"
 * and "8 495 123-45-67" both give "74951234567"; a leading 00 is a plus. False
 * unless 7 to 15 digits remain and nothing but " -().+/" and spaces stood between. */
bool phone_normal(struct arena *a, str s, str *out);

/* "anna@x.ru" -> "a•••@x.ru"; what is no address gives mask_other. */
str mask_email(struct arena *a, str s);
/* "+74951234567" -> "+7 ••• ••-67"; without a country "••• ••-67". */
str mask_phone(struct arena *a, str s);
/* Any other identity: its first character and "•••". */
str mask_other(struct arena *a, str s);
/* One value of unknown kind. */
str mask_any(struct arena *a, str s);

/* Masks in a text whatever looks like an address or a phone number, and each
 * of the given values (whatever its case; phone numbers however they are
 * grouped). The rest of the text is unchanged. Time grows with text.n * n. */
str text_mask(struct arena *a, str text, const str *values, size_t n);

#endif

/* charset.h: bytes of some charset, rightly or wrongly named, to UTF-8.
 *
 * Labels follow the WHATWG Encoding Standard where mail needs it (gb2312 means
 * GB18030, iso-8859-1 means windows-1252, ks_c_5601-1987 means CP949). A label
 * that is unknown, missing or contradicted by the bytes makes the reader guess.
 * Bytes that have no meaning become U+FFFD; the result never holds NUL.
 */
#ifndef OTKLIK_MIME_CHARSET_H
#define OTKLIK_MIME_CHARSET_H

#include "base/str.h"

/* bytes in the charset `label` (may be empty or nonsense) as UTF-8. */
str charset_decode(struct arena *a, str bytes, str label);
/* The likeliest charset of bytes that nobody labelled: "utf-8", "windows-1251",
 * "koi8-r", "ibm866", "iso-2022-jp", "utf-16le", "utf-16be" or "windows-1252". Looks at 64 KiB. */
const char *charset_guess(str bytes);

#endif

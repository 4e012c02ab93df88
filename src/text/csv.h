/* csv.h: cells of comma-separated values (RFC 4180) for spreadsheets. */
#ifndef OTKLIK_TEXT_CSV_H
#define OTKLIK_TEXT_CSV_H

#include "base/buf.h"

/* Appends one cell, quoted where it must be. Text that a spreadsheet would take for a formula (it
 * begins with = + - @, a tab or a line end, also behind spaces or in their wide forms) gets an
 * apostrophe in front; numbers stay numbers. Control characters become spaces. */
void csv_cell(struct buf *out, str s);

#endif

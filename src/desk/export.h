/* export.h: tickets with their messages, one JSON object a line. */
#ifndef OTKLIK_DESK_EXPORT_H
#define OTKLIK_DESK_EXPORT_H

#include "base/buf.h"
#include "desk/desk.h"

/* Right export. Appends the visible tickets with an id above `after` to *out,
 * masked, at most `limit` (0 = 100) or until *out is 8 MiB long; *last = the last id written, 0 =
 * none. Of a ticket whose texts pass 16 MiB the oldest stay out ("older_left_out"). Reading only:
 * that an export was made is recorded by desk_export_made. */
enum err desk_export_tickets(const struct desk *d, struct arena *a, struct db_conn *c,
                             const struct actor *actor, int64_t after, int limit, struct buf *out,
                             int64_t *last, int64_t *count, struct error *e) MUST_USE;
/* Event export.made. */
enum err desk_export_made(const struct desk *d, struct db_conn *tx, const struct actor *actor,
                          str what, int64_t count, struct error *e) MUST_USE;

#endif

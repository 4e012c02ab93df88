/* merge.h: merges and splits, each of which can be undone.
 *
 * A merge moves rows for good and writes down which; undoing moves back exactly
 * those that are still where they were put. What came later stays.
 */
#ifndef OTKLIK_DESK_MERGE_H
#define OTKLIK_DESK_MERGE_H

#include "desk/desk.h"
#include "store/merge.h"

/* Right ticket.merge. Puts `from` into `into`: messages, side threads,
 * participants, tags; `from` is closed and says where it went. Both must be
 * visible, of one brand, neither merged away; ERR_INVALID "error.merge_self",
 * ERR_CONFLICT "error.merged_already", ERR_INVALID "error.other_brand". */
enum err desk_ticket_merge(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, int64_t from, int64_t into, struct merge *out,
                           struct error *e) MUST_USE;
/* Right ticket.merge. Moves messages of the main thread to a new ticket of the same
 * contact, line, brand; ERR_INVALID "error.split_all" when nothing would stay. */
enum err desk_ticket_split(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, int64_t ticket_id, const int64_t *messages,
                           size_t n, str subject, struct merge *out, struct error *e) MUST_USE;
/* Right contact.merge. Identities, tickets and words of `from` become `into`'s. */
enum err desk_contact_merge(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t from, int64_t into,
                            struct merge *out, struct error *e) MUST_USE;
/* Right ticket.merge or contact.merge by its kind. ERR_CONFLICT
 * "error.undone_already"; "error.undo_later_first" when a later merge stands on it. */
enum err desk_merge_undo(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, int64_t merge_id, struct merge *out,
                         struct error *e) MUST_USE;

#endif

/* merge_internal.h: what merges of tickets and of contacts share. */
#ifndef OTKLIK_DESK_MERGE_INTERNAL_H
#define OTKLIK_DESK_MERGE_INTERNAL_H

#include "desk/merge.h"
#include "desk/merge_moved.h"
#include "events/event.h"

/* Every row of the record that is still at `from` goes to `into`. */
enum err desk_move_all(struct db_conn *tx, const struct moved *m, int64_t from, int64_t into,
                       struct error *e) MUST_USE;
/* ERR_CONFLICT "error.undo_later_first" when a later merge, not undone, moved
 * some of the same rows. */
enum err desk_check_later(struct arena *a, struct db_conn *tx, const struct merge *m,
                          const struct moved *moved, struct error *e) MUST_USE;
enum err desk_contact_unmerge(struct arena *a, struct db_conn *tx, const struct actor *actor,
                              const struct merge *m, usec now, struct error *e) MUST_USE;
void desk_tell_undone(struct db_conn *tx, const struct actor *actor, struct event_about about,
                      const struct merge *m, usec now);

#endif

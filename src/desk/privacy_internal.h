/* privacy_internal.h: what the files of privacy.h share. */
#ifndef OTKLIK_DESK_PRIVACY_INTERNAL_H
#define OTKLIK_DESK_PRIVACY_INTERNAL_H

#include "desk/privacy.h"
#include "desk/ticket_internal.h"

/* {"ids":[..]} */
str privacy_ids(struct arena *a, struct id_list ids);
/* Puts the run's job. */
enum err privacy_queue(struct arena *a, struct db_conn *tx, const struct erasure *x, usec now,
                       struct error *e) MUST_USE;
/* Closes what is not over, takes the tickets' texts, tells of it. keep: with a tombstone. */
enum err privacy_erase_tickets(struct arena *a, struct db_conn *tx, const struct actor *actor,
                               struct id_list ids, int64_t erasure_id, bool keep, usec now,
                               struct error *e) MUST_USE;
/* The messages' contents, with a tombstone if keep. */
enum err privacy_erase_messages(struct arena *a, struct db_conn *tx, struct id_list ids, bool keep,
                                usec now, struct error *e) MUST_USE;
/* Files of a ticket, with a tombstone if keep. */
enum err privacy_erase_files(struct arena *a, struct db_conn *tx, int64_t ticket_id, bool keep,
                             usec now, struct error *e) MUST_USE;
/* One step of a retention run; *over: the rule has nothing left for this run. */
enum err privacy_retention_step(struct arena *a, struct db_conn *tx, struct erasure *x, usec now,
                                bool *over, struct error *e) MUST_USE;
/* Blocks the spans out, without asking; until: only in a message that is not younger. */
enum err privacy_redact(struct arena *a, struct db_conn *tx, const struct actor *actor,
                        int64_t message_id, const struct redact_input *in, usec until, usec now,
                        struct error *e) MUST_USE;
/* The tombstone's JSON of a redaction, and back. */
str privacy_spans_write(struct arena *a, int64_t message_id, const struct redact_input *in);
enum err privacy_spans_read(struct arena *a, str json, int64_t *message_id,
                            struct redact_input *out, struct error *e) MUST_USE;

#endif

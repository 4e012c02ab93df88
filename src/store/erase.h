/* erase.h: taking texts out of rows. Ids, times and kinds stay, so that threads
 * and the event chain stay whole.
 *
 * Invariants
 *  - What is taken out of a row is taken out of the search index in the same
 *    transaction, and blobs that it named are doomed (store/blob_doomed.h).
 *  - Nothing here asks for rights, holds or tombstones: desk/privacy.h does.
 *  - `until`: rows made later are left alone; a restored backup may give the
 *    ids of erased rows to new ones.
 */
#ifndef OTKLIK_STORE_ERASE_H
#define OTKLIK_STORE_ERASE_H

#include "db/db.h"

struct id_list {
	int64_t *p;
	size_t n;
};

/* The contact and all contacts merged into it, ascending. */
enum err erase_contact_tree(struct arena *a, struct db_conn *c, int64_t id, struct id_list *out,
                            struct error *e) MUST_USE;
/* Mail addresses and other identities of these contacts: as compared (in lower case). */
enum err erase_contact_addresses(struct arena *a, struct db_conn *c, struct id_list contacts,
                                 str **out, size_t *n, struct error *e) MUST_USE;

/* What is still to be erased, at most `limit`, ascending. */
enum err erase_find_messages(struct arena *a, struct db_conn *c, struct id_list contacts,
                             usec until, int limit, struct id_list *out, struct error *e) MUST_USE;
enum err erase_find_tickets(struct arena *a, struct db_conn *c, struct id_list contacts, usec until,
                            int limit, struct id_list *out, struct error *e) MUST_USE;
enum err erase_find_in_ticket(struct arena *a, struct db_conn *c, int64_t ticket_id, int limit,
                              struct id_list *out, struct error *e) MUST_USE;
/* Of these, those not erased and not younger than `until`. */
enum err erase_messages_left(struct arena *a, struct db_conn *c, struct id_list ids, usec until,
                             struct id_list *out, struct error *e) MUST_USE;
enum err erase_tickets_left(struct arena *a, struct db_conn *c, struct id_list ids, usec until,
                            struct id_list *out, struct error *e) MUST_USE;
/* The next `limit` rows of the ledger after *after (moved on): those that came from the addresses.
 * *more: there are rows behind. */
enum err erase_find_intake(struct arena *a, struct db_conn *c, const str *addresses, size_t n,
                           int64_t *after, int limit, struct id_list *out, bool *more,
                           struct error *e) MUST_USE;

/* Texts, names, addresses, files, raw letters, deliveries, waiting letters, ledger rows. */
enum err erase_messages(struct arena *a, struct db_conn *tx, struct id_list ids, usec now,
                        struct error *e) MUST_USE;
/* Subject, snippet, field values, participants, subjects of side threads, ledger rows. */
enum err erase_tickets(struct arena *a, struct db_conn *tx, struct id_list ids, usec now,
                       struct error *e) MUST_USE;
/* Rows of the ledger received until then; what waits in quarantine is rejected. */
enum err erase_intake(struct arena *a, struct db_conn *tx, struct id_list ids, usec until, usec now,
                      struct error *e) MUST_USE;
/* Name, note, attributes, identities, their part in others' tickets, reasons of lifted holds. */
enum err erase_contacts(struct arena *a, struct db_conn *tx, struct id_list contacts, usec now,
                        struct error *e) MUST_USE;
/* Files and raw letters of a ticket; texts stay. */
enum err erase_ticket_files(struct arena *a, struct db_conn *tx, int64_t ticket_id, usec now,
                            struct error *e) MUST_USE;
/* Some files of one message; its raw letter holds them and goes too. */
enum err erase_attachments(struct arena *a, struct db_conn *tx, int64_t message_id,
                           struct id_list ids, usec now, struct error *e) MUST_USE;
/* Answers that the API kept for repeated requests. */
enum err erase_kept_answers(struct db_conn *tx, struct error *e) MUST_USE;

/* What goes with a contact, to be shown before. */
struct erase_counts {
	int64_t tickets, messages, files, bytes, ledger, identities;
};
enum err erase_count(struct arena *a, struct db_conn *c, struct id_list contacts,
                     struct erase_counts *out, struct error *e) MUST_USE;

#endif

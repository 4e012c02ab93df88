/* ticket_internal.h: what the verbs about tickets share.
 *
 * A verb reads a ticket by desk_ticket_open, changes the struct, and writes it
 * once by desk_ticket_save; messages go in by desk_add_message, which keeps the
 * derived columns of the struct up to date.
 */
#ifndef OTKLIK_DESK_TICKET_INTERNAL_H
#define OTKLIK_DESK_TICKET_INTERNAL_H

#include "desk/reply.h"
#include "desk/ticket.h"
#include "store/inbox.h"

enum {
	SUBJECT_MAX = 250,    /* characters */
	TEXT_MAX = 200000,    /* bytes of a text that a person types, times four for UTF-8 */
	RECIPIENTS_MAX = 100, /* of one letter */
	FILES_MAX = 50,
	TAGS_MAX = 50,
	BULK_MAX = 200,
};

/* ---- texts ---- */

/* Valid UTF-8, LF line ends. */
str desk_text(struct arena *a, str s);
/* One line of at most so many characters. */
str desk_line(struct arena *a, str s, size_t max);
/* ERR_INVALID "error.placeholder" with what was left unfilled. */
enum err desk_check_placeholders(str text, struct error *e) MUST_USE;

/* ---- tickets ---- */

/* Locks, then reads what the actor sees. */
enum err desk_ticket_open(struct arena *a, struct db_conn *tx, const struct actor *actor,
                          int64_t id, struct ticket *out, struct error *e) MUST_USE;
/* The same for the service; if it was merged away, the one it went into. */
enum err desk_ticket_open_living(struct arena *a, struct db_conn *tx, int64_t id,
                                 struct ticket *out, struct error *e) MUST_USE;
enum err desk_ticket_save(struct arena *a, struct db_conn *tx, struct ticket *t, usec now,
                          struct error *e) MUST_USE;
static inline struct event_about desk_about(const struct ticket *t)
{
	return (struct event_about){t->id, t->line_id, t->brand_id};
}
/* Sets the status with its times, and waiting_since when it is over; the event.
 * by_customer: what was settled stays settled. */
enum err desk_set_status(struct arena *a, struct db_conn *tx, const struct actor *actor,
                         struct ticket *t, enum ticket_status status, bool by_customer, usec now,
                         struct error *e) MUST_USE;
/* To another line (an active one: else ERR_INVALID, field "line_id"): who loses sight of the ticket
 * learns by an event of the old line. Its assignee loses it if they do not see the new line. */
enum err desk_move_line(struct arena *a, struct db_conn *tx, const struct actor *actor,
                        struct ticket *t, int64_t line_id, bool keep_assignee, usec now,
                        struct error *e) MUST_USE;
void desk_changed(struct db_conn *tx, const struct actor *actor, const struct ticket *t, usec now,
                  const char *field, int64_t from, int64_t to);
/* Fields and tags, with events. */
enum err desk_set_tags(struct arena *a, struct db_conn *tx, const struct actor *actor,
                       const struct ticket *t, const str *tags, size_t n, usec now,
                       struct error *e) MUST_USE;
enum err desk_set_fields(struct arena *a, struct db_conn *tx, const struct actor *actor,
                         const struct ticket *t, const struct field_input *fields, size_t n,
                         usec now, struct error *e) MUST_USE;
/* An active account that sees line and brand and may read: else ERR_INVALID "error.bad_assignee".
 */
enum err desk_check_assignee(struct arena *a, struct db_conn *tx, int64_t account_id,
                             int64_t line_id, int64_t brand_id, struct error *e) MUST_USE;
/* The inbox that writes for the ticket: its own when active, else the first
 * active one of its brand. ERR_INVALID "error.no_inbox". */
enum err desk_sender(struct arena *a, struct db_conn *c, const struct ticket *t, struct inbox *out,
                     struct error *e) MUST_USE;
/* What is known of a ticket that this job has just made, and need not be asked. */
struct ticket_made {
	struct contact contact; /* as it was before, with identities */
	str author_address;     /* of the customer's first message; "" = an agent began */
	int64_t read_message_id;
	bool tags, fields, copies; /* there may be some */
};
/* As desk_ticket_show, for that ticket. */
enum err desk_ticket_show_made(struct arena *a, struct db_conn *c, const struct actor *actor,
                               const struct ticket *t, const struct ticket_made *made, usec now,
                               struct ticket_full *out, struct error *e) MUST_USE;
/* The contact's address that wrote last (STR_NONE: no matter), else its first; "" = it has none. */
str desk_contact_address(struct arena *a, const struct contact *ct, str last);
/* Where an answer goes: the contact's address in the last letter, else the first of its
 * addresses; address "" = there is none. */
enum err desk_reply_address(struct arena *a, struct db_conn *c, const struct ticket *t,
                            struct address *out, struct error *e) MUST_USE;
/* The same where the contact has been read. */
enum err desk_reply_address_of(struct arena *a, struct db_conn *c, const struct ticket *t,
                               const struct contact *ct, struct address *out,
                               struct error *e) MUST_USE;

/* Masks a row of a list, for actors who may not see addresses. */
void desk_mask_row(struct arena *a, const struct actor *actor, struct ticket_row *row);

/* ---- messages ---- */

/* What came in, cleaned, as a row (created now) and its files. */
struct message desk_inbound_message(struct arena *a, const struct inbound *in,
                                    enum message_kind kind, int64_t contact_id, usec now);
struct attachment *desk_inbound_files(struct arena *a, const struct inbound *in);
/* The ticket of a message, locked, and the message as it is under the lock. */
enum err desk_message_open(struct arena *a, struct db_conn *tx, const struct actor *actor,
                           int64_t id, struct message *m, struct ticket *t,
                           struct error *e) MUST_USE;

/* Inserts m with its files (rows only), keeps *t in step, records message.added. */
enum err desk_add_message(struct arena *a, struct db_conn *tx, const struct actor *actor,
                          struct ticket *t, struct message *m, const struct attachment *files,
                          size_t n_files, struct error *e) MUST_USE;
/* The same for the message that a new ticket begins with: inserts both, each once. */
enum err desk_begin_ticket(struct arena *a, struct db_conn *tx, const struct actor *actor,
                           struct ticket *t, struct message *m, const struct attachment *files,
                           size_t n_files, struct error *e) MUST_USE;
/* The actor's uploads as files, marked as used. */
enum err desk_take_uploads(struct arena *a, struct db_conn *tx, const struct actor *actor,
                           const int64_t *ids, size_t n, usec now, struct attachment **out,
                           size_t *n_out, struct error *e) MUST_USE;
/* Delivery rows for all recipients of m, and the job that sends it. was, is: the
 * ticket's status before and after, so that taking it back can restore it. */
enum err desk_queue_letter(struct arena *a, struct db_conn *tx, const struct message *m,
                           enum ticket_status was, enum ticket_status is, const int64_t *uploads,
                           size_t n_uploads, usec due, usec now, struct error *e) MUST_USE;

/* ---- addresses ---- */

/* Checked, normalised, each once, none of ours, none of those in `but`.
 * `field` for errors ("cc"). */
enum err desk_addresses(struct arena *a, struct db_conn *c, const struct address *in, size_t n,
                        const char *field, const struct address *but, size_t n_but,
                        struct address **out, size_t *n_out, struct error *e) MUST_USE;
/* Whom a letter of a side thread goes to: `to`, or its partners when there is
 * none. ERR_INVALID "error.is_requester". */
enum err desk_thread_recipients(struct arena *a, struct db_conn *tx, const struct ticket *t,
                                int64_t thread_id, const struct address *to, size_t n_to,
                                struct recipients *r, struct error *e) MUST_USE;
/* Makes those participants who are none yet; also not the ticket's contact. */
enum err desk_join(struct arena *a, struct db_conn *tx, const struct actor *actor,
                   const struct ticket *t, int64_t thread_id, const char *role,
                   const struct address *who, size_t n, usec now, struct error *e) MUST_USE;
/* A letter shows its recipients to each other: an actor who may not see addresses writes only to
 * the ticket's contact and to those who take part in this thread (0: the main one) already.
 * ERR_DENIED otherwise. */
enum err desk_known_addresses(struct arena *a, struct db_conn *c, const struct actor *actor,
                              const struct ticket *t, int64_t thread_id, const struct address *in,
                              size_t n, const char *field, struct error *e) MUST_USE;
/* Is this (normalised) one of the contact's addresses? */
enum err desk_is_contact(struct arena *a, struct db_conn *c, int64_t contact_id, str address_norm,
                         bool *out, struct error *e) MUST_USE;

#endif

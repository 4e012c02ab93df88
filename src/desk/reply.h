/* reply.h: answers, notes, and what becomes of letters that leave. */
#ifndef OTKLIK_DESK_REPLY_H
#define OTKLIK_DESK_REPLY_H

#include "desk/desk.h"
#include "desk/ticket.h"
#include "store/attachment.h"
#include "store/delivery.h"

/* The job that sends a message: kind "send", key "message:<id>", payload {"message_id":7}. */
#define DESK_JOB_SEND "send"

struct message_input {
	enum message_kind kind; /* MESSAGE_AGENT or MESSAGE_NOTE */
	str text;
	int64_t thread_id; /* a side thread, 0 = the main one */
	bool has_to, has_cc;
	const struct address *to, *cc, *bcc; /* default: the requester, the participants */
	size_t n_to, n_cc, n_bcc;
	const int64_t *uploads;
	size_t n_uploads;
	int64_t seen_message_id; /* 0 = not checked; ERR_CONFLICT "error.newer_message" */
	bool has_status;
	enum ticket_status status; /* after it; default: new becomes open by an answer */
};
/* Right ticket.reply, ticket.note or (thread_id) ticket.side. ERR_INVALID
 * "error.placeholder" when {{..}} or %%..%% is left in the text,
 * "error.no_recipient" when nobody would get it. */
enum err desk_message_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, int64_t ticket_id,
                             const struct message_input *in, int64_t *message_id,
                             struct error *e) MUST_USE;
/* Takes an answer back that has not left: ERR_CONFLICT "error.already_sent"
 * otherwise. The row stays with warning "cancelled", without deliveries. */
enum err desk_message_cancel(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, int64_t message_id, int64_t *ticket_id,
                             struct error *e) MUST_USE;
/* Queues the failed and bounced recipients again; ERR_CONFLICT "error.nothing_failed". */
enum err desk_message_retry(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t message_id,
                            struct error *e) MUST_USE;
/* What the sender or a bounce says about a recipient (dl: id and the new
 * values). When no "to" of an answer was reached, the customer waits again and a
 * solved or pending ticket becomes open. For the service itself. */
enum err desk_delivery_update(const struct desk *d, struct arena *a, struct db_conn *tx,
                              const struct actor *actor, const struct delivery *dl,
                              struct error *e) MUST_USE;

/* A recipient waits for a limit (held "limit") until about then; the event when it is news. */
enum err desk_delivery_hold(struct arena *a, struct db_conn *tx, struct delivery *d, str held,
                            usec until, usec now, struct error *e) MUST_USE;
/* Sends a failed or bounced letter to another address instead: the customer gets it too, for
 * letters of the main thread, where the actor may change customers. Right as for an answer.
 * ERR_CONFLICT "error.nothing_failed" when `wrong` is no such recipient. */
enum err desk_message_correct(const struct desk *d, struct arena *a, struct db_conn *tx,
                              const struct actor *actor, int64_t message_id, str wrong, str right,
                              struct error *e) MUST_USE;

/* ---- showing ---- */

struct message_full {
	struct message m; /* html left out; has_html false for masked actors */
	str author;       /* name to show */
	struct attachment *attachments;
	size_t n_attachments;
	struct delivery *deliveries;
	size_t n_deliveries;
	usec undo_until; /* 0 = cannot be taken back (any more) */
};
struct message_list {
	struct message_full *items; /* oldest first */
	size_t n;
	str next; /* cursor towards older ones */
};
/* Right ticket.read, masked. limit 0 = 50. */
enum err desk_message_list(const struct desk *d, struct arena *a, struct db_conn *c,
                           const struct actor *actor, int64_t ticket_id, str cursor, int limit,
                           struct message_list *out, struct error *e) MUST_USE;
enum err desk_message_full(const struct desk *d, struct arena *a, struct db_conn *c,
                           const struct actor *actor, int64_t id, struct message_full *out,
                           struct error *e) MUST_USE;
/* The letter's HTML as it came, to be cleaned; "" for masked actors. */
enum err desk_message_html(const struct desk *d, struct arena *a, struct db_conn *c,
                           const struct actor *actor, int64_t id, struct message *out,
                           struct attachment **files, size_t *n_files, struct error *e) MUST_USE;
/* Right message.raw and contact.reveal. An open descriptor, the caller closes it. */
enum err desk_message_raw(const struct desk *d, struct arena *a, struct db_conn *c,
                          const struct actor *actor, int64_t id, int *fd, int64_t *size,
                          struct error *e) MUST_USE;

#endif

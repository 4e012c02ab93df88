/* ticket.h: the verbs of tickets: starting, changing, listing, showing.
 *
 * waiting_since and its like are functions of the messages and the status (see
 * ticket_derive in store/ticket.h): a ticket waits from the oldest customer
 * message (not automatic) after the last answer that was not taken back and
 * whose letter did not come back, unless its status is over.
 */
#ifndef OTKLIK_DESK_TICKET_H
#define OTKLIK_DESK_TICKET_H

#include "desk/desk.h"
#include "events/event.h"
#include "store/contact.h"
#include "store/counts.h"
#include "store/field.h"
#include "store/merge.h"
#include "store/message.h"
#include "store/privacy.h"
#include "store/thread.h"
#include "store/ticket.h"

struct field_input {
	str key, value; /* value "" removes it */
};

/* ---- starting ---- */

struct ticket_input {
	str subject, text;
	struct address to;  /* the customer's address ("" when contact_id says who) */
	int64_t contact_id; /* 0 = found or made by `to` */
	const struct address *cc, *bcc;
	size_t n_cc, n_bcc;
	int64_t inbox_id, brand_id,
	    line_id;        /* 0 = the default: brand's first inbox, the inbox's line */
	bool from_customer; /* the text is the customer's own word: nothing is sent */
	str channel;        /* "" = "agent", or "api" when from_customer */
	bool has_status;
	enum ticket_status status;
	int priority; /* 0 = normal */
	int64_t assignee_id;
	const str *tags;
	size_t n_tags;
	const struct field_input *fields;
	size_t n_fields;
	const int64_t *uploads;
	size_t n_uploads;
};
/* Right ticket.create (and ticket.reply unless from_customer). An agent's text
 * becomes a queued letter; the ticket is open and, when the actor is an account,
 * theirs. *message_id may be NULL. */
enum err desk_ticket_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, const struct ticket_input *in,
                            struct ticket *out, int64_t *message_id, struct error *e) MUST_USE;
struct ticket_full;
/* The same with right ticket.read, answered as desk_ticket_full would, nearly without asking. */
enum err desk_ticket_create_full(const struct desk *d, struct arena *a, struct db_conn *tx,
                                 const struct actor *actor, const struct ticket_input *in,
                                 struct ticket_full *out, struct error *e) MUST_USE;

/* ---- what comes from outside: for intake (actor: the contact or the service) ---- */

struct file_input {
	str hash; /* of an attached blob (blob_attach was called) */
	str name, content_type;
	int64_t size;
	str content_id;
	bool is_inline;
};
struct inbound {
	str channel; /* "mail" */
	str author_name, author_address;
	usec sent_at; /* 0 = now */
	str subject, text, quoted, html;
	struct recipients rcpt;
	str mail_id, mail_refs, raw_hash;
	int64_t inbox_id;
	bool is_auto; /* written by a machine: does not reopen, nobody waits */
	str warning;
	const struct file_input *files;
	size_t n_files;
};
/* A new ticket of this contact. line_id, brand_id: the inbox's. */
struct inbound_ticket {
	int64_t contact_id, brand_id, line_id;
	bool spam;
	const struct inbound *message;
};
enum err desk_customer_ticket(const struct desk *d, struct arena *a, struct db_conn *tx,
                              const struct actor *actor, const struct inbound_ticket *in,
                              struct ticket *out, int64_t *message_id, struct error *e) MUST_USE;
/* The customer says more. Pending, on hold, solved and closed become open; a
 * merged ticket leads to the one it went into (*ticket_id says which). */
enum err desk_customer_message(const struct desk *d, struct arena *a, struct db_conn *tx,
                               const struct actor *actor, int64_t ticket, int64_t contact_id,
                               const struct inbound *in, int64_t *ticket_id, int64_t *message_id,
                               struct error *e) MUST_USE;
/* A third party answers in a side thread: nothing of the main thread changes
 * but that the ticket is unread; solved and closed become open. */
enum err desk_partner_message(const struct desk *d, struct arena *a, struct db_conn *tx,
                              const struct actor *actor, int64_t thread_id,
                              const struct inbound *in, int64_t *ticket_id, int64_t *message_id,
                              struct error *e) MUST_USE;
/* The service's own word in the main thread (an automatic acknowledgement:
 * to = where it goes, and a send job is put). to.address "" = a trace only. */
enum err desk_system_message(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, int64_t ticket, str text, struct address to,
                             int64_t *message_id, struct error *e) MUST_USE;

/* ---- changing ---- */

struct ticket_change {
	int64_t version; /* 0 = not checked; else ERR_CONFLICT "error.stale" */
	bool has_subject, has_status, has_assignee, has_tags;
	str subject;
	enum ticket_status status;
	int priority;        /* 0 = as it is */
	int64_t assignee_id; /* 0 = nobody */
	int64_t line_id;     /* 0 = as it is */
	const str *tags;     /* the whole list */
	size_t n_tags;
	const struct field_input *fields;
	size_t n_fields;
	bool has_category;
	int64_t category_id; /* 0 = none; it does not move to the category's line */
};
/* Right ticket.change. An assignee must be active and see line and brand. A new
 * line must be active; the actor need not see it. */
enum err desk_ticket_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, int64_t id, const struct ticket_change *in,
                           struct ticket *out, struct error *e) MUST_USE;
/* Right ticket.change. It is spam: nobody waits any more. It is none: it gets the
 * status that it had (one that came as spam is new), and who waited waits again. */
enum err desk_ticket_spam(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t id, bool spam, struct ticket *out,
                          struct error *e) MUST_USE;
struct bulk_refusal {
	int64_t id;
	struct error error;
};
struct bulk_result {
	int64_t *changed;
	size_t n_changed;
	struct bulk_refusal *refused;
	size_t n_refused;
};
/* The same to each of at most 200; fails as a whole only when the right or the input is
 * missing or the database fails. */
enum err desk_ticket_bulk(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, const int64_t *ids, size_t n,
                          const struct ticket_change *in, struct bulk_result *out,
                          struct error *e) MUST_USE;
/* The actor has read up to this message; accounts only. */
enum err desk_ticket_read(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t id, int64_t message_id,
                          struct error *e) MUST_USE;

/* ---- showing ---- */

struct side_thread_full {
	struct side_thread t;
	struct participant *participants;
	size_t n_participants;
};
struct ticket_full {
	struct ticket t;
	str assignee_name, line_name, brand_name, inbox_name;
	struct contact contact;
	struct tag *tags;
	size_t n_tags;
	struct field_value *fields;
	size_t n_fields;
	struct participant *participants; /* of the main thread */
	size_t n_participants;
	struct side_thread_full *threads;
	size_t n_threads;
	struct merge *merges;
	size_t n_merges;
	str reply_to;
	/* How an answer would leave; address "" = no inbox writes for this brand. via: the sender's
	 * name or the inbox's own server, "" = the installation's. */
	str sends_name, sends_address, sends_via;
	usec sends_full_until; /* a limit holds answers till then; 0 = there is room */
	int64_t read_message_id;
	struct legal_hold *holds; /* in force on it or its contact */
	size_t n_holds;
	const struct category_name *category; /* NULL = none */
};
/* Right ticket.read, masked. The verbs' own answers may use it inside their job. */
enum err desk_ticket_full(const struct desk *d, struct arena *a, struct db_conn *c,
                          const struct actor *actor, int64_t id, struct ticket_full *out,
                          struct error *e) MUST_USE;
/* The same for a ticket that a verb of this job has just given, even if the
 * actor does not see it any more (it moved to another line). now: for what a limit holds up. */
enum err desk_ticket_show(struct arena *a, struct db_conn *c, const struct actor *actor,
                          const struct ticket *t, usec now, struct ticket_full *out,
                          struct error *e) MUST_USE;
/* Right ticket.read, masked. */
enum err desk_ticket_list(const struct desk *d, struct arena *a, struct db_conn *c,
                          const struct actor *actor, const struct ticket_filter *f,
                          struct ticket_list *out, struct error *e) MUST_USE;
/* The same in two steps, for who keeps rows: which tickets (right ticket.read), and the rows of
 * some of them (right ticket.read, visible ones, masked). */
enum err desk_ticket_page(const struct desk *d, struct arena *a, struct db_conn *c,
                          const struct actor *actor, const struct ticket_filter *f,
                          struct ticket_page *out, struct error *e) MUST_USE;
enum err desk_ticket_rows(const struct desk *d, struct arena *a, struct db_conn *c,
                          const struct actor *actor, const int64_t *ids, size_t n,
                          struct ticket_row **out, size_t *n_out, struct error *e) MUST_USE;
enum err desk_counts(const struct desk *d, struct arena *a, struct db_conn *c,
                     const struct actor *actor, struct counts *out, struct error *e) MUST_USE;
/* Right ticket.read: a ticket's events after `after`, visible to the actor. */
enum err desk_ticket_events(const struct desk *d, struct arena *a, struct db_conn *c,
                            const struct actor *actor, int64_t id, int64_t after, int limit,
                            struct event **out, size_t *n, struct error *e) MUST_USE;

struct tag_list {
	struct tag *items;
	size_t n;
};
enum err desk_tag_list(const struct desk *d, struct arena *a, struct db_conn *c,
                       const struct actor *actor, str q, struct tag_list *out,
                       struct error *e) MUST_USE;
/* Right ticket.change; the tag of that name when there is one. */
enum err desk_tag_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, str name, struct tag *out,
                         struct error *e) MUST_USE;

#endif

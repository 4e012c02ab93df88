/* message.h: rows of message. Append-only: text is never changed, but erased or
 * blocked out (store/erase.h); a merge or split moves a row to another ticket;
 * the Message-ID and the bytes of an outgoing letter are filled in once, when
 * it is composed.
 */
#ifndef OTKLIK_STORE_MESSAGE_H
#define OTKLIK_STORE_MESSAGE_H

#include "db/db.h"
#include "store/actor.h"

enum message_kind {
	MESSAGE_CUSTOMER,
	MESSAGE_AGENT,
	MESSAGE_NOTE,
	MESSAGE_PARTNER, /* a third party's answer in a side thread */
	MESSAGE_SYSTEM,  /* the service's own: automatic acknowledgement, traces */
	MESSAGE_KIND_COUNT
};
const char *message_kind_name(enum message_kind k);
bool message_kind_by_name(str name, enum message_kind *out);

struct address {
	str name, address;
};

/* The addresses of a letter, as shown; bcc only of our own. */
struct recipients {
	struct address *to, *cc, *bcc;
	size_t n_to, n_cc, n_bcc;
};

struct message {
	int64_t id, ticket_id, thread_id; /* thread_id 0 = the main thread */
	enum message_kind kind;
	str channel;
	int64_t account_id, contact_id; /* who wrote it; 0 = not that */
	str author_name, author_address;
	usec sent_at, created_at;
	str subject, text, quoted, html;
	bool has_html; /* html itself is left out of pages: message_get has it */
	struct recipients rcpt;
	str mail_id, mail_refs; /* without <>; refs separated by spaces */
	str raw_hash;           /* "" = none */
	int64_t inbox_id;
	bool is_auto;
	str warning; /* key of a sentence, "" = none; "cancelled" = taken back before it left */
	usec erased_at, redacted_at; /* 0 = not: its texts are gone; spans are blocked out */
};

/* Writes all but id, which it sets. */
enum err message_insert(struct arena *a, struct db_conn *tx, struct message *m,
                        struct error *e) MUST_USE;
/* PostgreSQL only, where each question waits for its answer: a new ticket and its first message at
 * once, as ticket_insert, message_insert and ticket_set_first_message do it. */
struct ticket;
enum err message_begin_ticket(struct arena *a, struct db_conn *tx, struct ticket *t,
                              struct message *m, struct error *e) MUST_USE;
/* With html. ERR_NOT_FOUND also when its ticket is not visible. */
enum err message_get(struct arena *a, struct db_conn *c, const struct actor *actor, int64_t id,
                     struct message *out, struct error *e) MUST_USE;
/* A page of a ticket's messages of all threads: the newest `limit` with an id
 * below `before` (0 = the newest), oldest first, without html; fewer when their
 * texts are long (together more than MESSAGE_PAGE_BYTES). *more: older ones exist. */
#define MESSAGE_PAGE_BYTES ((size_t)8 << 20)
enum err message_page(struct arena *a, struct db_conn *c, const struct actor *actor,
                      int64_t ticket_id, int64_t before, int limit, struct message **out, size_t *n,
                      bool *more, struct error *e) MUST_USE;
/* Once, when the letter is composed: sets what is still empty. */
enum err message_set_mail(struct db_conn *tx, int64_t id, str mail_id, str raw_hash,
                          struct error *e) MUST_USE;
enum err message_set_warning(struct db_conn *tx, int64_t id, str warning, struct error *e) MUST_USE;

/* The address from which the contact last wrote in the main thread; ERR_NOT_FOUND
 * when it never did by mail. */
enum err message_last_author(struct arena *a, struct db_conn *c, int64_t ticket_id,
                             int64_t contact_id, str *address, struct error *e) MUST_USE;
/* Has this contact written in the ticket's main thread? */
enum err message_wrote(struct db_conn *c, int64_t ticket_id, int64_t contact_id, bool *out,
                       struct error *e) MUST_USE;

/* A message found by the Message-ID of a letter, for threading. */
struct message_ref {
	int64_t id, ticket_id, thread_id, contact_id;
	enum message_kind kind;
	str mail_id;
};
/* Messages with any of these Message-IDs (at most 100 of them), newest first.
 * Not filtered by visibility: for the service itself. */
enum err message_by_mail_ids(struct arena *a, struct db_conn *c, const str *ids, size_t n,
                             struct message_ref **out, size_t *n_out, struct error *e) MUST_USE;
/* The Message-IDs of one thread (thread_id 0 = main) of a ticket, oldest first,
 * at most `limit` newest: for the References of an answer. Letters that were
 * never sent have none. */
enum err message_thread_mail_ids(struct arena *a, struct db_conn *c, int64_t ticket_id,
                                 int64_t thread_id, int64_t before_id, int limit, str **out,
                                 size_t *n, struct error *e) MUST_USE;

/* Takes who has one of these addresses (in lower case, or as compared) out of the recipients of the
 * tickets' messages. */
enum err message_drop_recipients(struct arena *a, struct db_conn *tx, const int64_t *tickets,
                                 size_t n_tickets, const str *addresses, size_t n,
                                 struct error *e) MUST_USE;
/* What was said in a thread before a message, newest first: id, kind, author, sent_at,
 * text and mail_id of those messages only. Not notes, not what a machine wrote, not what was taken
 * back, nor a letter that may not be from whom it says. from_outside: without the agents' own. */
enum err message_said_before(struct arena *a, struct db_conn *c, int64_t ticket_id,
                             int64_t thread_id, int64_t before_id, bool from_outside, int limit,
                             struct message **out, size_t *n, struct error *e) MUST_USE;

#endif

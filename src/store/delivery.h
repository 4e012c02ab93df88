/* delivery.h: one row for each recipient of each outgoing message. */
#ifndef OTKLIK_STORE_DELIVERY_H
#define OTKLIK_STORE_DELIVERY_H

#include "db/db.h"

enum delivery_state {
	DELIVERY_QUEUED,
	DELIVERY_SENDING,
	DELIVERY_SENT,
	DELIVERY_DELIVERED,
	DELIVERY_BOUNCED,
	DELIVERY_FAILED,
	DELIVERY_STATE_COUNT
};
const char *delivery_state_name(enum delivery_state s);

struct delivery {
	int64_t id, message_id;
	str address, role; /* role: to, cc, bcc */
	enum delivery_state state;
	int attempts, code;
	str status, answer;
	usec updated_at;
	int64_t
	    sender_id; /* by which server it was offered last; 0 = the inbox's own or the house's */
	usec offered_at; /* when a server was asked last, 0 = never: limits count these */
	str held;        /* why it waits without having been tried: "limit", or "" */
	usec due_at;     /* when it is tried next, 0 = not known */
	str sender_name; /* its name, "" = none */
	str instead_of;  /* the wrong address that this one replaces, or "" */
};

enum err delivery_insert(struct db_conn *tx, struct delivery *d, struct error *e) MUST_USE;
/* Not filtered by visibility. */
enum err delivery_get(struct arena *a, struct db_conn *c, int64_t id, struct delivery *out,
                      struct error *e) MUST_USE;
/* In the order they were made. */
enum err delivery_of_message(struct arena *a, struct db_conn *c, int64_t message_id,
                             struct delivery **out, size_t *n, struct error *e) MUST_USE;
enum err delivery_of_messages(struct arena *a, struct db_conn *c, const int64_t *ids, size_t n,
                              struct delivery **out, size_t *n_out, struct error *e) MUST_USE;
/* Writes all of d->id but message, address, role and instead_of. */
enum err delivery_update(struct db_conn *tx, const struct delivery *d, struct error *e) MUST_USE;
/* Drops a message's deliveries: only for an answer taken back before it left. */
enum err delivery_delete(struct db_conn *tx, int64_t message_id, struct error *e) MUST_USE;
/* The newest message of a thread (thread_id 0 = main) that went to this
 * normalised address; 0 = none. */
enum err delivery_find_message(struct db_conn *c, int64_t ticket_id, int64_t thread_id,
                               str address_norm, int64_t *message_id, struct error *e) MUST_USE;
/* The address by which an agent replaced this one of the contact's in the ticket's main thread;
 * "" = none, or the customer has written from it since. */
enum err delivery_corrected(struct arena *a, struct db_conn *c, int64_t ticket_id,
                            int64_t contact_id, str address, str *out, struct error *e) MUST_USE;
/* Recipients still owed a letter (queued or sending), of the whole installation. */
enum err delivery_waiting(struct db_conn *c, int64_t *out, struct error *e) MUST_USE;

#endif

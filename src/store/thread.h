/* thread.h: side threads with third parties, and who takes part by mail. */
#ifndef OTKLIK_STORE_THREAD_H
#define OTKLIK_STORE_THREAD_H

#include "db/db.h"
#include "store/actor.h"

struct participant {
	int64_t id, ticket_id, thread_id; /* thread_id 0 = the main thread */
	str address, address_norm, name;
	str role; /* cc, bcc, partner */
	int64_t added_by;
	usec created_at, removed_at; /* removed_at 0 = takes part */
};

struct side_thread {
	int64_t id, ticket_id;
	str subject;
	int64_t created_by;
	str created_by_name;
	usec created_at, closed_at;
	int64_t message_count;
};

enum err thread_insert(struct db_conn *tx, struct side_thread *t, struct error *e) MUST_USE;
/* ERR_NOT_FOUND also when its ticket is not visible. */
enum err thread_get(struct arena *a, struct db_conn *c, const struct actor *actor, int64_t id,
                    struct side_thread *out, struct error *e) MUST_USE;
enum err thread_of_ticket(struct arena *a, struct db_conn *c, int64_t ticket_id,
                          struct side_thread **out, size_t *n, struct error *e) MUST_USE;

enum err participant_insert(struct db_conn *tx, struct participant *p, struct error *e) MUST_USE;
enum err participant_get(struct arena *a, struct db_conn *c, const struct actor *actor, int64_t id,
                         struct participant *out, struct error *e) MUST_USE;
enum err participant_remove(struct db_conn *tx, int64_t id, usec now, struct error *e) MUST_USE;
/* Those that take part now, of all threads, in the order they were added. */
enum err participant_of_ticket(struct arena *a, struct db_conn *c, int64_t ticket_id,
                               struct participant **out, size_t *n, struct error *e) MUST_USE;

#endif

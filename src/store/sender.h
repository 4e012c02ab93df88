/* sender.h: rows of smtp_sender: the servers by which a brand's letters leave. */
#ifndef OTKLIK_STORE_SENDER_H
#define OTKLIK_STORE_SENDER_H

#include "db/db.h"

struct sender {
	int64_t id, brand_id;
	str name, host;
	int64_t port; /* 0 = the usual one of tls */
	str tls;      /* none, starttls, tls */
	str auth;     /* none, password, xoauth2 */
	str username;
	str password_box; /* sealed; "" = none */
	int64_t oauth_credential_id;
	str serves; /* domains and addresses, separated by spaces; "" = all of the brand's */
	int64_t hour_most, position;
	bool active;
	int64_t version;
};

enum err sender_get(struct arena *a, struct db_conn *c, int64_t id, struct sender *out,
                    struct error *e) MUST_USE;
/* All, by brand and position. */
enum err sender_list(struct arena *a, struct db_conn *c, struct sender **out, size_t *n,
                     struct error *e) MUST_USE;
/* A brand's active ones, in the order in which they are tried. */
enum err sender_of_brand(struct arena *a, struct db_conn *c, int64_t brand_id, struct sender **out,
                         size_t *n, struct error *e) MUST_USE;
enum err sender_insert(struct db_conn *tx, const struct sender *s, usec now, int64_t *id,
                       struct error *e) MUST_USE;
/* Over version s->version; ERR_CONFLICT "error.stale" when it is another. */
enum err sender_update(struct db_conn *tx, const struct sender *s, struct error *e) MUST_USE;
enum err sender_set_password(struct db_conn *tx, int64_t id, str box, struct error *e) MUST_USE;

/* May it write from this address? Compared without case. Pure. */
bool sender_serves(const struct sender *s, str address);

/* How many recipients a server was asked for since a time, and when the first of these was
 * (0 = none): by this sender, or from this inbox. */
enum err sender_offered(struct db_conn *c, int64_t sender_id, usec since, int64_t *n, usec *first,
                        struct error *e) MUST_USE;
enum err inbox_offered(struct db_conn *c, int64_t inbox_id, usec since, int64_t *n, usec *first,
                       struct error *e) MUST_USE;
/* When the inbox's offer number `skip` (from 0) since a time was made; 0 = there are fewer. */
enum err inbox_offered_nth(struct db_conn *c, int64_t inbox_id, usec since, int64_t skip, usec *out,
                           struct error *e) MUST_USE;
/* Older letters of the inbox that a limit holds: they go first. */
enum err inbox_held_before(struct db_conn *c, int64_t inbox_id, int64_t message_id, int64_t *n,
                           struct error *e) MUST_USE;
/* Letters held by a limit look again at once. */
enum err held_wake(struct db_conn *tx, usec now, struct error *e) MUST_USE;
enum err held_count(struct db_conn *c, int64_t *n, struct error *e) MUST_USE;

#endif

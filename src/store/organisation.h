/* organisation.h: where customers work; found by the domain of a mail address. */
#ifndef OTKLIK_STORE_ORGANISATION_H
#define OTKLIK_STORE_ORGANISATION_H

#include "store/actor.h"

struct organisation {
	int64_t id;
	str name, domain, note; /* domain in lower case, "" = none */
	usec created_at;
	int64_t version;
};

/* As far as the actor sees one of its contacts; one without contacts: whoever may change them. */
enum err organisation_get(struct arena *a, struct db_conn *c, const struct actor *actor, int64_t id,
                          struct organisation *out, struct error *e) MUST_USE;
enum err organisation_insert(struct arena *a, struct db_conn *tx, struct organisation *o,
                             struct error *e) MUST_USE;
enum err organisation_update(struct arena *a, struct db_conn *tx, struct organisation *o,
                             struct error *e) MUST_USE;
/* By the beginning of the name ("" = all), by name, those that the actor sees. */
enum err organisation_list(struct arena *a, struct db_conn *c, const struct actor *actor, str q,
                           int limit, struct organisation **out, size_t *n,
                           struct error *e) MUST_USE;
/* The oldest with this domain; *id = 0 when there is none. */
enum err organisation_by_domain(struct db_conn *c, str domain, int64_t *id,
                                struct error *e) MUST_USE;

#endif

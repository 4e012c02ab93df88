/* tag.h: tags, and which tickets bear them. Names are unique when folded. */
#ifndef OTKLIK_STORE_TAG_H
#define OTKLIK_STORE_TAG_H

#include "db/db.h"

struct tag {
	int64_t id;
	str name;
};

/* Tags whose folded name starts with q ("" = all), by name, at most limit. */
enum err tag_list(struct arena *a, struct db_conn *c, str q, int limit, struct tag **out, size_t *n,
                  struct error *e) MUST_USE;
/* The tag of this name, made when there is none. ERR_INVALID for a blank name. */
enum err tag_ensure(struct arena *a, struct db_conn *tx, str name, usec now, struct tag *out,
                    struct error *e) MUST_USE;
enum err tag_of_ticket(struct arena *a, struct db_conn *c, int64_t ticket_id, struct tag **out,
                       size_t *n, struct error *e) MUST_USE;
enum err tag_attach(struct db_conn *tx, int64_t ticket_id, int64_t tag_id,
                    struct error *e) MUST_USE;
enum err tag_detach(struct db_conn *tx, int64_t ticket_id, int64_t tag_id,
                    struct error *e) MUST_USE;

/* A tag beside the ticket that bears it: for lists. */
struct tag_of {
	int64_t ticket_id;
	struct tag tag;
	str name_fold;
};
/* Ordered by ticket, then name. */
enum err tag_of_tickets(struct arena *a, struct db_conn *c, const int64_t *ids, size_t n,
                        struct tag_of **out, size_t *n_out, struct error *e) MUST_USE;

/* In the order of their names. */
enum err tag_by_ids(struct arena *a, struct db_conn *c, const int64_t *ids, size_t n,
                    struct tag **out, size_t *n_out, struct error *e) MUST_USE;

#endif

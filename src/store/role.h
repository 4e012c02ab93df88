/* role.h: named lists of rights, and rights as text.
 *
 * In the database rights are a JSON array of names, so that a role outlives
 * the numbering; in the program they are a mask of bits. Names nobody knows
 * (of a newer version) are ignored.
 */
#ifndef OTKLIK_STORE_ROLE_H
#define OTKLIK_STORE_ROLE_H

#include "db/db.h"
#include "store/rights_gen.h"

struct role {
	int64_t id;
	str name;
	bool builtin;
	uint64_t rights;
	int64_t version;
};

/* ["ticket.read","ticket.reply"], in the order of the bits. */
str rights_to_json(struct arena *a, uint64_t rights);
uint64_t rights_from_json(struct arena *a, str json);
/* Names to a mask; ERR_INVALID "error.no_such_right" with the name as arg. */
enum err rights_of_names(const str *names, size_t n, const char *field, uint64_t *out,
                         struct error *e) MUST_USE;

/* ERR_NOT_FOUND when there is none. */
enum err role_get(struct arena *a, struct db_conn *c, int64_t id, struct role *out,
                  struct error *e) MUST_USE;
enum err role_by_name(struct arena *a, struct db_conn *c, str name, struct role *out,
                      struct error *e) MUST_USE;
/* All, built-in ones first. */
enum err role_list(struct arena *a, struct db_conn *c, struct role **out, size_t *n,
                   struct error *e) MUST_USE;
enum err role_insert(struct db_conn *tx, const struct role *role, usec now, int64_t *id,
                     struct error *e) MUST_USE;
/* Writes name and rights over version role->version; ERR_CONFLICT "error.stale" when it is another.
 */
enum err role_update(struct db_conn *tx, const struct role *role, struct error *e) MUST_USE;

#endif

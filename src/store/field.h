/* field.h: custom fields of tickets and contacts. */
#ifndef OTKLIK_STORE_FIELD_H
#define OTKLIK_STORE_FIELD_H

#include "db/db.h"

struct field {
	int64_t id;
	str object; /* ticket, contact */
	str key, label;
	str type; /* text, number, date, choice, flag */
	const str *choices;
	size_t n_choices;
	int64_t position;
	bool active;
	int64_t version;
};

enum err field_get(struct arena *a, struct db_conn *c, int64_t id, struct field *out,
                   struct error *e) MUST_USE;
enum err field_by_key(struct arena *a, struct db_conn *c, str object, str key, struct field *out,
                      struct error *e) MUST_USE;
/* All, by object and position. */
enum err field_list(struct arena *a, struct db_conn *c, struct field **out, size_t *n,
                    struct error *e) MUST_USE;
/* A key taken: ERR_CONFLICT "error.exists", field "key". */
enum err field_insert(struct arena *a, struct db_conn *tx, const struct field *field, usec now,
                      int64_t *id, struct error *e) MUST_USE;
/* Label, choices, position, active over version field->version; ERR_CONFLICT
 * "error.stale" when it is another. Object, key and type never change. */
enum err field_update(struct arena *a, struct db_conn *tx, const struct field *field,
                      struct error *e) MUST_USE;
/* Is this a value of the field? ERR_INVALID with `path` as the error's field. "" is always one. */
enum err field_check(const struct field *field, str value, const char *path,
                     struct error *e) MUST_USE;

/* What a ticket holds in its custom fields. */
struct field_value {
	int64_t field_id;
	str key, value;
};
/* In the order of the fields, active ones only. */
enum err field_values_of_ticket(struct arena *a, struct db_conn *c, int64_t ticket_id,
                                struct field_value **out, size_t *n, struct error *e) MUST_USE;
/* "" removes the value. */
enum err field_value_set(struct db_conn *tx, int64_t ticket_id, int64_t field_id, str value,
                         struct error *e) MUST_USE;

#endif

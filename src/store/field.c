/* field.c: rows of custom_field and ticket_field. See field.h. */
#include "store/field.h"

#include "base/date.h"
#include "base/vec.h"
#include "store/ids.h"
#include "store/queries_gen.h"

static void read_field(struct arena *a, struct db_rows *r, struct field *out)
{
	*out = (struct field){
	    .id = db_get_int(r, 0),
	    .object = db_dup_str(a, r, 1),
	    .key = db_dup_str(a, r, 2),
	    .label = db_dup_str(a, r, 3),
	    .type = db_dup_str(a, r, 4),
	    .position = db_get_int(r, 6),
	    .active = db_get_int(r, 7),
	    .version = db_get_int(r, 8),
	};
	out->choices = strs_from_json(a, db_get_str(r, 5), &out->n_choices);
}

static enum err one(struct arena *a, struct db_conn *c, const struct db_query *q,
                    struct db_args args, struct field *out, struct error *e)
{
	struct db_rows r;
	*out = (struct field){0};
	db_rows_open(&r, c, q, args);
	if (db_rows_next(&r))
		read_field(a, &r, out);
	enum err err = db_rows_close(&r, e);
	return err || out->id ? err : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err field_get(struct arena *a, struct db_conn *c, int64_t id, struct field *out,
                   struct error *e)
{
	return one(a, c, &Q_FIELD_GET, DB_ARGS(db_int(id)), out, e);
}

enum err field_by_key(struct arena *a, struct db_conn *c, str object, str key, struct field *out,
                      struct error *e)
{
	return one(a, c, &Q_FIELD_BY_KEY, DB_ARGS(db_text(object), db_text(key)), out, e);
}

enum err field_list(struct arena *a, struct db_conn *c, struct field **out, size_t *n,
                    struct error *e)
{
	VEC(struct field) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_FIELD_LIST, DB_NO_ARGS);
	while (db_rows_next(&r))
		read_field(a, &r, vec_push(a, &v));
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err field_insert(struct arena *a, struct db_conn *tx, const struct field *f, usec now,
                      int64_t *id, struct error *e)
{
	return rows_exists(
	    db_one_int(tx, &Q_FIELD_INSERT,
	               DB_ARGS(db_text(f->object), db_text(f->key), db_text(f->label),
	                       db_text(f->type), db_text(strs_to_json(a, f->choices, f->n_choices)),
	                       db_int(f->position), db_int(f->active), db_int(now)),
	               id, e),
	    "key", e);
}

enum err field_update(struct arena *a, struct db_conn *tx, const struct field *f, struct error *e)
{
	int64_t changes = 0;
	enum err err = db_exec(tx, &Q_FIELD_UPDATE,
	                       DB_ARGS(db_int(f->id), db_int(f->version), db_text(f->label),
	                               db_text(strs_to_json(a, f->choices, f->n_choices)),
	                               db_int(f->position), db_int(f->active)),
	                       &changes, e);
	return err ? err : rows_fresh(changes, e);
}

static bool is_number(str s)
{
	size_t digits = 0, dots = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] >= '0' && s.p[i] <= '9')
			digits++;
		else if (s.p[i] == '.' && digits)
			dots++;
		else if (s.p[i] != '-' || i)
			return false;
	}
	return digits && digits <= 30 && dots <= 1 && s.p[s.n - 1] != '.';
}

enum err field_check(const struct field *f, str value, const char *path, struct error *e)
{
	bool ok = true;
	usec day;
	if (str_empty(value))
		return ERR_OK;
	if (value.n > 8000)
		return error_set(e, ERR_INVALID, "error.too_long", path, "2000");
	if (str_is(f->type, "number")) {
		ok = is_number(value);
	} else if (str_is(f->type, "date")) {
		ok = date_parse_day(value, &day);
	} else if (str_is(f->type, "flag")) {
		ok = str_is(value, "true") || str_is(value, "false");
	} else if (str_is(f->type, "choice")) {
		ok = false;
		for (size_t i = 0; i < f->n_choices && !ok; i++)
			ok = str_eq(f->choices[i], value);
	}
	return ok ? ERR_OK : error_set(e, ERR_INVALID, "error.bad_value", path, NULL);
}

enum err field_values_of_ticket(struct arena *a, struct db_conn *c, int64_t ticket_id,
                                struct field_value **out, size_t *n, struct error *e)
{
	VEC(struct field_value) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_FIELD_VALUES_OF_TICKET, DB_ARGS(db_int(ticket_id)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = (struct field_value){db_get_int(&r, 0), db_dup_str(a, &r, 1),
		                                        db_dup_str(a, &r, 2)};
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err field_value_set(struct db_conn *tx, int64_t ticket_id, int64_t field_id, str value,
                         struct error *e)
{
	if (str_empty(value))
		return db_exec(tx, &Q_FIELD_VALUE_REMOVE,
		               DB_ARGS(db_int(ticket_id), db_int(field_id)), NULL, e);
	return db_exec(tx, &Q_FIELD_VALUE_SET,
	               DB_ARGS(db_int(ticket_id), db_int(field_id), db_text(value)), NULL, e);
}

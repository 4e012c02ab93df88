/* organisation.c: see organisation.h. */
#include "store/organisation.h"

#include "base/vec.h"
#include "store/list.h"
#include "store/queries_gen.h"
#include "text/fold.h"

static struct organisation read_organisation(struct arena *a, struct db_rows *r)
{
	return (struct organisation){
	    .id = db_get_int(r, 0),
	    .name = db_dup_str(a, r, 1),
	    .domain = db_dup_str(a, r, 2),
	    .note = db_dup_str(a, r, 3),
	    .created_at = db_get_int(r, 4),
	    .version = db_get_int(r, 5),
	};
}

static struct db_val every(const struct actor *actor)
{
	return db_int(actor->all_lines && actor->all_brands);
}

static struct db_val blank(const struct actor *actor)
{
	return db_int(actor_may(actor, RIGHT_CONTACT_EDIT));
}

enum err organisation_get(struct arena *a, struct db_conn *c, const struct actor *actor, int64_t id,
                          struct organisation *out, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_ORGANISATION_GET,
	             DB_ARGS(db_int(id), every(actor), blank(actor), db_text(actor->scope)));
	bool found = db_rows_next(&r);
	if (found)
		*out = read_organisation(a, &r);
	enum err err = db_rows_close(&r, e);
	if (err)
		return err;
	return found ? ERR_OK : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err organisation_insert(struct arena *a, struct db_conn *tx, struct organisation *o,
                             struct error *e)
{
	o->version = 1;
	return db_one_int(tx, &Q_ORGANISATION_INSERT,
	                  DB_ARGS(db_text(o->name), db_text(text_fold(a, o->name)),
	                          db_text(o->domain), db_text(o->note), db_int(o->created_at)),
	                  &o->id, e);
}

enum err organisation_update(struct arena *a, struct db_conn *tx, struct organisation *o,
                             struct error *e)
{
	return db_one_int(tx, &Q_ORGANISATION_UPDATE,
	                  DB_ARGS(db_int(o->id), db_text(o->name), db_text(text_fold(a, o->name)),
	                          db_text(o->domain), db_text(o->note)),
	                  &o->version, e);
}

enum err organisation_list(struct arena *a, struct db_conn *c, const struct actor *actor, str q,
                           int limit, struct organisation **out, size_t *n, struct error *e)
{
	VEC(struct organisation) v = {0};
	struct db_rows r;
	str pattern = list_like(a, "", text_fold(a, str_to_utf8(a, q)), "%");
	db_rows_open(&r, c, &Q_ORGANISATION_LIST,
	             DB_ARGS(db_text(pattern), db_int(limit), every(actor), blank(actor),
	                     db_text(actor->scope)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = read_organisation(a, &r);
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err organisation_by_domain(struct db_conn *c, str domain, int64_t *id, struct error *e)
{
	struct db_rows r;
	*id = 0;
	db_rows_open(&r, c, &Q_ORGANISATION_BY_DOMAIN, DB_ARGS(db_text(domain)));
	if (db_rows_next(&r))
		*id = db_get_int(&r, 0);
	return db_rows_close(&r, e);
}

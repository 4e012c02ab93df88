/* tag.c: see tag.h. */
#include "store/tag.h"

#include "base/vec.h"
#include "store/ids.h"
#include "store/list.h"
#include "store/queries_gen.h"
#include "text/fold.h"

enum err tag_list(struct arena *a, struct db_conn *c, str q, int limit, struct tag **out, size_t *n,
                  struct error *e)
{
	VEC(struct tag) v = {0};
	struct db_rows r;
	str pattern = list_like(a, "", text_fold(a, str_to_utf8(a, q)), "%");
	db_rows_open(&r, c, &Q_TAG_LIST, DB_ARGS(db_text(pattern), db_int(limit)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = (struct tag){db_get_int(&r, 0), db_dup_str(a, &r, 1)};
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err tag_ensure(struct arena *a, struct db_conn *tx, str name, usec now, struct tag *out,
                    struct error *e)
{
	name = str_trim(str_to_utf8(a, name));
	str fold = text_fold(a, name);
	if (!str_trim(fold).n)
		return error_set(e, ERR_INVALID, "error.empty", "tags", NULL);
	struct db_rows r;
	bool found = false;
	db_rows_open(&r, tx, &Q_TAG_FIND, DB_ARGS(db_text(fold)));
	if ((found = db_rows_next(&r)))
		*out = (struct tag){db_get_int(&r, 0), db_dup_str(a, &r, 1)};
	enum err err = db_rows_close(&r, e);
	if (err || found)
		return err;
	db_rows_open(&r, tx, &Q_TAG_INSERT, DB_ARGS(db_text(name), db_text(fold), db_int(now)));
	if (db_rows_next(&r))
		*out = (struct tag){db_get_int(&r, 0), db_dup_str(a, &r, 1)};
	return db_rows_close(&r, e);
}

static int in_shown_order(const void *x, const void *y)
{
	const struct tag_of *a = x, *b = y;
	if (a->ticket_id != b->ticket_id)
		return a->ticket_id < b->ticket_id ? -1 : 1;
	return str_cmp(a->name_fold, b->name_fold);
}

static enum err read_tags(struct arena *a, struct db_rows *r, struct tag_of **out, size_t *n_out,
                          struct error *e)
{
	VEC(struct tag_of) v = {0};
	while (db_rows_next(r))
		*vec_push(a, &v) = (struct tag_of){
		    db_get_int(r, 0), {db_get_int(r, 1), db_dup_str(a, r, 2)}, db_dup_str(a, r, 3)};
	if (v.n > 1)
		qsort(v.p, v.n, sizeof *v.p, in_shown_order);
	*out = v.p;
	*n_out = v.n;
	return db_rows_close(r, e);
}

enum err tag_of_tickets(struct arena *a, struct db_conn *c, const int64_t *ids, size_t n,
                        struct tag_of **out, size_t *n_out, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_TAG_OF_TICKETS, DB_ARGS(db_text(ids_to_json(a, ids, n))));
	return read_tags(a, &r, out, n_out, e);
}

enum err tag_of_ticket(struct arena *a, struct db_conn *c, int64_t ticket_id, struct tag **out,
                       size_t *n, struct error *e)
{
	struct tag_of *of;
	struct db_rows r;
	db_rows_open(&r, c, &Q_TAG_OF_TICKET, DB_ARGS(db_int(ticket_id)));
	enum err err = read_tags(a, &r, &of, n, e);
	if (err)
		return err;
	*out = ARENA_ARRAY(a, *n, struct tag);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = of[i].tag;
	return ERR_OK;
}

enum err tag_by_ids(struct arena *a, struct db_conn *c, const int64_t *ids, size_t n,
                    struct tag **out, size_t *n_out, struct error *e)
{
	VEC(struct tag_of) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_TAG_BY_IDS, DB_ARGS(db_text(ids_to_json(a, ids, n))));
	while (db_rows_next(&r))
		*vec_push(a, &v) = (struct tag_of){
		    0, {db_get_int(&r, 0), db_dup_str(a, &r, 1)}, db_dup_str(a, &r, 2)};
	if (v.n > 1)
		qsort(v.p, v.n, sizeof *v.p, in_shown_order);
	*out = ARENA_ARRAY(a, v.n, struct tag);
	for (size_t i = 0; i < v.n; i++)
		(*out)[i] = v.p[i].tag;
	*n_out = v.n;
	return db_rows_close(&r, e);
}

enum err tag_attach(struct db_conn *tx, int64_t ticket_id, int64_t tag_id, struct error *e)
{
	return db_exec(tx, &Q_TAG_ATTACH, DB_ARGS(db_int(ticket_id), db_int(tag_id)), NULL, e);
}

enum err tag_detach(struct db_conn *tx, int64_t ticket_id, int64_t tag_id, struct error *e)
{
	return db_exec(tx, &Q_TAG_DETACH, DB_ARGS(db_int(ticket_id), db_int(tag_id)), NULL, e);
}

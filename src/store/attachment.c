/* attachment.c: see attachment.h. */
#include "store/attachment.h"

#include "base/vec.h"
#include "store/ids.h"
#include "store/queries_gen.h"

bool attachment_is_held(const struct attachment *at)
{
	/* SHA-256 of nothing */
	return at->size > 0 &&
	       str_is(at->hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

enum err attachment_insert(struct db_conn *tx, struct attachment *at, struct error *e)
{
	return db_one_int(tx, &Q_ATTACHMENT_INSERT,
	                  DB_ARGS(db_int(at->message_id), db_text(at->hash), db_text(at->name),
	                          db_text(at->content_type), db_int(at->size),
	                          db_text(at->content_id), db_int(at->is_inline),
	                          db_int(at->position)),
	                  &at->id, e);
}

static struct attachment read_attachment(struct arena *a, struct db_rows *r)
{
	return (struct attachment){
	    .id = db_get_int(r, 0),
	    .message_id = db_get_int(r, 1),
	    .hash = db_dup_str(a, r, 2),
	    .name = db_dup_str(a, r, 3),
	    .content_type = db_dup_str(a, r, 4),
	    .size = db_get_int(r, 5),
	    .content_id = db_dup_str(a, r, 6),
	    .is_inline = db_get_int(r, 7) != 0,
	    .position = (int)db_get_int(r, 8),
	};
}

enum err attachment_get(struct arena *a, struct db_conn *c, const struct actor *actor, int64_t id,
                        struct attachment *out, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_ATTACHMENT_GET, DB_ARGS(db_int(id), db_text(actor->scope)));
	bool found = db_rows_next(&r);
	if (found)
		*out = read_attachment(a, &r);
	enum err err = db_rows_close(&r, e);
	if (err)
		return err;
	return found ? ERR_OK : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err attachment_of_messages(struct arena *a, struct db_conn *c, const int64_t *ids, size_t n,
                                struct attachment **out, size_t *n_out, struct error *e)
{
	VEC(struct attachment) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_ATTACHMENT_OF_MESSAGES, DB_ARGS(db_text(ids_to_json(a, ids, n))));
	while (db_rows_next(&r))
		*vec_push(a, &v) = read_attachment(a, &r);
	*out = v.p;
	*n_out = v.n;
	return db_rows_close(&r, e);
}

enum err upload_insert(struct db_conn *tx, struct upload *u, struct error *e)
{
	return db_one_int(tx, &Q_UPLOAD_INSERT,
	                  DB_ARGS(db_int(u->account_id), db_text(u->hash), db_text(u->name),
	                          db_text(u->content_type), db_int(u->size), db_int(u->created_at)),
	                  &u->id, e);
}

enum err upload_get(struct arena *a, struct db_conn *c, int64_t account_id, int64_t id,
                    struct upload *out, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_UPLOAD_GET, DB_ARGS(db_int(id), db_int(account_id)));
	bool found = db_rows_next(&r);
	if (found)
		*out = (struct upload){
		    .id = db_get_int(&r, 0),
		    .account_id = db_get_int(&r, 1),
		    .hash = db_dup_str(a, &r, 2),
		    .name = db_dup_str(a, &r, 3),
		    .content_type = db_dup_str(a, &r, 4),
		    .size = db_get_int(&r, 5),
		    .created_at = db_get_int(&r, 6),
		    .used_at = db_get_int(&r, 7),
		};
	enum err err = db_rows_close(&r, e);
	if (err)
		return err;
	return found ? ERR_OK : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err upload_use(struct db_conn *tx, int64_t id, usec now, struct error *e)
{
	return db_exec(tx, &Q_UPLOAD_USE, DB_ARGS(db_int(id), db_int(now)), NULL, e);
}

enum err upload_unuse(struct db_conn *tx, int64_t account_id, int64_t id, struct error *e)
{
	return db_exec(tx, &Q_UPLOAD_UNUSE, DB_ARGS(db_int(id), db_int(account_id)), NULL, e);
}

enum err upload_delete(struct db_conn *tx, int64_t account_id, int64_t id, struct error *e)
{
	int64_t changes;
	enum err err =
	    db_exec(tx, &Q_UPLOAD_DELETE, DB_ARGS(db_int(id), db_int(account_id)), &changes, e);
	if (!err && !changes)
		err = error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	return err;
}

enum err upload_expire(struct db_conn *tx, usec before, int64_t *n, struct error *e)
{
	return db_exec(tx, &Q_UPLOAD_EXPIRE, DB_ARGS(db_int(before)), n, e);
}

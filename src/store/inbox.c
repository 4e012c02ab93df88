/* inbox.c: rows of inbox. See inbox.h. */
#include "store/inbox.h"

#include "base/vec.h"
#include "store/ids.h"
#include "store/queries_gen.h"
#include "text/fold.h"

str inbox_address_norm(struct arena *a, str address, str *detail)
{
	address = str_trim(address);
	ptrdiff_t at = str_rchr(address, '@');
	str local = at < 0 ? address : str_sub(address, 0, (size_t)at);
	ptrdiff_t plus = str_chr(local, '+');
	if (detail)
		*detail = plus < 0 ? STR_NONE : str_from(local, (size_t)plus + 1);
	if (plus > 0)
		local = str_sub(local, 0, (size_t)plus);
	str whole = at < 0 ? local : str_concat(a, local, str_from(address, (size_t)at));
	return text_fold(a, whole);
}

static void read_inbox(struct arena *a, struct db_rows *r, struct inbox *out)
{
	*out = (struct inbox){
	    .id = db_get_int(r, 0),
	    .brand_id = db_get_int(r, 1),
	    .line_id = db_get_int(r, 2),
	    .name = db_dup_str(a, r, 3),
	    .address = db_dup_str(a, r, 4),
	    .address_norm = db_dup_str(a, r, 5),
	    .sender_name = db_dup_str(a, r, 6),
	    .signature = db_dup_str(a, r, 7),
	    .autoack = db_get_int(r, 8),
	    .smtp_host = db_dup_str(a, r, 9),
	    .smtp_port = db_get_int(r, 10),
	    .smtp_tls = db_dup_str(a, r, 11),
	    .smtp_user = db_dup_str(a, r, 12),
	    .smtp_password_box = db_dup_str(a, r, 13),
	    .active = db_get_int(r, 14),
	    .version = db_get_int(r, 15),
	    .language = db_dup_str(a, r, 16),
	    .brand_name = db_dup_str(a, r, 17),
	    .sender_id = db_get_int(r, 18),
	    .quote = db_dup_str(a, r, 19),
	    .hour_most = db_get_int(r, 20),
	    .ack_en = db_dup_str(a, r, 21),
	    .ack_ru = db_dup_str(a, r, 22),
	};
}

static enum err one(struct arena *a, struct db_conn *c, const struct db_query *q, struct db_val key,
                    struct inbox *out, struct error *e)
{
	struct db_rows r;
	*out = (struct inbox){0};
	db_rows_open(&r, c, q, DB_ARGS(key));
	if (db_rows_next(&r))
		read_inbox(a, &r, out);
	enum err err = db_rows_close(&r, e);
	return err || out->id ? err : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err inbox_get(struct arena *a, struct db_conn *c, int64_t id, struct inbox *out,
                   struct error *e)
{
	return one(a, c, &Q_INBOX_GET, db_int(id), out, e);
}

enum err inbox_by_address(struct arena *a, struct db_conn *c, str address_norm, struct inbox *out,
                          struct error *e)
{
	return one(a, c, &Q_INBOX_BY_ADDRESS, db_text(address_norm), out, e);
}

enum err inbox_list(struct arena *a, struct db_conn *c, struct inbox **out, size_t *n,
                    struct error *e)
{
	VEC(struct inbox) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_INBOX_LIST, DB_NO_ARGS);
	while (db_rows_next(&r))
		read_inbox(a, &r, vec_push(a, &v));
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err inbox_insert(struct db_conn *tx, const struct inbox *i, usec now, int64_t *id,
                      struct error *e)
{
	return rows_exists(
	    db_one_int(tx, &Q_INBOX_INSERT,
	               DB_ARGS(db_int(i->brand_id), db_int(i->line_id), db_text(i->name),
	                       db_text(i->address), db_text(i->address_norm),
	                       db_text(i->sender_name), db_text(i->signature), db_int(i->autoack),
	                       db_text(i->smtp_host), db_int(i->smtp_port), db_text(i->smtp_tls),
	                       db_text(i->smtp_user), db_int(i->active), db_int(now),
	                       db_id(i->sender_id), db_text(i->quote.n ? i->quote : STR("last")),
	                       db_int(i->hour_most), db_text(i->ack_en), db_text(i->ack_ru)),
	               id, e),
	    "address", e);
}

enum err inbox_update(struct db_conn *tx, const struct inbox *i, struct error *e)
{
	int64_t changes = 0;
	enum err err = rows_exists(
	    db_exec(tx, &Q_INBOX_UPDATE,
	            DB_ARGS(db_int(i->id), db_int(i->version), db_int(i->brand_id),
	                    db_int(i->line_id), db_text(i->name), db_text(i->address),
	                    db_text(i->address_norm), db_text(i->sender_name),
	                    db_text(i->signature), db_int(i->autoack), db_text(i->smtp_host),
	                    db_int(i->smtp_port), db_text(i->smtp_tls), db_text(i->smtp_user),
	                    db_int(i->active), db_id(i->sender_id), db_text(i->quote),
	                    db_int(i->hour_most), db_text(i->ack_en), db_text(i->ack_ru)),
	            &changes, e),
	    "address", e);
	return err ? err : rows_fresh(changes, e);
}

enum err inbox_set_password(struct db_conn *tx, int64_t id, str box, struct error *e)
{
	return db_exec(tx, &Q_INBOX_SET_PASSWORD,
	               DB_ARGS(db_int(id), box.n ? db_blob(box) : db_null()), NULL, e);
}

/* system.c: rows of system. See system.h. */
#include "store/system.h"

#include "store/queries_gen.h"

enum err system_get(struct arena *a, struct db_conn *c, const char *key, str *out, struct error *e)
{
	struct db_rows r;
	*out = STR_NONE;
	db_rows_open(&r, c, &Q_SYSTEM_GET, DB_ARGS(db_text(str_of(key))));
	if (db_rows_next(&r))
		*out = str_dup(a, db_get_str(&r, 0));
	return db_rows_close(&r, e);
}

enum err system_set(struct db_conn *tx, const char *key, str value, struct error *e)
{
	return db_exec(tx, &Q_SYSTEM_SET, DB_ARGS(db_text(str_of(key)), db_text(value)), NULL, e);
}

enum err system_remove(struct db_conn *tx, const char *key, struct error *e)
{
	return db_exec(tx, &Q_SYSTEM_REMOVE, DB_ARGS(db_text(str_of(key))), NULL, e);
}

enum err system_no_send(struct db_conn *c, bool *out, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_SYSTEM_GET, DB_ARGS(db_text(STR(SYSTEM_NO_SEND))));
	*out = db_rows_next(&r);
	return db_rows_close(&r, e);
}

enum err system_mail_secret(struct arena *a, struct db_conn *c, str *out, struct error *e)
{
	str hex;
	enum err err = system_get(a, c, SYSTEM_MAIL_SECRET, &hex, e);
	if (err)
		return err;
	if (hex.n < 32 || !str_unhex(a, hex, out))
		return error_detail(e, ERR_INTERNAL,
		                    "no mail_secret: the first start did not finish");
	return ERR_OK;
}

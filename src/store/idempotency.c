/* idempotency.c: rows of idempotency. See idempotency.h. */
#include "store/idempotency.h"

#include "store/queries_gen.h"
#include "sys/digest.h"

/* A number for db_lock out of account and key. */
static int64_t lock_id(struct arena *a, int64_t account_id, str key)
{
	uint8_t hash[DIGEST_SIZE];
	int64_t id;
	digest_of(str_printf(a, "%lld:%.*s", (long long)account_id, STR_FMT(key)), hash);
	memcpy(&id, hash, sizeof id);
	return id;
}

enum err idempotency_get(struct arena *a, struct db_conn *tx, int64_t account_id, str key,
                         str request_hash, usec now, bool *found, struct idempotency *out,
                         struct error *e)
{
	*found = false;
	*out = (struct idempotency){0};
	enum err err = db_lock(tx, "idempotency", lock_id(a, account_id, key), e);
	if (err)
		return err;
	struct db_rows r;
	db_rows_open(&r, tx, &Q_IDEMPOTENCY_GET,
	             DB_ARGS(db_int(account_id), db_text(key), db_int(now - IDEMPOTENCY_AGE)));
	if (db_rows_next(&r)) {
		*found = true;
		out->request_hash = db_dup_str(a, &r, 0);
		out->status = db_get_int(&r, 1);
		out->response = db_dup_str(a, &r, 2);
	}
	err = db_rows_close(&r, e);
	if (!err && *found && !str_eq(out->request_hash, request_hash)) {
		*found = false;
		return error_set(e, ERR_CONFLICT, "error.idempotency_mismatch", NULL, NULL);
	}
	return err;
}

enum err idempotency_put(struct db_conn *tx, int64_t account_id, str key,
                         const struct idempotency *answer, usec now, struct error *e)
{
	return db_exec_later(tx, &Q_IDEMPOTENCY_PUT,
	                     DB_ARGS(db_int(account_id), db_text(key),
	                             db_text(answer->request_hash), db_int(answer->status),
	                             db_text(answer->response), db_int(now)),
	                     e);
}

enum err idempotency_purge(struct db_conn *tx, usec before, int64_t *n, struct error *e)
{
	return db_exec(tx, &Q_IDEMPOTENCY_PURGE, DB_ARGS(db_int(before)), n, e);
}

/* throttle.c: rows of throttle. See throttle.h. */
#include "store/throttle.h"

#include "store/queries_gen.h"
#include "sys/digest.h"

enum err throttle_get(struct db_conn *c, str key, struct throttle *out, struct error *e)
{
	struct db_rows r;
	*out = (struct throttle){0};
	db_rows_open(&r, c, &Q_THROTTLE_GET, DB_ARGS(db_text(key)));
	if (db_rows_next(&r))
		*out = (struct throttle){.failures = db_get_int(&r, 0),
		                         .first_at = db_get_int(&r, 1),
		                         .blocked_until = db_get_int(&r, 2)};
	return db_rows_close(&r, e);
}

static enum err put(struct db_conn *tx, str key, const struct throttle *t, struct error *e)
{
	return db_exec(tx, &Q_THROTTLE_SET,
	               DB_ARGS(db_text(key), db_int(t->failures), db_int(t->first_at),
	                       db_int(t->blocked_until)),
	               NULL, e);
}

static enum err blocked(usec left, struct error *e)
{
	error_set(e, ERR_THROTTLED, "error.throttled", NULL, NULL);
	if (e)
		e->retry_after = left;
	return ERR_THROTTLED;
}

enum err throttle_check(struct db_conn *c, str key, usec now, struct error *e)
{
	struct throttle t;
	enum err err = throttle_get(c, key, &t, e);
	if (!err && t.blocked_until > now)
		return blocked(t.blocked_until - now, e);
	return err;
}

enum err throttle_fail(struct db_conn *tx, str key, const struct throttle_rule *rule, usec now,
                       struct error *e)
{
	struct throttle t;
	enum err err = throttle_get(tx, key, &t, e);
	if (err)
		return err;
	/* Quiet since the pause ended, or since the first failure if there was none. */
	usec since = t.blocked_until > t.first_at ? t.blocked_until : t.first_at;
	if (t.failures == 0 || now - since >= rule->forget)
		t = (struct throttle){.first_at = now};
	t.failures++;
	int64_t over = t.failures - rule->free;
	if (over > 0) {
		usec pause = rule->first;
		while (--over > 0 && pause < rule->most)
			pause *= 2;
		t.blocked_until = now + (pause < rule->most ? pause : rule->most);
	}
	return put(tx, key, &t, e);
}

enum err throttle_undo(struct db_conn *tx, str key, struct error *e)
{
	struct throttle t;
	enum err err = throttle_get(tx, key, &t, e);
	if (err || t.failures == 0)
		return err;
	t.failures--;
	t.blocked_until = 0;
	return put(tx, key, &t, e);
}

enum err throttle_clear(struct db_conn *tx, str key, struct error *e)
{
	return db_exec(tx, &Q_THROTTLE_CLEAR, DB_ARGS(db_text(key)), NULL, e);
}

enum err throttle_count(struct db_conn *tx, str key, int64_t most, usec window, usec now,
                        struct error *e)
{
	struct throttle t;
	uint8_t hash[DIGEST_SIZE];
	int64_t id;
	digest_of(key, hash);
	memcpy(&id, hash, sizeof id);
	enum err err = db_lock(tx, "throttle", id, e); /* two at once count as two */
	if (!err)
		err = throttle_get(tx, key, &t, e);
	if (err)
		return err;
	if (t.failures == 0 || now - t.first_at >= window)
		t = (struct throttle){.first_at = now};
	if (t.failures >= most)
		return blocked(t.first_at + window - now, e);
	t.failures++;
	return put(tx, key, &t, e);
}

enum err throttle_purge(struct db_conn *tx, usec before, int64_t *n, struct error *e)
{
	return db_exec(tx, &Q_THROTTLE_PURGE, DB_ARGS(db_int(before)), n, e);
}

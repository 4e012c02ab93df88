/* job.c: rows of job. See job.h. */
#include "store/job.h"

#include "base/vec.h"
#include "store/queries_gen.h"

static void read_job(struct arena *a, struct db_rows *r, struct job *out)
{
	*out = (struct job){
	    .id = db_get_int(r, 0),
	    .kind = db_dup_str(a, r, 1),
	    .key = db_dup_str(a, r, 2),
	    .due = db_get_int(r, 3),
	    .payload = db_dup_str(a, r, 4),
	    .attempts = db_get_int(r, 5),
	    .lease_owner = db_dup_str(a, r, 6),
	    .lease_until = db_get_int(r, 7),
	    .dead = db_get_int(r, 8),
	    .error = db_dup_str(a, r, 9),
	};
}

static enum err add(struct db_conn *tx, const struct db_query *q, const char *kind, str key,
                    usec due, str payload, usec now, struct error *e)
{
	return db_exec(tx, q,
	               DB_ARGS(db_text(str_of(kind)), db_text(key), db_int(due),
	                       db_text(payload.n ? payload : STR("{}")), db_int(now)),
	               NULL, e);
}

enum err job_add(struct db_conn *tx, const char *kind, str key, usec due, str payload, usec now,
                 struct error *e)
{
	return add(tx, &Q_JOB_ADD, kind, key, due, payload, now, e);
}

enum err job_add_missing(struct db_conn *tx, const char *kind, str key, usec due, str payload,
                         usec now, struct error *e)
{
	return add(tx, &Q_JOB_ADD_MISSING, kind, key, due, payload, now, e);
}

enum err job_cancel(struct db_conn *tx, const char *kind, str key, usec now, bool *cancelled,
                    struct error *e)
{
	int64_t changes = 0;
	enum err err =
	    db_exec(tx, &Q_JOB_CANCEL, DB_ARGS(db_text(str_of(kind)), db_text(key), db_int(now)),
	            &changes, e);
	if (cancelled)
		*cancelled = changes > 0;
	return err;
}

enum err job_reschedule(struct db_conn *tx, const char *kind, str key, usec due, usec now,
                        bool *moved, struct error *e)
{
	int64_t changes = 0;
	enum err err = db_exec(
	    tx, &Q_JOB_RESCHEDULE,
	    DB_ARGS(db_text(str_of(kind)), db_text(key), db_int(due), db_int(now)), &changes, e);
	if (moved)
		*moved = changes > 0;
	return err;
}

enum err job_find(struct arena *a, struct db_conn *c, const char *kind, str key, struct job *out,
                  struct error *e)
{
	struct db_rows r;
	*out = (struct job){0};
	db_rows_open(&r, c, &Q_JOB_FIND, DB_ARGS(db_text(str_of(kind)), db_text(key)));
	if (db_rows_next(&r))
		read_job(a, &r, out);
	return db_rows_close(&r, e);
}

static enum err read_all(struct arena *a, struct db_conn *c, const struct db_query *q,
                         struct db_args args, struct job **out, size_t *n, struct error *e)
{
	VEC(struct job) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, q, args);
	while (db_rows_next(&r))
		read_job(a, &r, vec_push(a, &v));
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err job_claim(struct arena *a, struct db_conn *tx, const char *kind, str owner, usec now,
                   usec lease_now, usec lease_until, int limit, struct job **out, size_t *n,
                   struct error *e)
{
	return read_all(a, tx, &Q_JOB_CLAIM,
	                DB_ARGS(db_text(str_of(kind)), db_text(owner), db_int(now),
	                        db_int(lease_until), db_int(limit), db_int(lease_now)),
	                out, n, e);
}

enum err job_forget_leases(struct db_conn *tx, struct error *e)
{
	return db_exec(tx, &Q_JOB_FORGET_LEASES, DB_NO_ARGS, NULL, e);
}

enum err job_next_due(struct db_conn *c, str kinds, usec held, usec *out, struct error *e)
{
	struct db_rows r;
	*out = INT64_MAX;
	db_rows_open(&r, c, &Q_JOB_NEXT_DUE, DB_ARGS(db_text(kinds), db_int(held)));
	if (db_rows_next(&r) && !db_is_null(&r, 0))
		*out = db_get_int(&r, 0);
	return db_rows_close(&r, e);
}

enum err job_finish(struct db_conn *tx, int64_t id, str owner, bool *owned, struct error *e)
{
	int64_t changes = 0;
	enum err err = db_exec(tx, &Q_JOB_FINISH, DB_ARGS(db_int(id), db_text(owner)), &changes, e);
	*owned = changes > 0;
	return err;
}

enum err job_release(struct db_conn *tx, int64_t id, str owner, usec due, int64_t attempts,
                     bool dead, str error, bool *owned, struct error *e)
{
	int64_t changes = 0;
	enum err err = db_exec(tx, &Q_JOB_RELEASE,
	                       DB_ARGS(db_int(id), db_text(owner), db_int(due), db_int(attempts),
	                               db_int(dead), db_text(error)),
	                       &changes, e);
	*owned = changes > 0;
	return err;
}

enum err job_count(struct db_conn *c, const char *kind, int64_t *live, int64_t *dead,
                   struct error *e)
{
	struct db_rows r;
	*live = *dead = 0;
	if (kind)
		db_rows_open(&r, c, &Q_JOB_COUNT_OF, DB_ARGS(db_text(str_of(kind))));
	else
		db_rows_open(&r, c, &Q_JOB_COUNT, DB_NO_ARGS);
	if (db_rows_next(&r)) {
		*live = db_get_int(&r, 0);
		*dead = db_get_int(&r, 1);
	}
	return db_rows_close(&r, e);
}

enum err job_list_dead(struct arena *a, struct db_conn *c, int limit, struct job **out, size_t *n,
                       struct error *e)
{
	return read_all(a, c, &Q_JOB_LIST_DEAD, DB_ARGS(db_int(limit)), out, n, e);
}

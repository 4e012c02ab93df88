/* privacy.c: see privacy.h. */
#include "job/privacy.h"

#include "desk/privacy.h"
#include "json/read.h"
#include "store/blob_doomed.h"

struct erasing {
	int64_t id;
	str worked; /* the stage whose outside work was done */
};

static enum err stage_of(struct job_run *run, int64_t id, str *out, struct error *e)
{
	struct db_conn *c;
	struct erasure x;
	enum err err = db_read_begin(run->db, &c, e);
	if (err)
		return err;
	err = erasure_get(run->arena, c, id, &x, e);
	db_read_end(run->db, c);
	*out = err ? STR("") : x.stage;
	return err;
}

static enum err erasure_work(struct job_run *run, struct error *e)
{
	const struct desk *d = run->arg;
	struct erasing *w = ARENA_NEW(run->arena, struct erasing);
	const struct json *j;
	run->state = w;
	enum err err = json_parse(run->arena, run->job.payload, NULL, &j, e);
	if (err)
		return err;
	w->id = json_get_i64(j, "id", 0);
	if ((err = stage_of(run, w->id, &w->worked, e)))
		return err;
	if (str_is(w->worked, "log") && d->tombstones.n)
		err = tombstone_file_catch_up(run->db, d->tombstones.p, e);
	else if (str_is(w->worked, "files"))
		err = blob_bury(&d->blobs, run->db, NULL, e);
	return err;
}

static enum err erasure_commit(struct job_run *run, struct db_conn *tx, struct error *e)
{
	const struct erasing *w = run->state;
	bool more;
	enum err err = desk_erasure_step(run->arg, run->arena, tx, w->id, w->worked, &more, e);
	if (!err && more) {
		run->again_at = run->now;
		run->fresh = true;
	}
	return err;
}

static enum err sweep_work(struct job_run *run, struct error *e)
{
	return desk_privacy_sweep(run->db, e);
}

static enum err sweep_commit(struct job_run *run, struct db_conn *tx, struct error *e)
{
	return desk_privacy_swept(run->arena, tx, run->now, e);
}

/* Blobs that were noted outside of a run. */
static enum err night_work(struct job_run *run, struct error *e)
{
	const struct desk *d = run->arg;
	return blob_bury(&d->blobs, run->db, NULL, e);
}

static enum err night(struct job_run *run, struct db_conn *tx, struct error *e)
{
	const struct desk *d = run->arg;
	run->again_at = desk_retention_due(d, run->now);
	run->fresh = true;
	return desk_retention_night(d, run->arena, tx, e);
}

void job_privacy_kinds(struct job_kind kinds[JOB_PRIVACY_KINDS], const struct desk *desk)
{
	void *arg = (void *)(uintptr_t)desk;
	kinds[0] = (struct job_kind){
	    .name = DESK_JOB_ERASURE, .work = erasure_work, .commit = erasure_commit, .arg = arg};
	kinds[1] = (struct job_kind){.name = DESK_JOB_SWEEP,
	                             .lease = 30 * USEC_MINUTE,
	                             .work = sweep_work,
	                             .commit = sweep_commit,
	                             .arg = arg};
	kinds[2] = (struct job_kind){
	    .name = DESK_JOB_RETENTION, .work = night_work, .commit = night, .arg = arg};
}

enum err job_privacy_ensure(const struct desk *desk, struct db_conn *tx, usec now, struct error *e)
{
	return job_add_missing(tx, DESK_JOB_RETENTION, STR("all"), desk_retention_due(desk, now),
	                       STR_NONE, now, e);
}

/* train.c: see train.h. */
#include "job/train.h"

#include "desk/train.h"
#include "json/read.h"
#include "sys/worker.h"

#define LOOK_EVERY USEC_HOUR
#define TRAIN_LEASE (2 * USEC_HOUR)

struct training_run {
	int64_t account_id;
	str source;
	bool failed;
	struct error why;
	struct train_result result;
	struct blob blob;
};

static bool go_on(void *arg, const struct learn_progress *p)
{
	struct job_trainer *t = arg;
	(void)p;
	return !atomic_load(&t->stop);
}

static enum err collect(const struct desk *d, struct job_run *run, int64_t brand_id,
                        struct train_data *out, struct error *e)
{
	struct db_conn *c;
	enum err err = db_read_begin(run->db, &c, e);
	if (err)
		return err;
	err = train_collect(d, run->arena, c, brand_id, out, e);
	db_read_end(run->db, c);
	return err;
}

static enum err train_work(struct job_run *run, struct error *e)
{
	struct job_trainer *t = run->arg;
	struct training_run *w = ARENA_NEW(run->arena, struct training_run);
	const struct json *j;
	struct train_data data;
	run->state = w;
	enum err err = json_parse(run->arena, run->job.payload, NULL, &j, e);
	if (err)
		return err;
	int64_t brand_id = json_get_i64(j, "brand_id", 0);
	w->account_id = json_get_i64(j, "account_id", 0);
	w->source = w->account_id ? STR("admin") : STR("auto");
	if ((err = collect(t->desk, run, brand_id, &data, e)))
		return err;
	/* This thread does nothing else that anybody waits for. */
	thread_nice(19);
	err = train_run(run->arena, &data, run->now, go_on, t, &w->result, &w->why);
	if (err == ERR_BUSY) {
		*e = w->why;
		return err;
	}
	if (err) {
		w->failed = true; /* of the examples: told, and not tried again by itself */
		return ERR_OK;
	}
	w->result.row.brand_id = brand_id;
	w->result.row.created_by = w->account_id;
	w->result.row.source = w->source;
	return blob_prepare(&t->desk->blobs, run->arena, w->result.bytes, &w->blob, e);
}

static enum err train_commit(struct job_run *run, struct db_conn *tx, struct error *e)
{
	struct job_trainer *t = run->arg;
	struct training_run *w = run->state;
	if (!run->owned)
		return ERR_OK;
	if (w->failed)
		return train_failed(t->desk, run->arena, tx, w->source, &w->why, e);
	struct actor actor = *actor_system();
	if (w->account_id) {
		actor.kind = ACTOR_ACCOUNT;
		actor.account_id = w->account_id;
	}
	return train_install(t->desk, run->arena, tx, &actor, &w->result, &w->blob, false, e);
}

/* ---- by itself ---- */

static enum err look(struct job_run *run, struct db_conn *tx, struct error *e)
{
	bool due;
	run->again_at = run->now + LOOK_EVERY;
	run->fresh = true;
	enum err err = train_due(run->arena, tx, &due, e);
	if (err || !due)
		return err;
	return job_add_missing(tx, DESK_JOB_TRAIN, STR("brand:0"), run->now,
	                       STR("{\"brand_id\":0}"), run->now, e);
}

void job_train_kinds(struct job_kind kinds[JOB_TRAIN_KINDS], struct job_trainer *t)
{
	kinds[0] = (struct job_kind){.name = DESK_JOB_TRAIN,
	                             .lease = TRAIN_LEASE,
	                             .work = train_work,
	                             .commit = train_commit,
	                             .arg = t};
	kinds[1] = (struct job_kind){.name = DESK_JOB_RETRAIN, .commit = look, .arg = t};
}

enum err job_train_ensure(struct db_conn *tx, usec now, struct error *e)
{
	return job_add_missing(tx, DESK_JOB_RETRAIN, STR("all"), now + LOOK_EVERY, STR_NONE, now,
	                       e);
}

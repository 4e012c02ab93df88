/* housekeeping.c: see housekeeping.h. */
#include "job/housekeeping.h"

#include "store/attachment.h"
#include "store/blob_doomed.h"
#include "store/idempotency.h"
#include "store/session.h"
#include "store/throttle.h"

#define KIND "housekeeping"
#define SWEEP "blob_sweep"
#define EVERY USEC_HOUR
#define SWEEP_EVERY USEC_DAY /* it looks at every blob */
#define BLOB_LIFE USEC_DAY   /* of bytes that nothing names: longer than anything is under way */
#define UPLOAD_LIFE USEC_DAY /* where the desk does not say */
#define ANSWER_LIFE USEC_DAY /* of an answer kept for its Idempotency-Key */
#define SESSION_TRACE (7 * USEC_DAY) /* ended sessions stay to be seen */
#define THROTTLE_LIFE USEC_DAY

static enum err commit(struct job_run *run, struct db_conn *tx, struct error *e)
{
	const struct desk *d = run->arg;
	int64_t n;
	usec upload_life = d->upload_life ? d->upload_life : UPLOAD_LIFE;
	enum err err = session_purge(tx, run->now - SESSION_TRACE, &n, e);
	if (!err)
		err = idempotency_purge(tx, run->now - ANSWER_LIFE, &n, e);
	if (!err)
		err = throttle_purge(tx, run->now - THROTTLE_LIFE, &n, e);
	if (!err)
		err = upload_expire(tx, run->now - upload_life, &n, e);
	run->again_at = run->now + EVERY;
	run->fresh = true;
	return err;
}

/* Bytes that nothing names any more, and files that no row knows. */
static enum err sweep(struct job_run *run, struct error *e)
{
	const struct desk *d = run->arg;
	int64_t n;
	run->again_at = run->now + SWEEP_EVERY;
	run->fresh = true;
	enum err err = blob_sweep(&d->blobs, run->db, run->now - BLOB_LIFE, run->now, &n, e);
	return err ? err : blob_sweep_files(&d->blobs, run->db, run->now - BLOB_LIFE, &n, e);
}

void job_housekeeping_kind(struct job_kind *kind, const struct desk *desk)
{
	*kind = (struct job_kind){.name = KIND, .commit = commit, .arg = (void *)(uintptr_t)desk};
}

void job_sweep_kind(struct job_kind *kind, const struct desk *desk)
{
	*kind = (struct job_kind){
	    .name = SWEEP, .lease = USEC_HOUR, .work = sweep, .arg = (void *)(uintptr_t)desk};
}

enum err job_housekeeping_ensure(struct db_conn *tx, usec now, struct error *e)
{
	enum err err = job_add_missing(tx, KIND, STR("all"), now + EVERY, STR_NONE, now, e);
	return err ? err
	           : job_add_missing(tx, SWEEP, STR("all"), now + SWEEP_EVERY, STR_NONE, now, e);
}

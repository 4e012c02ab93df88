/* housekeeping.c: see housekeeping.h. */
#include "job/housekeeping.h"

#include "store/attachment.h"
#include "store/idempotency.h"
#include "store/session.h"
#include "store/throttle.h"

#define KIND "housekeeping"
#define EVERY USEC_HOUR
#define UPLOAD_LIFE USEC_DAY         /* where the desk does not say */
#define ANSWER_LIFE USEC_DAY         /* of an answer kept for its Idempotency-Key */
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

void job_housekeeping_kind(struct job_kind *kind, const struct desk *desk)
{
	*kind = (struct job_kind){.name = KIND, .commit = commit, .arg = (void *)(uintptr_t)desk};
}

enum err job_housekeeping_ensure(struct db_conn *tx, usec now, struct error *e)
{
	return job_add_missing(tx, KIND, STR("all"), now + EVERY, STR_NONE, now, e);
}

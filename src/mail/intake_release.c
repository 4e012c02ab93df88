/* intake_release.c: the job that lets in what a person released from quarantine. */
#include "desk/intake_rules.h"
#include "events/event.h"
#include "json/read.h"
#include "mail/intake_internal.h"
#include "store/system.h"
#include "text/addr.h"

/* Of a released letter without any sender (RFC 2606). */
#define NO_ADDRESS "unknown@letter.invalid"

struct release {
	struct intake item;
	struct incoming letter;
};

static enum err release_work(struct job_run *run, struct error *e)
{
	struct mail_intake *in = run->arg;
	struct release *r = ARENA_NEW(run->arena, struct release);
	const struct json *payload;
	struct db_conn *c;
	str raw;
	enum err err = json_parse(run->arena, run->job.payload, NULL, &payload, e);
	if (!err)
		err = db_read_begin(run->db, &c, e);
	if (err)
		return err;
	err = intake_get(run->arena, c, json_get_i64(payload, "intake_id", 0), &r->item, e);
	if (!err)
		err = blob_read(&in->desk->blobs, run->arena, c, r->item.raw_hash, 0, &raw, e);
	db_read_end(run->db, c);
	if (!err)
		err = incoming_prepare(in, run->arena, raw, r->item.sender, &r->letter, e);
	if (err)
		return err;
	if (!r->letter.m)
		return error_set(e, ERR_INVALID, REASON_UNREADABLE, NULL, NULL);
	if (!r->letter.from.email.n)
		r->letter.from.email =
		    email_is_valid(r->item.sender) ? r->item.sender : STR(NO_ADDRESS);
	/* The row knows how large the letter was: of a part the fields are ours. */
	if (r->item.size > (int64_t)raw.n)
		incoming_mark_held(&r->letter);
	run->state = r;
	return ERR_OK;
}

static enum err release_commit(struct job_run *run, struct db_conn *tx, struct error *e)
{
	struct mail_intake *in = run->arg;
	struct release *r = run->state;
	ARENA_AUTO a = arena_new();
	struct intake item;
	struct inbox box;
	usec now = clock_now(in->desk->clock);
	struct arrival ar = {.in = in,
	                     .letter = &r->letter,
	                     .mail_from = r->item.sender,
	                     .received = r->item.received_at,
	                     .now = now,
	                     .forced = true,
	                     .arena = a};
	enum err err = system_mail_secret(a, tx, &ar.secret, e);
	if (!err)
		err = intake_lock_letter(&ar, tx, e);
	if (!err)
		err = intake_get(a, tx, r->item.id, &item, e);
	if (err || item.state != INTAKE_QUARANTINED)
		return err;
	err = inbox_get(a, tx, item.inbox_id, &box, e);
	item.state = INTAKE_ACCEPTED;
	if (!err)
		err = intake_accept(&ar, tx, item.recipient, &box, NULL, &item, e);
	if (!err)
		err = intake_decide(tx, &item, INTAKE_QUARANTINED, e);
	struct event_about about;
	if (!err)
		err = intake_about(tx, &item, &about, e);
	if (err)
		return err;
	struct actor by = *actor_system();
	if (item.decided_by) {
		by.kind = ACTOR_ACCOUNT;
		by.account_id = item.decided_by;
	}
	event_add(tx, now, &by, EVENT_INTAKE_DECIDED, about,
	          EVENT_DATA(EVENT_INT("intake_id", item.id),
	                     EVENT_CODE("state", str_of(intake_state_name(item.state)))));
	return ERR_OK;
}

/* It cannot be let in: a person may decide anew. */
static enum err release_dead(struct job_run *run, struct db_conn *tx, const struct error *why,
                             struct error *e)
{
	const struct json *payload;
	struct intake item;
	(void)why;
	enum err err = json_parse(run->arena, run->job.payload, NULL, &payload, e);
	if (!err)
		err = intake_get(run->arena, tx, json_get_i64(payload, "intake_id", 0), &item, e);
	if (err || item.state != INTAKE_QUARANTINED)
		return err;
	item.decided_at = item.decided_by = 0;
	item.reason = STR(REASON_UNREADABLE);
	return intake_decide(tx, &item, INTAKE_QUARANTINED, e);
}

void mail_intake_release_kind(struct job_kind *kind, struct mail_intake *in)
{
	*kind = (struct job_kind){.name = JOB_INTAKE_RELEASE,
	                          .attempts = 5,
	                          .retry_first = 2 * USEC_SECOND,
	                          .retry_most = USEC_MINUTE,
	                          .work = release_work,
	                          .commit = release_commit,
	                          .dead = release_dead,
	                          .arg = in};
}

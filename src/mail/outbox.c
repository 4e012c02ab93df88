/* outbox.c: the job that sends one message. See outbox.h.
 *
 * work:   a first transaction marks the recipients still owed as "sending" and
 *         gives the message its Message-ID; then the letter is composed and
 *         offered to the server, all recipients at once.
 * commit: the fate of each recipient; who may be tried again keeps the job.
 */
#include "mail/outbox_internal.h"

#include "desk/admin.h"
#include "desk/reply.h"
#include "json/read.h"
#include "mail/address_token.h"
#include "store/delivery.h"
#include "store/system.h"
#include "text/message.h"

#define RETRY_FIRST USEC_MINUTE
#define RETRY_MOST USEC_HOUR
#define MAX_AGE (3 * USEC_DAY)

/* From work to commit, in the run's arena. */
struct sending {
	struct mail_outbox *o;
	struct job_run *run;
	int64_t message_id;
	struct outbox_letter letter;
	struct delivery *owed;
	size_t n_owed;
	bool held; /* no-send mode began meanwhile: nothing was tried */
	struct smtp_outcome outcome;
	bool refused; /* the letter itself cannot be sent; why says it */
	struct error why;
};

/* ---- before ---- */

static enum err load_owed(struct sending *s, struct db_conn *tx, struct error *e)
{
	struct delivery *all;
	size_t n;
	enum err err = delivery_of_message(s->run->arena, tx, s->message_id, &all, &n, e);
	if (err)
		return err;
	s->owed = ARENA_ARRAY(s->run->arena, n, struct delivery);
	s->n_owed = 0;
	for (size_t i = 0; i < n; i++)
		if (all[i].state == DELIVERY_QUEUED || all[i].state == DELIVERY_SENDING)
			s->owed[s->n_owed++] = all[i];
	return ERR_OK;
}

static enum err name_letter(struct sending *s, struct db_conn *tx, struct error *e)
{
	struct message *m = &s->letter.message;
	if (m->mail_id.n)
		return ERR_OK;
	m->mail_id = mail_token_message_id(s->run->arena, s->letter.secret,
	                                   (struct mail_token){m->ticket_id, m->thread_id},
	                                   outbox_domain(s->o, &s->letter.inbox));
	return message_set_mail(tx, m->id, m->mail_id, STR_NONE, e);
}

static enum err begin(void *arg, struct db_conn *tx, struct error *e)
{
	struct sending *s = arg;
	enum err err = outbox_letter_load(s->o, s->run->arena, tx, s->message_id, &s->letter, e);
	if (!err)
		err = load_owed(s, tx, e);
	if (!err && s->n_owed)
		err = name_letter(s, tx, e);
	for (size_t i = 0; !err && i < s->n_owed; i++) {
		s->owed[i].state = DELIVERY_SENDING;
		s->owed[i].attempts++;
		s->owed[i].updated_at = s->run->now;
		err = delivery_update(tx, &s->owed[i], e);
	}
	return err;
}

/* ---- the conversation ---- */

static enum err server_of(struct sending *s, struct db_conn *c, struct smtp_server *out,
                          struct error *e)
{
	const struct inbox *inbox = &s->letter.inbox;
	*out = s->o->server;
	if (!inbox->smtp_host.n)
		return ERR_OK;
	out->host = inbox->smtp_host;
	out->port = (int)inbox->smtp_port;
	out->tls = str_is(inbox->smtp_tls, "tls")    ? SMTP_TLS_FULL
	           : str_is(inbox->smtp_tls, "none") ? SMTP_TLS_NONE
	                                             : SMTP_TLS_STARTTLS;
	out->user = inbox->smtp_user;
	out->bearer = STR_NONE;
	return desk_inbox_password(s->o->desk, s->run->arena, c, inbox, &out->password, e);
}

static enum err prepare(struct sending *s, struct smtp_server *server, str *raw, struct error *e)
{
	struct db_conn *c;
	enum err err = db_read_begin(s->o->db, &c, e);
	if (err)
		return err;
	err = system_no_send(c, &s->held, e);
	if (!err && !s->held)
		err = server_of(s, c, server, e);
	if (!err && !s->held)
		err = outbox_letter_compose(s->o, s->run->arena, c, &s->letter, raw, e);
	db_read_end(s->o->db, c);
	return err;
}

static enum err offer(struct sending *s, const struct smtp_server *server, str raw, struct error *e)
{
	str *recipients = ARENA_ARRAY(s->run->arena, s->n_owed, str);
	for (size_t i = 0; i < s->n_owed; i++)
		recipients[i] = s->owed[i].address;
	const struct smtp_letter letter = {
	    .mail_from = s->letter.message.is_auto ? STR("") : s->letter.inbox.address,
	    .recipients = recipients,
	    .nrecipients = s->n_owed,
	    .raw = raw,
	};
	return s->o->send
	           ? s->o->send(s->o->send_arg, s->run->arena, server, &letter, &s->outcome, e)
	           : smtp_send(s->run->arena, server, &letter, &s->outcome, e);
}

/* What no later try can mend: the fault is in the letter or in the settings. */
static bool is_final(enum err err)
{
	return err == ERR_INVALID || err == ERR_TOO_LARGE || err == ERR_SYNTAX;
}

static enum err work(struct job_run *run, struct error *e)
{
	struct sending *s = ARENA_NEW(run->arena, struct sending);
	const struct json *payload;
	struct smtp_server server;
	str raw;
	run->state = s;
	s->o = run->arg;
	s->run = run;
	enum err err = json_parse(run->arena, run->job.payload, NULL, &payload, e);
	if (err)
		return err;
	s->message_id = json_get_i64(payload, "message_id", 0);
	err = db_write(s->o->db, begin, s, e);
	if (err || !s->n_owed)
		return err;
	err = prepare(s, &server, &raw, e);
	if (!err && !s->held)
		err = offer(s, &server, raw, e);
	if (!is_final(err))
		return err;
	s->refused = true;
	s->why = *e;
	return ERR_OK;
}

/* ---- after ---- */

static usec pause_of(const struct mail_outbox *o, int64_t attempt)
{
	usec pause = o->retry_first ? o->retry_first : RETRY_FIRST;
	usec most = o->retry_most ? o->retry_most : RETRY_MOST;
	for (int64_t i = 1; i < attempt && pause < most; i++)
		pause *= 2;
	return pause < most ? pause : most;
}

/* How long this round of tries has gone on: the pauses before this attempt. */
static usec waited(const struct mail_outbox *o, int64_t attempts, usec enough)
{
	usec sum = 0;
	for (int64_t i = 1; i < attempts && sum < enough; i++)
		sum += pause_of(o, i);
	return sum;
}

static void settle(struct sending *s, struct delivery *d, const struct smtp_result *r, bool last)
{
	d->updated_at = clock_now(s->o->desk->clock);
	if (s->held) {
		d->state = DELIVERY_QUEUED;
		d->attempts--;
		return;
	}
	if (s->refused) {
		d->state = DELIVERY_FAILED;
		d->answer = message_error(s->run->arena, LANG_EN, &s->why);
		return;
	}
	d->code = r->code;
	d->status = r->enhanced;
	d->answer = str_to_utf8(s->run->arena, r->reply);
	d->state = r->fate == SMTP_SENT                ? DELIVERY_SENT
	           : r->fate == SMTP_PERMANENT || last ? DELIVERY_FAILED
	                                               : DELIVERY_QUEUED;
}

static void tell(const struct sending *s, const struct delivery *d)
{
	if (s->o->log)
		log_info(s->o->log, "letter offered", LOG_INT("message", s->message_id),
		         LOG_INT("delivery", d->id), LOG_Z("state", delivery_state_name(d->state)),
		         LOG_INT("code", d->code), LOG_STR("answer", d->answer));
}

/* The row as it is now decides whether there is anything left to say: another
 * process may have taken the job over when its lease ran out. */
static enum err commit(struct job_run *run, struct db_conn *tx, struct error *e)
{
	struct sending *s = run->state;
	usec most = s->o->max_age ? s->o->max_age : MAX_AGE;
	bool last = waited(s->o, run->job.attempts, most) >= most, again = false;
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < s->n_owed; i++) {
		struct delivery d = s->owed[i], now;
		err = delivery_get(run->arena, tx, d.id, &now, e);
		if (err || (now.state != DELIVERY_QUEUED && now.state != DELIVERY_SENDING))
			continue;
		settle(s, &d, s->held || s->refused ? NULL : &s->outcome.recipients[i], last);
		again |= d.state == DELIVERY_QUEUED;
		err = desk_delivery_update(s->o->desk, run->arena, tx, actor_system(), &d, e);
		tell(s, &d);
	}
	if (again) {
		run->again_at = clock_now(s->o->desk->clock) +
		                (s->held ? 0 : pause_of(s->o, run->job.attempts));
		run->fresh = s->held;
	}
	return err;
}

/* Our own fault, again and again: the agent must see that it will not leave. */
static enum err dead(struct job_run *run, struct db_conn *tx, const struct error *why,
                     struct error *e)
{
	struct sending *s = run->state;
	if (!s || !s->message_id)
		return ERR_OK;
	s->refused = true;
	s->why = *why;
	enum err err = load_owed(s, tx, e);
	for (size_t i = 0; !err && i < s->n_owed; i++) {
		settle(s, &s->owed[i], NULL, true);
		err = desk_delivery_update(s->o->desk, run->arena, tx, actor_system(), &s->owed[i],
		                           e);
	}
	return err;
}

void mail_outbox_kind(struct job_kind *kind, struct mail_outbox *o)
{
	*kind = (struct job_kind){
	    .name = DESK_JOB_SEND,
	    .outgoing = true,
	    .work = work,
	    .commit = commit,
	    .dead = dead,
	    .arg = o,
	};
}

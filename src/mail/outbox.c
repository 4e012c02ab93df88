/* outbox.c: the job that sends a message. See outbox.h.
 *
 *   begin    one transaction: the Message-ID for good, "sending" for whoever is owed the letter
 *   deliver  outside: the letter is made and offered to a server
 *   commit   with the end of the job: what became of each recipient
 */
#include "mail/outbox.h"

#include "desk/admin.h"
#include "desk/reply.h"
#include "desk/sender.h"
#include "json/read.h"
#include "mail/address_token.h"
#include "mail/outbox_internal.h"
#include "store/system.h"

#define LEASE (15 * USEC_MINUTE) /* more than a letter can take, by however many servers */
#define LEASE_SECONDS 900        /* the same, of which servers get SMTP_SEND_SECONDS */
#define LEAST_SECONDS 60         /* less of it left: no server is asked any more */
#define RETRY_FIRST USEC_MINUTE
#define RETRY_MOST USEC_HOUR
#define MAX_AGE (3 * USEC_DAY)

/* One recipient who is owed the letter. */
struct owed {
	struct delivery d;
	struct smtp_result result;
	bool settled; /* result says what became of it */
};

struct sending {
	struct mail_outbox *o;
	struct job_run *run;
	int64_t message_id;
	struct outgoing out;
	struct owed *owed;
	size_t n_owed;
	usec others;        /* somebody else is sending to some of them: until then at most */
	bool held;          /* nothing may leave now */
	usec full;          /* a limit is reached until then; 0 = there is room */
	struct sender *way; /* the brand's senders that have room, in the order of trying */
	size_t n_way;
	size_t used; /* which of them had the last word */
};

/* ---- begin ---- */

static usec lease_of(const struct mail_outbox *o)
{
	return o->lease ? o->lease : LEASE;
}

/* The part of the lease that so many seconds are of 15 minutes; at least one. */
static int share(const struct sending *s, int seconds)
{
	int64_t n = lease_of(s->o) / USEC_SECOND * seconds / LEASE_SECONDS;
	return n > 1 ? (int)n : 1;
}

static bool is_owed(struct sending *s, const struct delivery *d, usec now)
{
	if (d->state == DELIVERY_QUEUED)
		return true;
	if (d->state != DELIVERY_SENDING)
		return false;
	/* Left behind by a process that died, or by a clock that was wrong; or being sent right
	 * now. */
	if (now - d->updated_at >= lease_of(s->o) || d->updated_at - now >= lease_of(s->o))
		return true;
	if (d->updated_at + lease_of(s->o) > s->others)
		s->others = d->updated_at + lease_of(s->o);
	return false;
}

/* The brand's senders that have room; s->full when there are some and none has. */
static enum err find_way(struct sending *s, struct db_conn *tx, usec now, struct error *e)
{
	struct sender *all;
	size_t n;
	s->n_way = s->used = 0;
	enum err err = desk_sender_way(s->run->arena, tx, &s->out.inbox, &all, &n, e);
	s->way = all;
	for (size_t i = 0; !err && i < n; i++) {
		usec until;
		err = desk_sender_room(tx, &all[i], now, &until, e);
		if (!until)
			s->way[s->n_way++] = all[i];
		else if (!s->full || until < s->full)
			s->full = until;
	}
	if (s->n_way)
		s->full = 0;
	return err;
}

/* Is there room for this letter, and by which servers? */
static enum err find_room(struct sending *s, struct db_conn *tx, usec now, struct error *e)
{
	s->full = 0;
	enum err err = desk_inbox_room(tx, &s->out.inbox, s->message_id, now, &s->full, e);
	return err || s->full ? err : find_way(s, tx, now, e);
}

/* Takes the recipient for this try, or notes that it waits for a limit. */
static enum err take(struct sending *s, struct db_conn *tx, struct delivery *d, usec now,
                     struct error *e)
{
	if (s->full)
		return desk_delivery_hold(s->run->arena, tx, d, STR("limit"), s->full, now, e);
	d->state = DELIVERY_SENDING;
	d->attempts++;
	d->updated_at = d->offered_at = now;
	d->held = STR("");
	d->due_at = 0;
	d->sender_id = s->n_way ? s->way[0].id : 0;
	s->owed[s->n_owed++].d = *d;
	return delivery_update(tx, d, e);
}

static enum err begin(void *arg, struct db_conn *tx, struct error *e)
{
	struct sending *s = arg;
	struct arena *a = s->run->arena;
	struct delivery *list;
	size_t n;
	usec now = s->run->now;
	s->n_owed = 0;
	s->others = 0;
	enum err err = db_lock(tx, "outgoing", s->message_id, e);
	if (!err)
		err = system_no_send(tx, &s->held, e);
	if (err || s->held)
		return err;
	err = outgoing_read(s->o, a, tx, s->message_id, &s->out, e);
	if (!err)
		err = delivery_of_message(a, tx, s->message_id, &list, &n, e);
	if (err)
		return err;
	if (!s->out.m.mail_id.n) {
		struct mail_token t = {s->out.m.ticket_id, s->out.m.thread_id};
		s->out.m.mail_id = mail_token_message_id(a, s->out.secret, t,
		                                         outgoing_domain(s->o, &s->out.inbox));
		err = message_set_mail(tx, s->message_id, s->out.m.mail_id, STR_NONE, e);
	}
	s->owed = ARENA_ARRAY(a, n + 1, struct owed);
	bool asked = false;
	for (size_t i = 0; !err && i < n; i++) {
		if (!is_owed(s, &list[i], now))
			continue;
		if (!asked)
			err = find_room(s, tx, now, e);
		asked = true;
		if (!err)
			err = take(s, tx, &list[i], now, e);
	}
	return err;
}

/* ---- deliver ---- */

static void settle_all(struct sending *s, enum smtp_fate fate, str reply)
{
	for (size_t i = 0; i < s->n_owed; i++) {
		s->owed[i].settled = true;
		s->owed[i].result = (struct smtp_result){.fate = fate, .reply = reply};
	}
}

static enum smtp_tls tls_of(str mode)
{
	return str_is(mode, "tls")    ? SMTP_TLS_FULL
	       : str_is(mode, "none") ? SMTP_TLS_NONE
	                              : SMTP_TLS_STARTTLS;
}

enum err mail_sender_server(const struct mail_outbox *o, struct arena *a, const struct sender *w,
                            struct smtp_server *out, struct error *e)
{
	*out = o->server;
	out->host = w->host;
	out->port = (int)w->port;
	out->tls = tls_of(w->tls);
	out->user = out->password = out->bearer = STR_NONE;
	/* Typed in by an admin of the desk, who need not have a way into this network. */
	out->allow_private = o->inboxes_private;
	if (str_is(w->auth, "none"))
		return ERR_OK;
	out->user = w->username;
	if (str_is(w->auth, "xoauth2")) {
		if (out->tls == SMTP_TLS_NONE)
			return error_set(e, ERR_AUTH, "error.oauth_needs_tls", NULL, NULL);
		if (o->oauth)
			return oauth_access_token(o->oauth, w->oauth_credential_id, w->host, a,
			                          &out->bearer, e);
		return error_detail(e, ERR_INTERNAL, "no access tokens here");
	}
	return desk_sender_password(o->desk, a, w, &out->password, e);
}

/* A sender of the brand, else the inbox's own server, else the installation's. */
static enum err choose_server(struct sending *s, size_t i, struct smtp_server *out, struct error *e)
{
	const struct inbox *box = &s->out.inbox;
	if (i < s->n_way)
		return mail_sender_server(s->o, s->run->arena, &s->way[i], out, e);
	*out = s->o->server;
	if (!box->smtp_host.n)
		return ERR_OK;
	out->host = box->smtp_host;
	out->port = (int)box->smtp_port;
	out->tls = tls_of(box->smtp_tls);
	out->user = box->smtp_user;
	out->bearer = STR_NONE;
	out->allow_private = s->o->inboxes_private;
	return desk_inbox_password(s->o->desk, s->run->arena, NULL, box, &out->password, e);
}

/* Is the recipient as this try has left it? */
static enum err is_ours(struct arena *a, struct db_conn *c, const struct delivery *d, bool *ours,
                        struct error *e)
{
	struct delivery now;
	enum err err = delivery_get(a, c, d->id, &now, e);
	if (err == ERR_NOT_FOUND) { /* taken back, erased */
		*ours = false;
		return ERR_OK;
	}
	*ours = !err && now.state == DELIVERY_SENDING && now.attempts == d->attempts &&
	        now.offered_at == d->offered_at;
	return err;
}

/* Reads the files and asks once more whether anything may leave, and whether it is still ours to
 * send: reading can take long, and a frozen process does not know how long it slept. */
static enum err last_look(struct sending *s, struct error *e)
{
	struct db_conn *c;
	size_t kept = 0;
	enum err err = db_read_begin(s->o->db, &c, e);
	if (err)
		return err;
	err = outgoing_files(s->o, s->run->arena, c, &s->out, e);
	if (!err)
		err = system_no_send(c, &s->held, e);
	db_read_end(s->o->db, c);
	if (!err)
		err = db_read_begin(s->o->db, &c, e); /* not the snapshot of before the reading */
	if (err)
		return err;
	for (size_t i = 0; !err && i < s->n_owed; i++) {
		bool ours;
		err = is_ours(s->run->arena, c, &s->owed[i].d, &ours, e);
		if (ours)
			s->owed[kept++] = s->owed[i];
	}
	db_read_end(s->o->db, c);
	if (!err)
		s->n_owed = kept;
	return err;
}

static void take_outcome(struct sending *s, const struct smtp_outcome *o)
{
	for (size_t i = 0; i < s->n_owed; i++) {
		s->owed[i].settled = true;
		s->owed[i].result = i < o->nrecipients ? o->recipients[i] : o->letter;
	}
}

static str words_of(struct arena *a, const struct error *e)
{
	return str_dup(a, str_of(e->detail[0] ? e->detail : e->key));
}

/* Nothing of the letter was handed over: another server may be asked for the same. A server that
 * was heard about the letter has decided, also when it said "later". */
static bool unheard(const struct smtp_outcome *o)
{
	static const char *const steps[] = {"connect", "guard", "tls", "auth"};
	for (size_t i = 0; i < o->nrecipients; i++)
		if (o->recipients[i].fate == SMTP_SENT || o->recipients[i].uncertain)
			return false;
	for (size_t i = 0; o->step && i < COUNT_OF(steps); i++)
		if (strcmp(o->step, steps[i]) == 0)
			return true;
	return false;
}

/* What is left for asking servers: when the lease ends, another process begins anew. The clock
 * may have been set meanwhile, and a machine that was suspended has stopped the other one: the
 * later of the two counts. */
static int seconds_left(const struct sending *s)
{
	int most = share(s, SMTP_SEND_SECONDS);
	usec by_clock = clock_now(s->o->desk->clock) - s->run->now;
	usec spent = clock_mono(s->o->desk->clock) - s->run->started;
	if (by_clock > spent)
		spent = by_clock;
	spent /= USEC_SECOND;
	return spent < 0 ? most : spent > most ? 0 : most - (int)spent;
}

/* Offers the letter to one server. *next: another one may be tried. */
static void offer(struct sending *s, size_t i, const struct smtp_letter *letter, bool *next)
{
	struct arena *a = s->run->arena;
	struct smtp_server server;
	struct smtp_outcome outcome = {0};
	struct error e = {0};
	*next = false;
	if (i > 0 && seconds_left(s) < share(s, LEAST_SECONDS))
		return; /* what the one before said stands */
	s->used = i;
	enum err err = choose_server(s, i, &server, &e);
	if (err) { /* a password that does not open */
		*next = true;
		settle_all(s, SMTP_TEMPORARY, words_of(a, &e));
		return;
	}
	if (!server.host.n) {
		settle_all(s, SMTP_TEMPORARY, STR("no SMTP server is set up"));
		return;
	}
	server.total_seconds = seconds_left(s);
	if (server.total_seconds < share(s, LEAST_SECONDS)) {
		settle_all(s, SMTP_TEMPORARY, STR("no time was left for a server"));
		return;
	}
	err = s->o->send ? s->o->send(s->o->send_arg, a, &server, letter, &outcome, &e)
	                 : smtp_send(a, &server, letter, &outcome, &e);
	/* The token may have been revoked before its time: the next try asks for a new one. */
	if (!err && server.bearer.n && outcome.step && strcmp(outcome.step, "auth") == 0 &&
	    oauth_token_refused(s->o->oauth, s->way[i].oauth_credential_id, server.bearer, &e))
		e = (struct error){0};
	if (!err) {
		take_outcome(s, &outcome);
		*next = unheard(&outcome);
		return;
	}
	settle_all(s, err == ERR_INVALID || err == ERR_TOO_LARGE ? SMTP_PERMANENT : SMTP_TEMPORARY,
	           words_of(a, &e));
}

static void deliver(struct sending *s, str raw)
{
	str *to = ARENA_ARRAY(s->run->arena, s->n_owed + 1, str);
	for (size_t i = 0; i < s->n_owed; i++)
		to[i] = s->owed[i].d.address;
	struct smtp_letter letter = {
	    .mail_from = s->out.m.is_auto ? STR("") : s->out.reply_to,
	    .recipients = to,
	    .nrecipients = s->n_owed,
	    .raw = raw,
	};
	bool next = true;
	size_t most = s->n_way ? s->n_way : 1;
	for (size_t i = 0; next && i < most; i++)
		offer(s, i, &letter, &next);
}

static enum err work(struct job_run *run, struct error *e)
{
	struct sending *s = ARENA_NEW(run->arena, struct sending);
	const struct json *payload;
	struct error why = {0};
	str raw = STR_NONE;
	*s = (struct sending){.o = run->arg, .run = run};
	run->state = s;
	enum err err = json_parse(run->arena, run->job.payload, NULL, &payload, e);
	if (err)
		return err;
	s->message_id = json_get_i64(payload, "message_id", 0);
	err = db_write(s->o->db, begin, s, e);
	if (err || s->held || !s->n_owed)
		return err;
	err = last_look(s, &why);
	if (!err && !s->held)
		err = outgoing_compose(s->o, run->arena, &s->out, &raw, &why);
	if (err == ERR_DB || err == ERR_BUSY)
		settle_all(s, SMTP_TEMPORARY, words_of(run->arena, &why));
	else if (err) /* it cannot become a letter: the agent must see that */
		settle_all(s, err == ERR_IO ? SMTP_TEMPORARY : SMTP_PERMANENT,
		           words_of(run->arena, &why));
	else if (!s->held)
		deliver(s, raw);
	return ERR_OK;
}

/* ---- commit ---- */

static usec or_default(usec v, usec otherwise)
{
	return v ? v : otherwise;
}

/* The pause after so many tries; *waited: all the pauses so far. */
static usec pause_after(const struct mail_outbox *o, int attempts, usec *waited)
{
	usec pause = or_default(o->retry_first, RETRY_FIRST);
	usec most = or_default(o->retry_most, RETRY_MOST);
	*waited = 0;
	for (int i = 1; i < attempts; i++) {
		*waited += pause;
		pause = pause * 2 < most ? pause * 2 : most;
	}
	return pause < most ? pause : most;
}

static void log_fate(const struct sending *s, const struct delivery *d, const struct smtp_result *r)
{
	if (s->o->log)
		log_info(s->o->log, "letter offered", LOG_INT("message", s->message_id),
		         LOG_INT("delivery", d->id), LOG_Z("state", delivery_state_name(d->state)),
		         LOG_INT("attempt", d->attempts), LOG_INT("code", r->code));
}

/* Writes what became of one recipient. *again: when to try once more, 0 = never. */
static enum err record(const struct sending *s, struct arena *a, struct db_conn *tx,
                       const struct owed *w, usec now, usec *again, struct error *e)
{
	struct delivery d = w->d;
	usec waited, pause = pause_after(s->o, d.attempts, &waited);
	bool ours, sent = w->settled && w->result.fate == SMTP_SENT;
	*again = 0;
	enum err err = is_ours(a, tx, &d, &ours, e);
	if (err || (!ours && !sent)) /* whoever has it now knows better, but for this */
		return err;
	if (!w->settled) {
		/* Held back before anything was tried. */
		d.state = DELIVERY_QUEUED;
		d.attempts--;
		d.offered_at = 0;
		*again = now;
	} else if (w->result.fate == SMTP_SENT) {
		d.state = DELIVERY_SENT;
	} else if (w->result.fate == SMTP_PERMANENT ||
	           waited + pause > or_default(s->o->max_age, MAX_AGE)) {
		d.state = DELIVERY_FAILED;
	} else {
		d.state = DELIVERY_QUEUED;
		*again = now + pause;
	}
	d.due_at = *again;
	if (w->settled) {
		d.sender_id = s->n_way ? s->way[s->used].id : 0;
		d.code = w->result.code;
		d.status = w->result.enhanced;
		d.answer = w->result.reply;
	}
	d.updated_at = now;
	log_fate(s, &d, &w->result);
	return desk_delivery_update(s->o->desk, a, tx, actor_system(), &d, e);
}

static enum err commit(struct job_run *run, struct db_conn *tx, struct error *e)
{
	struct sending *s = run->state;
	ARENA_AUTO a = arena_new();
	usec now = clock_now(s->o->desk->clock), next = 0;
	enum err err = db_lock(tx, "outgoing", s->message_id, e);
	for (size_t i = 0; !err && i < s->n_owed; i++) {
		usec again = 0;
		err = record(s, a, tx, &s->owed[i], now, &again, e);
		if (again && (!next || again < next))
			next = again;
	}
	if (s->held && !next)
		next = now;
	if (s->full && (!next || s->full < next))
		next = s->full;
	if (s->others && (!next || s->others < next))
		next = s->others;
	if (err)
		return err;
	run->again_at = next;
	run->fresh = true; /* how often to try is the recipients' matter */
	/* The row is somebody else's now, or gone: what is owed must have one all the same,
	 * unless it went with the letter's words. */
	struct message m;
	if (next && !run->owned &&
	    !(err = message_get(a, tx, actor_system(), s->message_id, &m, e)) && !m.erased_at)
		err = job_add(tx, DESK_JOB_SEND, run->job.key, next, run->job.payload, now, e);
	return err;
}

/* Only a message that cannot even be read comes here: what is owed failed. */
static enum err dead(struct job_run *run, struct db_conn *tx, const struct error *why,
                     struct error *e)
{
	struct mail_outbox *o = run->arg;
	const struct json *payload;
	struct delivery *list;
	size_t n;
	enum err err = json_parse(run->arena, run->job.payload, NULL, &payload, e);
	if (!err)
		err = delivery_of_message(run->arena, tx, json_get_i64(payload, "message_id", 0),
		                          &list, &n, e);
	for (size_t i = 0; !err && i < n; i++) {
		if (list[i].state != DELIVERY_QUEUED && list[i].state != DELIVERY_SENDING)
			continue;
		list[i].state = DELIVERY_FAILED;
		list[i].held = STR("");
		list[i].due_at = 0;
		list[i].answer = words_of(run->arena, why);
		err = desk_delivery_update(o->desk, run->arena, tx, actor_system(), &list[i], e);
	}
	return err;
}

void mail_outbox_kind(struct job_kind *kind, struct mail_outbox *o)
{
	*kind = (struct job_kind){.name = DESK_JOB_SEND,
	                          .outgoing = true,
	                          .lease = lease_of(o),
	                          .attempts = 30,
	                          .retry_first = 10 * USEC_SECOND,
	                          .retry_most = USEC_HOUR,
	                          .work = work,
	                          .commit = commit,
	                          .dead = dead,
	                          .arg = o};
}

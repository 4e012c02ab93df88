/* mailbox_visit.c: see mailbox_visit.h. */
#include "mail/mailbox_visit.h"

#include "mime/thin.h"
#include "store/system.h"

#define LETTER_BYTES ((size_t)25 << 20)
#define LETTER_LEAST ((size_t)65536) /* of a letter whose rest does not come */
#define LEASE (3 * USEC_MINUTE)
#define SEARCH_MOST ((size_t)100000)
#define OLD USEC_DAY    /* a letter that lay so long is not acknowledged any more */
#define SLACK USEC_HOUR /* between the server's clock and ours */
#define TRIES 3         /* of a whole letter, when the server says no */
#define TRIES_CUT 6     /* ... when the connection ends */
#define NOT_GIVEN "intake.not_given"

static usec now_of(const struct mailbox_visit *v)
{
	return clock_now(v->o->intake->desk->clock);
}

static usec lease_of(const struct mailbox_visit *v)
{
	return v->o->lease ? v->o->lease : LEASE;
}

/* What is taken of a letter, while nothing goes wrong. */
static size_t most_of(const struct mailbox_visit *v)
{
	return v->o->letter_bytes ? v->o->letter_bytes : LETTER_BYTES;
}

/* ---- the lease ---- */

struct lease_job {
	struct mailbox_visit *v;
	usec now;
	bool held;
};

static enum err renew_run(void *arg, struct db_conn *tx, struct error *e)
{
	struct lease_job *j = arg;
	return mailbox_claim(tx, j->v->m, j->v->owner, j->now, j->now + lease_of(j->v), &j->held,
	                     e);
}

bool mailbox_visit_renew(struct mailbox_visit *v)
{
	struct lease_job j = {.v = v, .now = now_of(v)};
	struct error e = {0};
	if (v->lease_lost)
		return false;
	if (j.now >= v->leased_at && j.now - v->leased_at < lease_of(v) / 3)
		return true;
	/* A database that is away for a moment: the lease still runs. */
	if (db_write(v->o->intake->db, renew_run, &j, &e))
		return j.now - v->leased_at < lease_of(v);
	v->leased_at = j.now;
	v->lease_lost = !j.held;
	return j.held;
}

static enum err lost_lease(struct mailbox_visit *v, struct error *e)
{
	v->lease_lost = true;
	return error_set(e, ERR_BUSY, "error.imap_lease", NULL, NULL);
}

/* ---- the folder ---- */

struct start_job {
	struct mailbox_visit *v;
	bool held;
};

static enum err start_run(void *arg, struct db_conn *tx, struct error *e)
{
	struct start_job *j = arg;
	return mailbox_cursor_start(tx, j->v->m, j->v->owner, j->v->uidvalidity, j->v->last_uid,
	                            &j->held, e);
}

enum err mailbox_visit_begin(struct mailbox_visit *v, struct error *e)
{
	struct imap_folder f;
	struct start_job j = {.v = v};
	buf_init(&v->raw, most_of(v) + 1);
	v->leased_at = now_of(v);
	enum err err = imap_open(v->c, v->m->folder, v->m->remove && v->may_remove, &f, e);
	if (err)
		return err;
	v->uidvalidity = f.uidvalidity;
	if (v->m->uidvalidity == f.uidvalidity) {
		v->last_uid = (uint32_t)v->m->last_uid;
		return ERR_OK;
	}
	v->last_uid = 0;
	if (v->m->uidvalidity == 0 && !v->m->take_old && f.uidnext)
		v->last_uid = f.uidnext - 1;
	if (v->m->uidvalidity && v->o->intake->log)
		log_warn(v->o->intake->log,
		         "the folder was made anew and is read from its beginning",
		         LOG_INT("mailbox", v->m->id), LOG_INT("was", v->m->uidvalidity),
		         LOG_INT("is", f.uidvalidity));
	err = db_write(v->o->intake->db, start_run, &j, e);
	if (err || !j.held)
		return err ? err : lost_lease(v, e);
	v->m->uidvalidity = v->uidvalidity;
	v->m->last_uid = v->last_uid;
	return ERR_OK;
}

void mailbox_visit_end(struct mailbox_visit *v)
{
	buf_release(&v->raw);
}

/* ---- one letter ---- */

struct moved {
	struct mailbox_visit *v;
	uint32_t uid;
	bool held;
};

/* The cursor, in the letter's transaction. */
static enum err move_cursor(void *arg, struct db_conn *tx, struct error *e)
{
	struct moved *m = arg;
	struct mailbox_visit *v = m->v;
	enum err err = mailbox_cursor_move(tx, v->m, v->owner, v->uidvalidity, m->uid,
	                                   now_of(v) + lease_of(v), &m->held, e);
	return err || m->held ? err : error_set(e, ERR_BUSY, "error.imap_lease", NULL, NULL);
}

static void passed(struct mailbox_visit *v, uint32_t uid)
{
	v->last_uid = uid;
	v->m->last_uid = uid;
	v->leased_at = now_of(v);
	*v->memory = (struct mailbox_memory){0};
}

/* Nothing to take: gone, or older than what was asked for. */
static enum err step_over(struct mailbox_visit *v, uint32_t uid, struct error *e)
{
	struct moved m = {.v = v, .uid = uid, .held = true};
	enum err err = db_write(v->o->intake->db, move_cursor, &m, e);
	if (!m.held)
		return lost_lease(v, e);
	if (!err)
		passed(v, uid);
	return err;
}

static enum err hand_in(struct mailbox_visit *v, uint32_t uid, str raw, const struct imap_letter *l,
                        const char *hold, bool *whole, struct error *e)
{
	usec now = now_of(v);
	ARENA_AUTO a = arena_new();
	struct moved moved = {.v = v, .uid = uid, .held = true};
	struct lmtp_letter letter = {
	    .raw = raw,
	    .peer = str_printf(a, "imap %.*s", STR_FMT(v->m->host)),
	    .received = l->has_date && l->date < now ? l->date : now,
	};
	struct intake_way way = {.inbox_id = v->m->inbox_id,
	                         .quiet = l->has_date && now - l->date > OLD,
	                         .hold = hold,
	                         .full_size = l->whole ? 0 : (int64_t)l->size,
	                         .thinned = l->thinned,
	                         .thin = l->thin,
	                         .also = move_cursor,
	                         .arg = &moved};
	*whole = l->whole && !hold;
	enum err err = mail_intake_fetched(v->o->intake, &letter, &way, e);
	if (!moved.held)
		return lost_lease(v, e);
	if (!err) {
		passed(v, uid);
		v->taken++;
	}
	return err;
}

/* What stands in the ledger for a letter of which nothing could be had. */
static enum err hand_in_stub(struct mailbox_visit *v, uint32_t uid, const char *why,
                             struct error *e)
{
	ARENA_AUTO a = arena_new();
	bool whole;
	struct imap_letter l = {.found = true, .whole = true};
	str stub = str_printf(a,
	                      "Subject: UID %u, UIDVALIDITY %u, mailbox %lld\r\n\r\n"
	                      "This letter stays on the mail server.\r\n",
	                      uid, v->uidvalidity, (long long)v->m->id);
	return hand_in(v, uid, stub, &l, why, &whole, e);
}

static bool passing(enum err err)
{
	return err == ERR_DB || err == ERR_IO || err == ERR_BUSY;
}

/* How much of the letter is asked for this time: less, after it failed again and again. */
static size_t how_much(const struct mailbox_visit *v, uint32_t uid, bool *header)
{
	size_t most = most_of(v);
	int times = v->memory->bad_uid == uid ? v->memory->bad_times : 0;
	*header = times > TRIES_CUT;
	return times >= TRIES_CUT && most > LETTER_LEAST ? LETTER_LEAST : most;
}

static void failed_at(struct mailbox_visit *v, uint32_t uid, bool refused)
{
	struct mailbox_memory *m = v->memory;
	if (m->bad_uid != uid)
		*m = (struct mailbox_memory){.bad_uid = uid};
	m->bad_times++;
	/* A clear no need not be heard as often as a cut. */
	if (refused && m->bad_times == TRIES)
		m->bad_times = TRIES_CUT;
}

struct counted {
	struct mime_thin *t;
	size_t n;
};

static void feed_thin(void *arg, str bytes)
{
	struct counted *c = arg;
	c->n += bytes.n;
	mime_thin_feed(c->t, bytes);
}

/* Of a letter whose first bytes are in v->raw the rest, and of both what there is room for:
 * its text, and its files but for the largest. If it vanished meanwhile, its beginning stays. */
static enum err make_thin(struct mailbox_visit *v, uint32_t uid, size_t most, struct imap_letter *l,
                          struct error *e)
{
	const struct mime_thin_limits limits = {
	    .bytes = most - most / 8, .text_bytes = most / 4, .header_bytes = most / 8};
	struct mime_thin t;
	bool found;
	mime_thin_init(&t, &limits);
	mime_thin_feed(&t, buf_str(&v->raw));
	struct counted rest = {.t = &t};
	enum err err = imap_fetch_rest(v->c, uid, v->raw.n, feed_thin, &rest, &found, e);
	mime_thin_end(&t);
	if (!err && found) {
		l->size = v->raw.n + rest.n;
		/* Nothing was behind it: it fits. */
		l->whole = !rest.n;
		l->thinned = rest.n;
		l->thin = rest.n && !t.cut;
		if (rest.n) {
			buf_clear(&v->raw);
			buf_add(&v->raw, buf_str(&t.out));
		}
	}
	mime_thin_release(&t);
	return err;
}

static enum err take_one(struct mailbox_visit *v, uint32_t uid, struct error *e)
{
	struct imap_letter l;
	struct error why = {0};
	bool header, whole = false;
	size_t most = how_much(v, uid, &header);
	enum err err = imap_fetch(v->c, uid, most, header, &v->raw, &l, &why);
	/* What lay there before the mailbox was entered stays out, also after a new UIDVALIDITY. */
	bool before = !v->m->take_old && l.has_date && l.date < v->m->created_at - SLACK;
	if (!err && (!l.found || before))
		return step_over(v, uid, e);
	if (!err && !l.whole && !header && most == most_of(v))
		err = make_thin(v, uid, most, &l, &why);
	if (err && err != ERR_BUSY) {
		bool refused = err == ERR_INVALID;
		failed_at(v, uid, refused);
		if (refused && header)
			return hand_in_stub(v, uid, NOT_GIVEN, e);
		if (e)
			*e = why;
		return refused ? ERR_IO : err;
	}
	if (err) {
		if (e)
			*e = why;
		return err;
	}
	err = v->raw.n ? hand_in(v, uid, buf_str(&v->raw), &l, header ? NOT_GIVEN : NULL, &whole, e)
	               : hand_in_stub(v, uid, NOT_GIVEN, e);
	if (err && !passing(err)) {
		if (v->o->intake->log)
			log_error(v->o->intake->log, "a letter stays on the mail server",
			          LOG_INT("uid", uid), LOG_INT("mailbox", v->m->id), LOG_ERR(e));
		err = hand_in_stub(v, uid, "intake.unreadable", e);
		whole = false;
	}
	if (!err && v->raw.n && whole && v->m->remove && v->may_remove)
		err = imap_remove(v->c, uid, e);
	return err;
}

enum err mailbox_visit_take(struct mailbox_visit *v, struct error *e)
{
	bool more = true;
	while (more) {
		ARENA_AUTO a = arena_new();
		uint32_t *uids;
		size_t n = 0;
		enum err err = imap_search(v->c, a, v->last_uid, SEARCH_MOST, &uids, &n, &more, e);
		for (size_t i = 0; !err && i < n; i++) {
			if (!mailbox_visit_renew(v))
				return lost_lease(v, e);
			err = take_one(v, uids[i], e);
		}
		if (err)
			return err;
	}
	return ERR_OK;
}

/* ---- connecting ---- */

static enum err server_of(const struct mailbox_options *o, struct arena *a, const struct mailbox *m,
                          struct imap_server *s, struct error *e)
{
	const struct secret_key *key = o->intake->desk->key;
	*s = (struct imap_server){.host = m->host,
	                          .port = (int)m->port,
	                          .tls = str_is(m->tls, "none")       ? IMAP_TLS_NONE
	                                 : str_is(m->tls, "starttls") ? IMAP_TLS_STARTTLS
	                                                              : IMAP_TLS_FULL,
	                          .user = m->username,
	                          .ca_file = o->ca_file,
	                          .allow_private = o->allow_private,
	                          .timeout_seconds = o->timeout_seconds};
	if (str_is(m->auth, "xoauth2"))
		return s->tls == IMAP_TLS_NONE
		           ? error_set(e, ERR_AUTH, "error.oauth_needs_tls", NULL, NULL)
		           : oauth_access_token(o->oauth, m->oauth_id, m->host, a, &s->bearer, e);
	if (m->secret_box.n && (!key || !secret_open(a, key, mailbox_secret_context(a, m->id),
	                                             m->secret_box, &s->password)))
		return secret_locked(e, "the password of mailbox", m->id);
	return ERR_OK;
}

enum err mailbox_connect(const struct mailbox_options *o, struct arena *a, const struct mailbox *m,
                         int stop_fd, bool (*tick)(void *arg), void *tick_arg,
                         struct imap_client **out, struct error *e)
{
	struct imap_server s;
	enum err err = ERR_OK;
	*out = NULL;
	for (int i = 0; i < 2; i++) {
		err = server_of(o, a, m, &s, e);
		if (err)
			return err;
		s.stop_fd = stop_fd;
		s.tick = tick;
		s.tick_arg = tick_arg;
		err = imap_connect(&s, out, e);
		if (err != ERR_AUTH || !s.bearer.n)
			return err;
		/* The token was taken back before its time. */
		struct error ignored = {0};
		if (oauth_token_refused(o->oauth, m->oauth_id, s.bearer, &ignored))
			return err;
	}
	return err;
}

enum err mailbox_try(const struct mailbox_options *o, const struct mailbox *m, int64_t *letters,
                     struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct imap_client *c;
	struct imap_folder f = {0};
	*letters = 0;
	/* A busy server hangs up on somebody now and then; a person who tries should not be told
	 * of it when the next attempt succeeds. */
	enum err err = mailbox_connect(o, a, m, 0, NULL, NULL, &c, e);
	if (err == ERR_IO && e && strcmp(e->key, "error.imap_connect") != 0)
		err = mailbox_connect(o, a, m, 0, NULL, NULL, &c, e);
	if (err)
		return err;
	err = imap_open(c, m->folder, false, &f, e);
	imap_close(c);
	*letters = f.exists;
	return err;
}

enum err mailbox_visit_allowed(struct arena *a, struct db_conn *c, bool *may_remove,
                               struct error *e)
{
	str reason;
	enum err err = system_get(a, c, SYSTEM_NO_SEND, &reason, e);
	*may_remove = !err && !reason.p;
	if (!err && reason.p && str_is(reason, NO_SEND_RESTORED))
		err = error_set(e, ERR_CONFLICT, MAILBOX_RESTORED, NULL, NULL);
	return err;
}

/* session.c: signing in and out. See session.h; one's own account is in me.c. */
#include "desk/session.h"

#include <arpa/inet.h>

#include "desk/people.h"
#include "events/event.h"
#include "store/throttle.h"
#include "sys/digest.h"
#include "sys/random.h"
#include "sys/totp.h"

#define PAUSE_FIRST (2 * USEC_SECOND)
#define PEER_MAX 100
#define AGENT_MAX 300

usec people_signin_window(const struct desk *d)
{
	return d->signin_window ? d->signin_window : 15 * USEC_MINUTE;
}

static struct throttle_rule rule(const struct desk *d, int64_t tries)
{
	usec window = people_signin_window(d);
	return (struct throttle_rule){
	    .free = tries, .first = PAUSE_FIRST, .most = window, .forget = window};
}

/* ---- keys of counters ---- */

/* By the address, not the account, so that an unknown one is counted alike; its
 * digest, because what strangers type does not belong in a table. */
str people_throttle_key(struct arena *a, const char *what, str of)
{
	uint8_t hash[DIGEST_SHA256_SIZE];
	digest_sha256(of, hash);
	return str_printf(a, "%s:%.*s", what,
	                  STR_FMT(str_hex(a, str_n((const char *)hash, sizeof hash))));
}

/* An IPv6 neighbour has a whole /64 to change addresses in. */
static str peer_key(struct arena *a, str peer)
{
	unsigned char v6[16];
	char text[INET6_ADDRSTRLEN];
	if (str_chr(peer, ':') >= 0 && peer.n < 64 &&
	    inet_pton(AF_INET6, str_z(a, peer), v6) == 1) {
		memset(v6 + 8, 0, 8);
		if (inet_ntop(AF_INET6, v6, text, sizeof text))
			return str_printf(a, "peer:%s", text);
	}
	return str_concat(a, STR("peer:"), str_sub(peer, 0, PEER_MAX));
}

static enum err lock_key(struct db_conn *tx, str key, struct error *e)
{
	uint8_t hash[DIGEST_SIZE];
	int64_t id;
	digest_of(key, hash);
	memcpy(&id, hash, sizeof id);
	return db_lock(tx, "throttle", id, e);
}

/* ---- a try ---- */

/* One try of somebody: counted first, in a transaction of its own. */
struct
try {
	const struct desk *d;
	struct arena *arena;
	str account_key, peer_key; /* peer_key "": not counted */
	str email_norm;
	int64_t account_id; /* 0: find by email_norm */
	usec now;
	bool found;
	struct account account;
};

static enum err begin(void *arg, struct db_conn *tx, struct error *e)
{
	struct try *t = arg;
	struct throttle_rule by_account = rule(t->d, t->d->signin_tries ? t->d->signin_tries : 5);
	struct throttle_rule by_peer =
	    rule(t->d, t->d->signin_tries_peer ? t->d->signin_tries_peer : 20);
	enum err err = lock_key(tx, t->account_key, e);
	if (!err)
		err = throttle_check(tx, t->account_key, t->now, e);
	if (!err && t->peer_key.n) {
		err = lock_key(tx, t->peer_key, e);
		if (!err)
			err = throttle_check(tx, t->peer_key, t->now, e);
		if (!err)
			err = throttle_fail(tx, t->peer_key, &by_peer, t->now, e);
	}
	if (!err)
		err = throttle_fail(tx, t->account_key, &by_account, t->now, e);
	if (err)
		return err;
	err = t->account_id ? account_get(t->arena, tx, t->account_id, &t->account, e)
	                    : account_by_email(t->arena, tx, t->email_norm, &t->account, e);
	t->found = !err;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err take_back(struct db_conn *tx, str account_key, str peer_key_, bool all,
                          struct error *e)
{
	enum err err = lock_key(tx, account_key, e);
	if (!err)
		err = all ? throttle_clear(tx, account_key, e) : throttle_undo(tx, account_key, e);
	if (!err && peer_key_.n)
		err = lock_key(tx, peer_key_, e);
	if (!err && peer_key_.n)
		err = throttle_undo(tx, peer_key_, e);
	return err;
}

static enum err undo(void *arg, struct db_conn *tx, struct error *e)
{
	struct try *t = arg;
	return take_back(tx, t->account_key, t->peer_key, false, e);
}

struct refusal {
	const struct try *t;
	const char *reason;
};

static enum err note_refusal(void *arg, struct db_conn *tx, struct error *e)
{
	(void)e;
	struct refusal *r = arg;
	event_add(tx, r->t->now, actor_nobody("en"), EVENT_SESSION_REFUSED, (struct event_about){0},
	          EVENT_DATA(EVENT_INT("account_id", r->t->found ? r->t->account.id : 0),
	                     EVENT_CODE("reason", str_of(r->reason))));
	return ERR_OK;
}

static enum err refuse(const struct desk *d, const struct try *t, const char *reason,
                       const char *key, const char *field, struct error *e)
{
	struct refusal r = {t, reason};
	enum err err = db_write(d->db, note_refusal, &r, e);
	return err ? err : error_set(e, ERR_AUTH, key, field, NULL);
}

str people_totp_context(struct arena *a, int64_t account_id)
{
	return str_printf(a, "account.%lld.totp", (long long)account_id);
}

/* ---- signing in ---- */

enum err desk_signin_prepare(const struct desk *d, struct arena *a, struct desk_signin *s,
                             struct error *e)
{
	str norm = account_email_norm(a, str_sub(s->email, 0, 1000));
	struct try t = {.d = d,
	                .arena = a,
	                .email_norm = norm,
	                .account_key = people_throttle_key(a, "signin", norm),
	                .peer_key = peer_key(a, s->peer),
	                .now = clock_now(d->clock)};
	enum err err = db_write(d->db, begin, &t, e);
	if (err)
		return err;
	bool usable = t.found && t.account.active && t.account.password_hash.n;
	bool needs_rehash = false;
	bool right = password_verify(usable ? t.account.password_hash : STR_NONE, s->password,
	                             &needs_rehash);
	if (!right || !usable)
		return refuse(d, &t,
		              !t.found ? "unknown"
		              : usable ? "password"
		                       : "off",
		              "error.signin", NULL, e);
	s->account_id = t.account.id;
	s->password_hash = t.account.password_hash;
	s->totp_step = 0;
	s->new_hash = STR_NONE;
	if (t.account.totp_box.n) {
		str secret;
		if (str_empty(str_trim(s->totp))) {
			err = db_write(d->db, undo, &t, e);
			return err ? err
			           : error_set(e, ERR_AUTH, "error.totp_needed", "totp", NULL);
		}
		if (!d->key || !secret_open(a, d->key, people_totp_context(a, t.account.id),
		                            t.account.totp_box, &secret))
			return error_detail(e, ERR_INTERNAL,
			                    "the one-time code secret of account %lld does not "
			                    "open: is the key file the right one?",
			                    (long long)t.account.id);
		if (!totp_verify(secret, s->totp, t.now, t.account.totp_step, &s->totp_step))
			return refuse(d, &t, "totp", "error.totp_wrong", "totp", e);
	}
	return needs_rehash ? password_hash(a, s->password, &s->new_hash, e) : ERR_OK;
}

/* A text of a header for the table: cut, valid, without control characters. */
static str header_text(struct arena *a, str s, size_t max)
{
	str out = str_dup(a, str_cut_utf8(str_to_utf8(a, str_sub(s, 0, max + 4)), max));
	for (size_t i = 0; i < out.n; i++)
		if ((unsigned char)out.p[i] < 32)
			((char *)out.p)[i] = ' ';
	return out;
}

usec people_session_end(const struct desk *d, usec created, usec now)
{
	usec absolute = created + (d->session_ttl ? d->session_ttl : 30 * USEC_DAY);
	usec idle = now + (d->session_idle ? d->session_idle : 3 * USEC_DAY);
	return idle < absolute ? idle : absolute;
}

enum err desk_signin_commit(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct desk_signin *s, str *token, struct actor *out,
                            struct error *e)
{
	struct account ac;
	usec now = clock_now(d->clock);
	enum err err = people_lock(tx, s->account_id, e);
	if (!err)
		err = account_get(a, tx, s->account_id, &ac, e);
	if (err && err != ERR_NOT_FOUND)
		return err;
	if (err || !ac.active || !str_eq(ac.password_hash, s->password_hash) ||
	    (ac.totp_box.n && !s->totp_step))
		return error_set(e, ERR_AUTH, "error.signin", NULL, NULL);
	if (s->totp_step) {
		err = account_use_totp_step(tx, ac.id, s->totp_step, e);
		if (err == ERR_CONFLICT)
			return error_set(e, ERR_AUTH, "error.totp_wrong", "totp", NULL);
		if (err)
			return err;
	}
	if (s->new_hash.n)
		err = account_set_password(tx, ac.id, s->new_hash, 0, e);
	if (!err)
		err = take_back(tx,
		                people_throttle_key(
		                    a, "signin", account_email_norm(a, str_sub(s->email, 0, 1000))),
		                peer_key(a, s->peer), true, e);
	*token = random_token(a, 32);
	struct session row = {.account_id = ac.id,
	                      .rights_mask = STR(""),
	                      .created_at = now,
	                      .seen_at = now,
	                      .expires_at = people_session_end(d, now, now),
	                      .user_agent = header_text(a, s->user_agent, AGENT_MAX),
	                      .peer = header_text(a, s->peer, PEER_MAX)};
	if (!err)
		err = session_insert(tx, &row, session_token_hash(a, *token), &row.id, e);
	if (!err)
		err = actor_from_session(a, tx, *token, now, out, e);
	if (err)
		return err;
	event_add(tx, now, out, EVENT_SESSION_CREATED, (struct event_about){0},
	          EVENT_DATA(EVENT_INT("account_id", ac.id)));
	return ERR_OK;
}

/* ---- sessions ---- */

void people_session_ended(struct db_conn *tx, usec now, const struct actor *actor,
                          int64_t account_id, const char *reason)
{
	event_add(
	    tx, now, actor, EVENT_SESSION_ENDED, (struct event_about){0},
	    EVENT_DATA(EVENT_INT("account_id", account_id), EVENT_CODE("reason", str_of(reason))));
}

enum err people_end_sessions(struct arena *a, struct db_conn *tx, const struct actor *actor,
                             int64_t account_id, int64_t but, usec now, const char *reason,
                             struct error *e)
{
	int64_t *ids;
	size_t n;
	enum err err = session_end_others(a, tx, account_id, but, now, &ids, &n, e);
	if (!err && n)
		people_session_ended(tx, now, actor, account_id, reason);
	return err;
}

enum err desk_signout(const struct desk *d, struct arena *a, struct db_conn *tx,
                      const struct actor *actor, struct error *e)
{
	(void)a;
	bool ended = false;
	usec now = clock_now(d->clock);
	if (!actor->session_id)
		return ERR_OK;
	enum err err = session_end(tx, actor->session_id, now, &ended, e);
	if (!err && ended)
		people_session_ended(tx, now, actor, actor->account_id, "signed_out");
	return err;
}

enum err desk_session_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, struct session **out, size_t *n,
                           struct error *e)
{
	enum err err = people_in_person(actor, e);
	return err ? err : session_list(a, tx, actor->account_id, clock_now(d->clock), out, n, e);
}

enum err desk_session_end(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t id, struct error *e)
{
	struct session s;
	bool ended = false;
	usec now = clock_now(d->clock);
	enum err err = people_in_person(actor, e);
	if (!err)
		err = session_get(a, tx, id, &s, e);
	if (err)
		return err;
	if (s.account_id != actor->account_id || s.ended_at)
		return error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	err = session_end(tx, id, now, &ended, e);
	if (!err && ended)
		people_session_ended(tx, now, actor, actor->account_id, "ended");
	return err;
}

enum err desk_session_touch(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, struct error *e)
{
	struct session s;
	usec now = clock_now(d->clock);
	if (actor->token_id)
		return token_touch(tx, actor->token_id, now, e);
	if (!actor->session_id)
		return ERR_OK;
	enum err err = session_get(a, tx, actor->session_id, &s, e);
	if (err)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	return session_touch(tx, s.id, now, people_session_end(d, s.created_at, now), e);
}

/* ---- a proof of the password: counted like a try of signing in ---- */

enum err people_prove_password(const struct desk *d, struct arena *a, const struct actor *actor,
                               str password, const char *field, str *hash, struct error *e)
{
	struct try t = {
	    .d = d, .arena = a, .account_id = actor->account_id, .now = clock_now(d->clock)};
	t.account_key = str_printf(a, "proof:%lld", (long long)actor->account_id);
	enum err err = db_write(d->db, begin, &t, e);
	if (err)
		return err;
	bool right = password_verify(t.found ? t.account.password_hash : STR_NONE, password, NULL);
	if (!right || !t.found)
		return error_set(e, ERR_DENIED, "error.password_wrong", field, NULL);
	*hash = t.account.password_hash;
	return db_write(d->db, undo, &t, e);
}

/* people_test.c: signing in, sessions, tokens, roles: who may what, from the door inwards. */
#include "db/db_testing.h"
#include "desk/admin.h"
#include "desk/session.h"
#include "events/event.h"
#include "store/ids.h"
#include "store/migrations_gen.h"
#include "sys/totp.h"

#define PASSWORD "correct horse battery"

struct house {
	struct db *db;
	struct clock *clock;
	struct desk desk;
	struct secret_key key;
	struct arena *a;
	struct error e;
	int64_t admin_id;
	struct actor admin;
	str hash;
};

/* One verb in a transaction of its own: SAY(h, call) with tx in scope. */
struct say {
	struct house *h;
	enum err (*fn)(struct house *h, struct db_conn *tx, void *arg, struct error *e);
	void *arg;
};

static enum err say_run(void *arg, struct db_conn *tx, struct error *e)
{
	struct say *s = arg;
	return s->fn(s->h, tx, s->arg, e);
}

static enum err run(struct house *h,
                    enum err (*fn)(struct house *h, struct db_conn *tx, void *arg, struct error *e),
                    void *arg)
{
	struct say s = {h, fn, arg};
	h->e = (struct error){0};
	return db_write(h->db, say_run, &s, &h->e);
}

#define CHECK_REFUSED(got, h, code, wanted_key)                                                    \
	do {                                                                                       \
		CHECK_INT((got), (code));                                                          \
		CHECK_STR(str_of((h)->e.key), (wanted_key));                                       \
	} while (0)

static enum err start(struct house *h, struct db_conn *tx, void *arg, struct error *e)
{
	(void)arg;
	bool first;
	struct desk_bootstrap want = {.language = STR("ru")};
	enum err err = desk_bootstrap(&h->desk, h->a, tx, &want, &first, e);
	if (!err)
		err = desk_account_add(&h->desk, h->a, tx, STR("Boss@Shop.test"), STR("Boss"),
		                       STR("admin"), STR("ru"), h->hash, &h->admin_id, e);
	return err ? err : actor_from_account(h->a, tx, h->admin_id, &h->admin, e);
}

static struct house *house_new(enum db_engine engine)
{
	struct house *h = xcalloc(1, sizeof *h);
	h->a = arena_new();
	h->clock = clock_manual_new(1000 * USEC_DAY);
	h->db = db_testing_open(engine, MIGRATIONS, N_MIGRATIONS);
	memset(h->key.bytes, 9, sizeof h->key.bytes);
	h->desk = (struct desk){.clock = h->clock, .db = h->db, .key = &h->key};
	CHECK_OK(password_hash(h->a, STR(PASSWORD), &h->hash, &h->e), &h->e);
	CHECK_OK(run(h, start, NULL), &h->e);
	return h;
}

static void house_free(struct house *h)
{
	db_testing_close(h->db);
	clock_free(h->clock);
	arena_free(h->a);
	free(h);
}

/* ---- signing in ---- */

struct entry {
	struct desk_signin s;
	str token;
	struct actor actor;
};

static enum err commit_signin(struct house *h, struct db_conn *tx, void *arg, struct error *e)
{
	struct entry *en = arg;
	return desk_signin_commit(&h->desk, h->a, tx, &en->s, &en->token, &en->actor, e);
}

static enum err sign_in(struct house *h, const char *email, const char *password, const char *code,
                        const char *peer, struct entry *en)
{
	*en = (struct entry){.s = {.email = str_of(email),
	                           .password = str_of(password),
	                           .totp = str_of(code),
	                           .peer = str_of(peer),
	                           .user_agent = STR("test\r\nagent")}};
	h->e = (struct error){0};
	enum err err = desk_signin_prepare(&h->desk, h->a, &en->s, &h->e);
	return err ? err : run(h, commit_signin, en);
}

static enum err who(struct house *h, str token, struct actor *out)
{
	struct db_conn *c;
	CHECK_OK(db_read_begin(h->db, &c, &h->e), &h->e);
	enum err err = actor_from_session(h->a, c, token, clock_now(h->clock), out, &h->e);
	db_read_end(h->db, c);
	return err;
}

static enum err who_token(struct house *h, str token, struct actor *out)
{
	struct db_conn *c;
	CHECK_OK(db_read_begin(h->db, &c, &h->e), &h->e);
	enum err err = actor_from_token(h->a, c, token, clock_now(h->clock), out, &h->e);
	db_read_end(h->db, c);
	return err;
}

DB_TEST(a_password_opens_a_session)
{
	struct house *h = house_new(engine);
	struct entry en;
	struct actor actor;
	CHECK_OK(sign_in(h, " boss@shop.TEST ", PASSWORD, "", "192.0.2.1", &en), &h->e);
	CHECK_INT(en.token.n, 43);
	CHECK_OK(who(h, en.token, &actor), &h->e);
	CHECK_INT(actor.account_id, h->admin_id);
	CHECK_INT(actor.rights, RIGHTS_ALL);
	CHECK_STR(actor.scope, "{\"lines\":null,\"brands\":null}");
	CHECK_STR(str_of(actor.lang), "ru");
	/* Only the digest lies in the table. */
	str hex = str_hex(h->a, en.token);
	CHECK_INT(db_testing_int(h->db, "SELECT count(*) FROM session WHERE token_hash = $1",
	                         DB_ARGS(db_blob(en.token))),
	          0);
	CHECK(hex.n > 0);
	/* Nothing else opens it. */
	static const char *const wrong[] = {"", " ", "0", "null",
	                                    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		CHECK_REFUSED(who(h, str_of(wrong[i]), &actor), h, ERR_AUTH, "error.session_ended");
	CHECK_INT(who(h, STR_NONE, &actor), ERR_AUTH);
	CHECK_INT(who(h, str_sub(en.token, 0, 42), &actor), ERR_AUTH);
	CHECK_INT(who(h, str_concat(h->a, en.token, STR("A")), &actor), ERR_AUTH);
	CHECK_INT(actor.kind, ACTOR_NOBODY);
	CHECK_REFUSED(sign_in(h, "boss@shop.test", "wrong password", "", "192.0.2.1", &en), h,
	              ERR_AUTH, "error.signin");
	CHECK_REFUSED(sign_in(h, "nobody@shop.test", PASSWORD, "", "192.0.2.1", &en), h, ERR_AUTH,
	              "error.signin");
	CHECK_REFUSED(sign_in(h, "boss@shop.test", "", "", "192.0.2.1", &en), h, ERR_AUTH,
	              "error.signin");
	CHECK_INT(db_testing_int(h->db, "SELECT count(*) FROM event WHERE type = 'session.refused'",
	                         DB_NO_ARGS),
	          3);
	house_free(h);
}

DB_TEST(tries_are_slowed_by_account_and_by_peer)
{
	struct house *h = house_new(engine);
	struct entry en;
	h->desk.signin_tries = 2;
	h->desk.signin_tries_peer = 4;
	for (int i = 0; i < 3; i++)
		CHECK_INT(sign_in(h, "boss@shop.test", "wrong", "", "192.0.2.1", &en), ERR_AUTH);
	/* The right password does not help during the pause, and is told how long. */
	CHECK_REFUSED(sign_in(h, "boss@shop.test", PASSWORD, "", "192.0.2.2", &en), h,
	              ERR_THROTTLED, "error.throttled");
	CHECK_INT(h->e.retry_after, 2 * USEC_SECOND);
	clock_advance(h->clock, 2 * USEC_SECOND);
	CHECK_INT(sign_in(h, "boss@shop.test", "wrong", "", "192.0.2.1", &en), ERR_AUTH);
	CHECK_INT(sign_in(h, "boss@shop.test", PASSWORD, "", "192.0.2.2", &en), ERR_THROTTLED);
	CHECK_INT(h->e.retry_after, 4 * USEC_SECOND);
	clock_advance(h->clock, 4 * USEC_SECOND);
	/* From the same address at other accounts. */
	CHECK_INT(sign_in(h, "a@shop.test", "wrong", "", "192.0.2.1", &en), ERR_AUTH);
	CHECK_INT(sign_in(h, "b@shop.test", "wrong", "", "192.0.2.1", &en), ERR_THROTTLED);
	/* A neighbour in the same /64 is the same peer. */
	for (int i = 0; i < 5; i++) {
		char peer[40];
		snprintf(peer, sizeof peer, "2001:db8::%d", i + 1);
		CHECK_INT(sign_in(h, "c@shop.test", "wrong", "", peer, &en),
		          i < 3 ? ERR_AUTH : ERR_THROTTLED);
	}
	CHECK_OK(sign_in(h, "boss@shop.test", PASSWORD, "", "192.0.2.9", &en), &h->e);
	/* Being in clears the account's counter. */
	CHECK_INT(sign_in(h, "boss@shop.test", "wrong", "", "192.0.2.9", &en), ERR_AUTH);
	CHECK_OK(sign_in(h, "boss@shop.test", PASSWORD, "", "192.0.2.9", &en), &h->e);
	/* Quiet for the window: forgotten. */
	clock_advance(h->clock, USEC_HOUR);
	CHECK_INT(sign_in(h, "b@shop.test", "wrong", "", "192.0.2.1", &en), ERR_AUTH);
	house_free(h);
}

static enum err touch(struct house *h, struct db_conn *tx, void *arg, struct error *e)
{
	return desk_session_touch(&h->desk, h->a, tx, arg, e);
}

DB_TEST(sessions_end_when_idle_and_at_last)
{
	struct house *h = house_new(engine);
	struct entry en;
	struct actor actor;
	h->desk.session_idle = USEC_HOUR;
	h->desk.session_ttl = 3 * USEC_HOUR;
	CHECK_OK(sign_in(h, "boss@shop.test", PASSWORD, "", "p", &en), &h->e);
	CHECK(!actor_touch_due(&en.actor, clock_now(h->clock)));
	clock_advance(h->clock, USEC_HOUR - 1);
	CHECK_OK(who(h, en.token, &actor), &h->e);
	CHECK(actor_touch_due(&actor, clock_now(h->clock)));
	CHECK_OK(run(h, touch, &actor), &h->e);
	clock_advance(h->clock, USEC_HOUR - 1);
	CHECK_OK(who(h, en.token, &actor), &h->e);
	CHECK_OK(run(h, touch, &actor), &h->e);
	clock_advance(h->clock, USEC_HOUR - 1);
	CHECK_OK(who(h, en.token, &actor), &h->e);
	CHECK_OK(run(h, touch, &actor), &h->e);
	/* However busy: three hours are the end. */
	clock_advance(h->clock, 3);
	CHECK_INT(who(h, en.token, &actor), ERR_AUTH);
	CHECK_OK(sign_in(h, "boss@shop.test", PASSWORD, "", "p", &en), &h->e);
	clock_advance(h->clock, USEC_HOUR);
	CHECK_INT(who(h, en.token, &actor), ERR_AUTH);
	house_free(h);
}

/* ---- the password ---- */

struct change {
	struct actor *actor;
	struct desk_password p;
};

static enum err change_password(struct house *h, struct db_conn *tx, void *arg, struct error *e)
{
	struct change *c = arg;
	return desk_password_commit(&h->desk, h->a, tx, c->actor, &c->p, e);
}

DB_TEST(a_new_password_ends_the_other_sessions)
{
	struct house *h = house_new(engine);
	struct entry here, there;
	struct actor actor;
	CHECK_OK(sign_in(h, "boss@shop.test", PASSWORD, "", "p", &here), &h->e);
	CHECK_OK(sign_in(h, "boss@shop.test", PASSWORD, "", "p", &there), &h->e);
	struct change c = {
	    .actor = &here.actor,
	    .p = {.old_password = STR("wrong one"), .new_password = STR("0123456789")}};
	CHECK_REFUSED(desk_password_prepare(&h->desk, h->a, &here.actor, &c.p, &h->e), h,
	              ERR_DENIED, "error.password_wrong");
	c.p.old_password = STR(PASSWORD);
	c.p.new_password = STR("short");
	CHECK_REFUSED(desk_password_prepare(&h->desk, h->a, &here.actor, &c.p, &h->e), h,
	              ERR_INVALID, "error.too_short");
	c.p.new_password = STR("aaaaaaaaaaaa");
	CHECK_REFUSED(desk_password_prepare(&h->desk, h->a, &here.actor, &c.p, &h->e), h,
	              ERR_INVALID, "error.password_weak");
	c.p.new_password = STR("новый пароль");
	CHECK_OK(desk_password_prepare(&h->desk, h->a, &here.actor, &c.p, &h->e), &h->e);
	/* Nothing without the proof. */
	struct change forged = {.actor = &here.actor, .p = {.new_hash = c.p.new_hash}};
	CHECK_INT(run(h, change_password, &forged), ERR_DENIED);
	CHECK_OK(run(h, change_password, &c), &h->e);
	CHECK_OK(who(h, here.token, &actor), &h->e);
	CHECK_INT(who(h, there.token, &actor), ERR_AUTH);
	CHECK_INT(sign_in(h, "boss@shop.test", PASSWORD, "", "p", &there), ERR_AUTH);
	CHECK_OK(sign_in(h, "boss@shop.test", "новый пароль", "", "p", &there), &h->e);
	/* The proof made before the change is worth nothing now. */
	CHECK_INT(run(h, change_password, &c), ERR_DENIED);
	house_free(h);
}

/* ---- one-time codes ---- */

struct totp {
	struct actor *actor;
	str secret, uri, code;
	struct desk_password proof;
};

static enum err totp_begin(struct house *h, struct db_conn *tx, void *arg, struct error *e)
{
	struct totp *t = arg;
	return desk_totp_begin(&h->desk, h->a, tx, t->actor, &t->proof, &t->secret, &t->uri, e);
}
static enum err totp_confirm(struct house *h, struct db_conn *tx, void *arg, struct error *e)
{
	struct totp *t = arg;
	return desk_totp_confirm(&h->desk, h->a, tx, t->actor, t->code, e);
}
static enum err totp_remove(struct house *h, struct db_conn *tx, void *arg, struct error *e)
{
	struct totp *t = arg;
	return desk_totp_remove(&h->desk, h->a, tx, t->actor, &t->proof, e);
}

DB_TEST(one_time_codes_are_asked_for_and_good_once)
{
	struct house *h = house_new(engine);
	struct entry en, other;
	str raw;
	char code[7];
	CHECK_OK(sign_in(h, "boss@shop.test", PASSWORD, "", "p", &en), &h->e);
	struct totp t = {.actor = &en.actor, .code = STR("000000")};
	/* An unlocked screen is not enough. */
	CHECK_INT(run(h, totp_begin, &t), ERR_DENIED);
	t.proof = (struct desk_password){.old_password = STR("wrong one")};
	CHECK_REFUSED(desk_password_prepare(&h->desk, h->a, &en.actor, &t.proof, &h->e), h,
	              ERR_DENIED, "error.password_wrong");
	CHECK_INT(run(h, totp_begin, &t), ERR_DENIED);
	t.proof = (struct desk_password){.old_password = STR(PASSWORD)};
	CHECK_OK(desk_password_prepare(&h->desk, h->a, &en.actor, &t.proof, &h->e), &h->e);
	CHECK_OK(run(h, totp_begin, &t), &h->e);
	t.proof = (struct desk_password){0};
	CHECK(base32_decode(h->a, t.secret, &raw));
	CHECK(str_starts(t.uri, STR("otpauth://totp/")));
	/* Not asked for until confirmed. */
	CHECK_OK(sign_in(h, "boss@shop.test", PASSWORD, "", "p", &other), &h->e);
	CHECK_REFUSED(run(h, totp_confirm, &t), h, ERR_INVALID, "error.totp_wrong");
	totp_code(raw, clock_now(h->clock), code);
	t.code = str_of(code);
	CHECK_OK(run(h, totp_confirm, &t), &h->e);
	CHECK_REFUSED(sign_in(h, "boss@shop.test", PASSWORD, "", "p", &other), h, ERR_AUTH,
	              "error.totp_needed");
	/* The code that confirmed is used up. */
	CHECK_REFUSED(sign_in(h, "boss@shop.test", PASSWORD, code, "p", &other), h, ERR_AUTH,
	              "error.totp_wrong");
	clock_advance(h->clock, TOTP_STEP);
	totp_code(raw, clock_now(h->clock), code);
	CHECK_REFUSED(sign_in(h, "boss@shop.test", "wrong", code, "p", &other), h, ERR_AUTH,
	              "error.signin");
	CHECK_OK(sign_in(h, "boss@shop.test", PASSWORD, code, "p", &other), &h->e);
	CHECK_INT(sign_in(h, "boss@shop.test", PASSWORD, code, "p", &other), ERR_AUTH);
	/* The secret lies closed in the table. */
	CHECK_INT(db_testing_int(h->db, "SELECT count(*) FROM account WHERE totp_secret = $1",
	                         DB_ARGS(db_blob(raw))),
	          0);
	clock_advance(h->clock, USEC_HOUR);
	CHECK_INT(run(h, totp_remove, &t), ERR_DENIED);
	t.proof = (struct desk_password){.old_password = STR(PASSWORD)};
	CHECK_OK(desk_password_prepare(&h->desk, h->a, &en.actor, &t.proof, &h->e), &h->e);
	CHECK_OK(run(h, totp_remove, &t), &h->e);
	CHECK_OK(sign_in(h, "boss@shop.test", PASSWORD, "", "p", &other), &h->e);
	house_free(h);
}

/* ---- invitations ---- */

struct person {
	struct actor *by;
	struct desk_account_patch p;
	int64_t id;
	struct account out;
	str token;
	usec expires;
	struct desk_accept accept;
};

static enum err create(struct house *h, struct db_conn *tx, void *arg, struct error *e)
{
	struct person *p = arg;
	enum err err = desk_account_create(&h->desk, h->a, tx, p->by, &p->p, &p->out, e);
	p->id = p->out.id;
	return err;
}
static enum err patch(struct house *h, struct db_conn *tx, void *arg, struct error *e)
{
	struct person *p = arg;
	return desk_account_patch(&h->desk, h->a, tx, p->by, p->id, &p->p, &p->out, e);
}
static enum err invite(struct house *h, struct db_conn *tx, void *arg, struct error *e)
{
	struct person *p = arg;
	return desk_account_invite(&h->desk, h->a, tx, p->by, p->id, &p->token, &p->expires, e);
}
static enum err accept(struct house *h, struct db_conn *tx, void *arg, struct error *e)
{
	struct person *p = arg;
	return desk_invitation_commit(&h->desk, h->a, tx, &p->accept, &p->out, e);
}

static int64_t role_id(struct house *h, const char *name)
{
	return db_testing_int(h->db, "SELECT id FROM role WHERE name = $1",
	                      DB_ARGS(db_text(str_of(name))));
}

/* An account of a built-in role with a password; returns the session. */
static struct entry hire(struct house *h, const char *email, const char *role, const int64_t *lines,
                         size_t n_lines)
{
	str address = str_of(email), name = STR("Somebody");
	int64_t id = role_id(h, role);
	bool all = n_lines == 0;
	struct desk_ids list = {lines, n_lines};
	struct person p = {.by = &h->admin,
	                   .p = {.name = &name,
	                         .email = &address,
	                         .role_id = &id,
	                         .all_lines = &all,
	                         .lines = n_lines ? &list : NULL}};
	CHECK_OK(run(h, create, &p), &h->e);
	db_testing_exec(h->db, "UPDATE account SET password_hash = $1 WHERE id = $2",
	                DB_ARGS(db_text(h->hash), db_int(p.id)));
	struct entry en;
	CHECK_OK(sign_in(h, email, PASSWORD, "", "p", &en), &h->e);
	return en;
}

DB_TEST(an_invitation_is_good_once)
{
	struct house *h = house_new(engine);
	struct entry en;
	str name = STR("New"), email = STR("new@shop.test"), first;
	int64_t role = role_id(h, "agent");
	struct person p = {.by = &h->admin,
	                   .p = {.name = &name, .email = &email, .role_id = &role}};
	CHECK_OK(run(h, create, &p), &h->e);
	CHECK_INT(sign_in(h, "new@shop.test", "", "", "p", &en), ERR_AUTH);
	CHECK_OK(run(h, invite, &p), &h->e);
	CHECK_INT(p.expires, clock_now(h->clock) + 7 * USEC_DAY);
	first = p.token;
	/* A second one voids the first. */
	CHECK_OK(run(h, invite, &p), &h->e);
	p.accept = (struct desk_accept){.token = first, .password = STR("long enough password")};
	CHECK_REFUSED(desk_invitation_prepare(&h->desk, h->a, &p.accept, &h->e), h, ERR_NOT_FOUND,
	              "error.invitation");
	static const char *const blanks[] = {"", " ",
	                                     "0000000000000000000000000000000000000000000"};
	for (size_t i = 0; i < COUNT_OF(blanks); i++) {
		p.accept.token = str_of(blanks[i]);
		CHECK_INT(desk_invitation_prepare(&h->desk, h->a, &p.accept, &h->e), ERR_NOT_FOUND);
	}
	p.accept.token = p.token;
	CHECK_OK(desk_invitation_prepare(&h->desk, h->a, &p.accept, &h->e), &h->e);
	CHECK_OK(run(h, accept, &p), &h->e);
	CHECK_OK(sign_in(h, "new@shop.test", "long enough password", "", "p", &en), &h->e);
	CHECK_INT(run(h, accept, &p), ERR_NOT_FOUND);
	/* For who has a password it is a reset, which is short. */
	CHECK_OK(run(h, invite, &p), &h->e);
	p.accept.token = p.token;
	CHECK_INT(p.expires, clock_now(h->clock) + USEC_HOUR);
	clock_advance(h->clock, 59 * USEC_MINUTE);
	CHECK_OK(desk_invitation_prepare(&h->desk, h->a, &p.accept, &h->e), &h->e);
	clock_advance(h->clock, 2 * USEC_MINUTE);
	CHECK_INT(desk_invitation_prepare(&h->desk, h->a, &p.accept, &h->e), ERR_NOT_FOUND);
	house_free(h);
}

/* ---- rights ---- */

DB_TEST(nobody_hands_out_what_they_do_not_hold)
{
	struct house *h = house_new(engine);
	struct entry lead = hire(h, "lead@shop.test", "lead", NULL, 0);
	str name = STR("X"), email = STR("x@shop.test");
	int64_t agent = role_id(h, "agent"), admin = role_id(h, "admin");
	struct person p = {.by = &lead.actor,
	                   .p = {.name = &name, .email = &email, .role_id = &agent}};
	CHECK_REFUSED(run(h, create, &p), h, ERR_DENIED, "error.denied");
	/* One who manages people, but holds no more than a lead beside that. */
	uint64_t rights = lead.actor.rights | RIGHT_BIT(RIGHT_ADMIN_USERS);
	struct actor manager = lead.actor;
	manager.rights = rights;
	p.by = &manager;
	CHECK_OK(run(h, create, &p), &h->e);
	p.p = (struct desk_account_patch){.role_id = &admin};
	CHECK_INT(run(h, patch, &p), ERR_DENIED);
	/* An administrator cannot be renamed, reset or switched off by such a one. */
	bool off = false;
	p.id = h->admin_id;
	p.p = (struct desk_account_patch){.active = &off};
	CHECK_INT(run(h, patch, &p), ERR_DENIED);
	CHECK_INT(run(h, invite, &p), ERR_DENIED);
	/* Nor lines that the manager does not see. */
	int64_t line = 1;
	actor_set_scope(h->a, &manager, false, &line, 1, true, NULL, 0);
	email = STR("y@shop.test");
	p.p = (struct desk_account_patch){.name = &name, .email = &email, .role_id = &agent};
	CHECK_INT(run(h, create, &p), ERR_DENIED);
	struct desk_ids one = {&line, 1};
	p.p.lines = &one;
	CHECK_OK(run(h, create, &p), &h->e);
	CHECK(!p.out.all_lines && p.out.n_lines == 1);
	house_free(h);
}

DB_TEST(the_last_administrator_stays)
{
	struct house *h = house_new(engine);
	bool off = false;
	int64_t agent = role_id(h, "agent"), version = 99;
	struct person p = {.by = &h->admin, .id = h->admin_id, .p = {.active = &off}};
	CHECK_REFUSED(run(h, patch, &p), h, ERR_INVALID, "error.last_admin");
	p.p = (struct desk_account_patch){.role_id = &agent};
	CHECK_REFUSED(run(h, patch, &p), h, ERR_INVALID, "error.last_admin");
	p.p = (struct desk_account_patch){.all_lines = &off};
	CHECK_REFUSED(run(h, patch, &p), h, ERR_INVALID, "error.last_admin");
	p.p = (struct desk_account_patch){.active = &off, .version = &version};
	CHECK_REFUSED(run(h, patch, &p), h, ERR_CONFLICT, "error.stale");
	struct entry second = hire(h, "second@shop.test", "admin", NULL, 0);
	p.by = &second.actor;
	p.p = (struct desk_account_patch){.active = &off};
	CHECK_OK(run(h, patch, &p), &h->e);
	house_free(h);
}

static enum err revoke_all_rights(struct house *h, struct db_conn *tx, void *arg, struct error *e)
{
	(void)arg;
	struct role out;
	str name = STR("Night shift");
	uint64_t some = RIGHT_BIT(RIGHT_TICKET_READ);
	struct desk_role_patch p = {.name = &name, .rights = &some};
	return desk_role_create(&h->desk, h->a, tx, &h->admin, &p, &out, e);
}

DB_TEST(what_changes_counts_at_once)
{
	struct house *h = house_new(engine);
	int64_t lines[] = {1, 2};
	struct entry en = hire(h, "agent@shop.test", "agent", lines, 2);
	struct actor actor;
	CHECK_OK(who(h, en.token, &actor), &h->e);
	CHECK(actor_sees(&actor, 1, 1) && actor_sees(&actor, 2, 1) && !actor_sees(&actor, 3, 1));
	CHECK(!actor_sees(&actor, 0, 0));
	CHECK_STR(actor.scope, "{\"lines\":[1,2],\"brands\":null}");
	CHECK(actor_may(&actor, RIGHT_TICKET_REPLY) && !actor_may(&actor, RIGHT_EXPORT));
	CHECK_OK(run(h, revoke_all_rights, NULL), &h->e);
	int64_t night = role_id(h, "Night shift"), line = 2;
	struct desk_ids one = {&line, 1};
	struct person p = {
	    .by = &h->admin, .id = en.actor.account_id, .p = {.role_id = &night, .lines = &one}};
	CHECK_OK(run(h, patch, &p), &h->e);
	CHECK_OK(who(h, en.token, &actor), &h->e);
	CHECK_INT(actor.rights, RIGHT_BIT(RIGHT_TICKET_READ));
	CHECK(!actor_sees(&actor, 1, 1) && actor_sees(&actor, 2, 1));
	/* A stream that was opened before looks again. */
	struct db_conn *c;
	CHECK_OK(db_read_begin(h->db, &c, &h->e), &h->e);
	CHECK_OK(actor_refresh(h->a, c, &en.actor, clock_now(h->clock), &actor, &h->e), &h->e);
	db_read_end(h->db, c);
	CHECK_INT(actor.rights, RIGHT_BIT(RIGHT_TICKET_READ));
	CHECK(db_testing_int(h->db,
	                     "SELECT count(*) FROM event WHERE type = 'account.changed' AND data "
	                     "LIKE '%scope%'",
	                     DB_NO_ARGS) >= 1);
	bool off = false;
	p.p = (struct desk_account_patch){.active = &off};
	CHECK_OK(run(h, patch, &p), &h->e);
	CHECK_INT(who(h, en.token, &actor), ERR_AUTH);
	CHECK_INT(sign_in(h, "agent@shop.test", PASSWORD, "", "p", &en), ERR_AUTH);
	house_free(h);
}

/* ---- API tokens ---- */

struct key_args {
	struct actor *by;
	struct desk_token_new want;
	struct token out;
	str secret;
};

static enum err make_token(struct house *h, struct db_conn *tx, void *arg, struct error *e)
{
	struct key_args *k = arg;
	return desk_token_create(&h->desk, h->a, tx, k->by, &k->want, &k->out, &k->secret, e);
}
static enum err revoke_token(struct house *h, struct db_conn *tx, void *arg, struct error *e)
{
	struct key_args *k = arg;
	return desk_token_revoke(&h->desk, h->a, tx, k->by, k->out.id, e);
}

static enum err rename_self(struct house *h, struct db_conn *tx, void *arg, struct error *e)
{
	str name = STR("Somebody");
	struct desk_me_patch p = {.name = &name};
	struct account ac;
	return desk_me_patch(&h->desk, h->a, tx, arg, &p, &ac, e);
}
static enum err end_session(struct house *h, struct db_conn *tx, void *arg, struct error *e)
{
	return desk_session_end(&h->desk, h->a, tx, arg, 1, e);
}

DB_TEST(a_token_is_never_more_than_its_owner)
{
	struct house *h = house_new(engine);
	int64_t lines[] = {1, 2};
	struct entry en = hire(h, "lead@shop.test", "lead", lines, 2);
	struct actor actor;
	int64_t wanted[] = {2}, foreign[] = {3};
	struct desk_ids narrow = {wanted, 1}, outside = {foreign, 1};
	struct key_args k = {.by = &en.actor,
	                     .want = {.name = STR("shop"), .rights = RIGHT_BIT(RIGHT_ADMIN_USERS)}};
	CHECK_INT(run(h, make_token, &k), ERR_DENIED);
	k.want.rights =
	    RIGHT_BIT(RIGHT_TICKET_READ) | RIGHT_BIT(RIGHT_EXPORT) | RIGHT_BIT(RIGHT_TOKEN_MANAGE);
	k.want.lines = &outside;
	CHECK_INT(run(h, make_token, &k), ERR_INVALID);
	k.want.lines = &narrow;
	k.want.expires_at = clock_now(h->clock) - 1;
	CHECK_INT(run(h, make_token, &k), ERR_INVALID);
	k.want.expires_at = clock_now(h->clock) + USEC_DAY;
	CHECK_OK(run(h, make_token, &k), &h->e);
	CHECK(str_starts(k.secret, STR("otk_")));
	CHECK_OK(who_token(h, k.secret, &actor), &h->e);
	CHECK_INT(actor.rights, k.want.rights);
	CHECK(!actor_sees(&actor, 1, 1) && actor_sees(&actor, 2, 1));
	/* A session's token is no API token, and the other way round. */
	struct actor nobody;
	CHECK_INT(who_token(h, en.token, &nobody), ERR_AUTH);
	CHECK_INT(who(h, k.secret, &nobody), ERR_AUTH);
	/* What a token makes is no wider and lives no longer. */
	struct key_args child = {
	    .by = &actor, .want = {.name = STR("child"), .rights = RIGHT_BIT(RIGHT_TICKET_READ)}};
	CHECK_OK(run(h, make_token, &child), &h->e);
	struct actor small;
	CHECK_OK(who_token(h, child.secret, &small), &h->e);
	CHECK(!actor_sees(&small, 1, 1) && actor_sees(&small, 2, 1));
	CHECK_INT(small.expires_at, k.want.expires_at);
	/* A token cannot change how its owner signs in. */
	struct desk_password proof = {.old_password = STR(PASSWORD),
	                              .new_password = STR("0123456789x")};
	CHECK_INT(desk_password_prepare(&h->desk, h->a, &actor, &proof, &h->e), ERR_DENIED);
	/* Nor what stands under its owner's letters, nor end its owner's sessions. */
	CHECK_INT(run(h, rename_self, &actor), ERR_DENIED);
	CHECK_INT(run(h, end_session, &actor), ERR_DENIED);
	CHECK_OK(run(h, rename_self, &en.actor), &h->e);
	/* The owner loses a line: so does the token. */
	int64_t line = 1;
	struct desk_ids left = {&line, 1};
	struct person p = {.by = &h->admin, .id = en.actor.account_id, .p = {.lines = &left}};
	CHECK_OK(run(h, patch, &p), &h->e);
	CHECK_OK(who_token(h, k.secret, &actor), &h->e);
	CHECK(!actor_sees(&actor, 1, 1) && !actor_sees(&actor, 2, 1));
	/* Only those may take it away who could have made its owner. */
	struct actor small_admin = h->admin;
	small_admin.account_id = 99;
	small_admin.rights = RIGHT_BIT(RIGHT_ADMIN_USERS) | RIGHT_BIT(RIGHT_TOKEN_MANAGE);
	k.by = &small_admin;
	CHECK_INT(run(h, revoke_token, &k), ERR_DENIED);
	k.by = &en.actor;
	CHECK_OK(run(h, revoke_token, &k), &h->e);
	CHECK_INT(who_token(h, k.secret, &actor), ERR_AUTH);
	CHECK_OK(who_token(h, child.secret, &actor), &h->e);
	clock_advance(h->clock, USEC_DAY);
	CHECK_INT(who_token(h, child.secret, &actor), ERR_AUTH);
	house_free(h);
}

static enum err totp_reset(struct house *h, struct db_conn *tx, void *arg, struct error *e)
{
	struct person *p = arg;
	return desk_account_totp_reset(&h->desk, h->a, tx, p->by, p->id, e);
}

DB_TEST(a_lost_device_is_forgotten_by_an_administrator_only)
{
	struct house *h = house_new(engine);
	struct entry en = hire(h, "agent@shop.test", "agent", NULL, 0);
	struct entry lead = hire(h, "lead@shop.test", "lead", NULL, 0);
	struct actor actor;
	str raw;
	char code[7];
	struct totp t = {.actor = &en.actor, .proof = {.old_password = STR(PASSWORD)}};
	CHECK_OK(desk_password_prepare(&h->desk, h->a, &en.actor, &t.proof, &h->e), &h->e);
	CHECK_OK(run(h, totp_begin, &t), &h->e);
	CHECK(base32_decode(h->a, t.secret, &raw));
	totp_code(raw, clock_now(h->clock), code);
	t.code = str_of(code);
	CHECK_OK(run(h, totp_confirm, &t), &h->e);
	CHECK_INT(sign_in(h, "agent@shop.test", PASSWORD, "", "p", &en), ERR_AUTH);
	struct person p = {.by = &lead.actor, .id = t.actor->account_id};
	int64_t id = p.id = db_testing_int(
	    h->db, "SELECT id FROM account WHERE email = 'agent@shop.test'", DB_NO_ARGS);
	clock_advance(h->clock, TOTP_STEP);
	totp_code(raw, clock_now(h->clock), code);
	CHECK_OK(sign_in(h, "agent@shop.test", PASSWORD, code, "p", &en), &h->e);
	CHECK_INT(run(h, totp_reset, &p), ERR_DENIED);
	/* Nor one of those who may do less than the person. */
	struct actor small = h->admin;
	small.account_id = 99;
	small.rights = RIGHT_BIT(RIGHT_ADMIN_USERS);
	p.by = &small;
	CHECK_INT(run(h, totp_reset, &p), ERR_DENIED);
	p.by = &h->admin;
	p.id = 12345;
	CHECK_INT(run(h, totp_reset, &p), ERR_NOT_FOUND);
	CHECK_OK(who(h, en.token, &actor), &h->e);
	p.id = id;
	CHECK_OK(run(h, totp_reset, &p), &h->e);
	CHECK_INT(who(h, en.token, &actor), ERR_AUTH);
	CHECK_OK(sign_in(h, "agent@shop.test", PASSWORD, "", "p", &en), &h->e);
	CHECK_INT(db_testing_int(h->db,
	                         "SELECT count(*) FROM event WHERE type = 'account.changed' AND "
	                         "data LIKE '%\"totp\"%'",
	                         DB_NO_ARGS),
	          2);
	house_free(h);
}

DB_TEST(a_new_password_takes_tokens_away_where_it_should)
{
	struct house *h = house_new(engine);
	struct entry en = hire(h, "lead@shop.test", "lead", NULL, 0), there;
	struct actor actor;
	struct key_args k = {.by = &en.actor,
	                     .want = {.name = STR("shop"), .rights = RIGHT_BIT(RIGHT_TICKET_READ)}};
	CHECK_OK(run(h, make_token, &k), &h->e);
	struct change c = {.actor = &en.actor,
	                   .p = {.old_password = STR(PASSWORD), .new_password = STR("0123456789")}};
	CHECK_OK(desk_password_prepare(&h->desk, h->a, &en.actor, &c.p, &h->e), &h->e);
	CHECK_OK(run(h, change_password, &c), &h->e);
	CHECK_OK(who_token(h, k.secret, &actor), &h->e); /* not asked for */
	c.p = (struct desk_password){.old_password = STR("0123456789"),
	                             .new_password = STR("9876543210"),
	                             .revoke_tokens = true};
	CHECK_OK(desk_password_prepare(&h->desk, h->a, &en.actor, &c.p, &h->e), &h->e);
	CHECK_OK(run(h, change_password, &c), &h->e);
	CHECK_INT(who_token(h, k.secret, &actor), ERR_AUTH);
	CHECK_OK(who(h, en.token, &actor), &h->e);
	/* A reset takes all: sessions and tokens. */
	CHECK_OK(run(h, make_token, &k), &h->e);
	CHECK_OK(sign_in(h, "lead@shop.test", "9876543210", "", "p", &there), &h->e);
	struct person p = {.by = &h->admin, .id = en.actor.account_id};
	CHECK_OK(run(h, invite, &p), &h->e);
	CHECK_OK(who_token(h, k.secret, &actor), &h->e);
	p.accept = (struct desk_accept){.token = p.token, .password = STR("quite another")};
	CHECK_OK(desk_invitation_prepare(&h->desk, h->a, &p.accept, &h->e), &h->e);
	CHECK_OK(run(h, accept, &p), &h->e);
	CHECK_INT(who_token(h, k.secret, &actor), ERR_AUTH);
	CHECK_INT(who(h, en.token, &actor), ERR_AUTH);
	CHECK_INT(who(h, there.token, &actor), ERR_AUTH);
	house_free(h);
}

/* ---- administration ---- */

struct inbox_args {
	struct desk_inbox_patch p;
	struct actor *by;
	struct inbox out;
	str clear;
};

static enum err inbox_create_(struct house *h, struct db_conn *tx, void *arg, struct error *e)
{
	struct inbox_args *i = arg;
	return desk_inbox_create(&h->desk, h->a, tx, i->by, &i->p, &i->out, e);
}
static enum err inbox_patch_(struct house *h, struct db_conn *tx, void *arg, struct error *e)
{
	struct inbox_args *i = arg;
	enum err err = desk_inbox_patch(&h->desk, h->a, tx, i->by, i->out.id, &i->p, &i->out, e);
	if (!err)
		err = inbox_get(h->a, tx, i->out.id, &i->out, e);
	return err ? err : desk_inbox_password(&h->desk, h->a, tx, &i->out, &i->clear, e);
}

DB_TEST(an_inbox_keeps_its_password_to_itself)
{
	struct house *h = house_new(engine);
	int64_t one = 1, nine = 99;
	str address = STR("Help@Shop.test"), host = STR("smtp.shop.test"), secret = STR("s3cret"),
	    other = STR("smtp.evil.test"), plus = STR("help+x@shop.test");
	struct inbox_args i = {.by = &h->admin,
	                       .p = {.address = &address, .brand_id = &one, .line_id = &nine}};
	CHECK_REFUSED(run(h, inbox_create_, &i), h, ERR_INVALID, "error.no_such_reference");
	i.p.line_id = &one;
	i.p.address = &plus;
	CHECK_INT(run(h, inbox_create_, &i), ERR_INVALID);
	CHECK_STR(str_of(h->e.field), "address");
	i.p.address = &address;
	CHECK_OK(run(h, inbox_create_, &i), &h->e);
	CHECK_STR(i.out.address_norm, "help@shop.test");
	struct inbox_args again = i;
	CHECK_REFUSED(run(h, inbox_create_, &again), h, ERR_CONFLICT, "error.exists");
	CHECK_STR(str_of(h->e.field), "address");
	i.p = (struct desk_inbox_patch){.smtp_host = &host, .smtp_password = &secret};
	CHECK_OK(run(h, inbox_patch_, &i), &h->e);
	CHECK_STR(i.clear, "s3cret");
	CHECK(str_find(i.out.smtp_password_box, secret) < 0);
	/* Another server is not told the old password. */
	i.p = (struct desk_inbox_patch){.smtp_host = &other};
	CHECK_OK(run(h, inbox_patch_, &i), &h->e);
	CHECK_STR(i.clear, "");
	house_free(h);
}

struct line_args {
	struct desk_line_patch p;
	struct line out;
	int64_t id;
};

static enum err line_patch_(struct house *h, struct db_conn *tx, void *arg, struct error *e)
{
	struct line_args *l = arg;
	return desk_line_patch(&h->desk, h->a, tx, &h->admin, l->id, &l->p, &l->out, e);
}

DB_TEST(members_of_a_line_see_it)
{
	struct house *h = house_new(engine);
	int64_t lines[] = {1};
	struct entry en = hire(h, "agent@shop.test", "agent", lines, 1);
	struct actor actor;
	int64_t members[] = {en.actor.account_id}, nobody[] = {4711};
	struct desk_ids list = {members, 1}, wrong = {nobody, 1}, none = {NULL, 0};
	struct line_args l = {.id = 2, .p = {.members = &wrong}};
	CHECK_INT(run(h, line_patch_, &l), ERR_INVALID);
	l.p.members = &list;
	CHECK_OK(run(h, line_patch_, &l), &h->e);
	CHECK_INT(l.out.n_members, 1);
	CHECK_OK(who(h, en.token, &actor), &h->e);
	CHECK(actor_sees(&actor, 1, 1) && actor_sees(&actor, 2, 1));
	l.p.members = &none;
	CHECK_OK(run(h, line_patch_, &l), &h->e);
	CHECK_OK(who(h, en.token, &actor), &h->e);
	CHECK(!actor_sees(&actor, 2, 1));
	house_free(h);
}

struct boot {
	bool first;
};

static enum err boot_again(struct house *h, struct db_conn *tx, void *arg, struct error *e)
{
	struct boot *b = arg;
	struct desk_bootstrap want = {.language = STR("en")};
	return desk_bootstrap(&h->desk, h->a, tx, &want, &b->first, e);
}

DB_TEST(the_first_start_happens_once)
{
	struct house *h = house_new(engine);
	struct boot b = {.first = true};
	CHECK_OK(run(h, boot_again, &b), &h->e);
	CHECK(!b.first);
	CHECK_INT(db_testing_int(h->db, "SELECT count(*) FROM brand", DB_NO_ARGS), 1);
	CHECK_INT(db_testing_int(h->db, "SELECT count(*) FROM role WHERE builtin = 1", DB_NO_ARGS),
	          RIGHT_ROLES);
	CHECK_INT(db_testing_int(h->db, "SELECT count(*) FROM line WHERE name = 'Общие вопросы'",
	                         DB_NO_ARGS),
	          1);
	house_free(h);
}

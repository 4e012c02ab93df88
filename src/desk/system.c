/* system.c: the installation: its state, no-send mode, the first start. See admin.h. */
#include "desk/admin.h"

#include "base/buf.h"
#include "desk/check.h"
#include "desk/people.h"
#include "json/read.h"
#include "json/write.h"
#include "store/delivery.h"
#include "store/job.h"
#include "store/mailbox.h"
#include "store/oauth.h"
#include "store/sender.h"
#include "store/system.h"
#include "sys/random.h"

/* The reader of the log that keeps the search. */
#define SEARCH_CURSOR "search"

enum err desk_no_send(struct arena *a, struct db_conn *c, struct desk_no_send *out, struct error *e)
{
	str text;
	const struct json *j;
	*out = (struct desk_no_send){.reason = STR(""), .note = STR(""), .by = STR("")};
	str reason;
	enum err err = system_get(a, c, SYSTEM_NO_SEND, &reason, e);
	if (err || !reason.p)
		return err;
	out->on = true;
	out->reason = reason;
	err = system_get(a, c, SYSTEM_NO_SEND_NOTE, &text, e);
	if (err || !str_is(reason, "paused") || !text.n || json_parse(a, text, NULL, &j, NULL))
		return err;
	out->note = json_get_str(j, "note", STR(""));
	out->by = json_get_str(j, "by", STR(""));
	out->at = json_get_i64(j, "at", 0);
	return ERR_OK;
}

enum err desk_system_get(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, struct desk_system *out, struct error *e)
{
	(void)d;
	int64_t live, head, cursor;
	*out = (struct desk_system){0};
	enum err err = actor_need(actor, RIGHT_ADMIN_SYSTEM, e);
	if (!err)
		err = desk_no_send(a, tx, &out->no_send, e);
	if (!err)
		err = held_count(tx, &out->outbox_held, e);
	if (!err)
		err = delivery_waiting(tx, &out->outbox_waiting, e);
	if (!err)
		err = job_count(tx, NULL, &live, &out->jobs_dead, e);
	if (!err)
		err = event_head(tx, &head, e);
	if (!err)
		err = event_cursor_get(tx, SEARCH_CURSOR, &cursor, e);
	if (!err)
		err = mailbox_count_bad(tx, &out->mailboxes_failing, e);
	if (!err)
		err = oauth_count_bad(tx, &out->oauth_consent_needed, e);
	if (err)
		return err;
	out->search_behind = head > cursor ? head - cursor : 0;
	return ERR_OK;
}

static void tell_send_mode(struct db_conn *tx, usec now, const struct actor *actor, bool no_send)
{
	event_add(tx, now, actor, EVENT_SYSTEM_SEND_MODE, (struct event_about){0},
	          EVENT_DATA(EVENT_INT("no_send", no_send)));
}

enum err desk_system_pause(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, str reason, struct error *e)
{
	str was;
	enum err err = actor_need(actor, RIGHT_ADMIN_SYSTEM, e);
	if (!err)
		err = system_get(a, tx, SYSTEM_NO_SEND, &was, e);
	if (err || was.p)
		return err;
	err = system_set(tx, SYSTEM_NO_SEND, reason.n ? reason : STR("paused"), e);
	if (!err)
		tell_send_mode(tx, clock_now(d->clock), actor, true);
	return err;
}

enum err desk_system_stop(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, str note, struct error *e)
{
	usec now = clock_now(d->clock);
	struct jw w;
	BUF_AUTO b;
	buf_init(&b, 0);
	enum err err = check_line(a, note, 0, 300, "note", &note, e);
	if (!err)
		err = desk_system_pause(d, a, tx, actor, STR("paused"), e);
	if (err)
		return err;
	jw_init(&w, &b);
	jw_object(&w);
	jw_put_str(&w, "note", note);
	jw_put_str(&w, "by", actor->name);
	jw_put_i64(&w, "at", now);
	jw_end(&w);
	err = system_set(tx, SYSTEM_NO_SEND_NOTE, buf_str(&b), e);
	if (!err)
		tell_send_mode(tx, now, actor, true);
	return err;
}

enum err desk_system_resume(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, struct error *e)
{
	str was;
	enum err err = actor_need(actor, RIGHT_ADMIN_SYSTEM, e);
	if (!err)
		err = system_get(a, tx, SYSTEM_NO_SEND, &was, e);
	if (err || !was.p)
		return err;
	/* The addresses of a demo are made up, but somebody may have them. */
	if (str_is(was, "demo"))
		return error_set(e, ERR_CONFLICT, "error.demo_sends_nothing", NULL, NULL);
	err = system_remove(tx, SYSTEM_NO_SEND, e);
	if (!err)
		err = system_remove(tx, SYSTEM_NO_SEND_NOTE, e);
	if (!err)
		tell_send_mode(tx, clock_now(d->clock), actor, false);
	return err;
}

/* ---- the first start ---- */

/* A random value under the key, made when there is none. */
static enum err ensure_random(struct arena *a, struct db_conn *tx, const char *key, size_t bytes,
                              bool *made, struct error *e)
{
	str have;
	enum err err = system_get(a, tx, key, &have, e);
	*made = !have.p;
	if (err || have.p)
		return err;
	char *raw = arena_alloc(a, bytes);
	random_bytes(raw, bytes);
	return system_set(tx, key, str_hex(a, str_n(raw, bytes)), e);
}

/* Built-in roles follow the program: a new version may add rights. */
static enum err ensure_roles(struct arena *a, struct db_conn *tx, usec now, struct error *e)
{
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < RIGHT_ROLES; i++) {
		struct role role;
		int64_t id;
		err = role_by_name(a, tx, str_of(right_roles[i].name), &role, e);
		if (err == ERR_NOT_FOUND) {
			role = (struct role){.name = str_of(right_roles[i].name),
			                     .builtin = true,
			                     .rights = right_roles[i].rights};
			err = role_insert(tx, &role, now, &id, e);
		} else if (!err && role.builtin && role.rights != right_roles[i].rights) {
			role.rights = right_roles[i].rights;
			err = role_update(tx, &role, e);
		}
	}
	return err;
}

static enum err ensure_brand(struct arena *a, struct db_conn *tx, const struct desk_bootstrap *want,
                             usec now, struct error *e)
{
	struct brand *list;
	size_t n;
	bool ru = str_is(want->language, "ru");
	enum err err = brand_list(a, tx, &list, &n, e);
	if (err)
		return err;
	struct brand b = {.name = want->brand_name.n ? want->brand_name
	                          : ru               ? STR("Поддержка")
	                                             : STR("Support"),
	                  .slug = STR("main"),
	                  .base_url = want->base_url,
	                  .language = ru ? STR("ru") : STR("en"),
	                  .active = true};
	int64_t id;
	return n ? ERR_OK : brand_insert(tx, &b, now, &id, e);
}

static enum err ensure_lines(struct arena *a, struct db_conn *tx, bool ru, usec now,
                             struct error *e)
{
	static const struct {
		const char *en, *ru;
		int level;
	} lines[] = {
	    {"General", "Общие вопросы", 1},
	    {"Delivery", "Доставка", 1},
	    {"Payments and refunds", "Оплата и возвраты", 1},
	    {"Product quality", "Качество товара", 1},
	    {"Second line", "Вторая линия", 2},
	};
	struct line *list;
	size_t n;
	enum err err = line_list(a, tx, &list, &n, e);
	if (err || n)
		return err;
	for (size_t i = 0; !err && i < COUNT_OF(lines); i++) {
		struct line l = {.name = str_of(ru ? lines[i].ru : lines[i].en),
		                 .description = STR(""),
		                 .level = lines[i].level,
		                 .position = (int64_t)i,
		                 .active = true};
		int64_t id;
		err = line_insert(tx, &l, now, &id, e);
	}
	return err;
}

enum err desk_bootstrap(const struct desk *d, struct arena *a, struct db_conn *tx,
                        const struct desk_bootstrap *want, bool *first, struct error *e)
{
	usec now = clock_now(d->clock);
	bool made;
	enum err err = db_lock(tx, "bootstrap", 0, e);
	db_kept_clear(tx);
	if (!err)
		err = ensure_random(a, tx, SYSTEM_INSTANCE_ID, 16, first, e);
	if (!err)
		err = ensure_random(a, tx, SYSTEM_MAIL_SECRET, 32, &made, e);
	if (!err)
		err = ensure_roles(a, tx, now, e);
	if (!err)
		err = ensure_brand(a, tx, want, now, e);
	if (!err)
		err = ensure_lines(a, tx, str_is(want->language, "ru"), now, e);
	if (!err && *first && want->demo)
		err = system_set(tx, SYSTEM_DEMO, STR("1"), e);
	return err;
}

enum err desk_account_add(const struct desk *d, struct arena *a, struct db_conn *tx, str email,
                          str name, str role, str language, str hash, int64_t *id, struct error *e)
{
	struct role r;
	struct account ac;
	enum err err = role_by_name(a, tx, role, &r, e);
	if (err == ERR_NOT_FOUND)
		return error_set(e, ERR_INVALID, "error.no_such_reference", "role", NULL);
	if (err)
		return err;
	if (!language.n)
		language = STR("en");
	struct desk_account_patch p = {
	    .name = &name, .email = &email, .language = &language, .role_id = &r.id};
	err = desk_account_create(d, a, tx, actor_system(), &p, &ac, e);
	if (!err && hash.n)
		err = account_set_password(tx, ac.id, hash, clock_now(d->clock), e);
	*id = ac.id;
	return err;
}

enum err desk_account_password(const struct desk *d, struct arena *a, struct db_conn *tx, str email,
                               str hash, struct error *e)
{
	struct account ac;
	usec now = clock_now(d->clock);
	enum err err = account_by_email(a, tx, account_email_norm(a, email), &ac, e);
	if (!err)
		err = people_lock(tx, ac.id, e);
	if (!err)
		err = account_set_password(tx, ac.id, hash, now, e);
	if (!err)
		err = people_end_sessions(a, tx, actor_system(), ac.id, 0, now, "password", e);
	if (!err)
		people_account_changed(tx, now, actor_system(), ac.id, "password");
	return err;
}

/* sender.c: see sender.h. */
#include "desk/sender.h"

#include "base/buf.h"
#include "desk/check.h"
#include "desk/mailbox.h"
#include "desk/people.h"
#include "store/brand.h"
#include "store/ids.h"
#include "store/system.h"
#include "store/throttle.h"
#include "text/addr.h"

#define TESTS_AN_HOUR 20
#define SERVES_MOST 50

static str password_context(struct arena *a, int64_t id)
{
	return str_printf(a, "sender.%lld.smtp", (long long)id);
}

/* ---- setting up ---- */

static bool sees(const struct actor *actor, int64_t brand_id)
{
	return actor->all_brands || ids_have(actor->brands, actor->n_brands, brand_id);
}

enum err desk_sender_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, struct sender **out, size_t *n,
                          struct error *e)
{
	(void)d;
	size_t all = 0;
	*n = 0;
	enum err err = actor_need(actor, RIGHT_ADMIN_INBOXES, e);
	if (!err)
		err = sender_list(a, tx, out, &all, e);
	for (size_t i = 0; !err && i < all; i++)
		if (sees(actor, (*out)[i].brand_id))
			(*out)[(*n)++] = (*out)[i];
	return err;
}

/* Domains and addresses by spaces or commas, in lower case, one space between. */
static enum err check_serves(struct arena *a, str in, str *out, struct error *e)
{
	BUF_AUTO b;
	buf_init(&b, 8000);
	size_t n = 0;
	str low = str_lower_ascii(a, str_to_utf8(a, in));
	for (size_t i = 0; i < low.n;) {
		size_t from = i;
		while (i < low.n && !strchr(" ,;\t\r\n", low.p[i]))
			i++;
		str one = str_sub(low, from, i);
		i++;
		if (!one.n)
			continue;
		str whole = str_chr(one, '@') >= 0 ? one : str_concat(a, STR("a@"), one);
		if (!email_is_valid(whole))
			return error_set(e, ERR_INVALID, "error.bad_serves", "serves",
			                 str_z(a, str_sub(one, 0, 100)));
		if (++n > SERVES_MOST)
			return error_set(e, ERR_INVALID, "error.too_many_items", "serves", "50");
		if (b.n)
			buf_addc(&b, ' ');
		buf_add(&b, one);
	}
	*out = str_dup(a, buf_str(&b));
	return ERR_OK;
}

static enum err check_range(const int64_t *v, int64_t most, const char *field, int64_t *out,
                            struct error *e)
{
	if (!v)
		return ERR_OK;
	if (*v < 0 || *v > most)
		return error_set(e, ERR_INVALID, "error.out_of_range", field, NULL);
	*out = *v;
	return ERR_OK;
}

static enum err apply(struct arena *a, const struct desk_sender_patch *p, struct sender *s,
                      struct error *e)
{
	static const char *const modes[] = {"none", "starttls", "tls", NULL};
	static const char *const auths[] = {"none", "password", "xoauth2", NULL};
	enum err err = ERR_OK;
	if (p->name)
		err = check_line(a, *p->name, 1, 120, "name", &s->name, e);
	if (!err && p->host) {
		err = check_line(a, *p->host, 1, 253, "host", &s->host, e);
		if (!err && strpbrk(str_z(a, s->host), " \t/@\"<>"))
			err = error_set(e, ERR_INVALID, "error.bad_address", "host", NULL);
	}
	if (!err && p->tls) {
		err = check_choice(*p->tls, modes, "tls", e);
		s->tls = *p->tls;
	}
	if (!err && p->auth) {
		err = check_choice(*p->auth, auths, "auth", e);
		s->auth = *p->auth;
	}
	if (!err && p->username)
		err = check_line(a, *p->username, 0, 320, "username", &s->username, e);
	if (!err && p->serves)
		err = check_serves(a, *p->serves, &s->serves, e);
	if (!err)
		err = check_range(p->port, 65535, "port", &s->port, e);
	if (!err)
		err = check_range(p->hour_most, 1000000, "hour_most", &s->hour_most, e);
	if (!err)
		err = check_range(p->position, 100000, "position", &s->position, e);
	if (err)
		return err;
	if (p->brand_id)
		s->brand_id = *p->brand_id;
	if (p->oauth_credential_id)
		s->oauth_credential_id = *p->oauth_credential_id;
	if (p->active)
		s->active = *p->active;
	if (!str_is(s->auth, "none") && !s->username.n)
		return error_set(e, ERR_INVALID, "error.required", "username", NULL);
	if (!str_is(s->auth, "xoauth2"))
		s->oauth_credential_id = 0; /* a credential that is not used is held by nothing */
	return ERR_OK;
}

static enum err check_brand(struct arena *a, struct db_conn *tx, const struct actor *actor,
                            const struct sender *s, struct error *e)
{
	struct brand b;
	enum err err = brand_get(a, tx, s->brand_id, &b, e);
	if (err == ERR_NOT_FOUND || (!err && (!b.active || !sees(actor, b.id))))
		return error_set(e, ERR_INVALID, "error.no_such_reference", "brand_id", NULL);
	if (!err && str_is(s->auth, "xoauth2"))
		err = desk_oauth_check(a, tx, s->oauth_credential_id, s->host, s->tls,
		                       "oauth_credential_id", e);
	return err;
}

static enum err set_password(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const str *password, struct sender *s, struct error *e)
{
	if (!password)
		return ERR_OK;
	if (password->n > 1000)
		return error_set(e, ERR_INVALID, "error.too_long", "password", "1000");
	if (password->n && !d->key)
		return error_detail(e, ERR_INTERNAL, "no key file");
	s->password_box =
	    password->n ? secret_seal(a, d->key, password_context(a, s->id), *password) : STR("");
	return sender_set_password(tx, s->id, s->password_box, e);
}

enum err desk_sender_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, const struct desk_sender_patch *p,
                            struct sender *out, struct error *e)
{
	usec now = clock_now(d->clock);
	*out = (struct sender){.tls = STR("starttls"),
	                       .auth = STR("none"),
	                       .username = STR(""),
	                       .serves = STR(""),
	                       .active = true,
	                       .version = 1};
	enum err err = actor_need(actor, RIGHT_ADMIN_INBOXES, e);
	if (!err)
		err = check_given(p->host, "host", e);
	if (!err)
		err = check_given(p->brand_id, "brand_id", e);
	if (!err)
		err = apply(a, p, out, e);
	if (!err && !out->name.n)
		out->name = out->host;
	if (!err)
		err = check_brand(a, tx, actor, out, e);
	if (!err)
		err = sender_insert(tx, out, now, &out->id, e);
	if (!err)
		err = set_password(d, a, tx, p->password, out, e);
	if (!err)
		people_admin_changed(tx, now, actor, "sender", out->id, "created");
	return err;
}

/* The inboxes that picked it would be left with a sender of another brand or domain. */
static enum err check_picked(struct arena *a, struct db_conn *tx, const struct sender *s,
                             struct error *e)
{
	struct inbox *list;
	size_t n;
	enum err err = inbox_list(a, tx, &list, &n, e);
	for (size_t i = 0; !err && i < n; i++)
		if (list[i].sender_id == s->id &&
		    (list[i].brand_id != s->brand_id || !sender_serves(s, list[i].address)))
			err = error_set(e, ERR_CONFLICT, "error.sender_in_use",
			                list[i].brand_id != s->brand_id ? "brand_id" : "serves",
			                str_z(a, list[i].address));
	return err;
}

enum err desk_sender_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, int64_t id, const struct desk_sender_patch *p,
                           struct sender *out, struct error *e)
{
	static const str none = {"", 0};
	usec now = clock_now(d->clock);
	struct sender before = {0};
	enum err err = actor_need(actor, RIGHT_ADMIN_INBOXES, e);
	db_kept_clear(tx); /* another process may have changed it */
	if (!err)
		err = sender_get(a, tx, id, &before, e);
	if (!err && !sees(actor, before.brand_id))
		err = error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	if (!err && p->version && *p->version != before.version)
		err = error_set(e, ERR_CONFLICT, "error.stale", "version", NULL);
	*out = before;
	if (!err)
		err = apply(a, p, out, e);
	if (!err)
		err = check_brand(a, tx, actor, out, e);
	if (!err)
		err = check_picked(a, tx, out, e);
	if (!err)
		err = sender_update(tx, out, e);
	/* A password belongs to a server: another one must not be told the old one, nor the line.
	 */
	bool moved = !str_eq(before.host, out->host) || !str_eq(before.username, out->username) ||
	             before.port != out->port ||
	             (str_is(out->tls, "none") && !str_is(before.tls, "none"));
	if (!err)
		err = set_password(d, a, tx,
		                   p->password ? p->password
		                   : moved     ? &none
		                               : NULL,
		                   out, e);
	if (err)
		return err;
	out->version++;
	people_admin_changed(tx, now, actor, "sender", id, "changed");
	return held_wake(tx, now, e);
}

enum err desk_sender_test(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t id, struct sender *out,
                          struct inbox *from, struct error *e)
{
	struct inbox *list;
	size_t n = 0;
	bool no_send = false;
	enum err err = actor_need(actor, RIGHT_ADMIN_INBOXES, e);
	if (!err)
		err = sender_get(a, tx, id, out, e);
	if (!err && !sees(actor, out->brand_id))
		err = error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	if (!err)
		err = system_no_send(tx, &no_send, e);
	if (!err && no_send)
		err = error_set(e, ERR_CONFLICT, "error.sending_stopped", NULL, NULL);
	if (!err)
		err = throttle_count(tx,
		                     str_printf(a, "sendertest:%lld", (long long)actor->account_id),
		                     TESTS_AN_HOUR, USEC_HOUR, clock_now(d->clock), e);
	if (!err)
		err = inbox_list(a, tx, &list, &n, e);
	for (size_t pass = 0; !err && pass < 2; pass++)
		for (size_t i = 0; i < n; i++) {
			bool fits = list[i].active && list[i].brand_id == out->brand_id &&
			            sender_serves(out, list[i].address);
			if (!fits || (pass == 0 && list[i].sender_id != id))
				continue;
			*from = list[i];
			return ERR_OK;
		}
	return err ? err : error_set(e, ERR_INVALID, "error.sender_no_inbox", NULL, NULL);
}

/* ---- the way of a letter ---- */

enum err desk_sender_way(struct arena *a, struct db_conn *c, const struct inbox *inbox,
                         struct sender **out, size_t *n, struct error *e)
{
	struct sender *all;
	size_t n_all, at = 0;
	*n = 0;
	enum err err = sender_of_brand(a, c, inbox->brand_id, &all, &n_all, e);
	if (err)
		return err;
	*out = ARENA_ARRAY(a, n_all + 1, struct sender);
	for (size_t pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < n_all; i++)
			if ((all[i].id == inbox->sender_id) == (pass == 0) &&
			    sender_serves(&all[i], inbox->address))
				(*out)[at++] = all[i];
	*n = at;
	return ERR_OK;
}

enum err desk_sender_password(const struct desk *d, struct arena *a, const struct sender *s,
                              str *out, struct error *e)
{
	*out = STR_NONE;
	if (!s->password_box.n)
		return ERR_OK;
	if (!d->key || !secret_open(a, d->key, password_context(a, s->id), s->password_box, out))
		return secret_locked(e, "the password of sender", s->id);
	return ERR_OK;
}

/* ---- limits ---- */

enum err desk_inbox_room(struct db_conn *tx, const struct inbox *inbox, int64_t message_id,
                         usec now, usec *until, struct error *e)
{
	int64_t most = inbox->hour_most, n = 0, ahead = 0;
	usec since = now - USEC_HOUR, first, at = 0;
	*until = 0;
	if (!most)
		return ERR_OK;
	enum err err = db_lock(tx, "sendroom", inbox->id, e);
	if (!err)
		err = inbox_offered(tx, inbox->id, since, &n, &first, e);
	if (!err)
		err = inbox_held_before(tx, inbox->id, message_id, &ahead, e);
	if (err || n + ahead < most)
		return err;
	/* When as many offers have left the hour as stand before this letter; a whole hour more for
	 * each round of them. */
	int64_t place = n + ahead - most, round = n ? n : most;
	if (n)
		err = inbox_offered_nth(tx, inbox->id, since, place % n, &at, e);
	*until = (at ? at : now) + USEC_HOUR * (1 + place / round);
	if (*until <= now)
		*until = now + USEC_SECOND;
	return err;
}

enum err desk_sender_room(struct db_conn *tx, const struct sender *s, usec now, usec *until,
                          struct error *e)
{
	int64_t n;
	usec first;
	*until = 0;
	if (!s->hour_most)
		return ERR_OK;
	enum err err = db_lock(tx, "sendroom.sender", s->id, e);
	if (!err)
		err = sender_offered(tx, s->id, now - USEC_HOUR, &n, &first, e);
	if (!err && n >= s->hour_most)
		*until = first + USEC_HOUR > now ? first + USEC_HOUR : now + USEC_SECOND;
	return err;
}

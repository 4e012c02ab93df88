/* me.c: one's own account, password, one-time codes; invitations. See session.h. */
#include "desk/check.h"
#include "desk/people.h"
#include "desk/placeholder.h"
#include "desk/session.h"
#include "store/token.h"
#include "sys/random.h"
#include "sys/totp.h"

#define PASSWORD_CHARS_MAX 1000

enum err people_self(const struct actor *actor, struct error *e)
{
	if (actor->kind == ACTOR_ACCOUNT)
		return ERR_OK;
	return error_set(e, ERR_AUTH, "error.auth", NULL, NULL);
}

enum err people_in_person(const struct actor *actor, struct error *e)
{
	enum err err = people_self(actor, e);
	if (!err && actor->token_id)
		return error_set(e, ERR_DENIED, "error.denied", NULL, "session");
	return err;
}

enum err people_lock(struct db_conn *tx, int64_t account_id, struct error *e)
{
	enum err err = db_lock(tx, "account", account_id, e);
	db_kept_clear(tx);
	return err;
}

void people_account_changed(struct db_conn *tx, usec now, const struct actor *actor,
                            int64_t account_id, const char *field)
{
	event_add(
	    tx, now, actor, EVENT_ACCOUNT_CHANGED, (struct event_about){0},
	    EVENT_DATA(EVENT_INT("account_id", account_id), EVENT_CODE("field", str_of(field))));
}

void people_admin_changed(struct db_conn *tx, usec now, const struct actor *actor,
                          const char *object, int64_t id, const char *field)
{
	event_add(tx, now, actor, EVENT_ADMIN_CHANGED, (struct event_about){0},
	          EVENT_DATA(EVENT_CODE("object", str_of(object)), EVENT_INT("object_id", id),
	                     EVENT_CODE("field", str_of(field))));
}

enum err people_password_fit(const struct desk *d, str password, str email, const char *field,
                             struct error *e)
{
	char number[24];
	size_t min = d->password_min > 0 ? (size_t)d->password_min : 10;
	if (!str_is_utf8(password) || str_chr(password, 0) >= 0)
		return error_set(e, ERR_INVALID, "error.bad_text", field, NULL);
	size_t n = str_utf8_len(password);
	if (n > PASSWORD_CHARS_MAX || password.n > PASSWORD_MAX) {
		snprintf(number, sizeof number, "%d", PASSWORD_CHARS_MAX);
		return error_set(e, ERR_INVALID, "error.too_long", field, number);
	}
	if (n < min) {
		snprintf(number, sizeof number, "%zu", min);
		return error_set(e, ERR_INVALID, "error.too_short", field, number);
	}
	/* One character over and over, or the address: the first things a guesser tries. */
	bool varied = false;
	for (size_t i = 1; i < password.n && !varied; i++)
		varied = password.p[i] != password.p[0];
	if (!varied || (email.n && str_eq_nocase(password, email)))
		return error_set(e, ERR_INVALID, "error.password_weak", field, NULL);
	return ERR_OK;
}

enum err people_revoke_tokens(struct db_conn *tx, const struct actor *actor, int64_t account_id,
                              usec now, struct error *e)
{
	int64_t n;
	enum err err = token_revoke_all(tx, account_id, now, &n, e);
	if (!err && n)
		people_account_changed(tx, now, actor, account_id, "token");
	return err;
}

/* ---- one's own account ---- */

enum err desk_me(const struct desk *d, struct arena *a, struct db_conn *tx,
                 const struct actor *actor, struct account *out, struct error *e)
{
	(void)d;
	enum err err = people_self(actor, e);
	return err ? err : account_get(a, tx, actor->account_id, out, e);
}

enum err desk_me_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                       const struct actor *actor, const struct desk_me_patch *patch,
                       struct account *out, struct error *e)
{
	static const char *const themes[] = {"system", "light", "dark", NULL};
	enum err err = people_in_person(actor, e); /* name and signature stand in letters */
	if (!err)
		err = people_lock(tx, actor->account_id, e);
	if (!err)
		err = account_get(a, tx, actor->account_id, out, e);
	if (!err && patch->name)
		err = check_line(a, *patch->name, 1, 120, "name", &out->name, e);
	if (!err && patch->signature)
		err = check_text(a, *patch->signature, 2000, "signature", &out->signature, e);
	if (!err && patch->signature)
		err = placeholder_check(out->signature, "signature", e);
	if (!err && patch->language) {
		err = check_choice(*patch->language, check_languages, "language", e);
		out->language = *patch->language;
	}
	if (!err && patch->theme) {
		err = check_choice(*patch->theme, themes, "theme", e);
		out->theme = *patch->theme;
	}
	if (!err)
		err = account_update(tx, out, e);
	if (err)
		return err;
	out->version++;
	people_account_changed(tx, clock_now(d->clock), actor, out->id, "profile");
	return ERR_OK;
}

/* ---- password ---- */

enum err desk_password_prepare(const struct desk *d, struct arena *a, const struct actor *actor,
                               struct desk_password *p, struct error *e)
{
	enum err err = people_in_person(actor, e);
	if (!err && p->new_password.n)
		err = people_password_fit(d, p->new_password, STR_NONE, "new_password", e);
	if (!err)
		err = people_prove_password(d, a, actor, p->old_password,
		                            p->new_password.n ? "old_password" : "password",
		                            &p->old_hash, e);
	if (!err && p->new_password.n)
		err = password_hash(a, p->new_password, &p->new_hash, e);
	return err;
}

/* The account, locked, if the password that was proved is still the one. */
static enum err proved(struct arena *a, struct db_conn *tx, const struct actor *actor,
                       const struct desk_password *p, struct account *out, struct error *e)
{
	enum err err = people_in_person(actor, e);
	if (!err)
		err = people_lock(tx, actor->account_id, e);
	if (!err)
		err = account_get(a, tx, actor->account_id, out, e);
	if (!err && (str_empty(p->old_hash) || !str_eq(out->password_hash, p->old_hash)))
		return error_set(e, ERR_DENIED, "error.password_wrong", "old_password", NULL);
	return err;
}

enum err desk_password_commit(const struct desk *d, struct arena *a, struct db_conn *tx,
                              const struct actor *actor, const struct desk_password *p,
                              struct error *e)
{
	struct account ac;
	usec now = clock_now(d->clock);
	enum err err = proved(a, tx, actor, p, &ac, e);
	if (!err && str_empty(p->new_hash))
		return error_set(e, ERR_INVALID, "error.required", "new_password", NULL);
	if (!err)
		err = account_set_password(tx, ac.id, p->new_hash, now, e);
	if (!err)
		err =
		    people_end_sessions(a, tx, actor, ac.id, actor->session_id, now, "password", e);
	if (!err && p->revoke_tokens)
		err = people_revoke_tokens(tx, actor, ac.id, now, e);
	if (!err)
		people_account_changed(tx, now, actor, ac.id, "password");
	return err;
}

/* ---- one-time codes ---- */

enum err desk_totp_begin(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, const struct desk_password *p, str *secret,
                         str *uri, struct error *e)
{
	struct account ac;
	enum err err = proved(a, tx, actor, p, &ac, e);
	if (!err && !d->key)
		return error_detail(e, ERR_INTERNAL, "no key file");
	if (!err && ac.totp_box.n)
		return error_set(e, ERR_CONFLICT, "error.exists", "totp", NULL);
	if (err)
		return err;
	str raw = totp_secret_new(a);
	*secret = base32_encode(a, raw);
	*uri = totp_uri(a, raw, d->issuer.n ? d->issuer : STR("Otklik"), ac.email);
	return account_set_totp(tx, ac.id,
	                        secret_seal(a, d->key, people_totp_context(a, ac.id), raw), true,
	                        ac.totp_step, e);
}

enum err desk_totp_confirm(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, str code, struct error *e)
{
	struct account ac;
	str raw;
	int64_t step;
	usec now = clock_now(d->clock);
	enum err err = people_in_person(actor, e);
	if (!err)
		err = people_lock(tx, actor->account_id, e);
	if (!err)
		err = account_get(a, tx, actor->account_id, &ac, e);
	if (err)
		return err;
	if (!d->key || !ac.totp_pending.n ||
	    !secret_open(a, d->key, people_totp_context(a, ac.id), ac.totp_pending, &raw) ||
	    !totp_verify(raw, code, now, ac.totp_step, &step))
		return error_set(e, ERR_INVALID, "error.totp_wrong", "code", NULL);
	err = account_set_totp(tx, ac.id, ac.totp_pending, false, step, e);
	if (!err)
		people_account_changed(tx, now, actor, ac.id, "totp");
	return err;
}

enum err desk_totp_remove(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, const struct desk_password *p, struct error *e)
{
	struct account ac;
	enum err err = proved(a, tx, actor, p, &ac, e);
	if (!err)
		err = account_set_totp(tx, ac.id, STR_NONE, false, ac.totp_step, e);
	if (!err)
		people_account_changed(tx, clock_now(d->clock), actor, ac.id, "totp");
	return err;
}

/* ---- invitations ---- */

static enum err open_invitation(struct arena *a, struct db_conn *c, str token, usec now,
                                struct invitation *inv, struct account *out, struct error *e)
{
	if (token.n < 40 || token.n > 200)
		return error_set(e, ERR_NOT_FOUND, "error.invitation", NULL, NULL);
	enum err err = invitation_by_hash(a, c, session_token_hash(a, token), inv, e);
	if (!err)
		err = account_get(a, c, inv->account_id, out, e);
	if (err && err != ERR_NOT_FOUND)
		return err;
	if (err || inv->used_at || inv->expires_at <= now || !out->active)
		return error_set(e, ERR_NOT_FOUND, "error.invitation", NULL, NULL);
	return ERR_OK;
}

enum err desk_invitation_get(const struct desk *d, struct arena *a, struct db_conn *tx, str token,
                             struct account *out, struct error *e)
{
	struct invitation inv;
	return open_invitation(a, tx, token, clock_now(d->clock), &inv, out, e);
}

enum err desk_invitation_prepare(const struct desk *d, struct arena *a, struct desk_accept *s,
                                 struct error *e)
{
	struct db_conn *c;
	struct account ac;
	enum err err = db_read_begin(d->db, &c, e);
	if (err)
		return err;
	err = desk_invitation_get(d, a, c, s->token, &ac, e);
	db_read_end(d->db, c);
	if (!err)
		err = people_password_fit(d, s->password, ac.email, "password", e);
	return err ? err : password_hash(a, s->password, &s->hash, e);
}

enum err desk_invitation_commit(const struct desk *d, struct arena *a, struct db_conn *tx,
                                const struct desk_accept *s, struct account *out, struct error *e)
{
	struct invitation inv;
	usec now = clock_now(d->clock);
	enum err err = open_invitation(a, tx, s->token, now, &inv, out, e);
	if (!err)
		err = people_lock(tx, out->id, e);
	if (!err)
		err = invitation_use(tx, inv.id, now, e);
	if (!err)
		err = account_set_password(tx, out->id, s->hash, now, e);
	struct actor self = {.kind = ACTOR_ACCOUNT, .account_id = out->id, .lang = "en"};
	if (!err)
		err = people_end_sessions(a, tx, &self, out->id, 0, now, "password", e);
	/* Whoever had the old password may have made tokens with it. */
	if (!err)
		err = people_revoke_tokens(tx, &self, out->id, now, e);
	if (!err)
		people_account_changed(tx, now, &self, out->id, "password");
	return err;
}

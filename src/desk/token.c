/* token.c: API tokens. See account.h. */
#include "desk/account.h"
#include "desk/check.h"
#include "desk/people.h"
#include "store/ids.h"
#include "sys/random.h"

#define TOKEN_PREFIX "otk_"
#define HINT_SIZE 8

enum err desk_token_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, struct token **out, size_t *n, struct error *e)
{
	(void)d;
	enum err err = people_self(actor, e);
	if (!err)
		err = actor_need(actor, RIGHT_TOKEN_MANAGE, e);
	return err ? err : token_list(a, tx, actor->account_id, out, n, e);
}

/* The wanted list within what the actor sees; NULL: all that the actor sees. */
static enum err scope(struct arena *a, const struct desk_ids *want, bool actor_all,
                      const int64_t *actor_ids, size_t actor_n, bool by_token, const char *field,
                      bool *all, const int64_t **ids, size_t *n, struct error *e)
{
	if (!want) {
		/* A narrowed token hands on its own list, not the account's. */
		*all = !by_token || actor_all;
		*ids = *all ? NULL : actor_ids;
		*n = *all ? 0 : actor_n;
		return ERR_OK;
	}
	*all = false;
	*ids = ids_sorted(a, want->p, want->n, n);
	for (size_t i = 0; !actor_all && i < *n; i++)
		if (!ids_have(actor_ids, actor_n, (*ids)[i]))
			return error_set(e, ERR_INVALID, "error.no_such_reference", field, NULL);
	return ERR_OK;
}

enum err desk_token_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, const struct desk_token_new *want,
                           struct token *out, str *secret, struct error *e)
{
	usec now = clock_now(d->clock);
	*out = (struct token){.account_id = actor->account_id,
	                      .created_at = now,
	                      .rights = want->rights,
	                      .expires_at = want->expires_at};
	enum err err = people_self(actor, e);
	if (!err)
		err = actor_need(actor, RIGHT_TOKEN_MANAGE, e);
	if (!err)
		err = check_line(a, want->name, 1, 120, "name", &out->name, e);
	if (!err && !want->rights)
		err = error_set(e, ERR_INVALID, "error.required", "rights", NULL);
	uint64_t more = want->rights & ~actor->rights;
	if (!err && more)
		err = error_set(e, ERR_DENIED, "error.denied", "rights",
		                right_name((enum right)__builtin_ctzll(more)));
	if (!err && want->expires_at && want->expires_at <= now)
		err = error_set(e, ERR_INVALID, "error.in_the_past", "expires_at", NULL);
	/* What a token makes does not outlive it. */
	if (!err && actor->token_id && actor->expires_at &&
	    (!out->expires_at || out->expires_at > actor->expires_at))
		out->expires_at = actor->expires_at;
	if (!err)
		err = scope(a, want->lines, actor->all_lines, actor->lines, actor->n_lines,
		            actor->token_id != 0, "line_ids", &out->all_lines, &out->lines,
		            &out->n_lines, e);
	if (!err)
		err = scope(a, want->brands, actor->all_brands, actor->brands, actor->n_brands,
		            actor->token_id != 0, "brand_ids", &out->all_brands, &out->brands,
		            &out->n_brands, e);
	if (err)
		return err;
	*secret = str_concat(a, STR(TOKEN_PREFIX), random_token(a, 32));
	out->hint = str_sub(*secret, 0, HINT_SIZE);
	err = token_insert(a, tx, out, session_token_hash(a, *secret), &out->id, e);
	if (!err)
		people_admin_changed(tx, now, actor, "token", out->id, "created");
	return err;
}

enum err desk_token_revoke(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, int64_t id, struct error *e)
{
	struct token t;
	bool revoked = false;
	usec now = clock_now(d->clock);
	enum err err = people_self(actor, e);
	if (!err)
		err = actor_need(actor, RIGHT_TOKEN_MANAGE, e);
	if (!err)
		err = token_get(a, tx, id, &t, e);
	if (err)
		return err;
	bool foreign = t.account_id != actor->account_id;
	if (t.revoked_at || (foreign && !actor_may(actor, RIGHT_ADMIN_USERS)))
		return error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	struct account owner;
	if (foreign && ((err = account_get(a, tx, t.account_id, &owner, e)) ||
	                (err = people_covers(actor, &owner, e))))
		return err;
	err = token_revoke(tx, id, now, &revoked, e);
	if (err)
		return err;
	people_admin_changed(tx, now, actor, "token", id, "revoked");
	people_account_changed(tx, now, actor, t.account_id, "token");
	return ERR_OK;
}

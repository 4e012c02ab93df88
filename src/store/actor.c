/* actor.c: who acts. See actor.h. */
#include "store/actor.h"

#include "store/account.h"
#include "store/ids.h"
#include "store/role.h"
#include "store/session.h"
#include "store/token.h"

#define SCOPE_ALL STR("{\"lines\":null,\"brands\":null}")

#define TOKEN_MIN 40 /* 32 bytes in base64url are 43 characters */
#define TOKEN_MAX 200

static const struct actor system_actor = {
    .kind = ACTOR_SYSTEM,
    .rights = RIGHTS_ALL,
    .all_lines = true,
    .all_brands = true,
    .scope = {"{\"lines\":null,\"brands\":null}", 28},
    .lang = "en",
    .name = {"system", 6},
};
static const struct actor nobody_en = {
    .kind = ACTOR_NOBODY, .scope = {"{\"lines\":[],\"brands\":[]}", 24}, .lang = "en"};
static const struct actor nobody_ru = {
    .kind = ACTOR_NOBODY, .scope = {"{\"lines\":[],\"brands\":[]}", 24}, .lang = "ru"};

const struct actor *actor_system(void)
{
	return &system_actor;
}

const struct actor *actor_nobody(const char *lang)
{
	return lang && lang[0] == 'r' && lang[1] == 'u' ? &nobody_ru : &nobody_en;
}

void actor_set_scope(struct arena *a, struct actor *actor, bool all_lines, const int64_t *lines,
                     size_t n_lines, bool all_brands, const int64_t *brands, size_t n_brands)
{
	actor->all_lines = all_lines;
	actor->all_brands = all_brands;
	actor->lines = all_lines ? NULL : ids_sorted(a, lines, n_lines, &actor->n_lines);
	actor->brands = all_brands ? NULL : ids_sorted(a, brands, n_brands, &actor->n_brands);
	if (all_lines)
		actor->n_lines = 0;
	if (all_brands)
		actor->n_brands = 0;
	if (all_lines && all_brands) {
		actor->scope = SCOPE_ALL;
		return;
	}
	str l = all_lines ? STR("null") : ids_to_json(a, actor->lines, actor->n_lines);
	str b = all_brands ? STR("null") : ids_to_json(a, actor->brands, actor->n_brands);
	actor->scope = str_printf(a, "{\"lines\":%.*s,\"brands\":%.*s}", STR_FMT(l), STR_FMT(b));
}

enum err actor_need(const struct actor *actor, enum right right, struct error *e)
{
	if (actor_may(actor, right))
		return ERR_OK;
	if (actor->kind == ACTOR_NOBODY)
		return error_set(e, ERR_AUTH, "error.auth", NULL, NULL);
	return error_set(e, ERR_DENIED, "error.denied", NULL, right_name(right));
}

bool actor_sees(const struct actor *actor, int64_t line_id, int64_t brand_id)
{
	if (actor->kind == ACTOR_NOBODY)
		return false;
	return (actor->all_lines || (line_id && ids_have(actor->lines, actor->n_lines, line_id))) &&
	       (actor->all_brands ||
	        (brand_id && ids_have(actor->brands, actor->n_brands, brand_id)));
}

bool actor_touch_due(const struct actor *actor, usec now)
{
	return (actor->session_id || actor->token_id) && now - actor->seen_at >= USEC_MINUTE;
}

static enum err refused(struct actor *out, struct error *e)
{
	*out = *actor_nobody("en");
	return error_set(e, ERR_AUTH, "error.session_ended", NULL, NULL);
}

/* The account behind a session or token, with all its rights. Not active: refused. */
static enum err of_known(struct arena *a, const struct account_actor *ac, struct actor *out,
                         struct error *e)
{
	if (!ac->active)
		return refused(out, e);
	*out = (struct actor){.kind = ACTOR_ACCOUNT,
	                      .account_id = ac->id,
	                      .rights = ac->role_rights,
	                      .name = ac->name};
	memcpy(out->lang, ac->russian ? "ru" : "en", 3);
	actor_set_scope(a, out, ac->all_lines, ac->lines, ac->n_lines, ac->all_brands, ac->brands,
	                ac->n_brands);
	return ERR_OK;
}

static enum err of_account(struct arena *a, struct db_conn *c, int64_t id, struct actor *out,
                           struct error *e)
{
	struct account_actor ac;
	enum err err = account_actor(a, c, id, &ac, e);
	if (err == ERR_NOT_FOUND)
		return refused(out, e);
	return err ? err : of_known(a, &ac, out, e);
}

/* Whole token of ours, to the eye: only then is it looked up. */
static bool token_shaped(str token)
{
	if (token.n < TOKEN_MIN || token.n > TOKEN_MAX)
		return false;
	for (size_t i = 0; i < token.n; i++) {
		char ch = token.p[i];
		if (!((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
		      (ch >= '0' && ch <= '9') || ch == '-' || ch == '_'))
			return false;
	}
	return true;
}

static enum err of_session(struct arena *a, const struct session *s, const struct account_actor *ac,
                           usec now, struct actor *out, struct error *e)
{
	if (s->ended_at || s->expires_at <= now)
		return refused(out, e);
	enum err err = of_known(a, ac, out, e);
	if (err)
		return err;
	if (!str_empty(s->rights_mask))
		out->rights &= rights_from_json(a, s->rights_mask);
	out->session_id = s->id;
	out->expires_at = s->expires_at;
	out->seen_at = s->seen_at;
	return ERR_OK;
}

/* Both lists sorted. */
static const int64_t *both(struct arena *a, const int64_t *x, size_t nx, const int64_t *y,
                           size_t ny, size_t *n)
{
	int64_t *out = ARENA_ARRAY(a, nx + 1, int64_t);
	*n = 0;
	for (size_t i = 0; i < nx; i++)
		if (ids_have(y, ny, x[i]))
			out[(*n)++] = x[i];
	return out;
}

static void narrow(struct arena *a, bool *all, const int64_t **ids, size_t *n, bool token_all,
                   const int64_t *token_ids, size_t token_n)
{
	if (token_all)
		return;
	if (*all) {
		*ids = token_ids;
		*n = token_n;
	} else {
		*ids = both(a, *ids, *n, token_ids, token_n, n);
	}
	*all = false;
}

static enum err of_token(struct arena *a, struct db_conn *c, const struct token *t, usec now,
                         struct actor *out, struct error *e)
{
	if (t->revoked_at || (t->expires_at && t->expires_at <= now))
		return refused(out, e);
	enum err err = of_account(a, c, t->account_id, out, e);
	if (err)
		return err;
	out->rights &= t->rights;
	out->token_id = t->id;
	out->expires_at = t->expires_at;
	out->seen_at = t->used_at;
	bool all_lines = out->all_lines, all_brands = out->all_brands;
	const int64_t *lines = out->lines, *brands = out->brands;
	size_t n_lines = out->n_lines, n_brands = out->n_brands;
	narrow(a, &all_lines, &lines, &n_lines, t->all_lines, t->lines, t->n_lines);
	narrow(a, &all_brands, &brands, &n_brands, t->all_brands, t->brands, t->n_brands);
	actor_set_scope(a, out, all_lines, lines, n_lines, all_brands, brands, n_brands);
	return ERR_OK;
}

enum err actor_from_session(struct arena *a, struct db_conn *c, str token, usec now,
                            struct actor *out, struct error *e)
{
	struct session s;
	struct account_actor ac;
	if (!token_shaped(token))
		return refused(out, e);
	enum err err = session_actor(a, c, session_token_hash(a, token), &s, &ac, e);
	if (err == ERR_NOT_FOUND)
		return refused(out, e);
	return err ? err : of_session(a, &s, &ac, now, out, e);
}

enum err actor_from_token(struct arena *a, struct db_conn *c, str token, usec now,
                          struct actor *out, struct error *e)
{
	struct token t;
	if (!token_shaped(token))
		return refused(out, e);
	enum err err = token_by_hash(a, c, session_token_hash(a, token), &t, e);
	if (err == ERR_NOT_FOUND)
		return refused(out, e);
	return err ? err : of_token(a, c, &t, now, out, e);
}

enum err actor_refresh(struct arena *a, struct db_conn *c, const struct actor *old, usec now,
                       struct actor *out, struct error *e)
{
	struct session s;
	struct account_actor ac;
	struct token t;
	enum err err;
	if (old->kind != ACTOR_ACCOUNT) {
		*out = *old;
		return ERR_OK;
	}
	if (old->session_id) {
		err = session_get(a, c, old->session_id, &s, e);
		if (!err)
			err = account_actor(a, c, s.account_id, &ac, e);
		if (!err)
			return of_session(a, &s, &ac, now, out, e);
	} else if (old->token_id) {
		err = token_get(a, c, old->token_id, &t, e);
		if (!err)
			return of_token(a, c, &t, now, out, e);
	} else {
		return of_account(a, c, old->account_id, out, e);
	}
	return err == ERR_NOT_FOUND ? refused(out, e) : err;
}

enum err actor_from_account(struct arena *a, struct db_conn *c, int64_t account_id,
                            struct actor *out, struct error *e)
{
	return of_account(a, c, account_id, out, e);
}

/* account.c: people and roles as an administrator changes them. See account.h; tokens are in
 * token.c. */
#include "desk/account.h"

#include "desk/check.h"
#include "desk/people.h"
#include "store/ids.h"
#include "sys/random.h"

/* ---- who may touch whom ---- */

/* Rights and scope that the actor would hand out must be its own. */
static enum err covers(const struct actor *actor, uint64_t rights, bool all_lines,
                       const int64_t *lines, size_t n_lines, bool all_brands, const int64_t *brands,
                       size_t n_brands, struct error *e)
{
	if (actor->kind == ACTOR_SYSTEM)
		return ERR_OK;
	uint64_t more = rights & ~actor->rights;
	if (more)
		return error_set(e, ERR_DENIED, "error.denied", "role_id",
		                 right_name((enum right)__builtin_ctzll(more)));
	bool in = (actor->all_lines || !all_lines) && (actor->all_brands || !all_brands);
	for (size_t i = 0; in && !actor->all_lines && i < n_lines; i++)
		in = ids_have(actor->lines, actor->n_lines, lines[i]);
	for (size_t i = 0; in && !actor->all_brands && i < n_brands; i++)
		in = ids_have(actor->brands, actor->n_brands, brands[i]);
	return in ? ERR_OK : error_set(e, ERR_DENIED, "error.denied", "line_ids", "admin.users");
}

enum err people_covers(const struct actor *actor, const struct account *ac, struct error *e)
{
	return covers(actor, ac->role_rights, ac->all_lines, ac->lines, ac->n_lines, ac->all_brands,
	              ac->brands, ac->n_brands, e);
}

static bool is_admin(const struct account *ac)
{
	return ac->active && ac->role_rights == RIGHTS_ALL && ac->all_lines && ac->all_brands;
}

/* Decisions about who is left as administrator are taken one after the other. */
static enum err lock_people(struct db_conn *tx, int64_t id, struct error *e)
{
	enum err err = db_lock(tx, "administrators", 0, e);
	db_kept_clear(tx);
	return err || !id ? err : people_lock(tx, id, e);
}

static enum err keep_an_admin(struct arena *a, struct db_conn *tx, const struct account *before,
                              const struct account *after, struct error *e)
{
	int64_t others = 0;
	if (!is_admin(before) || is_admin(after))
		return ERR_OK;
	enum err err = account_count_other_admins(a, tx, before->id, &others, e);
	if (!err && others == 0)
		return error_set(e, ERR_INVALID, "error.last_admin",
		                 after->active ? "role_id" : "active", NULL);
	return err;
}

/* ---- accounts ---- */

enum err desk_account_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, struct account **out, size_t *n,
                           struct error *e)
{
	(void)d;
	enum err err = actor_need(actor, RIGHT_ADMIN_USERS, e);
	return err ? err : account_list(a, tx, out, n, e);
}

enum err desk_account_get(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t id, struct account *out,
                          struct error *e)
{
	(void)d;
	enum err err = actor_need(actor, RIGHT_ADMIN_USERS, e);
	return err ? err : account_get(a, tx, id, out, e);
}

/* Puts the patch over *ac; which parts changed is told in the flags. */
struct changed {
	bool profile, role, scope, active;
};

static enum err apply(struct arena *a, struct db_conn *tx, const struct desk_account_patch *p,
                      struct account *ac, struct changed *ch, struct error *e)
{
	enum err err = ERR_OK;
	*ch = (struct changed){0};
	if (p->name) {
		err = check_line(a, *p->name, 1, 120, "name", &ac->name, e);
		ch->profile = true;
	}
	if (!err && p->email) {
		err = check_email(a, *p->email, "email", &ac->email, e);
		ac->email_norm = account_email_norm(a, ac->email);
		ch->profile = true;
	}
	if (!err && p->language) {
		err = check_choice(*p->language, check_languages, "language", e);
		ac->language = *p->language;
		ch->profile = true;
	}
	if (!err && p->role_id && *p->role_id != ac->role_id) {
		struct role role;
		err = role_get(a, tx, *p->role_id, &role, e);
		if (err == ERR_NOT_FOUND)
			return error_set(e, ERR_INVALID, "error.no_such_reference", "role_id",
			                 NULL);
		ac->role_id = role.id;
		ac->role = role.name;
		ac->role_rights = role.rights;
		ch->role = true;
	}
	if (p->all_lines && *p->all_lines != ac->all_lines) {
		ac->all_lines = *p->all_lines;
		ch->scope = true;
	}
	if (p->all_brands && *p->all_brands != ac->all_brands) {
		ac->all_brands = *p->all_brands;
		ch->scope = true;
	}
	if (p->lines) {
		ac->lines = ids_sorted(a, p->lines->p, p->lines->n, &ac->n_lines);
		ch->scope = true;
	}
	if (p->brands) {
		ac->brands = ids_sorted(a, p->brands->p, p->brands->n, &ac->n_brands);
		ch->scope = true;
	}
	if (p->active && *p->active != ac->active) {
		ac->active = *p->active;
		ch->active = true;
	}
	return err;
}

static enum err write_scope(struct db_conn *tx, const struct desk_account_patch *p,
                            const struct account *ac, struct error *e)
{
	enum err err = ERR_OK;
	if (p->lines)
		err = account_set_lines(tx, ac->id, ac->lines, ac->n_lines, e);
	if (!err && p->brands)
		err = account_set_brands(tx, ac->id, ac->brands, ac->n_brands, e);
	return err;
}

enum err desk_account_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, const struct desk_account_patch *p,
                             struct account *out, struct error *e)
{
	struct changed ch;
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_ADMIN_USERS, e);
	if (!err)
		err = check_given(p->name, "name", e);
	if (!err)
		err = check_given(p->email, "email", e);
	if (!err)
		err = check_given(p->role_id, "role_id", e);
	*out = (struct account){.all_lines = true,
	                        .all_brands = true,
	                        .language = str_of(actor->lang[0] == 'r' ? "ru" : "en"),
	                        .theme = STR("system"),
	                        .signature = STR(""),
	                        .password_hash = STR(""),
	                        .active = true,
	                        .created_at = now,
	                        .version = 1};
	/* Whoever is given lines is given these lines. */
	if (p->lines && p->lines->n && !p->all_lines)
		out->all_lines = false;
	if (p->brands && p->brands->n && !p->all_brands)
		out->all_brands = false;
	if (!err)
		err = apply(a, tx, p, out, &ch, e);
	if (!err)
		err = people_covers(actor, out, e);
	if (!err)
		err = account_insert(tx, out, &out->id, e);
	if (!err)
		err = write_scope(tx, p, out, e);
	if (!err)
		people_account_changed(tx, now, actor, out->id, "created");
	return err;
}

enum err desk_account_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t id,
                            const struct desk_account_patch *p, struct account *out,
                            struct error *e)
{
	struct changed ch;
	struct account before;
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_ADMIN_USERS, e);
	if (!err)
		err = lock_people(tx, id, e);
	if (!err)
		err = account_get(a, tx, id, &before, e);
	if (!err && p->version && *p->version != before.version)
		err = error_set(e, ERR_CONFLICT, "error.stale", "version", NULL);
	if (!err)
		err = people_covers(actor, &before, e);
	if (!err) {
		*out = before;
		err = apply(a, tx, p, out, &ch, e);
	}
	if (!err)
		err = people_covers(actor, out, e);
	if (!err)
		err = keep_an_admin(a, tx, &before, out, e);
	if (!err)
		err = account_update(tx, out, e);
	if (!err)
		err = write_scope(tx, p, out, e);
	if (err)
		return err;
	out->version++;
	if (ch.profile)
		people_account_changed(tx, now, actor, id, "profile");
	if (ch.role)
		people_account_changed(tx, now, actor, id, "role");
	if (ch.scope)
		people_account_changed(tx, now, actor, id, "scope");
	if (ch.active)
		people_account_changed(tx, now, actor, id, "active");
	if (ch.active && !out->active) {
		err = people_end_sessions(a, tx, actor, id, 0, now, "switched_off", e);
		if (!err)
			err = people_revoke_tokens(tx, actor, id, now, e);
	}
	return err;
}

enum err desk_account_invite(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, int64_t id, str *token, usec *expires_at,
                             struct error *e)
{
	struct account ac;
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_ADMIN_USERS, e);
	if (!err)
		err = people_lock(tx, id, e);
	if (!err)
		err = account_get(a, tx, id, &ac, e);
	/* A reset is a way in: only for those whom the actor could have made. */
	if (!err)
		err = people_covers(actor, &ac, e);
	if (!err && !ac.active)
		err = error_set(e, ERR_INVALID, "error.account_off", "active", NULL);
	if (err)
		return err;
	*token = random_token(a, 32);
	/* A link into an account that is in use is worth more to a thief. */
	usec life = ac.password_hash.n ? (d->reset_life ? d->reset_life : USEC_HOUR)
	                               : (d->invite_life ? d->invite_life : 7 * USEC_DAY);
	*expires_at = now + life;
	err = invitation_insert(tx, session_token_hash(a, *token), id, now, *expires_at, e);
	if (!err)
		people_account_changed(tx, now, actor, id, "invited");
	return err;
}

enum err desk_account_totp_reset(const struct desk *d, struct arena *a, struct db_conn *tx,
                                 const struct actor *actor, int64_t id, struct error *e)
{
	struct account ac;
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_ADMIN_USERS, e);
	if (!err)
		err = people_lock(tx, id, e);
	if (!err)
		err = account_get(a, tx, id, &ac, e);
	if (!err)
		err = people_covers(actor, &ac, e);
	if (!err)
		err = account_set_totp(tx, id, STR_NONE, false, ac.totp_step, e);
	if (!err)
		err = people_end_sessions(a, tx, actor, id, 0, now, "totp_reset", e);
	if (!err)
		people_account_changed(tx, now, actor, id, "totp");
	return err;
}

enum err desk_colleagues(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, int64_t line_id, struct account_ref **out,
                         size_t *n, struct error *e)
{
	(void)d;
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	if (!err && line_id && !actor->all_lines &&
	    !ids_have(actor->lines, actor->n_lines, line_id))
		return error_set(e, ERR_NOT_FOUND, "error.not_found", "line_id", NULL);
	return err ? err : account_refs(a, tx, actor, line_id, out, n, e);
}

/* ---- roles ---- */

enum err desk_role_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                        const struct actor *actor, struct role **out, size_t *n, struct error *e)
{
	(void)d;
	enum err err = actor_need(actor, RIGHT_ADMIN_USERS, e);
	return err ? err : role_list(a, tx, out, n, e);
}

static enum err may_give(const struct actor *actor, uint64_t rights, struct error *e)
{
	uint64_t more = actor->kind == ACTOR_SYSTEM ? 0 : rights & ~actor->rights;
	if (more)
		return error_set(e, ERR_DENIED, "error.denied", "rights",
		                 right_name((enum right)__builtin_ctzll(more)));
	return ERR_OK;
}

enum err desk_role_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, const struct desk_role_patch *p,
                          struct role *out, struct error *e)
{
	usec now = clock_now(d->clock);
	*out = (struct role){.version = 1};
	enum err err = actor_need(actor, RIGHT_ADMIN_USERS, e);
	if (!err)
		err = check_given(p->name, "name", e);
	if (!err)
		err = check_given(p->rights, "rights", e);
	if (!err)
		err = check_line(a, *p->name, 1, 120, "name", &out->name, e);
	if (!err)
		err = may_give(actor, *p->rights, e);
	if (err)
		return err;
	out->rights = *p->rights;
	err = role_insert(tx, out, now, &out->id, e);
	if (!err)
		people_admin_changed(tx, now, actor, "role", out->id, "created");
	return err;
}

/* Everybody with this role has other rights now: their sessions and streams must hear of it. */
static enum err tell_role(struct arena *a, struct db_conn *tx, usec now, const struct actor *actor,
                          int64_t role_id, struct error *e)
{
	int64_t *ids;
	size_t n;
	enum err err = account_ids_of_role(a, tx, role_id, &ids, &n, e);
	for (size_t i = 0; !err && i < n; i++)
		people_account_changed(tx, now, actor, ids[i], "role");
	return err;
}

enum err desk_role_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, int64_t id, const struct desk_role_patch *p,
                         struct role *out, struct error *e)
{
	usec now = clock_now(d->clock);
	int64_t admins = 0;
	enum err err = actor_need(actor, RIGHT_ADMIN_USERS, e);
	if (!err)
		err = lock_people(tx, 0, e);
	if (!err)
		err = role_get(a, tx, id, out, e);
	if (!err && p->version && *p->version != out->version)
		err = error_set(e, ERR_CONFLICT, "error.stale", "version", NULL);
	if (!err && out->builtin)
		err = error_set(e, ERR_INVALID, "error.builtin", NULL, NULL);
	if (!err)
		err = may_give(actor, out->rights, e);
	if (!err && p->rights)
		err = may_give(actor, *p->rights, e);
	if (!err && p->name)
		err = check_line(a, *p->name, 1, 120, "name", &out->name, e);
	if (err)
		return err;
	bool other = p->rights && *p->rights != out->rights;
	if (p->rights)
		out->rights = *p->rights;
	err = role_update(tx, out, e);
	if (!err && other)
		err = account_count_other_admins(a, tx, 0, &admins, e);
	if (!err && other && admins == 0)
		err = error_set(e, ERR_INVALID, "error.last_admin", "rights", NULL);
	if (!err && other)
		err = tell_role(a, tx, now, actor, id, e);
	if (err)
		return err;
	out->version++;
	people_admin_changed(tx, now, actor, "role", id, other ? "rights" : "name");
	return ERR_OK;
}

/* admin.c: brands, lines, custom fields. See admin.h; inboxes are in inbox.c, the installation in
 * system.c. */
#include "desk/admin.h"

#include "desk/check.h"
#include "desk/people.h"
#include "store/ids.h"

static enum err fresh(const int64_t *want, int64_t have, struct error *e)
{
	if (want && *want != have)
		return error_set(e, ERR_CONFLICT, "error.stale", "version", NULL);
	return ERR_OK;
}

static bool sees_brand(const struct actor *actor, int64_t id)
{
	return actor->all_brands || ids_have(actor->brands, actor->n_brands, id);
}

static bool sees_line(const struct actor *actor, int64_t id)
{
	return actor->all_lines || ids_have(actor->lines, actor->n_lines, id);
}

/* ---- brands ---- */

static enum err brands_of(struct arena *a, struct db_conn *tx, const struct actor *actor,
                          bool active_only, struct brand **out, size_t *n, struct error *e)
{
	size_t all, kept = 0;
	enum err err = brand_list(a, tx, out, &all, e);
	for (size_t i = 0; !err && i < all; i++)
		if (sees_brand(actor, (*out)[i].id) && (!active_only || (*out)[i].active))
			(*out)[kept++] = (*out)[i];
	*n = kept;
	return err;
}

enum err desk_brand_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, struct brand **out, size_t *n, struct error *e)
{
	(void)d;
	enum err err = actor_need(actor, RIGHT_ADMIN_BRANDS, e);
	return err ? err : brands_of(a, tx, actor, false, out, n, e);
}

enum err desk_brand_visible(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, struct brand **out, size_t *n,
                            struct error *e)
{
	(void)d;
	if (actor->kind == ACTOR_NOBODY)
		return error_set(e, ERR_AUTH, "error.auth", NULL, NULL);
	return brands_of(a, tx, actor, true, out, n, e);
}

static enum err check_slug(str slug, struct error *e)
{
	bool ok = slug.n > 0 && slug.n <= 60 && slug.p[0] != '-' && slug.p[slug.n - 1] != '-';
	for (size_t i = 0; ok && i < slug.n; i++)
		ok = (slug.p[i] >= 'a' && slug.p[i] <= 'z') ||
		     (slug.p[i] >= '0' && slug.p[i] <= '9') || slug.p[i] == '-';
	return ok ? ERR_OK : error_set(e, ERR_INVALID, "error.bad_slug", "slug", NULL);
}

/* "" or http(s)://host..., without a final slash, query or fragment: links are made from it. */
static enum err check_base_url(struct arena *a, str in, str *out, struct error *e)
{
	enum err err = check_line(a, in, 0, 500, "base_url", out, e);
	if (err || str_empty(*out))
		return err;
	while (out->n && out->p[out->n - 1] == '/')
		out->n--;
	size_t scheme = str_starts_nocase(*out, STR("https://"))  ? 8
	                : str_starts_nocase(*out, STR("http://")) ? 7
	                                                          : 0;
	bool ok = scheme && out->n > scheme;
	for (size_t i = 0; ok && i < out->n; i++)
		ok = !strchr(" \"<>\\?#@", out->p[i]);
	return ok ? ERR_OK : error_set(e, ERR_INVALID, "error.bad_url", "base_url", NULL);
}

static str slug_of(struct arena *a, str name)
{
	char *p = arena_alloc(a, name.n + 1);
	size_t n = 0;
	str low = str_lower_ascii(a, name);
	for (size_t i = 0; i < low.n && n < 60; i++) {
		char c = low.p[i];
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			p[n++] = c;
		else if (n && p[n - 1] != '-')
			p[n++] = '-';
	}
	while (n && p[n - 1] == '-')
		n--;
	return n ? str_n(p, n) : STR("brand");
}

static enum err apply_brand(struct arena *a, const struct desk_brand_patch *p, struct brand *b,
                            struct error *e)
{
	enum err err = ERR_OK;
	if (p->name)
		err = check_line(a, *p->name, 1, 120, "name", &b->name, e);
	if (!err && p->slug) {
		b->slug = *p->slug;
		err = check_slug(b->slug, e);
	}
	if (!err && p->base_url)
		err = check_base_url(a, *p->base_url, &b->base_url, e);
	if (!err && p->language) {
		err = check_choice(*p->language, check_languages, "language", e);
		b->language = *p->language;
	}
	if (p->active)
		b->active = *p->active;
	return err;
}

enum err desk_brand_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, const struct desk_brand_patch *p,
                           struct brand *out, struct error *e)
{
	usec now = clock_now(d->clock);
	*out = (struct brand){
	    .language = str_of(actor->lang[0] == 'r' ? "ru" : "en"), .active = true, .version = 1};
	enum err err = actor_need(actor, RIGHT_ADMIN_BRANDS, e);
	if (!err && !actor->all_brands)
		err = error_set(e, ERR_DENIED, "error.denied", NULL, "admin.brands");
	if (!err)
		err = check_given(p->name, "name", e);
	if (!err)
		err = apply_brand(a, p, out, e);
	if (!err && !out->slug.n)
		out->slug = slug_of(a, out->name);
	if (!err)
		err = brand_insert(tx, out, now, &out->id, e);
	if (!err)
		people_admin_changed(tx, now, actor, "brand", out->id, "created");
	return err;
}

enum err desk_brand_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t id, const struct desk_brand_patch *p,
                          struct brand *out, struct error *e)
{
	enum err err = actor_need(actor, RIGHT_ADMIN_BRANDS, e);
	if (!err && !sees_brand(actor, id))
		err = error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	db_kept_clear(tx); /* another process may have changed it */
	if (!err)
		err = brand_get(a, tx, id, out, e);
	if (!err)
		err = fresh(p->version, out->version, e);
	if (!err)
		err = apply_brand(a, p, out, e);
	if (!err)
		err = brand_update(tx, out, e);
	if (err)
		return err;
	out->version++;
	people_admin_changed(tx, clock_now(d->clock), actor, "brand", id, "changed");
	return ERR_OK;
}

/* ---- lines ---- */

enum err desk_line_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                        const struct actor *actor, struct line **out, size_t *n, struct error *e)
{
	(void)d;
	size_t all = 0, kept = 0;
	*n = 0;
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	if (!err)
		err = line_list(a, tx, out, &all, e);
	for (size_t i = 0; !err && i < all; i++)
		if (sees_line(actor, (*out)[i].id))
			(*out)[kept++] = (*out)[i];
	*n = kept;
	return err;
}

static enum err apply_line(struct arena *a, const struct desk_line_patch *p, struct line *l,
                           struct error *e)
{
	enum err err = ERR_OK;
	if (p->name)
		err = check_line(a, *p->name, 1, 120, "name", &l->name, e);
	if (!err && p->description)
		err = check_text(a, *p->description, 1000, "description", &l->description, e);
	if (!err && p->level && *p->level != 1 && *p->level != 2)
		err = error_set(e, ERR_INVALID, "error.out_of_range", "level", NULL);
	if (p->level)
		l->level = *p->level;
	if (p->position)
		l->position = *p->position;
	if (p->active)
		l->active = *p->active;
	return err;
}

/* Membership is also what restricted accounts see: whoever comes or goes hears of it. */
static enum err set_members(struct arena *a, struct db_conn *tx, usec now,
                            const struct actor *actor, int64_t line_id,
                            const struct desk_ids *members, struct error *e)
{
	int64_t *before;
	size_t n_before, n_after;
	int64_t *after = ids_sorted(a, members->p, members->n, &n_after);
	enum err err = line_members(a, tx, line_id, &before, &n_before, e);
	if (!err)
		err = line_set_members(tx, line_id, after, n_after, e);
	if (err)
		return err;
	for (size_t i = 0; i < n_before; i++)
		if (!ids_have(after, n_after, before[i]))
			people_account_changed(tx, now, actor, before[i], "scope");
	for (size_t i = 0; i < n_after; i++)
		if (!ids_have(before, n_before, after[i]))
			people_account_changed(tx, now, actor, after[i], "scope");
	return ERR_OK;
}

/* The members by name, for the answer. */
static enum err load_members(struct arena *a, struct db_conn *tx, struct line *l, struct error *e)
{
	struct line *all;
	size_t n;
	enum err err = line_list(a, tx, &all, &n, e);
	for (size_t i = 0; !err && i < n; i++)
		if (all[i].id == l->id) {
			l->members = all[i].members;
			l->n_members = all[i].n_members;
		}
	return err;
}

enum err desk_line_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, const struct desk_line_patch *p,
                          struct line *out, struct error *e)
{
	usec now = clock_now(d->clock);
	*out = (struct line){.description = STR(""), .level = 1, .active = true, .version = 1};
	enum err err = actor_need(actor, RIGHT_ADMIN_LINES, e);
	if (!err && !actor->all_lines)
		err = error_set(e, ERR_DENIED, "error.denied", NULL, "admin.lines");
	if (!err)
		err = check_given(p->name, "name", e);
	if (!err)
		err = apply_line(a, p, out, e);
	if (!err)
		err = line_insert(tx, out, now, &out->id, e);
	if (!err && p->members)
		err = set_members(a, tx, now, actor, out->id, p->members, e);
	if (!err)
		err = load_members(a, tx, out, e);
	if (!err)
		people_admin_changed(tx, now, actor, "line", out->id, "created");
	return err;
}

enum err desk_line_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, int64_t id, const struct desk_line_patch *p,
                         struct line *out, struct error *e)
{
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_ADMIN_LINES, e);
	if (!err && !sees_line(actor, id))
		err = error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	if (!err)
		err = db_lock(tx, "line", id, e);
	db_kept_clear(tx);
	if (!err)
		err = line_get(a, tx, id, out, e);
	if (!err)
		err = fresh(p->version, out->version, e);
	if (!err)
		err = apply_line(a, p, out, e);
	if (!err)
		err = line_update(tx, out, e);
	if (!err && p->members)
		err = set_members(a, tx, now, actor, id, p->members, e);
	if (!err)
		err = load_members(a, tx, out, e);
	if (err)
		return err;
	out->version++;
	people_admin_changed(tx, now, actor, "line", id, "changed");
	return ERR_OK;
}

/* ---- custom fields ---- */

enum err desk_field_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, struct field **out, size_t *n, struct error *e)
{
	(void)d;
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	return err ? err : field_list(a, tx, out, n, e);
}

static enum err check_key(str key, struct error *e)
{
	bool ok = key.n > 0 && key.n <= 64 && key.p[0] >= 'a' && key.p[0] <= 'z';
	for (size_t i = 0; ok && i < key.n; i++)
		ok = (key.p[i] >= 'a' && key.p[i] <= 'z') || (key.p[i] >= '0' && key.p[i] <= '9') ||
		     key.p[i] == '_';
	return ok ? ERR_OK : error_set(e, ERR_INVALID, "error.bad_key", "key", NULL);
}

static enum err apply_field(struct arena *a, const struct desk_field_patch *p, struct field *f,
                            struct error *e)
{
	enum err err = ERR_OK;
	if (p->label)
		err = check_line(a, *p->label, 1, 120, "label", &f->label, e);
	if (!err && p->choices) {
		str *list = ARENA_ARRAY(a, p->n_choices + 1, str);
		if (p->n_choices > 200)
			return error_set(e, ERR_INVALID, "error.too_many_items", "choices", "200");
		for (size_t i = 0; !err && i < p->n_choices; i++) {
			err = check_line(a, p->choices[i], 1, 120, "choices", &list[i], e);
			for (size_t k = 0; !err && k < i; k++)
				if (str_eq(list[k], list[i]))
					err = error_set(e, ERR_INVALID, "error.repeated", "choices",
					                NULL);
		}
		f->choices = list;
		f->n_choices = p->n_choices;
	}
	if (p->position)
		f->position = *p->position;
	if (p->active)
		f->active = *p->active;
	if (!err && str_is(f->type, "choice") && f->n_choices == 0)
		err = error_set(e, ERR_INVALID, "error.required", "choices", NULL);
	return err;
}

enum err desk_field_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, const struct desk_field_patch *p,
                           struct field *out, struct error *e)
{
	static const char *const objects[] = {"ticket", "contact", NULL};
	static const char *const types[] = {"text", "number", "date", "choice", "flag", NULL};
	usec now = clock_now(d->clock);
	*out = (struct field){.active = true, .version = 1};
	enum err err = actor_need(actor, RIGHT_ADMIN_FIELDS, e);
	if (!err)
		err = check_given(p->object, "object", e);
	if (!err)
		err = check_choice(*p->object, objects, "object", e);
	if (!err)
		err = check_given(p->key, "key", e);
	if (!err)
		err = check_key(*p->key, e);
	if (!err)
		err = check_given(p->label, "label", e);
	if (!err && p->type)
		err = check_choice(*p->type, types, "type", e);
	if (err)
		return err;
	out->object = *p->object;
	out->key = *p->key;
	out->type = p->type ? *p->type : STR("text");
	err = apply_field(a, p, out, e);
	if (!err)
		err = field_insert(a, tx, out, now, &out->id, e);
	if (!err)
		people_admin_changed(tx, now, actor, "field", out->id, "created");
	return err;
}

enum err desk_field_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t id, const struct desk_field_patch *p,
                          struct field *out, struct error *e)
{
	enum err err = actor_need(actor, RIGHT_ADMIN_FIELDS, e);
	if (!err)
		err = field_get(a, tx, id, out, e);
	if (!err)
		err = fresh(p->version, out->version, e);
	/* Values are kept under object and key in the form of the type. */
	if (!err && p->object && !str_eq(*p->object, out->object))
		err = error_set(e, ERR_INVALID, "error.fixed", "object", NULL);
	if (!err && p->key && !str_eq(*p->key, out->key))
		err = error_set(e, ERR_INVALID, "error.fixed", "key", NULL);
	if (!err && p->type && !str_eq(*p->type, out->type))
		err = error_set(e, ERR_INVALID, "error.fixed", "type", NULL);
	if (!err)
		err = apply_field(a, p, out, e);
	if (!err)
		err = field_update(a, tx, out, e);
	if (err)
		return err;
	out->version++;
	people_admin_changed(tx, clock_now(d->clock), actor, "field", id, "changed");
	return ERR_OK;
}

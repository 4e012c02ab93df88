/* category.c: see category.h. */
#include "desk/category.h"

#include "base/buf.h"
#include "base/vec.h"
#include "desk/check.h"
#include "desk/people.h"
#include "desk/people.h"
#include "store/brand.h"
#include "store/ids.h"
#include "store/line.h"
#include "store/ticket.h"
#include "text/fold.h"

enum { NAME_MAX_CHARS = 120, SLUG_MAX = 60, CATEGORIES_MAX = 2000 };

const char *const desk_fact_kinds[] = {"order", "amount", "date",  "phone", "tracking",
                                       "city",  "photo",  "email", NULL};

enum err desk_category_list(const struct desk *d, struct arena *a, struct db_conn *c,
                            const struct actor *actor, struct category **out, size_t *n,
                            struct error *e)
{
	(void)d;
	size_t all, kept = 0;
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	if (err || (err = category_list(a, c, out, &all, e)))
		return err;
	for (size_t i = 0; i < all; i++) {
		int64_t brand = (*out)[i].brand_id;
		if (!brand || actor->all_brands || ids_have(actor->brands, actor->n_brands, brand))
			(*out)[kept++] = (*out)[i];
	}
	*n = kept;
	return ERR_OK;
}

enum err desk_category_with_children(const struct desk *d, struct arena *a, struct db_conn *c,
                                     const struct actor *actor, int64_t id, int64_t **out,
                                     size_t *n, struct error *e)
{
	struct category *all;
	size_t n_all;
	enum err err = desk_category_list(d, a, c, actor, &all, &n_all, e);
	if (err)
		return err;
	*out = ARENA_ARRAY(a, n_all + 1, int64_t);
	*n = 0;
	(*out)[(*n)++] = id;
	for (size_t i = 0; i < n_all; i++)
		if (all[i].parent_id == id)
			(*out)[(*n)++] = all[i].id;
	return ERR_OK;
}

/* ---- what a category says ---- */

int64_t category_line(const struct category *all, size_t n, const struct category *x)
{
	const struct category *p = x->parent_id ? category_of(all, n, x->parent_id) : NULL;
	return x->line_id ? x->line_id : p ? p->line_id : 0;
}

int64_t category_priority(const struct category *all, size_t n, const struct category *x)
{
	const struct category *p = x->parent_id ? category_of(all, n, x->parent_id) : NULL;
	return x->priority ? x->priority : p ? p->priority : 0;
}

size_t category_facts(struct arena *a, const struct category *all, size_t n,
                      const struct category *x, str **out)
{
	VEC(str) v = {0};
	const struct category *of[] = {x, x->parent_id ? category_of(all, n, x->parent_id) : NULL};
	for (size_t k = 0; k < 2 && of[k]; k++)
		for (size_t i = 0; i < of[k]->n_facts; i++) {
			bool have = false;
			for (size_t j = 0; j < v.n; j++)
				have |= str_eq(v.p[j], of[k]->facts[i]);
			if (!have)
				*vec_push(a, &v) = of[k]->facts[i];
		}
	*out = v.p;
	return v.n;
}

/* ---- changing ---- */

/* Cyrillic as Latin letters, so that a Russian name gives a readable slug. */
static const char *latin(uint32_t c)
{
	static const char *const from_a[] = {
	    "a", "b", "v", "g", "d", "e", "zh", "z",  "i",  "y",   "k", "l", "m", "n", "o",  "p",
	    "r", "s", "t", "u", "f", "h", "c",  "ch", "sh", "sch", "",  "y", "",  "e", "yu", "ya"};
	if (c >= 0x430 && c <= 0x44f)
		return from_a[c - 0x430];
	return c == 0x451 ? "e" : NULL;
}

static str slug_of(struct arena *a, str name)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	str s = text_fold(a, name);
	for (size_t i = 0; i < s.n && b.n < SLUG_MAX - 4; i++) {
		unsigned char c = (unsigned char)s.p[i];
		const char *two = NULL;
		if ((c == 0xd0 || c == 0xd1) && i + 1 < s.n)
			two = latin((uint32_t)(c & 0x1f) << 6 | (s.p[++i] & 0x3f));
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			buf_addc(&b, (char)c);
		else if (two)
			buf_addz(&b, two);
		else if (b.n && b.p[b.n - 1] != '-')
			buf_addc(&b, '-');
	}
	while (b.n && b.p[b.n - 1] == '-')
		b.n--;
	return b.n ? str_dup(a, buf_str(&b)) : STR("category");
}

static enum err check_slug(str slug, struct error *e)
{
	bool ok = slug.n > 0 && slug.n <= SLUG_MAX && slug.p[0] != '-' && slug.p[slug.n - 1] != '-';
	for (size_t i = 0; ok && i < slug.n; i++)
		ok = (slug.p[i] >= 'a' && slug.p[i] <= 'z') ||
		     (slug.p[i] >= '0' && slug.p[i] <= '9') || slug.p[i] == '-';
	return ok ? ERR_OK : error_set(e, ERR_INVALID, "error.bad_slug", "slug", NULL);
}

static enum err check_parent(const struct category *all, size_t n, const struct category *x,
                             struct error *e)
{
	if (!x->parent_id)
		return ERR_OK;
	const struct category *p = category_of(all, n, x->parent_id);
	if (!p || x->parent_id == x->id || (p->brand_id && p->brand_id != x->brand_id))
		return error_set(e, ERR_INVALID, "error.no_such_reference", "parent_id", NULL);
	bool has_children = false;
	for (size_t i = 0; i < n && x->id; i++)
		has_children |= all[i].parent_id == x->id;
	if (p->parent_id || has_children)
		return error_set(e, ERR_INVALID, "error.category_levels", "parent_id", NULL);
	return ERR_OK;
}

static enum err check_line_id(struct arena *a, struct db_conn *tx, int64_t id, struct error *e)
{
	struct line line;
	struct error why;
	if (!id)
		return ERR_OK;
	enum err err = line_get(a, tx, id, &line, &why);
	if (err == ERR_NOT_FOUND)
		return error_set(e, ERR_INVALID, "error.no_such_reference", "line_id", NULL);
	if (err && e)
		*e = why;
	return err;
}

static enum err check_facts(struct arena *a, const str *list, size_t n, struct error *e)
{
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < n; i++)
		err = check_choice(list[i], desk_fact_kinds, str_printf(a, "facts.%zu", i).p, e);
	return err;
}

static enum err apply(struct arena *a, struct db_conn *tx, const struct desk_category_patch *p,
                      struct category *x, struct error *e)
{
	enum err err = ERR_OK;
	if (p->name_en)
		err = check_line(a, *p->name_en, 1, NAME_MAX_CHARS, "name_en", &x->name_en, e);
	if (!err && p->name_ru)
		err = check_line(a, *p->name_ru, 1, NAME_MAX_CHARS, "name_ru", &x->name_ru, e);
	if (!err && p->slug) {
		x->slug = *p->slug;
		err = check_slug(x->slug, e);
	}
	if (!err && p->line_id) {
		x->line_id = *p->line_id;
		err = check_line_id(a, tx, x->line_id, e);
	}
	if (!err && p->facts) {
		err = check_facts(a, p->facts, p->n_facts, e);
		x->facts = ARENA_ARRAY(a, p->n_facts, str);
		x->n_facts = 0;
		for (size_t i = 0; i < p->n_facts; i++) {
			bool have = false;
			for (size_t j = 0; j < x->n_facts; j++)
				have |= str_eq(x->facts[j], p->facts[i]);
			if (!have)
				x->facts[x->n_facts++] = p->facts[i];
		}
	}
	if (p->parent_id)
		x->parent_id = *p->parent_id;
	if (p->priority)
		x->priority = *p->priority;
	if (p->position)
		x->position = *p->position;
	if (p->active)
		x->active = *p->active;
	return err;
}

/* May the actor change what is of this brand (0: of all)? */
static enum err within(const struct actor *actor, int64_t brand_id, struct error *e)
{
	if (actor->all_brands || (brand_id && ids_have(actor->brands, actor->n_brands, brand_id)))
		return ERR_OK;
	return error_set(e, ERR_DENIED, "error.denied", NULL, "category.edit");
}

static void tell(struct db_conn *tx, usec now, const struct actor *actor, int64_t id,
                 const char *field)
{
	people_admin_changed(tx, now, actor, "category", id, field);
}

enum err desk_category_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                              const struct actor *actor, const struct desk_category_patch *p,
                              struct category *out, struct error *e)
{
	struct category *all;
	size_t n;
	struct brand brand;
	struct error why;
	usec now = clock_now(d->clock);
	*out = (struct category){
	    .brand_id = p->brand_id ? *p->brand_id : 0, .active = true, .version = 1};
	enum err err = actor_need(actor, RIGHT_CATEGORY_EDIT, e);
	if (err || (err = within(actor, out->brand_id, e)) ||
	    (err = category_list(a, tx, &all, &n, e)))
		return err;
	if (n >= CATEGORIES_MAX)
		return error_set(e, ERR_INVALID, "error.too_many_items", NULL, "2000");
	if (out->brand_id && (err = brand_get(a, tx, out->brand_id, &brand, &why))) {
		if (err == ERR_NOT_FOUND)
			return error_set(e, ERR_INVALID, "error.no_such_reference", "brand_id",
			                 NULL);
		if (e)
			*e = why;
		return err;
	}
	out->brand_name = out->brand_id ? brand.name : STR("");
	if (!p->name_en && !p->name_ru)
		return error_set(e, ERR_INVALID, "error.required", "name_en", NULL);
	if ((err = apply(a, tx, p, out, e)) || (err = check_parent(all, n, out, e)))
		return err;
	if (!out->name_en.n)
		out->name_en = out->name_ru;
	if (!out->name_ru.n)
		out->name_ru = out->name_en;
	if (!out->slug.n)
		out->slug = slug_of(a, out->name_en);
	if ((err = category_insert(a, tx, out, now, &out->id, e)))
		return err;
	tell(tx, now, actor, out->id, "created");
	return ERR_OK;
}

enum err desk_category_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, int64_t id,
                             const struct desk_category_patch *p, struct category *out,
                             struct error *e)
{
	struct category *all;
	size_t n;
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_CATEGORY_EDIT, e);
	if (err || (err = db_lock(tx, "category", 1, e)) || (err = category_get(a, tx, id, out, e)))
		return err;
	if (out->brand_id && within(actor, out->brand_id, NULL))
		return error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	if ((err = within(actor, out->brand_id, e)) || (err = category_list(a, tx, &all, &n, e)))
		return err;
	if (p->version && *p->version != out->version)
		return error_set(e, ERR_CONFLICT, "error.stale", "version", NULL);
	if ((err = apply(a, tx, p, out, e)) || (err = check_parent(all, n, out, e)) ||
	    (err = category_update(a, tx, out, e)))
		return err;
	out->version++;
	tell(tx, now, actor, id, "changed");
	return ERR_OK;
}

/* ---- labels of training files ---- */

static const struct category *by_label(struct arena *a, const struct category *all, size_t n,
                                       int64_t brand_id, int64_t parent_id, bool any_level,
                                       str label)
{
	str fold = text_fold(a, label);
	for (size_t i = 0; i < n; i++) {
		const struct category *x = &all[i];
		if (x->brand_id && x->brand_id != brand_id)
			continue;
		if (!any_level && x->parent_id != parent_id)
			continue;
		if (str_eq(x->slug, label) || str_eq(text_fold(a, x->name_en), fold) ||
		    str_eq(text_fold(a, x->name_ru), fold))
			return x;
	}
	return NULL;
}

static enum err make(struct arena *a, struct db_conn *tx, int64_t brand_id, int64_t parent_id,
                     str label, usec now, int64_t *id, struct error *e)
{
	struct category *all;
	size_t n;
	str name;
	enum err err = check_line(a, label, 1, NAME_MAX_CHARS, "label", &name, e);
	if (err || (err = category_list(a, tx, &all, &n, e)))
		return err;
	struct category x = {.brand_id = brand_id,
	                     .parent_id = parent_id,
	                     .slug = slug_of(a, name),
	                     .name_en = name,
	                     .name_ru = name,
	                     .active = true,
	                     .position = (int64_t)n};
	str base = x.slug;
	for (int k = 2;; k++) {
		bool taken = false;
		for (size_t i = 0; i < n; i++)
			taken |= all[i].brand_id == brand_id && str_eq(all[i].slug, x.slug);
		if (!taken)
			break;
		x.slug = str_printf(a, "%.*s-%d", STR_FMT(base), k);
	}
	return category_insert(a, tx, &x, now, id, e);
}

/* *parent: of "parent/child" the parent, as far as there is one. */
static const struct category *find_label(struct arena *a, const struct category *all, size_t n,
                                         int64_t brand_id, str label,
                                         const struct category **parent)
{
	ptrdiff_t slash = str_chr(label, '/');
	*parent = NULL;
	const struct category *x = by_label(a, all, n, brand_id, 0, true, label);
	if (x || slash <= 0 || (size_t)slash + 1 >= label.n)
		return x;
	str first = str_trim(str_sub(label, 0, (size_t)slash));
	str name = str_trim(str_from(label, (size_t)slash + 1));
	*parent = by_label(a, all, n, brand_id, 0, false, first);
	return *parent ? by_label(a, all, n, brand_id, (*parent)->id, false, name) : NULL;
}

bool desk_category_known(const struct category *all, size_t n, int64_t brand_id, str label)
{
	ARENA_AUTO a = arena_new();
	const struct category *parent;
	return find_label(a, all, n, brand_id, str_trim(str_to_utf8(a, label)), &parent) != NULL;
}

enum err desk_category_ensure(const struct desk *d, struct arena *a, struct db_conn *tx,
                              int64_t brand_id, str label, int64_t *id, struct error *e)
{
	struct category *all;
	size_t n;
	usec now = clock_now(d->clock);
	label = str_trim(str_to_utf8(a, label));
	enum err err = category_list(a, tx, &all, &n, e);
	if (err)
		return err;
	const struct category *above, *x = find_label(a, all, n, brand_id, label, &above);
	if (x) {
		*id = x->id;
		return ERR_OK;
	}
	ptrdiff_t slash = str_chr(label, '/');
	int64_t parent = above ? above->id : 0;
	str name = label;
	if (slash > 0 && (size_t)slash + 1 < label.n) {
		str first = str_trim(str_sub(label, 0, (size_t)slash));
		name = str_trim(str_from(label, (size_t)slash + 1));
		if (!parent && (err = make(a, tx, brand_id, 0, first, now, &parent, e)))
			return err;
	}
	if ((err = make(a, tx, brand_id, parent, name, now, id, e)))
		return err;
	tell(tx, now, actor_system(), *id, "created");
	return ERR_OK;
}

/* article.c: see article.h. */
#include "desk/article.h"

#include "desk/check.h"
#include "desk/people.h"
#include "store/brand.h"
#include "store/ids.h"
#include "text/fold.h"

enum {
	TITLE_MAX = 250,
	BODY_MAX = 200000,
	SLUG_MAX = 120,
	QUESTION_MAX = 500,
	QUESTIONS_MAX = 200,
	IMPORT_MAX = 200,
	PAGE = 100,
};

static const char *const states[] = {"draft", "published", "archived", NULL};

static bool visible(const struct actor *actor, const struct article *x)
{
	if (!str_is(x->state, "published") && !actor_may(actor, RIGHT_ARTICLE_EDIT))
		return false;
	return !x->brand_id || actor->all_brands ||
	       ids_have(actor->brands, actor->n_brands, x->brand_id);
}

enum err desk_article_list(const struct desk *d, struct arena *a, struct db_conn *c,
                           const struct actor *actor, int64_t after, int limit, str state,
                           str language, int64_t brand_id, struct article **out, size_t *n,
                           int64_t *next, struct error *e)
{
	size_t all, kept = 0;
	(void)d;
	limit = limit > 0 && limit <= 500 ? limit : PAGE;
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	if (!err && state.n)
		err = check_choice(state, states, "state", e);
	if (err ||
	    (err = article_list(a, c, after, limit, state, language, brand_id, out, &all, e)))
		return err;
	*next = all == (size_t)limit ? (*out)[all - 1].id : 0;
	for (size_t i = 0; i < all; i++)
		if (visible(actor, &(*out)[i]))
			(*out)[kept++] = (*out)[i];
	*n = kept;
	return ERR_OK;
}

enum err desk_article_get(const struct desk *d, struct arena *a, struct db_conn *c,
                          const struct actor *actor, int64_t id, struct article *out,
                          struct error *e)
{
	(void)d;
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	if (err || (err = article_get(a, c, id, out, e)))
		return err;
	return visible(actor, out) ? ERR_OK
	                           : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

/* Letters and digits of any script, folded; what stands between becomes one "-". */
static str slug_of(struct arena *a, str title)
{
	str s = text_fold(a, title);
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool plain = c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (plain)
			p[n++] = (char)c;
		else if (n && p[n - 1] != '-')
			p[n++] = '-';
	}
	while (n && p[n - 1] == '-')
		n--;
	str out = str_cut_utf8(str_n(p, n), SLUG_MAX);
	return out.n ? out : STR("article");
}

static enum err check(struct arena *a, const struct article_input *in, size_t at, usec now,
                      struct article *out, struct error *e)
{
	const char *field[] = {
	    str_printf(a, "items.%zu.title", at).p,     str_printf(a, "items.%zu.body", at).p,
	    str_printf(a, "items.%zu.language", at).p,  str_printf(a, "items.%zu.state", at).p,
	    str_printf(a, "items.%zu.questions", at).p, str_printf(a, "items.%zu.slug", at).p,
	    str_printf(a, "items.%zu.source", at).p};
	*out = (struct article){.brand_id = in->brand_id,
	                        .language = in->language,
	                        .state = in->state.n ? in->state : STR("published"),
	                        .created_at = now,
	                        .updated_at = now};
	enum err err = check_line(a, in->title, 1, TITLE_MAX, field[0], &out->title, e);
	if (!err)
		err = check_text(a, in->body, BODY_MAX, field[1], &out->body, e);
	if (!err)
		err = check_choice(out->language, check_languages, field[2], e);
	if (!err)
		err = check_choice(out->state, states, field[3], e);
	if (!err)
		err = check_line(a, in->slug, 0, SLUG_MAX, field[5], &out->slug, e);
	if (!err)
		err = check_line(a, in->source, 0, 500, field[6], &out->source, e);
	if (err)
		return err;
	if (in->n_questions > QUESTIONS_MAX)
		return error_set(e, ERR_INVALID, "error.too_many_items", field[4], "200");
	out->questions = ARENA_ARRAY(a, in->n_questions, str);
	for (size_t i = 0; !err && i < in->n_questions; i++)
		err = check_line(a, in->questions[i], 1, QUESTION_MAX, field[4],
		                 &out->questions[out->n_questions++], e);
	if (!out->slug.n)
		out->slug = slug_of(a, out->title);
	return err;
}

static bool same(struct arena *a, const struct article *x, const struct article *y)
{
	return str_eq(x->title, y->title) && str_eq(x->body, y->body) &&
	       str_eq(x->state, y->state) && str_eq(x->source, y->source) &&
	       str_eq(strs_to_json(a, x->questions, x->n_questions),
	              strs_to_json(a, y->questions, y->n_questions));
}

static enum err within(struct arena *a, struct db_conn *tx, const struct actor *actor,
                       int64_t brand_id, size_t at, struct error *e)
{
	struct brand brand;
	if (!brand_id)
		return actor->all_brands
		           ? ERR_OK
		           : error_set(e, ERR_DENIED, "error.denied", NULL, "article.edit");
	if ((actor->all_brands || ids_have(actor->brands, actor->n_brands, brand_id)) &&
	    brand_get(a, tx, brand_id, &brand, NULL) == ERR_OK)
		return ERR_OK;
	return error_set(e, ERR_INVALID, "error.no_such_reference",
	                 str_printf(a, "items.%zu.brand_id", at).p, NULL);
}

enum err desk_article_import(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, const struct article_input *items, size_t n,
                             struct article_imported *out, struct error *e)
{
	usec now = clock_now(d->clock);
	*out = (struct article_imported){0};
	enum err err = actor_need(actor, RIGHT_ARTICLE_EDIT, e);
	if (err)
		return err;
	if (n > IMPORT_MAX)
		return error_set(e, ERR_INVALID, "error.too_many_items", "items", "200");
	if ((err = db_lock(tx, "article", 1, e)))
		return err;
	for (size_t i = 0; i < n; i++) {
		struct article x, have;
		if ((err = check(a, &items[i], i, now, &x, e)) ||
		    (err = within(a, tx, actor, x.brand_id, i, e)) ||
		    (err = article_find(a, tx, x.brand_id, x.language, x.slug, &have, e)))
			return err;
		if (have.id && same(a, &x, &have)) {
			out->same++;
			continue;
		}
		x.id = have.id;
		x.version = have.version;
		err = have.id ? article_update(a, tx, &x, e) : article_insert(a, tx, &x, e);
		if (err)
			return err;
		*(have.id ? &out->changed : &out->added) += 1;
		people_admin_changed(tx, now, actor, "article", x.id,
		                     have.id ? "changed" : "created");
	}
	return ERR_OK;
}

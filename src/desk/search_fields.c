/* search_fields.c: the fields of a query as conditions of tickets. See search.h. */
#include "base/buf.h"
#include "base/vec.h"
#include "desk/category.h"
#include "desk/search.h"
#include "desk/search_names.h"
#include "store/account.h"
#include "store/brand.h"
#include "store/ids.h"
#include "store/line.h"
#include "text/fold.h"

enum {
	CONDS_MAX = 16,
	AMONG_BYTES = 380, /* of a list of what would have done */
	UNSOLVED = 1 << TICKET_NEW | 1 << TICKET_OPEN | 1 << TICKET_PENDING | 1 << TICKET_ON_HOLD,
};

struct fields {
	struct arena *a;
	struct db_conn *c;
	const struct desk *d;
	const struct actor *actor;
	str text;
	struct error *e;
	VEC(struct search_cond) conds;
	VEC(enum query_field) of; /* the field of each condition */
};

/* ---- words ---- */

/* A value as it is said in each language, and how it begins when it is said otherwise. */
struct choice {
	int value;
	const char *said[2]; /* English, Russian; NULL: not offered */
	const char *begins[6];
};

static bool by_word(str fold, const struct choice *list, size_t n, int *out)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < COUNT_OF(list[i].begins) && list[i].begins[k]; k++) {
			str b = str_of(list[i].begins[k]);
			if (str_starts(fold, b) || (fold.n >= 4 && str_starts(b, fold))) {
				*out = list[i].value;
				return true;
			}
		}
	return false;
}

/* What would have done, in the actor's language, as far as there is room. */
struct among {
	struct buf b;
	bool full;
};

static void among_add(struct among *x, str name)
{
	if (x->full || !name.n)
		return;
	x->full = x->b.n + name.n + 2 > AMONG_BYTES;
	if (x->b.n)
		buf_addz(&x->b, ", ");
	buf_add(&x->b, x->full ? STR("\u2026") : name);
}

static enum err no_value(struct fields *f, const struct query_item *i, struct among *x)
{
	const char *key = x->b.n ? "error.query_value" : "error.query_value_none";
	enum err err = error_set(f->e, ERR_INVALID, key, "q", query_said(f->a, f->text, i).p);
	error_among(f->e, str_z(f->a, buf_str(&x->b)));
	buf_release(&x->b);
	return err;
}

static enum err no_choice(struct fields *f, const struct query_item *i, const struct choice *list,
                          size_t n)
{
	struct among x = {.full = false};
	bool russian = f->actor->lang[0] == 'r';
	buf_init(&x.b, 0);
	for (size_t k = 0; k < n; k++)
		if (list[k].said[russian])
			among_add(&x, str_of(list[k].said[russian]));
	return no_value(f, i, &x);
}

/* ---- conditions ---- */

static struct search_cond *add(struct fields *f, enum search_cond_kind kind,
                               const struct query_item *i)
{
	/* Several values of one field: any of them. */
	for (size_t k = 0; k < f->conds.n; k++)
		if (f->conds.p[k].kind == kind && f->conds.p[k].negative == i->negative &&
		    f->of.p[k] == i->field && kind <= COND_LANG)
			return &f->conds.p[k];
	*vec_push(f->a, &f->of) = i->field;
	struct search_cond *c = vec_push(f->a, &f->conds);
	c->kind = kind;
	c->negative = i->negative;
	return c;
}

static bool has_id(const int64_t *ids, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (ids[i] == id)
			return true;
	return false;
}

static void add_ids(struct fields *f, struct search_cond *c, const int64_t *ids, size_t n)
{
	int64_t *all = ARENA_ARRAY(f->a, c->n_ids + n, int64_t);
	if (c->n_ids)
		memcpy(all, c->ids, c->n_ids * sizeof *all);
	for (size_t i = 0; i < n; i++)
		if (!has_id(all, c->n_ids, ids[i]))
			all[c->n_ids++] = ids[i];
	c->ids = all;
}

/* Those of the list whose name is meant; else an error that says which there are. */
static enum err by_name(struct fields *f, const struct query_item *i, enum search_cond_kind kind,
                        const struct choice *more, const struct named *list, size_t n, str fold)
{
	int64_t *ids = ARENA_ARRAY(f->a, n, int64_t);
	bool usual = kind == COND_LINE || kind == COND_CATEGORY;
	size_t found = search_named(f->a, list, n, fold, usual, ids);
	if (found) {
		add_ids(f, add(f, kind, i), ids, found);
		return ERR_OK;
	}
	struct among x = {.full = false};
	bool russian = f->actor->lang[0] == 'r';
	buf_init(&x.b, 0);
	for (; more && more->said[0]; more++)
		among_add(&x, str_of(more->said[russian]));
	for (size_t k = 0; k < n; k++)
		among_add(&x, list[k].names[russian].n ? list[k].names[russian] : list[k].names[0]);
	return no_value(f, i, &x);
}

/* ---- fields ---- */

static enum err status(struct fields *f, const struct query_item *i, str fold)
{
	static const struct choice names[] = {
	    {UNSOLVED,
	     {"unsolved", "нерешено"},
	     {"unsolved", "active", "нереш", "не реш", "незакр", "актив"}},
	    {1 << TICKET_NEW, {"new", "новое"}, {"new", "нов"}},
	    {1 << TICKET_OPEN, {"open", "открыто"}, {"open", "откр"}},
	    {1 << TICKET_PENDING, {"pending", "ожидает"}, {"pending", "ожид", "ждет клиента"}},
	    {1 << TICKET_ON_HOLD,
	     {"on_hold", "отложено"},
	     {"on_hold", "on hold", "hold", "отлож", "ждет друг"}},
	    {1 << TICKET_SOLVED, {"solved", "решено"}, {"solved", "реш"}},
	    {1 << TICKET_CLOSED, {"closed", "закрыто"}, {"closed", "закр"}},
	    {1 << TICKET_SPAM, {"spam", "спам"}, {"spam", "спам"}},
	};
	int bits;
	if (!by_word(fold, names, COUNT_OF(names), &bits))
		return no_choice(f, i, names, COUNT_OF(names));
	add(f, COND_STATUS, i)->bits |= (unsigned)bits;
	return ERR_OK;
}

static enum err priority(struct fields *f, const struct query_item *i, str fold)
{
	static const struct choice names[] = {
	    {1, {"low", "низкий"}, {"low", "низк"}},
	    {2, {"normal", "обычный"}, {"normal", "обычн", "нормал", "средн"}},
	    {3, {"high", "высокий"}, {"high", "высок"}},
	    {4, {"urgent", "срочный"}, {"urgent", "срочн", "critical", "критич"}},
	};
	int value;
	if (fold.n == 1 && fold.p[0] >= '1' && fold.p[0] <= '4')
		value = fold.p[0] - '0';
	else if (!by_word(fold, names, COUNT_OF(names), &value))
		return no_choice(f, i, names, COUNT_OF(names));
	add(f, COND_PRIORITY, i)->bits |= 1U << value;
	return ERR_OK;
}

/* The languages that texts are recognized as (text/language.h). */
static enum err language(struct fields *f, const struct query_item *i, str fold)
{
	static const struct choice names[] = {
	    {0, {"ru", "ru"}, {"russian", "русск"}},   {1, {"en", "en"}, {"english", "англ"}},
	    {2, {"uk", "uk"}, {"ukrain", "украин"}},   {3, {"be", "be"}, {"belarus", "белорус"}},
	    {4, {"kk", "kk"}, {"kazakh", "казах"}},    {5, {"de", "de"}, {"german", "немец"}},
	    {6, {"es", "es"}, {"spanish", "испан"}},   {7, {"fr", "fr"}, {"french", "франц"}},
	    {8, {"it", "it"}, {"italian", "итал"}},    {9, {"pt", "pt"}, {"portug", "португ"}},
	    {10, {"pl", "pl"}, {"polish", "польск"}},  {11, {"ka", "ka"}, {"georgian", "грузин"}},
	    {12, {"hy", "hy"}, {"armenian", "армян"}}, {13, {"zh", "zh"}, {"chinese", "китай"}},
	    {14, {"ja", "ja"}, {"japanese", "япон"}},  {15, {"ko", "ko"}, {"korean", "корей"}},
	    {16, {"ar", "ar"}, {"arabic", "араб"}},    {17, {"he", "he"}, {"hebrew", "иврит"}},
	    {18, {"el", "el"}, {"greek", "греч"}},     {19, {"th", "th"}, {"thai", "тайск"}},
	};
	int value = -1;
	for (size_t k = 0; k < COUNT_OF(names) && value < 0; k++)
		if (str_eq(fold, str_of(names[k].said[0])))
			value = names[k].value;
	if (value < 0 && !by_word(fold, names, COUNT_OF(names), &value))
		return no_choice(f, i, names, COUNT_OF(names));
	struct search_cond *c = add(f, COND_LANG, i);
	const char **all = ARENA_ARRAY(f->a, c->n_codes + 1, const char *);
	if (c->n_codes)
		memcpy(all, c->codes, c->n_codes * sizeof *all);
	all[c->n_codes++] = names[value].said[0];
	c->codes = all;
	return ERR_OK;
}

static enum err line(struct fields *f, const struct query_item *i, str fold)
{
	struct line *all;
	size_t n;
	VEC(struct named) seen = {0};
	enum err err = line_list(f->a, f->c, &all, &n, f->e);
	for (size_t k = 0; !err && k < n; k++)
		if (f->actor->all_lines || f->actor->kind == ACTOR_SYSTEM ||
		    ids_have(f->actor->lines, f->actor->n_lines, all[k].id))
			*vec_push(f->a, &seen) = (struct named){all[k].id, {all[k].name}};
	return err ? err : by_name(f, i, COND_LINE, NULL, seen.p, seen.n, fold);
}

static enum err brand(struct fields *f, const struct query_item *i, str fold)
{
	struct brand *all;
	size_t n;
	VEC(struct named) seen = {0};
	enum err err = brand_list(f->a, f->c, &all, &n, f->e);
	for (size_t k = 0; !err && k < n; k++)
		if (f->actor->all_brands || f->actor->kind == ACTOR_SYSTEM ||
		    ids_have(f->actor->brands, f->actor->n_brands, all[k].id))
			*vec_push(f->a, &seen) = (struct named){all[k].id, {all[k].name}};
	return err ? err : by_name(f, i, COND_BRAND, NULL, seen.p, seen.n, fold);
}

static const struct choice none_words[] = {
    {0, {"none", "нет"}, {"none", "nobody", "никто", "нет", "ничье", "без"}}, {.value = 0}};

static bool is_one_of(str fold, const char *const *words, size_t n)
{
	for (size_t k = 0; k < n && words[k]; k++)
		if (str_eq(fold, str_of(words[k])))
			return true;
	return false;
}

/* By name in either language, or by number; a parent stands for those below it, too. */
static enum err category(struct fields *f, const struct query_item *i, str fold)
{
	struct category *all;
	size_t n;
	int64_t number, none = 0;
	enum err err = desk_category_list(f->d, f->a, f->c, f->actor, &all, &n, f->e);
	if (err)
		return err;
	if (is_one_of(fold, none_words->begins, COUNT_OF(none_words->begins))) {
		add_ids(f, add(f, COND_CATEGORY, i), &none, 1);
		return ERR_OK;
	}
	struct named *list = ARENA_ARRAY(f->a, n, struct named);
	for (size_t k = 0; k < n; k++) {
		list[k] = (struct named){all[k].id, {all[k].name_en, all[k].name_ru, all[k].slug}};
		if (str_to_i64(fold, &number) && number == all[k].id)
			list[k].names[2] = fold;
	}
	if ((err = by_name(f, i, COND_CATEGORY, none_words, list, n, fold)))
		return err;
	struct search_cond *c = add(f, COND_CATEGORY, i);
	for (size_t k = 0; k < n; k++)
		if (all[k].parent_id && has_id(c->ids, c->n_ids, all[k].parent_id))
			add_ids(f, c, &all[k].id, 1);
	return ERR_OK;
}

static enum err assignee(struct fields *f, const struct query_item *i, str fold)
{
	static const char *const me[] = {"me", "я", "мне", "мое", "мои"};
	static const struct choice more[] = {
	    {0, {"me", "я"}, {NULL}}, {0, {"none", "никто"}, {NULL}}, {.value = 0}};
	int64_t self = f->actor->kind == ACTOR_ACCOUNT ? f->actor->account_id : 0, none = 0;
	bool nobody = is_one_of(fold, none_words->begins, COUNT_OF(none_words->begins));
	if (nobody || (self && is_one_of(fold, me, COUNT_OF(me)))) {
		add_ids(f, add(f, COND_ASSIGNEE, i), nobody ? &none : &self, 1);
		return ERR_OK;
	}
	struct account_ref *all;
	size_t n;
	enum err err = account_refs(f->a, f->c, f->actor, 0, &all, &n, f->e);
	if (err)
		return err;
	struct named *list = ARENA_ARRAY(f->a, n, struct named);
	for (size_t k = 0; k < n; k++)
		list[k] = (struct named){all[k].id, {all[k].name}};
	return by_name(f, i, COND_ASSIGNEE, more, list, n, fold);
}

static enum err flag(struct fields *f, const struct query_item *i, str fold)
{
	enum { MINE = 100, NOBODYS, OPEN, CLOSED, URGENT };
	static const struct choice has[] = {
	    {COND_PHOTO, {"photo", "фото"}, {"photo", "фото", "image", "картин"}},
	    {COND_FILE, {"file", "файл"}, {"file", "файл", "attach", "влож"}},
	};
	static const struct choice is[] = {
	    {OPEN,
	     {"unsolved", "нерешено"},
	     {"unsolved", "open", "нереш", "откр", "незакр", "актив"}},
	    {CLOSED, {"solved", "решено"}, {"solved", "closed", "реш", "закр"}},
	    {COND_WAITING, {"waiting", "ждёт"}, {"wait", "ждет", "ожид"}},
	    {COND_UNREAD, {"unread", "непрочитано"}, {"unread", "непроч"}},
	    {URGENT, {"urgent", "срочно"}, {"urgent", "срочн"}},
	    {COND_TRIAGE, {"triage", "разбор"}, {"triage", "разбор", "неразобр"}},
	    {COND_VIP, {"vip", "vip"}, {"vip", "важн"}},
	    {MINE, {"mine", "моё"}, {"mine", "мое", "мои"}},
	    {NOBODYS, {"unassigned", "ничьё"}, {"unassigned", "ничье", "ничьи"}},
	};
	bool h = i->field == QUERY_HAS;
	size_t n = h ? COUNT_OF(has) : COUNT_OF(is);
	int value;
	if (!by_word(fold, h ? has : is, n, &value))
		return no_choice(f, i, h ? has : is, n);
	int64_t self = f->actor->kind == ACTOR_ACCOUNT ? f->actor->account_id : 0, none = 0;
	switch (value) {
	case MINE:
	case NOBODYS:
		add_ids(f, add(f, COND_ASSIGNEE, i), value == MINE ? &self : &none, 1);
		break;
	case OPEN:
		add(f, COND_STATUS, i)->bits |= UNSOLVED;
		break;
	case CLOSED:
		add(f, COND_STATUS, i)->bits |= 1U << TICKET_SOLVED | 1U << TICKET_CLOSED;
		break;
	case URGENT:
		add(f, COND_PRIORITY, i)->bits |= 1U << 4;
		break;
	case COND_UNREAD:
		add_ids(f, add(f, COND_UNREAD, i), &self, 1);
		break;
	default:
		add(f, (enum search_cond_kind)value, i);
	}
	return ERR_OK;
}

static enum err channel(struct fields *f, const struct query_item *i, str fold)
{
	static const struct choice names[] = {
	    {0, {"mail", "почта"}, {"mail", "почт", "email", "письм"}},
	    {1, {"chat", "чат"}, {"chat", "чат"}}};
	static const char *const known[] = {"mail", "chat"};
	int value;
	if (!by_word(fold, names, COUNT_OF(names), &value))
		return no_choice(f, i, names, COUNT_OF(names));
	add(f, COND_CHANNEL, i)->text = str_of(known[value]);
	return ERR_OK;
}

static enum err one(struct fields *f, const struct query_item *i)
{
	str fold = text_fold(f->a, i->value);
	struct search_cond *c;
	switch (i->field) {
	case QUERY_STATUS:
		return status(f, i, fold);
	case QUERY_LINE:
		return line(f, i, fold);
	case QUERY_CATEGORY:
		return category(f, i, fold);
	case QUERY_PRIORITY:
		return priority(f, i, fold);
	case QUERY_LANG:
		return language(f, i, fold);
	case QUERY_BRAND:
		return brand(f, i, fold);
	case QUERY_ASSIGNEE:
		return assignee(f, i, fold);
	case QUERY_HAS:
	case QUERY_IS:
		return flag(f, i, fold);
	case QUERY_TAG:
		add(f, COND_TAG, i)->text = fold;
		return ERR_OK;
	case QUERY_CHANNEL:
		return channel(f, i, fold);
	case QUERY_CREATED:
	case QUERY_UPDATED:
		c = add(f, i->field == QUERY_CREATED ? COND_CREATED : COND_UPDATED, i);
		c->from = i->from;
		c->to = i->to;
		return ERR_OK;
	case QUERY_TEXT:
	case QUERY_SUBJECT:
	case QUERY_FROM:
	case QUERY_FILE:
	case QUERY_FIELDS:
		break;
	}
	return ERR_OK;
}

enum err desk_search_filter(const struct desk *d, struct arena *a, struct db_conn *c,
                            const struct actor *actor, str text, const struct query *q,
                            struct search_filter *out, struct error *e)
{
	struct fields f = {.a = a, .c = c, .d = d, .actor = actor, .text = text, .e = e};
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < q->n && f.conds.n < CONDS_MAX; i++)
		err = one(&f, &q->items[i]);
	*out = (struct search_filter){f.conds.p, f.conds.n};
	return err;
}

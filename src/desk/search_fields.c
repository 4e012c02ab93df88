/* search_fields.c: the fields of a query as conditions of tickets. See search.h. */
#include "base/vec.h"
#include "desk/search.h"
#include "store/account.h"
#include "store/brand.h"
#include "store/line.h"
#include "text/fold.h"

enum { CONDS_MAX = 16 };

struct fields {
	struct arena *a;
	struct db_conn *c;
	const struct actor *actor;
	str text;
	struct error *e;
	VEC(struct search_cond) conds;
};

static enum err no_value(struct fields *f, const struct query_item *i)
{
	return error_set(f->e, ERR_INVALID, "error.query_value", "q",
	                 query_place(f->a, f->text, i).p);
}

/* A word as it may be said: it begins like one of these, in either language. */
struct said {
	int value;
	const char *begins[4];
};

static bool by_word(str fold, const struct said *list, size_t n, int *out)
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

static struct search_cond *add(struct fields *f, enum search_cond_kind kind, bool negative)
{
	/* Several values of one field: any of them. */
	for (size_t i = 0; i < f->conds.n; i++)
		if (f->conds.p[i].kind == kind && f->conds.p[i].negative == negative &&
		    kind <= COND_ASSIGNEE)
			return &f->conds.p[i];
	struct search_cond *c = vec_push(f->a, &f->conds);
	c->kind = kind;
	c->negative = negative;
	return c;
}

static void add_ids(struct fields *f, struct search_cond *c, const int64_t *ids, size_t n)
{
	int64_t *all = ARENA_ARRAY(f->a, c->n_ids + n, int64_t);
	if (c->n_ids)
		memcpy(all, c->ids, c->n_ids * sizeof *all);
	if (n)
		memcpy(all + c->n_ids, ids, n * sizeof *all);
	c->ids = all;
	c->n_ids += n;
}

static enum err status(struct fields *f, const struct query_item *i, str fold)
{
	static const struct said names[] = {
	    {TICKET_NEW, {"new", "нов"}},
	    {TICKET_OPEN, {"open", "откр"}},
	    {TICKET_PENDING, {"pending", "ожид", "ждет клиента"}},
	    {TICKET_ON_HOLD, {"on_hold", "on hold", "отлож", "ждет друг"}},
	    {TICKET_SOLVED, {"solved", "реш"}},
	    {TICKET_CLOSED, {"closed", "закр"}},
	    {TICKET_SPAM, {"spam", "спам"}},
	};
	int value;
	if (!by_word(fold, names, COUNT_OF(names), &value))
		return no_value(f, i);
	add(f, COND_STATUS, i->negative)->statuses |= 1U << value;
	return ERR_OK;
}

/* A name by the beginning of one of its words. */
static bool begins_word(struct fields *f, str name, str fold)
{
	str n = text_fold(f->a, name);
	for (size_t at = 0; at + fold.n <= n.n; at++) {
		if (str_starts(str_from(n, at), fold) &&
		    (at == 0 || n.p[at - 1] == ' ' || n.p[at - 1] == '-'))
			return true;
	}
	return false;
}

static enum err line(struct fields *f, const struct query_item *i, str fold)
{
	struct line *all;
	size_t n;
	VEC(int64_t) ids = {0};
	enum err err = line_list(f->a, f->c, &all, &n, f->e);
	for (size_t k = 0; !err && k < n; k++) {
		bool sees = f->actor->all_lines || f->actor->kind == ACTOR_SYSTEM;
		for (size_t s = 0; s < f->actor->n_lines && !sees; s++)
			sees = f->actor->lines[s] == all[k].id;
		if (sees && begins_word(f, all[k].name, fold))
			*vec_push(f->a, &ids) = all[k].id;
	}
	if (err || !ids.n)
		return err ? err : no_value(f, i);
	add_ids(f, add(f, COND_LINE, i->negative), ids.p, ids.n);
	return ERR_OK;
}

static enum err brand(struct fields *f, const struct query_item *i, str fold)
{
	struct brand *all;
	size_t n;
	VEC(int64_t) ids = {0};
	enum err err = brand_list(f->a, f->c, &all, &n, f->e);
	for (size_t k = 0; !err && k < n; k++) {
		bool sees = f->actor->all_brands || f->actor->kind == ACTOR_SYSTEM;
		for (size_t s = 0; s < f->actor->n_brands && !sees; s++)
			sees = f->actor->brands[s] == all[k].id;
		if (sees && begins_word(f, all[k].name, fold))
			*vec_push(f->a, &ids) = all[k].id;
	}
	if (err || !ids.n)
		return err ? err : no_value(f, i);
	add_ids(f, add(f, COND_BRAND, i->negative), ids.p, ids.n);
	return ERR_OK;
}

static enum err assignee(struct fields *f, const struct query_item *i, str fold)
{
	static const char *const me[] = {"me", "я", "мне", "мое", "мои"};
	static const char *const nobody[] = {"none", "nobody", "никто", "нет", "ничье"};
	int64_t self = f->actor->kind == ACTOR_ACCOUNT ? f->actor->account_id : 0, none = 0;
	for (size_t k = 0; k < COUNT_OF(me); k++) {
		if (str_eq(fold, str_of(me[k])) && self) {
			add_ids(f, add(f, COND_ASSIGNEE, i->negative), &self, 1);
			return ERR_OK;
		}
		if (str_eq(fold, str_of(nobody[k]))) {
			add_ids(f, add(f, COND_ASSIGNEE, i->negative), &none, 1);
			return ERR_OK;
		}
	}
	struct account_ref *all;
	size_t n;
	VEC(int64_t) ids = {0};
	enum err err = account_refs(f->a, f->c, f->actor, 0, &all, &n, f->e);
	for (size_t k = 0; !err && k < n; k++)
		if (begins_word(f, all[k].name, fold))
			*vec_push(f->a, &ids) = all[k].id;
	if (err || !ids.n)
		return err ? err : no_value(f, i);
	add_ids(f, add(f, COND_ASSIGNEE, i->negative), ids.p, ids.n);
	return ERR_OK;
}

static enum err flag(struct fields *f, const struct query_item *i, str fold)
{
	enum { MINE = 100, NOBODYS };
	static const struct said has[] = {
	    {COND_PHOTO, {"photo", "фото", "image", "картин"}},
	    {COND_FILE, {"file", "файл", "attach", "влож"}},
	};
	static const struct said is[] = {
	    {COND_WAITING, {"wait", "ждет", "ожид"}},
	    {COND_UNREAD, {"unread", "непроч"}},
	    {COND_VIP, {"vip", "важн"}},
	    {MINE, {"mine", "мое", "мои"}},
	    {NOBODYS, {"unassigned", "ничье", "ничьи"}},
	};
	bool h = i->field == QUERY_HAS;
	int value;
	if (!by_word(fold, h ? has : is, h ? COUNT_OF(has) : COUNT_OF(is), &value))
		return no_value(f, i);
	int64_t self = f->actor->kind == ACTOR_ACCOUNT ? f->actor->account_id : 0, none = 0;
	if (value == MINE || value == NOBODYS)
		add_ids(f, add(f, COND_ASSIGNEE, i->negative), value == MINE ? &self : &none, 1);
	else if (value == COND_UNREAD)
		add_ids(f, add(f, COND_UNREAD, i->negative), &self, 1);
	else
		add(f, (enum search_cond_kind)value, i->negative);
	return ERR_OK;
}

static str channel_name(str fold)
{
	static const struct said names[] = {{0, {"mail", "почт", "email", "письм"}},
	                                    {1, {"chat", "чат"}}};
	static const char *const known[] = {"mail", "chat"};
	int value;
	return by_word(fold, names, COUNT_OF(names), &value) ? str_of(known[value]) : fold;
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
	case QUERY_BRAND:
		return brand(f, i, fold);
	case QUERY_ASSIGNEE:
		return assignee(f, i, fold);
	case QUERY_HAS:
	case QUERY_IS:
		return flag(f, i, fold);
	case QUERY_TAG:
		add(f, COND_TAG, i->negative)->text = fold;
		return ERR_OK;
	case QUERY_CHANNEL:
		add(f, COND_CHANNEL, i->negative)->text = channel_name(fold);
		return ERR_OK;
	case QUERY_CREATED:
	case QUERY_UPDATED:
		c = add(f, i->field == QUERY_CREATED ? COND_CREATED : COND_UPDATED, i->negative);
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

enum err desk_search_filter(struct arena *a, struct db_conn *c, const struct actor *actor, str text,
                            const struct query *q, struct search_filter *out, struct error *e)
{
	struct fields f = {.a = a, .c = c, .actor = actor, .text = text, .e = e};
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < q->n && f.conds.n < CONDS_MAX; i++)
		err = one(&f, &q->items[i]);
	*out = (struct search_filter){f.conds.p, f.conds.n};
	return err;
}

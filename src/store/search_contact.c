/* search_contact.c: contacts for a search, by what indexes hold: never by reading all of them. */
#include "base/vec.h"
#include "store/contact.h"
#include "store/ids.h"
#include "store/queries_gen.h"
#include "store/search.h"
#include "text/addr.h"
#include "text/fold.h"

enum { AUTHORS = 60 /* newest messages whose writers are looked at */ };

struct contacts {
	struct arena *a;
	struct db_conn *c;
	struct error *e;
	int64_t *ids;
	size_t n, max;
};

static enum err take(struct contacts *s, struct db_rows *r)
{
	while (s->n < s->max && db_rows_next(r)) {
		int64_t id = db_get_int(r, 0);
		bool twice = false;
		for (size_t i = 0; i < s->n && !twice; i++)
			twice = s->ids[i] == id;
		if (!twice)
			s->ids[s->n++] = id;
	}
	return db_rows_close(r, s->e);
}

static enum err by_name(struct contacts *s, str begin)
{
	struct db_rows r;
	db_rows_open(&r, s->c, &Q_SEARCH_CONTACTS_BY_NAME,
	             DB_ARGS(db_text(begin), db_text(str_concat(s->a, begin, STR("\U0010fffd"))),
	                     db_int((int64_t)s->max)));
	return take(s, &r);
}

static enum err by_identity(struct contacts *s, enum identity_kind kind, str begin)
{
	struct db_rows r;
	db_rows_open(&r, s->c, &Q_SEARCH_CONTACTS_BY_IDENTITY,
	             DB_ARGS(db_text(str_of(identity_kind_name(kind))), db_text(begin),
	                     db_text(str_concat(s->a, begin, STR("\U0010fffd"))),
	                     db_int((int64_t)s->max)));
	return take(s, &r);
}

/* Who wrote what has these words in its author. */
static enum err by_author(struct contacts *s, const struct actor *actor, const struct query *q)
{
	struct query of_author = *q;
	struct search_page page;
	struct db_rows r;
	str expr;
	of_author.items = ARENA_ARRAY(s->a, q->n, struct query_item);
	for (size_t i = 0; i < q->n; i++) {
		of_author.items[i] = q->items[i];
		of_author.items[i].field = QUERY_FROM;
	}
	enum err err = search_expression(s->a, s->c, &of_author, false, &expr, s->e);
	if (!err)
		err = search_messages(s->a, s->c, actor, expr, NULL, 0, AUTHORS, AUTHORS + 1, &page,
		                      s->e);
	if (err || !page.n)
		return err;
	int64_t *ids = ARENA_ARRAY(s->a, page.n, int64_t);
	for (size_t i = 0; i < page.n; i++)
		ids[i] = page.items[i].message_id;
	db_rows_open(&r, s->c, &Q_SEARCH_CONTACTS_OF_MESSAGES,
	             DB_ARGS(db_text(ids_to_json(s->a, ids, page.n)), db_int((int64_t)s->max)));
	return take(s, &r);
}

enum err search_contacts(struct arena *a, struct db_conn *c, const struct actor *actor, str text,
                         const struct query *q, size_t max, struct contact **out, size_t *n,
                         struct error *e)
{
	struct contacts s = {.a = a, .c = c, .e = e, .max = 4 * max};
	str fold = text_fold(a, str_trim(text));
	str phone = identity_norm(a, IDENTITY_PHONE, fold);
	enum err err = ERR_OK;
	s.ids = ARENA_ARRAY(a, s.max, int64_t);
	*n = 0;
	/* By the beginning of an address it could be guessed letter by letter; whole ones are the
	 * business of search_by_address. */
	bool masked = actor_masked(actor);
	if (!masked && fold.n >= 3)
		err = by_identity(&s, IDENTITY_EMAIL, fold);
	if (!err && !masked && phone.n)
		err = by_identity(&s, IDENTITY_PHONE, phone);
	if (!err && fold.n >= 2)
		err = by_name(&s, fold);
	if (!err && !masked && s.n < s.max)
		err = by_author(&s, actor, q);
	*out = ARENA_ARRAY(a, max, struct contact);
	for (size_t i = 0; !err && i < s.n && *n < max; i++) {
		struct contact *found = &(*out)[*n];
		err = contact_get(a, c, actor, s.ids[i], found, e);
		/* A name may be the address itself: by its beginning it could be spelled out. */
		bool told =
		    !masked || (!err && str_eq(text_mask(a, found->name, NULL, 0), found->name));
		if (!err && told && !found->merged_into && !found->erased_at)
			++*n;
		if (err == ERR_NOT_FOUND)
			err = ERR_OK;
	}
	return err;
}

/* contact.c: see contact.h. */
#include "store/contact.h"

#include <assert.h>

#include "base/vec.h"
#include "store/ids.h"
#include "store/list.h"
#include "store/queries_gen.h"
#include "text/addr.h"
#include "text/fold.h"

static const char *const KIND[IDENTITY_KIND_COUNT] = {"email", "phone", "app", "messenger",
                                                      "reviewer"};

const char *identity_kind_name(enum identity_kind k)
{
	assert((unsigned)k < IDENTITY_KIND_COUNT);
	return KIND[k];
}

bool identity_kind_by_name(str name, enum identity_kind *out)
{
	for (unsigned i = 0; i < IDENTITY_KIND_COUNT; i++) {
		if (str_eq(name, str_of(KIND[i]))) {
			*out = (enum identity_kind)i;
			return true;
		}
	}
	return false;
}

str identity_norm(struct arena *a, enum identity_kind kind, str value)
{
	value = str_trim(value);
	if (!value.n || value.n > 320 || !str_is_utf8(value) || memchr(value.p, 0, value.n))
		return STR_NONE;
	if (kind == IDENTITY_PHONE) {
		str digits;
		return phone_normal(a, value, &digits) ? digits : STR_NONE;
	}
	/* Folding first: a wide @ or space becomes the plain one. */
	if (kind == IDENTITY_EMAIL)
		value = str_trim(text_fold(a, value));
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < ' ' || value.p[i] == 0x7f)
			return STR_NONE;
	if (kind != IDENTITY_EMAIL)
		return value;
	ptrdiff_t at = str_rchr(value, '@');
	if (at <= 0 || (size_t)at + 1 == value.n || str_chr(value, '@') != at)
		return STR_NONE;
	for (size_t i = 0; i < value.n; i++)
		if (strchr(" <>,", value.p[i]))
			return STR_NONE;
	return value;
}

static bool every(const struct actor *actor)
{
	return actor->all_lines && actor->all_brands;
}

static void read_contact(struct arena *a, struct db_rows *r, struct contact *ct)
{
	*ct = (struct contact){
	    .id = db_get_int(r, 0),
	    .name = db_dup_str(a, r, 1),
	    .organisation_id = db_get_int(r, 2),
	    .organisation_name = db_dup_str(a, r, 3),
	    .language = db_dup_str(a, r, 4),
	    .vip = db_get_int(r, 5) != 0,
	    .note = db_dup_str(a, r, 6),
	    .attributes = db_dup_str(a, r, 7),
	    .merged_into = db_get_int(r, 8),
	    .created_at = db_get_int(r, 9),
	    .updated_at = db_get_int(r, 10),
	    .version = db_get_int(r, 11),
	    .ticket_count = db_get_int(r, 12),
	    .erased_at = db_get_int(r, 13),
	};
}

enum err contact_get(struct arena *a, struct db_conn *c, const struct actor *actor, int64_t id,
                     struct contact *out, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_CONTACT_GET,
	             DB_ARGS(db_int(id), db_int(every(actor)), db_text(actor->scope)));
	bool found = db_rows_next(&r);
	if (found)
		read_contact(a, &r, out);
	enum err err = db_rows_close(&r, e);
	if (err)
		return err;
	if (!found)
		return error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	return identity_of_contact(a, c, id, &out->identities, &out->n_identities, e);
}

enum err contact_insert(struct arena *a, struct db_conn *tx, struct contact *ct, struct error *e)
{
	ct->version = 1;
	ct->updated_at = ct->created_at;
	if (!ct->attributes.n)
		ct->attributes = STR("{}");
	return db_one_int(tx, &Q_CONTACT_INSERT,
	                  DB_ARGS(db_text(ct->name), db_text(text_fold(a, ct->name)),
	                          db_id(ct->organisation_id), db_text(ct->language),
	                          db_int(ct->vip), db_text(ct->note), db_text(ct->attributes),
	                          db_int(ct->created_at)),
	                  &ct->id, e);
}

enum err contact_begin(struct arena *a, struct db_conn *tx, struct contact *ct, struct identity *id,
                       struct error *e)
{
	struct db_rows r;
	if (db_conn_engine(tx) == DB_SQLITE) {
		enum err err = contact_insert(a, tx, ct, e);
		id->contact_id = ct->id;
		return err ? err : identity_insert(tx, id, ct->created_at, e);
	}
	ct->version = 1;
	ct->updated_at = ct->created_at;
	if (!ct->attributes.n)
		ct->attributes = STR("{}");
	db_rows_open(&r, tx, &Q_CONTACT_BEGIN,
	             DB_ARGS(db_text(ct->name), db_text(text_fold(a, ct->name)),
	                     db_id(ct->organisation_id), db_text(ct->language), db_int(ct->vip),
	                     db_text(ct->note), db_text(ct->attributes), db_int(ct->created_at),
	                     db_text(str_of(identity_kind_name(id->kind))), db_text(id->value),
	                     db_text(id->value_norm), db_int(id->verified)));
	if (db_rows_next(&r)) {
		ct->id = id->contact_id = db_get_int(&r, 0);
		id->id = db_get_int(&r, 1);
	}
	return db_rows_close(&r, e);
}

enum err contact_update(struct arena *a, struct db_conn *tx, struct contact *ct, struct error *e)
{
	return db_one_int(tx, &Q_CONTACT_UPDATE,
	                  DB_ARGS(db_int(ct->id), db_text(ct->name),
	                          db_text(text_fold(a, ct->name)), db_id(ct->organisation_id),
	                          db_text(ct->language), db_int(ct->vip), db_text(ct->note),
	                          db_text(ct->attributes), db_id(ct->merged_into),
	                          db_int(ct->updated_at)),
	                  &ct->version, e);
}

enum err contact_list(struct arena *a, struct db_conn *c, const struct actor *actor, str q,
                      str cursor, int limit, struct contact_list *out, struct error *e)
{
	int64_t before = INT64_MAX;
	*out = (struct contact_list){0};
	if (cursor.n && !str_to_i64(cursor, &before))
		return error_set(e, ERR_INVALID, "error.bad_cursor", "cursor", NULL);
	if (limit <= 0 || limit > 100)
		limit = limit <= 0 ? 50 : 100;
	q = str_trim(str_to_utf8(a, q));
	str fold = text_fold(a, q);
	str exact[IDENTITY_KIND_COUNT];
	size_t n_exact = 0;
	for (unsigned k = 0; k < IDENTITY_KIND_COUNT; k++) {
		str norm = identity_norm(a, (enum identity_kind)k, q);
		if (norm.n)
			exact[n_exact++] = norm;
	}
	/* By its beginning an address could be guessed letter by letter. */
	str begin = actor_masked(actor) || fold.n < 3 ? STR("") : list_like(a, "", fold, "%");
	VEC(struct contact) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_CONTACT_LIST,
	             DB_ARGS(db_int(every(actor)), db_text(actor->scope), db_int(before),
	                     db_int(limit + 1), db_int(q.n == 0),
	                     db_text(list_like(a, "", fold, "%")),
	                     db_text(list_like(a, "% ", fold, "%")), db_text(begin),
	                     db_text(strs_to_json(a, exact, n_exact))));
	while (db_rows_next(&r))
		read_contact(a, &r, vec_push(a, &v));
	enum err err = db_rows_close(&r, e);
	if (err)
		return err;
	if (v.n > (size_t)limit) {
		v.n = (size_t)limit;
		out->next = str_printf(a, "%lld", (long long)v.p[v.n - 1].id);
	}
	out->items = v.p;
	out->n = v.n;

	int64_t *ids = ARENA_ARRAY(a, v.n, int64_t);
	for (size_t i = 0; i < v.n; i++)
		ids[i] = v.p[i].id;
	struct identity *all;
	size_t n_all;
	if ((err = identity_of_contacts(a, c, ids, v.n, &all, &n_all, e)))
		return err;
	for (size_t i = 0; i < v.n; i++) {
		size_t from = 0;
		while (from < n_all && all[from].contact_id != v.p[i].id)
			from++;
		v.p[i].identities = all + from;
		while (from + v.p[i].n_identities < n_all &&
		       all[from + v.p[i].n_identities].contact_id == v.p[i].id)
			v.p[i].n_identities++;
	}
	return ERR_OK;
}

enum err contact_by_identity(struct arena *a, struct db_conn *c, enum identity_kind kind,
                             str value_norm, struct contact *out, struct error *e)
{
	struct identity i;
	enum err err = identity_find(a, c, kind, value_norm, &i, e);
	if (err)
		return err;
	int64_t id = i.contact_id;
	/* A merge moves identities, so this runs once; the bound is for the unforeseen. */
	for (int n = 0; n < 100; n++) {
		if ((err = contact_get(a, c, actor_system(), id, out, e)))
			return err;
		if (!out->merged_into)
			return ERR_OK;
		id = out->merged_into;
	}
	return error_detail(e, ERR_INTERNAL, "contact %lld: merged in a circle", (long long)id);
}

/* ---- identities ---- */

static struct identity read_identity(struct arena *a, struct db_rows *r)
{
	struct identity i = {
	    .id = db_get_int(r, 0),
	    .contact_id = db_get_int(r, 1),
	    .value = db_dup_str(a, r, 3),
	    .value_norm = db_dup_str(a, r, 4),
	    .verified = db_get_int(r, 5) != 0,
	};
	if (!identity_kind_by_name(db_get_str(r, 2), &i.kind))
		i.kind = IDENTITY_APP;
	return i;
}

enum err identity_insert(struct db_conn *tx, struct identity *i, usec now, struct error *e)
{
	return db_one_int(tx, &Q_IDENTITY_INSERT,
	                  DB_ARGS(db_int(i->contact_id),
	                          db_text(str_of(identity_kind_name(i->kind))), db_text(i->value),
	                          db_text(i->value_norm), db_int(i->verified), db_int(now)),
	                  &i->id, e);
}

static enum err one_identity(struct arena *a, struct db_rows *r, struct identity *out,
                             struct error *e)
{
	bool found = db_rows_next(r);
	if (found)
		*out = read_identity(a, r);
	enum err err = db_rows_close(r, e);
	if (err)
		return err;
	return found ? ERR_OK : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err identity_get(struct arena *a, struct db_conn *c, int64_t id, struct identity *out,
                      struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_IDENTITY_GET, DB_ARGS(db_int(id)));
	return one_identity(a, &r, out, e);
}

enum err identity_find(struct arena *a, struct db_conn *c, enum identity_kind kind, str value_norm,
                       struct identity *out, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_IDENTITY_FIND,
	             DB_ARGS(db_text(str_of(identity_kind_name(kind))), db_text(value_norm)));
	return one_identity(a, &r, out, e);
}

enum err identity_delete(struct db_conn *tx, int64_t id, struct error *e)
{
	return db_exec(tx, &Q_IDENTITY_DELETE, DB_ARGS(db_int(id)), NULL, e);
}

/* Contacts by id; addresses first, then phone numbers; verified ones first, then the oldest. */
static int in_shown_order(const void *x, const void *y)
{
	const struct identity *a = x, *b = y;
	if (a->contact_id != b->contact_id)
		return a->contact_id < b->contact_id ? -1 : 1;
	int ka = a->kind < IDENTITY_APP ? (int)a->kind : IDENTITY_APP;
	int kb = b->kind < IDENTITY_APP ? (int)b->kind : IDENTITY_APP;
	if (ka != kb)
		return ka - kb;
	if (a->verified != b->verified)
		return a->verified ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static enum err read_identities(struct arena *a, struct db_rows *r, struct identity **out,
                                size_t *n, struct error *e)
{
	VEC(struct identity) v = {0};
	while (db_rows_next(r))
		*vec_push(a, &v) = read_identity(a, r);
	if (v.n > 1)
		qsort(v.p, v.n, sizeof *v.p, in_shown_order);
	*out = v.p;
	*n = v.n;
	return db_rows_close(r, e);
}

enum err identity_of_contacts(struct arena *a, struct db_conn *c, const int64_t *ids, size_t n,
                              struct identity **out, size_t *n_out, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_IDENTITY_OF_CONTACTS, DB_ARGS(db_text(ids_to_json(a, ids, n))));
	return read_identities(a, &r, out, n_out, e);
}

enum err identity_of_contact(struct arena *a, struct db_conn *c, int64_t contact_id,
                             struct identity **out, size_t *n, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_IDENTITY_OF_CONTACT, DB_ARGS(db_int(contact_id)));
	return read_identities(a, &r, out, n, e);
}

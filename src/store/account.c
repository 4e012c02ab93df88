/* account.c: rows of account, account_line, account_brand, invitation. See account.h. */
#include "store/account.h"

#include "base/vec.h"
#include "store/ids.h"
#include "store/queries_gen.h"
#include "store/role.h"
#include "text/fold.h"

/* Before a sealed secret that was not confirmed by a first code. */
#define TOTP_PENDING "?"

str account_email_norm(struct arena *a, str email)
{
	return text_fold(a, str_trim(email));
}

static void split_totp(struct account *ac)
{
	if (str_starts(ac->totp_box, STR(TOTP_PENDING))) {
		ac->totp_pending = str_from(ac->totp_box, sizeof(TOTP_PENDING) - 1);
		ac->totp_box = STR_NONE;
	}
}

static void read_account(struct arena *a, struct db_rows *r, struct account *out)
{
	*out = (struct account){
	    .id = db_get_int(r, 0),
	    .email = db_dup_str(a, r, 1),
	    .email_norm = db_dup_str(a, r, 2),
	    .name = db_dup_str(a, r, 3),
	    .role_id = db_get_int(r, 4),
	    .role = db_dup_str(a, r, 5),
	    .role_rights = rights_from_json(a, db_get_str(r, 6)),
	    .password_hash = db_dup_str(a, r, 7),
	    .password_changed_at = db_get_int(r, 8),
	    .totp_box = db_dup_str(a, r, 9),
	    .totp_step = db_get_int(r, 10),
	    .all_lines = db_get_int(r, 11),
	    .all_brands = db_get_int(r, 12),
	    .language = db_dup_str(a, r, 13),
	    .theme = db_dup_str(a, r, 14),
	    .signature = db_dup_str(a, r, 15),
	    .active = db_get_int(r, 16),
	    .created_at = db_get_int(r, 17),
	    .version = db_get_int(r, 18),
	};
	split_totp(out);
}

static enum err read_ids(struct arena *a, struct db_conn *c, const struct db_query *q, int64_t id,
                         const int64_t **out, size_t *n, struct error *e)
{
	VEC(int64_t) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, q, DB_ARGS(db_int(id)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = db_get_int(&r, 0);
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

static enum err one(struct arena *a, struct db_conn *c, const struct db_query *q, struct db_val key,
                    struct account *out, struct error *e)
{
	struct db_rows r;
	*out = (struct account){0};
	db_rows_open(&r, c, q, DB_ARGS(key));
	if (db_rows_next(&r))
		read_account(a, &r, out);
	enum err err = db_rows_close(&r, e);
	if (err)
		return err;
	if (!out->id)
		return error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	err = read_ids(a, c, &Q_ACCOUNT_LINES, out->id, &out->lines, &out->n_lines, e);
	return err ? err
	           : read_ids(a, c, &Q_ACCOUNT_BRANDS, out->id, &out->brands, &out->n_brands, e);
}

enum err account_get(struct arena *a, struct db_conn *c, int64_t id, struct account *out,
                     struct error *e)
{
	return one(a, c, &Q_ACCOUNT_GET, db_int(id), out, e);
}

void account_read_actor(struct arena *a, struct db_rows *r, int c, struct account_actor *out)
{
	*out = (struct account_actor){
	    .id = db_get_int(r, c),
	    .name = db_dup_str(a, r, c + 1),
	    .role_rights = rights_from_json(a, db_get_str(r, c + 2)),
	    .all_lines = db_get_int(r, c + 3),
	    .all_brands = db_get_int(r, c + 4),
	    .russian = str_is(db_get_str(r, c + 5), "ru"),
	    .active = db_get_int(r, c + 6),
	};
}

enum err account_actor_places(struct arena *a, struct db_conn *c, struct account_actor *out,
                              struct error *e)
{
	enum err err = ERR_OK;
	if (!out->all_lines)
		err = read_ids(a, c, &Q_ACCOUNT_LINES, out->id, &out->lines, &out->n_lines, e);
	if (!err && !out->all_brands)
		err = read_ids(a, c, &Q_ACCOUNT_BRANDS, out->id, &out->brands, &out->n_brands, e);
	return err;
}

enum err account_actor(struct arena *a, struct db_conn *c, int64_t id, struct account_actor *out,
                       struct error *e)
{
	struct db_rows r;
	*out = (struct account_actor){0};
	db_rows_open(&r, c, &Q_ACCOUNT_ACTOR, DB_ARGS(db_int(id)));
	if (db_rows_next(&r))
		account_read_actor(a, &r, 0, out);
	enum err err = db_rows_close(&r, e);
	if (err)
		return err;
	if (!out->id)
		return error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	return account_actor_places(a, c, out, e);
}

enum err account_name(struct arena *a, struct db_conn *c, int64_t id, str *out, struct error *e)
{
	struct db_rows r;
	*out = STR_NONE;
	db_rows_open(&r, c, &Q_ACCOUNT_NAME, DB_ARGS(db_int(id)));
	if (db_rows_next(&r))
		*out = db_dup_str(a, &r, 0);
	return db_rows_close(&r, e);
}

enum err account_by_email(struct arena *a, struct db_conn *c, str email_norm, struct account *out,
                          struct error *e)
{
	return one(a, c, &Q_ACCOUNT_BY_EMAIL, db_text(email_norm), out, e);
}

struct pair {
	int64_t account, id;
};

/* Rows of (account, id) ordered by both. */
static enum err read_pairs(struct arena *a, struct db_conn *c, const struct db_query *q,
                           struct pair **out, size_t *n, struct error *e)
{
	VEC(struct pair) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, q, DB_NO_ARGS);
	while (db_rows_next(&r))
		*vec_push(a, &v) = (struct pair){db_get_int(&r, 0), db_get_int(&r, 1)};
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

static const int64_t *ids_of(struct arena *a, const struct pair *pairs, size_t n, int64_t account,
                             size_t *n_out)
{
	size_t lo = 0, hi = n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (pairs[mid].account < account)
			lo = mid + 1;
		else
			hi = mid;
	}
	VEC(int64_t) v = {0};
	for (; lo < n && pairs[lo].account == account; lo++)
		*vec_push(a, &v) = pairs[lo].id;
	*n_out = v.n;
	return v.p;
}

enum err account_list(struct arena *a, struct db_conn *c, struct account **out, size_t *n,
                      struct error *e)
{
	VEC(struct account) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_ACCOUNT_LIST, DB_NO_ARGS);
	while (db_rows_next(&r))
		read_account(a, &r, vec_push(a, &v));
	enum err err = db_rows_close(&r, e);
	struct pair *lines, *brands;
	size_t n_lines, n_brands;
	if (!err)
		err = read_pairs(a, c, &Q_ACCOUNT_LINES_ALL, &lines, &n_lines, e);
	if (!err)
		err = read_pairs(a, c, &Q_ACCOUNT_BRANDS_ALL, &brands, &n_brands, e);
	if (err)
		return err;
	for (size_t i = 0; i < v.n; i++) {
		struct account *ac = &v.p[i];
		ac->lines = ids_of(a, lines, n_lines, ac->id, &ac->n_lines);
		ac->brands = ids_of(a, brands, n_brands, ac->id, &ac->n_brands);
	}
	*out = v.p;
	*n = v.n;
	return ERR_OK;
}

enum err account_insert(struct db_conn *tx, const struct account *ac, int64_t *id, struct error *e)
{
	return rows_exists(
	    db_one_int(tx, &Q_ACCOUNT_INSERT,
	               DB_ARGS(db_text(ac->email), db_text(ac->email_norm), db_text(ac->name),
	                       db_int(ac->role_id), db_text(ac->password_hash),
	                       db_id(ac->password_changed_at), db_int(ac->all_lines),
	                       db_int(ac->all_brands), db_text(ac->language), db_text(ac->theme),
	                       db_text(ac->signature), db_int(ac->active), db_int(ac->created_at)),
	               id, e),
	    "email", e);
}

enum err account_update(struct db_conn *tx, const struct account *ac, struct error *e)
{
	int64_t changes = 0;
	enum err err = rows_exists(
	    db_exec(tx, &Q_ACCOUNT_UPDATE,
	            DB_ARGS(db_int(ac->id), db_int(ac->version), db_text(ac->email),
	                    db_text(ac->email_norm), db_text(ac->name), db_int(ac->role_id),
	                    db_int(ac->all_lines), db_int(ac->all_brands), db_text(ac->language),
	                    db_text(ac->theme), db_text(ac->signature), db_int(ac->active)),
	            &changes, e),
	    "email", e);
	return err ? err : rows_fresh(changes, e);
}

static enum err replace(struct db_conn *tx, const struct db_query *clear,
                        const struct db_query *add, int64_t id, const int64_t *ids, size_t n,
                        const char *field, struct error *e)
{
	ARENA_AUTO a = arena_new();
	size_t want;
	int64_t *list = ids_sorted(a, ids, n, &want), added = 0;
	enum err err = db_exec(tx, clear, DB_ARGS(db_int(id)), NULL, e);
	if (!err && want)
		err = db_exec(tx, add, DB_ARGS(db_int(id), db_text(ids_to_json(a, list, want))),
		              &added, e);
	if (!err && added != (int64_t)want)
		return error_set(e, ERR_INVALID, "error.no_such_reference", field, NULL);
	return err;
}

enum err account_set_lines(struct db_conn *tx, int64_t id, const int64_t *lines, size_t n,
                           struct error *e)
{
	return replace(tx, &Q_ACCOUNT_LINES_CLEAR, &Q_ACCOUNT_LINES_ADD, id, lines, n, "line_ids",
	               e);
}

enum err account_set_brands(struct db_conn *tx, int64_t id, const int64_t *brands, size_t n,
                            struct error *e)
{
	return replace(tx, &Q_ACCOUNT_BRANDS_CLEAR, &Q_ACCOUNT_BRANDS_ADD, id, brands, n,
	               "brand_ids", e);
}

enum err account_set_password(struct db_conn *tx, int64_t id, str hash, usec now, struct error *e)
{
	return db_exec(tx, &Q_ACCOUNT_SET_PASSWORD, DB_ARGS(db_int(id), db_text(hash), db_id(now)),
	               NULL, e);
}

enum err account_set_totp(struct db_conn *tx, int64_t id, str box, bool pending, int64_t step,
                          struct error *e)
{
	ARENA_AUTO a = arena_new();
	if (box.n && pending)
		box = str_concat(a, STR(TOTP_PENDING), box);
	return db_exec(tx, &Q_ACCOUNT_SET_TOTP,
	               DB_ARGS(db_int(id), box.n ? db_blob(box) : db_null(), db_int(step)), NULL,
	               e);
}

enum err account_use_totp_step(struct db_conn *tx, int64_t id, int64_t step, struct error *e)
{
	int64_t changes = 0;
	enum err err =
	    db_exec(tx, &Q_ACCOUNT_USE_TOTP_STEP, DB_ARGS(db_int(id), db_int(step)), &changes, e);
	if (!err && !changes)
		return error_set(e, ERR_CONFLICT, "error.totp_used", "totp", NULL);
	return err;
}

enum err account_count_other_admins(struct arena *a, struct db_conn *c, int64_t id, int64_t *n,
                                    struct error *e)
{
	struct db_rows r;
	*n = 0;
	db_rows_open(&r, c, &Q_ACCOUNT_ADMIN_ROLES, DB_ARGS(db_int(id)));
	while (db_rows_next(&r))
		if (rights_from_json(a, db_get_str(&r, 0)) == RIGHTS_ALL)
			*n += db_get_int(&r, 1);
	return db_rows_close(&r, e);
}

enum err account_ids_of_role(struct arena *a, struct db_conn *c, int64_t role_id, int64_t **out,
                             size_t *n, struct error *e)
{
	return read_ids(a, c, &Q_ACCOUNT_IDS_OF_ROLE, role_id, (const int64_t **)out, n, e);
}

enum err account_refs(struct arena *a, struct db_conn *c, const struct actor *actor,
                      int64_t line_id, struct account_ref **out, size_t *n, struct error *e)
{
	str lines =
	    line_id ? ids_to_json(a, &line_id, 1) : ids_to_json(a, actor->lines, actor->n_lines);
	VEC(struct account_ref) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_ACCOUNT_REFS,
	             DB_ARGS(db_int(!line_id && actor->all_lines), db_text(lines),
	                     db_int(actor->all_brands),
	                     db_text(ids_to_json(a, actor->brands, actor->n_brands))));
	while (db_rows_next(&r))
		*vec_push(a, &v) = (struct account_ref){db_get_int(&r, 0), db_dup_str(a, &r, 1)};
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err invitation_insert(struct db_conn *tx, str token_hash, int64_t account_id, usec now,
                           usec expires_at, struct error *e)
{
	enum err err =
	    db_exec(tx, &Q_INVITATION_VOID, DB_ARGS(db_int(account_id), db_int(now)), NULL, e);
	return err ? err
	           : db_exec(tx, &Q_INVITATION_INSERT,
	                     DB_ARGS(db_blob(token_hash), db_int(account_id), db_int(expires_at)),
	                     NULL, e);
}

enum err invitation_by_hash(struct arena *a, struct db_conn *c, str token_hash,
                            struct invitation *out, struct error *e)
{
	(void)a;
	struct db_rows r;
	*out = (struct invitation){0};
	db_rows_open(&r, c, &Q_INVITATION_BY_HASH, DB_ARGS(db_blob(token_hash)));
	if (db_rows_next(&r))
		*out = (struct invitation){.id = db_get_int(&r, 0),
		                           .account_id = db_get_int(&r, 1),
		                           .expires_at = db_get_int(&r, 2),
		                           .used_at = db_get_int(&r, 3)};
	enum err err = db_rows_close(&r, e);
	return err || out->id ? err : error_set(e, ERR_NOT_FOUND, "error.invitation", NULL, NULL);
}

enum err invitation_use(struct db_conn *tx, int64_t id, usec now, struct error *e)
{
	int64_t changes = 0;
	enum err err =
	    db_exec(tx, &Q_INVITATION_USE, DB_ARGS(db_int(id), db_int(now)), &changes, e);
	if (!err && !changes)
		return error_set(e, ERR_CONFLICT, "error.invitation_used", NULL, NULL);
	return err;
}

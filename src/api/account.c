/* account.c: people, roles and API tokens. */
#include "api/map.h"

static void put_account(struct api_account *out, const struct account *acc)
{
	*out = (struct api_account){
	    .id = acc->id,
	    .name = acc->name,
	    .email = acc->email,
	    .role_id = acc->role_id,
	    .role = acc->role,
	    .all_lines = acc->all_lines,
	    .all_brands = acc->all_brands,
	    .line_ids = acc->lines,
	    .n_line_ids = acc->n_lines,
	    .brand_ids = acc->brands,
	    .n_brand_ids = acc->n_brands,
	    .language = (enum api_language)api_names_stored(&api_language_names, acc->language),
	    .totp = acc->totp_box.n > 0,
	    .active = acc->active,
	    .has_password = acc->password_hash.n > 0,
	    .created_at = acc->created_at,
	    .version = acc->version,
	};
}

enum err api_colleague_list(struct api_call *call, const struct api_colleague_list_query *q,
                            struct api_colleagues *out, struct error *e)
{
	struct account_ref *list;
	size_t n = 0;
	enum err err = desk_colleagues(CALL_DESK, q->line_id, &list, &n, e);
	if (err)
		return err;
	struct api_account_ref *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		items[i] = (struct api_account_ref){list[i].id, list[i].name};
	return ERR_OK;
}

enum err api_account_list(struct api_call *call, struct api_account_list *out, struct error *e)
{
	struct account *list;
	size_t n = 0;
	enum err err = desk_account_list(CALL_DESK, &list, &n, e);
	if (err)
		return err;
	struct api_account *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		put_account(&items[i], &list[i]);
	return ERR_OK;
}

/* The pointers of a patch: as long as the call's own variables. */
struct account_patch {
	struct desk_account_patch p;
	str language;
	int64_t version;
	struct desk_ids lines, brands;
};

static void account_patch(const struct api_call *call, struct account_patch *to,
                          const struct api_account_in *in)
{
	to->language = api_language_name(in->language);
	to->version = api_version(call, in->has_version, in->version);
	to->lines = (struct desk_ids){in->line_ids, in->n_line_ids};
	to->brands = (struct desk_ids){in->brand_ids, in->n_brand_ids};
	to->p = (struct desk_account_patch){
	    .version = to->version ? &to->version : NULL,
	    .name = API_OPT(in, name),
	    .email = API_OPT(in, email),
	    .language = in->has_language ? &to->language : NULL,
	    .role_id = API_OPT(in, role_id),
	    .all_lines = API_OPT(in, all_lines),
	    .all_brands = API_OPT(in, all_brands),
	    .active = API_OPT(in, active),
	    .lines = in->has_line_ids ? &to->lines : NULL,
	    .brands = in->has_brand_ids ? &to->brands : NULL,
	};
}

enum err api_account_create(struct api_call *call, const struct api_account_in *in,
                            struct api_account *out, struct error *e)
{
	struct account_patch patch;
	struct account acc;
	account_patch(call, &patch, in);
	enum err err = desk_account_create(CALL_DESK, &patch.p, &acc, e);
	if (err == ERR_OK)
		put_account(out, &acc);
	return err;
}

enum err api_account_patch(struct api_call *call, const struct api_account_in *in,
                           struct api_account *out, struct error *e)
{
	struct account_patch patch;
	struct account acc;
	account_patch(call, &patch, in);
	enum err err = desk_account_patch(CALL_DESK, call->id, &patch.p, &acc, e);
	if (err == ERR_OK)
		put_account(out, &acc);
	return err;
}

enum err api_account_totp_reset(struct api_call *call, struct api_account *out, struct error *e)
{
	struct account acc;
	enum err err = desk_account_totp_reset(CALL_DESK, call->id, e);
	if (err == ERR_OK)
		err = desk_account_get(CALL_DESK, call->id, &acc, e);
	if (err == ERR_OK)
		put_account(out, &acc);
	return err;
}

enum err api_account_invite(struct api_call *call, struct api_invitation *out, struct error *e)
{
	str token;
	enum err err = desk_account_invite(CALL_DESK, call->id, &token, &out->expires_at, e);
	if (err)
		return err;
	call->secret = true;
	/* Never from the Host header: a forged one would send the token elsewhere. */
	str base = call->api->o.base_url;
	while (str_ends(base, STR("/")))
		base = str_sub(base, 0, base.n - 1);
	out->url = str_printf(call->arena, "%.*s/invitation/%.*s", STR_FMT(base), STR_FMT(token));
	return ERR_OK;
}

/* ---- roles ---- */

static void put_role(struct arena *a, struct api_role *out, const struct role *role)
{
	*out = (struct api_role){
	    .id = role->id, .name = role->name, .builtin = role->builtin, .version = role->version};
	str *rights = API_LIST(a, out, rights, RIGHT_COUNT);
	out->n_rights = 0;
	for (int r = 0; r < RIGHT_COUNT; r++)
		if (role->rights >> r & 1)
			rights[out->n_rights++] = str_of(right_name((enum right)r));
}

enum err api_role_list(struct api_call *call, struct api_role_list *out, struct error *e)
{
	struct role *list;
	size_t n = 0;
	enum err err = desk_role_list(CALL_DESK, &list, &n, e);
	if (err)
		return err;
	struct api_role *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		put_role(call->arena, &items[i], &list[i]);
	str *all = API_LIST(call->arena, out, all_rights, RIGHT_COUNT);
	for (int r = 0; r < RIGHT_COUNT; r++)
		all[r] = str_of(right_name((enum right)r));
	return ERR_OK;
}

static enum err change_role(struct api_call *call, const struct api_role_in *in, bool create,
                            struct api_role *out, struct error *e)
{
	struct role role;
	uint64_t rights = 0;
	int64_t version = api_version(call, in->has_version, in->version);
	enum err err = rights_of_names(in->rights, in->n_rights, "rights", &rights, e);
	const struct desk_role_patch patch = {
	    .version = version ? &version : NULL,
	    .name = API_OPT(in, name),
	    .rights = in->has_rights ? &rights : NULL,
	};
	if (err == ERR_OK)
		err = create ? desk_role_create(CALL_DESK, &patch, &role, e)
		             : desk_role_patch(CALL_DESK, call->id, &patch, &role, e);
	if (err == ERR_OK)
		put_role(call->arena, out, &role);
	return err;
}

enum err api_role_create(struct api_call *call, const struct api_role_in *in, struct api_role *out,
                         struct error *e)
{
	return change_role(call, in, true, out, e);
}

enum err api_role_patch(struct api_call *call, const struct api_role_in *in, struct api_role *out,
                        struct error *e)
{
	return change_role(call, in, false, out, e);
}

/* ---- API tokens ---- */

static void put_token(struct arena *a, struct api_api_token *out, const struct token *t)
{
	*out = (struct api_api_token){
	    .id = t->id,
	    .name = t->name,
	    .hint = t->hint,
	    .has_line_ids = !t->all_lines,
	    .line_ids = t->lines,
	    .n_line_ids = t->n_lines,
	    .has_brand_ids = !t->all_brands,
	    .brand_ids = t->brands,
	    .n_brand_ids = t->n_brands,
	    .created_at = t->created_at,
	    .expires_at = t->expires_at,
	    .used_at = t->used_at,
	};
	str *rights = API_LIST(a, out, rights, RIGHT_COUNT);
	out->n_rights = 0;
	for (int r = 0; r < RIGHT_COUNT; r++)
		if (t->rights >> r & 1)
			rights[out->n_rights++] = str_of(right_name((enum right)r));
}

enum err api_token_list(struct api_call *call, struct api_api_token_list *out, struct error *e)
{
	struct token *list;
	size_t n = 0;
	enum err err = desk_token_list(CALL_DESK, &list, &n, e);
	if (err)
		return err;
	struct api_api_token *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		put_token(call->arena, &items[i], &list[i]);
	return ERR_OK;
}

enum err api_token_create(struct api_call *call, const struct api_api_token_create *in,
                          struct api_api_token *out, struct error *e)
{
	const struct desk_ids lines = {in->line_ids, in->n_line_ids};
	const struct desk_ids brands = {in->brand_ids, in->n_brand_ids};
	struct desk_token_new want = {
	    .name = in->name,
	    .lines = in->has_line_ids ? &lines : NULL,
	    .brands = in->has_brand_ids ? &brands : NULL,
	    .expires_at = in->expires_at,
	};
	struct token made;
	str secret;
	enum err err = rights_of_names(in->rights, in->n_rights, "rights", &want.rights, e);
	if (err == ERR_OK)
		err = desk_token_create(CALL_DESK, &want, &made, &secret, e);
	if (err)
		return err;
	call->secret = true;
	put_token(call->arena, out, &made);
	out->token = secret;
	return ERR_OK;
}

enum err api_token_delete(struct api_call *call, struct api_deleted *out, struct error *e)
{
	out->id = call->id;
	return desk_token_revoke(CALL_DESK, call->id, e);
}

/* mailbox.c: mailboxes whose letters are fetched, and OAuth2 credentials. */
#include "api/map.h"
#include "desk/mailbox.h"

/* ---- mailboxes ---- */

static str sentence(struct api_call *call, enum err code, str key, str arg)
{
	struct error e = {0};
	if (!key.n)
		return STR("");
	error_fill(&e, code, str_z(call->arena, key), NULL, str_z(call->arena, arg));
	return api_sentence(call->arena, call->actor, &e);
}

static void put_mailbox(struct api_call *call, struct api_mailbox *out, const struct mailbox *m)
{
	*out = (struct api_mailbox){
	    .id = m->id,
	    .inbox_id = m->inbox_id,
	    .host = m->host,
	    .port = m->port,
	    .tls = (enum api_tls_mode)api_names_stored(&api_tls_mode_names, m->tls),
	    .username = m->username,
	    .auth = (enum api_mailbox_auth)api_names_stored(&api_mailbox_auth_names, m->auth),
	    .password_set = m->secret_box.n > 0,
	    .oauth_id = m->oauth_id,
	    .folder = m->folder,
	    .after = m->remove ? API_MAILBOX_AFTER_DELETE : API_MAILBOX_AFTER_KEEP,
	    .take_old = m->take_old,
	    .active = m->active,
	    .state = (enum api_mailbox_state)api_names_stored(&api_mailbox_state_names, m->state),
	    .error = sentence(call, ERR_IO, m->error, m->error_arg),
	    .error_at = m->error_at,
	    .ok_at = m->ok_at,
	    .version = m->version,
	};
}

enum err api_mailbox_list(struct api_call *call, struct api_mailbox_list *out, struct error *e)
{
	struct mailbox *list;
	size_t n = 0;
	enum err err = desk_mailbox_list(CALL_DESK, &list, &n, e);
	if (err)
		return err;
	struct api_mailbox *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		put_mailbox(call, &items[i], &list[i]);
	return ERR_OK;
}

static enum err change_mailbox(struct api_call *call, const struct api_mailbox_in *in, bool create,
                               struct api_mailbox *out, struct error *e)
{
	struct mailbox m;
	str tls = api_tls_mode_name(in->tls), auth = api_mailbox_auth_name(in->auth);
	str after = api_mailbox_after_name(in->after);
	int64_t version = api_version(call, in->has_version, in->version);
	const struct desk_mailbox_patch patch = {
	    .version = version ? &version : NULL,
	    .inbox_id = API_OPT(in, inbox_id),
	    .host = API_OPT(in, host),
	    .port = API_OPT(in, port),
	    .tls = in->has_tls ? &tls : NULL,
	    .username = API_OPT(in, username),
	    .auth = in->has_auth ? &auth : NULL,
	    .password = API_OPT(in, password),
	    .oauth_id = API_OPT(in, oauth_id),
	    .folder = API_OPT(in, folder),
	    .after = in->has_after ? &after : NULL,
	    .take_old = API_OPT(in, take_old),
	    .active = API_OPT(in, active),
	};
	enum err err = create ? desk_mailbox_create(CALL_DESK, &patch, &m, e)
	                      : desk_mailbox_patch(CALL_DESK, call->id, &patch, &m, e);
	if (err == ERR_OK)
		put_mailbox(call, out, &m);
	return err;
}

enum err api_mailbox_create(struct api_call *call, const struct api_mailbox_in *in,
                            struct api_mailbox *out, struct error *e)
{
	return change_mailbox(call, in, true, out, e);
}

enum err api_mailbox_patch(struct api_call *call, const struct api_mailbox_in *in,
                           struct api_mailbox *out, struct error *e)
{
	return change_mailbox(call, in, false, out, e);
}

enum err api_mailbox_delete(struct api_call *call, struct api_deleted *out, struct error *e)
{
	out->id = call->id;
	return desk_mailbox_delete(CALL_DESK, call->id, e);
}

/* What trying came to. */
struct trial {
	enum err err;
	struct error why;
	int64_t letters;
};

enum err api_mailbox_test_prepare(struct api_call *call, struct error *e)
{
	const struct api_options *o = &call->api->o;
	struct arena *a = call->req->arena;
	struct trial *t = ARENA_NEW(a, struct trial);
	struct mailbox m;
	struct db_conn *c;
	call->prepared = t;
	if (!o->mailbox_try)
		return error_set(e, ERR_BUSY, "error.busy", NULL, NULL);
	enum err err = db_read_begin(o->db, &c, e);
	if (err)
		return err;
	err = desk_mailbox_get(call->desk, a, c, call->actor, call->id, &m, e);
	db_read_end(o->db, c);
	if (!err)
		t->err = o->mailbox_try(o->mailbox_arg, &m, &t->letters, &t->why);
	return err;
}

enum err api_mailbox_test(struct api_call *call, struct api_mailbox_test *out, struct error *e)
{
	const struct trial *t = call->prepared;
	(void)e;
	out->ok = t->err == ERR_OK;
	out->letters = t->letters;
	out->error = out->ok ? STR("") : api_sentence(call->arena, call->actor, &t->why);
	return ERR_OK;
}

/* ---- OAuth2 credentials ---- */

static void put_oauth(struct api_oauth_credential *out, const struct oauth_credential *o)
{
	*out = (struct api_oauth_credential){
	    .id = o->id,
	    .name = o->name,
	    .token_url = o->token_url,
	    .client_id = o->client_id,
	    .client_secret_set = o->client_secret_box.n > 0,
	    .refresh_token_set = o->refresh_token_box.n > 0,
	    .scope = o->scope,
	    .hosts = o->hosts,
	    .state = (enum api_oauth_state)api_names_stored(&api_oauth_state_names, o->state),
	    .error = o->error,
	    .error_at = o->error_at,
	    .ok_at = o->ok_at,
	    .version = o->version,
	};
}

enum err api_oauth_list(struct api_call *call, struct api_oauth_credential_list *out,
                        struct error *e)
{
	struct oauth_credential *list;
	size_t n = 0;
	enum err err = desk_oauth_list(CALL_DESK, &list, &n, e);
	if (err)
		return err;
	struct api_oauth_credential *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		put_oauth(&items[i], &list[i]);
	return ERR_OK;
}

static enum err change_oauth(struct api_call *call, const struct api_oauth_credential_in *in,
                             bool create, struct api_oauth_credential *out, struct error *e)
{
	struct oauth_credential o;
	int64_t version = api_version(call, in->has_version, in->version);
	const struct desk_oauth_patch patch = {
	    .version = version ? &version : NULL,
	    .name = API_OPT(in, name),
	    .token_url = API_OPT(in, token_url),
	    .client_id = API_OPT(in, client_id),
	    .client_secret = API_OPT(in, client_secret),
	    .scope = API_OPT(in, scope),
	    .hosts = API_OPT(in, hosts),
	    .refresh_token = API_OPT(in, refresh_token),
	};
	enum err err = create ? desk_oauth_create(CALL_DESK, &patch, &o, e)
	                      : desk_oauth_patch(CALL_DESK, call->id, &patch, &o, e);
	if (err == ERR_OK)
		put_oauth(out, &o);
	return err;
}

enum err api_oauth_create(struct api_call *call, const struct api_oauth_credential_in *in,
                          struct api_oauth_credential *out, struct error *e)
{
	return change_oauth(call, in, true, out, e);
}

enum err api_oauth_patch(struct api_call *call, const struct api_oauth_credential_in *in,
                         struct api_oauth_credential *out, struct error *e)
{
	return change_oauth(call, in, false, out, e);
}

enum err api_oauth_delete(struct api_call *call, struct api_deleted *out, struct error *e)
{
	out->id = call->id;
	return desk_oauth_delete(CALL_DESK, call->id, e);
}

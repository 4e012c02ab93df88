/* sender.c: the SMTP servers of the brands, and test letters by them. */
#include "api/map.h"
#include "desk/sender.h"

static void put_sender(struct api_sender *out, const struct sender *s)
{
	*out = (struct api_sender){
	    .id = s->id,
	    .brand_id = s->brand_id,
	    .name = s->name,
	    .host = s->host,
	    .port = s->port,
	    .tls = (enum api_tls_mode)api_names_stored(&api_tls_mode_names, s->tls),
	    .auth = (enum api_smtp_auth)api_names_stored(&api_smtp_auth_names, s->auth),
	    .username = s->username,
	    .password_set = s->password_box.n > 0,
	    .oauth_credential_id = s->oauth_credential_id,
	    .serves = s->serves,
	    .hour_most = s->hour_most,
	    .position = s->position,
	    .active = s->active,
	    .version = s->version,
	};
}

enum err api_sender_list(struct api_call *call, struct api_sender_list *out, struct error *e)
{
	struct sender *list;
	size_t n = 0;
	enum err err = desk_sender_list(CALL_DESK, &list, &n, e);
	if (err)
		return err;
	struct api_sender *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		put_sender(&items[i], &list[i]);
	return ERR_OK;
}

static enum err change(struct api_call *call, const struct api_sender_in *in, bool create,
                       struct api_sender *out, struct error *e)
{
	struct sender s;
	str tls = api_tls_mode_name(in->tls), auth = api_smtp_auth_name(in->auth);
	int64_t version = api_version(call, in->has_version, in->version);
	const struct desk_sender_patch patch = {
	    .version = version ? &version : NULL,
	    .brand_id = API_OPT(in, brand_id),
	    .name = API_OPT(in, name),
	    .host = API_OPT(in, host),
	    .port = API_OPT(in, port),
	    .tls = in->has_tls ? &tls : NULL,
	    .auth = in->has_auth ? &auth : NULL,
	    .username = API_OPT(in, username),
	    .password = API_OPT(in, password),
	    .oauth_credential_id = API_OPT(in, oauth_credential_id),
	    .serves = API_OPT(in, serves),
	    .hour_most = API_OPT(in, hour_most),
	    .position = API_OPT(in, position),
	    .active = API_OPT(in, active),
	};
	enum err err = create ? desk_sender_create(CALL_DESK, &patch, &s, e)
	                      : desk_sender_patch(CALL_DESK, call->id, &patch, &s, e);
	if (err == ERR_OK)
		put_sender(out, &s);
	return err;
}

enum err api_sender_create(struct api_call *call, const struct api_sender_in *in,
                           struct api_sender *out, struct error *e)
{
	return change(call, in, true, out, e);
}

enum err api_sender_patch(struct api_call *call, const struct api_sender_in *in,
                          struct api_sender *out, struct error *e)
{
	return change(call, in, false, out, e);
}

/* ---- the test letter ---- */

struct trial {
	struct api_call *call;
	struct arena *arena;
	struct sender sender;
	struct inbox from;
	str to, words;
	bool sent;
};

static enum err may_try(void *arg, struct db_conn *tx, struct error *e)
{
	struct trial *t = arg;
	return desk_sender_test(t->call->desk, t->arena, tx, t->call->actor, t->call->id,
	                        &t->sender, &t->from, e);
}

/* Whom the letter goes to when nobody is named: whoever asks. */
static enum err own_address(struct trial *t, struct error *e)
{
	struct db_conn *c;
	struct account me;
	enum err err = db_read_begin(t->call->api->o.db, &c, e);
	if (err)
		return err;
	err = desk_me(t->call->desk, t->arena, c, t->call->actor, &me, e);
	db_read_end(t->call->api->o.db, c);
	t->to = err ? STR("") : me.email;
	return err;
}

enum err api_sender_test_prepare(struct api_call *call, const struct api_sender_test_in *in,
                                 struct error *e)
{
	const struct api_options *o = &call->api->o;
	struct trial *t = ARENA_NEW(call->req->arena, struct trial);
	*t = (struct trial){.call = call, .arena = call->req->arena, .to = in->to};
	call->prepared = t;
	if (!o->sender_test)
		return error_set(e, ERR_BUSY, "error.busy", NULL, NULL);
	enum err err = in->has_to ? ERR_OK : own_address(t, e);
	if (!err)
		err = db_write(o->db, may_try, t, e);
	return err ? err
	           : o->sender_test(o->sender_test_arg, t->arena, &t->sender, &t->from, t->to,
	                            call->actor->lang, &t->sent, &t->words, e);
}

enum err api_sender_test(struct api_call *call, const struct api_sender_test_in *in,
                         struct api_sender_test *out, struct error *e)
{
	(void)in;
	(void)e;
	const struct trial *t = call->prepared;
	*out = (struct api_sender_test){
	    .sent = t->sent, .words = t->words, .from = t->from.address, .to = t->to};
	return ERR_OK;
}

/* session.c: signing in and out, one's own account, one-time codes, invitations. */
#include "api/map.h"
#include "desk/mailbox.h"
#include "store/system.h"

/* The server ends a session; the cookie is only where its token lies. */
#define COOKIE_AGE (365 * USEC_DAY)

static enum err put_lines(struct api_call *call, struct api_me *out, struct error *e)
{
	struct line *lines = NULL;
	struct brand *brands = NULL;
	size_t n = 0, kept = 0;
	enum err err = ERR_OK;
	if (actor_may(call->actor, RIGHT_TICKET_READ))
		err = desk_line_list(CALL_DESK, &lines, &n, e);
	if (err)
		return err;
	struct api_named *named = API_LIST(call->arena, out, lines, n);
	for (size_t i = 0; i < n; i++)
		if (lines[i].active)
			named[kept++] = (struct api_named){lines[i].id, lines[i].name};
	out->n_lines = kept;
	n = 0;
	err = desk_brand_visible(CALL_DESK, &brands, &n, e);
	if (err)
		return err;
	named = API_LIST(call->arena, out, brands, n);
	for (size_t i = 0; i < n; i++)
		named[i] = (struct api_named){brands[i].id, brands[i].name};
	return ERR_OK;
}

static enum err put_no_send(struct api_call *call, struct api_me *out, struct error *e)
{
	struct desk_no_send why;
	enum err err = desk_no_send(call->arena, call->conn, &why, e);
	out->no_send = why.on;
	out->no_send_reason = why.reason;
	out->no_send_note = why.note;
	out->no_send_by = why.by;
	out->no_send_at = why.at;
	return err;
}

static enum err put_me(struct api_call *call, struct api_me *out, struct error *e)
{
	const struct actor *actor = call->actor;
	struct account acc;
	enum err err = desk_me(CALL_DESK, &acc, e);
	if (err)
		return err;
	*out = (struct api_me){
	    .id = acc.id,
	    .name = acc.name,
	    .email = acc.email,
	    .role = acc.role,
	    .all_lines = actor->all_lines,
	    .all_brands = actor->all_brands,
	    .language = (enum api_language)api_names_stored(&api_language_names, acc.language),
	    .theme = (enum api_theme)api_names_stored(&api_theme_names, acc.theme),
	    .signature = acc.signature,
	    .totp = acc.totp_box.n > 0,
	};
	str *rights = API_LIST(call->arena, out, rights, RIGHT_COUNT);
	out->n_rights = 0;
	for (int r = 0; r < RIGHT_COUNT; r++)
		if (actor_may(actor, (enum right)r))
			rights[out->n_rights++] = str_of(right_name((enum right)r));
	str demo;
	err = put_lines(call, out, e);
	if (err == ERR_OK)
		err = system_get(call->arena, call->conn, SYSTEM_DEMO, &demo, e);
	if (err == ERR_OK)
		out->demo = demo.n > 0;
	if (err == ERR_OK)
		err = put_no_send(call, out, e);
	if (!err)
		err = desk_mailbox_trouble(CALL_DESK, &out->mailbox_trouble, e);
	if (err == ERR_OK)
		err = event_head(call->conn, &out->event_cursor, e);
	return err;
}

/* ---- signing in ---- */

enum err api_session_create_prepare(struct api_call *call, const struct api_sign_in *in,
                                    struct error *e)
{
	struct desk_signin *s = ARENA_NEW(call->req->arena, struct desk_signin);
	*s = (struct desk_signin){
	    .email = in->email,
	    .password = in->password,
	    .totp = in->totp,
	    .peer = call->req->peer,
	    .user_agent = str_cut_utf8(http_header(call->req, "user-agent"), 400),
	};
	call->prepared = s;
	return desk_signin_prepare(call->desk, call->req->arena, s, e);
}

enum err api_session_create(struct api_call *call, const struct api_sign_in *in, struct api_me *out,
                            struct error *e)
{
	str token;
	struct actor *actor = ARENA_NEW(call->arena, struct actor);
	enum err err = desk_signin_commit(call->desk, call->arena, call->conn, call->prepared,
	                                  &token, actor, e);
	if (err)
		return err;
	call->actor = actor;
	call->set_cookie =
	    api_auth_cookie(call->arena, call->api->o.secure_cookies, token, COOKIE_AGE);
	return put_me(call, out, e);
}

enum err api_session_get(struct api_call *call, struct api_me *out, struct error *e)
{
	return put_me(call, out, e);
}

enum err api_session_delete(struct api_call *call, struct api_deleted *out, struct error *e)
{
	out->id = call->actor->session_id;
	call->set_cookie = api_auth_cookie(call->arena, call->api->o.secure_cookies, STR(""), 0);
	return desk_signout(CALL_DESK, e);
}

enum err api_session_list(struct api_call *call, struct api_session_info_list *out, struct error *e)
{
	struct session *list;
	size_t n = 0;
	enum err err = desk_session_list(CALL_DESK, &list, &n, e);
	if (err)
		return err;
	struct api_session_info *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		items[i] = (struct api_session_info){
		    .id = list[i].id,
		    .created_at = list[i].created_at,
		    .seen_at = list[i].seen_at,
		    .expires_at = list[i].expires_at,
		    .user_agent = list[i].user_agent,
		    .peer = list[i].peer,
		    .current = list[i].id == call->actor->session_id,
		};
	return ERR_OK;
}

enum err api_session_end(struct api_call *call, struct api_deleted *out, struct error *e)
{
	out->id = call->id;
	return desk_session_end(CALL_DESK, call->id, e);
}

/* ---- one's own account ---- */

enum err api_me_patch(struct api_call *call, const struct api_me_patch *in, struct api_me *out,
                      struct error *e)
{
	str language = api_language_name(in->language), theme = api_theme_name(in->theme);
	const struct desk_me_patch patch = {
	    .name = API_OPT(in, name),
	    .language = in->has_language ? &language : NULL,
	    .theme = in->has_theme ? &theme : NULL,
	    .signature = API_OPT(in, signature),
	};
	struct account acc;
	enum err err = desk_me_patch(CALL_DESK, &patch, &acc, e);
	return err ? err : put_me(call, out, e);
}

static enum err prepare_password(struct api_call *call, str old, str new, bool revoke_tokens,
                                 struct error *e)
{
	struct desk_password *p = ARENA_NEW(call->req->arena, struct desk_password);
	*p = (struct desk_password){
	    .old_password = old, .new_password = new, .revoke_tokens = revoke_tokens};
	call->prepared = p;
	return desk_password_prepare(call->desk, call->req->arena, call->actor, p, e);
}

enum err api_me_password_prepare(struct api_call *call, const struct api_password_change *in,
                                 struct error *e)
{
	return prepare_password(call, in->old_password, in->new_password,
	                        in->has_revoke_tokens && in->revoke_tokens, e);
}

enum err api_me_password(struct api_call *call, const struct api_password_change *in,
                         struct api_me *out, struct error *e)
{
	enum err err = desk_password_commit(CALL_DESK, call->prepared, e);
	return err ? err : put_me(call, out, e);
}

enum err api_totp_begin_prepare(struct api_call *call, const struct api_password_proof *in,
                                struct error *e)
{
	return prepare_password(call, in->password, STR(""), false, e);
}

enum err api_totp_begin(struct api_call *call, const struct api_password_proof *in,
                        struct api_totp_setup *out, struct error *e)
{
	call->secret = true;
	return desk_totp_begin(CALL_DESK, call->prepared, &out->secret, &out->uri, e);
}

enum err api_totp_confirm(struct api_call *call, const struct api_totp_confirm *in,
                          struct api_me *out, struct error *e)
{
	enum err err = desk_totp_confirm(CALL_DESK, in->code, e);
	return err ? err : put_me(call, out, e);
}

enum err api_totp_remove_prepare(struct api_call *call, const struct api_password_proof *in,
                                 struct error *e)
{
	return prepare_password(call, in->password, STR(""), false, e);
}

enum err api_totp_remove(struct api_call *call, const struct api_password_proof *in,
                         struct api_me *out, struct error *e)
{
	enum err err = desk_totp_remove(CALL_DESK, call->prepared, e);
	return err ? err : put_me(call, out, e);
}

/* ---- invitations ---- */

enum err api_invitation_get(struct api_call *call, struct api_invitation_info *out, struct error *e)
{
	struct account acc;
	enum err err =
	    desk_invitation_get(call->desk, call->arena, call->conn, call->token, &acc, e);
	if (err == ERR_OK)
		*out = (struct api_invitation_info){.name = acc.name, .email = acc.email};
	return err;
}

enum err api_invitation_accept_prepare(struct api_call *call,
                                       const struct api_invitation_accept *in, struct error *e)
{
	struct desk_accept *s = ARENA_NEW(call->req->arena, struct desk_accept);
	*s = (struct desk_accept){.token = call->token, .password = in->password};
	call->prepared = s;
	return desk_invitation_prepare(call->desk, call->req->arena, s, e);
}

enum err api_invitation_accept(struct api_call *call, const struct api_invitation_accept *in,
                               struct api_invitation_info *out, struct error *e)
{
	struct account acc;
	enum err err =
	    desk_invitation_commit(call->desk, call->arena, call->conn, call->prepared, &acc, e);
	if (err == ERR_OK)
		*out = (struct api_invitation_info){.name = acc.name, .email = acc.email};
	return err;
}

/* mailbox.c: mailboxes whose letters are fetched, and OAuth2 credentials. See mailbox.h. */
#include "desk/mailbox.h"

#include "base/buf.h"
#include "desk/check.h"
#include "desk/people.h"
#include "store/inbox.h"

#define SECRET_MOST 16384
#define MAILBOXES_MOST 500
#define HOSTS_MOST 20

static enum err need(const struct actor *actor, struct error *e)
{
	return actor_need(actor, RIGHT_ADMIN_INBOXES, e);
}

static enum err fresh(const int64_t *given, int64_t version, struct error *e)
{
	return given && *given != version
	           ? error_set(e, ERR_CONFLICT, "error.stale", "version", NULL)
	           : ERR_OK;
}

/* Closes a secret into *box; NULL stays. */
static enum err seal(const struct desk *d, struct arena *a, str context, const str *secret,
                     const char *field, str *box, struct error *e)
{
	if (!secret)
		return ERR_OK;
	if (secret->n > SECRET_MOST)
		return error_set(e, ERR_INVALID, "error.too_long", field, "16384");
	if (secret->n && !d->key)
		return error_detail(e, ERR_INTERNAL, "no key file");
	*box = secret->n ? secret_seal(a, d->key, context, *secret) : STR("");
	return ERR_OK;
}

/* ---- mailboxes ---- */

/* The inbox exists and the actor sees it. */
static enum err check_inbox(struct arena *a, struct db_conn *tx, const struct actor *actor,
                            int64_t id, struct error *e)
{
	struct inbox box;
	struct error why = {0};
	enum err err = inbox_get(a, tx, id, &box, &why);
	if (err == ERR_NOT_FOUND || (!err && !actor_sees(actor, box.line_id, box.brand_id)))
		return error_set(e, ERR_INVALID, "error.no_such_reference", "inbox_id", NULL);
	if (err && e)
		*e = why;
	return err;
}

enum err desk_oauth_check(struct arena *a, struct db_conn *tx, int64_t id, str host, str tls,
                          const char *field, struct error *e)
{
	struct oauth_credential o;
	struct error why = {0};
	if (!id)
		return error_set(e, ERR_INVALID, "error.required", field, NULL);
	enum err err = oauth_get(a, tx, id, &o, &why);
	if (err == ERR_NOT_FOUND)
		return error_set(e, ERR_INVALID, "error.no_such_reference", field, NULL);
	if (err && e)
		*e = why;
	if (!err && str_is(tls, "none"))
		return error_set(e, ERR_INVALID, "error.oauth_needs_tls", "tls", NULL);
	if (!err && !oauth_serves(&o, host))
		return error_set(e, ERR_INVALID, "error.oauth_host", field, str_z(a, host));
	return err;
}

static enum err check_oauth(struct arena *a, struct db_conn *tx, struct mailbox *m, struct error *e)
{
	if (str_is(m->auth, "xoauth2"))
		return desk_oauth_check(a, tx, m->oauth_id, m->host, m->tls, "oauth_id", e);
	m->oauth_id = 0; /* a credential that is not used is held by nothing */
	return ERR_OK;
}

static enum err check_host(struct arena *a, str in, str *out, struct error *e)
{
	enum err err = check_line(a, in, 1, 253, "host", out, e);
	if (!err && strpbrk(str_z(a, *out), " \t/@\"<>[]\\"))
		err = error_set(e, ERR_INVALID, "error.bad_address", "host", NULL);
	return err;
}

static enum err apply(struct arena *a, const struct desk_mailbox_patch *p, struct mailbox *m,
                      struct error *e)
{
	static const char *const modes[] = {"tls", "starttls", "none", NULL};
	static const char *const auths[] = {"password", "xoauth2", NULL};
	static const char *const afters[] = {"keep", "delete", NULL};
	enum err err = ERR_OK;
	if (p->host)
		err = check_host(a, *p->host, &m->host, e);
	if (!err && p->port && (*p->port < 0 || *p->port > 65535))
		err = error_set(e, ERR_INVALID, "error.out_of_range", "port", NULL);
	if (!err && p->tls)
		err = check_choice(*p->tls, modes, "tls", e);
	if (!err && p->auth)
		err = check_choice(*p->auth, auths, "auth", e);
	if (!err && p->after)
		err = check_choice(*p->after, afters, "after", e);
	if (!err && p->username)
		err = check_line(a, *p->username, 1, 320, "username", &m->username, e);
	if (!err && p->folder)
		err = check_line(a, *p->folder, 1, 250, "folder", &m->folder, e);
	if (err)
		return err;
	if (p->inbox_id)
		m->inbox_id = *p->inbox_id;
	if (p->port)
		m->port = *p->port;
	if (p->tls)
		m->tls = *p->tls;
	if (p->auth)
		m->auth = *p->auth;
	if (p->oauth_id)
		m->oauth_id = *p->oauth_id;
	if (p->after)
		m->remove = str_is(*p->after, "delete");
	if (p->take_old)
		m->take_old = *p->take_old;
	if (p->active)
		m->active = *p->active;
	return ERR_OK;
}

enum err desk_mailbox_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, struct mailbox **out, size_t *n,
                           struct error *e)
{
	size_t all = 0, kept = 0;
	(void)d;
	*n = 0;
	enum err err = need(actor, e);
	if (!err)
		err = mailbox_list(a, tx, out, &all, e);
	for (size_t i = 0; !err && i < all; i++) {
		struct inbox box;
		err = inbox_get(a, tx, (*out)[i].inbox_id, &box, e);
		if (!err && actor_sees(actor, box.line_id, box.brand_id))
			(*out)[kept++] = (*out)[i];
	}
	*n = kept;
	return err;
}

enum err desk_mailbox_get(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t id, struct mailbox *out,
                          struct error *e)
{
	(void)d;
	struct inbox box;
	enum err err = need(actor, e);
	if (!err)
		err = mailbox_get(a, tx, id, out, e);
	if (!err)
		err = inbox_get(a, tx, out->inbox_id, &box, e);
	if (!err && !actor_sees(actor, box.line_id, box.brand_id))
		err = error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	return err;
}

enum err desk_mailbox_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, const struct desk_mailbox_patch *p,
                             struct mailbox *out, struct error *e)
{
	usec now = clock_now(d->clock);
	struct mailbox *list;
	size_t n = 0;
	*out = (struct mailbox){.tls = STR("tls"),
	                        .auth = STR("password"),
	                        .secret_box = STR(""),
	                        .folder = STR("INBOX"),
	                        .take_old = true,
	                        .active = true,
	                        .state = STR("new"),
	                        .error = STR(""),
	                        .error_arg = STR(""),
	                        .version = 1,
	                        .created_at = now};
	enum err err = need(actor, e);
	if (!err)
		err = check_given(p->inbox_id, "inbox_id", e);
	if (!err)
		err = check_given(p->host, "host", e);
	if (!err)
		err = check_given(p->username, "username", e);
	if (!err)
		err = apply(a, p, out, e);
	if (!err)
		err = check_inbox(a, tx, actor, out->inbox_id, e);
	if (!err)
		err = check_oauth(a, tx, out, e);
	if (!err)
		err = mailbox_list(a, tx, &list, &n, e);
	if (!err && n >= MAILBOXES_MOST)
		err = error_set(e, ERR_INVALID, "error.too_many", NULL, "500");
	if (!err)
		err = mailbox_insert(tx, out, now, &out->id, e);
	if (!err && p->password)
		err = seal(d, a, mailbox_secret_context(a, out->id), p->password, "password",
		           &out->secret_box, e);
	if (!err && p->password) {
		err = mailbox_update(tx, out, e);
		out->version++;
	}
	if (!err)
		people_admin_changed(tx, now, actor, "mailbox", out->id, "created");
	return err;
}

enum err desk_mailbox_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t id,
                            const struct desk_mailbox_patch *p, struct mailbox *out,
                            struct error *e)
{
	struct mailbox before = {0};
	static const str none = {"", 0};
	enum err err = desk_mailbox_get(d, a, tx, actor, id, &before, e);
	if (!err)
		err = fresh(p->version, before.version, e);
	*out = before;
	if (!err)
		err = apply(a, p, out, e);
	if (!err)
		err = check_inbox(a, tx, actor, out->inbox_id, e);
	if (!err)
		err = check_oauth(a, tx, out, e);
	if (err)
		return err;
	/* A password belongs to a server: another one must not be told it, nor the line to it. */
	bool other = !str_eq(before.host, out->host) || !str_eq(before.username, out->username);
	bool moved = other || before.port != out->port ||
	             (str_is(out->tls, "none") && !str_is(before.tls, "none"));
	err = seal(d, a, mailbox_secret_context(a, id),
	           p->password ? p->password
	           : moved     ? &none
	                       : NULL,
	           "password", &out->secret_box, e);
	if (before.uidvalidity && (other || !str_eq(before.folder, out->folder))) {
		out->uidvalidity = -1; /* no server's: visited before, to be read anew */
		out->last_uid = 0;
	}
	if (!err)
		err = mailbox_update(tx, out, e);
	if (err)
		return err;
	out->version++;
	out->state = STR("new");
	out->error = out->error_arg = STR("");
	out->error_at = 0;
	people_admin_changed(tx, clock_now(d->clock), actor, "mailbox", id, "changed");
	return ERR_OK;
}

enum err desk_mailbox_delete(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, int64_t id, struct error *e)
{
	struct mailbox m;
	enum err err = desk_mailbox_get(d, a, tx, actor, id, &m, e);
	if (!err)
		err = mailbox_delete(tx, id, e);
	if (!err)
		people_admin_changed(tx, clock_now(d->clock), actor, "mailbox", id, "deleted");
	return err;
}

/* ---- OAuth2 credentials ---- */

/* Names of servers by spaces or commas; in small letters, one space between. */
static enum err check_hosts(struct arena *a, str in, str *out, struct error *e)
{
	BUF_AUTO b;
	buf_init(&b, 8000);
	size_t n = 0;
	str low = str_lower_ascii(a, str_to_utf8(a, in));
	for (size_t i = 0, from = 0; i <= low.n; i++) {
		if (i < low.n && !strchr(" ,;\t\r\n", low.p[i]))
			continue;
		str one = str_sub(low, from, i);
		from = i + 1;
		if (!one.n)
			continue;
		if (one.n > 253 || strpbrk(str_z(a, one), "/@\"<>[]\\*"))
			return error_set(e, ERR_INVALID, "error.bad_host", "hosts", NULL);
		if (++n > HOSTS_MOST)
			return error_set(e, ERR_INVALID, "error.too_many_items", "hosts", "20");
		if (b.n)
			buf_addc(&b, ' ');
		buf_add(&b, one);
	}
	*out = str_dup(a, buf_str(&b));
	return n ? ERR_OK : error_set(e, ERR_INVALID, "error.required", "hosts", NULL);
}

/* Is there a server that was not named before? */
static bool hosts_grew(const struct oauth_credential *before, const struct oauth_credential *after)
{
	str rest = after->hosts, one;
	while (str_split(&rest, ' ', &one))
		if (!oauth_serves(before, one))
			return true;
	return false;
}

static enum err apply_oauth(struct arena *a, const struct desk_oauth_patch *p,
                            struct oauth_credential *o, struct error *e)
{
	enum err err = ERR_OK;
	if (p->name)
		err = check_line(a, *p->name, 1, 120, "name", &o->name, e);
	if (!err && p->token_url) {
		err = check_line(a, *p->token_url, 1, 500, "token_url", &o->token_url, e);
		/* http:// is for endpoints inside; who may ask those decides mail/oauth.h. */
		if (!err && ((!str_starts(o->token_url, STR("https://")) &&
		              !str_starts(o->token_url, STR("http://"))) ||
		             strpbrk(str_z(a, o->token_url), " \"<>\\@")))
			err = error_set(e, ERR_INVALID, "error.bad_address", "token_url", NULL);
	}
	if (!err && p->client_id)
		err = check_line(a, *p->client_id, 1, 500, "client_id", &o->client_id, e);
	if (!err && p->scope)
		err = check_line(a, *p->scope, 0, 1000, "scope", &o->scope, e);
	if (!err && p->hosts)
		err = check_hosts(a, *p->hosts, &o->hosts, e);
	return err;
}

static enum err seal_oauth(const struct desk *d, struct arena *a, const str *secret,
                           const str *refresh, struct oauth_credential *o, struct error *e)
{
	enum err err = seal(d, a, oauth_context(a, o->id, "secret"), secret, "client_secret",
	                    &o->client_secret_box, e);
	return err ? err
	           : seal(d, a, oauth_context(a, o->id, "refresh"), refresh, "refresh_token",
	                  &o->refresh_token_box, e);
}

enum err desk_oauth_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, struct oauth_credential **out, size_t *n,
                         struct error *e)
{
	(void)d;
	*n = 0;
	enum err err = need(actor, e);
	return err ? err : oauth_list(a, tx, out, n, e);
}

enum err desk_oauth_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, const struct desk_oauth_patch *p,
                           struct oauth_credential *out, struct error *e)
{
	usec now = clock_now(d->clock);
	*out = (struct oauth_credential){.scope = STR(""),
	                                 .client_secret_box = STR(""),
	                                 .refresh_token_box = STR(""),
	                                 .state = STR("new"),
	                                 .error = STR(""),
	                                 .version = 1};
	enum err err = need(actor, e);
	if (!err)
		err = check_given(p->name, "name", e);
	if (!err)
		err = check_given(p->token_url, "token_url", e);
	if (!err)
		err = check_given(p->client_id, "client_id", e);
	if (!err)
		err = check_given(p->refresh_token, "refresh_token", e);
	if (!err)
		err = check_given(p->hosts, "hosts", e);
	if (!err)
		err = apply_oauth(a, p, out, e);
	if (!err)
		err = oauth_insert(tx, out, now, &out->id, e);
	if (!err)
		err = seal_oauth(d, a, p->client_secret, p->refresh_token, out, e);
	if (!err)
		err = oauth_update(tx, out, e);
	if (err)
		return err;
	out->version++;
	people_admin_changed(tx, now, actor, "oauth_credential", out->id, "created");
	return ERR_OK;
}

enum err desk_oauth_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t id, const struct desk_oauth_patch *p,
                          struct oauth_credential *out, struct error *e)
{
	struct oauth_credential before = {0};
	static const str none = {"", 0};
	enum err err = need(actor, e);
	if (!err)
		err = oauth_get(a, tx, id, &before, e);
	if (!err)
		err = fresh(p->version, before.version, e);
	*out = before;
	if (!err)
		err = apply_oauth(a, p, out, e);
	/* Who may be shown the tokens was settled with the consent. */
	if (!err && !p->refresh_token && before.refresh_token_box.n && hosts_grew(&before, out))
		err = error_set(e, ERR_INVALID, "error.required", "refresh_token", NULL);
	/* Secrets belong to a provider: another one must not be told them. */
	bool other = !err && !str_eq(before.token_url, out->token_url);
	if (!err)
		err = seal_oauth(d, a,
		                 p->client_secret ? p->client_secret
		                 : other          ? &none
		                                  : NULL,
		                 p->refresh_token ? p->refresh_token
		                 : other          ? &none
		                                  : NULL,
		                 out, e);
	if (!err)
		err = oauth_update(tx, out, e);
	if (err)
		return err;
	out->version++;
	out->state = STR("new");
	out->error = STR("");
	out->error_at = out->expires_at = 0;
	people_admin_changed(tx, clock_now(d->clock), actor, "oauth_credential", id, "changed");
	return ERR_OK;
}

enum err desk_oauth_delete(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, int64_t id, struct error *e)
{
	struct oauth_credential o;
	struct mailbox *list;
	size_t n = 0;
	enum err err = need(actor, e);
	if (!err)
		err = oauth_get(a, tx, id, &o, e);
	if (!err)
		err = mailbox_list(a, tx, &list, &n, e);
	for (size_t i = 0; !err && i < n; i++)
		if (list[i].oauth_id == id)
			err = error_set(e, ERR_CONFLICT, "error.in_use", NULL, NULL);
	struct error why = {0};
	if (!err)
		err = oauth_delete(tx, id, &why);
	if (why.code == ERR_INVALID) /* a sender refers to it */
		return error_set(e, ERR_CONFLICT, "error.in_use", NULL, NULL);
	if (why.code && e)
		*e = why;
	if (!err)
		people_admin_changed(tx, clock_now(d->clock), actor, "oauth_credential", id,
		                     "deleted");
	return err;
}

enum err desk_mailbox_trouble(const struct desk *d, struct arena *a, struct db_conn *tx,
                              const struct actor *actor, int64_t *n, struct error *e)
{
	int64_t consent = 0;
	(void)d;
	(void)a;
	*n = 0;
	if (!actor_may(actor, RIGHT_ADMIN_INBOXES))
		return ERR_OK;
	enum err err = mailbox_count_bad(tx, n, e);
	if (!err)
		err = oauth_count_bad(tx, &consent, e);
	if (!err && *n < consent)
		*n = consent;
	return err;
}

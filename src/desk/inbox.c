/* inbox.c: mail addresses of ours. See admin.h. */
#include "desk/admin.h"
#include "desk/check.h"
#include "desk/people.h"
#include "desk/placeholder.h"
#include "desk/sender.h"
#include "text/addr.h"

static str password_context(struct arena *a, int64_t id)
{
	return str_printf(a, "inbox.%lld.smtp", (long long)id);
}

enum err desk_inbox_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, struct inbox **out, size_t *n, struct error *e)
{
	(void)d;
	size_t all = 0, kept = 0;
	bool admin = actor_may(actor, RIGHT_ADMIN_INBOXES);
	*n = 0;
	enum err err = actor_need(actor, RIGHT_TICKET_READ, e);
	if (!err)
		err = inbox_list(a, tx, out, &all, e);
	for (size_t i = 0; !err && i < all; i++) {
		struct inbox box = (*out)[i];
		if (!actor_sees(actor, box.line_id, box.brand_id))
			continue;
		if (!admin) {
			box.smtp_host = box.smtp_user = box.smtp_tls = STR("");
			box.smtp_password_box = STR("");
			box.smtp_port = 0;
			box.sender_id = 0;
		}
		(*out)[kept++] = box;
	}
	*n = kept;
	return err;
}

/* Brand and line exist, are in use, and the actor sees them. */
static enum err check_place(struct arena *a, struct db_conn *tx, const struct actor *actor,
                            const struct inbox *i, struct error *e)
{
	struct brand b;
	struct line l;
	enum err err = brand_get(a, tx, i->brand_id, &b, e);
	if (err == ERR_NOT_FOUND || (!err && !b.active))
		return error_set(e, ERR_INVALID, "error.no_such_reference", "brand_id", NULL);
	if (!err)
		err = line_get(a, tx, i->line_id, &l, e);
	if (err == ERR_NOT_FOUND || (!err && !l.active))
		return error_set(e, ERR_INVALID, "error.no_such_reference", "line_id", NULL);
	if (!err && !actor_sees(actor, i->line_id, i->brand_id))
		return error_set(e, ERR_INVALID, "error.no_such_reference", "line_id", NULL);
	/* A sender of another brand would speak in a foreign name. */
	struct sender s;
	if (!err && i->sender_id) {
		err = sender_get(a, tx, i->sender_id, &s, e);
		if (err == ERR_NOT_FOUND || (!err && s.brand_id != i->brand_id))
			return error_set(e, ERR_INVALID, "error.no_such_reference", "sender_id",
			                 NULL);
		if (!err && !sender_serves(&s, i->address))
			return error_set(e, ERR_INVALID, "error.sender_serves_not", "sender_id",
			                 str_z(a, email_domain(i->address)));
	}
	return err;
}

static enum err apply(struct arena *a, const struct desk_inbox_patch *p, struct inbox *i,
                      struct error *e)
{
	static const char *const modes[] = {"", "none", "starttls", "tls", NULL};
	static const char *const quotes[] = {"none", "last", "thread", NULL};
	enum err err = ERR_OK;
	str detail = STR_NONE;
	if (p->name)
		err = check_line(a, *p->name, 1, 120, "name", &i->name, e);
	if (!err && p->address) {
		err = check_email(a, *p->address, "address", &i->address, e);
		if (!err)
			i->address_norm = inbox_address_norm(a, i->address, &detail);
		/* What stands after "+" is ours: the signed reference to a ticket. */
		if (!err && detail.p)
			err = error_set(e, ERR_INVALID, "error.address_detail", "address", NULL);
	}
	if (!err && p->sender_name)
		err = check_line(a, *p->sender_name, 0, 120, "sender_name", &i->sender_name, e);
	if (!err && p->signature)
		err = check_text(a, *p->signature, 2000, "signature", &i->signature, e);
	if (!err && p->signature)
		err = placeholder_check(i->signature, "signature", e);
	if (!err && p->ack_en)
		err = check_text(a, *p->ack_en, 4000, "ack_en", &i->ack_en, e);
	if (!err && p->ack_en)
		err = placeholder_check(i->ack_en, "ack_en", e);
	if (!err && p->ack_ru)
		err = check_text(a, *p->ack_ru, 4000, "ack_ru", &i->ack_ru, e);
	if (!err && p->ack_ru)
		err = placeholder_check(i->ack_ru, "ack_ru", e);
	if (!err && p->quote) {
		err = check_choice(*p->quote, quotes, "quote", e);
		i->quote = *p->quote;
	}
	if (!err && p->hour_most) {
		if (*p->hour_most < 0 || *p->hour_most > 1000000)
			err = error_set(e, ERR_INVALID, "error.out_of_range", "hour_most", NULL);
		i->hour_most = *p->hour_most;
	}
	if (p->sender_id)
		i->sender_id = *p->sender_id;
	if (!err && p->smtp_host) {
		err = check_line(a, *p->smtp_host, 0, 253, "smtp_host", &i->smtp_host, e);
		if (!err && strpbrk(str_z(a, i->smtp_host), " \t/@\"<>"))
			err = error_set(e, ERR_INVALID, "error.bad_address", "smtp_host", NULL);
	}
	if (!err && p->smtp_port && (*p->smtp_port < 0 || *p->smtp_port > 65535))
		err = error_set(e, ERR_INVALID, "error.out_of_range", "smtp_port", NULL);
	if (!err && p->smtp_tls)
		err = check_choice(*p->smtp_tls, modes, "smtp_tls", e);
	if (!err && p->smtp_user)
		err = check_line(a, *p->smtp_user, 0, 320, "smtp_user", &i->smtp_user, e);
	if (err)
		return err;
	if (p->brand_id)
		i->brand_id = *p->brand_id;
	if (p->line_id)
		i->line_id = *p->line_id;
	if (p->smtp_port)
		i->smtp_port = *p->smtp_port;
	if (p->smtp_tls)
		i->smtp_tls = *p->smtp_tls;
	if (p->autoack)
		i->autoack = *p->autoack;
	if (p->active)
		i->active = *p->active;
	return ERR_OK;
}

static enum err set_password(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const str *password, struct inbox *i, struct error *e)
{
	if (!password)
		return ERR_OK;
	if (password->n > 1000)
		return error_set(e, ERR_INVALID, "error.too_long", "smtp_password", "1000");
	if (password->n && !d->key)
		return error_detail(e, ERR_INTERNAL, "no key file");
	i->smtp_password_box =
	    password->n ? secret_seal(a, d->key, password_context(a, i->id), *password) : STR("");
	return inbox_set_password(tx, i->id, i->smtp_password_box, e);
}

/* A password belongs to a server: another server must not be told the old one, nor the
 * line to it. */
static bool server_changed(const struct inbox *before, const struct inbox *after)
{
	return !str_eq(before->smtp_host, after->smtp_host) ||
	       !str_eq(before->smtp_user, after->smtp_user) ||
	       before->smtp_port != after->smtp_port ||
	       (str_is(after->smtp_tls, "none") && !str_is(before->smtp_tls, "none"));
}

enum err desk_inbox_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, const struct desk_inbox_patch *p,
                           struct inbox *out, struct error *e)
{
	usec now = clock_now(d->clock);
	*out = (struct inbox){.sender_name = STR(""),
	                      .signature = STR(""),
	                      .smtp_host = STR(""),
	                      .smtp_tls = STR(""),
	                      .smtp_user = STR(""),
	                      .quote = STR("last"),
	                      .ack_en = STR(""),
	                      .ack_ru = STR(""),
	                      .active = true,
	                      .version = 1};
	enum err err = actor_need(actor, RIGHT_ADMIN_INBOXES, e);
	if (!err)
		err = check_given(p->address, "address", e);
	if (!err)
		err = check_given(p->brand_id, "brand_id", e);
	if (!err)
		err = check_given(p->line_id, "line_id", e);
	if (!err)
		err = apply(a, p, out, e);
	if (!err && !out->name.n)
		out->name = out->address;
	if (!err)
		err = check_place(a, tx, actor, out, e);
	if (!err)
		err = inbox_insert(tx, out, now, &out->id, e);
	if (!err)
		err = set_password(d, a, tx, p->smtp_password, out, e);
	if (!err)
		people_admin_changed(tx, now, actor, "inbox", out->id, "created");
	return err;
}

enum err desk_inbox_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t id, const struct desk_inbox_patch *p,
                          struct inbox *out, struct error *e)
{
	struct inbox before = {0};
	enum err err = actor_need(actor, RIGHT_ADMIN_INBOXES, e);
	db_kept_clear(tx); /* another process may have changed it */
	if (!err)
		err = inbox_get(a, tx, id, &before, e);
	if (!err && !actor_sees(actor, before.line_id, before.brand_id))
		err = error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
	if (!err && p->version && *p->version != before.version)
		err = error_set(e, ERR_CONFLICT, "error.stale", "version", NULL);
	*out = before;
	if (!err)
		err = apply(a, p, out, e);
	if (!err)
		err = check_place(a, tx, actor, out, e);
	if (!err)
		err = inbox_update(tx, out, e);
	static const str none = {"", 0};
	if (!err)
		err = set_password(d, a, tx,
		                   p->smtp_password               ? p->smtp_password
		                   : server_changed(&before, out) ? &none
		                                                  : NULL,
		                   out, e);
	if (err)
		return err;
	out->version++;
	people_admin_changed(tx, clock_now(d->clock), actor, "inbox", id, "changed");
	/* What waited for the old limit may go by the new one. */
	return before.hour_most != out->hour_most ? held_wake(tx, clock_now(d->clock), e) : ERR_OK;
}

enum err desk_inbox_password(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct inbox *inbox, str *out, struct error *e)
{
	(void)tx;
	*out = STR_NONE;
	if (!inbox->smtp_password_box.n)
		return ERR_OK;
	if (!d->key ||
	    !secret_open(a, d->key, password_context(a, inbox->id), inbox->smtp_password_box, out))
		return secret_locked(e, "the SMTP password of inbox", inbox->id);
	return ERR_OK;
}

/* mailbox_test.c: to which mail servers secrets go: passwords and access tokens. */
#include "desk/admin.h"
#include "desk/mailbox.h"
#include "desk/sender.h"
#include "desk/ticket_testing.h"

static const str consent = {"refresh", 7}, auth = {"xoauth2", 7}, none = {"none", 4};

static struct world *house(enum db_engine engine, struct oauth_credential *o)
{
	static const struct secret_key key = {{3}};
	struct world *w = world_new(engine);
	str name = STR("Mail"), url = STR("https://login.test/token"), client = STR("client"),
	    hosts = STR(" IMAP.mail.test, smtp.mail.test ");
	struct desk_oauth_patch p = {
	    .name = &name, .token_url = &url, .client_id = &client, .refresh_token = &consent};
	w->desk.key = &key;
	world_begin(w);
	CHECK_REFUSED(desk_oauth_create(W(w, &w->admin), &p, o, &w->e), w, ERR_INVALID,
	              "error.required");
	p.hosts = &hosts;
	CHECK_OK(desk_oauth_create(W(w, &w->admin), &p, o, &w->e), &w->e);
	CHECK_STR(o->hosts, "imap.mail.test smtp.mail.test");
	return w;
}

DB_TEST(a_sender_uses_a_credential_with_its_servers_and_tls_only)
{
	struct oauth_credential o;
	struct sender s;
	struct world *w = house(engine, &o);
	int64_t none_such = o.id + 9;
	str evil = STR("evil.test"), host = STR("smtp.mail.test"), user = STR("u@mail.test");
	struct desk_sender_patch p = {.brand_id = &w->brand_one,
	                              .host = &evil,
	                              .username = &user,
	                              .auth = &auth,
	                              .oauth_credential_id = &o.id};
	CHECK_REFUSED(desk_sender_create(W(w, &w->admin), &p, &s, &w->e), w, ERR_INVALID,
	              "error.oauth_host");
	p.host = &host;
	p.tls = &none;
	CHECK_REFUSED(desk_sender_create(W(w, &w->admin), &p, &s, &w->e), w, ERR_INVALID,
	              "error.oauth_needs_tls");
	p.tls = NULL;
	p.oauth_credential_id = &none_such;
	CHECK_REFUSED(desk_sender_create(W(w, &w->admin), &p, &s, &w->e), w, ERR_INVALID,
	              "error.no_such_reference");
	p.oauth_credential_id = &o.id;
	CHECK_OK(desk_sender_create(W(w, &w->admin), &p, &s, &w->e), &w->e);
	p = (struct desk_sender_patch){.host = &evil};
	CHECK_REFUSED(desk_sender_patch(W(w, &w->admin), s.id, &p, &s, &w->e), w, ERR_INVALID,
	              "error.oauth_host");
	p = (struct desk_sender_patch){.tls = &none};
	CHECK_REFUSED(desk_sender_patch(W(w, &w->admin), s.id, &p, &s, &w->e), w, ERR_INVALID,
	              "error.oauth_needs_tls");
	world_commit(w);
	world_begin(w);
	CHECK_REFUSED(desk_oauth_delete(W(w, &w->admin), o.id, &w->e), w, ERR_CONFLICT,
	              "error.in_use");
	world_rollback(w);
	CHECK_INT(world_int(w, "SELECT count(*) FROM oauth_credential WHERE id = $1", o.id), 1);
	world_free(w);
}

DB_TEST(a_mailbox_uses_a_credential_with_its_servers_and_tls_only)
{
	struct oauth_credential o;
	struct mailbox m;
	struct world *w = house(engine, &o);
	str evil = STR("evil.test"), host = STR("imap.mail.test"), user = STR("u@mail.test");
	struct desk_mailbox_patch p = {.inbox_id = &w->inbox_one,
	                               .host = &evil,
	                               .username = &user,
	                               .auth = &auth,
	                               .oauth_id = &o.id};
	CHECK_REFUSED(desk_mailbox_create(W(w, &w->admin), &p, &m, &w->e), w, ERR_INVALID,
	              "error.oauth_host");
	p.host = &host;
	p.tls = &none;
	CHECK_REFUSED(desk_mailbox_create(W(w, &w->admin), &p, &m, &w->e), w, ERR_INVALID,
	              "error.oauth_needs_tls");
	p.tls = NULL;
	CHECK_OK(desk_mailbox_create(W(w, &w->admin), &p, &m, &w->e), &w->e);
	p = (struct desk_mailbox_patch){.host = &evil};
	CHECK_REFUSED(desk_mailbox_patch(W(w, &w->admin), m.id, &p, &m, &w->e), w, ERR_INVALID,
	              "error.oauth_host");
	world_commit(w);
	world_free(w);
}

DB_TEST(a_server_is_added_to_a_credential_only_with_the_consent)
{
	struct oauth_credential o;
	struct world *w = house(engine, &o);
	str more = STR("imap.mail.test evil.test"), fewer = STR("imap.mail.test"),
	    bad = STR("https://mail.test/"), empty = STR(" , ");
	struct desk_oauth_patch p = {.hosts = &more};
	CHECK_REFUSED(desk_oauth_patch(W(w, &w->admin), o.id, &p, &o, &w->e), w, ERR_INVALID,
	              "error.required");
	p.hosts = &bad;
	CHECK_REFUSED(desk_oauth_patch(W(w, &w->admin), o.id, &p, &o, &w->e), w, ERR_INVALID,
	              "error.bad_host");
	p.hosts = &empty;
	CHECK_REFUSED(desk_oauth_patch(W(w, &w->admin), o.id, &p, &o, &w->e), w, ERR_INVALID,
	              "error.required");
	p.hosts = &fewer;
	CHECK_OK(desk_oauth_patch(W(w, &w->admin), o.id, &p, &o, &w->e), &w->e);
	p.hosts = &more;
	p.refresh_token = &consent;
	CHECK_OK(desk_oauth_patch(W(w, &w->admin), o.id, &p, &o, &w->e), &w->e);
	CHECK_STR(o.hosts, "imap.mail.test evil.test");
	world_commit(w);
	world_free(w);
}

DB_TEST(a_password_does_not_survive_another_port_or_the_end_of_tls)
{
	struct oauth_credential o;
	struct mailbox m;
	struct sender s;
	struct inbox box;
	struct world *w = house(engine, &o);
	int64_t port = 2525;
	str host = STR("mail.test"), user = STR("u"), secret = STR("secret"), tls = STR("starttls");
	struct desk_mailbox_patch mp = {
	    .inbox_id = &w->inbox_one, .host = &host, .username = &user, .password = &secret};
	struct desk_sender_patch sp = {
	    .brand_id = &w->brand_one, .host = &host, .username = &user, .password = &secret};
	struct desk_inbox_patch ip = {
	    .smtp_host = &host, .smtp_user = &user, .smtp_tls = &tls, .smtp_password = &secret};
	CHECK_OK(desk_mailbox_create(W(w, &w->admin), &mp, &m, &w->e), &w->e);
	CHECK_OK(desk_sender_create(W(w, &w->admin), &sp, &s, &w->e), &w->e);
	CHECK_OK(desk_inbox_patch(W(w, &w->admin), w->inbox_one, &ip, &box, &w->e), &w->e);
	for (int i = 0; i < 2; i++) {
		struct desk_mailbox_patch m2 = {.port = i ? NULL : &port, .tls = i ? &none : NULL};
		struct desk_sender_patch s2 = {.port = i ? NULL : &port, .tls = i ? &none : NULL};
		struct desk_inbox_patch i2 = {.smtp_port = i ? NULL : &port,
		                              .smtp_tls = i ? &none : NULL};
		CHECK(m.secret_box.n > 0 && s.password_box.n > 0 && box.smtp_password_box.n > 0);
		CHECK_OK(desk_mailbox_patch(W(w, &w->admin), m.id, &m2, &m, &w->e), &w->e);
		CHECK_OK(desk_sender_patch(W(w, &w->admin), s.id, &s2, &s, &w->e), &w->e);
		CHECK_OK(desk_inbox_patch(W(w, &w->admin), w->inbox_one, &i2, &box, &w->e), &w->e);
		CHECK(!m.secret_box.n && !s.password_box.n && !box.smtp_password_box.n);
		m2 = (struct desk_mailbox_patch){.password = &secret};
		s2 = (struct desk_sender_patch){.password = &secret};
		i2 = (struct desk_inbox_patch){.smtp_password = &secret};
		CHECK_OK(desk_mailbox_patch(W(w, &w->admin), m.id, &m2, &m, &w->e), &w->e);
		CHECK_OK(desk_sender_patch(W(w, &w->admin), s.id, &s2, &s, &w->e), &w->e);
		CHECK_OK(desk_inbox_patch(W(w, &w->admin), w->inbox_one, &i2, &box, &w->e), &w->e);
	}
	world_commit(w);
	world_free(w);
}

/* address_token_test.c: only what we signed leads into a thread. */
#include "base/test.h"
#include "mail/address_token.h"

TEST(message_id_leads_back_to_its_thread)
{
	ARENA_AUTO a = arena_new();
	struct mail_token t = {12345, 0}, got;
	str id = mail_token_message_id(a, STR("secret"), t, STR("shop.test"));
	CHECK(mail_token_of_message_id(STR("secret"), id, &got));
	CHECK(got.ticket_id == 12345 && got.thread_id == 0);
	str upper = str_printf(a, " <T%.*s> ", STR_FMT(str_from(id, 1)));
	CHECK(mail_token_of_message_id(STR("secret"), upper, &got));
	CHECK(!mail_token_of_message_id(STR("other"), id, &got));
	CHECK(!str_eq(id, mail_token_message_id(a, STR("secret"), t, STR("shop.test"))));
}

TEST(reply_address_leads_back_to_its_thread)
{
	ARENA_AUTO a = arena_new();
	struct mail_token t = {INT64_MAX, 36}, got;
	str address = mail_token_address(a, STR("secret"), t, STR("help@shop.test"), STR(""));
	CHECK(str_starts(address, STR("help+t")) && str_ends(address, STR("@shop.test")));
	CHECK(mail_token_of_address(STR("secret"), address, STR(""), &got));
	CHECK(got.ticket_id == INT64_MAX && got.thread_id == 36);
	CHECK(!mail_token_of_address(STR("other"), address, STR(""), &got));
	CHECK(!mail_token_of_address(STR("secret"), STR("help@shop.test"), STR(""), &got));
}

TEST(no_changed_token_is_taken)
{
	ARENA_AUTO a = arena_new();
	struct mail_token got;
	str id = mail_token_message_id(a, STR("s"), (struct mail_token){7, 8}, STR("d"));
	str address =
	    mail_token_address(a, STR("s"), (struct mail_token){7, 8}, STR("x@d"), STR(""));
	for (size_t i = 0; i < id.n - 2; i++) {
		char *p = str_z(a, id);
		p[i] = p[i] == 'x' ? 'y' : 'x';
		CHECK(!mail_token_of_message_id(STR("s"), str_n(p, id.n), &got));
	}
	for (size_t i = 1; i < address.n - 2; i++) {
		char *p = str_z(a, address);
		p[i] = p[i] == 'x' ? 'y' : 'x';
		CHECK(!mail_token_of_address(STR("s"), str_n(p, address.n), STR(""), &got));
	}
	/* A token for one purpose is none for the other. */
	str token = str_sub(address, 3, address.n - 2);
	CHECK(!mail_token_of_message_id(STR("s"), str_printf(a, "t.%.*s@d", STR_FMT(token)), &got));
}

TEST(another_delimiter_is_looked_at_from_the_end)
{
	ARENA_AUTO a = arena_new();
	struct mail_token t = {7, 2}, got;
	str address = mail_token_address(a, STR("s"), t, STR("help-desk@d.test"), STR("-"));
	CHECK(str_starts(address, STR("help-desk-t7.2.")));
	CHECK(mail_token_of_address(STR("s"), address, STR("-"), &got));
	CHECK(got.ticket_id == 7 && got.thread_id == 2);
	CHECK(!mail_token_of_address(STR("s"), address, STR("+"), &got));
	CHECK(!mail_token_of_address(STR("s"), STR("-@d"), STR("-"), &got));
	CHECK(!mail_token_of_address(STR("s"), STR("no address"), STR("-"), &got));
}

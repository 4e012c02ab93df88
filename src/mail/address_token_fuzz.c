/* address_token_fuzz.c: no bytes of a stranger's make a token, and ours survives what mail
 * programs do to it. */
#include <assert.h>

#include "mail/address_token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA_AUTO a = arena_new();
	struct mail_token got, t = {0};
	str in = str_n((const char *)data, size);
	assert(!mail_token_of_message_id(STR("secret"), in, &got));
	assert(!mail_token_of_address(STR("secret"), in, STR("+"), &got));
	assert(!mail_token_of_address(STR("secret"), in, STR("-"), &got));
	if (size < 16)
		return 0;
	memcpy(&t.ticket_id, data, 8);
	memcpy(&t.thread_id, data + 8, 8);
	t.ticket_id = (t.ticket_id & INT64_MAX) | 1;
	t.thread_id &= INT64_MAX;
	str id = mail_token_message_id(a, STR("secret"), t, STR("d.test"));
	assert(mail_token_of_message_id(STR("secret"), id, &got));
	assert(got.ticket_id == t.ticket_id && got.thread_id == t.thread_id);
	str address = mail_token_address(a, STR("secret"), t, STR("help@d.test"), STR("+"));
	assert(mail_token_of_address(STR("secret"), address, STR("+"), &got));
	assert(got.ticket_id == t.ticket_id && got.thread_id == t.thread_id);
	return 0;
}

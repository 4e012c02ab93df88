/* verdict_test.c: whose word about spam counts. */
#include "mail/verdict.h"

#include "base/test.h"

#define OURS                                                                                       \
	"Received: from mail.client.test (by [1.2.3.4])\r\n\tby mx.shop.test (Postfix) with "      \
	"ESMTP "                                                                                   \
	"id 1; date\r\n"
#define FOREIGN "Received: from pc by mx.shop.test.evil.test with SMTP\r\n"

static bool spam(struct arena *a, const char *fields, const char *server, int64_t most)
{
	struct mime_message *m;
	CHECK_OK(mime_parse(a, str_printf(a, "%sFrom: x@y.test\r\n\r\ntext\r\n", fields), NULL, &m,
	                    NULL),
	         NULL);
	return verdict_of(a, m, str_of(server), most).spam;
}

TEST(verdicts_of_our_server_count)
{
	ARENA_AUTO a = arena_new();
	static const char *const good[] = {
	    "X-Spam-Flag: YES\r\n" OURS, OURS "X-Spam-Flag: yes\r\n",
	    OURS OURS "X-Spam-Status: Yes, score=15.3 required=5.0\r\n\ttests=A\r\n",
	    OURS "X-Spam: Yes\r\n",
	    OURS "X-Spamd-Result: default: True [15.30 / 15.00];\r\n\tA(1)\r\n",
	    OURS "X-Rspamd-Server: a\r\nX-Rspamd-Action: add header\r\n",
	    OURS "X-Spam-Score: 7.5\r\n", OURS "X-Rspamd-Score: 7.51 / 15\r\n",
	    /* a "No" of whoever sent it hides nothing */
	    OURS "X-Spam-Flag: YES\r\n" FOREIGN "X-Spam-Flag: NO\r\n"};
	for (size_t i = 0; i < COUNT_OF(good); i++)
		CHECK(spam(a, good[i], "mx.shop.test", 750));
	static const char *const bad[] = {
	    "",
	    OURS,
	    "X-Spam-Flag: YES\r\n", /* none of our Received: nobody's */
	    OURS FOREIGN "X-Spam-Flag: YES\r\n",
	    FOREIGN "X-Spam-Flag: YES\r\n" OURS,
	    OURS "Subject: x\r\nX-Spam-Flag: YES\r\n",
	    OURS "X-Spam-Flag: NO\r\n",
	    OURS "X-Spam-Status: No, score=-1.0\r\n",
	    OURS "X-Spamd-Result: default: False [15.30 / 15.00]\r\n",
	    OURS "X-Rspamd-Action: greylist\r\n",
	    OURS "X-Spam-Score: 7.49\r\n",
	    OURS "X-Spam-Score: -75\r\n",
	    OURS "X-Spam-Score: lots\r\n"};
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		CHECK(!spam(a, bad[i], "mx.shop.test", 750));
	CHECK(!spam(a, OURS "X-Spam-Flag: YES\r\n", "", 750));
	CHECK(!spam(a, OURS "X-Spam-Flag: YES\r\n", "mx.shop", 750));
	CHECK(!spam(a, OURS "X-Spam-Score: 99\r\n", "mx.shop.test", 0));
}

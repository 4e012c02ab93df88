/* fault_test.c: what servers say, and what a person should do about it. */
#include "mime/fault.h"

#include "base/test.h"

TEST(faults_of_what_servers_say)
{
	static const struct {
		int code;
		const char *status, *answer, *want;
	} cases[] = {
	    {550, "5.1.1",
	     "<ivan@gmail.com>: The email account that you tried to reach does not exist",
	     "no_address"},
	    {550, "5.1.1", "User unknown in virtual mailbox table", "no_address"},
	    {550, "", "No such user!", "no_address"},
	    {552, "5.2.2", "The email account that you tried to reach is over quota", "full"},
	    {452, "4.2.2", "mailbox full", "full"},
	    {550, "5.1.1", "rejected: your host is listed at zen.spamhaus.org", "blocked"},
	    {554, "5.7.1", "Message rejected under suspicion of SPAM", "blocked"},
	    {550, "5.7.26", "This mail is unauthenticated", "blocked"},
	    {550, "5.7.1", "Relay access denied", "blocked"},
	    {552, "5.3.4", "Message size exceeds fixed limit", "too_large"},
	    {552, "", "message too large", "too_large"},
	    {0, "5.1.2", "Host or domain name not found", "no_domain"},
	    {0, "5.4.4", "Unable to look up example.invalid", "no_domain"},
	    {556, "5.1.10", "Recipient address has null MX", "no_domain"},
	    {550, "5.2.1", "The email account is disabled", "disabled"},
	    {450, "4.2.0", "Recipient address rejected: Greylisted, see http://x", "later"},
	    {451, "", "Temporary local problem", "later"},
	    {554, "", "please try again later", "blocked"},
	    {0, "4.4.1", "connect to mx.example.org: Connection timed out", "unreachable"},
	    {0, "", "Couldn't connect to server", "unreachable"},
	    {535, "5.7.8", "Username and Password not accepted", "sign_in"},
	    {0, "", "", "other"},
	    {500, "5.5.1", "odd", "other"},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		enum mime_fault f =
		    mime_fault_of(cases[i].code, str_of(cases[i].status), str_of(cases[i].answer));
		if (strcmp(mime_fault_name(f), cases[i].want) != 0)
			test_fail(__FILE__, __LINE__, "%d %s %s: %s, not %s", cases[i].code,
			          cases[i].status, cases[i].answer, mime_fault_name(f),
			          cases[i].want);
	}
}

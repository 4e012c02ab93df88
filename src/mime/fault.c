/* fault.c: see fault.h. What servers say is data: phrases of Postfix, Exim, Sendmail, Exchange,
 * Gmail, Yandex, mail.ru, Outlook.com, in lower case. */
#include "mime/fault.h"

#include <assert.h>

#include "base/base.h"

static const char *const NAMES[MIME_FAULT_COUNT] = {
    "other",   "no_address", "no_domain", "full",        "disabled",
    "blocked", "too_large",  "later",     "unreachable", "sign_in"};

const char *mime_fault_name(enum mime_fault f)
{
	assert((unsigned)f < MIME_FAULT_COUNT);
	return NAMES[f];
}

/* In the order in which they are looked for: a message about spam may speak of users too. */
static const struct {
	const char *words;
	enum mime_fault fault;
} phrases[] = {
    {"greylist", MIME_FAULT_LATER},
    {"graylist", MIME_FAULT_LATER},
    {"grey list", MIME_FAULT_LATER},
    {"try again later", MIME_FAULT_LATER},
    {"try later", MIME_FAULT_LATER},
    {"temporarily deferred", MIME_FAULT_LATER},
    {"over quota", MIME_FAULT_FULL},
    {"overquota", MIME_FAULT_FULL},
    {"quota exceeded", MIME_FAULT_FULL},
    {"exceeded storage", MIME_FAULT_FULL},
    {"out of storage", MIME_FAULT_FULL},
    {"mailbox full", MIME_FAULT_FULL},
    {"mailbox is full", MIME_FAULT_FULL},
    {"mailbox size limit", MIME_FAULT_FULL},
    {"inbox is full", MIME_FAULT_FULL},
    {"insufficient system storage", MIME_FAULT_FULL},
    {"message too large", MIME_FAULT_TOO_LARGE},
    {"message size exceeds", MIME_FAULT_TOO_LARGE},
    {"size limit", MIME_FAULT_TOO_LARGE},
    {"too big", MIME_FAULT_TOO_LARGE},
    {"exceeds size", MIME_FAULT_TOO_LARGE},
    {"exceeded the maximum", MIME_FAULT_TOO_LARGE},
    {"authentication required", MIME_FAULT_SIGN_IN},
    {"authentication failed", MIME_FAULT_SIGN_IN},
    {"authentication unsuccessful", MIME_FAULT_SIGN_IN},
    {"username and password not accepted", MIME_FAULT_SIGN_IN},
    {"login denied", MIME_FAULT_SIGN_IN},
    {"invalid credentials", MIME_FAULT_SIGN_IN},
    {"spam", MIME_FAULT_BLOCKED},
    {"blacklist", MIME_FAULT_BLOCKED},
    {"blocklist", MIME_FAULT_BLOCKED},
    {"block list", MIME_FAULT_BLOCKED},
    {"blocked", MIME_FAULT_BLOCKED},
    {"listed at", MIME_FAULT_BLOCKED},
    {"listed by", MIME_FAULT_BLOCKED},
    {"spamhaus", MIME_FAULT_BLOCKED},
    {"reputation", MIME_FAULT_BLOCKED},
    {"dmarc", MIME_FAULT_BLOCKED},
    {"spf", MIME_FAULT_BLOCKED},
    {"dkim", MIME_FAULT_BLOCKED},
    {"relay access denied", MIME_FAULT_BLOCKED},
    {"relaying denied", MIME_FAULT_BLOCKED},
    {"not permitted to relay", MIME_FAULT_BLOCKED},
    {"policy", MIME_FAULT_BLOCKED},
    {"content rejected", MIME_FAULT_BLOCKED},
    {"prohibited", MIME_FAULT_BLOCKED},
    {"account disabled", MIME_FAULT_DISABLED},
    {"account is disabled", MIME_FAULT_DISABLED},
    {"account has been disabled", MIME_FAULT_DISABLED},
    {"mailbox disabled", MIME_FAULT_DISABLED},
    {"mailbox is disabled", MIME_FAULT_DISABLED},
    {"mailbox is inactive", MIME_FAULT_DISABLED},
    {"account is inactive", MIME_FAULT_DISABLED},
    {"deactivated", MIME_FAULT_DISABLED},
    {"is suspended", MIME_FAULT_DISABLED},
    {"host or domain name not found", MIME_FAULT_NO_DOMAIN},
    {"domain not found", MIME_FAULT_NO_DOMAIN},
    {"name service error", MIME_FAULT_NO_DOMAIN},
    {"unrouteable address", MIME_FAULT_NO_DOMAIN},
    {"unroutable address", MIME_FAULT_NO_DOMAIN},
    {"no such domain", MIME_FAULT_NO_DOMAIN},
    {"domain does not exist", MIME_FAULT_NO_DOMAIN},
    {"domain of recipient", MIME_FAULT_NO_DOMAIN},
    {"nullmx", MIME_FAULT_NO_DOMAIN},
    {"null mx", MIME_FAULT_NO_DOMAIN},
    {"does not accept mail", MIME_FAULT_NO_DOMAIN},
    {"could not resolve host", MIME_FAULT_UNREACHABLE},
    {"user unknown", MIME_FAULT_NO_ADDRESS},
    {"unknown user", MIME_FAULT_NO_ADDRESS},
    {"no such user", MIME_FAULT_NO_ADDRESS},
    {"no such recipient", MIME_FAULT_NO_ADDRESS},
    {"no such mailbox", MIME_FAULT_NO_ADDRESS},
    {"no mailbox", MIME_FAULT_NO_ADDRESS},
    {"does not exist", MIME_FAULT_NO_ADDRESS},
    {"doesn't exist", MIME_FAULT_NO_ADDRESS},
    {"not a valid mailbox", MIME_FAULT_NO_ADDRESS},
    {"invalid mailbox", MIME_FAULT_NO_ADDRESS},
    {"invalid recipient", MIME_FAULT_NO_ADDRESS},
    {"invalid address", MIME_FAULT_NO_ADDRESS},
    {"recipient address rejected", MIME_FAULT_NO_ADDRESS},
    {"recipient not found", MIME_FAULT_NO_ADDRESS},
    {"user not found", MIME_FAULT_NO_ADDRESS},
    {"address unknown", MIME_FAULT_NO_ADDRESS},
    {"unknown address", MIME_FAULT_NO_ADDRESS},
    {"mailbox unavailable", MIME_FAULT_NO_ADDRESS},
    {"нет такого", MIME_FAULT_NO_ADDRESS},
    {"connection timed out", MIME_FAULT_UNREACHABLE},
    {"connection refused", MIME_FAULT_UNREACHABLE},
    {"no route to host", MIME_FAULT_UNREACHABLE},
    {"network is unreachable", MIME_FAULT_UNREACHABLE},
    {"lost connection", MIME_FAULT_UNREACHABLE},
    {"couldn't connect", MIME_FAULT_UNREACHABLE},
    {"could not connect", MIME_FAULT_UNREACHABLE},
    {"timeout was reached", MIME_FAULT_UNREACHABLE},
};

/* Enhanced status without its class, where it says enough by itself. */
static const struct {
	const char *status;
	enum mime_fault fault;
} statuses[] = {
    {"1.1", MIME_FAULT_NO_ADDRESS},  {"1.2", MIME_FAULT_NO_DOMAIN},
    {"1.3", MIME_FAULT_NO_ADDRESS},  {"1.6", MIME_FAULT_NO_ADDRESS},
    {"1.10", MIME_FAULT_NO_DOMAIN},  {"2.1", MIME_FAULT_DISABLED},
    {"2.2", MIME_FAULT_FULL},        {"2.3", MIME_FAULT_TOO_LARGE},
    {"3.1", MIME_FAULT_FULL},        {"3.4", MIME_FAULT_TOO_LARGE},
    {"4.1", MIME_FAULT_UNREACHABLE}, {"4.2", MIME_FAULT_UNREACHABLE},
    {"4.4", MIME_FAULT_NO_DOMAIN},   {"4.7", MIME_FAULT_UNREACHABLE},
    {"7.1", MIME_FAULT_BLOCKED},     {"7.8", MIME_FAULT_SIGN_IN},
};

static enum mime_fault by_status(str status)
{
	str rest = status.n > 2 ? str_from(status, 2) : STR_NONE;
	for (size_t i = 0; i < COUNT_OF(statuses); i++)
		if (str_eq(rest, str_of(statuses[i].status)))
			return statuses[i].fault;
	/* 5.7.9, 5.7.26 ...: all of them are policy. */
	return str_starts(rest, STR("7.")) && !str_is(rest, "7.0") ? MIME_FAULT_BLOCKED
	                                                           : MIME_FAULT_OTHER;
}

static enum mime_fault by_words(str answer)
{
	answer = str_sub(answer, 0, 2000);
	for (size_t i = 0; i < COUNT_OF(phrases); i++)
		if (str_find_nocase(answer, str_of(phrases[i].words)) >= 0)
			return phrases[i].fault;
	return MIME_FAULT_OTHER;
}

static enum mime_fault by_code(int code)
{
	switch (code) {
	case 450:
	case 451:
	case 421:
		return MIME_FAULT_LATER;
	case 452:
	case 552:
		return MIME_FAULT_FULL;
	case 550:
	case 551:
	case 553:
		return MIME_FAULT_NO_ADDRESS;
	case 535:
	case 530:
		return MIME_FAULT_SIGN_IN;
	case 554:
		return MIME_FAULT_BLOCKED;
	default:
		return MIME_FAULT_OTHER;
	}
}

enum mime_fault mime_fault_of(int code, str status, str answer)
{
	enum mime_fault said = by_status(status), words = by_words(answer);
	bool passing = code ? code < 500 : status.n && status.p[0] == '4';
	/* A 5xx that asks to try later is over all the same. */
	if (words == MIME_FAULT_LATER && !passing)
		words = MIME_FAULT_OTHER;
	/* 5.1.1 is said for blocked senders too; what the words say of that is worth more. */
	if (said == MIME_FAULT_NO_ADDRESS && words != MIME_FAULT_BLOCKED &&
	    words != MIME_FAULT_FULL && words != MIME_FAULT_DISABLED)
		return said;
	if (said != MIME_FAULT_OTHER && said != MIME_FAULT_BLOCKED && said != MIME_FAULT_NO_ADDRESS)
		return said;
	if (words != MIME_FAULT_OTHER)
		return words;
	return said != MIME_FAULT_OTHER ? said : by_code(code);
}

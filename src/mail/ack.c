/* ack.c: see ack.h. */
#include "mail/ack.h"

#include "desk/placeholder.h"
#include "text/message.h"

#define LETTERS_FEW 4

enum lang mail_ack_language(str subject, str text, enum lang otherwise)
{
	str parts[] = {subject, str_sub(text, 0, 4000)};
	size_t latin = 0, cyrillic = 0;
	for (size_t k = 0; k < COUNT_OF(parts); k++)
		for (size_t i = 0; i < parts[k].n; i++) {
			unsigned char c = (unsigned char)parts[k].p[i];
			latin += (c | 32) >= 'a' && (c | 32) <= 'z';
			cyrillic += c == 0xD0 || c == 0xD1; /* the lead bytes of Russian letters */
		}
	if (latin + cyrillic < LETTERS_FEW)
		return otherwise;
	/* Names and addresses in a Russian letter are Latin; the other way round they are not. */
	return cyrillic * 3 >= latin ? LANG_RU : LANG_EN;
}

bool mail_ack_never_to(str address)
{
	static const char *const locals[] = {
	    "noreply",      "no-reply",     "no_reply",  "no.reply",   "donotreply",
	    "do-not-reply", "do_not_reply", "dontreply", "nereply",    "mailer-daemon",
	    "mailerdaemon", "postmaster",   "bounce",    "bounces",    "listserv",
	    "majordomo",    "daemon",       "autoreply", "auto-reply", "notifications",
	    "notification"};
	ptrdiff_t at = str_rchr(address, '@');
	str local = at < 0 ? address : str_sub(address, 0, (size_t)at);
	for (size_t i = 0; i < COUNT_OF(locals); i++) {
		str l = str_of(locals[i]);
		/* "noreply+7@", "bounces-list@": RFC 3834 2 names the last ones. */
		if (str_starts_nocase(local, l) &&
		    (local.n == l.n || strchr("+-._=", local.p[l.n])))
			return true;
	}
	return str_starts_nocase(local, STR("owner-")) || str_ends(local, STR("-request")) ||
	       str_ends(local, STR("-noreply")) || str_ends(local, STR("-owner"));
}

str mail_ack_number(struct arena *a, enum lang lang, int64_t ticket_id)
{
	return message_format(
	    a, lang, STR("mail.number"),
	    MESSAGE_ARGS(MESSAGE_STR("number", str_printf(a, "%lld", (long long)ticket_id))));
}

static str usual(struct arena *a, enum lang lang, str name, int64_t ticket_id)
{
	str reference = mail_ack_number(a, lang, ticket_id);
	str hello = name.n
	                ? message_format(a, lang, STR("mail.ack.greeting"),
	                                 MESSAGE_ARGS(MESSAGE_STR("name", name)))
	                : message_format(a, lang, STR("mail.ack.greeting_none"), MESSAGE_NO_ARGS);
	str text = message_format(a, lang, STR("mail.ack.text"),
	                          MESSAGE_ARGS(MESSAGE_STR("reference", reference)));
	str add = message_format(a, lang, STR("mail.ack.add"), MESSAGE_NO_ARGS);
	return str_printf(a, "%.*s\n\n%.*s\n\n%.*s", STR_FMT(hello), STR_FMT(text), STR_FMT(add));
}

str mail_ack_text(struct arena *a, const struct inbox *box, enum lang lang, str name, str subject,
                  int64_t ticket_id)
{
	str own = str_trim(lang == LANG_RU ? box->ack_ru : box->ack_en), out;
	if (!own.n)
		return usual(a, lang, name, ticket_id);
	str values[PLACEHOLDER_COUNT] = {
	    [PLACEHOLDER_BRAND_NAME] = box->brand_name,
	    [PLACEHOLDER_INBOX_NAME] = box->name,
	    [PLACEHOLDER_INBOX_ADDRESS] = box->address,
	    [PLACEHOLDER_CONTACT_NAME] = name,
	    [PLACEHOLDER_CONTACT_FIRST_NAME] = placeholder_first_name(name),
	    [PLACEHOLDER_TICKET_ID] = str_printf(a, "%lld", (long long)ticket_id),
	    [PLACEHOLDER_TICKET_SUBJECT] = subject,
	};
	if (placeholder_fill(a, own, values, "ack", &out, NULL))
		return usual(a, lang, name, ticket_id);
	return out;
}

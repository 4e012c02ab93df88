/* auto.c: mail that no person wrote (RFC 3834).
 *
 * The phrases by which programs without standards announce themselves are tables. */
#include "mime/internal.h"

static const char *const auto_subjects[] = {
    "automatic reply",
    "auto reply",
    "autoreply",
    "auto-reply",
    "auto response",
    "autoresponse",
    "out of office",
    "out of the office",
    "on vacation",
    "vacation reply",
    "автоматический ответ",
    "автоответ",
    "нет на рабочем месте",
    "вне офиса",
    "автоматична відповідь",
    "automatische antwort",
    "abwesenheitsnotiz",
    "abwesend",
    "réponse automatique",
    "respuesta automática",
};

static const char *const bounce_senders[] = {"mailer-daemon", "mailerdaemon", "mail-daemon",
                                             "mdaemon",       "postmaster",   "mail.daemon",
                                             "mail.delivery", "mailsystem",   "mail-delivery"};

/* Cyrillic capitals are folded too: the tables are lower case. */
str mime_fold(struct arena *a, str s)
{
	char *out = arena_alloc(a, s.n + 1);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		unsigned char next = i + 1 < s.n ? (unsigned char)s.p[i + 1] : 0;
		out[i] = s.p[i];
		if (c >= 'A' && c <= 'Z') {
			out[i] = (char)(c + 32);
		} else if (c == 0xD0 && next >= 0x90 && next <= 0xAF) { /* А..Я */
			bool second = next >= 0xA0;
			out[i] = second ? '\xD1' : '\xD0';
			out[i + 1] = (char)(second ? next - 0x20 : next + 0x20);
			i++;
		}
	}
	return str_n(out, s.n);
}

bool mime_auto_subject(str folded)
{
	for (size_t i = 0; i < COUNT_OF(auto_subjects); i++)
		if (str_starts(folded, str_of(auto_subjects[i])))
			return true;
	return false;
}

static str keyword(struct arena *a, const struct mime_message *m, const char *name)
{
	str v = str_lower_ascii(a, str_trim(mime_header(a, m, name)));
	size_t n = 0;
	while (n < v.n && !strchr("; (\t", v.p[n]))
		n++;
	return str_sub(v, 0, n);
}

bool mime_from_daemon(struct arena *a, const struct mime_message *m)
{
	if (m->from.n == 0)
		return false;
	str email = str_lower_ascii(a, m->from.p[0].email);
	str name = str_lower_ascii(a, m->from.p[0].name);
	for (size_t i = 0; i < COUNT_OF(bounce_senders); i++)
		if (str_starts(email, str_of(bounce_senders[i])) ||
		    str_find(name, str_of(bounce_senders[i])) >= 0)
			return true;
	return str_find(name, STR("mail delivery s")) >= 0;
}

void mime_read_auto(struct arena *a, struct mime_message *m)
{
	m->auto_submitted = keyword(a, m, "Auto-Submitted");
	m->precedence = keyword(a, m, "Precedence");
	m->list_id = str_trim(mime_header(a, m, "List-Id"));
	str suppress = keyword(a, m, "X-Auto-Response-Suppress");
	m->suppress_auto_response = suppress.n > 0 && !str_is(suppress, "none");
	str subject = mime_fold(a, m->subject);
	bool replied =
	    str_is(m->auto_submitted, "auto-replied") || str_is(m->precedence, "auto_reply") ||
	    mime_header_count(m, "X-Autoreply") || mime_header_count(m, "X-Autorespond") ||
	    mime_header_count(m, "X-Autoresponder") || mime_header_count(m, "X-AutoReply-From");
	replied = replied || mime_auto_subject(subject);
	bool generated = (m->auto_submitted.n > 0 && !str_is(m->auto_submitted, "no")) ||
	                 mime_header_count(m, "Feedback-ID") ||
	                 mime_header_count(m, "X-Auto-Generated") || m->return_path_empty ||
	                 mime_from_daemon(a, m);
	bool list = m->list_id.n > 0 || mime_header_count(m, "List-Unsubscribe") ||
	            mime_header_count(m, "List-Post") || str_is(m->precedence, "bulk") ||
	            str_is(m->precedence, "list") || str_is(m->precedence, "junk");
	m->auto_kind = replied     ? MIME_AUTO_REPLIED
	               : generated ? MIME_AUTO_GENERATED
	               : list      ? MIME_AUTO_LIST
	                           : MIME_AUTO_NONE;
	m->auto_reply = m->auto_kind != MIME_AUTO_NONE || m->suppress_auto_response;
}

/* report.c: automatic mail (RFC 3834) and delivery reports (RFC 3464).
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
                                             "mdaemon",       "postmaster",   "mail.daemon"};

static const char *const bounce_subjects[] = {
    "undeliver",
    "undelivered mail",
    "delivery status notification",
    "delivery notification",
    "mail delivery failed",
    "mail delivery failure",
    "delivery failure",
    "delivery failed",
    "failure notice",
    "returned mail",
    "mail system error",
    "message could not be delivered",
    "non delivery",
    "non-delivery",
    "could not send message",
    "warning: could not send",
    "недоставленное сообщение",
    "не удалось доставить",
    "сообщение не доставлено",
    "уведомление о недоставке",
    "unzustellbar",
};

static const char *const delay_subjects[] = {"delay", "could not send message for past", "задержк",
                                             "still being retried"};

/* Cyrillic capitals are folded too: the tables are lower case. */
static str fold(struct arena *a, str s)
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

static bool contains_any(str s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_find(s, str_of(words[i])) >= 0)
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

static bool from_daemon(struct arena *a, const struct mime_message *m)
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

static void read_auto(struct arena *a, struct mime_message *m)
{
	m->auto_submitted = keyword(a, m, "Auto-Submitted");
	m->precedence = keyword(a, m, "Precedence");
	m->list_id = str_trim(mime_header(a, m, "List-Id"));
	str suppress = keyword(a, m, "X-Auto-Response-Suppress");
	m->suppress_auto_response = suppress.n > 0 && !str_is(suppress, "none");
	str subject = fold(a, m->subject);
	bool replied =
	    str_is(m->auto_submitted, "auto-replied") || str_is(m->precedence, "auto_reply") ||
	    mime_header_count(m, "X-Autoreply") || mime_header_count(m, "X-Autorespond") ||
	    mime_header_count(m, "X-Autoresponder") || mime_header_count(m, "X-AutoReply-From");
	for (size_t i = 0; i < COUNT_OF(auto_subjects) && !replied; i++)
		replied = str_starts(subject, str_of(auto_subjects[i]));
	bool generated = (m->auto_submitted.n > 0 && !str_is(m->auto_submitted, "no")) ||
	                 mime_header_count(m, "Feedback-ID") ||
	                 mime_header_count(m, "X-Auto-Generated") || m->return_path_empty ||
	                 from_daemon(a, m);
	bool list = m->list_id.n > 0 || mime_header_count(m, "List-Unsubscribe") ||
	            mime_header_count(m, "List-Post") || str_is(m->precedence, "bulk") ||
	            str_is(m->precedence, "list") || str_is(m->precedence, "junk");
	m->auto_kind = replied     ? MIME_AUTO_REPLIED
	               : generated ? MIME_AUTO_GENERATED
	               : list      ? MIME_AUTO_LIST
	                           : MIME_AUTO_NONE;
	m->auto_reply = m->auto_kind != MIME_AUTO_NONE || m->suppress_auto_response;
}

/* "rfc822; user@example.org" -> "user@example.org" */
static str typed_value(struct arena *a, str v)
{
	v = mime_decode_words(a, v);
	ptrdiff_t semi = str_chr(v, ';');
	return str_trim(semi < 0 ? v : str_from(v, (size_t)semi + 1));
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The first enhanced status code (RFC 3463: class 2, 4 or 5) in s. */
static str find_status(str s)
{
	for (size_t i = 0; i + 4 < s.n; i++) {
		if (!strchr("245", s.p[i]) || s.p[i + 1] != '.' ||
		    (i > 0 && (digit(s.p[i - 1]) || s.p[i - 1] == '.')))
			continue;
		size_t j = i + 2, k;
		while (j < s.n && digit(s.p[j]))
			j++;
		if (j == i + 2 || j > i + 5 || j >= s.n || s.p[j] != '.')
			continue;
		for (k = j + 1; k < s.n && digit(s.p[k]); k++)
			;
		if (k == j + 1 || k > j + 4 || (k + 1 < s.n && s.p[k] == '.' && digit(s.p[k + 1])))
			continue;
		return str_sub(s, i, k);
	}
	return STR("");
}

/* The first SMTP reply code of a failure in s: three digits alone, 4xx or 5xx. */
static str find_smtp_code(str s)
{
	for (size_t i = 0; i + 2 < s.n; i++) {
		if ((s.p[i] != '4' && s.p[i] != '5') || s.p[i + 1] < '0' || s.p[i + 1] > '7' ||
		    !digit(s.p[i + 2]))
			continue;
		bool before = i == 0 || strchr(" \t:(<[,;>=", s.p[i - 1]);
		bool after = i + 3 == s.n || strchr(" \t-:,;)]>", s.p[i + 3]);
		if (before && after)
			return str_sub(s, i, i + 3);
	}
	return STR("");
}

static bool vague(str status)
{
	return status.n == 0 || str_ends(status, STR(".0.0"));
}

/* One block of a delivery-status body that tells of a recipient. */
static bool read_block(struct arena *a, const struct mime_headers *h, struct mime_bounce *b)
{
	*b = (struct mime_bounce){0};
	str final = mime_raw_header(h, STR("Final-Recipient"));
	str original = mime_raw_header(h, STR("Original-Recipient"));
	str action = mime_raw_header(h, STR("Action"));
	if (!final.p && !original.p && !action.p)
		return false;
	str who = typed_value(a, original.p ? original : final);
	struct mime_addrs one = mime_parse_addresses(a, who, 1, NULL);
	b->recipient = one.n && one.p[0].email.n ? one.p[0].email : who;
	b->action = str_lower_ascii(a, str_trim(mime_decode_words(a, action)));
	size_t n = 0;
	while (n < b->action.n && b->action.p[n] >= 'a' && b->action.p[n] <= 'z')
		n++;
	b->action = str_sub(b->action, 0, n);
	b->status = find_status(mime_decode_words(a, mime_raw_header(h, STR("Status"))));
	b->diagnostic = typed_value(a, mime_raw_header(h, STR("Diagnostic-Code")));
	b->smtp_code = find_smtp_code(b->diagnostic);
	str told = find_status(b->diagnostic);
	if (vague(b->status) && told.n)
		b->status = told;
	return true;
}

static void read_status(struct arena *a, struct mime_message *m, str status)
{
	static const struct mime_limits limits = MIME_LIMITS_DEFAULT;
	VEC(struct mime_bounce) v = {0};
	str rest = status, hit = STR("");
	while (rest.n > 0 && v.n < limits.addresses) {
		str body;
		str before = rest;
		struct mime_headers h = mime_read_headers(a, rest, &limits, &body, &hit);
		rest = body;
		struct mime_bounce b;
		if (read_block(a, &h, &b))
			*vec_push(a, &v) = b;
		if (rest.n == before.n) { /* neither a field nor a blank line: skip it */
			ptrdiff_t lf = str_chr(rest, '\n');
			rest = lf < 0 ? STR_NONE : str_from(rest, (size_t)lf + 1);
		}
	}
	m->bounces = (struct mime_bounces){v.p, v.n};
}

void mime_read_report(struct arena *a, struct mime_message *m, const struct mime_report *r)
{
	read_auto(a, m);
	m->is_feedback_report = r->is_feedback;
	if (r->status.n)
		read_status(a, m, r->status);
	bool failed = false, delayed = false;
	for (size_t i = 0; i < m->bounces.n; i++) {
		failed |=
		    str_is(m->bounces.p[i].action, "failed") ||
		    (m->bounces.p[i].action.n == 0 && str_starts(m->bounces.p[i].status, STR("5")));
		delayed |= str_is(m->bounces.p[i].action, "delayed");
	}
	str subject = fold(a, m->subject);
	if (!failed && !delayed && !r->is_feedback && m->auto_kind != MIME_AUTO_REPLIED) {
		bool worded = contains_any(subject, bounce_subjects, COUNT_OF(bounce_subjects));
		if (worded && (from_daemon(a, m) || m->return_path_empty)) {
			delayed = contains_any(subject, delay_subjects, COUNT_OF(delay_subjects));
			failed = !delayed;
		}
	}
	m->is_bounce = failed || delayed;
	m->temporary = delayed && !failed;
	if (m->is_bounce) {
		m->auto_reply = true;
		if (m->auto_kind == MIME_AUTO_NONE || m->auto_kind == MIME_AUTO_LIST)
			m->auto_kind = MIME_AUTO_GENERATED;
	}
	if (r->original.n) {
		struct mime_limits limits = MIME_LIMITS_DEFAULT;
		str body, hit = STR("");
		struct mime_headers h = mime_read_headers(a, r->original, &limits, &body, &hit);
		struct mime_ids ids =
		    mime_parse_ids(a, mime_raw_header(&h, STR("Message-ID")), 1, NULL);
		m->bounce_message_id = ids.n ? ids.p[0] : STR("");
	}
}

/* bounce.c: letters that say that ours did not arrive: delivery reports (RFC 3464), and what
 * servers without them write in plain words. What they say is data. */
#include "mime/internal.h"

#define REPORT_BYTES ((size_t)65536) /* of plain words that are looked at */
#define RECIPIENTS 100

static const char *const subjects[] = {
    "undeliver",
    "delivery status notification",
    "delivery notification",
    "mail delivery failed",
    "mail delivery failure",
    "delivery failure",
    "delivery failed",
    "delivery report",
    "delivery problem",
    "delivery error",
    "failure notice",
    "failure delivery",
    "returned mail",
    "returned to sender",
    "mail system error",
    "could not be delivered",
    "not delivered",
    "not been delivered",
    "not yet been delivered",
    "message undeliverable",
    "unable to deliver",
    "non delivery",
    "non-delivery",
    "nondeliverable",
    "could not send message",
    "rejected mail",
    "mail failure",
    "mail failed",
    "failed mail",
    "邮件传输失败",
    "processing error",
    "message status",
    "bounce",
    "loop alert",
    "delayed mail",
    "delivery delay",
    "недоставленное сообщение",
    "не удалось доставить",
    "не доставлен",
    "уведомление о недоставке",
    "недоставка",
    "повідомлення не доставлено",
    "unzustellbar",
    "konnte nicht zugestellt",
    "échec de la remise",
    "non remis",
    "no se puede entregar",
};

static const char *const phrases[] = {
    "could not be delivered",
    "couldn't be delivered",
    "cannot be delivered",
    "could not deliver",
    "can't deliver",
    "not delivered to",
    "wasn't able to deliver",
    "was not able to deliver",
    "was unable to deliver",
    "were unable to deliver",
    "unable to deliver",
    "error delivering your mail",
    "did not reach the following recipient",
    "did not receive this message",
    "had permanent fatal errors",
    "had transient non-fatal errors",
    "had delivery problems",
    "delivery to the following recipient",
    "delevery to the following recipient",
    "delivery failed",
    "delivery attempts have failed",
    "has been returned because",
    "was undeliverable",
    "is undeliverable",
    "undeliverable to",
    "unknown user",
    "user unknown",
    "no such user",
    "unrouteable address",
    "no valid recipients",
    "failed addresses",
    "did not receive a copy",
    "not a member of this mailing list",
    "are not member",
    "not allowed to post to",
    "duplicated message-id",
    "邮件无法",
    "mailbox is full",
    "has not yet been delivered",
    "has not been delivered",
    "was not delivered",
    "message was rejected",
    "may not exist, or you may not have permission",
    "permanent error",
    "intended recipient",
    "failed recipient",
    "не может быть доставлено",
    "не удалось доставить",
    "не было доставлено",
    "konnte nicht zugestellt werden",
    "n'a pas pu être remis",
};

static const char *const delays[] = {
    "will keep trying",       "still trying",
    "will be retried",        "will continue to attempt",
    "continue trying",        "attempts will continue",
    "not yet been delivered", "has been delayed",
    "delivery delayed",       "delivery of your message has been delayed",
    "delayed mail",           "this is a warning message only",
    "do not need to resend",  "could not send message for past",
    "delivery delay",         "still being retried",
    "доставка задерживается", "попытки доставки будут продолжены",
};

/* Where the words of the server end and the letter that came back begins. */
static const char *const originals[] = {
    "original message",       "returned mail follows",  "copy of the message",
    "copy of your message",   "unsent message",         "headers follow",
    "message header follows", "message headers follow", "copy of the message header",
    "message follows",        "original headers",       "returned message",
    "исходное сообщение",     "текст сообщения",
};

static bool contains_any(str s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_find(s, str_of(words[i])) >= 0)
			return true;
	return false;
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* --- codes --- */

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

/* Index of the first SMTP reply code of a failure in s (three digits alone, 4xx or 5xx), or -1. */
static ptrdiff_t find_smtp_code(str s)
{
	for (size_t i = 0; i + 2 < s.n; i++) {
		if ((s.p[i] != '4' && s.p[i] != '5') || s.p[i + 1] < '0' || s.p[i + 1] > '7' ||
		    !digit(s.p[i + 2]))
			continue;
		bool before = i == 0 || strchr(" \t\n:(<[,;>='\"", s.p[i - 1]);
		bool after = i + 3 == s.n || strchr(" \t\n-:,;)]>'\".", s.p[i + 3]);
		if (before && after && !(i + 4 < s.n && s.p[i + 3] == '.' && digit(s.p[i + 4])))
			return (ptrdiff_t)i;
	}
	return -1;
}

static bool vague(str status)
{
	return status.n == 0 || str_ends(status, STR(".0.0"));
}

/* Fills in what the other server's words tell: its SMTP code, and the more telling status.
 * A status right behind the SMTP code is that server's own verdict. */
static void read_words(struct mime_bounce *b, str words)
{
	ptrdiff_t at = find_smtp_code(words);
	str told = find_status(words);
	if (at >= 0) {
		if (b->smtp_code.n == 0)
			b->smtp_code = str_sub(words, (size_t)at, (size_t)at + 3);
		str verdict = find_status(str_sub(words, (size_t)at + 3, (size_t)at + 16));
		if (!vague(verdict)) {
			b->status = verdict;
			return;
		}
	}
	if (vague(b->status) && told.n)
		b->status = told;
}

/* What the words say where they hold no code at all (RFC 3463, section 3). */
static void read_reason(struct mime_bounce *b, str low)
{
	static const struct {
		const char *words, *status;
	} reasons[] = {
	    {"retry timeout exceeded", "4.4.7"},
	    {"mailbox is full", "5.2.2"},
	    {"mailbox full", "5.2.2"},
	    {"quota exceeded", "5.2.2"},
	    {"over quota", "5.2.2"},
	    {"exceeded storage", "5.2.2"},
	    {"exceeded the space", "5.2.2"},
	    {"переполнен", "5.2.2"},
	    {"превышена квота", "5.2.2"},
	    {"user unknown", "5.1.1"},
	    {"unknown user", "5.1.1"},
	    {"no such user", "5.1.1"},
	    {"no mailbox here", "5.1.1"},
	    {"does not exist", "5.1.1"},
	    {"не существует", "5.1.1"},
	    {"host unknown", "5.1.2"},
	    {"unrouteable address", "5.1.2"},
	    {"message size exceeds", "5.3.4"},
	    {"too many hops", "5.4.6"},
	};
	if (b->status.n || b->smtp_code.n)
		return;
	for (size_t i = 0; i < COUNT_OF(reasons); i++) {
		if (str_find(low, str_of(reasons[i].words)) < 0)
			continue;
		b->status = str_of(reasons[i].status);
		return;
	}
}

/* The last reply of the other server in a transcript ("<<< 550 ..."), or "". */
static str last_reply(str session)
{
	str code = STR(""), line;
	while (str_split(&session, '\n', &line)) {
		line = str_trim(line);
		if (str_starts(line, STR("<<< ")) && find_smtp_code(str_from(line, 4)) == 0)
			code = str_sub(line, 4, 7);
	}
	return code;
}

/* In a transcript our side writes "554 <a@b.org>... 550 Host unknown": what comes behind the
 * address is the verdict, and so is the other server's own reply just before. */
static void read_transcript(struct mime_bounce *b, str session, str about)
{
	ptrdiff_t eol = str_chr(about, '\n'), dots;
	str line = str_sub(about, 0, eol < 0 ? about.n : (size_t)eol);
	dots = str_find(line, STR("... "));
	if (b->smtp_code.n == 0 || dots < 0 || !str_starts(str_trim(line), b->smtp_code))
		return;
	str behind = str_from(line, (size_t)dots + 4), reply = last_reply(session);
	if (find_smtp_code(behind) == 0)
		b->smtp_code = str_sub(behind, 0, 3);
	else if (reply.n && str_is(b->smtp_code, "554"))
		b->smtp_code = reply;
}

/* --- delivery-status --- */

/* "rfc822; user@example.org" -> "user@example.org" */
static str typed_value(struct arena *a, str v)
{
	v = mime_decode_words(a, v);
	ptrdiff_t semi = str_chr(v, ';');
	return str_trim(semi < 0 ? v : str_from(v, (size_t)semi + 1));
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
	if (original.p && (one.n == 0 || one.p[0].email.n == 0)) {
		who = typed_value(a, final);
		one = mime_parse_addresses(a, who, 1, NULL);
	}
	b->recipient = one.n && one.p[0].email.n ? one.p[0].email : who;
	b->action = str_lower_ascii(a, str_trim(mime_decode_words(a, action)));
	size_t n = 0;
	while (n < b->action.n && b->action.p[n] >= 'a' && b->action.p[n] <= 'z')
		n++;
	b->action = str_sub(b->action, 0, n);
	b->status = find_status(mime_decode_words(a, mime_raw_header(h, STR("Status"))));
	b->diagnostic = typed_value(a, mime_raw_header(h, STR("Diagnostic-Code")));
	read_words(b, b->diagnostic);
	return true;
}

static void read_status(struct arena *a, struct mime_message *m, str status)
{
	static const struct mime_limits limits = MIME_LIMITS_DEFAULT;
	VEC(struct mime_bounce) v = {0};
	str rest = status, hit = STR("");
	while (rest.n > 0 && v.n < RECIPIENTS) {
		str body;
		struct mime_headers h = mime_read_headers(a, rest, &limits, &body, &hit);
		struct mime_bounce b;
		if (read_block(a, &h, &b))
			*vec_push(a, &v) = b;
		if (body.n == rest.n) { /* neither a field nor a blank line: skip it */
			ptrdiff_t lf = str_chr(rest, '\n');
			body = lf < 0 ? STR_NONE : str_from(rest, (size_t)lf + 1);
		}
		rest = body;
	}
	m->bounces = (struct mime_bounces){v.p, v.n};
}

/* --- plain words --- */

/* The server's own words: everything before the letter that came back. */
static str own_words(struct arena *a, str text, str *rest)
{
	str all = str_sub(text, 0, REPORT_BYTES), left = all, line;
	while (str_split(&left, '\n', &line)) {
		str low = mime_fold(a, str_trim(str_sub(line, 0, 200)));
		bool head = str_starts(low, STR("received:")) ||
		            str_starts(low, STR("return-path:")) ||
		            str_starts(low, STR("content-type: message"));
		bool mark =
		    low.n > 0 && low.n < 120 &&
		    (strchr("-=_*", low.p[0]) || str_find(low, STR("follows")) >= 0 ||
		     str_find(low, STR("below")) >= 0 || str_find(low, STR("is following")) >= 0) &&
		    contains_any(low, originals, COUNT_OF(originals));
		if (head || mark) {
			*rest = left;
			return str_n(all.p, (size_t)(line.p - all.p));
		}
	}
	*rest = STR_NONE;
	return all;
}

/* The next address in *s, which moves on; the characters around it are cut off. */
static bool next_address(struct arena *a, str *s, str *out)
{
	while (s->n > 0) {
		ptrdiff_t at = str_chr(*s, '@');
		if (at < 0)
			return false;
		size_t from = (size_t)at, to = (size_t)at + 1;
		while (from > 0 && !strchr(" \t\n<>()[]{},;:\"'=*|", s->p[from - 1]))
			from--;
		while (to < s->n && !strchr(" \t\n<>()[]{},;:\"'=*|", s->p[to]))
			to++;
		str word = str_sub(*s, from, to);
		*s = str_from(*s, to);
		while (word.n && strchr(".!?", word.p[word.n - 1]))
			word.n--;
		if (!mime_is_address(word) || word.n > 200)
			continue;
		ptrdiff_t split = str_rchr(word, '@');
		*out = str_concat(a, str_sub(word, 0, (size_t)split),
		                  str_lower_ascii(a, str_from(word, (size_t)split)));
		return true;
	}
	return false;
}

static bool servant(str email)
{
	static const char *const names[] = {"postmaster@", "mailer-daemon@", "abuse@",
	                                    "support@",    "helpdesk@",      "admin@"};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (str_starts_nocase(email, str_of(names[i])))
			return true;
	return false;
}

/* Does this line name somebody who did not get the letter? 2: surely, 1: perhaps, 0: no. */
static int naming(str low, str before)
{
	static const char *const sure[] = {"rcpt to:",
	                                   "recipient",
	                                   "undeliverable to",
	                                   "deliver your mail to",
	                                   "delivering your mail to",
	                                   "deliver message to",
	                                   "deliver mail to",
	                                   "smtp=",
	                                   "delivery userid",
	                                   "your message to",
	                                   "following message to",
	                                   "could not be delivered to",
	                                   "user unknown",
	                                   "unknown user",
	                                   "no such user",
	                                   "invalid address",
	                                   "message was addressed",
	                                   "target mail address",
	                                   "адресат",
	                                   "получател"};
	static const char *const other[] = {"contact",  "e-mail to",  "envelope-from", "questions",
	                                    "write to", "message-id", "from:",         "sender",
	                                    "subject:", "cc:",        "sent by",       "обратитесь",
	                                    "x-",       "reply-to"};
	if (contains_any(low, other, COUNT_OF(other)))
		return 0;
	/* "To: ..." of a letter that is described, not of one that failed */
	if (str_starts(low, STR("to:")))
		return 1;
	str front = str_trim(before);
	while (front.n && strchr("<*->'\"( \t0123456789.)", front.p[front.n - 1]))
		front.n--;
	if (front.n == 0 || contains_any(low, sure, COUNT_OF(sure)))
		return 2;
	/* "552 Quota violation for a@b.org" */
	if (find_smtp_code(low) == 0 && str_ends(front, STR(" for")))
		return 2;
	return 1;
}

struct finder {
	struct arena *a;
	const struct mime_message *m;
	VEC(struct mime_bounce) found;
	VEC(size_t) starts; /* where the words about each begin */
};

static bool known(const struct finder *f, str email)
{
	for (size_t i = 0; i < f->found.n; i++)
		if (str_eq_nocase(f->found.p[i].recipient, email))
			return true;
	return false;
}

static bool ours(const struct finder *f, str email)
{
	for (size_t i = 0; i < f->m->to.n; i++)
		if (str_eq_nocase(f->m->to.p[i].email, email))
			return true;
	return f->m->from.n && str_eq_nocase(f->m->from.p[0].email, email);
}

static void add_recipient(struct finder *f, str email, size_t start)
{
	*vec_push(f->a, &f->found) = (struct mime_bounce){
	    .recipient = email, .action = STR(""), .status = STR(""), .smtp_code = STR("")};
	*vec_push(f->a, &f->starts) = start;
}

/* "(expanded from: a@b.org)": the address that the letter was sent to, behind the one that failed.
 */
static bool expanded(struct finder *f, str line, str low)
{
	ptrdiff_t at = str_find(low, STR("expanded from:"));
	str rest = str_sub(str_trim(line), at < 0 ? 0 : (size_t)at, 500), email;
	if (at < 0 || f->found.n == 0 || !next_address(f->a, &rest, &email))
		return false;
	f->found.p[f->found.n - 1].recipient = email;
	return true;
}

/* Names without a host, on lines of their own under "... recipients ...:": people of the server
 * that reports. */
static void find_bare_names(struct finder *f, str words)
{
	ptrdiff_t at = f->m->from.n ? str_rchr(f->m->from.p[0].email, '@') : -1;
	str host = at > 0 ? str_from(f->m->from.p[0].email, (size_t)at) : STR("");
	str left = words, line;
	bool under = false;
	while (host.n && str_split(&left, '\n', &line) && f->found.n < RECIPIENTS) {
		str low = mime_fold(f->a, str_trim(str_sub(line, 0, 500)));
		bool inset = line.n && (line.p[0] == ' ' || line.p[0] == '\t');
		str email = str_concat(f->a, str_trim(line), host);
		if (under && inset && low.n && low.n < 65 && str_chr(low, ' ') < 0 &&
		    mime_is_address(email))
			add_recipient(f, email, (size_t)(line.p - words.p));
		else
			under = (under && !low.n) ||
			        (str_find(low, STR("recipient")) >= 0 && str_ends(low, STR(":")));
	}
}

static void find_recipients(struct finder *f, str words, int least)
{
	str left = words, line;
	while (str_split(&left, '\n', &line) && f->found.n < RECIPIENTS) {
		str low = mime_fold(f->a, str_trim(str_sub(line, 0, 500))),
		    rest = str_sub(line, 0, 500), email;
		if (str_chr(line, '@') < 0 || expanded(f, line, low))
			continue;
		while (next_address(f->a, &rest, &email)) {
			str before = str_n(line.p, (size_t)(rest.p - line.p) - 0);
			before = str_sub(before, 0, before.n > email.n ? before.n - email.n : 0);
			if (servant(email) || ours(f, email) || known(f, email) ||
			    naming(low, before) < least)
				continue;
			add_recipient(f, email, (size_t)(line.p - words.p));
			break; /* the others on the line repeat or explain it */
		}
	}
}

/* Recipients and their codes from the server's words, for reports that are not machine readable. */
static void read_plain(struct arena *a, struct mime_message *m, str words)
{
	struct finder f = {.a = a, .m = m};
	struct mime_addrs failed = mime_parse_addresses(
	    a, mime_raw_header(&m->headers, STR("X-Failed-Recipients")), RECIPIENTS, NULL);
	for (size_t i = 0; i < failed.n; i++) {
		if (failed.p[i].email.n == 0 || known(&f, failed.p[i].email))
			continue;
		ptrdiff_t at = str_find_nocase(words, failed.p[i].email);
		add_recipient(&f, failed.p[i].email, at < 0 ? 0 : (size_t)at);
	}
	if (f.found.n == 0)
		find_bare_names(&f, words);
	if (f.found.n == 0)
		find_recipients(&f, words, 2);
	if (f.found.n == 0)
		find_recipients(&f, words, 1);
	if (f.found.n == 0) { /* somebody unnamed did not get it */
		vec_push(a, &f.found);
		vec_push(a, &f.starts);
	}
	for (size_t i = 0; i < f.found.n; i++) {
		struct mime_bounce *b = &f.found.p[i];
		size_t end = words.n;
		for (size_t k = 0; k < f.found.n; k++)
			if (f.starts.p[k] > f.starts.p[i] && f.starts.p[k] < end)
				end = f.starts.p[k];
		str about = str_sub(words, f.starts.p[i], end);
		size_t session = 0;
		for (size_t k = 0; k < f.found.n; k++)
			if (f.starts.p[k] < f.starts.p[i] && f.starts.p[k] > session)
				session = f.starts.p[k];
		read_words(b, about);
		read_transcript(b, str_sub(words, session, f.starts.p[i]), about);
		if (b->smtp_code.n == 0 && b->status.n == 0)
			read_words(b, words);
		read_reason(b, mime_fold(a, str_sub(about, 0, 1000)));
		read_reason(b, mime_fold(a, str_sub(words, 0, 4000)));
		b->diagnostic = mime_unfold(a, str_cut_utf8(about, 500));
	}
	m->bounces = (struct mime_bounces){f.found.p, f.found.n};
}

/* --- the whole --- */

static void read_original(struct arena *a, struct mime_message *m, str original)
{
	static const struct mime_limits limits = MIME_LIMITS_DEFAULT;
	str body, hit = STR("");
	struct mime_headers h = mime_read_headers(a, original, &limits, &body, &hit);
	struct mime_ids ids = mime_parse_ids(a, mime_raw_header(&h, STR("Message-ID")), 1, NULL);
	m->bounce_message_id = ids.n ? ids.p[0] : STR("");
}

/* The id in the letter that stands below the server's words. */
static void find_original_id(struct arena *a, struct mime_message *m, str rest)
{
	ptrdiff_t at = str_find_nocase(rest, STR("\nMessage-ID:"));
	if (at < 0)
		return;
	str line = str_sub(rest, (size_t)at + 12, (size_t)at + 1000);
	struct mime_ids ids = mime_parse_ids(a, line, 100, NULL);
	if (ids.n)
		m->bounce_message_id = ids.p[0];
}

/* Where no status is said, at least its class is known. */
static void fill_classes(struct mime_message *m)
{
	for (size_t i = 0; i < m->bounces.n; i++) {
		struct mime_bounce *b = &m->bounces.p[i];
		bool mild = b->smtp_code.n ? b->smtp_code.p[0] == '4' : m->temporary;
		if (b->status.n == 0)
			b->status = mild ? STR("4.0.0") : STR("5.0.0");
	}
}

/* Machine-made words about a failure, from a server: two signs of three. */
static bool looks_like_bounce(struct arena *a, const struct mime_message *m,
                              const struct mime_report *r, str subject, str words)
{
	bool daemon = mime_from_daemon(a, m) || m->return_path_empty ||
	              (r->is_report && !r->is_feedback) || mime_header_count(m, "X-MLServer");
	bool titled = contains_any(subject, subjects, COUNT_OF(subjects));
	if (mime_header_count(m, "X-Failed-Recipients") || (daemon && titled))
		return true;
	/* The words last: every letter that is no report would be searched for all of them. */
	return (daemon || titled) &&
	       contains_any(mime_fold(a, str_sub(words, 0, 8192)), phrases, COUNT_OF(phrases));
}

void mime_read_report(struct arena *a, struct mime_message *m, const struct mime_report *r)
{
	mime_read_auto(a, m);
	str rest, words = own_words(a, m->text, &rest), subject = mime_fold(a, m->subject);
	/* One large provider reports without the standard's form. */
	m->is_feedback_report =
	    r->is_feedback || str_starts(subject, STR("complaint about message from "));
	m->bounce_message_id = STR("");
	if (r->original.n)
		read_original(a, m, r->original);
	if (m->is_feedback_report) {
		m->auto_reply = true;
		if (m->auto_kind == MIME_AUTO_NONE)
			m->auto_kind = MIME_AUTO_GENERATED;
		return;
	}
	if (r->status.n)
		read_status(a, m, r->status);
	else if (str_find_nocase(m->text, STR("\nFinal-Recipient:")) >= 0)
		read_status(a, m, m->text); /* a report whose structure was lost on the way */
	bool failed = false, delayed = false;
	for (size_t i = 0; i < m->bounces.n; i++) {
		struct mime_bounce *b = &m->bounces.p[i];
		failed |= str_is(b->action, "failed") ||
		          (b->action.n == 0 && str_starts(b->status, STR("5")));
		delayed |= str_is(b->action, "delayed");
		if (m->bounces.n == 1 && b->smtp_code.n == 0 && b->diagnostic.n == 0)
			read_words(b, words);
	}
	/* A machine-readable report of success needs no guessing. */
	bool told = failed || delayed || m->bounces.n > 0;
	if (!told && !mime_auto_subject(subject) && looks_like_bounce(a, m, r, subject, words)) {
		str low = mime_fold(a, str_sub(words, 0, 8192));
		delayed = contains_any(subject, delays, COUNT_OF(delays)) ||
		          contains_any(low, delays, COUNT_OF(delays));
		failed = !delayed;
		read_plain(a, m, words);
	}
	m->is_bounce = failed || delayed;
	m->temporary = delayed && !failed;
	if (!m->is_bounce)
		return;
	fill_classes(m);
	m->auto_reply = true;
	m->auto_kind = MIME_AUTO_GENERATED;
	if (m->bounce_message_id.n == 0)
		find_original_id(a, m, rest);
}

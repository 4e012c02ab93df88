/* verdict.c: see verdict.h. */
#include "mail/verdict.h"

#define FIELDS_MAX 100 /* that our server may have put on top */

/* "from mail.client.test (...) by mx.shop.test (Postfix) with ESMTP id ...; date" */
static bool by_server(struct arena *a, str received, str server)
{
	str low = str_lower_ascii(a, received);
	size_t at = 0;
	server = str_lower_ascii(a, server);
	for (;;) {
		ptrdiff_t i = str_find(str_from(low, at), STR("by"));
		if (i < 0)
			return false;
		size_t from = at + (size_t)i;
		at = from + 2;
		bool word = (from == 0 || strchr(" \t\r\n)", low.p[from - 1])) && at < low.n &&
		            strchr(" \t\r\n", low.p[at]);
		if (!word)
			continue;
		/* The first "by" outside of comments names the server. */
		int depth = 0;
		for (size_t k = 0; k < from; k++)
			depth += low.p[k] == '(' ? 1 : low.p[k] == ')' ? -1 : 0;
		if (depth > 0)
			continue;
		str rest = str_trim(str_from(low, at));
		return str_starts(rest, server) &&
		       (rest.n == server.n || strchr(" \t\r\n(;", rest.p[server.n]));
	}
}

/* "15.3", "-1.234 / 15.00" in hundredths; false when it is no number. */
static bool score_of(str s, int64_t *out)
{
	int64_t whole = 0, cents = 0;
	size_t i = 0, digits = 0;
	bool minus = false;
	s = str_trim(s);
	if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
		minus = s.p[i++] == '-';
	for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && digits < 9; i++, digits++)
		whole = whole * 10 + (s.p[i] - '0');
	if (i < s.n && s.p[i] == '.')
		for (int k = 10; ++i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; k /= 10)
			cents += (s.p[i] - '0') * k;
	*out = (minus ? -1 : 1) * (whole * 100 + cents);
	return digits > 0;
}

static bool is_yes(str s)
{
	s = str_trim(s);
	return str_starts_nocase(s, STR("yes")) || str_starts_nocase(s, STR("true"));
}

/* Does this field call the letter spam? */
static bool says_spam(str name, str value, int64_t score_most)
{
	int64_t score;
	value = str_trim(value);
	if (str_eq_nocase(name, STR("X-Spam-Flag")) || str_eq_nocase(name, STR("X-Spam-Status")) ||
	    str_eq_nocase(name, STR("X-Spam")))
		return is_yes(value);
	if (str_eq_nocase(name, STR("X-Spamd-Result"))) { /* "default: True [15.3 / 15.00]; ..." */
		ptrdiff_t colon = str_chr(value, ':');
		return colon >= 0 && is_yes(str_from(value, (size_t)colon + 1));
	}
	if (str_eq_nocase(name, STR("X-Rspamd-Action")))
		return str_starts_nocase(value, STR("add header")) ||
		       str_starts_nocase(value, STR("rewrite subject")) ||
		       str_starts_nocase(value, STR("quarantine")) ||
		       str_starts_nocase(value, STR("reject"));
	if (str_eq_nocase(name, STR("X-Spam-Score")) || str_eq_nocase(name, STR("X-Rspamd-Score")))
		return score_most > 0 && score_of(value, &score) && score >= score_most;
	return false;
}

struct verdict verdict_of(struct arena *a, const struct mime_message *m, str server,
                          int64_t score_most)
{
	struct verdict v = {.why = STR("")};
	size_t own = 0;
	if (!server.n)
		return v;
	/* Down to the last of our server's own Received fields that stand on top. */
	for (size_t i = 0; i < m->headers.n && i < FIELDS_MAX; i++) {
		const struct mime_header *h = &m->headers.p[i];
		if (!str_eq_nocase(h->name, STR("Received")))
			continue;
		if (!by_server(a, str_to_utf8(a, h->value), server))
			break;
		own = i + 1;
	}
	/* A filter that is asked before the server writes its Received puts its fields right
	 * behind: they belong to the block as long as they are a filter's. */
	while (own && own < m->headers.n && own < FIELDS_MAX &&
	       str_starts_nocase(m->headers.p[own].name, STR("X-")))
		own++;
	for (size_t i = 0; i < own && !v.spam; i++) {
		str value = str_to_utf8(a, m->headers.p[i].value);
		if (!says_spam(m->headers.p[i].name, value, score_most))
			continue;
		v.spam = true;
		ptrdiff_t end = str_chr(value, '\n');
		if (end > 0)
			value = str_sub(value, 0, (size_t)end);
		v.why = str_cut_utf8(str_printf(a, "%.*s: %.*s", STR_FMT(m->headers.p[i].name),
		                                STR_FMT(str_trim(value))),
		                     200);
	}
	return v;
}

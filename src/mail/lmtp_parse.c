/* lmtp_parse.c: see lmtp_parse.h. */
#include "mail/lmtp_parse.h"

enum state { COMMAND, WAIT_RCPT, DATA, WAIT_LETTER, CLOSED };

/* Where we are within CRLF "." CRLF. Only a CR right before the LF makes a line end. */
enum dot_state { MIDDLE, CR, LINE_START, DOT, DOT_CR };

static void reply(struct lmtp_parse *p, const char *text)
{
	buf_addz(&p->out, text);
	buf_addz(&p->out, "\r\n");
}

#define TAKE_STEP ((size_t)256 << 10) /* a letter that grows asks for so much at once */

static bool take(struct lmtp_parse *p, size_t n)
{
	if (p->take && n && !p->take(p->take_arg, n))
		return false;
	p->taken += n;
	return true;
}

static void give_back(struct lmtp_parse *p)
{
	if (p->give && p->taken)
		p->give(p->take_arg, p->taken);
	p->taken = 0;
}

static void reset(struct lmtp_parse *p)
{
	arena_clear(p->arena);
	buf_clear(&p->data);
	if (p->data.cap > (size_t)1 << 20) { /* an idle connection holds no large memory */
		size_t max = p->data.max;
		buf_release(&p->data);
		buf_init(&p->data, max);
	}
	give_back(p);
	p->has_from = p->smtputf8 = p->body_8bit = p->data_over = p->data_refused = false;
	p->size_said = 0;
	p->mail_from = p->address = STR_NONE;
	p->recipients = NULL;
	p->nrecipients = 0;
	p->data_seen = 0;
}

void lmtp_parse_init(struct lmtp_parse *p, const struct lmtp_limits *limits, str hostname)
{
	static const struct lmtp_limits defaults = LMTP_LIMITS_DEFAULT;
	*p = (struct lmtp_parse){.limits = limits && limits->letter_bytes ? *limits : defaults,
	                         .hostname = hostname,
	                         .arena = arena_new()};
	buf_init(&p->out, 0);
	buf_init(&p->line, p->limits.line_bytes);
	buf_init(&p->data, p->limits.letter_bytes);
	buf_addz(&p->out, "220 ");
	buf_add(&p->out, hostname);
	reply(p, " LMTP ready");
}

void lmtp_parse_release(struct lmtp_parse *p)
{
	buf_release(&p->out);
	buf_release(&p->line);
	buf_release(&p->data);
	give_back(p);
	arena_free(p->arena);
	free((void *)p->peer_name.p);
	*p = (struct lmtp_parse){0};
}

static enum lmtp_event close_with(struct lmtp_parse *p, const char *text)
{
	reply(p, text);
	p->state = CLOSED;
	return LMTP_CLOSE;
}

static enum lmtp_event wrong(struct lmtp_parse *p, const char *text)
{
	if (++p->errors >= p->limits.errors)
		return close_with(p, "421 4.7.0 Too many errors");
	reply(p, text);
	return LMTP_MORE;
}

/* "<path>" at the front of *s, then parameters. False when it is none. An empty path is fine
 * only if may_be_empty. */
static bool read_path(str *s, bool may_be_empty, str *path)
{
	if (s->n < 2 || s->p[0] != '<')
		return false;
	bool quoted = false;
	size_t i = 1;
	for (; i < s->n; i++) {
		char c = s->p[i];
		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (c == '>' && !quoted)
			break;
		else if ((unsigned char)c < 0x20 || c == 0x7F || (c == ' ' && !quoted) ||
		         (c == '<' && !quoted))
			return false;
	}
	if (i >= s->n)
		return false;
	*path = str_sub(*s, 1, i);
	*s = str_from(*s, i + 1);
	if (s->n && s->p[0] != ' ')
		return false;
	/* A source route names relays only (RFC 5321 appendix C: ignore it). */
	if (path->n && path->p[0] == '@') {
		ptrdiff_t colon = str_chr(*path, ':');
		*path = colon < 0 ? STR_NONE : str_from(*path, (size_t)colon + 1);
	}
	return path->n ? path->n <= 1000 : may_be_empty;
}

static void greet(struct lmtp_parse *p)
{
	buf_addz(&p->out, "250-");
	buf_add(&p->out, p->hostname);
	buf_addf(&p->out,
	         "\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-"
	         "ENHANCEDSTATUSCODES\r\n250 SIZE %zu\r\n",
	         p->limits.letter_bytes);
}

static enum lmtp_event do_lhlo(struct lmtp_parse *p, str arg)
{
	arg = str_trim(arg);
	if (arg.n == 0)
		return wrong(p, "501 5.5.4 LHLO wants a name");
	reset(p);
	free((void *)p->peer_name.p);
	char *name = xmalloc(arg.n);
	for (size_t i = 0; i < arg.n; i++) /* it goes into logs */
		name[i] = (unsigned char)arg.p[i] > 0x20 && (unsigned char)arg.p[i] < 0x7F
		              ? arg.p[i]
		              : '?';
	p->peer_name = str_n(name, arg.n);
	p->greeted = true;
	greet(p);
	return LMTP_MORE;
}

static enum lmtp_event do_mail(struct lmtp_parse *p, str arg)
{
	str path, word;
	if (!p->greeted)
		return wrong(p, "503 5.5.1 LHLO first");
	if (p->has_from)
		return wrong(p, "503 5.5.1 There is a sender already");
	if (p->letters >= p->limits.letters)
		return close_with(p, "421 4.7.0 Enough letters for one connection");
	if (!str_starts_nocase(arg, STR("FROM:")))
		return wrong(p, "501 5.5.4 MAIL FROM:<address>");
	arg = str_trim(str_from(arg, 5));
	if (!read_path(&arg, true, &path))
		return wrong(p, "501 5.1.7 Bad sender address");
	bool utf8 = false, eight = false;
	size_t said = 0;
	str rest = str_trim(arg);
	while (rest.n && str_split(&rest, ' ', &word)) {
		int64_t size;
		if (word.n == 0)
			continue;
		if (str_starts_nocase(word, STR("SIZE="))) {
			if (!str_to_i64(str_from(word, 5), &size) || size < 0)
				return wrong(p, "501 5.5.4 Bad SIZE");
			if ((uint64_t)size > p->limits.letter_bytes)
				return wrong(p, "552 5.3.4 The letter is too large");
			said = (size_t)size;
		} else if (str_eq_nocase(word, STR("BODY=8BITMIME"))) {
			eight = true;
		} else if (str_eq_nocase(word, STR("SMTPUTF8"))) {
			utf8 = true;
		} else if (!str_eq_nocase(word, STR("BODY=7BIT"))) {
			return wrong(p, "555 5.5.4 Unknown parameter");
		}
	}
	p->mail_from = str_dup(p->arena, path);
	p->has_from = true;
	p->smtputf8 = utf8;
	p->body_8bit = eight;
	p->size_said = said;
	reply(p, "250 2.1.0 OK");
	return LMTP_MORE;
}

static enum lmtp_event do_rcpt(struct lmtp_parse *p, str arg)
{
	str path;
	if (!p->has_from)
		return wrong(p, "503 5.5.1 MAIL first");
	if (!str_starts_nocase(arg, STR("TO:")))
		return wrong(p, "501 5.5.4 RCPT TO:<address>");
	arg = str_trim(str_from(arg, 3));
	if (!read_path(&arg, false, &path))
		return wrong(p, "501 5.1.3 Bad recipient address");
	if (str_trim(arg).n > 0)
		return wrong(p, "555 5.5.4 Unknown parameter");
	if (p->nrecipients >= p->limits.recipients) {
		reply(p, "452 4.5.3 Too many recipients");
		return LMTP_MORE;
	}
	p->address = str_dup(p->arena, path);
	p->state = WAIT_RCPT;
	return LMTP_RCPT;
}

static enum lmtp_event do_data(struct lmtp_parse *p)
{
	if (!p->has_from)
		return wrong(p, "503 5.5.1 MAIL first");
	if (p->nrecipients == 0)
		return wrong(p, "503 5.5.1 No valid recipients");
	if (!take(p, p->size_said)) {
		reply(p, "452 4.3.1 Too much under way, try again later");
		return LMTP_MORE;
	}
	p->state = DATA;
	p->dot = LINE_START; /* the CRLF of the command counts as the one before the dot */
	p->data_seen = 0;
	reply(p, "354 End with <CRLF>.<CRLF>");
	return LMTP_MORE;
}

static enum lmtp_event command(struct lmtp_parse *p, str line)
{
	ptrdiff_t space = str_chr(line, ' ');
	str verb = space < 0 ? line : str_sub(line, 0, (size_t)space);
	str arg = space < 0 ? STR_NONE : str_trim(str_from(line, (size_t)space + 1));
	for (size_t i = 0; i < line.n; i++)
		if ((unsigned char)line.p[i] < 0x20 && line.p[i] != '\t')
			return wrong(p, "500 5.5.2 Control characters in a command");
	if (!p->smtputf8 && !str_is_utf8(line))
		return wrong(p, "500 5.5.2 Not UTF-8");
	if (str_eq_nocase(verb, STR("LHLO")))
		return do_lhlo(p, arg);
	if (str_eq_nocase(verb, STR("MAIL")))
		return do_mail(p, arg);
	if (str_eq_nocase(verb, STR("RCPT")))
		return do_rcpt(p, arg);
	if (str_eq_nocase(verb, STR("DATA")))
		return arg.n ? wrong(p, "501 5.5.4 DATA takes no argument") : do_data(p);
	if (str_eq_nocase(verb, STR("RSET"))) {
		reset(p);
		reply(p, "250 2.0.0 OK");
		return LMTP_MORE;
	}
	if (str_eq_nocase(verb, STR("NOOP"))) {
		reply(p, "250 2.0.0 OK");
		return LMTP_MORE;
	}
	if (str_eq_nocase(verb, STR("QUIT")))
		return close_with(p, "221 2.0.0 Bye");
	if (str_eq_nocase(verb, STR("VRFY"))) {
		reply(p, "252 2.0.0 Cannot tell");
		return LMTP_MORE;
	}
	if (str_eq_nocase(verb, STR("HELO")) || str_eq_nocase(verb, STR("EHLO")))
		return wrong(p, "500 5.5.1 This is LMTP: LHLO");
	return wrong(p, "500 5.5.1 Unknown command");
}

/* Collects one command line. The line end is CRLF; a bare LF means that the peer and we may
 * disagree about lines, so the connection ends. */
static enum lmtp_event feed_command(struct lmtp_parse *p, str *in)
{
	const char *lf = memchr(in->p, '\n', in->n);
	size_t n = lf ? (size_t)(lf - in->p) + 1 : in->n;
	str piece = str_sub(*in, 0, n);
	*in = str_from(*in, n);
	if (p->line.n + piece.n > p->limits.line_bytes)
		p->line_over = true;
	if (!p->line_over)
		buf_add(&p->line, piece);
	if (!lf)
		return LMTP_MORE;
	str line = buf_str(&p->line);
	enum lmtp_event event;
	if (p->line_over) {
		p->line_over = false;
		event = wrong(p, "500 5.5.2 Line too long");
	} else if (line.n < 2 || line.p[line.n - 2] != '\r') {
		event = close_with(p, "500 5.5.2 Lines end with CRLF");
	} else {
		event = command(p, str_sub(line, 0, line.n - 2));
	}
	buf_clear(&p->line);
	return event;
}

/* The rest is read and dropped, so that the peer hears why. */
static void drop_data(struct lmtp_parse *p, bool refused)
{
	size_t max = p->data.max;
	p->data_over = true;
	p->data_refused = refused;
	buf_release(&p->data);
	buf_init(&p->data, max);
	give_back(p);
}

static void keep(struct lmtp_parse *p, const char *bytes, size_t n)
{
	p->data_seen += n;
	if (p->data_over || !n)
		return;
	size_t more = p->data.n + n > p->taken ? p->data.n + n - p->taken : 0;
	if (more && p->data.n + n <= p->data.max && !take(p, more < TAKE_STEP ? TAKE_STEP : more)) {
		drop_data(p, true);
		return;
	}
	buf_add(&p->data, str_n(bytes, n));
	if (p->data.failed)
		drop_data(p, false);
}

static enum lmtp_event feed_data(struct lmtp_parse *p, str *in)
{
	size_t from = 0, i = 0;
	for (; i < in->n; i++) {
		char c = in->p[i];
		switch ((enum dot_state)p->dot) {
		case LINE_START:
			if (c == '.') { /* stuffing, or the end: not kept either way */
				keep(p, in->p + from, i - from);
				from = i + 1;
				p->dot = DOT;
				break;
			}
			/* fall through */
		case MIDDLE:
			p->dot = c == '\r' ? CR : MIDDLE;
			break;
		case CR:
			p->dot = c == '\n' ? LINE_START : c == '\r' ? CR : MIDDLE;
			break;
		case DOT:
			if (c == '\r') {
				keep(p, in->p + from, i - from);
				from = i + 1; /* held back until the next byte tells */
				p->dot = DOT_CR;
			} else {
				p->dot = MIDDLE;
			}
			break;
		case DOT_CR:
			if (c == '\n') {
				*in = str_from(*in, i + 1);
				p->state = WAIT_LETTER;
				return LMTP_LETTER;
			}
			/* ".\rx": the dot was stuffing, the CR is data */
			keep(p, "\r", 1);
			p->dot = c == '\r' ? CR : MIDDLE;
			break;
		}
	}
	keep(p, in->p + from, i - from);
	*in = str_from(*in, i);
	return LMTP_MORE;
}

/* What a letter that was dropped on the way gets, without asking anybody. */
static void refuse_dropped(struct lmtp_parse *p)
{
	for (size_t i = 0; i < p->nrecipients; i++)
		reply(p, p->data_refused ? "452 4.3.1 Too much under way, try again later"
		                         : "552 5.3.4 The letter is too large");
	p->letters++;
	reset(p);
	p->state = COMMAND;
}

enum lmtp_event lmtp_parse_feed(struct lmtp_parse *p, str *in)
{
	while (p->state != CLOSED && in->n > 0) {
		enum lmtp_event event = LMTP_MORE;
		if (p->state == COMMAND)
			event = feed_command(p, in);
		else if (p->state == DATA)
			event = feed_data(p, in);
		else
			return p->state == WAIT_RCPT ? LMTP_RCPT : LMTP_LETTER;
		if (event == LMTP_LETTER && p->data_over) {
			refuse_dropped(p);
			event = LMTP_MORE;
		}
		if (event != LMTP_MORE)
			return event;
	}
	return p->state == CLOSED ? LMTP_CLOSE : LMTP_MORE;
}

void lmtp_parse_rcpt(struct lmtp_parse *p, enum lmtp_reply r)
{
	if (p->state != WAIT_RCPT)
		return;
	p->state = COMMAND;
	switch (r) {
	case LMTP_ACCEPTED: {
		if (!p->recipients)
			p->recipients = ARENA_ARRAY(p->arena, p->limits.recipients, str);
		p->recipients[p->nrecipients++] = p->address;
		reply(p, "250 2.1.5 OK");
		break;
	}
	case LMTP_TEMPORARY:
		reply(p, "451 4.3.0 Try again later");
		break;
	case LMTP_REJECTED:
		reply(p, "550 5.7.1 Not accepted");
		break;
	case LMTP_UNKNOWN:
		reply(p, "550 5.1.1 No such mailbox");
		break;
	case LMTP_TOO_LARGE:
		reply(p, "552 5.3.4 The letter is too large");
		break;
	}
	p->address = STR_NONE;
}

void lmtp_parse_done(struct lmtp_parse *p, const enum lmtp_reply *replies)
{
	static const char *const texts[] = {
	    [LMTP_ACCEPTED] = "250 2.0.0 ",  [LMTP_TEMPORARY] = "451 4.3.0 ",
	    [LMTP_REJECTED] = "550 5.7.1 ",  [LMTP_UNKNOWN] = "550 5.1.1 ",
	    [LMTP_TOO_LARGE] = "552 5.3.4 ",
	};
	static const char *const words[] = {
	    [LMTP_ACCEPTED] = "Taken",        [LMTP_TEMPORARY] = "Not stored, try again later",
	    [LMTP_REJECTED] = "Not accepted", [LMTP_UNKNOWN] = "No such mailbox",
	    [LMTP_TOO_LARGE] = "Too large",
	};
	if (p->state != WAIT_LETTER)
		return;
	for (size_t i = 0; i < p->nrecipients; i++) {
		buf_addz(&p->out, texts[replies[i]]);
		reply(p, words[replies[i]]);
	}
	p->letters++;
	reset(p);
	p->state = COMMAND;
}

bool lmtp_parse_in_data(const struct lmtp_parse *p)
{
	return p->state == DATA || p->state == WAIT_LETTER;
}

void lmtp_parse_goodbye(struct lmtp_parse *p, const char *why)
{
	if (p->state == CLOSED)
		return;
	buf_addf(&p->out, "421 4.3.2 %s\r\n", why);
	p->state = CLOSED;
}

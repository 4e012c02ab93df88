/* smtp_send.c: see smtp_send.h.
 *
 * libcurl speaks; we listen through its debug callback, which shows each command
 * and each line of an answer. From them the fate of every recipient is kept in
 * struct talk. What is sent during AUTH passes by and is never stored. */
#include "mail/smtp_send.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <pthread.h>

#include "base/buf.h"
#include "mime/parse.h"
#include "net/guard.h"

#define REPLY_BYTES ((size_t)1000)
#define NO_UTF8                                                                                    \
	"the mail server takes no addresses with letters outside ASCII before the @ (SMTPUTF8)"

enum step { CONNECT, TLS, AUTH, MAIL, RCPT, DATA, BODY, DONE };

static const char *const step_names[] = {"connect", "tls",  "auth", "mail",
                                         "rcpt",    "data", "data", ""};

struct talk {
	struct arena *a;
	const struct smtp_server *server;
	const struct smtp_letter *letter;
	enum step step;
	enum step refused; /* where the latest answer that was no yes came */
	bool guard_refused, tls_used;
	/* the answer being read */
	struct buf text;
	/* what was said */
	struct smtp_result last; /* the latest answer of any kind */
	struct smtp_result mail, data, final;
	struct smtp_result *rcpt; /* code 0: not asked, or not answered */
	size_t *order;            /* the recipients that are asked for, by their place */
	size_t n_order;
	bool *unfit;  /* this recipient cannot be written by this server */
	size_t asked; /* RCPT commands so far */
	bool utf8;    /* the server offers SMTPUTF8 */
	/* the letter on its way */
	size_t sent;
	bool before_cr; /* the last byte handed over was a CR */
	bool ended;     /* all was handed over: libcurl adds the final dot */
	bool read_failed;
	struct error *e;
};

/* --- answers --- */

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "5.1.1 " at the front of *text (RFC 2034). */
static str take_enhanced(str *text)
{
	size_t i = 0, dots = 0;
	while (i < text->n && (digit(text->p[i]) || text->p[i] == '.'))
		dots += text->p[i++] == '.';
	bool good = dots == 2 && i >= 5 && i <= 9 && text->p[1] == '.' && text->p[i - 1] != '.' &&
	            strchr("245", text->p[0]) && (i == text->n || text->p[i] == ' ');
	if (!good)
		return STR("");
	str code = str_sub(*text, 0, i);
	*text = str_trim(str_from(*text, i));
	return code;
}

static enum smtp_fate fate_of(int code)
{
	/* Wrong credentials are our fault, not the letter's: it waits until they are mended. */
	bool ours = code == 530 || code == 534 || code == 535 || code == 538;
	return code >= 200 && code < 300 ? SMTP_SENT
	       : code >= 500 && !ours    ? SMTP_PERMANENT
	                                 : SMTP_TEMPORARY;
}

static struct smtp_result result(struct talk *t, int code)
{
	str text = str_trim(buf_str(&t->text));
	struct smtp_result r = {.fate = fate_of(code), .code = code};
	r.enhanced = str_dup(t->a, take_enhanced(&text));
	r.reply = str_dup(t->a, str_cut_utf8(str_to_utf8(t->a, text), REPLY_BYTES));
	return r;
}

static void answered(struct talk *t, int code)
{
	struct smtp_result r = result(t, code);
	t->last = r;
	if (r.fate != SMTP_SENT && code != 354 && code != 334)
		t->refused = t->step;
	switch (t->step) {
	case MAIL:
		t->mail = r;
		break;
	case RCPT:
		/* RFC 5321 4.5.3.1.10: 552 to a recipient has always meant "too many for now". */
		if (code == 552)
			r.fate = SMTP_TEMPORARY;
		if (t->asked > 0 && t->asked <= t->n_order)
			t->rcpt[t->order[t->asked - 1]] = r;
		break;
	case DATA:
		if (code == 354)
			t->step = BODY;
		else
			t->data = r;
		break;
	case BODY:
		t->final = r;
		t->step = DONE;
		break;
	default:
		break;
	}
}

static void hear_line(struct talk *t, str line)
{
	line = str_trim(line);
	int64_t code;
	if (t->step == DONE || line.n < 3 || !str_to_i64(str_sub(line, 0, 3), &code) || code < 100)
		return;
	str text = str_from(line, 4);
	t->utf8 |= t->step < MAIL && code == 250 && str_eq_nocase(str_trim(text), STR("SMTPUTF8"));
	if (t->text.n) { /* the code again on each line of one answer says nothing new */
		str again = text;
		take_enhanced(&again);
		buf_addc(&t->text, ' ');
		buf_add(&t->text, again);
	} else {
		buf_add(&t->text, text);
	}
	if (line.n > 3 && line.p[3] == '-')
		return;
	answered(t, (int)code);
	buf_clear(&t->text);
}

static void say_line(struct talk *t, str line)
{
	if (t->step >= BODY)
		return;
	if (str_starts(line, STR("MAIL FROM:"))) {
		t->step = MAIL;
	} else if (str_starts(line, STR("RCPT TO:"))) {
		t->step = RCPT;
		t->asked++;
	} else if (str_starts(line, STR("DATA"))) {
		t->step = DATA;
	} else if (str_starts(line, STR("EHLO"))) {
		t->utf8 = false; /* what was offered before TLS counts no more */
	} else if (str_starts(line, STR("STARTTLS"))) {
		t->step = TLS;
	} else if (str_starts(line, STR("AUTH "))) {
		t->step = AUTH;
	} else if (str_starts(line, STR("QUIT"))) {
		if (t->refused == CONNECT) /* it was silence, not a refusal */
			t->refused = t->step;
		t->step = DONE;
	}
	buf_clear(&t->text);
}

static int on_debug(CURL *curl, curl_infotype type, char *data, size_t n, void *arg)
{
	struct talk *t = arg;
	str rest = str_n(data, n), line;
	if (type == CURLINFO_HEADER_IN) {
		while (str_split(&rest, '\n', &line))
			hear_line(t, line);
	} else if (type == CURLINFO_HEADER_OUT) {
		say_line(t, rest);
	} else if (type == CURLINFO_SSL_DATA_IN || type == CURLINFO_SSL_DATA_OUT) {
		t->tls_used = true;
	}
	return 0;
}

/* --- the letter --- */

/* From the caller's reader or bytes, as they are. */
static size_t pull(struct talk *t, char *p, size_t n)
{
	const struct smtp_letter *l = t->letter;
	size_t got = 0;
	if (l->read) {
		if (l->read(l->arg, p, n, &got, t->e))
			t->read_failed = true;
		return t->read_failed ? 0 : got;
	}
	str piece = str_sub(l->raw, t->sent, t->sent + n);
	if (piece.n)
		memcpy(p, piece.p, piece.n);
	t->sent += piece.n;
	return piece.n;
}

/* Hands over at most n bytes with every line end as CRLF: a bare CR or LF could be taken for
 * an end of the letter by one server and not by the next. */
static size_t on_read(char *p, size_t size, size_t count, void *arg)
{
	struct talk *t = arg;
	size_t room = size * count, n = 0;
	if (room < 16)
		return CURL_READFUNC_ABORT;
	size_t half = room / 2 - 1;
	char *in = p + room - half; /* read into the end, written from the front */
	size_t got = pull(t, in, half);
	if (t->read_failed)
		return CURL_READFUNC_ABORT;
	for (size_t i = 0; i < got; i++) {
		char c = in[i];
		if (t->before_cr && c != '\n')
			p[n++] = '\n';
		else if (!t->before_cr && c == '\n')
			p[n++] = '\r';
		p[n++] = c;
		t->before_cr = c == '\r';
	}
	if (got == 0 && t->before_cr) {
		p[n++] = '\n';
		t->before_cr = false;
	}
	/* libcurl does not ask again when it has got the size it was told. */
	t->ended |= n == 0 || (!t->letter->read && t->sent == t->letter->raw.n && !t->before_cr);
	return n;
}

/* --- where to --- */

static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct talk *t = arg;
	const struct smtp_server *s = t->server;
	if ((!s->allow_private && !net_addr_is_public(&to->addr)) ||
	    (s->guard && !s->guard(s->guard_arg, &to->addr, to->addrlen))) {
		t->guard_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* --- the verdict --- */

static void decide(struct talk *t, CURLcode rc, struct smtp_outcome *out)
{
	struct smtp_result none = {.fate = SMTP_TEMPORARY, .reply = STR(""), .enhanced = STR("")};
	if (t->last.code == 0)
		none.reply = str_dup(t->a, str_of(curl_easy_strerror(rc)));
	struct smtp_result all = none; /* for recipients that the server has accepted */
	if (t->final.code)
		all = t->final;
	else if (t->data.code)
		all = t->data;
	else
		all.uncertain = t->step == BODY && t->ended;
	bool any_sent = false, any_temporary = false;
	const struct smtp_result *first = &out->recipients[0];
	for (size_t i = 0; i < out->nrecipients; i++) {
		struct smtp_result *r = &out->recipients[i];
		if (t->unfit[i]) {
			*r = (struct smtp_result){.fate = SMTP_PERMANENT,
			                          .enhanced = STR("5.6.7"),
			                          .reply = STR(NO_UTF8)};
		} else if (t->rcpt[i].code && t->rcpt[i].fate != SMTP_SENT) {
			*r = t->rcpt[i];
		} else if (t->rcpt[i].code) {
			*r = all;
			if (r->fate == SMTP_SENT && !t->final.code)
				r->fate = SMTP_TEMPORARY; /* a 2xx to DATA itself sends nothing */
		} else if (t->mail.code && t->mail.fate == SMTP_PERMANENT) {
			*r = t->mail;
		} else {
			*r = none;
			if (t->last.code && t->last.fate != SMTP_SENT) {
				*r = t->last;
				r->fate = SMTP_TEMPORARY;
			}
		}
		any_sent |= r->fate == SMTP_SENT;
		any_temporary |= r->fate == SMTP_TEMPORARY;
	}
	enum smtp_fate whole = any_sent        ? SMTP_SENT
	                       : any_temporary ? SMTP_TEMPORARY
	                                       : SMTP_PERMANENT;
	while (first->fate != whole) /* one of them has it */
		first++;
	out->letter = *first;
	out->tls_used = t->tls_used;
	if (any_sent)
		out->step = "";
	else if (!t->n_order)
		out->step = "smtputf8";
	else if (t->guard_refused && !t->last.code)
		out->step = "guard";
	else if (t->read_failed)
		out->step = "read";
	else if (rc == CURLE_SSL_CONNECT_ERROR || rc == CURLE_PEER_FAILED_VERIFICATION ||
	         rc == CURLE_USE_SSL_FAILED || rc == CURLE_SSL_CACERT_BADFILE)
		out->step = "tls";
	else if (rc == CURLE_LOGIN_DENIED)
		out->step = "auth";
	else
		out->step = step_names[t->step == DONE ? t->refused : t->step];
}

/* --- input --- */

static bool fit_host(str host)
{
	if (host.n == 0 || host.n > 253)
		return false;
	for (size_t i = 0; i < host.n; i++) {
		unsigned char c = (unsigned char)host.p[i];
		bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || digit((char)c) ||
		            c == '-' || c == '.' || c == '_' || c == ':' || c >= 0x80;
		if (!good)
			return false;
	}
	return true;
}

static enum err check(const struct smtp_server *s, const struct smtp_letter *l, struct error *e)
{
	char field[64];
	if (!fit_host(s->host))
		return error_set(e, ERR_INVALID, "error.bad_host", "host", NULL);
	if (s->port < 0 || s->port > 65535)
		return error_set(e, ERR_INVALID, "error.bad_port", "port", NULL);
	if (s->local_name.n && !fit_host(s->local_name))
		return error_set(e, ERR_INVALID, "error.bad_host", "local_name", NULL);
	if (l->mail_from.n && !mime_is_address(l->mail_from))
		return error_set(e, ERR_INVALID, "error.not_an_address", "mail_from", NULL);
	if (l->nrecipients == 0)
		return error_set(e, ERR_INVALID, "error.empty", "recipients", NULL);
	for (size_t i = 0; i < l->nrecipients; i++) {
		snprintf(field, sizeof field, "recipients.%zu", i);
		if (!mime_is_address(l->recipients[i]))
			return error_set(e, ERR_INVALID, "error.not_an_address", field, NULL);
	}
	if (!l->read && l->raw.n == 0)
		return error_set(e, ERR_INVALID, "error.empty", "raw", NULL);
	return ERR_OK;
}

static const char *url_of(struct arena *a, const struct smtp_server *s)
{
	int port = s->port                       ? s->port
	           : s->tls == SMTP_TLS_FULL     ? 465
	           : s->tls == SMTP_TLS_STARTTLS ? 587
	                                         : 25;
	bool v6 = str_chr(s->host, ':') >= 0;
	str name = s->local_name.n ? s->local_name : STR("localhost");
	return str_printf(a, "%s://%s%.*s%s:%d/%.*s", s->tls == SMTP_TLS_FULL ? "smtps" : "smtp",
	                  v6 ? "[" : "", STR_FMT(s->host), v6 ? "]" : "", port, STR_FMT(name))
	    .p;
}

static void init_once(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* The length of the letter as it will be handed over, or -1. */
static curl_off_t size_of(const struct smtp_letter *l)
{
	if (l->read)
		return -1; /* libcurl would stop at a size that line ends have made wrong */
	curl_off_t n = (curl_off_t)l->raw.n;
	for (size_t i = 0; i < l->raw.n; i++) {
		n += l->raw.p[i] == '\n' && (i == 0 || l->raw.p[i - 1] != '\r');
		n += l->raw.p[i] == '\r' && (i + 1 == l->raw.n || l->raw.p[i + 1] != '\n');
	}
	return n;
}

static bool is_ascii(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

static void set_options(CURL *curl, struct talk *t, struct curl_slist *to)
{
	const struct smtp_server *s = t->server;
	struct arena *a = t->a;
	long timeout = s->timeout_seconds > 0 ? s->timeout_seconds : 300;
	long connect = s->connect_timeout_seconds > 0 ? s->connect_timeout_seconds : 30;
	curl_easy_setopt(curl, CURLOPT_URL, url_of(a, s));
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_USE_SSL,
	                 s->tls == SMTP_TLS_NONE ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (s->ca_file.n)
		curl_easy_setopt(curl, CURLOPT_CAINFO, str_z(a, s->ca_file));
	if (s->user.n) {
		curl_easy_setopt(curl, CURLOPT_USERNAME, str_z(a, s->user));
		if (s->bearer.n)
			curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, str_z(a, s->bearer));
		else
			curl_easy_setopt(curl, CURLOPT_PASSWORD, str_z(a, s->password));
	}
	curl_easy_setopt(curl, CURLOPT_TIMEOUT,
	                 s->total_seconds > 0 ? (long)s->total_seconds : (long)SMTP_SEND_SECONDS);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, timeout);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, connect);
	curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, timeout);
	str from = mime_address_ascii(a, t->letter->mail_from);
	curl_easy_setopt(curl, CURLOPT_MAIL_FROM, str_printf(a, "<%.*s>", STR_FMT(from)).p);
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(curl, CURLOPT_READDATA, t);
	curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, size_of(t->letter));
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, t);
	curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, on_debug);
	curl_easy_setopt(curl, CURLOPT_DEBUGDATA, t);
	curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L); /* to our callback only */
}

static CURLcode perform(struct talk *t, bool only_greet)
{
	struct curl_slist *to = NULL;
	CURL *curl = curl_easy_init();
	if (!curl)
		return CURLE_FAILED_INIT;
	for (size_t i = 0; i < t->n_order; i++) {
		str address = mime_address_ascii(t->a, t->letter->recipients[t->order[i]]);
		to = curl_slist_append(to, str_printf(t->a, "<%.*s>", STR_FMT(address)).p);
	}
	set_options(curl, t, to);
	if (only_greet)
		curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
	CURLcode rc = curl_easy_perform(curl);
	curl_easy_cleanup(curl);
	curl_slist_free_all(to);
	return rc;
}

/* Leaves out whom a server without SMTPUTF8 cannot be told. It is asked only where that matters:
 * libcurl would send the bytes all the same. */
static CURLcode leave_out_unfit(struct talk *t)
{
	const struct smtp_letter *l = t->letter;
	bool from = !is_ascii(mime_address_ascii(t->a, l->mail_from)), any = from;
	for (size_t i = 0; i < l->nrecipients; i++) {
		t->order[i] = i;
		t->unfit[i] = from || !is_ascii(mime_address_ascii(t->a, l->recipients[i]));
		any |= t->unfit[i];
	}
	t->n_order = l->nrecipients;
	CURLcode rc = any ? perform(t, true) : CURLE_OK;
	bool keep = !any || rc || t->utf8;
	t->n_order = 0;
	for (size_t i = 0; i < l->nrecipients; i++) {
		t->unfit[i] &= !keep;
		if (!t->unfit[i])
			t->order[t->n_order++] = i;
	}
	if (any && !rc) { /* the letter's own conversation begins anew */
		t->step = t->refused = CONNECT;
		t->last = (struct smtp_result){0};
		buf_clear(&t->text);
	}
	return rc;
}

enum err smtp_send(struct arena *a, const struct smtp_server *server,
                   const struct smtp_letter *letter, struct smtp_outcome *out, struct error *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	enum err err = check(server, letter, e);
	*out = (struct smtp_outcome){.step = ""};
	if (err)
		return err;
	pthread_once(&once, init_once);
	struct talk t = {.a = a, .server = server, .letter = letter, .e = e};
	buf_init(&t.text, 8 * REPLY_BYTES);
	t.rcpt = ARENA_ARRAY(a, letter->nrecipients, struct smtp_result);
	t.order = ARENA_ARRAY(a, letter->nrecipients, size_t);
	t.unfit = ARENA_ARRAY(a, letter->nrecipients, bool);
	out->recipients = ARENA_ARRAY(a, letter->nrecipients, struct smtp_result);
	out->nrecipients = letter->nrecipients;
	CURLcode rc = leave_out_unfit(&t);
	if (!rc && t.n_order)
		rc = perform(&t, false);
	decide(&t, rc, out);
	buf_release(&t.text);
	return ERR_OK;
}

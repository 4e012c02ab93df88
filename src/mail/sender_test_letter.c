/* sender_test_letter.c: a letter by which an admin sees what a server says. See outbox.h. */
#include "base/buf.h"
#include "mail/outbox.h"
#include "mime/compose.h"
#include "sys/random.h"
#include "text/addr.h"
#include "text/message.h"

static enum err make(const struct mail_outbox *o, struct arena *a, const struct sender *w,
                     const struct inbox *from, str to, enum lang lang, str *raw, struct error *e)
{
	/* A machine's letter, and no answer to anything: nobody shall answer it by himself. */
	static const struct compose_header automatic[] = {
	    {{"Auto-Submitted", 14}, {"auto-generated", 14}},
	    {{"X-Auto-Response-Suppress", 24}, {"All", 3}},
	};
	struct mime_addr rcpt = {.email = to};
	str domain = email_domain(from->address);
	struct compose_letter l = {
	    .from = {.name = from->sender_name.n ? from->sender_name : from->brand_name,
	             .email = from->address},
	    .to = &rcpt,
	    .nto = 1,
	    .subject = message_format(a, lang, STR("mail.test.subject"),
	                              MESSAGE_ARGS(MESSAGE_STR("sender", w->name))),
	    .text = message_format(
	        a, lang, STR("mail.test.text"),
	        MESSAGE_ARGS(MESSAGE_STR("sender", w->name), MESSAGE_STR("host", w->host))),
	    .message_id =
	        str_printf(a, "test.%.*s@%.*s", STR_FMT(random_token(a, 12)), STR_FMT(domain)),
	    .date = clock_now(o->desk->clock),
	    .extra = automatic,
	    .nextra = COUNT_OF(automatic),
	};
	BUF_AUTO b;
	buf_init(&b, 0);
	enum err err = compose(&l, &b, e);
	*raw = err ? STR("") : str_dup(a, buf_str(&b));
	return err;
}

enum err mail_sender_try(const struct mail_outbox *o, struct arena *a, const struct sender *w,
                         const struct inbox *from, str to, enum lang lang, bool *sent, str *words,
                         struct error *e)
{
	struct smtp_server server;
	struct smtp_outcome out = {0};
	struct error why = {0};
	str raw;
	*sent = false;
	enum err err = mail_sender_server(o, a, w, &server, &why);
	if (err) {
		*words = str_dup(a, str_of(why.detail[0] ? why.detail : why.key));
		return ERR_OK;
	}
	if ((err = make(o, a, w, from, to, lang, &raw, e)))
		return err;
	/* Somebody waits before a screen. */
	server.timeout_seconds = 20;
	server.connect_timeout_seconds = 10;
	struct smtp_letter letter = {
	    .mail_from = from->address, .recipients = &to, .nrecipients = 1, .raw = raw};
	err = o->send ? o->send(o->send_arg, a, &server, &letter, &out, e)
	              : smtp_send(a, &server, &letter, &out, e);
	if (err)
		return err;
	const struct smtp_result *r = &out.letter;
	if (out.nrecipients)
		r = &out.recipients[0];
	*sent = r->fate == SMTP_SENT;
	*words = r->code ? str_printf(a, "%d %.*s%s%.*s", r->code, STR_FMT(r->enhanced),
	                              r->enhanced.n ? " " : "", STR_FMT(r->reply))
	                 : str_dup(a, r->reply);
	if (!*sent && out.step && strcmp(out.step, "guard") == 0)
		return error_set(e, ERR_INVALID, "error.smtp_guard", "host", NULL);
	if (!*sent && out.step && out.step[0])
		*words = str_printf(a, "%s: %.*s", out.step, STR_FMT(*words));
	*words = str_to_utf8(a, *words);
	return ERR_OK;
}

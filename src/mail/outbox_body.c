/* outbox_body.c: what an outgoing letter says: words, signature, quotation, pictures.
 *
 * The plain text has a paragraph in one long line, sent as quoted-printable:
 * every reader wraps it to its own width. Hard lines of 72 columns look ragged
 * on a phone, and format=flowed (RFC 3676), which would mend that, is ignored by
 * Outlook and most web mail, so that its letters look ragged too; whoever wants
 * more has the HTML. Quoted lines begin with "> ", under a sentence that our own
 * reader of quotations knows (mime/quote.h), like everybody else's.
 */
#include "base/buf.h"
#include "base/date.h"
#include "desk/placeholder.h"
#include "mail/ack.h"
#include "mail/outbox_internal.h"
#include "mail/plain_html.h"
#include "store/account.h"
#include "store/contact.h"
#include "store/ticket.h"
#include "text/fold.h"
#include "text/message.h"
#include "text/template_gen.h"

#define HEARD_MESSAGES 3            /* tell the language of who wrote them */
#define QUOTE_MESSAGES 10           /* of a whole thread */
#define QUOTE_BYTES ((size_t)20000) /* of one message */

/* ---- what is said, read ---- */

enum err outgoing_values(struct arena *a, struct db_conn *c, const struct outgoing *o,
                         str values[PLACEHOLDER_COUNT], struct error *e)
{
	struct account ac = {0};
	struct ticket t;
	struct contact ct;
	struct error why = {0};
	enum err err = ERR_OK;
	if (o->m.account_id)
		err = account_get(a, c, o->m.account_id, &ac, &why);
	if (err && err != ERR_NOT_FOUND) {
		if (e)
			*e = why;
		return err;
	}
	if ((err = ticket_get(a, c, actor_system(), o->m.ticket_id, &t, e)) ||
	    (err = contact_get(a, c, actor_system(), t.contact_id, &ct, e)))
		return err;
	/* A third party is not told who the customer is. */
	str customer = o->m.thread_id ? STR_NONE : ct.name;
	values[PLACEHOLDER_AGENT_NAME] = ac.name;
	values[PLACEHOLDER_AGENT_FIRST_NAME] = placeholder_first_name(ac.name);
	values[PLACEHOLDER_BRAND_NAME] = o->inbox.brand_name;
	values[PLACEHOLDER_INBOX_NAME] = o->inbox.name;
	values[PLACEHOLDER_INBOX_ADDRESS] = o->inbox.address;
	values[PLACEHOLDER_CONTACT_NAME] = customer;
	values[PLACEHOLDER_CONTACT_FIRST_NAME] = placeholder_first_name(customer);
	values[PLACEHOLDER_TICKET_ID] = str_printf(a, "%lld", (long long)t.id);
	values[PLACEHOLDER_TICKET_SUBJECT] = o->m.thread_id ? o->m.subject : t.subject;
	return ERR_OK;
}

/* The agent's signature above the house's, filled in. */
static enum err read_signature(struct arena *a, struct db_conn *c, struct outgoing *o,
                               struct error *e)
{
	str values[PLACEHOLDER_COUNT] = {0};
	struct account ac = {0};
	struct error why = {0};
	enum err err = ERR_OK;
	if (o->m.account_id)
		err = account_get(a, c, o->m.account_id, &ac, &why);
	if (err && err != ERR_NOT_FOUND) {
		if (e)
			*e = why;
		return err;
	}
	str own = str_trim(ac.signature), house = str_trim(o->inbox.signature);
	o->signature = STR("");
	if ((!own.n && !house.n) || o->m.is_auto)
		return ERR_OK;
	if ((err = outgoing_values(a, c, o, values, e)) ||
	    (err = placeholder_fill(a, own, values, "signature", &own, e)) ||
	    (err = placeholder_fill(a, house, values, "signature", &house, e)))
		return err;
	o->signature = !own.n     ? house
	               : !house.n ? own
	                          : str_printf(a, "%.*s\n%.*s", STR_FMT(own), STR_FMT(house));
	return ERR_OK;
}

/* What the recipient reads: the contact's language, else that of their letters, as the
 * acknowledgement does, else the brand's. A third party's is not known. */
static enum err read_language(struct arena *a, struct db_conn *c, struct outgoing *o,
                              struct error *e)
{
	struct ticket t;
	struct contact ct;
	o->lang = LANG_EN;
	(void)lang_of(o->inbox.language, &o->lang);
	if (o->m.thread_id)
		return ERR_OK;
	/* Its words are there already, and the HTML says which language they are. */
	if (o->m.is_auto) {
		o->lang = mail_ack_language(STR(""), o->m.text, o->lang);
		return ERR_OK;
	}
	enum err err = ticket_get(a, c, actor_system(), o->m.ticket_id, &t, e);
	if (!err)
		err = contact_get(a, c, actor_system(), t.contact_id, &ct, e);
	if (err || lang_of(ct.language, &o->lang))
		return err;
	/* The newest that has letters enough decides. */
	for (size_t i = o->n_heard; i-- > 0;)
		o->lang = mail_ack_language(t.subject, o->heard[i].text, o->lang);
	return ERR_OK;
}

static enum err read_quotes(struct arena *a, struct db_conn *c, struct outgoing *o, struct error *e)
{
	bool last = str_is(o->inbox.quote, "last");
	o->n_quotes = 0;
	if (o->m.kind != MESSAGE_AGENT || (!last && !str_is(o->inbox.quote, "thread")))
		return ERR_OK;
	return message_said_before(a, c, o->m.ticket_id, o->m.thread_id, o->m.id, last,
	                           last ? 1 : QUOTE_MESSAGES, &o->quotes, &o->n_quotes, e);
}

/* Where an agent corrected an address, the letter's head says the right one. */
static enum err correct_heads(struct arena *a, struct db_conn *c, struct outgoing *o,
                              struct error *e)
{
	struct delivery *list;
	size_t n;
	struct recipients *r = &o->m.rcpt;
	enum err err = delivery_of_message(a, c, o->m.id, &list, &n, e);
	for (size_t i = 0; !err && i < n; i++) {
		if (!list[i].instead_of.n)
			continue;
		for (size_t k = 0; k < r->n_to; k++)
			if (str_eq_nocase(r->to[k].address, list[i].instead_of))
				r->to[k].address = list[i].address;
		for (size_t k = 0; k < r->n_cc; k++)
			if (str_eq_nocase(r->cc[k].address, list[i].instead_of))
				r->cc[k].address = list[i].address;
	}
	return err;
}

enum err outgoing_say(struct arena *a, struct db_conn *c, struct outgoing *o, struct error *e)
{
	enum err err = message_said_before(a, c, o->m.ticket_id, o->m.thread_id, o->m.id, true,
	                                   HEARD_MESSAGES, &o->heard, &o->n_heard, e);
	if (!err)
		err = read_language(a, c, o, e);
	struct error why = {0};
	if (!err)
		err = read_signature(a, c, o, &why);
	/* It fails where the agent sees it, not over and over as a job. */
	if (err == ERR_INVALID) {
		o->wrong = why;
		err = ERR_OK;
	} else if (err && why.code && e) {
		*e = why;
	}
	if (!err)
		err = read_quotes(a, c, o, e);
	return err ? err : correct_heads(a, c, o, e);
}

/* ---- pictures ---- */

static bool is_picture(str type)
{
	return str_eq_nocase(type, STR("image/png")) || str_eq_nocase(type, STR("image/jpeg")) ||
	       str_eq_nocase(type, STR("image/gif")) || str_eq_nocase(type, STR("image/webp"));
}

/* One for each file; those that are no picture have no name, so that no text names them. */
static struct plain_image *pictures(struct arena *a, const struct outgoing *o)
{
	struct plain_image *list = ARENA_ARRAY(a, o->n_files + 1, struct plain_image);
	for (size_t i = 0; i < o->n_files; i++) {
		const struct attachment *at = &o->files[i];
		if (!is_picture(at->content_type))
			continue;
		list[i].name = at->name;
		list[i].content_id =
		    str_printf(a, "file%lld.%.*s", (long long)at->id, STR_FMT(o->m.mail_id));
	}
	return list;
}

/* ---- the quotation ---- */

static str day_and_time(struct arena *a, enum lang lang, usec t)
{
	static const char *const months[LANG_COUNT][12] = {
	    [LANG_EN] = {"January", "February", "March", "April", "May", "June", "July", "August",
	                 "September", "October", "November", "December"},
	    [LANG_RU] = {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа",
	                 "сентября", "октября", "ноября", "декабря"}};
	struct date d = date_of(t);
	return str_printf(
	    a, lang == LANG_RU ? "%d %s %d г., %02d:%02d UTC" : "%d %s %d, %02d:%02d UTC", d.day,
	    months[lang][d.month - 1], d.year, d.hour, d.minute);
}

static str author_of(const struct outgoing *o, const struct message *q)
{
	str name = str_trim(q->author_name);
	if (!name.n)
		name = q->author_address;
	if (q->kind == MESSAGE_AGENT) /* as the letter's own sender */
		name = o->inbox.sender_name.n ? o->inbox.sender_name : o->inbox.brand_name;
	return name;
}

static str head_of(struct arena *a, const struct outgoing *o, const struct message *q)
{
	str name = author_of(o, q), at = day_and_time(a, o->lang, q->sent_at);
	if (!name.n)
		return message_format(a, o->lang, STR("mail.reply.quote_none"),
		                      MESSAGE_ARGS(MESSAGE_STR("date", at)));
	return message_format(
	    a, o->lang, STR("mail.reply.quote"),
	    MESSAGE_ARGS(MESSAGE_STR("date", at), MESSAGE_STR("name", text_snippet(a, name, 100))));
}

static str cut_quote(struct arena *a, str text)
{
	str cut = str_cut_utf8(str_trim(text), QUOTE_BYTES);
	return cut.n < str_trim(text).n ? str_concat(a, cut, STR(" [\u2026]")) : cut;
}

/* One message inside the other, as mail programs do: each older one a step deeper. */
static void quote_text(struct buf *b, struct arena *a, const struct outgoing *o)
{
	char marks[QUOTE_MESSAGES + 2] = "";
	for (size_t i = 0; i < o->n_quotes; i++) {
		str rest = cut_quote(a, o->quotes[i].text), line;
		if (i)
			buf_addf(b, "\n%s\n%s ", marks, marks);
		buf_add(b, head_of(a, o, &o->quotes[i]));
		marks[i] = '>';
		marks[i + 1] = 0;
		while (rest.p && str_split(&rest, '\n', &line)) {
			if (line.n && line.p[line.n - 1] == '\r')
				line.n--;
			buf_addc(b, '\n');
			buf_addz(b, marks);
			/* No space between marks, nor one alone at the end of a line. */
			if (line.n && line.p[0] != '>')
				buf_addc(b, ' ');
			buf_add(b, line);
		}
	}
}

static void quote_html(struct buf *b, struct arena *a, const struct outgoing *o)
{
	for (size_t i = 0; i < o->n_quotes; i++) {
		buf_addz(b, "<div class=\"gmail_quote\" style=\"margin-top:16px\"><div>");
		tpl_escape(b, head_of(a, o, &o->quotes[i]));
		buf_addz(b, "</div>\n<blockquote type=\"cite\" style=\"margin:0;padding-left:12px;"
		            "border-left:2px solid #d5d7db\">");
		plain_html(b, cut_quote(a, o->quotes[i].text), NULL, 0);
	}
	for (size_t i = 0; i < o->n_quotes; i++)
		buf_addz(b, "</blockquote></div>\n");
}

/* ---- both bodies ---- */

void outgoing_bodies(struct arena *a, const struct outgoing *o, struct outgoing_bodies *out)
{
	const struct message *m = &o->m;
	str reference = m->kind == MESSAGE_AGENT && !m->thread_id
	                    ? mail_ack_number(a, o->lang, m->ticket_id)
	                    : STR("");
	/* What an outgoing message has as quoted are messages forwarded to a third party. */
	str words = m->text;
	if (m->quoted.n)
		words = str_concat(a, str_concat(a, words, STR("\n\n")), m->quoted);
	BUF_AUTO t;
	BUF_AUTO h;
	BUF_AUTO body;
	BUF_AUTO sign;
	BUF_AUTO quote;
	buf_init(&t, 0);
	buf_init(&h, 0);
	buf_init(&body, 0);
	buf_init(&sign, 0);
	buf_init(&quote, 0);
	quote_text(&quote, a, o);
	tpl_reply_txt(&t, &(struct tpl_reply_txt){.lang = o->lang,
	                                          .body = words,
	                                          .signature = o->signature,
	                                          .reference = reference,
	                                          .quote = buf_str(&quote)});
	buf_clear(&quote);
	quote_html(&quote, a, o);
	out->images = pictures(a, o);
	plain_html(&body, words, out->images, o->n_files);
	plain_html(&sign, o->signature, NULL, 0);
	tpl_reply_html(&h, &(struct tpl_reply_html){.lang = o->lang,
	                                            .body = {buf_str(&body)},
	                                            .signature = {buf_str(&sign)},
	                                            .reference = reference,
	                                            .quote = {buf_str(&quote)}});
	out->text = str_dup(a, buf_str(&t));
	out->html = str_dup(a, buf_str(&h));
}

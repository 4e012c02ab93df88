/* outbox_letter.c: a message of ours as the letter it leaves as.
 *
 * The same row gives the same bytes: Message-ID and date stand in the row, the
 * boundary is made from the Message-ID.
 */
#include "mail/outbox_internal.h"

#include "mail/address_token.h"
#include "mime/compose.h"
#include "store/attachment.h"
#include "store/system.h"
#include "text/template_gen.h"

#define REFERENCES_MAX 20
#define LETTER_MAX ((size_t)35 << 20)

str outbox_domain(const struct mail_outbox *o, const struct inbox *inbox)
{
	ptrdiff_t at = str_rchr(inbox->address, '@');
	return at >= 0       ? str_from(inbox->address, (size_t)at + 1)
	       : o->domain.n ? o->domain
	                     : STR("localhost");
}

static struct mime_addr *addresses(struct arena *a, const struct address *p, size_t n)
{
	struct mime_addr *out = ARENA_ARRAY(a, n, struct mime_addr);
	for (size_t i = 0; i < n; i++)
		out[i] = (struct mime_addr){.name = p[i].name, .email = p[i].address};
	return out;
}

/* ---- bodies ---- */

static str as_lines(struct arena *a, str text)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	tpl_lines(&b, text);
	return str_dup(a, buf_str(&b));
}

static void bodies(struct arena *a, const struct outbox_letter *l, struct compose_letter *out)
{
	BUF_AUTO txt;
	BUF_AUTO html;
	buf_init(&txt, 0);
	buf_init(&html, 0);
	enum lang lang = LANG_EN;
	(void)lang_of(l->inbox.language, &lang);
	const struct tpl_reply_txt plain = {
	    .lang = lang, .body = l->message.text, .signature = l->inbox.signature};
	const struct tpl_reply_html rich = {
	    .lang = lang,
	    .body = {as_lines(a, l->message.text)},
	    .signature = {as_lines(a, l->inbox.signature)},
	};
	tpl_reply_txt(&txt, &plain);
	tpl_reply_html(&html, &rich);
	out->text = str_dup(a, buf_str(&txt));
	out->html = str_dup(a, buf_str(&html));
}

/* ---- files ---- */

static enum err files(const struct mail_outbox *o, struct arena *a, struct db_conn *c,
                      const struct outbox_letter *l, struct compose_letter *out, struct error *e)
{
	struct attachment *list;
	size_t n;
	enum err err = attachment_of_messages(a, c, &l->message.id, 1, &list, &n, e);
	if (err)
		return err;
	struct compose_file *f = ARENA_ARRAY(a, n, struct compose_file);
	for (size_t i = 0; !err && i < n; i++) {
		f[i] = (struct compose_file){.name = list[i].name,
		                             .content_type = list[i].content_type};
		err =
		    blob_read(&o->desk->blobs, a, c, list[i].hash,
		              (int64_t)(o->max_bytes ? o->max_bytes : LETTER_MAX), &f[i].bytes, e);
	}
	out->files = f;
	out->nfiles = n;
	return err;
}

/* ---- the whole ---- */

static enum err thread_headers(struct arena *a, struct db_conn *c, const struct outbox_letter *l,
                               struct compose_letter *out, struct error *e)
{
	str *ids;
	size_t n;
	enum err err = message_thread_mail_ids(a, c, l->message.ticket_id, l->message.thread_id,
	                                       l->message.id, REFERENCES_MAX, &ids, &n, e);
	if (err || !n)
		return err;
	out->references = ids;
	out->nreferences = n;
	out->in_reply_to = ids[n - 1];
	return ERR_OK;
}

enum err outbox_letter_load(struct mail_outbox *o, struct arena *a, struct db_conn *c,
                            int64_t message_id, struct outbox_letter *l, struct error *e)
{
	memset(l, 0, sizeof *l);
	enum err err = message_get(a, c, actor_system(), message_id, &l->message, e);
	if (!err)
		err = inbox_get(a, c, l->message.inbox_id, &l->inbox, e);
	if (!err)
		err = system_mail_secret(a, c, &l->secret, e);
	return err;
}

enum err outbox_letter_compose(struct mail_outbox *o, struct arena *a, struct db_conn *c,
                               const struct outbox_letter *l, str *out, struct error *e)
{
	static const struct compose_header automatic[] = {
	    {STR("Auto-Submitted"), STR("auto-replied")},
	    {STR("X-Auto-Response-Suppress"), STR("All")},
	};
	const struct message *m = &l->message;
	struct mail_token token = {m->ticket_id, m->thread_id};
	const struct mime_addr reply_to = {
	    .name = l->inbox.sender_name,
	    .email = mail_token_address(a, l->secret, token, l->inbox.address)};
	struct compose_letter letter = {
	    .from = {.name = l->inbox.sender_name, .email = l->inbox.address},
	    .to = addresses(a, m->rcpt.to, m->rcpt.n_to),
	    .nto = m->rcpt.n_to,
	    .cc = addresses(a, m->rcpt.cc, m->rcpt.n_cc),
	    .ncc = m->rcpt.n_cc,
	    .reply_to = &reply_to,
	    .nreply_to = 1,
	    .subject = m->subject,
	    .message_id = m->mail_id,
	    .date = m->created_at,
	    .seed = m->mail_id,
	    .max_bytes = o->max_bytes ? o->max_bytes : LETTER_MAX,
	};
	if (m->is_auto || m->kind == MESSAGE_SYSTEM) {
		letter.extra = automatic;
		letter.nextra = COUNT_OF(automatic);
	}
	BUF_AUTO b;
	buf_init(&b, 0);
	bodies(a, l, &letter);
	enum err err = thread_headers(a, c, l, &letter, e);
	if (!err)
		err = files(o, a, c, l, &letter, e);
	if (!err)
		err = compose(&letter, &b, e);
	if (!err)
		*out = str_dup(a, buf_str(&b));
	return err;
}

enum err mail_outbox_compose(struct mail_outbox *o, struct arena *a, struct db_conn *c,
                             int64_t message_id, str *out, struct error *e)
{
	struct outbox_letter l;
	enum err err = outbox_letter_load(o, a, c, message_id, &l, e);
	return err ? err : outbox_letter_compose(o, a, c, &l, out, e);
}

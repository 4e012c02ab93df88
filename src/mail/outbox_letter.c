/* outbox_letter.c: a message as a letter. See outbox_internal.h. */
#include "base/buf.h"
#include "mail/address_token.h"
#include "mail/outbox_internal.h"
#include "mime/compose.h"
#include "store/account.h"
#include "store/system.h"
#include "text/addr.h"
#include "text/template_gen.h"

#define REFS_MAX 20
#define BYTES_MAX ((size_t)35 << 20)
#define ENCODED(n) ((n) / 3 * 4 + (n) / 57 * 2 + 1024) /* base64 with its line ends */

str outgoing_domain(const struct mail_outbox *o, const struct inbox *inbox)
{
	str domain = email_domain(inbox->address);
	return domain.n ? domain : o->domain.n ? o->domain : STR("localhost");
}

static enum err read_signature(struct arena *a, struct db_conn *c, struct outgoing *out,
                               struct error *e)
{
	struct account ac = {0};
	struct error why = {0};
	enum err err = ERR_OK;
	if (out->m.account_id)
		err = account_get(a, c, out->m.account_id, &ac, &why);
	if (err && err != ERR_NOT_FOUND) {
		if (e)
			*e = why;
		return err;
	}
	str own = str_trim(ac.signature), house = str_trim(out->inbox.signature);
	out->signature = !own.n     ? house
	                 : !house.n ? own
	                            : str_printf(a, "%.*s\n%.*s", STR_FMT(own), STR_FMT(house));
	return ERR_OK;
}

enum err outgoing_read(const struct mail_outbox *o, struct arena *a, struct db_conn *c,
                       int64_t message_id, struct outgoing *out, struct error *e)
{
	*out = (struct outgoing){0};
	struct message *m = &out->m;
	enum err err = message_get(a, c, actor_system(), message_id, m, e);
	if (!err && !m->inbox_id)
		return error_set(e, ERR_INVALID, "error.no_inbox", "inbox_id", NULL);
	if (!err)
		err = inbox_get(a, c, m->inbox_id, &out->inbox, e);
	if (!err)
		err = system_mail_secret(a, c, &out->secret, e);
	if (!err)
		err = message_thread_mail_ids(a, c, m->ticket_id, m->thread_id, m->id, REFS_MAX,
		                              &out->refs, &out->n_refs, e);
	if (!err)
		err = attachment_of_messages(a, c, &m->id, 1, &out->files, &out->n_files, e);
	if (!err)
		err = read_signature(a, c, out, e);
	if (!err)
		out->reply_to =
		    o->plain_reply_to
		        ? out->inbox.address
		        : mail_token_address(a, out->secret,
		                             (struct mail_token){m->ticket_id, m->thread_id},
		                             out->inbox.address, o->reply_delimiter);
	return err;
}

enum err outgoing_files(const struct mail_outbox *o, struct arena *a, struct db_conn *c,
                        struct outgoing *out, struct error *e)
{
	size_t max = o->max_bytes ? o->max_bytes : BYTES_MAX, total = 0;
	enum err err = ERR_OK;
	for (size_t i = 0; i < out->n_files; i++)
		total += ENCODED((size_t)out->files[i].size);
	if (total > max)
		return error_set(e, ERR_TOO_LARGE, "error.letter_too_large", NULL, NULL);
	out->bytes = ARENA_ARRAY(a, out->n_files + 1, str);
	for (size_t i = 0; !err && i < out->n_files; i++)
		err = blob_read(&o->desk->blobs, a, c, out->files[i].hash, 0, &out->bytes[i], e);
	return err;
}

static struct mime_addr *addrs(struct arena *a, const struct address *in, size_t n)
{
	struct mime_addr *out = ARENA_ARRAY(a, n + 1, struct mime_addr);
	for (size_t i = 0; i < n; i++)
		out[i] = (struct mime_addr){.name = in[i].name, .email = in[i].address};
	return out;
}

/* Text and HTML from the templates. */
static void bodies(struct arena *a, const struct outgoing *out, str *text, str *html)
{
	const struct message *m = &out->m;
	enum lang lang = str_is(out->inbox.language, "ru") ? LANG_RU : LANG_EN;
	str reference = m->kind == MESSAGE_AGENT && !m->thread_id
	                    ? str_printf(a, "#%lld", (long long)m->ticket_id)
	                    : STR("");
	/* What an outgoing message quotes are messages forwarded to a third party. */
	str words = m->text;
	if (m->quoted.n)
		words = str_concat(a, str_concat(a, words, STR("\n\n")), m->quoted);
	BUF_AUTO t;
	BUF_AUTO h;
	BUF_AUTO body;
	BUF_AUTO sign;
	buf_init(&t, 0);
	buf_init(&h, 0);
	buf_init(&body, 0);
	buf_init(&sign, 0);
	tpl_reply_txt(&t, &(struct tpl_reply_txt){.lang = lang,
	                                          .body = words,
	                                          .signature = out->signature,
	                                          .reference = reference});
	tpl_lines(&body, words);
	tpl_lines(&sign, out->signature);
	tpl_reply_html(&h, &(struct tpl_reply_html){.lang = lang,
	                                            .body = {buf_str(&body)},
	                                            .signature = {buf_str(&sign)},
	                                            .reference = reference});
	*text = str_dup(a, buf_str(&t));
	*html = str_dup(a, buf_str(&h));
}

enum err outgoing_compose(const struct mail_outbox *o, struct arena *a, const struct outgoing *out,
                          str *raw, struct error *e)
{
	/* RFC 3834 5: what answers by itself says so, and asks not to be answered. */
	static const struct compose_header automatic[] = {
	    {{"Auto-Submitted", 14}, {"auto-replied", 12}},
	    {{"X-Auto-Response-Suppress", 24}, {"All", 3}},
	    {{"Precedence", 10}, {"bulk", 4}},
	};
	const struct message *m = &out->m;
	struct mime_addr reply_to = {.email = out->reply_to};
	struct compose_letter l = {
	    .from = {.name =
	                 out->inbox.sender_name.n ? out->inbox.sender_name : out->inbox.brand_name,
	             .email = out->inbox.address},
	    .to = addrs(a, m->rcpt.to, m->rcpt.n_to),
	    .nto = m->rcpt.n_to,
	    .cc = addrs(a, m->rcpt.cc, m->rcpt.n_cc),
	    .ncc = m->rcpt.n_cc,
	    .reply_to = &reply_to,
	    .nreply_to = 1,
	    .subject = m->kind == MESSAGE_SYSTEM && !str_starts_nocase(m->subject, STR("re:"))
	                   ? str_concat(a, STR("Re: "), m->subject)
	                   : m->subject,
	    .message_id = m->mail_id,
	    .in_reply_to = out->n_refs ? out->refs[out->n_refs - 1] : STR_NONE,
	    .references = out->refs,
	    .nreferences = out->n_refs,
	    .date = m->created_at,
	    .extra = m->is_auto ? automatic : NULL,
	    .nextra = m->is_auto ? COUNT_OF(automatic) : 0,
	    .seed = out->secret,
	    .max_bytes = o->max_bytes ? o->max_bytes : BYTES_MAX,
	};
	struct compose_file *files = ARENA_ARRAY(a, out->n_files + 1, struct compose_file);
	for (size_t i = 0; i < out->n_files; i++)
		files[i] = (struct compose_file){.name = out->files[i].name,
		                                 .content_type = out->files[i].content_type,
		                                 .bytes = out->bytes[i]};
	l.files = files;
	l.nfiles = out->n_files;
	l.text = m->text;
	bodies(a, out, &l.text, &l.html);
	BUF_AUTO b;
	buf_init(&b, 0);
	enum err err = compose(&l, &b, e);
	if (!err)
		*raw = str_dup(a, buf_str(&b));
	return err;
}

enum err mail_outbox_compose(struct mail_outbox *o, struct arena *a, struct db_conn *c,
                             int64_t message_id, str *raw, struct error *e)
{
	struct outgoing out;
	enum err err = outgoing_read(o, a, c, message_id, &out, e);
	if (!err)
		err = outgoing_files(o, a, c, &out, e);
	if (!err && !out.m.mail_id.n)
		out.m.mail_id = str_printf(a, "unsent.%lld@%.*s", (long long)message_id,
		                           STR_FMT(outgoing_domain(o, &out.inbox)));
	return err ? err : outgoing_compose(o, a, &out, raw, e);
}

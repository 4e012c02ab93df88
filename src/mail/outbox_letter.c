/* outbox_letter.c: a message as a letter. See outbox_internal.h. */
#include "base/buf.h"
#include "mail/address_token.h"
#include "mail/outbox_internal.h"
#include "mime/compose.h"
#include "store/system.h"
#include "text/addr.h"

#define REFS_MAX 20
#define BYTES_MAX ((size_t)35 << 20)
#define ENCODED(n) ((n) / 3 * 4 + (n) / 57 * 2 + 1024) /* base64 with its line ends */

str outgoing_domain(const struct mail_outbox *o, const struct inbox *inbox)
{
	str domain = email_domain(inbox->address);
	return domain.n ? domain : o->domain.n ? o->domain : STR("localhost");
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
		err = outgoing_say(a, c, out, e);
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

/* The newest letter from outside, which is the one that is quoted: our own words between it and
 * the answer (an acknowledgement) are nothing that is answered. */
static str answered(const struct outgoing *o)
{
	for (size_t i = 0; i < o->n_heard; i++)
		if (o->heard[i].mail_id.n)
			return o->heard[i].mail_id;
	return o->n_refs ? o->refs[o->n_refs - 1] : STR_NONE;
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
	if (out->wrong.code) {
		if (e)
			*e = out->wrong;
		return out->wrong.code;
	}
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
	    .in_reply_to = answered(out),
	    .references = out->refs,
	    .nreferences = out->n_refs,
	    .date = m->created_at,
	    .extra = m->is_auto ? automatic : NULL,
	    .nextra = m->is_auto ? COUNT_OF(automatic) : 0,
	    .seed = out->secret,
	    .max_bytes = o->max_bytes ? o->max_bytes : BYTES_MAX,
	};
	struct outgoing_bodies said;
	outgoing_bodies(a, out, &said);
	l.text = said.text;
	l.html = said.html;
	/* A picture that the text shows travels beside the HTML, the other files after it. */
	struct compose_file *files = ARENA_ARRAY(a, out->n_files + 1, struct compose_file);
	struct compose_file *images = ARENA_ARRAY(a, out->n_files + 1, struct compose_file);
	for (size_t i = 0; i < out->n_files; i++) {
		struct compose_file f = {.name = out->files[i].name,
		                         .content_type = out->files[i].content_type,
		                         .bytes = out->bytes[i]};
		if (said.images[i].used) {
			f.content_id = said.images[i].content_id;
			images[l.nimages++] = f;
		} else {
			files[l.nfiles++] = f;
		}
	}
	l.files = files;
	l.images = images;
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

/* intake_letter.c: what can be known of a letter without the database. See intake_internal.h. */
#include "base/buf.h"
#include "mail/clamd.h"
#include "mail/intake_internal.h"
#include "mime/quote.h"
#include "sys/digest.h"
#include "text/addr.h"

/* ---- the digest ---- */

/* Fields that the way of a letter adds, so that the same letter by two ways is one. */
static bool transport_field(str name)
{
	static const char *const names[] = {"received",
	                                    "return-path",
	                                    "delivered-to",
	                                    "envelope-to",
	                                    "authentication-results",
	                                    "received-spf",
	                                    "dkim-signature",
	                                    "domainkey-signature"};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (str_eq_nocase(name, str_of(names[i])))
			return true;
	return str_starts_nocase(name, STR("x-")) || str_starts_nocase(name, STR("arc-"));
}

/* One line with its end off the front of *rest. */
static str next_line(str *rest)
{
	ptrdiff_t nl = str_chr(*rest, '\n');
	size_t n = nl < 0 ? rest->n : (size_t)nl + 1;
	str line = str_sub(*rest, 0, n);
	*rest = str_from(*rest, n);
	return line;
}

static str without_end(str line)
{
	while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
		line.n--;
	return line;
}

str incoming_digest(struct arena *a, str raw)
{
	uint8_t out[DIGEST_SHA256_SIZE];
	bool skip = false;
	str rest = raw;
	struct digest_sha256_stream h;
	digest_sha256_init(&h);
	while (rest.n) {
		str line = without_end(next_line(&rest));
		if (!line.n)
			break;
		if (line.p[0] != ' ' && line.p[0] != '\t') {
			ptrdiff_t colon = str_chr(line, ':');
			skip =
			    colon > 0 && transport_field(str_trim(str_sub(line, 0, (size_t)colon)));
		}
		if (skip)
			continue;
		digest_sha256_add(&h, line);
		digest_sha256_add(&h, STR("\n"));
	}
	/* Line ends and empty lines at the end change on the way too. */
	while (rest.n && (rest.p[rest.n - 1] == '\n' || rest.p[rest.n - 1] == '\r'))
		rest.n--;
	while (rest.n) {
		digest_sha256_add(&h, STR("\n"));
		digest_sha256_add(&h, without_end(next_line(&rest)));
	}
	digest_sha256_end(&h, out);
	return str_hex(a, str_n((const char *)out, sizeof out));
}

/* ---- what it says ---- */

/* A limit behind which part of the letter was left out, so that it waits for a person. */
static const char *limit_reason(str hit)
{
	if (!hit.n || str_is(hit, "references"))
		return NULL; /* the newest ids are kept: nothing of the letter is lost */
	if (str_is(hit, "depth"))
		return "intake.too_deep";
	if (str_is(hit, "parts"))
		return "intake.too_many_parts";
	if (str_is(hit, "header_bytes") || str_is(hit, "headers") || str_is(hit, "addresses"))
		return "intake.header_too_large";
	return "intake.too_large";
}

/* What one field says of DMARC: "mx.example.org; spf=pass ...; dmarc=fail (p=none)
 * header.from=..." (RFC 8601), "pass", "fail" ... , "" = nothing or another server's word.
 * *domain: the one that was looked at, "" = not said. */
static str dmarc_of_field(struct arena *a, str field, str server, str *domain)
{
	str id, part, rest = str_lower_ascii(a, field);
	*domain = STR_NONE;
	if (!str_split(&rest, ';', &id))
		return STR_NONE;
	id = str_trim(id);
	ptrdiff_t space = str_chr(id, ' ');
	if (space > 0)
		id = str_sub(id, 0, (size_t)space);
	if (!str_eq_nocase(id, server))
		return STR_NONE;
	while (str_split(&rest, ';', &part)) {
		part = str_trim(part);
		if (!str_starts(part, STR("dmarc=")))
			continue;
		part = str_from(part, 6);
		size_t n = 0;
		while (n < part.n && part.p[n] >= 'a' && part.p[n] <= 'z')
			n++;
		ptrdiff_t at = str_find(part, STR("header.from="));
		if (at >= 0) {
			str d = str_from(part, (size_t)at + 12);
			size_t end = 0;
			while (end < d.n && !strchr(" \t\r\n();", d.p[end]))
				end++;
			*domain = str_sub(d, 0, end);
		}
		return str_sub(part, 0, n);
	}
	return STR_NONE;
}

/* The trusted server writes its field on top, so the topmost that speaks is its word: one
 * further down may have come with the letter and counts only where it says "fail". */
static void judge_dmarc(const struct mail_intake *in, struct arena *a, struct incoming *out)
{
	const struct mime_message *m = out->m;
	bool first = true;
	str domain;
	if (!in->auth_server.n)
		return;
	for (size_t i = 0; i < m->headers.n; i++) {
		if (!str_eq_nocase(m->headers.p[i].name, STR("Authentication-Results")))
			continue;
		str said = dmarc_of_field(a, str_to_utf8(a, m->headers.p[i].value), in->auth_server,
		                          &domain);
		if (!said.n)
			continue;
		out->dmarc_fail |= str_is(said, "fail");
		ptrdiff_t at = str_rchr(out->from.email, '@');
		if (first && str_is(said, "pass") && m->from.n == 1 && at >= 0)
			out->dmarc_pass =
			    !domain.n ||
			    str_eq_nocase(domain, str_from(out->from.email, (size_t)at + 1));
		first = false;
	}
	out->dmarc_pass &= !out->dmarc_fail;
}

static str joined_refs(struct arena *a, const struct mime_message *m)
{
	BUF_AUTO b;
	buf_init(&b, 64 << 10);
	for (size_t i = 0; i < m->references.n; i++) {
		buf_add(&b, m->references.p[i]);
		buf_addc(&b, ' ');
	}
	for (size_t i = 0; i < m->in_reply_to.n; i++) {
		buf_add(&b, m->in_reply_to.p[i]);
		buf_addc(&b, ' ');
	}
	return str_trim(str_dup(a, buf_str(&b)));
}

bool incoming_is_reference(const struct mime_message *m, str id)
{
	const struct mime_addrs *const lists[] = {&m->from, &m->sender, &m->to, &m->cc,
	                                          &m->reply_to};
	ptrdiff_t at = str_rchr(id, '@');
	str local = at < 0 ? id : str_sub(id, 0, (size_t)at);
	bool made = local.n >= 20; /* longer than names of people are */
	for (size_t i = 0; i < local.n; i++)
		made |= local.p[i] >= '0' && local.p[i] <= '9';
	for (size_t l = 0; made && l < COUNT_OF(lists); l++)
		for (size_t i = 0; made && i < lists[l]->n; i++)
			made = !str_eq_nocase(lists[l]->p[i].email, id);
	return made;
}

static str file_name(struct arena *a, const struct mime_attachment *at, size_t i)
{
	if (at->name.n)
		return at->name;
	if (str_is(at->content_type, "message/rfc822"))
		return str_printf(a, "letter-%zu.eml", i + 1);
	if (str_is(at->content_type, "text/calendar"))
		return str_printf(a, "invitation-%zu.ics", i + 1);
	return str_printf(a, "attachment-%zu", i + 1);
}

static enum err prepare_files(const struct mail_intake *in, struct arena *a, struct incoming *out,
                              struct error *e)
{
	const struct mime_attachments *list = &out->m->attachments;
	enum err err = ERR_OK;
	out->n_files = list->n;
	out->files = ARENA_ARRAY(a, list->n + 1, struct file_input);
	out->file_blobs = ARENA_ARRAY(a, list->n + 1, struct blob);
	for (size_t i = 0; !err && i < list->n; i++) {
		const struct mime_attachment *at = &list->p[i];
		err = blob_prepare(&in->desk->blobs, a, at->bytes, &out->file_blobs[i], e);
		out->files[i] = (struct file_input){.hash = out->file_blobs[i].hash,
		                                    .name = file_name(a, at, i),
		                                    .content_type = at->content_type,
		                                    .size = (int64_t)at->bytes.n,
		                                    .content_id = at->content_id,
		                                    .is_inline = at->is_inline};
	}
	return err;
}

void incoming_mark_held(struct incoming *l)
{
	for (size_t i = 0; l->m && i < l->n_files; i++) {
		const struct mime_attachment *at = &l->m->attachments.p[i];
		if (!at->held || at->bytes.n)
			continue;
		l->files[i].size = at->held;
		l->n_held++;
	}
}

static void understand(const struct mail_intake *in, struct arena *a, str mail_from,
                       struct incoming *out)
{
	const struct mime_message *m = out->m;
	str key;
	out->limit = limit_reason(m->limit_hit);
	for (size_t i = 0; i < m->from.n && !out->from.email.n; i++)
		if (email_key(a, m->from.p[i].email, &key))
			out->from = m->from.p[i];
	mime_split_quote(a, m->text, &out->visible, &out->quoted);
	/* An invitation is read, not opened: what, when and where stand below the words. */
	if (m->calendar.n)
		out->visible =
		    str_trim(out->visible).n
		        ? str_printf(a, "%.*s\n\n%.*s", STR_FMT(out->visible), STR_FMT(m->calendar))
		        : m->calendar;
	/* Nothing but a quotation: what there is is shown. */
	if (!str_trim(out->visible).n && str_trim(out->quoted).n) {
		out->visible = m->text;
		out->quoted = STR_NONE;
	}
	/* Behind a list or a bulk mark may be a person, who waits; but no machine answers there. */
	out->is_auto = m->auto_kind == MIME_AUTO_GENERATED || m->auto_kind == MIME_AUTO_REPLIED ||
	               m->is_bounce;
	out->silent = out->is_auto || m->auto_reply || m->auto_kind != MIME_AUTO_NONE ||
	              m->suppress_auto_response || m->return_path_empty || !mail_from.n ||
	              m->list_id.n;
	judge_dmarc(in, a, out);
	out->spam = verdict_of(a, m, in->spam_server, in->spam_score);
	out->refs = joined_refs(a, m);
}

enum err incoming_prepare(const struct mail_intake *in, struct arena *a, str raw, str mail_from,
                          struct incoming *out, struct error *e)
{
	*out = (struct incoming){.raw = raw, .digest = incoming_digest(a, raw)};
	enum err err = blob_prepare(&in->desk->blobs, a, raw, &out->blob, e);
	if (err)
		return err;
	if (mime_parse(a, raw, &in->mime, &out->m, NULL)) {
		out->m = NULL;
		return ERR_OK;
	}
	understand(in, a, mail_from, out);
	return prepare_files(in, a, out, e);
}

enum err incoming_scan(const struct mail_intake *in, struct arena *a, struct incoming *letter,
                       struct error *e)
{
	struct error why = {0};
	enum clamd_result result;
	if (!in->clamd.n)
		return ERR_OK;
	const struct clamd_options o = {.socket = in->clamd, .timeout_seconds = in->clamd_timeout};
	enum err err = clamd_scan(a, &o, letter->raw, &result, &letter->found, &why);
	if (!err && result == CLAMD_FOUND) {
		letter->infected = REASON_VIRUS;
	} else if (!err && result == CLAMD_TOO_LARGE) {
		letter->infected = REASON_UNCHECKED;
	} else if (err && in->clamd_away_hold) {
		if (in->log)
			log_warn(in->log, "the virus scanner is away, letters wait in quarantine",
			         LOG_ERR(&why));
		letter->infected = REASON_UNCHECKED;
	} else if (err) {
		if (e)
			*e = why;
		return err;
	}
	return ERR_OK;
}

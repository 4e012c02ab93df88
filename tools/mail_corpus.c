/* mail_corpus.c: reads every case of a folder and writes what was understood, for a judge outside.
 *
 *   mail-corpus DIR --out RESULTS.jsonl
 *
 * DIR holds expected.jsonl; a case is a JSON object on a line with "id", "file" and
 * "input" (mail, text, html, tnef). Results are one JSON object a line. */
#include <jansson.h>

#include "base/date.h"
#include "mime/html.h"
#include "mime/parse.h"
#include "mime/quote.h"
#include "mime/tnef.h"
#include "sys/digest.h"

static json_t *text_of(str s)
{
	return json_stringn(s.p ? s.p : "", s.n);
}

static json_t *addresses(const struct mime_addrs *v)
{
	json_t *list = json_array();
	for (size_t i = 0; i < v->n; i++)
		json_array_append_new(
		    list, json_pack("{s:o, s:o}", "name",
		                    v->p[i].name.n ? text_of(v->p[i].name) : json_null(), "email",
		                    text_of(v->p[i].email)));
	return list;
}

static json_t *ids(const struct mime_ids *v)
{
	json_t *list = json_array();
	for (size_t i = 0; i < v->n; i++)
		json_array_append_new(list, text_of(v->p[i]));
	return list;
}

static json_t *files(struct arena *a, const struct mime_attachments *v)
{
	json_t *list = json_array();
	for (size_t i = 0; i < v->n; i++) {
		const struct mime_attachment *f = &v->p[i];
		uint8_t sum[DIGEST_SHA256_SIZE];
		digest_sha256(f->bytes, sum);
		str hash = str_hex(a, str_n((const char *)sum, sizeof sum));
		json_array_append_new(
		    list,
		    json_pack("{s:o, s:o, s:I, s:o, s:o, s:o}", "name", text_of(f->name), "type",
		              text_of(f->content_type), "size", (json_int_t)f->bytes.n, "sha256",
		              text_of(hash), "content_id",
		              f->content_id.n ? text_of(f->content_id) : json_null(), "disposition",
		              f->disposition.n ? text_of(f->disposition) : json_null()));
	}
	return list;
}

static json_t *date_text(struct arena *a, const struct mime_message *m)
{
	if (!m->has_date)
		return json_null();
	usec local = m->date + m->date_offset * USEC_MINUTE;
	str s = date_rfc3339(a, local);
	int off = m->date_offset;
	return text_of(str_printf(a, "%.*s%c%02d:%02d", (int)(s.n > 19 ? 19 : s.n), s.p,
	                          off < 0 ? '-' : '+', abs(off) / 60, abs(off) % 60));
}

static void put_split(struct arena *a, json_t *r, str text)
{
	struct mime_quote q = mime_split(a, text);
	json_object_set_new(r, "visible_reply", text_of(q.visible));
	json_object_set_new(r, "signature", text_of(q.signature));
	json_object_set_new(r, "elided", text_of(q.quoted));
}

static void put_mail(struct arena *a, json_t *r, str raw)
{
	struct mime_message *m;
	struct error e;
	if (mime_parse(a, raw, NULL, &m, &e)) {
		json_object_set_new(r, "error", json_string(e.key));
		return;
	}
	if (m->limit_hit.n)
		fprintf(stderr, "%s: limit %.*s\n", json_string_value(json_object_get(r, "id")),
		        STR_FMT(m->limit_hit));
	json_object_set_new(r, "from", addresses(&m->from));
	json_object_set_new(r, "to", addresses(&m->to));
	json_object_set_new(r, "cc", addresses(&m->cc));
	json_object_set_new(r, "reply_to", addresses(&m->reply_to));
	json_object_set_new(r, "subject", text_of(m->subject));
	json_object_set_new(r, "date", date_text(a, m));
	json_object_set_new(r, "message_id",
	                    m->message_id.n ? text_of(m->message_id) : json_null());
	json_object_set_new(r, "in_reply_to", ids(&m->in_reply_to));
	json_object_set_new(r, "references", ids(&m->references));
	json_object_set_new(r, "text", text_of(m->text));
	if (m->html.n)
		json_object_set_new(r, "html_text", text_of(html_to_text(a, m->html)));
	json_object_set_new(r, "has_html", json_boolean(m->html.n > 0));
	json_object_set_new(r, "attachments", files(a, &m->attachments));
	bool sender = false;
	for (size_t i = 0; i < m->from.n; i++)
		sender |= m->from.p[i].email.n > 0;
	json_object_set_new(r, "reject_or_quarantine", json_boolean(!sender));
	json_object_set_new(r, "is_bounce", json_boolean(m->is_bounce));
	json_object_set_new(r, "is_auto_reply", json_boolean(m->auto_reply));
	json_object_set_new(r, "is_feedback_report", json_boolean(m->is_feedback_report));
	json_object_set_new(r, "temporary", json_boolean(m->temporary));
	json_t *bounces = json_array(), *who = json_array();
	for (size_t i = 0; i < m->bounces.n; i++) {
		const struct mime_bounce *b = &m->bounces.p[i];
		json_array_append_new(bounces, json_pack("{s:o, s:o}", "status", text_of(b->status),
		                                         "smtp_code", text_of(b->smtp_code)));
		if (b->recipient.n && !str_is(b->action, "delivered") &&
		    !str_is(b->action, "relayed") && !str_is(b->action, "expanded"))
			json_array_append_new(who, text_of(b->recipient));
	}
	json_object_set_new(r, "bounce", bounces);
	json_object_set_new(r, "bounced_recipients", who);
	put_split(a, r, m->text);
}

/* The files of a bare container. Its body counts as one when it is RTF, or when there is nothing
 * but HTML: a letter shows the HTML. */
static void put_tnef(struct arena *a, json_t *r, str name, str raw)
{
	struct tnef t;
	json_t *list = NULL;
	if (tnef_read(a, raw, NULL, &t)) {
		bool html = t.html_raw.n > 0;
		struct mime_attachment body = {
		    .name = str_printf(a, "%.*s-body.%s", STR_FMT(name), html ? "html" : "rtf"),
		    .content_type = html ? STR("text/html") : STR("application/rtf"),
		    .content_id = STR(""),
		    .disposition = STR(""),
		    .bytes = html ? t.html_raw : t.rtf};
		list = files(a, &t.files);
		if (body.bytes.n && (!html || t.files.n == 0)) {
			json_t *more = files(a, &(struct mime_attachments){&body, 1});
			json_array_extend(list, more);
			json_decref(more);
		}
	}
	json_object_set_new(r, "tnef_files", list ? list : json_array());
}

static str read_file(struct arena *a, const char *dir, const char *name)
{
	FILE *f = fopen(str_printf(a, "%s/%s", dir, name).p, "rb");
	if (!f) {
		perror(name);
		exit(1);
	}
	fseek(f, 0, SEEK_END);
	long n = ftell(f);
	rewind(f);
	char *p = arena_alloc(a, (size_t)n + 1);
	size_t got = fread(p, 1, (size_t)n, f);
	fclose(f);
	return str_n(p, got);
}

/* "eml/x/winmail.tnef" -> "winmail" */
static str stem(str path)
{
	ptrdiff_t slash = str_rchr(path, '/');
	path = str_from(path, (size_t)(slash + 1));
	ptrdiff_t dot = str_rchr(path, '.');
	return dot > 0 ? str_sub(path, 0, (size_t)dot) : path;
}

static void one(const char *dir, const char *line, FILE *out)
{
	json_error_t je;
	json_t *c = json_loads(line, 0, &je);
	const char *id = json_string_value(json_object_get(c, "id"));
	const char *file = json_string_value(json_object_get(c, "file"));
	const char *input = json_string_value(json_object_get(c, "input"));
	if (!id || !file || !input) {
		fprintf(stderr, "mail-corpus: a case without id, file or input\n");
		exit(1);
	}
	ARENA_AUTO a = arena_new();
	json_t *r = json_pack("{s:s}", "id", id);
	str raw = read_file(a, dir, file);
	if (str_eq(str_of(input), STR("mail")))
		put_mail(a, r, raw);
	else if (str_eq(str_of(input), STR("text")))
		put_split(a, r, str_to_utf8(a, raw));
	else if (str_eq(str_of(input), STR("html")))
		put_split(a, r, html_to_text(a, str_to_utf8(a, raw)));
	else
		put_tnef(a, r, stem(str_of(file)), raw);
	char *text = json_dumps(r, JSON_COMPACT);
	fprintf(out, "%s\n", text);
	free(text);
	json_decref(r);
	json_decref(c);
}

int main(int argc, char **argv)
{
	if (argc != 4 || !str_eq(str_of(argv[2]), STR("--out"))) {
		fprintf(stderr, "usage: mail-corpus DIR --out RESULTS.jsonl\n");
		return 2;
	}
	ARENA_AUTO a = arena_new();
	FILE *in = fopen(str_printf(a, "%s/expected.jsonl", argv[1]).p, "r"),
	     *out = fopen(argv[3], "w");
	if (!in || !out) {
		perror("mail-corpus");
		return 1;
	}
	char *line = NULL;
	size_t cap = 0;
	while (getline(&line, &cap, in) > 0)
		one(argv[1], line, out);
	free(line);
	fclose(in);
	return fclose(out) ? 1 : 0;
}

/* Any bytes as a letter: read, split, cleaned; all text is UTF-8 without NUL. */
#include <assert.h>

#include "mime/html.h"
#include "mime/parse.h"
#include "mime/quote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(str s)
{
	assert(str_is_utf8(s));
	assert(s.n == 0 || !memchr(s.p, 0, s.n));
}

static void check_addresses(const struct mime_addrs *v)
{
	for (size_t i = 0; i < v->n; i++) {
		check(v->p[i].name);
		check(v->p[i].email);
		assert(v->p[i].email.n == 0 || mime_is_address(v->p[i].email));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mime_limits limits = {.raw_bytes = 100000,
	                                          .header_bytes = 20000,
	                                          .headers = 100,
	                                          .depth = 5,
	                                          .parts = 30,
	                                          .addresses = 50,
	                                          .references = 10,
	                                          .text_bytes = 50000};
	struct arena *a = arena_new();
	struct mime_message *m;
	struct error e;
	if (!mime_parse(a, str_n((const char *)data, size), &limits, &m, &e)) {
		check_addresses(&m->from);
		check_addresses(&m->to);
		check_addresses(&m->cc);
		check_addresses(&m->reply_to);
		check(m->subject);
		check(m->message_id);
		check(m->text);
		check(m->html);
		check(m->auth_results);
		check(m->calendar);
		for (size_t i = 0; i < m->references.n; i++)
			check(m->references.p[i]);
		for (size_t i = 0; i < m->attachments.n; i++) {
			const struct mime_attachment *f = &m->attachments.p[i];
			check(f->name);
			check(f->content_type);
			check(f->content_id);
			assert(str_chr(f->name, '/') < 0);
		}
		for (size_t i = 0; i < m->bounces.n; i++) {
			check(m->bounces.p[i].recipient);
			check(m->bounces.p[i].diagnostic);
		}
		struct mime_quote q = mime_split(a, m->text);
		check(q.visible);
		assert(q.visible.n + q.quoted.n + q.signature.n <= m->text.n);
	}
	arena_free(a);
	return 0;
}

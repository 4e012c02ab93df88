/* What people type, as any bytes: words and terms keep their bounds, nothing of the user's is
 * syntax of an engine, a text fits the words it is made of. */
#include <assert.h>

#include "text/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_word(str w)
{
	assert(w.n > 0 && w.n <= TERM_WORD_BYTES && str_is_utf8(w));
	for (size_t i = 0; i < w.n; i++) {
		unsigned char c = (unsigned char)w.p[i];
		assert(c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA_AUTO a = arena_new();
	STEMMER_AUTO stemmer = stemmer_new(NULL);
	str s = str_to_utf8(a, str_n((const char *)data, size));
	struct term_words words = term_words_of(s);
	size_t end = 0;
	for (struct term t; term_next(&words, &t); end = t.at + t.n) {
		assert(t.at >= end && t.n > 0 && t.at + t.n <= s.n);
		check_word(t.word);
	}
	struct terms t;
	str fields[TERM_FIELDS];
	for (int pg = 0; pg < 2; pg++) {
		terms_init(&t, stemmer, pg ? TERM_TSVECTOR : TERM_SPACED, 1 << 16);
		terms_add(&t, TERM_SUBJECT, s);
		terms_add(&t, TERM_TEXT, s);
		for (size_t i = 0; i < TERM_FIELDS; i++) {
			fields[i] = buf_str(&t.out[i]);
			assert(str_is_utf8(fields[i]) && fields[i].n <= 1 << 16);
		}
		if (pg)
			terms_release(&t);
		else
			assert(str_chr(fields[TERM_TEXT], '\'') < 0 &&
			       str_chr(fields[TERM_TEXT], '"') < 0);
		if (!pg) {
			struct query q;
			struct query_options o = {.max_chars = 4000,
			                          .now = 1700000000 * USEC_SECOND};
			struct error e;
			if (query_parse(a, stemmer, s, &o, &q, &e)) {
				assert(e.key[0] && strcmp(e.field, "q") == 0);
			} else {
				assert(q.n <= 32);
				for (size_t i = 0; i < q.n; i++) {
					assert(q.items[i].at + q.items[i].n <= s.n);
					for (size_t k = 0; k < q.items[i].n_words; k++) {
						check_word(q.items[i].words[k].word);
						check_word(q.items[i].words[k].stem);
					}
					if (q.items[i].joined.n)
						check_word(q.items[i].joined);
				}
				query_fits(&q, fields);
				str snippet = query_snippet(a, &q, stemmer, s, 80);
				assert(str_is_utf8(snippet) && str_chr(snippet, '\n') < 0);
				query_score(&q, stemmer, s, s);
			}
			terms_release(&t);
		}
	}
	return 0;
}

/* sentence.c: see sentence.h. */
#include "text/sentence.h"

#include "text/rules.h"

/* A word's folded form has at most WORD_FOLD_MAX bytes; the usual one has less than fifty. */
static bool has_room(const struct sentence *s)
{
	return s->n < SENTENCE_WORDS && SENTENCE_FOLDED - s->used >= WORD_FOLD_MAX;
}

bool sentence_read(str *own, struct sentence *s)
{
	s->first = s->left.at >= s->left.text.n;
	if (s->first) {
		if (!sentence_next(own, &s->text))
			return false;
		s->left = words_of(s->text, false);
	}
	s->n = s->used = 0;
	for (struct word x; has_room(s) && words_next(&s->left, &x);) {
		char *out = s->folded + s->used;
		size_t n = rules_word(s->text, &x, out);
		s->words[s->n++] = (struct sentence_word){.at = x.at,
		                                          .n = x.n,
		                                          .kind = x.kind,
		                                          .upper = x.upper,
		                                          .folded = str_n(out, n)};
		s->used += n;
	}
	return true;
}

/* stem.c: see stem.h.
 *
 * The memory is a table with one place a hash value: the later word takes it.
 * Short words only, so that a row is of one size.
 */
#include "text/stem.h"

#include <libstemmer.h>
#include <xxhash.h>

#define ROWS 2048
#define ROW_BYTES 62
#define STEM_MAX 240 /* longer words are no words */

struct row {
	uint8_t n, stem_n;
	char word[ROW_BYTES], stem[ROW_BYTES];
};

struct stemmer {
	struct sb_stemmer *cyrillic, *latin;
	struct row rows[ROWS];
};

struct stemmer *stemmer_new(const char *latin)
{
	static const char *const names[][2] = {{"de", "german"},
	                                       {"es", "spanish"},
	                                       {"fr", "french"},
	                                       {"it", "italian"},
	                                       {"pt", "portuguese"}};
	const char *name = "english";
	for (size_t i = 0; latin && i < COUNT_OF(names); i++)
		if (strcmp(latin, names[i][0]) == 0)
			name = names[i][1];
	struct stemmer *s = xcalloc(1, sizeof *s);
	s->cyrillic = sb_stemmer_new("russian", "UTF_8");
	s->latin = sb_stemmer_new(name, "UTF_8");
	if (!s->cyrillic || !s->latin) /* out of memory: both are always compiled in */
		abort();
	return s;
}

void stemmer_free(struct stemmer *s)
{
	if (!s)
		return;
	sb_stemmer_delete(s->cyrillic);
	sb_stemmer_delete(s->latin);
	free(s);
}

/* By the first letter; words with digits have no endings. */
static struct sb_stemmer *choose(const struct stemmer *s, str word)
{
	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] >= '0' && word.p[i] <= '9')
			return NULL;
	unsigned char c = (unsigned char)word.p[0];
	if (c < 0x80 || (c >= 0xc3 && c <= 0xc9))
		return s->latin;
	return c == 0xd0 || c == 0xd1 ? s->cyrillic : NULL;
}

static str stem_anew(struct stemmer *s, str word)
{
	struct sb_stemmer *sb = choose(s, word);
	if (!sb || word.n > STEM_MAX)
		return word;
	char plain[STEM_MAX];
	size_t n = 0;
	/* ’ (E2 80 99) as ', which the English rules know. */
	for (size_t i = 0; i < word.n; i++) {
		if (i + 2 < word.n && memcmp(word.p + i, "\xe2\x80\x99", 3) == 0) {
			plain[n++] = '\'';
			i += 2;
		} else {
			plain[n++] = word.p[i];
		}
	}
	const sb_symbol *p = sb_stemmer_stem(sb, (const sb_symbol *)plain, (int)n);
	if (!p)
		abort(); /* out of memory */
	int len = sb_stemmer_length(sb);
	return len > 0 ? str_n((const char *)p, (size_t)len) : word;
}

str stemmer_stem(struct stemmer *s, str word)
{
	if (word.n == 0)
		return word;
	if (word.n > ROW_BYTES)
		return str_is_utf8(word) ? stem_anew(s, word) : word;
	struct row *r = &s->rows[XXH3_64bits(word.p, word.n) % ROWS];
	if (r->n == word.n && memcmp(r->word, word.p, word.n) == 0)
		return str_n(r->stem, r->stem_n);
	if (!str_is_utf8(word))
		return word;
	str stem = stem_anew(s, word);
	if (stem.n > ROW_BYTES)
		return stem;
	memcpy(r->stem, stem.p, stem.n);
	r->stem_n = (uint8_t)stem.n;
	memcpy(r->word, word.p, word.n);
	r->n = (uint8_t)word.n;
	return str_n(r->stem, r->stem_n);
}

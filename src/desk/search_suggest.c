/* search_suggest.c: what may have been meant by words that the index does not have. See search.h.
 */
#include "base/buf.h"
#include "desk/search.h"
#include "store/search_word.h"
#include "text/distance.h"
#include "text/keyboard.h"
#include "text/skeleton.h"
#include "text/translit.h"

enum { NEAR_MAX = 6, NEAR_MANY = 20, COUNT_MAX = 30 };

struct suggesting {
	struct arena *a;
	struct db_conn *c;
	struct stemmer *stemmer;
	struct error *e;
};

/* In how many messages a word stands, up to COUNT_MAX. */
static enum err count(struct suggesting *s, str word, size_t *out)
{
	struct search_page page;
	struct query_word w = {.word = word, .stem = word};
	struct query_item i = {.words = &w, .n_words = 1};
	struct query q = {.items = &i, .n = 1, .n_words = 1};
	str expr;
	enum err err = search_expression(s->a, s->c, &q, true, &expr, s->e);
	if (!err)
		err = search_messages(s->a, s->c, actor_system(), expr, NULL, 0, COUNT_MAX,
		                      COUNT_MAX, &page, s->e);
	*out = err ? 0 : page.n;
	return err;
}

/* A word as it stands in the index; "" when it is none: the other layout and the other alphabet may
 * make signs of letters. */
static str as_term(struct arena *a, str word)
{
	struct term_words w = term_words_of(word);
	struct term t;
	return term_next(&w, &t) && t.n == word.n ? str_dup(a, t.word) : STR_NONE;
}

/* Is there anything in the index that an item finds? */
static enum err is_there(struct suggesting *s, struct query_item i, bool *out)
{
	struct search_page page;
	struct query q = {.items = &i, .n = 1, .n_words = 1};
	str expr;
	enum err err = search_expression(s->a, s->c, &q, false, &expr, s->e);
	if (!err)
		err = search_messages(s->a, s->c, actor_system(), expr, NULL, 0, 1, 1, &page, s->e);
	*out = !err && page.n;
	return err || *out ? err : search_article_any(s->c, expr, out, s->e);
}

/* Is a word, in some form, in the index? One that is being typed may go on. */
static enum err is_known(struct suggesting *s, const struct query_word *w, bool open, bool *out)
{
	return is_there(s,
	                (struct query_item){
	                    .words = (struct query_word *)(uintptr_t)w, .n_words = 1, .open = open},
	                out);
}

static enum err take_known(struct suggesting *s, const str *words, size_t n, str *out)
{
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < n && !out->n; i++) {
		bool there = false;
		struct query_word w = {.word = as_term(s->a, words[i])};
		if (!w.word.n)
			continue;
		w.stem = str_dup(s->a, stemmer_stem(s->stemmer, w.word));
		err = is_known(s, &w, false, &there);
		if (there)
			*out = w.word;
	}
	return err;
}

static bool is_cyrillic(str word)
{
	unsigned char c = word.n ? (unsigned char)word.p[0] : 0;
	return c == 0xd0 || c == 0xd1;
}

/* The nearest words by typing errors; of those equally near the most frequent. */
static enum err nearest(struct suggesting *s, str word, str *out)
{
	str *near;
	size_t n, best = 0, m;
	int distance = 0;
	enum err err = search_near(s->a, s->c, word, NEAR_MAX, &near, &n, s->e);
	for (size_t i = 0; !err && i < n; i++) {
		int d = text_distance(word, near[i], 2);
		if (out->n && d > distance)
			break;
		err = count(s, near[i], &m);
		if (!out->n || m > best) {
			best = m;
			distance = d;
			*out = near[i];
		}
	}
	return err;
}

/* Another word for one that is nowhere; "" when there is none. typed: as it stands in the query,
 * for the keys of some letters are signs in the other layout. */
static enum err another(struct suggesting *s, str word, str typed, str *out)
{
	str list[TRANSLIT_MAX + 4];
	size_t n = text_unmixed(s->a, word, list);
	bool cyrillic = is_cyrillic(word);
	*out = STR_NONE;
	if (!str_eq(word, typed))
		list[n++] = keyboard_to_cyrillic(s->a, typed);
	/* Letters of two scripts are a slip of the keyboard, nearer than the other layout. */
	list[n++] = cyrillic ? keyboard_to_latin(s->a, word) : keyboard_to_cyrillic(s->a, word);
	str *more = list + n;
	n +=
	    cyrillic ? translit_to_latin(s->a, word, more) : translit_to_cyrillic(s->a, word, more);
	enum err err = take_known(s, list, n, out);
	return err || out->n ? err : nearest(s, word, out);
}

/* What may have been meant by an item of words; "" = it stands as it is. *lost: it is nowhere, and
 * nothing like it. */
static enum err item_meant(struct suggesting *s, const struct query_item *i, str typed, str *out,
                           bool *lost)
{
	bool known;
	str list[2];
	str word = i->words[0].word;
	*out = STR_NONE;
	*lost = false;
	if (i->n_words > 1) {
		/* "hfp,bnsv": one word, had the layout been the other one. */
		str other = keyboard_to_cyrillic(s->a, typed);
		if (str_chr(typed, ' ') >= 0 || !as_term(s->a, other).n)
			return ERR_OK;
		enum err err = is_there(s, *i, &known);
		return err || known ? err : take_known(s, &other, 1, out);
	}
	enum err err = is_known(s, &i->words[0], i->open || i->prefix, &known);
	if (err)
		return err;
	if (known) /* whoever mixes scripts may have meant the word that others write */
		return take_known(s, list, text_unmixed(s->a, word, list), out);
	err = another(s, word, typed, out);
	*lost = !out->n;
	return err;
}

enum err desk_search_suggest(struct arena *a, struct db_conn *c, str text, const struct query *q,
                             str *out, struct error *e)
{
	STEMMER_AUTO stemmer = stemmer_new(NULL);
	struct suggesting s = {a, c, stemmer, e};
	BUF_AUTO b;
	buf_init(&b, 0);
	size_t done = 0;
	bool changed = false;
	*out = STR_NONE;
	for (size_t k = 0; k < q->n; k++) {
		const struct query_item *i = &q->items[k];
		bool lost;
		str other, as_typed = str_sub(text, i->at, i->at + i->n);
		if (!query_field_is_words(i->field) || i->negative || !i->n_words || i->phrase ||
		    i->joined.n)
			continue;
		ptrdiff_t colon = i->field == QUERY_TEXT ? -1 : str_chr(as_typed, ':');
		enum err err =
		    item_meant(&s, i, str_from(as_typed, (size_t)(colon + 1)), &other, &lost);
		if (err)
			return err;
		if (lost)
			return ERR_OK; /* the others alone would not have been meant */
		if (!other.n)
			continue;
		buf_add(&b, str_sub(text, done, i->at + (size_t)(colon + 1)));
		buf_add(&b, other);
		done = i->at + i->n;
		changed = true;
	}
	if (!changed)
		return ERR_OK;
	buf_add(&b, str_from(text, done));
	*out = str_dup(a, buf_str(&b));
	return ERR_OK;
}

/* search_article.c: articles of the handbook that a query finds. See search.h. */
#include "base/buf.h"
#include "desk/search.h"

enum {
	RANKED = 60, /* of the engine's best */
	SNIPPET_CHARS = 200,
};

/* ---- Markdown without its marks, as far as a line of a result needs it ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Behind what opens a line: headings, quotes, items of lists. */
static size_t behind_opening(str s, size_t i)
{
	while (i < s.n && is_blank(s.p[i]))
		i++;
	size_t mark = i;
	while (mark < s.n && (s.p[mark] == '#' || s.p[mark] == '>' || s.p[mark] == '-' ||
	                      s.p[mark] == '*' || s.p[mark] == '+'))
		mark++;
	return mark > i && mark < s.n && (is_blank(s.p[mark]) || s.p[mark] == '\n') ? mark : i;
}

/* Behind the address of a link whose "]" is at i: "](...)". */
static size_t behind_address(str s, size_t i)
{
	if (i + 1 >= s.n || s.p[i + 1] != '(')
		return i + 1;
	for (size_t k = i + 2; k < s.n && s.p[k] != '\n'; k++)
		if (s.p[k] == ')')
			return k + 1;
	return i + 1;
}

static str plain(struct arena *a, str s)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;
	bool opening = true;
	for (size_t i = 0; i < s.n;) {
		if (opening)
			i = behind_opening(s, i);
		opening = false;
		if (i >= s.n)
			break;
		char c = s.p[i];
		if (c == ']') {
			i = behind_address(s, i);
			continue;
		}
		i++;
		if (c == '*' || c == '`' || c == '[' || (c == '!' && i < s.n && s.p[i] == '['))
			continue;
		opening = c == '\n';
		p[n++] = c == '|' ? ' ' : c;
	}
	return str_n(p, n);
}

/* ---- ranking ---- */

struct ranked {
	const struct search_article *article;
	double score;
	size_t at;
};

static int by_score(const void *x, const void *y)
{
	const struct ranked *a = x, *b = y;
	if (a->score != b->score)
		return a->score < b->score ? 1 : -1;
	return a->at < b->at ? -1 : a->at > b->at;
}

enum err desk_search_articles(struct arena *a, struct db_conn *c, const struct actor *actor,
                              struct stemmer *stemmer, const struct query *q, size_t max,
                              struct search_result *out, struct error *e)
{
	struct search_article *found;
	size_t n = 0;
	str expr;
	enum err err = search_expression(a, c, q, false, &expr, e);
	if (!err)
		err = search_articles(a, c, actor, expr, RANKED, &found, &n, e);
	if (err || !n)
		return err;
	/* Words of titles, in the form in which they were typed, and what the engine thinks of all
	 * of the article: each as much as the other. */
	struct ranked *ranked = ARENA_ARRAY(a, n, struct ranked);
	double most = found[0].worth > 0 ? found[0].worth : 1;
	for (size_t i = 0; i < n; i++)
		ranked[i] = (struct ranked){
		    &found[i],
		    query_score(q, stemmer, found[i].title, STR_NONE) / 1.3 + found[i].worth / most,
		    i};
	qsort(ranked, n, sizeof *ranked, by_score);
	out->articles = ARENA_ARRAY(a, n, struct search_article_hit);
	out->more_articles = n > max;
	for (size_t i = 0; i < n && i < max; i++) {
		const struct search_article *x = ranked[i].article;
		out->articles[out->n_articles++] = (struct search_article_hit){
		    .id = x->id,
		    .brand_id = x->brand_id,
		    .language = x->language,
		    .state = x->state,
		    .title = query_snippet(a, q, stemmer, x->title, SNIPPET_CHARS),
		    .snippet = query_snippet(a, q, stemmer, plain(a, x->text), SNIPPET_CHARS),
		};
	}
	return ERR_OK;
}

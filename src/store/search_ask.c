/* search_ask.c: asking the index. See search.h. */
#include "base/vec.h"
#include "store/contact.h"
#include "store/ids.h"
#include "store/queries_gen.h"
#include "store/search.h"
#include "store/search_word.h"

enum {
	RECENT = 300,   /* PostgreSQL: messages looked through before the index is asked */
	OFTEN = 4,      /* so many hits among them: it pays to go on looking through messages */
	OFTEN_MANY = 2, /* the same of several words, of which the index reads all that have each */
	WINDOW = 40000, /* newest messages for which the index is asked first, at most */
	CHUNK_MIN = 60, /* candidates taken at once */
	CHUNK_MAX = 2000,
};

/* ---- expressions ---- */

/* What one item asks of the index, being written. */
struct writer {
	struct arena *a;
	struct db_conn *c;
	struct error *e;
	struct buf *b;
	bool pg, exact;
	const char *weight; /* of PostgreSQL's terms: "" = any */
};

static void add_term(struct writer *w, const char *mark, str word, bool begins)
{
	buf_add(w->b, search_quoted(w->a, w->pg ? DB_PG : DB_SQLITE, mark, word));
	if (w->pg && (begins || *w->weight))
		buf_addf(w->b, ":%s%s", begins ? "*" : "", w->weight);
	else if (begins)
		buf_addz(w->b, " *");
}

static void add_or(struct writer *w)
{
	buf_addz(w->b, w->pg ? " | " : " OR ");
}

/* A word of an author. */
static void add_author(struct writer *w, const struct query_word *word, bool begins, bool forms)
{
	char mark[] = {TERM_AUTHORED, 0}, stem[] = {TERM_AUTHORED, TERM_STEM, 0};
	buf_addc(w->b, '(');
	add_term(w, mark, word->word, begins && str_utf8_len(word->word) > 1);
	if (forms) {
		add_or(w);
		add_term(w, stem, word->stem, false);
		if (!str_eq(word->stem, word->word)) {
			add_or(w);
			add_term(w, mark, word->stem, false);
		}
	}
	buf_addc(w->b, ')');
}

/* A word in the forms that fit. */
static enum err add_word(struct writer *w, const struct query_word *word, bool begins, bool forms)
{
	struct search_begins more = {.n = 0};
	char stem[] = {TERM_STEM, 0};
	if (begins) {
		enum err err = search_begins(w->a, w->c, word->word, &more, w->e);
		if (err)
			return err;
	}
	buf_addc(w->b, '(');
	add_term(w, "", word->word, false);
	for (size_t i = 0; i < more.n; i++) {
		if (str_eq(more.terms[i], word->word))
			continue;
		add_or(w);
		add_term(w, "", more.terms[i], false);
	}
	for (size_t i = 0; i < more.n_prefixes; i++) {
		add_or(w);
		add_term(w, "", more.prefixes[i], true);
	}
	if (forms) {
		add_or(w);
		add_term(w, stem, word->stem, false);
		if (!str_eq(word->stem, word->word)) {
			add_or(w);
			add_term(w, "", word->stem, false);
		}
	}
	buf_addc(w->b, ')');
	return ERR_OK;
}

static void add_phrase(struct writer *w, const struct query_item *i)
{
	if (!w->pg)
		buf_addc(w->b, '"');
	for (size_t k = 0; k < i->n_words; k++) {
		bool last = k + 1 == i->n_words;
		if (!w->pg) {
			buf_add(w->b, i->words[k].word);
			buf_addz(w->b, last ? "\"" : " ");
			continue;
		}
		add_term(w, "", i->words[k].word, last && i->prefix);
		if (!last)
			buf_addz(w->b, " <-> ");
	}
	if (!w->pg && i->prefix)
		buf_addz(w->b, " *");
}

static enum err add_item(struct writer *w, const struct query_item *i)
{
	static const char *const columns[] = {
	    [QUERY_SUBJECT] = "subject : ", [QUERY_FROM] = "author : ", [QUERY_FILE] = "file : "};
	static const char *const weights[] = {"", "A", "B", "C"};
	char joined[] = {TERM_JOINED, 0};
	enum err err = ERR_OK;
	w->weight = weights[i->field];
	bool author = i->field == QUERY_FROM;
	if (!w->pg && i->field != QUERY_TEXT && !author)
		buf_addz(w->b, columns[i->field]);
	buf_addc(w->b, '(');
	if (i->joined.n) {
		add_term(w, joined, i->joined, i->open && i->together);
		add_or(w);
		buf_addc(w->b, '(');
	}
	bool open = i->open && !w->exact;
	if (i->together && !open) {
		add_phrase(w, i);
	} else {
		for (size_t k = 0; !err && k < i->n_words; k++) {
			if (k)
				buf_addz(w->b, w->pg ? " & " : " AND ");
			bool begins = (i->prefix || open) && k + 1 == i->n_words;
			bool forms = !w->exact && !i->phrase;
			if (author)
				add_author(w, &i->words[k], begins, forms);
			else
				err = add_word(w, &i->words[k], begins, forms);
		}
	}
	buf_addz(w->b, i->joined.n ? "))" : ")");
	return err;
}

static enum err add_items(struct writer *w, const struct query *q, bool negative, const char *glue)
{
	bool first = true;
	enum err err = ERR_OK;
	for (size_t k = 0; !err && k < q->n; k++) {
		const struct query_item *i = &q->items[k];
		if (!query_field_is_words(i->field) || i->negative != negative)
			continue;
		if (!first)
			buf_addz(w->b, glue);
		first = false;
		err = add_item(w, i);
	}
	return err;
}

enum err search_expression(struct arena *a, struct db_conn *c, const struct query *q, bool exact,
                           str *out, struct error *e)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	bool pg = db_conn_engine(c) == DB_PG, negative = false;
	struct writer w = {.a = a, .c = c, .e = e, .b = &b, .pg = pg, .exact = exact};
	*out = STR_NONE;
	if (!q->n_words)
		return ERR_OK;
	for (size_t i = 0; i < q->n; i++)
		negative |= q->items[i].negative && query_field_is_words(q->items[i].field);
	buf_addc(&b, '(');
	enum err err = add_items(&w, q, false, pg ? " & " : " AND ");
	buf_addc(&b, ')');
	if (!err && negative) {
		buf_addz(&b, pg ? " & !(" : " NOT (");
		w.exact = false; /* what shall not be there shall be there in no form */
		err = add_items(&w, q, true, pg ? " | " : " OR ");
		buf_addc(&b, ')');
	}
	*out = str_dup(a, buf_str(&b));
	return err;
}

/* ---- candidates ---- */

/* Where the next candidates come from. FTS5 gives them in order. PostgreSQL's index gives all that
 * fit, each with a row to be read, so there the newest messages are looked through first, then a
 * window of the next ones is asked of the index, as long as the frequency makes likely, and then
 * the rest. */
struct source {
	str expr;
	int64_t before;
	enum { LOOK, ASK_SOME, ASK_ALL } stage; /* SQLite: always the last */
	int64_t low; /* the end of what is looked through, or asked for */
	int64_t often;
	int64_t seen, hits; /* of those looked through */
	bool ended;
	int64_t *ids; /* CHUNK_MAX, or more where more are wanted at once */
	size_t n, at, cap;
};

static enum err read_ids(struct db_rows *r, int64_t *ids, size_t max, size_t *n, struct error *e)
{
	*n = 0;
	while (*n < max && db_rows_next(r))
		ids[(*n)++] = db_get_int(r, 0);
	return db_rows_close(r, e);
}

static enum err source_init(struct arena *a, struct db_conn *c, struct source *s, str expr,
                            int64_t before, size_t most, struct error *e)
{
	bool pg = db_conn_engine(c) == DB_PG;
	size_t cap = most > CHUNK_MAX ? most : CHUNK_MAX;
	*s = (struct source){.expr = expr,
	                     .before = before ? before : INT64_MAX,
	                     .stage = pg ? LOOK : ASK_ALL,
	                     .often = str_find(expr, STR(" & ")) < 0 ? OFTEN : OFTEN_MANY,
	                     .ids = ARENA_ARRAY(a, cap, int64_t),
	                     .cap = cap};
	int64_t newest = 0;
	if (!pg)
		return ERR_OK;
	enum err err = db_one_int(c, &Q_SEARCH_NEWEST, DB_NO_ARGS, &newest, e);
	if (newest < s->before)
		s->before = newest + 1;
	s->low = s->before > RECENT ? s->before - RECENT : 0;
	return err;
}

static enum err look_through(struct db_conn *c, struct source *s, size_t want, struct error *e)
{
	struct db_rows r;
	db_rows_open(
	    &r, c, &Q_SEARCH_RECENT,
	    DB_ARGS(db_text(s->expr), db_int(s->low), db_int(s->before), db_int((int64_t)want)));
	enum err err = read_ids(&r, s->ids, want, &s->n, e);
	int64_t end = s->n == want ? s->ids[want - 1] : s->low;
	s->hits += (int64_t)s->n;
	s->seen += s->before - end;
	s->before = end;
	if (err || s->n == want)
		return err;
	/* As far as the next ones reach, by how many there were. */
	bool often = s->hits * RECENT >= s->seen * s->often;
	int64_t span = s->seen * (int64_t)want * (often ? 2 : 4) / (s->hits + 1);
	if (!often && span > WINDOW)
		span = WINDOW;
	s->ended = s->low == 0;
	s->low = s->low > span ? s->low - span : 0;
	s->stage = often ? LOOK : ASK_SOME;
	return ERR_OK;
}

static enum err ask_some(struct db_conn *c, struct source *s, struct error *e)
{
	struct db_rows r;
	db_rows_open(
	    &r, c, &Q_SEARCH_WINDOW,
	    DB_ARGS(db_text(s->expr), db_int(s->low), db_int(s->before), db_int((int64_t)s->cap)));
	enum err err = read_ids(&r, s->ids, s->cap, &s->n, e);
	if (err || s->n == s->cap) {
		s->before = s->n ? s->ids[s->n - 1] : s->before;
		return err;
	}
	s->before = s->low;
	s->ended = s->low == 0;
	s->stage = ASK_ALL;
	return ERR_OK;
}

static enum err ask_all(struct db_conn *c, struct source *s, size_t want, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_SEARCH_CANDIDATES,
	             DB_ARGS(db_text(s->expr), db_int(s->before), db_int((int64_t)want)));
	enum err err = read_ids(&r, s->ids, want, &s->n, e);
	s->ended = s->n < want;
	if (s->n)
		s->before = s->ids[s->n - 1];
	return err;
}

/* The next ids, at most `want`, newest first. *n 0: that was all. */
static enum err source_next(struct db_conn *c, struct source *s, size_t want, const int64_t **ids,
                            size_t *n, struct error *e)
{
	bool pg = db_conn_engine(c) == DB_PG;
	enum err err = ERR_OK;
	while (!err && s->at == s->n && !s->ended) {
		s->at = s->n = 0;
		if (s->stage == LOOK)
			err = look_through(c, s, want, e);
		else if (s->stage == ASK_SOME)
			err = ask_some(c, s, e);
		else
			err = ask_all(c, s, pg ? s->cap : want, e);
	}
	*ids = s->ids + s->at;
	*n = s->n - s->at < want ? s->n - s->at : want;
	s->at += *n;
	return err;
}

/* Those that the actor sees and that pass the filter, newest first, at most max. */
static enum err pass(struct arena *a, struct db_conn *c, const struct actor *actor,
                     const struct search_filter *f, const int64_t *ids, size_t n, size_t max,
                     struct search_page *out, struct error *e)
{
	enum db_engine engine = db_conn_engine(c);
	struct ticket_args args = {.n = 2};
	args.v[0] = db_text(ids_to_json(a, ids, n));
	args.v[1] = db_text(actor->scope);
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, "SELECT m.id, m.ticket_id FROM message m ");
	buf_addz(&b, engine == DB_SQLITE ? "CROSS JOIN" : "JOIN");
	buf_addz(&b, " ticket t ON t.id = m.ticket_id WHERE m.id IN ");
	sql_ids(&b, engine, 1);
	buf_addz(&b, " AND ");
	sql_visible(&b, engine, "t", 2);
	search_filter_sql(a, &b, &args, engine, f);
	buf_addz(&b, " ORDER BY m.id DESC LIMIT ");
	ticket_arg(&b, &args, engine, db_int((int64_t)(max - out->n)));
	struct db_rows r;
	db_rows_open_text(&r, c, buf_str(&b), (struct db_args){args.v, args.n});
	while (out->n < max && db_rows_next(&r))
		out->items[out->n++] = (struct search_hit){.message_id = db_get_int(&r, 0),
		                                           .ticket_id = db_get_int(&r, 1)};
	return db_rows_close(&r, e);
}

enum err search_messages(struct arena *a, struct db_conn *c, const struct actor *actor, str expr,
                         const struct search_filter *f, int64_t before, int limit, int most,
                         struct search_page *out, struct error *e)
{
	struct source s;
	size_t want = (size_t)limit + 1, n = 0;
	/* PostgreSQL looks through messages for each of them; FTS5 begins anew for a second chunk.
	 */
	bool few = want > CHUNK_MIN || db_conn_engine(c) == DB_PG;
	size_t chunk = few ? want : CHUNK_MIN;
	*out = (struct search_page){.items = ARENA_ARRAY(a, want, struct search_hit)};
	if (!expr.n)
		return ERR_OK;
	const int64_t *ids;
	enum err err = source_init(a, c, &s, expr, before, chunk, e);
	while (!err && out->n < want && most > 0) {
		if ((err = source_next(c, &s, chunk, &ids, &n, e)) || !n)
			break;
		out->next = ids[n - 1];
		most -= (int)n;
		err = pass(a, c, actor, f, ids, n, want, out, e);
		chunk = chunk * 4 > CHUNK_MAX ? (chunk > CHUNK_MAX ? chunk : CHUNK_MAX) : chunk * 4;
	}
	if (out->n == want) {
		out->n--;
		out->next = out->n ? out->items[out->n - 1].message_id : 0;
	} else if (!n) {
		out->next = 0;
	}
	return err;
}

static int by_message(const void *x, const void *y)
{
	int64_t a = ((const struct search_hit *)x)->message_id,
	        b = ((const struct search_hit *)y)->message_id;
	return a < b ? 1 : -(a > b);
}

enum err search_fill(struct arena *a, struct db_conn *c, struct search_hit *hits, size_t n,
                     struct error *e)
{
	int64_t *ids = ARENA_ARRAY(a, n, int64_t);
	for (size_t i = 0; i < n; i++)
		ids[i] = hits[i].message_id;
	if (!n)
		return ERR_OK;
	qsort(hits, n, sizeof *hits, by_message);
	struct db_rows r;
	db_rows_open(&r, c, &Q_SEARCH_TEXTS, DB_ARGS(db_text(ids_to_json(a, ids, n))));
	while (db_rows_next(&r)) {
		const struct search_hit key = {.message_id = db_get_int(&r, 0)};
		struct search_hit *hit = bsearch(&key, hits, n, sizeof *hits, by_message);
		if (!hit)
			continue;
		hit->subject = db_dup_str(a, &r, 1);
		hit->text = db_dup_str(a, &r, 2);
		hit->created_at = db_get_int(&r, 3);
	}
	return db_rows_close(&r, e);
}

enum err search_by_address(struct arena *a, struct db_conn *c, const struct actor *actor,
                           str address, int limit, int64_t **ids, size_t *n, struct error *e)
{
	VEC(int64_t) v = {0};
	enum identity_kind kind = IDENTITY_EMAIL;
	str norm = identity_norm(a, kind, address);
	if (!norm.n)
		norm = identity_norm(a, kind = IDENTITY_PHONE, address);
	*ids = NULL;
	*n = 0;
	if (!norm.n)
		return ERR_OK;
	struct db_rows r;
	db_rows_open(&r, c, &Q_SEARCH_BY_ADDRESS,
	             DB_ARGS(db_text(str_of(identity_kind_name(kind))), db_text(norm),
	                     db_int(limit), db_text(actor->scope)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = db_get_int(&r, 0);
	*ids = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

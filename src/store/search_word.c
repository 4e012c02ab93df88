/* search_word.c: see search_word.h. */
#include "store/search_word.h"

#include "base/vec.h"
#include "store/ids.h"
#include "store/queries_gen.h"
#include "store/search.h"
#include "text/distance.h"

#define VERSION "search_words" /* of the words: its event_id grows when some are forgotten */

enum {
	EXPAND_MAX = 200, /* words that a beginning is spelled out by; more: left to the engine */
	BRANCHES = 64,    /* next letters of a short beginning */
	RECENT = 300,     /* messages whose words are not rare */
	NEAR_ROWS = 60000,
};

str search_quoted(struct arena *a, enum db_engine engine, const char *mark, str word)
{
	char q = engine == DB_PG ? '\'' : '"';
	return str_printf(a, "%c%s%.*s%c", q, mark, STR_FMT(word), q);
}

enum err search_note_words(struct db_conn *tx, str words, struct error *e)
{
	return db_exec(tx, &Q_SEARCH_WORD_ADD, DB_ARGS(db_text(words)), NULL, e);
}

enum err search_note_spaced(struct arena *a, struct db_conn *tx, str words, struct error *e)
{
	VEC(str) v = {0};
	str w;
	while (words.n && str_split(&words, ' ', &w))
		*vec_push(a, &v) = w;
	return v.n ? search_note_words(tx, strs_to_json(a, v.p, v.n), e) : ERR_OK;
}

enum err search_words_version(struct db_conn *c, int64_t *out, struct error *e)
{
	struct db_rows r;
	*out = 0;
	db_rows_open(&r, c, &Q_EVENT_CURSOR_GET, DB_ARGS(db_text(STR(VERSION))));
	if (db_rows_next(&r))
		*out = db_get_int(&r, 0);
	return db_rows_close(&r, e);
}

enum err search_has_word(struct db_conn *c, str word, bool *out, struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct db_rows r;
	str quoted = search_quoted(a, db_conn_engine(c), "", word);
	db_rows_open(&r, c, &Q_SEARCH_CANDIDATES,
	             DB_ARGS(db_text(quoted), db_int(INT64_MAX), db_int(1)));
	*out = db_rows_next(&r);
	enum err err = db_rows_close(&r, e);
	return err || *out ? err : search_article_any(c, quoted, out, e);
}

/* ---- forgetting ---- */

/* PostgreSQL reads all messages of a word to find one: what is frequent is found among the newest
 * ones instead. */
static enum err is_frequent(struct db_conn *c, str quoted, int64_t newest, bool *out,
                            struct error *e)
{
	struct db_rows r;
	db_rows_open(
	    &r, c, &Q_SEARCH_RECENT,
	    DB_ARGS(db_text(quoted), db_int(newest - RECENT), db_int(INT64_MAX), db_int(1)));
	*out = db_rows_next(&r);
	return db_rows_close(&r, e);
}

enum err search_words_outdate(struct db_conn *tx, struct error *e)
{
	int64_t version;
	enum err err = search_words_version(tx, &version, e);
	if (err)
		return err;
	return db_exec(tx, &Q_EVENT_CURSOR_SET,
	               DB_ARGS(db_text(STR(VERSION)), db_int(version + 1), db_int(0)), NULL, e);
}

enum err search_word_forget(struct arena *a, struct db_conn *tx, str words, struct error *e)
{
	bool pg = db_conn_engine(tx) == DB_PG, dropped = false;
	int64_t newest = 0;
	str w;
	enum err err = ERR_OK;
	if (pg)
		err = db_one_int(tx, &Q_SEARCH_NEWEST, DB_NO_ARGS, &newest, e);
	while (!err && words.n && str_split(&words, ' ', &w)) {
		bool there = false;
		if (pg)
			err = is_frequent(tx, search_quoted(a, DB_PG, "", w), newest, &there, e);
		if (!err && !there)
			err = search_has_word(tx, w, &there, e);
		if (!err && !there) {
			err = db_exec(tx, &Q_SEARCH_WORD_DROP, DB_ARGS(db_text(w)), NULL, e);
			dropped = true;
		}
	}
	return err || !dropped ? err : search_words_outdate(tx, e);
}

/* ---- beginnings ---- */

struct strs {
	str *p;
	size_t n, cap;
};

static str marked(struct arena *a, str word)
{
	return str_printf(a, "%c%.*s", TERM_BEGIN, STR_FMT(word));
}

static bool has_digit(str word)
{
	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] >= '0' && word.p[i] <= '9')
			return true;
	return false;
}

static bool is_ascii(str word)
{
	for (size_t i = 0; i < word.n; i++)
		if ((unsigned char)word.p[i] >= 0x80)
			return false;
	return true;
}

/* What sorts behind all that begins with s: no word has the byte 0xff, but no text may either. */
static str behind(struct arena *a, str s)
{
	return str_concat(a, s, STR("\U0010fffd"));
}

/* The next word at or behind `low` that begins with `begin`; "" at the end. */
static enum err next_word(struct arena *a, struct db_conn *c, str low, str begin, str *out,
                          struct error *e)
{
	struct db_rows r;
	*out = STR_NONE;
	db_rows_open(&r, c, &Q_SEARCH_WORD_FROM, DB_ARGS(db_text(low), db_int(1)));
	if (db_rows_next(&r) && str_starts(db_get_str(&r, 0), begin))
		*out = db_dup_str(a, &r, 0);
	return db_rows_close(&r, e);
}

/* A beginning one letter shorter than those that are indexed: by the letters that follow it. */
static enum err branches(struct arena *a, struct db_conn *c, str word, size_t letters,
                         struct strs *terms, struct error *e)
{
	str low = word, w;
	for (size_t i = 0; i < 2 * BRANCHES; i++) {
		enum err err = next_word(a, c, low, word, &w, e);
		if (err || !w.n)
			return err;
		str head = term_first(w, letters);
		if (head.n == w.n) {
			*vec_push(a, terms) = w;
			low = str_concat(a, w, STR("\x01"));
		} else {
			*vec_push(a, terms) = marked(a, head);
			low = behind(a, head);
		}
	}
	return ERR_OK;
}

/* A long beginning: by the words that go on from it, unless they are too many. */
static enum err continued(struct arena *a, struct db_conn *c, str word, struct strs *terms,
                          bool *many, struct error *e)
{
	struct db_rows r;
	size_t first = terms->n;
	db_rows_open(&r, c, &Q_SEARCH_WORD_FROM, DB_ARGS(db_text(word), db_int(EXPAND_MAX + 1)));
	while (db_rows_next(&r) && str_starts(db_get_str(&r, 0), word))
		*vec_push(a, terms) = db_dup_str(a, &r, 0);
	*many = terms->n - first > EXPAND_MAX;
	if (*many)
		terms->n = first;
	return db_rows_close(&r, e);
}

enum err search_begins(struct arena *a, struct db_conn *c, str word, struct search_begins *out,
                       struct error *e)
{
	struct strs terms = {0}, prefixes = {0};
	size_t letters = str_utf8_len(word);
	bool many = false;
	enum err err = ERR_OK;
	*vec_push(a, &terms) = word;
	if (has_digit(word) && letters > 1) {
		*vec_push(a, &prefixes) = word;
	} else if (letters == TERM_SHORT || letters == TERM_LONG) {
		*vec_push(a, &terms) = marked(a, word);
	} else if (letters > 1) {
		err = letters > TERM_LONG ? continued(a, c, word, &terms, &many, e)
		                          : branches(a, c, word, letters + 1, &terms, e);
		if (many)
			*vec_push(a, &prefixes) = word;
		/* Words with digits are not among those of letters: models, numbers of orders. */
		for (char d = '0'; !many && is_ascii(word) && d <= '9'; d++) {
			str w = str_printf(a, "%.*s%c", STR_FMT(word), d);
			if (letters > TERM_LONG) {
				*vec_push(a, &prefixes) = w;
			} else {
				*vec_push(a, &terms) = w;
				*vec_push(a, &terms) = marked(a, w);
			}
		}
	}
	*out = (struct search_begins){terms.p, terms.n, prefixes.p, prefixes.n};
	return err;
}

/* ---- mistyped words ---- */

struct near {
	str word;
	int distance;
};

struct nearest {
	struct near *p;
	size_t n, max;
};

static void consider(struct arena *a, struct nearest *best, str word, int distance)
{
	size_t at = best->n;
	while (at > 0 && best->p[at - 1].distance > distance)
		at--;
	if (at == best->max)
		return;
	if (best->n < best->max)
		best->n++;
	memmove(best->p + at + 1, best->p + at, (best->n - at - 1) * sizeof *best->p);
	best->p[at] = (struct near){str_dup(a, word), distance};
}

/* Among the words that begin so. */
static enum err near_among(struct arena *a, struct db_conn *c, str begin, const struct chars *asked,
                           int allowed, struct nearest *best, struct error *e)
{
	struct db_rows r;
	struct chars have;
	db_rows_open(&r, c, &Q_SEARCH_WORD_BETWEEN,
	             DB_ARGS(db_text(begin), db_text(behind(a, begin)), db_int(NEAR_ROWS)));
	while (db_rows_next(&r)) {
		str w = db_get_str(&r, 0);
		/* Two bytes a letter at most, so that few are looked at in earnest. */
		if (w.n > (asked->n + (size_t)allowed) * 4 || w.n + (size_t)allowed < asked->n)
			continue;
		chars_of(w, &have);
		size_t d = have.n > asked->n ? have.n - asked->n : asked->n - have.n;
		if (d > (size_t)allowed)
			continue;
		int distance = chars_distance(asked, &have, allowed);
		if (distance > 0 && distance <= allowed)
			consider(a, best, w, distance);
	}
	return db_rows_close(&r, e);
}

enum err search_near(struct arena *a, struct db_conn *c, str word, size_t max, str **out, size_t *n,
                     struct error *e)
{
	struct chars asked;
	chars_of(word, &asked);
	int allowed = distance_allowed(asked.n);
	struct nearest best = {ARENA_ARRAY(a, max, struct near), 0, max};
	*n = 0;
	*out = ARENA_ARRAY(a, max, str);
	if (!allowed || asked.cut || has_digit(word))
		return ERR_OK;
	str first = term_first(word, 1), second = str_sub(term_first(word, 2), first.n, word.n);
	enum err err = near_among(a, c, first, &asked, allowed, &best, e);
	/* Seldom is the first letter wrong: swapped with the next, or one too many. */
	if (!err && !best.n && !str_eq(first, second))
		err = near_among(a, c, second, &asked, allowed, &best, e);
	for (size_t i = 0; i < best.n; i++)
		(*out)[i] = best.p[i].word;
	*n = best.n;
	return err;
}

/* search.c: see search.h. */
#include "store/search.h"

#include <utf8proc.h>

#include "base/buf.h"
#include "base/vec.h"
#include "store/attachment.h"
#include "store/contact.h"
#include "store/queries_gen.h"
#include "text/fold.h"

#define INDEX_BYTES ((size_t)512 << 10) /* of the words of one message */

/* Letters, digits, and the marks that belong to a letter. */
static bool is_word_char(uint32_t c)
{
	switch (utf8proc_category((utf8proc_int32_t)c)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
		return true;
	default:
		return false;
	}
}

/* The next run of word characters of *rest, which is moved behind it. */
static bool next_word(str *rest, str *word)
{
	size_t at = 0, n;
	while (at < rest->n && !is_word_char(text_next(str_from(*rest, at), &n)))
		at += n;
	size_t end = at;
	while (end < rest->n && is_word_char(text_next(str_from(*rest, end), &n)))
		end += n;
	*word = str_sub(*rest, at, end);
	*rest = str_from(*rest, end);
	return word->n > 0;
}

void search_words(struct arena *a, str text, size_t max, str **out, size_t *n)
{
	VEC(str) v = {0};
	str rest = text_fold(a, text), word;
	while ((!max || v.n < max) && next_word(&rest, &word))
		*vec_push(a, &v) = str_cut_utf8(word, SEARCH_WORD_BYTES);
	*out = v.p;
	*n = v.n;
}

static int compare_words(const void *x, const void *y)
{
	return str_cmp(*(const str *)x, *(const str *)y);
}

/* The words as the engine's index takes them: each once, sorted. For a tsvector
 * each is quoted; word characters need no escapes. */
static void add_words(struct buf *b, enum db_engine engine, str *words, size_t n)
{
	if (n)
		qsort(words, n, sizeof *words, compare_words);
	/* Folding can make words many times longer; a tsvector holds 1 MiB at most, and
	 * one letter must not stop the index. */
	for (size_t i = 0; i < n && b->n < INDEX_BYTES; i++) {
		if (i && str_eq(words[i], words[i - 1]))
			continue;
		if (b->n)
			buf_addc(b, ' ');
		if (engine == DB_PG)
			buf_addc(b, '\'');
		buf_add(b, words[i]);
		if (engine == DB_PG)
			buf_addc(b, '\'');
	}
}

/* The words by which a message is found, as the engine's index takes them. */
static enum err index_words(struct arena *a, struct db_conn *tx, int64_t message_id,
                            struct buf *text, bool *found, bool *steady, struct error *e)
{
	struct db_rows r;
	int64_t files = 0;
	*steady = false;
	db_rows_open(&r, tx, &Q_SEARCH_INDEX_SOURCE, DB_ARGS(db_int(message_id)));
	*found = db_rows_next(&r);
	if (*found) {
		for (int col = 0; col < 5; col++) {
			size_t room = SEARCH_TEXT_BYTES > text->n ? SEARCH_TEXT_BYTES - text->n : 0;
			buf_add(text, str_cut_utf8(db_get_str(&r, col), room));
			buf_addc(text, '\n');
		}
		files = db_get_int(&r, 5);
		*steady = !files && db_is_null(&r, 6);
	}
	enum err err = db_rows_close(&r, e);
	if (err || !*found)
		return err;
	if (files) {
		struct attachment *at;
		size_t n_at;
		if ((err = attachment_of_messages(a, tx, &message_id, 1, &at, &n_at, e)))
			return err;
		for (size_t i = 0; i < n_at; i++) {
			buf_add(text, at[i].name);
			buf_addc(text, '\n');
		}
	}
	str *words;
	size_t n;
	search_words(a, buf_str(text), 0, &words, &n);
	buf_clear(text);
	add_words(text, db_conn_engine(tx), words, n);
	return ERR_OK;
}

enum err search_index_message(struct arena *a, struct db_conn *tx, int64_t message_id,
                              struct error *e)
{
	BUF_AUTO text;
	buf_init(&text, 0);
	bool found, steady;
	enum err err = index_words(a, tx, message_id, &text, &found, &steady, e);
	if (err || !found)
		return err;
	return db_exec(tx, &Q_SEARCH_INDEX_INSERT,
	               DB_ARGS(db_int(message_id), db_text(buf_str(&text))), NULL, e);
}

enum err search_prepare(struct arena *a, struct db_conn *c, int64_t message_id,
                        struct search_entry *out, struct error *e)
{
	BUF_AUTO text;
	buf_init(&text, 0);
	bool found, steady;
	*out = (struct search_entry){.message_id = message_id};
	enum err err = index_words(a, c, message_id, &text, &found, &steady, e);
	if (!err && found && steady)
		out->words = str_dup(a, buf_str(&text));
	return err;
}

enum err search_index_prepared(struct arena *a, struct db_conn *tx,
                               const struct search_entry *entry, struct error *e)
{
	struct db_rows r;
	if (!entry->words.p)
		return search_index_message(a, tx, entry->message_id, e);
	if (db_conn_engine(tx) == DB_PG) {
		int64_t made = 0;
		enum err err =
		    db_exec(tx, &Q_SEARCH_INDEX_PREPARED,
		            DB_ARGS(db_int(entry->message_id), db_text(entry->words)), &made, e);
		return err || made ? err : search_index_message(a, tx, entry->message_id, e);
	}
	db_rows_open(&r, tx, &Q_SEARCH_STEADY, DB_ARGS(db_int(entry->message_id)));
	bool steady = db_rows_next(&r);
	enum err err = db_rows_close(&r, e);
	if (err || !steady)
		return err ? err : search_index_message(a, tx, entry->message_id, e);
	return db_exec(tx, &Q_SEARCH_INDEX_INSERT,
	               DB_ARGS(db_int(entry->message_id), db_text(entry->words)), NULL, e);
}

enum err search_unindex_message(struct arena *a, struct db_conn *tx, int64_t message_id, bool *was,
                                struct error *e)
{
	BUF_AUTO text;
	buf_init(&text, 0);
	bool found, steady;
	int64_t n;
	*was = false;
	enum err err = db_lock(tx, "search", 1, e);
	if (err || (err = db_one_int(tx, &Q_SEARCH_INDEXED, DB_ARGS(db_int(message_id)), &n, e)) ||
	    !n)
		return err;
	if ((err = index_words(a, tx, message_id, &text, &found, &steady, e)))
		return err;
	*was = true;
	return db_exec(tx, &Q_SEARCH_INDEX_DELETE,
	               DB_ARGS(db_int(message_id), db_text(buf_str(&text))), NULL, e);
}

static enum err total_changes(struct db_conn *tx, int64_t *out, struct error *e)
{
	struct db_rows r;
	db_rows_open_text(&r, tx, STR("SELECT total_changes()"), DB_NO_ARGS);
	*out = db_rows_next(&r) ? db_get_int(&r, 0) : 0;
	return db_rows_close(&r, e);
}

enum err search_compact_step(struct db_conn *tx, bool first, bool *more, struct error *e)
{
	int64_t before, after;
	*more = false;
	if (db_conn_engine(tx) == DB_PG)
		return ERR_OK;
	enum err err = total_changes(tx, &before, e);
	/* A negative number puts all segments of the index on one level first, so that the merges
	 * end with a single one (FTS5, "The merge command"). */
	if (!err)
		err = db_exec_text(tx,
		                   first ? STR("INSERT INTO message_search (message_search, rank) "
		                               "VALUES ('merge', -500)")
		                         : STR("INSERT INTO message_search (message_search, rank) "
		                               "VALUES ('merge', 500)"),
		                   DB_NO_ARGS, NULL, e);
	if (!err)
		err = total_changes(tx, &after, e);
	if (!err)
		*more = first || after - before >= 2;
	return err;
}

/* An expression of literal words: nothing of the user's is syntax. */
static str expression(struct arena *a, enum db_engine engine, const str *words, size_t n)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	char quote = engine == DB_PG ? '\'' : '"';
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_addz(&b, engine == DB_PG ? " & " : " AND ");
		buf_addc(&b, quote);
		buf_add(&b, words[i]);
		buf_addc(&b, quote);
		if (i + 1 == n)
			buf_addz(&b, engine == DB_PG ? ":*" : " *");
	}
	return str_dup(a, buf_str(&b));
}

enum err search_messages(struct arena *a, struct db_conn *c, const struct actor *actor,
                         const str *words, size_t n_words, int64_t before, int limit,
                         struct search_hit **out, size_t *n, struct error *e)
{
	VEC(struct search_hit) v = {0};
	*out = NULL;
	*n = 0;
	if (!n_words)
		return ERR_OK;
	struct db_rows r;
	db_rows_open(&r, c, &Q_SEARCH_MESSAGES,
	             DB_ARGS(db_text(expression(a, db_conn_engine(c), words, n_words)),
	                     db_int(before ? before : INT64_MAX), db_int(limit),
	                     db_text(actor->scope)));
	while (db_rows_next(&r))
		*vec_push(a, &v) =
		    (struct search_hit){db_get_int(&r, 0), db_get_int(&r, 1), db_dup_str(a, &r, 2)};
	*out = v.p;
	*n = v.n;
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

/* Is this word of a text one of those looked for? */
static bool is_found(struct arena *a, str word, const str *words, size_t n_words)
{
	/* Folding can change a word's length, but not out of all proportion. */
	if (word.n > 4 * SEARCH_WORD_BYTES)
		return false;
	str fold = text_fold(a, word);
	for (size_t i = 0; i < n_words; i++)
		if (i + 1 == n_words ? str_starts(fold, words[i]) : str_eq(fold, words[i]))
			return true;
	return false;
}

str search_snippet(struct arena *a, str text, const str *words, size_t n_words, size_t max_chars)
{
	enum { LEAD = 40 }; /* bytes before the first found word, about */
	str line = text_snippet(a, text, 20000);
	str rest = line, word;
	size_t first = 0;
	bool any = false;
	while (!any && next_word(&rest, &word)) {
		any = is_found(a, word, words, n_words);
		first = (size_t)(word.p - line.p);
	}
	if (!any || first <= LEAD)
		first = 0;
	else {
		first -= LEAD;
		while (first && ((unsigned char)line.p[first] & 0xc0) == 0x80)
			first--;
		/* From the beginning of a word. */
		ptrdiff_t space = str_chr(str_sub(line, first, first + LEAD), ' ');
		if (space >= 0)
			first += (size_t)space + 1;
	}
	str piece = text_snippet(a, str_from(line, first), max_chars);
	BUF_AUTO b;
	buf_init(&b, 0);
	if (first)
		buf_addz(&b, "\u2026");
	const char *done = piece.p;
	for (rest = piece; next_word(&rest, &word);) {
		if (!is_found(a, word, words, n_words))
			continue;
		buf_add(&b, str_n(done, (size_t)(word.p - done)));
		buf_addz(&b, "\u2068");
		buf_add(&b, word);
		buf_addz(&b, "\u2069");
		done = word.p + word.n;
	}
	if (piece.n)
		buf_add(&b, str_n(done, (size_t)(piece.p + piece.n - done)));
	return str_dup(a, buf_str(&b));
}

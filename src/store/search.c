/* search.c: see search.h. Writing the index; asking is in search_ask.c. */
#include "store/search.h"

#include "store/attachment.h"
#include "store/ids.h"
#include "store/queries_gen.h"
#include "store/search_word.h"

#define INDEX_BYTES ((size_t)512 << 10) /* of the entry of one message: a tsvector holds 1 MiB */

enum term_form search_form(const struct db_conn *c)
{
	return db_conn_engine(c) == DB_PG ? TERM_TSVECTOR : TERM_SPACED;
}

void search_terms_init(struct terms *t, const struct db_conn *c, struct stemmer *stemmer)
{
	terms_init(t, stemmer, search_form(c), INDEX_BYTES);
}

/* What a message is found by: its terms, in t. */
static enum err index_terms(struct arena *a, struct db_conn *tx, int64_t message_id,
                            struct terms *t, bool *found, bool *steady, struct error *e)
{
	static const enum term_field fields[] = {TERM_SUBJECT, TERM_AUTHOR, TERM_AUTHOR, TERM_TEXT,
	                                         TERM_TEXT};
	struct db_rows r;
	int64_t files = 0;
	size_t room = SEARCH_TEXT_BYTES;
	*steady = false;
	terms_clear(t);
	db_rows_open(&r, tx, &Q_SEARCH_INDEX_SOURCE, DB_ARGS(db_int(message_id)));
	*found = db_rows_next(&r);
	if (*found) {
		for (int col = 0; col < (int)COUNT_OF(fields); col++) {
			str text = str_cut_utf8(db_get_str(&r, col), room);
			terms_add(t, fields[col], text);
			room -= text.n;
		}
		files = db_get_int(&r, 5);
		*steady = !files && db_is_null(&r, 6);
	}
	enum err err = db_rows_close(&r, e);
	if (err || !files)
		return err;
	struct attachment *at;
	size_t n_at;
	if ((err = attachment_of_messages(a, tx, &message_id, 1, &at, &n_at, e)))
		return err;
	for (size_t i = 0; i < n_at; i++)
		terms_add(t, TERM_FILE, at[i].name);
	return ERR_OK;
}

static enum err indexed(struct db_conn *tx, int64_t message_id, bool *out, struct error *e)
{
	int64_t n = 0;
	enum err err = db_one_int(tx, &Q_SEARCH_INDEXED, DB_ARGS(db_int(message_id)), &n, e);
	*out = n != 0;
	return err;
}

/* SQLite's index would take the same message twice. */
static enum err put(struct db_conn *tx, int64_t message_id, const str *fields, struct error *e)
{
	if (db_conn_engine(tx) == DB_PG)
		return db_exec(tx, &Q_SEARCH_PUT_WORDS,
		               DB_ARGS(db_int(message_id), db_text(fields[0])), NULL, e);
	bool there;
	enum err err = indexed(tx, message_id, &there, e);
	if (err || there)
		return err;
	return db_exec(tx, &Q_SEARCH_PUT,
	               DB_ARGS(db_int(message_id), db_text(fields[TERM_TEXT]),
	                       db_text(fields[TERM_SUBJECT]), db_text(fields[TERM_AUTHOR]),
	                       db_text(fields[TERM_FILE])),
	               NULL, e);
}

static void fields_of(const struct terms *t, str fields[TERM_FIELDS])
{
	for (size_t i = 0; i < TERM_FIELDS; i++)
		fields[i] = buf_str(&t->out[i]);
}

/* A message's terms by a stemmer of one's own, for what is seldom: erasing, files. */
struct alone {
	struct stemmer *stemmer;
	struct terms terms;
};

static void alone_init(struct alone *x, const struct db_conn *c)
{
	x->stemmer = stemmer_new(NULL);
	search_terms_init(&x->terms, c, x->stemmer);
}

static void alone_release(struct alone *x)
{
	terms_release(&x->terms);
	stemmer_free(x->stemmer);
}

static enum err index_by(struct arena *a, struct db_conn *tx, int64_t message_id, struct terms *t,
                         struct error *e)
{
	bool found, steady;
	str fields[TERM_FIELDS];
	enum err err = index_terms(a, tx, message_id, t, &found, &steady, e);
	if (err || !found)
		return err;
	fields_of(t, fields);
	err = put(tx, message_id, fields, e);
	return err ? err : search_note_spaced(a, tx, buf_str(&t->words), e);
}

enum err search_index_message(struct arena *a, struct db_conn *tx, int64_t message_id,
                              struct error *e)
{
	struct alone x;
	alone_init(&x, tx);
	enum err err = index_by(a, tx, message_id, &x.terms, e);
	alone_release(&x);
	return err;
}

enum err search_prepare(struct arena *a, struct db_conn *c, struct terms *t, int64_t message_id,
                        struct search_entry *out, struct error *e)
{
	bool found, steady;
	*out = (struct search_entry){.message_id = message_id};
	enum err err = index_terms(a, c, message_id, t, &found, &steady, e);
	if (err || !found || !steady)
		return err;
	out->made = true;
	fields_of(t, out->fields);
	for (size_t i = 0; i < TERM_FIELDS; i++)
		out->fields[i] = str_dup(a, out->fields[i]);
	out->words = str_dup(a, buf_str(&t->words));
	return ERR_OK;
}

/* Which of the messages are what they were when they came, by id. */
static enum err steady_ones(struct arena *a, struct db_conn *tx, const struct search_entry *entries,
                            size_t n, int64_t **out, size_t *n_out, struct error *e)
{
	int64_t *ids = ARENA_ARRAY(a, n, int64_t);
	size_t asked = 0;
	for (size_t i = 0; i < n; i++)
		if (entries[i].made)
			ids[asked++] = entries[i].message_id;
	*n_out = 0;
	*out = ids;
	if (!asked)
		return ERR_OK;
	struct db_rows r;
	db_rows_open(&r, tx, &Q_SEARCH_STEADY, DB_ARGS(db_text(ids_to_json(a, ids, asked))));
	while (*n_out < asked && db_rows_next(&r))
		ids[(*n_out)++] = db_get_int(&r, 0);
	return db_rows_close(&r, e);
}

static int by_id(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
	return (a > b) - (a < b);
}

enum err search_index_prepared(struct arena *a, struct db_conn *tx,
                               const struct search_entry *entries, size_t n, struct error *e)
{
	int64_t *steady;
	size_t n_steady;
	enum err err = steady_ones(a, tx, entries, n, &steady, &n_steady, e);
	for (size_t i = 0; !err && i < n; i++) {
		const struct search_entry *x = &entries[i];
		bool holds =
		    x->made && bsearch(&x->message_id, steady, n_steady, sizeof *steady, by_id);
		err = holds ? put(tx, x->message_id, x->fields, e)
		            : search_index_message(a, tx, x->message_id, e);
	}
	return err;
}

enum err search_unindex_message(struct arena *a, struct db_conn *tx, int64_t message_id, bool *was,
                                struct error *e)
{
	*was = false;
	bool there;
	enum err err = db_lock(tx, "search", 1, e);
	if (err || (err = indexed(tx, message_id, &there, e)))
		return err;
	/* The indexer may hold words of it, prepared and not written. */
	if (!there)
		return search_words_outdate(tx, e);
	struct alone x;
	alone_init(&x, tx);
	bool found, steady;
	str fields[TERM_FIELDS];
	err = index_terms(a, tx, message_id, &x.terms, &found, &steady, e);
	fields_of(&x.terms, fields);
	if (!err && db_conn_engine(tx) == DB_PG)
		err = db_exec(tx, &Q_SEARCH_INDEX_DELETE, DB_ARGS(db_int(message_id)), NULL, e);
	else if (!err)
		err = db_exec(tx, &Q_SEARCH_TAKE_OUT,
		              DB_ARGS(db_int(message_id), db_text(fields[TERM_TEXT]),
		                      db_text(fields[TERM_SUBJECT]), db_text(fields[TERM_AUTHOR]),
		                      db_text(fields[TERM_FILE])),
		              NULL, e);
	if (!err)
		err = search_word_forget(a, tx, str_dup(a, buf_str(&x.terms.words)), e);
	alone_release(&x);
	*was = !err;
	return err;
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

enum err search_old_ids(struct arena *a, struct db_conn *c, int64_t upto, int limit, int64_t **ids,
                        size_t *n, struct error *e)
{
	struct db_rows r;
	*ids = ARENA_ARRAY(a, (size_t)limit, int64_t);
	*n = 0;
	db_rows_open(&r, c, &Q_SEARCH_OLD_IDS, DB_ARGS(db_int(upto), db_int(limit)));
	while (*n < (size_t)limit && db_rows_next(&r))
		(*ids)[(*n)++] = db_get_int(&r, 0);
	for (size_t i = 0; i < *n / 2; i++) {
		int64_t swap = (*ids)[i];
		(*ids)[i] = (*ids)[*n - 1 - i];
		(*ids)[*n - 1 - i] = swap;
	}
	return db_rows_close(&r, e);
}

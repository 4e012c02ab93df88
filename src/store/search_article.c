/* search_article.c: articles of the handbook in the search index. See search.h. */
#include "base/vec.h"
#include "store/ids.h"
#include "store/queries_gen.h"
#include "store/search.h"

enum { DUE = 32 }; /* articles of one step */

enum err search_article_due(struct arena *a, struct db_conn *c, struct terms *t,
                            struct search_article_entry **out, size_t *n, struct error *e)
{
	struct db_rows r;
	VEC(struct search_article_entry) v = {0};
	db_rows_open(&r, c, &Q_SEARCH_ARTICLE_DUE, DB_ARGS(db_int(DUE)));
	while (db_rows_next(&r)) {
		struct search_article_entry *x = vec_push(a, &v);
		size_t n_questions;
		*x = (struct search_article_entry){.id = db_get_int(&r, 0),
		                                   .version = db_get_int(&r, 1)};
		if (str_is(db_get_str(&r, 2), "archived"))
			continue;
		terms_clear(t);
		terms_add(t, TERM_SUBJECT, db_get_str(&r, 3));
		str *questions = strs_from_json(a, db_get_str(&r, 5), &n_questions);
		for (size_t i = 0; i < n_questions; i++)
			terms_add(t, TERM_TEXT, questions[i]);
		terms_add(t, TERM_TEXT, str_cut_utf8(db_get_str(&r, 4), SEARCH_TEXT_BYTES));
		x->text = str_dup(a, buf_str(&t->out[TERM_TEXT]));
		x->subject = str_dup(a, buf_str(&t->out[TERM_SUBJECT]));
		x->words = str_dup(a, buf_str(&t->words));
	}
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err search_index_article(struct arena *a, struct db_conn *tx,
                              const struct search_article_entry *x, struct error *e)
{
	int64_t steady = 0;
	enum err err = db_exec(tx, &Q_SEARCH_ARTICLE_DROP, DB_ARGS(db_int(x->id)), NULL, e);
	if (!err)
		err = db_one_int(tx, &Q_SEARCH_ARTICLE_STEADY,
		                 DB_ARGS(db_int(x->id), db_int(x->version)), &steady, e);
	if (err || !steady)
		return err;
	err = db_exec(
	    tx, &Q_SEARCH_ARTICLE_PUT,
	    DB_ARGS(db_int(x->id), db_int(x->version), db_text(x->text), db_text(x->subject)), NULL,
	    e);
	return err ? err : search_note_spaced(a, tx, x->words, e);
}

enum err search_article_any(struct db_conn *c, str expr, bool *out, struct error *e)
{
	struct db_rows r;
	*out = false;
	if (!expr.n)
		return ERR_OK;
	db_rows_open(&r, c, &Q_SEARCH_ARTICLE_ANY, DB_ARGS(db_text(expr)));
	*out = db_rows_next(&r);
	return db_rows_close(&r, e);
}

enum err search_articles(struct arena *a, struct db_conn *c, const struct actor *actor, str expr,
                         int limit, struct search_article **out, size_t *n, struct error *e)
{
	struct db_rows r;
	VEC(struct search_article) v = {0};
	*out = NULL;
	*n = 0;
	if (!expr.n)
		return ERR_OK;
	bool drafts = actor_may(actor, RIGHT_ARTICLE_EDIT);
	db_rows_open(&r, c, &Q_SEARCH_ARTICLES,
	             DB_ARGS(db_text(expr), db_int(drafts), db_int(actor->all_brands),
	                     db_text(ids_to_json(a, actor->brands, actor->n_brands)),
	                     db_int(limit)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = (struct search_article){.id = db_get_int(&r, 0),
		                                           .brand_id = db_get_int(&r, 1),
		                                           .language = db_dup_str(a, &r, 2),
		                                           .title = db_dup_str(a, &r, 3),
		                                           .text = db_dup_str(a, &r, 4),
		                                           .state = db_dup_str(a, &r, 5),
		                                           .worth = db_get_real(&r, 6)};
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

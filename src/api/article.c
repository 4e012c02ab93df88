/* article.c: the handbook, and what is suggested beside a ticket. */
#include "api/map.h"
#include "desk/article.h"
#include "desk/suggest.h"

static void put_article(struct api_article *out, const struct article *x)
{
	*out = (struct api_article){
	    .id = x->id,
	    .brand_id = x->brand_id,
	    .language = (enum api_language)api_names_stored(&api_language_names, x->language),
	    .slug = x->slug,
	    .title = x->title,
	    .body = x->body,
	    .questions = x->questions,
	    .n_questions = x->n_questions,
	    .state = (enum api_article_state)api_names_stored(&api_article_state_names, x->state),
	    .source = x->source,
	    .created_at = x->created_at,
	    .updated_at = x->updated_at,
	    .version = x->version,
	};
}

enum err api_article_list(struct api_call *call, const struct api_article_list_query *q,
                          struct api_article_list *out, struct error *e)
{
	struct article *list;
	size_t n;
	enum err err =
	    desk_article_list(CALL_DESK, q->after, q->has_limit ? (int)q->limit : 100, q->state,
	                      q->language, q->brand_id, &list, &n, &out->next, e);
	if (err)
		return err;
	struct api_article *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		put_article(&items[i], &list[i]);
	return ERR_OK;
}

enum err api_article_get(struct api_call *call, struct api_article *out, struct error *e)
{
	struct article x;
	enum err err = desk_article_get(CALL_DESK, call->id, &x, e);
	if (err == ERR_OK)
		put_article(out, &x);
	return err;
}

enum err api_article_import(struct api_call *call, const struct api_article_import *in,
                            struct api_article_imported *out, struct error *e)
{
	struct article_imported sum;
	struct article_input *items = ARENA_ARRAY(call->arena, in->n_items, struct article_input);
	for (size_t i = 0; i < in->n_items; i++) {
		const struct api_article_in *x = &in->items[i];
		items[i] = (struct article_input){
		    .brand_id = x->brand_id,
		    .language = api_language_name(x->language),
		    .slug = x->slug,
		    .title = x->title,
		    .body = x->body,
		    .state = x->has_state ? api_article_state_name(x->state) : STR(""),
		    .source = x->source,
		    .questions = x->questions,
		    .n_questions = x->n_questions,
		};
	}
	enum err err = desk_article_import(CALL_DESK, items, in->n_items, &sum, e);
	if (err == ERR_OK)
		*out = (struct api_article_imported){sum.added, sum.changed, sum.same};
	return err;
}

/* ---- suggestions ---- */

static int64_t percent(double x)
{
	return (int64_t)(x * 100 + .5);
}

static void put_suggestions(struct api_call *call, struct api_suggestions *out,
                            const struct suggestions *s)
{
	struct arena *a = call->arena;
	struct api_duplicate_hit *dup = API_LIST(a, out, duplicates, s->n_duplicates);
	for (size_t i = 0; i < s->n_duplicates; i++) {
		const struct suggest_duplicate *x = &s->duplicates[i];
		dup[i] = (struct api_duplicate_hit){.score = percent(x->score),
		                                    .words = x->words,
		                                    .n_words = x->n_words,
		                                    .differs = x->differs};
		api_of_ticket_row(call, &dup[i].ticket, &x->ticket);
		dup[i].missing = api_fact_kinds(a, x->missing, x->n_missing, &dup[i].n_missing);
	}
	struct api_similar_hit *like = API_LIST(a, out, similar, s->n_similar);
	for (size_t i = 0; i < s->n_similar; i++) {
		const struct suggest_similar *x = &s->similar[i];
		like[i] = (struct api_similar_hit){.score = percent(x->score),
		                                   .question = x->question,
		                                   .answer = x->answer,
		                                   .answer_id = x->answer_id,
		                                   .words = x->words,
		                                   .n_words = x->n_words};
		api_of_ticket_row(call, &like[i].ticket, &x->ticket);
	}
	struct api_article_hit *articles = API_LIST(a, out, articles, s->n_articles);
	for (size_t i = 0; i < s->n_articles; i++) {
		const struct suggest_article *x = &s->articles[i];
		articles[i] = (struct api_article_hit){
		    .article_id = x->id,
		    .title = x->title,
		    .snippet = x->snippet,
		    .language =
		        (enum api_language)api_names_stored(&api_language_names, x->language),
		    .score = percent(x->score),
		    .words = x->words,
		    .n_words = x->n_words,
		};
	}
}

enum err api_ticket_suggestions(struct api_call *call, const struct api_ticket_suggestions_query *q,
                                struct api_suggestions *out, struct error *e)
{
	struct suggestions s;
	enum err err =
	    desk_suggest(CALL_DESK, call->id, q->q, q->has_limit ? (int)q->limit : 0, &s, e);
	if (err == ERR_OK)
		put_suggestions(call, out, &s);
	if (err == ERR_OK && s.corrected.n)
		out->corrected = s.corrected;
	return err;
}

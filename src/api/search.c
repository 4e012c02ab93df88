/* search.c: search, the numbers of the rail, the event log. */
#include "api/map.h"

static enum err answer(struct api_call *call, struct search_ask *ask, str sort,
                       struct api_search_result *out, struct error *e)
{
	struct search_result r = {0};
	ask->best = str_is(sort, "best");
	if (sort.n && !ask->best && !str_is(sort, "newest"))
		return error_set(e, ERR_INVALID, "error.not_one_of", "sort", "newest, best");
	enum err err = desk_search_by(CALL_DESK, ask, &r, e);
	if (err)
		return err;
	struct api_search_hit *items = API_LIST(call->arena, out, items, r.n);
	for (size_t i = 0; i < r.n; i++) {
		api_of_ticket_row(call, &items[i].ticket, &r.items[i].ticket);
		items[i].message_id = r.items[i].message_id;
		items[i].subject = r.items[i].subject;
		items[i].snippet = r.items[i].snippet;
	}
	struct api_contact *contacts = API_LIST(call->arena, out, contacts, r.n_contacts);
	for (size_t i = 0; i < r.n_contacts; i++)
		api_of_contact(call->arena, &contacts[i], &r.contacts[i], NULL, 0);
	struct api_search_article *articles = API_LIST(call->arena, out, articles, r.n_articles);
	for (size_t i = 0; i < r.n_articles; i++) {
		const struct search_article_hit *x = &r.articles[i];
		articles[i] = (struct api_search_article){
		    .id = x->id,
		    .brand_id = x->brand_id,
		    .language =
		        (enum api_language)api_names_stored(&api_language_names, x->language),
		    .state = (enum api_article_state)api_names_stored(&api_article_state_names,
		                                                      x->state),
		    .title = x->title,
		    .snippet = x->snippet,
		};
	}
	out->more_articles = r.more_articles;
	out->next = r.next.n ? r.next : STR_NONE;
	out->behind = r.behind;
	out->unindexed = r.unindexed;
	out->suggestion = r.suggestion.n ? r.suggestion : STR_NONE;
	out->corrected = r.corrected;
	out->no_words = r.no_words;
	out->only_without = r.only_without;
	out->unknown_field = r.unknown.n ? r.unknown : STR_NONE;
	out->meant_field = r.meant.n ? r.meant : STR_NONE;
	out->left_out = (int64_t)r.left_out;
	return ERR_OK;
}

enum err api_search(struct api_call *call, const struct api_search_query *q,
                    struct api_search_result *out, struct error *e)
{
	struct search_ask ask = {.q = q->q,
	                         .cursor = q->cursor,
	                         .limit = q->has_limit ? (int)q->limit : 20,
	                         .articles = q->has_articles ? (int)q->articles : 0};
	return answer(call, &ask, q->sort, out, e);
}

enum err api_search_long(struct api_call *call, const struct api_search_in *in,
                         struct api_search_result *out, struct error *e)
{
	struct search_ask ask = {.q = in->q,
	                         .cursor = in->cursor,
	                         .limit = in->has_limit ? (int)in->limit : 20,
	                         .articles = in->has_articles ? (int)in->articles : 0};
	return answer(call, &ask, in->sort, out, e);
}

enum err api_counts(struct api_call *call, struct api_counts *out, struct error *e)
{
	struct counts c = {0};
	enum err err = desk_counts(CALL_DESK, &c, e);
	if (err)
		return err;
	*out = (struct api_counts){
	    .mine = c.mine,
	    .unassigned = c.unassigned,
	    .open = c.open,
	    .pending = c.pending,
	    .solved = c.solved,
	    .quarantined = c.quarantined,
	    .quarantined_mine = c.quarantined_mine,
	    .quarantined_since = c.quarantined_since,
	    .triage = c.triage,
	};
	struct api_line_count *lines = API_LIST(call->arena, out, lines, c.n_lines);
	for (size_t i = 0; i < c.n_lines; i++)
		lines[i] = (struct api_line_count){
		    .line_id = c.lines[i].line_id,
		    .open = c.lines[i].open,
		    .waiting = c.lines[i].waiting,
		};
	return ERR_OK;
}

static void put_events(struct api_call *call, struct api_event_list *out, const struct event *list,
                       size_t n, int64_t after)
{
	struct api_event *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		api_of_event(&items[i], &list[i]);
	out->next = n ? list[n - 1].id : after;
}

enum err api_event_list(struct api_call *call, const struct api_event_list_query *q,
                        struct api_event_list *out, struct error *e)
{
	struct event *list = NULL;
	size_t n = 0;
	int limit = q->has_limit ? (int)q->limit : 100;
	int64_t head = 0, after = q->after < 0 ? 0 : q->after;
	/* Head and page are of one snapshot: what is behind the page's end and not
	 * in it, the actor may not see, and need not be asked about again. */
	enum err err = event_head(call->conn, &head, e);
	if (err == ERR_OK)
		err = event_read_visible(call->arena, call->conn, call->actor, 0, after, limit,
		                         &list, &n, e);
	if (err)
		return err;
	put_events(call, out, list, n, after);
	if (n < (size_t)limit && head > out->next)
		out->next = head;
	return ERR_OK;
}

enum err api_ticket_events(struct api_call *call, const struct api_ticket_events_query *q,
                           struct api_event_list *out, struct error *e)
{
	struct event *list = NULL;
	size_t n = 0;
	int64_t after = q->after < 0 ? 0 : q->after;
	enum err err = desk_ticket_events(CALL_DESK, call->id, after,
	                                  q->has_limit ? (int)q->limit : 100, &list, &n, e);
	if (err == ERR_OK)
		put_events(call, out, list, n, after);
	return err;
}

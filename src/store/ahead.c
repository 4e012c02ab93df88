/* ahead.c: questions of a page asked at once. See ahead.h. */
#include "store/ahead.h"

#include "store/ids.h"
#include "store/queries_gen.h"

void ahead_ticket(struct db_conn *c, const struct actor *actor, int64_t id)
{
	db_look_ahead(c, &Q_TICKET_GET, DB_ARGS(db_int(id), db_text(actor->scope)));
	int64_t account = actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0;
	db_look_ahead(c, &Q_TICKET_PARTS, DB_ARGS(db_int(id), db_int(account)));
}

void ahead_ticket_row(struct db_conn *c, const struct actor *actor, const struct ticket *t,
                      const struct ticket_parts *parts)
{
	if (db_keeps(c)) /* a job remembers most of it */
		return;
	const struct {
		bool any;
		const struct db_query *q;
	} by_id[] = {{parts->tags, &Q_TAG_OF_TICKET},
	             {parts->fields, &Q_FIELD_VALUES_OF_TICKET},
	             {parts->threads, &Q_THREAD_OF_TICKET},
	             {parts->participants, &Q_PARTICIPANT_OF_TICKET},
	             {parts->merges, &Q_MERGE_OF_TICKET}};
	for (size_t i = 0; i < COUNT_OF(by_id); i++)
		if (by_id[i].any)
			db_look_ahead(c, by_id[i].q, DB_ARGS(db_int(t->id)));
	db_look_ahead(c, &Q_LINE_GET, DB_ARGS(db_int(t->line_id)));
	db_look_ahead(c, &Q_BRAND_GET, DB_ARGS(db_int(t->brand_id)));
	if (t->inbox_id)
		db_look_ahead(c, &Q_INBOX_GET, DB_ARGS(db_int(t->inbox_id)));
	db_look_ahead(c, &Q_HOLD_ANY, DB_NO_ARGS);
	if (t->assignee_id)
		db_look_ahead(c, &Q_ACCOUNT_NAME, DB_ARGS(db_int(t->assignee_id)));
	bool every = actor->all_lines && actor->all_brands;
	db_look_ahead(c, &Q_CONTACT_GET,
	              DB_ARGS(db_int(t->contact_id), db_int(every), db_text(actor->scope)));
	db_look_ahead(c, &Q_IDENTITY_OF_CONTACT, DB_ARGS(db_int(t->contact_id)));
	db_look_ahead(c, &Q_SENDER_OF_BRAND, DB_ARGS(db_int(t->brand_id)));
	db_look_ahead(c, &Q_MESSAGE_LAST_AUTHOR, DB_ARGS(db_int(t->id), db_int(t->contact_id)));
	db_look_ahead(c, &Q_DELIVERY_CORRECTED, DB_ARGS(db_int(t->id), db_int(t->contact_id)));
}

void ahead_event_head(struct db_conn *c)
{
	db_look_ahead(c, &Q_EVENT_HEAD, DB_NO_ARGS);
}

void ahead_thread(struct db_conn *c, const struct actor *actor, int64_t id, int64_t before,
                  int limit)
{
	db_look_ahead(c, &Q_TICKET_GET, DB_ARGS(db_int(id), db_text(actor->scope)));
	db_look_ahead(c, &Q_MESSAGE_PAGE,
	              DB_ARGS(db_int(id), db_int(before ? before : INT64_MAX), db_int(limit + 1),
	                      db_text(actor->scope)));
}

void ahead_messages(struct arena *a, struct db_conn *c, const int64_t *ids, size_t n)
{
	if (!n || db_conn_engine(c) == DB_SQLITE)
		return;
	str list = ids_to_json(a, ids, n);
	db_look_ahead(c, &Q_ATTACHMENT_OF_MESSAGES, DB_ARGS(db_text(list)));
	db_look_ahead(c, &Q_DELIVERY_OF_MESSAGES, DB_ARGS(db_text(list)));
}

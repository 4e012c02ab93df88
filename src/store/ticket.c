/* ticket.c: rows of ticket and ticket_read. Lists: ticket_list.c. */
#include "store/ticket.h"

#include <assert.h>

#include "store/queries_gen.h"
#include "store/ticket_row.h"
#include "text/fold.h"

static const char *const STATUS[TICKET_STATUS_COUNT] = {"new",    "open",   "pending", "on_hold",
                                                        "solved", "closed", "spam"};

const char *ticket_status_name(enum ticket_status status)
{
	assert((unsigned)status < TICKET_STATUS_COUNT);
	return STATUS[status];
}

bool ticket_status_by_name(str name, enum ticket_status *out)
{
	for (unsigned i = 0; i < TICKET_STATUS_COUNT; i++) {
		if (str_eq(name, str_of(STATUS[i]))) {
			*out = (enum ticket_status)i;
			return true;
		}
	}
	return false;
}

void ticket_read_row(struct arena *a, struct db_rows *r, int c, struct ticket *t)
{
	*t = (struct ticket){
	    .id = db_get_int(r, c),
	    .brand_id = db_get_int(r, c + 1),
	    .line_id = db_get_int(r, c + 2),
	    .inbox_id = db_get_int(r, c + 3),
	    .contact_id = db_get_int(r, c + 4),
	    .subject = db_dup_str(a, r, c + 5),
	    .snippet = db_dup_str(a, r, c + 6),
	    .channel = db_dup_str(a, r, c + 7),
	    .priority = (int)db_get_int(r, c + 9),
	    .assignee_id = db_get_int(r, c + 10),
	    .created_at = db_get_int(r, c + 11),
	    .updated_at = db_get_int(r, c + 12),
	    .last_message_at = db_get_int(r, c + 13),
	    .waiting_since = db_get_int(r, c + 14),
	    .first_reply_at = db_get_int(r, c + 15),
	    .solved_at = db_get_int(r, c + 16),
	    .closed_at = db_get_int(r, c + 17),
	    .message_count = db_get_int(r, c + 18),
	    .last_message_id = db_get_int(r, c + 19),
	    .last_from = db_dup_str(a, r, c + 20),
	    .has_attachments = db_get_int(r, c + 21) != 0,
	    .merged_into = db_get_int(r, c + 22),
	    .split_from = db_get_int(r, c + 23),
	    .version = db_get_int(r, c + 24),
	    .erased_at = db_get_int(r, c + 25),
	    .category_id = db_get_int(r, c + 26),
	    .category_by = db_dup_str(a, r, c + 27),
	    .confidence = db_get_int(r, c + 28),
	    .triage = db_get_int(r, c + 29) != 0,
	    .language = db_dup_str(a, r, c + 30),
	    .sentiment = (int)db_get_int(r, c + 31),
	    .flags = (unsigned)db_get_int(r, c + 32),
	};
	if (!ticket_status_by_name(db_get_str(r, c + 8), &t->status))
		t->status = TICKET_OPEN; /* a CHECK of the schema forbids it */
}

enum err ticket_get(struct arena *a, struct db_conn *c, const struct actor *actor, int64_t id,
                    struct ticket *out, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_TICKET_GET, DB_ARGS(db_int(id), db_text(actor->scope)));
	bool found = db_rows_next(&r);
	if (found)
		ticket_read_row(a, &r, 0, out);
	enum err err = db_rows_close(&r, e);
	if (err)
		return err;
	return found ? ERR_OK : error_set(e, ERR_NOT_FOUND, "error.not_found", NULL, NULL);
}

enum err ticket_insert(struct arena *a, struct db_conn *tx, struct ticket *t, struct error *e)
{
	assert(str_is_utf8(t->subject));
	t->version = 1;
	return db_one_int(
	    tx, &Q_TICKET_INSERT,
	    DB_ARGS(db_int(t->brand_id), db_int(t->line_id), db_id(t->inbox_id),
	            db_int(t->contact_id), db_text(t->subject), db_text(text_fold(a, t->subject)),
	            db_text(t->snippet), db_text(t->channel),
	            db_text(str_of(ticket_status_name(t->status))), db_int(t->priority),
	            db_id(t->assignee_id), db_int(t->created_at), db_int(t->updated_at),
	            db_int(t->last_message_at), db_id(t->waiting_since), db_id(t->first_reply_at),
	            db_id(t->solved_at), db_id(t->closed_at), db_int(t->message_count),
	            db_int(t->last_message_id), db_text(t->last_from), db_int(t->has_attachments),
	            db_id(t->merged_into), db_id(t->split_from)),
	    &t->id, e);
}

enum err ticket_set_first_message(struct db_conn *tx, struct ticket *t, int64_t message_id,
                                  struct error *e)
{
	t->last_message_id = message_id;
	return db_exec(tx, &Q_TICKET_SET_FIRST_MESSAGE, DB_ARGS(db_int(t->id), db_int(message_id)),
	               NULL, e);
}

enum err ticket_update(struct arena *a, struct db_conn *tx, struct ticket *t, struct error *e)
{
	assert(str_is_utf8(t->subject));
	return db_one_int(
	    tx, &Q_TICKET_UPDATE,
	    DB_ARGS(db_int(t->id), db_int(t->line_id), db_text(t->subject),
	            db_text(text_fold(a, t->subject)), db_text(t->snippet),
	            db_text(str_of(ticket_status_name(t->status))), db_int(t->priority),
	            db_id(t->assignee_id), db_int(t->updated_at), db_int(t->last_message_at),
	            db_id(t->waiting_since), db_id(t->first_reply_at), db_id(t->solved_at),
	            db_id(t->closed_at), db_int(t->message_count), db_int(t->last_message_id),
	            db_text(t->last_from), db_int(t->has_attachments), db_id(t->merged_into)),
	    &t->version, e);
}

enum err ticket_derive(struct arena *a, struct db_conn *tx, struct ticket *t, struct error *e)
{
	struct db_rows r;
	usec settled = t->solved_at > t->closed_at ? t->solved_at : t->closed_at;
	int64_t words = 0;
	db_rows_open(&r, tx, &Q_TICKET_DERIVE, DB_ARGS(db_int(t->id), db_int(settled)));
	if (db_rows_next(&r)) {
		t->message_count = db_get_int(&r, 0);
		t->last_message_id = db_get_int(&r, 1);
		/* An emptied ticket (merged away) keeps its place in time. */
		if (!db_is_null(&r, 2))
			t->last_message_at = db_get_int(&r, 2);
		t->first_reply_at = db_get_int(&r, 3);
		t->waiting_since = ticket_status_is_over(t->status) ? 0 : db_get_int(&r, 4);
		words = db_get_int(&r, 5);
		t->has_attachments = db_get_int(&r, 6) != 0;
	}
	enum err err = db_rows_close(&r, e);
	if (err || !words)
		return err;
	db_rows_open(&r, tx, &Q_TICKET_LAST_WORDS, DB_ARGS(db_int(words)));
	if (db_rows_next(&r)) {
		t->last_from = db_dup_str(a, &r, 0);
		t->snippet = text_snippet(a, db_get_str(&r, 1), TICKET_SNIPPET_CHARS);
	}
	return db_rows_close(&r, e);
}

enum err ticket_read_get(struct db_conn *c, int64_t account_id, int64_t ticket_id, int64_t *out,
                         struct error *e)
{
	struct error local;
	enum err err = db_one_int(c, &Q_TICKET_READ_GET,
	                          DB_ARGS(db_int(account_id), db_int(ticket_id)), out, &local);
	if (err == ERR_NOT_FOUND) {
		*out = 0;
		return ERR_OK;
	}
	if (err && e)
		*e = local;
	return err;
}

enum err ticket_parts_get(struct db_conn *c, int64_t ticket_id, int64_t account_id,
                          struct ticket_parts *out, struct error *e)
{
	struct db_rows r;
	*out = (struct ticket_parts){0};
	db_rows_open(&r, c, &Q_TICKET_PARTS, DB_ARGS(db_int(ticket_id), db_int(account_id)));
	if (db_rows_next(&r))
		*out = (struct ticket_parts){.read_message_id = db_get_int(&r, 0),
		                             .tags = db_get_int(&r, 1),
		                             .fields = db_get_int(&r, 2),
		                             .threads = db_get_int(&r, 3),
		                             .participants = db_get_int(&r, 4),
		                             .merges = db_get_int(&r, 5)};
	return db_rows_close(&r, e);
}

enum err ticket_read_set(struct db_conn *tx, int64_t account_id, int64_t ticket_id,
                         int64_t message_id, struct error *e)
{
	return db_exec(tx, &Q_TICKET_READ_SET,
	               DB_ARGS(db_int(account_id), db_int(ticket_id), db_int(message_id)), NULL, e);
}

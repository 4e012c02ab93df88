/* ticket_row.h: the columns of a ticket, for the files of store/ that read them. */
#ifndef OTKLIK_STORE_TICKET_ROW_H
#define OTKLIK_STORE_TICKET_ROW_H

#include "base/buf.h"
#include "store/ticket.h"

/* In the order that ticket_read_row expects. */
#define TICKET_COLUMNS                                                                             \
	"t.id, t.brand_id, t.line_id, t.inbox_id, t.contact_id, t.subject, t.snippet, t.channel, " \
	"t.status, t.priority, t.assignee_id, t.created_at, t.updated_at, t.last_message_at, "     \
	"t.waiting_since, t.first_reply_at, t.solved_at, t.closed_at, t.message_count, "           \
	"t.last_message_id, t.last_from, t.has_attachments, t.merged_into, t.split_from, "         \
	"t.version, t.erased_at, t.category_id, t.category_by, t.confidence, t.triage, "           \
	"t.language, t.sentiment, t.flags"
#define TICKET_COLUMN_COUNT 33

void ticket_read_row(struct arena *a, struct db_rows *r, int first_col, struct ticket *t);

/* Values of a statement that is being composed. */
struct ticket_args {
	struct db_val v[192]; /* three scopes of 64 at most beside the conditions of a search */
	size_t n;
};
/* Appends the placeholder of one more value. */
void ticket_arg(struct buf *b, struct ticket_args *args, enum db_engine engine, struct db_val v);
/* Bits of the statuses that the view and the filter leave. */
unsigned ticket_filter_statuses(const struct ticket_filter *f);
/* Appends " AND t.status IN (...)". */
void ticket_filter_status_in(struct buf *b, unsigned statuses);

#endif

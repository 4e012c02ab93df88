/* merge.h: the record of merges and splits, and the rows they move. */
#ifndef OTKLIK_STORE_MERGE_H
#define OTKLIK_STORE_MERGE_H

#include "db/db.h"

enum merge_kind { MERGE_TICKET, MERGE_CONTACT, MERGE_SPLIT };
const char *merge_kind_name(enum merge_kind k);

struct merge {
	int64_t id;
	enum merge_kind kind;
	int64_t from_id, into_id; /* split: from = the old ticket, into = the new one */
	str moved;                /* JSON: what was moved and how it was, see desk/merge.c */
	int64_t created_by;
	str created_by_name;
	usec created_at;
	int64_t undone_by;
	usec undone_at;
};

enum err merge_insert(struct db_conn *tx, struct merge *m, struct error *e) MUST_USE;
/* Not filtered: desk asks for the objects. */
enum err merge_get(struct arena *a, struct db_conn *c, int64_t id, struct merge *out,
                   struct error *e) MUST_USE;
/* Those with this ticket (kinds ticket and split) or contact on either side, newest first. */
enum err merge_of(struct arena *a, struct db_conn *c, bool contact, int64_t id, struct merge **out,
                  size_t *n, struct error *e) MUST_USE;
enum err merge_set_undone(struct db_conn *tx, int64_t id, int64_t by, usec now,
                          struct error *e) MUST_USE;

/* What a merge or split may move between tickets, and between contacts. */
enum move_kind {
	MOVE_MESSAGE,     /* message.ticket_id */
	MOVE_PARTICIPANT, /* participant.ticket_id */
	MOVE_THREAD,      /* side_thread.ticket_id */
	MOVE_TICKET,      /* ticket.contact_id */
	MOVE_IDENTITY,    /* identity.contact_id */
	MOVE_WORD,        /* message.contact_id */
	MOVE_KIND_COUNT
};
/* Ids of all rows of the kind that belong to the owner. */
enum err move_ids(struct arena *a, struct db_conn *c, enum move_kind kind, int64_t owner,
                  int64_t **out, size_t *n, struct error *e) MUST_USE;
/* Gives these rows, as far as they belong to `from`, to `into`. *moved may be NULL. */
enum err move_rows(struct db_conn *tx, enum move_kind kind, const int64_t *ids, size_t n,
                   int64_t from, int64_t into, int64_t *moved, struct error *e) MUST_USE;

#endif

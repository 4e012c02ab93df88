/* erase.c: see erase.h. */
#include "store/erase.h"

#include "base/vec.h"
#include "store/blob_doomed.h"
#include "store/ids.h"
#include "store/message.h"
#include "store/queries_gen.h"
#include "store/search.h"

static struct db_val list_of(struct arena *a, struct id_list ids)
{
	return db_text(ids_to_json(a, ids.p, ids.n));
}

static enum err read_ids(struct arena *a, struct db_rows *r, struct id_list *out, struct error *e)
{
	VEC(int64_t) v = {0};
	while (db_rows_next(r))
		*vec_push(a, &v) = db_get_int(r, 0);
	*out = (struct id_list){v.p, v.n};
	return db_rows_close(r, e);
}

static enum err read_strs(struct arena *a, struct db_rows *r, str **out, size_t *n, struct error *e)
{
	VEC(str) v = {0};
	while (db_rows_next(r))
		*vec_push(a, &v) = db_dup_str(a, r, 0);
	*out = v.p;
	*n = v.n;
	return db_rows_close(r, e);
}

/* ---- finding ---- */

enum err erase_contact_tree(struct arena *a, struct db_conn *c, int64_t id, struct id_list *out,
                            struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_ERASE_CONTACT_TREE, DB_ARGS(db_int(id)));
	return read_ids(a, &r, out, e);
}

enum err erase_contact_addresses(struct arena *a, struct db_conn *c, struct id_list contacts,
                                 str **out, size_t *n, struct error *e)
{
	VEC(str) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_ERASE_IDENTITY_VALUES, DB_ARGS(list_of(a, contacts)));
	while (db_rows_next(&r)) {
		*vec_push(a, &v) = str_lower_ascii(a, db_get_str(&r, 0));
		*vec_push(a, &v) = db_dup_str(a, &r, 1);
	}
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err erase_find_messages(struct arena *a, struct db_conn *c, struct id_list contacts,
                             usec until, int limit, struct id_list *out, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_ERASE_CONTACT_MESSAGES,
	             DB_ARGS(list_of(a, contacts), db_int(until), db_int(limit)));
	return read_ids(a, &r, out, e);
}

enum err erase_find_tickets(struct arena *a, struct db_conn *c, struct id_list contacts, usec until,
                            int limit, struct id_list *out, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_ERASE_CONTACT_TICKETS,
	             DB_ARGS(list_of(a, contacts), db_int(until), db_int(limit)));
	return read_ids(a, &r, out, e);
}

enum err erase_find_in_ticket(struct arena *a, struct db_conn *c, int64_t ticket_id, int limit,
                              struct id_list *out, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_ERASE_TICKET_MESSAGES, DB_ARGS(db_int(ticket_id), db_int(limit)));
	return read_ids(a, &r, out, e);
}

enum err erase_messages_left(struct arena *a, struct db_conn *c, struct id_list ids, usec until,
                             struct id_list *out, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_ERASE_STILL_THERE, DB_ARGS(list_of(a, ids), db_int(until)));
	return read_ids(a, &r, out, e);
}

enum err erase_tickets_left(struct arena *a, struct db_conn *c, struct id_list ids, usec until,
                            struct id_list *out, struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, &Q_ERASE_TICKETS_STILL_THERE, DB_ARGS(list_of(a, ids), db_int(until)));
	return read_ids(a, &r, out, e);
}

enum err erase_find_intake(struct arena *a, struct db_conn *c, const str *addresses, size_t n,
                           int64_t *after, int limit, struct id_list *out, bool *more,
                           struct error *e)
{
	VEC(int64_t) v = {0};
	struct db_rows r;
	int seen = 0;
	db_rows_open(
	    &r, c, &Q_ERASE_INTAKE_BY_ADDRESS,
	    DB_ARGS(db_text(strs_to_json(a, addresses, n)), db_int(*after), db_int(limit)));
	while (db_rows_next(&r)) {
		seen++;
		*after = db_get_int(&r, 0);
		if (db_get_int(&r, 1))
			*vec_push(a, &v) = *after;
	}
	*more = seen == limit;
	*out = (struct id_list){v.p, v.n};
	return db_rows_close(&r, e);
}

/* ---- erasing ---- */

/* Dooms what the query names; uploads: also forgets those that were sent with these bytes. */
static enum err doom(struct arena *a, struct db_conn *tx, const struct db_query *q,
                     struct db_args args, bool uploads, usec now, struct error *e)
{
	struct db_rows r;
	str *hashes;
	size_t n;
	db_rows_open(&r, tx, q, args);
	enum err err = read_strs(a, &r, &hashes, &n, e);
	if (err || !n)
		return err;
	if (uploads)
		err = db_exec(tx, &Q_ERASE_UPLOADS, DB_ARGS(db_text(strs_to_json(a, hashes, n))),
		              NULL, e);
	return err ? err : blob_doom(tx, hashes, n, now, e);
}

/* Several statements with the same arguments. */
static enum err each(struct db_conn *tx, const struct db_query *const *q, size_t n,
                     struct db_args args, struct error *e)
{
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < n; i++)
		err = db_exec(tx, q[i], args, NULL, e);
	return err;
}

enum err erase_messages(struct arena *a, struct db_conn *tx, struct id_list ids, usec now,
                        struct error *e)
{
	static const struct db_query *const by_ids[] = {&Q_ERASE_ATTACHMENTS, &Q_ERASE_SEND_JOBS,
	                                                &Q_ERASE_INTAKE_OF_MESSAGES, &Q_ERASE_FACTS,
	                                                &Q_ERASE_DECISION_WORDS};
	static const struct db_query *const at_time[] = {&Q_ERASE_DELIVERIES, &Q_ERASE_MESSAGES};
	enum err err = ERR_OK;
	bool was;
	if (!ids.n)
		return ERR_OK;
	struct db_val list = list_of(a, ids);
	for (size_t i = 0; !err && i < ids.n; i++)
		err = search_unindex_message(a, tx, ids.p[i], &was, e);
	if (!err)
		err = doom(a, tx, &Q_ERASE_HASHES, DB_ARGS(list), true, now, e);
	if (!err)
		err = each(tx, by_ids, COUNT_OF(by_ids), DB_ARGS(list), e);
	return err ? err : each(tx, at_time, COUNT_OF(at_time), DB_ARGS(list, db_int(now)), e);
}

enum err erase_tickets(struct arena *a, struct db_conn *tx, struct id_list ids, usec now,
                       struct error *e)
{
	static const struct db_query *const by_ids[] = {
	    &Q_ERASE_TICKET_FIELDS, &Q_ERASE_TICKET_THREADS, &Q_ERASE_INTAKE_OF_TICKETS,
	    &Q_ERASE_TICKET_FACTS, &Q_ERASE_TICKET_DECISION_WORDS};
	static const struct db_query *const at_time[] = {&Q_ERASE_TICKET_PARTICIPANTS,
	                                                 &Q_ERASE_TICKETS};
	if (!ids.n)
		return ERR_OK;
	struct db_val list = list_of(a, ids);
	enum err err = doom(a, tx, &Q_ERASE_INTAKE_HASHES_OF_TICKETS, DB_ARGS(list), false, now, e);
	if (!err)
		err = each(tx, by_ids, COUNT_OF(by_ids), DB_ARGS(list), e);
	return err ? err : each(tx, at_time, COUNT_OF(at_time), DB_ARGS(list, db_int(now)), e);
}

enum err erase_intake(struct arena *a, struct db_conn *tx, struct id_list ids, usec until, usec now,
                      struct error *e)
{
	if (!ids.n)
		return ERR_OK;
	struct db_val list = list_of(a, ids);
	enum err err = doom(a, tx, &Q_ERASE_INTAKE_HASHES, DB_ARGS(list), false, now, e);
	return err ? err
	           : db_exec(tx, &Q_ERASE_INTAKE, DB_ARGS(list, db_int(until), db_int(now)), NULL,
	                     e);
}

enum err erase_contacts(struct arena *a, struct db_conn *tx, struct id_list contacts, usec now,
                        struct error *e)
{
	static const struct db_query *const in_lists[] = {&Q_ERASE_SHARED_SNIPPETS,
	                                                  &Q_ERASE_SHARED_FILES};
	struct id_list shared;
	str *addresses;
	size_t n;
	struct db_rows r;
	struct db_val list = list_of(a, contacts);
	enum err err = erase_contact_addresses(a, tx, contacts, &addresses, &n, e);
	if (err)
		return err;
	struct db_val words = db_text(strs_to_json(a, addresses, n));
	db_rows_open(&r, tx, &Q_ERASE_CONTACT_SHARED_TICKETS, DB_ARGS(list, words));
	if ((err = read_ids(a, &r, &shared, e)))
		return err;
	if (shared.n)
		err = db_exec(tx, &Q_ERASE_DELIVERIES_BY_ADDRESS,
		              DB_ARGS(list_of(a, shared), words), NULL, e);
	if (!err)
		err = message_drop_recipients(a, tx, shared.p, shared.n, addresses, n, e);
	if (!err && shared.n)
		err = each(tx, in_lists, COUNT_OF(in_lists), DB_ARGS(list_of(a, shared)), e);
	if (!err)
		err = db_exec(tx, &Q_ERASE_PARTICIPANTS_BY_ADDRESS, DB_ARGS(words, db_int(now)),
		              NULL, e);
	if (!err)
		err = db_exec(tx, &Q_ERASE_HOLD_REASONS, DB_ARGS(list), NULL, e);
	if (!err)
		err = db_exec(tx, &Q_ERASE_IDENTITIES, DB_ARGS(list), NULL, e);
	if (!err)
		err = db_exec(tx, &Q_ERASE_CONTACTS, DB_ARGS(list, db_int(now)), NULL, e);
	return err ? err : erase_kept_answers(tx, e);
}

enum err erase_ticket_files(struct arena *a, struct db_conn *tx, int64_t ticket_id, usec now,
                            struct error *e)
{
	static const struct db_query *const steps[] = {
	    &Q_ERASE_TICKET_ATTACHMENTS, &Q_ERASE_TICKET_RAW, &Q_ERASE_TICKET_INTAKE_RAW,
	    &Q_ERASE_TICKET_NO_FILES};
	enum err err = ERR_OK;
	bool was;
	struct id_list all = {0};
	struct db_rows r;
	/* The names of files are words of the index. */
	db_rows_open(&r, tx, &Q_ERASE_TICKET_MESSAGES,
	             DB_ARGS(db_int(ticket_id), db_int(INT32_MAX)));
	if ((err = read_ids(a, &r, &all, e)))
		return err;
	bool *indexed = ARENA_ARRAY(a, all.n, bool);
	for (size_t i = 0; !err && i < all.n; i++) {
		err = search_unindex_message(a, tx, all.p[i], &was, e);
		indexed[i] = was;
	}
	if (!err)
		err =
		    doom(a, tx, &Q_ERASE_FILES_OF_TICKET, DB_ARGS(db_int(ticket_id)), true, now, e);
	if (!err)
		err = each(tx, steps, COUNT_OF(steps), DB_ARGS(db_int(ticket_id)), e);
	for (size_t i = 0; !err && i < all.n; i++)
		if (indexed[i])
			err = search_index_message(a, tx, all.p[i], e);
	return err;
}

enum err erase_attachments(struct arena *a, struct db_conn *tx, int64_t message_id,
                           struct id_list ids, usec now, struct error *e)
{
	struct db_args args = DB_ARGS(list_of(a, ids), db_int(message_id));
	enum err err = doom(a, tx, &Q_ERASE_ATTACHMENT_HASHES, args, true, now, e);
	return err ? err : db_exec(tx, &Q_ERASE_ATTACHMENTS_BY_ID, args, NULL, e);
}

enum err erase_kept_answers(struct db_conn *tx, struct error *e)
{
	return db_exec(tx, &Q_ERASE_ANSWERS, DB_NO_ARGS, NULL, e);
}

enum err erase_count(struct arena *a, struct db_conn *c, struct id_list contacts,
                     struct erase_counts *out, struct error *e)
{
	struct db_rows r;
	*out = (struct erase_counts){0};
	db_rows_open(&r, c, &Q_ERASE_COUNTS, DB_ARGS(list_of(a, contacts)));
	if (db_rows_next(&r))
		*out = (struct erase_counts){
		    .tickets = db_get_int(&r, 0),
		    .messages = db_get_int(&r, 1),
		    .files = db_get_int(&r, 2),
		    .bytes = db_get_int(&r, 3),
		    .ledger = db_get_int(&r, 4),
		    .identities = db_get_int(&r, 5),
		};
	return db_rows_close(&r, e);
}

/* redact.c: see redact.h. */
#include "store/redact.h"

#include "base/vec.h"
#include "store/blob_doomed.h"
#include "store/queries_gen.h"
#include "store/search.h"

enum { PAGE = 50 };

enum err redact_page(struct arena *a, struct db_conn *c, int64_t ticket_id, int64_t after,
                     struct message **out, size_t *n, struct error *e)
{
	VEC(struct message) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_REDACT_MESSAGES,
	             DB_ARGS(db_int(ticket_id), db_int(after), db_int(PAGE)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = (struct message){
		    .id = db_get_int(&r, 0),
		    .ticket_id = ticket_id,
		    .subject = db_dup_str(a, &r, 1),
		    .text = db_dup_str(a, &r, 2),
		    .quoted = db_dup_str(a, &r, 3),
		    .html = db_dup_str(a, &r, 4),
		    .erased_at = db_get_int(&r, 5),
		    .created_at = db_get_int(&r, 6),
		};
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

enum err redact_begin(struct arena *a, struct db_conn *tx, struct redact_change *change,
                      struct error *e)
{
	return search_unindex_message(a, tx, change->was->id, &change->indexed, e);
}

static enum err drop_raw(struct arena *a, struct db_conn *tx, int64_t id, usec now, struct error *e)
{
	VEC(str) hashes = {0};
	struct db_rows r;
	db_rows_open(&r, tx, &Q_REDACT_RAW_HASHES, DB_ARGS(db_int(id)));
	while (db_rows_next(&r))
		*vec_push(a, &hashes) = db_dup_str(a, &r, 0);
	enum err err = db_rows_close(&r, e);
	if (!err)
		err = blob_doom(tx, hashes.p, hashes.n, now, e);
	return err ? err : db_exec(tx, &Q_REDACT_RAW, DB_ARGS(db_int(id)), NULL, e);
}

struct kept_fact {
	int64_t id;
	str text;
};

static enum err read_facts(struct arena *a, struct db_conn *tx, const struct db_query *q,
                           int64_t id, struct kept_fact **out, size_t *n, struct error *e)
{
	VEC(struct kept_fact) v = {0};
	struct db_rows r;
	db_rows_open(&r, tx, q, DB_ARGS(db_int(id)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = (struct kept_fact){db_get_int(&r, 0), db_dup_str(a, &r, 1)};
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

/* Facts found in the message stay if their words still stand there. */
static enum err drop_facts(struct arena *a, struct db_conn *tx, const struct message *m,
                           struct error *e)
{
	struct kept_fact *list;
	size_t n;
	enum err err = read_facts(a, tx, &Q_REDACT_FACTS_OF_MESSAGE, m->id, &list, &n, e);
	for (size_t i = 0; !err && i < n; i++)
		if (str_find(m->text, list[i].text) < 0 && str_find(m->subject, list[i].text) < 0)
			err =
			    db_exec(tx, &Q_REDACT_FACT_DROP, DB_ARGS(db_int(list[i].id)), NULL, e);
	return err ? err : db_exec(tx, &Q_REDACT_DECISION_WORDS, DB_ARGS(db_int(m->id)), NULL, e);
}

enum err redact_end(struct arena *a, struct db_conn *tx, struct redact_change *change, usec now,
                    struct error *e)
{
	const struct message *m = change->is;
	enum err err = drop_raw(a, tx, m->id, now, e);
	if (!err)
		err = db_exec(tx, &Q_REDACT_MESSAGE,
		              DB_ARGS(db_int(m->id), db_text(m->subject), db_text(m->text),
		                      db_text(m->quoted), db_text(m->html), db_int(now)),
		              NULL, e);
	if (!err)
		err = drop_facts(a, tx, m, e);
	if (!err && change->indexed)
		err = search_index_message(a, tx, m->id, e);
	return err;
}

enum err redact_attachment_name(struct db_conn *tx, int64_t id, str name, struct error *e)
{
	return db_exec(tx, &Q_REDACT_ATTACHMENT_NAME, DB_ARGS(db_int(id), db_text(name)), NULL, e);
}

static enum err subjects(struct arena *a, struct db_conn *tx, const struct db_query *list,
                         const struct db_query *set, int64_t ticket_id,
                         const struct redactor *values, size_t n, struct error *e)
{
	struct change {
		int64_t id;
		str subject;
	};
	VEC(struct change) v = {0};
	struct db_rows r;
	db_rows_open(&r, tx, list, DB_ARGS(db_int(ticket_id)));
	while (db_rows_next(&r)) {
		struct change c = {db_get_int(&r, 0), db_dup_str(a, &r, 1)};
		if (text_redact(a, c.subject, values, n, &c.subject))
			*vec_push(a, &v) = c;
	}
	enum err err = db_rows_close(&r, e);
	for (size_t i = 0; !err && i < v.n; i++)
		err =
		    db_exec(tx, set, DB_ARGS(db_int(v.p[i].id), db_text(v.p[i].subject)), NULL, e);
	return err;
}

enum err redact_subjects(struct arena *a, struct db_conn *tx, int64_t ticket_id,
                         const struct redactor *values, size_t n, struct error *e)
{
	struct kept_fact *typed;
	size_t n_typed;
	enum err err = subjects(a, tx, &Q_REDACT_INTAKE_SUBJECTS, &Q_REDACT_INTAKE_SUBJECT,
	                        ticket_id, values, n, e);
	if (!err)
		err = read_facts(a, tx, &Q_REDACT_FACTS_OF_TICKET, ticket_id, &typed, &n_typed, e);
	for (size_t i = 0; !err && i < n_typed; i++)
		if (text_redact(a, typed[i].text, values, n, &typed[i].text))
			err =
			    db_exec(tx, &Q_REDACT_FACT_DROP, DB_ARGS(db_int(typed[i].id)), NULL, e);
	return err ? err
	           : subjects(a, tx, &Q_REDACT_THREADS, &Q_REDACT_THREAD, ticket_id, values, n, e);
}

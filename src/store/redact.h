/* redact.h: rows whose words are blocked out; which words is decided in desk/privacy.h. */
#ifndef OTKLIK_STORE_REDACT_H
#define OTKLIK_STORE_REDACT_H

#include "store/message.h"
#include "text/sensitive.h"

/* The next messages of a ticket after this id, all threads, with html; only ids, texts,
 * erased_at and created_at are filled. */
enum err redact_page(struct arena *a, struct db_conn *c, int64_t ticket_id, int64_t after,
                     struct message **out, size_t *n, struct error *e) MUST_USE;

/* One message: between the two calls names of files change. */
struct redact_change {
	const struct message *was, *is;
	bool indexed; /* own: it was in the search index */
};
/* Takes it out of the index by the words it has. */
enum err redact_begin(struct arena *a, struct db_conn *tx, struct redact_change *change,
                      struct error *e) MUST_USE;
/* Writes the texts, drops the raw letter and what was understood of words that are gone, indexes
 * it anew. */
enum err redact_end(struct arena *a, struct db_conn *tx, struct redact_change *change, usec now,
                    struct error *e) MUST_USE;

enum err redact_attachment_name(struct db_conn *tx, int64_t id, str name, struct error *e) MUST_USE;
/* Subjects of the ticket's ledger rows and side threads; facts that were typed in go. */
enum err redact_subjects(struct arena *a, struct db_conn *tx, int64_t ticket_id,
                         const struct redactor *values, size_t n, struct error *e) MUST_USE;

#endif

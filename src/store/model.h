/* model.h: rows of trained categorizers, and what they learn from.
 *
 * A model's bytes are a blob (`hash`). What tickets teach is read from the tickets
 * each time, so that what was erased or blocked out is learnt no more; only imported
 * examples are rows of their own.
 */
#ifndef OTKLIK_STORE_MODEL_H
#define OTKLIK_STORE_MODEL_H

#include "db/db.h"
#include "store/actor.h"

struct model_row {
	int64_t id, brand_id; /* 0 = of all brands */
	str name;
	usec created_at;
	int64_t created_by;
	str created_by_name;
	str source; /* command, admin, auto */
	str data_hash;
	int64_t examples, categories;
	int64_t corrections; /* id of the newest decision of a person that it knows of */
	str measures;        /* JSON: desk/train.h */
	str hash;
	int64_t size; /* 0: its bytes are gone */
	bool active;
};

/* ERR_NOT_FOUND. */
enum err model_row_get(struct arena *a, struct db_conn *c, int64_t id, struct model_row *out,
                       struct error *e) MUST_USE;
/* Newest first, ids below `before`. */
enum err model_row_list(struct arena *a, struct db_conn *c, int64_t before, int limit,
                        struct model_row **out, size_t *n, struct error *e) MUST_USE;
/* Those that decide: id, brand_id, name, hash. */
enum err model_row_active(struct arena *a, struct db_conn *c, struct model_row **out, size_t *n,
                          struct error *e) MUST_USE;
/* "2026-11-22.3": the day and a number. */
enum err model_row_name(struct arena *a, struct db_conn *c, usec now, str *out,
                        struct error *e) MUST_USE;
/* Not active yet; sets m->id. */
enum err model_row_insert(struct db_conn *tx, struct model_row *m, struct error *e) MUST_USE;
/* It decides from now on, and no other of its brand. */
enum err model_row_activate(struct db_conn *tx, const struct model_row *m,
                            struct error *e) MUST_USE;

/* The bytes of the brand's models that do not decide go, but for the newest `keep` of them. The
 * rows stay, for decisions name them: of size 0, with the hash `empty`, which is that of no bytes
 * (blob_attach was called). *n (may be NULL): how many. The blobs are noted as doomed. */
enum err model_rows_thin(struct arena *a, struct db_conn *tx, int64_t brand_id, int64_t keep,
                         str empty, usec now, size_t *n, struct error *e) MUST_USE;

/* ---- examples ---- */

struct example {
	int64_t id;        /* of the imported example, or of the decision */
	int64_t ticket_id; /* 0 = imported */
	int64_t category_id, brand_id;
	str subject, text;
};
/* *added (may be NULL): false when it was there already. */
enum err example_add(struct db_conn *tx, int64_t category_id, str text, str source, usec now,
                     bool *added, struct error *e) MUST_USE;
/* Newest first, ids below `before` (0: all). */
enum err example_page(struct arena *a, struct db_conn *c, int64_t before, int limit,
                      struct example **out, size_t *n, struct error *e) MUST_USE;
enum err example_drop(struct db_conn *tx, str source, int64_t *dropped, struct error *e) MUST_USE;
struct example_source {
	str name;
	int64_t count;
	usec created_at;
};
enum err example_sources(struct arena *a, struct db_conn *c, struct example_source **out, size_t *n,
                         struct error *e) MUST_USE;
/* Tickets whose category a person has set, as it stands now, newest first, ids below `before` (0:
 * all). */
enum err labelled_page(struct arena *a, struct db_conn *c, int64_t before, int limit,
                       struct example **out, size_t *n, struct error *e) MUST_USE;
struct example_count {
	int64_t category_id, imported, labelled;
};
/* Each category that has any. */
enum err example_counts(struct arena *a, struct db_conn *c, struct example_count **out, size_t *n,
                        struct error *e) MUST_USE;
/* Decisions of people above this id that were not undone; and the newest one's id. */
enum err corrections_count(struct db_conn *c, int64_t after, int64_t *out,
                           struct error *e) MUST_USE;
enum err corrections_last(struct db_conn *c, int64_t *out, struct error *e) MUST_USE;

/* ---- how it does ---- */

struct model_use {
	int64_t category_id;                          /* 0 = none */
	int64_t count, triage, corrected, confidence; /* confidence: the sum, millionths */
};
/* What the service decided from `since` up to `until`; brand 0 = all. */
enum err model_usage(struct arena *a, struct db_conn *c, usec since, usec until, int64_t brand_id,
                     struct model_use **out, size_t *n, struct error *e) MUST_USE;

struct model_mistake {
	int64_t id; /* of the person's decision */
	int64_t ticket_id;
	str subject;
	int64_t guess, truth; /* categories; 0 = none */
	int64_t confidence, model_id;
};
/* Visible ones, newest first, ids below `before`. */
enum err model_mistakes(struct arena *a, struct db_conn *c, const struct actor *actor,
                        int64_t before, int limit, struct model_mistake **out, size_t *n,
                        struct error *e) MUST_USE;

#endif

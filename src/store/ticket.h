/* ticket.h: rows of ticket, ticket_read; lists of tickets.
 *
 * Rows and SQL only: who may do what is decided in desk/. Every read takes the
 * actor and gives only what is visible to it; what is not visible is not found.
 * Text must be valid UTF-8 without NUL (asserted in debug builds by the callers'
 * str_to_utf8). Results live in the arena.
 */
#ifndef OTKLIK_STORE_TICKET_H
#define OTKLIK_STORE_TICKET_H

#include "db/db.h"
#include "store/actor.h"
#include "store/category.h"
#include "store/tag.h"

enum ticket_status {
	TICKET_NEW,
	TICKET_OPEN,
	TICKET_PENDING,
	TICKET_ON_HOLD,
	TICKET_SOLVED,
	TICKET_CLOSED,
	TICKET_SPAM,
	TICKET_STATUS_COUNT
};

/* "new", "on_hold" ...: static storage. */
const char *ticket_status_name(enum ticket_status status);
/* False for a word that is no status. */
bool ticket_status_by_name(str name, enum ticket_status *out);
/* solved, closed, spam: nobody waits for anything. */
static inline bool ticket_status_is_over(enum ticket_status s)
{
	return s >= TICKET_SOLVED;
}

enum { PRIORITY_URGENT = 4 }; /* of priorities from 1, low */

struct ticket {
	int64_t id, brand_id, line_id, inbox_id, contact_id; /* inbox_id 0 = none */
	str subject, snippet, channel;
	enum ticket_status status;
	int priority;        /* 1 low .. PRIORITY_URGENT */
	int64_t assignee_id; /* 0 = nobody */
	usec created_at, updated_at, last_message_at;
	usec waiting_since, first_reply_at, solved_at, closed_at; /* 0 = none */
	int64_t message_count;   /* of the main thread, notes too, without system messages */
	int64_t last_message_id; /* of all threads, without system messages */
	str last_from;           /* "customer" or "agent" */
	bool has_attachments;
	int64_t merged_into, split_from; /* 0 = none */
	int64_t version;
	usec erased_at; /* 0 = not: its texts are gone */
	/* What was understood of it (store/sense.h): written by ticket_set_sense only. */
	int64_t category_id; /* 0 = none */
	str category_by;     /* "model", "person" or "" */
	int64_t confidence;  /* of the model, in millionths */
	bool triage;         /* the model was not sure enough */
	str language;        /* of the customer's words: "ru"; "" = not known */
	int sentiment;       /* -1, 0, 1 */
	unsigned flags;      /* bits of enum sense_flag */
};

/* ERR_NOT_FOUND (key "error.not_found") also when the actor does not see it. */
enum err ticket_get(struct arena *a, struct db_conn *c, const struct actor *actor, int64_t id,
                    struct ticket *out, struct error *e) MUST_USE;
/* Writes a new row from *t (all fields but id and version) and sets t->id, t->version. */
enum err ticket_insert(struct arena *a, struct db_conn *tx, struct ticket *t,
                       struct error *e) MUST_USE;
/* Of a row just inserted with all that its first message changes in it but the message's id: spares
 * the whole row, and its indexes, a second writing. */
enum err ticket_set_first_message(struct db_conn *tx, struct ticket *t, int64_t message_id,
                                  struct error *e) MUST_USE;
/* Writes every field that can change, but what was understood, and adds one to t->version. */
enum err ticket_update(struct arena *a, struct db_conn *tx, struct ticket *t,
                       struct error *e) MUST_USE;
/* Recomputes from messages, deliveries and attachments what is derived:
 * snippet, last_message_at, last_message_id, last_from, message_count,
 * has_attachments, first_reply_at and waiting_since (none when the status is
 * over). Fields of *t only; the caller writes them. */
enum err ticket_derive(struct arena *a, struct db_conn *tx, struct ticket *t,
                       struct error *e) MUST_USE;

#define TICKET_SNIPPET_CHARS 160 /* of ticket.snippet */

/* How far the account has read; 0 = nothing yet. */
enum err ticket_read_get(struct db_conn *c, int64_t account_id, int64_t ticket_id, int64_t *out,
                         struct error *e) MUST_USE;
/* What hangs on a ticket: is there any of it? */
struct ticket_parts {
	int64_t read_message_id; /* as ticket_read_get; account_id 0: 0 */
	bool tags, fields, threads, participants, merges;
};
enum err ticket_parts_get(struct db_conn *c, int64_t ticket_id, int64_t account_id,
                          struct ticket_parts *out, struct error *e) MUST_USE;
/* Moves the mark forward, never back. */
enum err ticket_read_set(struct db_conn *tx, int64_t account_id, int64_t ticket_id,
                         int64_t message_id, struct error *e) MUST_USE;

/* ---- lists ---- */

struct ticket_row {
	struct ticket t;
	str contact_name, contact_address; /* in full: desk masks */
	bool contact_vip;
	str assignee_name, line_name, brand_name;
	struct tag *tags;
	size_t n_tags;
	bool unread;                          /* for the asking account */
	const struct category_name *category; /* NULL = none */
	struct category_guess *guesses;       /* in triage: what the model thinks, best first */
	size_t n_guesses;
	str question; /* in triage: the customer's words that it looked at, their beginning */
};
struct category_guess {
	const struct category_name *category;
	int64_t confidence; /* millionths */
};

enum ticket_view {
	TICKET_VIEW_ALL,        /* everything but spam and merged-away tickets */
	TICKET_VIEW_MINE,       /* assigned to the actor; new, open, pending, on hold */
	TICKET_VIEW_UNASSIGNED, /* to nobody; new and open */
	TICKET_VIEW_OPEN,       /* new, open */
	TICKET_VIEW_PENDING,    /* pending, on hold */
	TICKET_VIEW_SOLVED,     /* solved, closed */
	TICKET_VIEW_WAITING,    /* somebody waits for an answer */
	TICKET_VIEW_SPAM,
	TICKET_VIEW_TRIAGE, /* the model was not sure what they are about; new, open, pending, on
	                       hold */
	TICKET_VIEW_COUNT
};
bool ticket_view_by_name(str name, enum ticket_view *out);

enum ticket_sort {
	TICKET_SORT_RECENT,  /* newest message first (the default) */
	TICKET_SORT_OLDEST,  /* oldest message first */
	TICKET_SORT_WAITING, /* longest waiting first; only those that wait */
	TICKET_SORT_CREATED, /* newest ticket first */
};
bool ticket_sort_by_name(str name, enum ticket_sort *out);

struct search_filter;
struct ticket_filter {
	const struct search_filter *where; /* further conditions; NULL = none */
	enum ticket_view view;
	enum ticket_sort sort;
	int64_t line_id, brand_id, contact_id; /* 0 = any */
	bool has_assignee;
	int64_t assignee_id;       /* 0 = nobody, when has_assignee */
	unsigned statuses;         /* bits 1 << enum ticket_status; 0 = any of the view's */
	str tag;                   /* name, "" = any */
	const int64_t *categories; /* any of these */
	size_t n_categories;       /* 0 = any or none */
	int waiting;               /* 1 = waits, -1 = waits not, 0 = any */
	int urgent;                /* the same of the priority urgent */
	int64_t
	    ids_after; /* TICKET_SORT ignored: ids above, ascending (export) when > 0 or by_id */
	bool by_id;
	str cursor;      /* of the page before, "" = first */
	int limit;       /* 1..1000; 0 = 50 */
	bool with_total; /* count too, exact to 999 */
};

#define TICKET_TOTAL_MAX 1000

struct ticket_list {
	struct ticket_row *items;
	size_t n;
	str next;      /* cursor of the next page, "" = this was the last */
	int64_t total; /* -1: more than 999, or not asked */
};

/* A ticket of a page before its row is read. Whoever knows the row of this version already need not
 * read it, as far as events up to `head` of the page tell nothing else. */
struct ticket_key {
	int64_t id, key, version;
	int64_t read; /* how far the asking account has read; 0 = nothing yet */
};
struct ticket_page {
	struct ticket_key *keys;
	size_t n;
	str next;
	int64_t total;
	int64_t head; /* the newest event of the snapshot; 0 when n is 0 */
};

/* ERR_INVALID (field "cursor") for a cursor that is none of ours. Lines and brands that the actor
 * does not see are left out. */
enum err ticket_page(struct arena *a, struct db_conn *c, const struct actor *actor,
                     const struct ticket_filter *f, struct ticket_page *out,
                     struct error *e) MUST_USE;
/* The same with rows. */
enum err ticket_list(struct arena *a, struct db_conn *c, const struct actor *actor,
                     const struct ticket_filter *f, struct ticket_list *out,
                     struct error *e) MUST_USE;
/* How many there are, counted to `most`; limit, order, cursor are ignored. */
enum err ticket_count(struct arena *a, struct db_conn *c, const struct actor *actor,
                      const struct ticket_filter *f, int most, int64_t *out,
                      struct error *e) MUST_USE;
/* The rows of these ids that are visible, in the order of the ids. */
enum err ticket_rows(struct arena *a, struct db_conn *c, const struct actor *actor,
                     const int64_t *ids, size_t n, struct ticket_row **out, size_t *n_out,
                     struct error *e) MUST_USE;

/* Custom field values of a ticket are in store/field.h. */

#endif

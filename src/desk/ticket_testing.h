/* ticket_testing.h: a small company for tests of the verbs.
 *
 * Two brands with an inbox each, two lines of the first brand, and people:
 *   admin      everything
 *   anna       an agent of all lines and brands
 *   oleg       outsourced: line `parcels` of brand one only, masked, no export
 *   vera       an agent of line `quality` only
 *   observer   reads only
 *
 * A test holds a transaction open and calls verbs in it one after the other:
 *
 *   world_begin(w);
 *   CHECK_OK(desk_ticket_create(W(w, &w->anna), &in, &t, NULL, &w->e), &w->e);
 *   world_commit(w);
 *
 * The writer's thread waits meanwhile. A refusal that a test expects may leave
 * half of its changes in the transaction; use world_rollback after it, or
 * expect refusals before anything is written.
 */
#ifndef OTKLIK_DESK_TICKET_TESTING_H
#define OTKLIK_DESK_TICKET_TESTING_H

#include <pthread.h>

#include "db/db_testing.h"
#include "desk/article.h"
#include "desk/merge.h"
#include "desk/reply.h"
#include "desk/thread.h"
#include "desk/ticket.h"

struct world {
	str url; /* of the database: another process would open it so */
	struct db *db;
	struct clock *clock;
	struct desk desk;
	struct arena *a; /* of the whole test */
	struct error e;
	struct actor admin, anna, oleg, vera, observer;
	int64_t brand_one, brand_two, parcels, quality,
	    foreign; /* foreign: a line used by brand two */
	int64_t inbox_one, inbox_two;
	struct db_conn *tx; /* between begin and commit */
	struct db_conn *reader;

	struct db_job job;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	enum { WORLD_IDLE, WORLD_OPEN, WORLD_COMMIT, WORLD_ROLLBACK } state;
	bool done;
	enum err result;
};

struct world *world_new(enum db_engine engine);
void world_free(struct world *w);
void world_begin(struct world *w);
void world_commit(struct world *w);
void world_rollback(struct world *w);
/* A reader's snapshot in w->reader. */
void world_read(struct world *w);
void world_read_end(struct world *w);
/* Turns the clock. */
void world_wait(struct world *w, usec by);

/* The first arguments of a writing verb, and of a reading one. */
#define W(w, actor) &(w)->desk, (w)->a, (w)->tx, (actor)
#define R(w, actor) &(w)->desk, (w)->a, (w)->reader, (actor)
/* Expects a refusal with this code and key. */
#define CHECK_REFUSED(got, w, want_code, want_key)                                                 \
	do {                                                                                       \
		CHECK_INT((got), (want_code));                                                     \
		CHECK_STR(str_of((w)->e.key), (want_key));                                         \
	} while (0)

/* A letter from a customer makes a ticket (in a transaction of its own). */
int64_t world_letter(struct world *w, const char *from, const char *name, int64_t inbox,
                     const char *subject, const char *text);
/* The same customer says more. */
int64_t world_more(struct world *w, int64_t ticket, const char *from, const char *text);
/* anna answers (transaction of its own); the message's id. */
int64_t world_answer(struct world *w, int64_t ticket, const char *text);
/* The ticket as the service sees it. */
struct ticket world_ticket(struct world *w, int64_t id);
/* Fails unless what is derived in the row is what ticket_derive finds. */
void world_check_derived(struct world *w, int64_t id);
/* How many rows of the database break an invariant (store/check.h) whose description has this in
 * it; "" for any. They are printed. */
int world_n_bad(struct world *w, const char *what);
/* Articles are imported by the administrator (in a transaction of its own). */
void world_articles(struct world *w, const struct article_input *in, size_t n);
int64_t world_int(struct world *w, const char *sql, int64_t arg);

#endif

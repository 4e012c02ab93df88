/* event_test.c: the log is numbered in commit order, chained, and shown to whom it concerns. */
#include "events/event.h"

#include <pthread.h>

#include "db/db_testing.h"
#include "store/ids.h"
#include "store/migrations_gen.h"
#include "store/system.h"

struct write {
	int n;
	bool fail;
	int64_t line, ticket;
	enum event_type type;
};

static enum err add_some(void *arg, struct db_conn *tx, struct error *e)
{
	struct write *w = arg;
	for (int i = 0; i < w->n; i++) {
		struct event_about about = {
		    .ticket_id = w->ticket, .line_id = w->line, .brand_id = w->line ? 1 : 0};
		if (w->type == EVENT_TICKET_CHANGED)
			event_add(tx, 1000 + i, actor_system(), w->type, about,
			          EVENT_DATA(EVENT_CODE("field", STR("status")),
			                     EVENT_CODE("to", STR("open"))));
		else
			event_add(tx, 1000 + i, actor_system(), w->type, about, NULL, 0);
	}
	return w->fail ? error_set(e, ERR_INVALID, "error.bad", NULL, NULL) : ERR_OK;
}

static enum err set_id(void *arg, struct db_conn *tx, struct error *e)
{
	return system_set(tx, SYSTEM_INSTANCE_ID, *(str *)arg, e);
}

static struct db *open_log(enum db_engine engine)
{
	struct db *db = db_testing_open(engine, MIGRATIONS, N_MIGRATIONS);
	struct error e;
	str id = STR("instance-1");
	CHECK_OK(db_write(db, set_id, &id, &e), &e);
	return db;
}

static void write_events(struct db *db, int n, int64_t ticket, int64_t line, enum event_type type)
{
	struct error e;
	struct write w = {.n = n, .ticket = ticket, .line = line, .type = type};
	CHECK_OK(db_write(db, add_some, &w, &e), &e);
}

DB_TEST(events_are_chained_and_a_change_is_found)
{
	struct db *db = open_log(engine);
	struct error e;
	write_events(db, 1, 7, 1, EVENT_TICKET_CHANGED);
	write_events(db, 150, 8, 2, EVENT_TICKET_CHANGED);
	write_events(db, 3, 0, 0, EVENT_ACCOUNT_CHANGED);
	struct db_conn *c;
	int64_t checked, bad, head;
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	CHECK_OK(event_verify(c, &checked, &bad, &e), &e);
	CHECK_INT(checked, 154);
	CHECK_INT(bad, 0);
	CHECK_OK(event_head(c, &head, &e), &e);
	CHECK_INT(head, 154);
	db_read_end(db, c);
	db_testing_exec(db, "UPDATE event SET data = '{\"field\":\"tags\"}' WHERE id = 40",
	                DB_NO_ARGS);
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	CHECK_OK(event_verify(c, &checked, &bad, &e), &e);
	CHECK_INT(bad, 40);
	db_read_end(db, c);
	db_testing_close(db);
}

DB_TEST(a_failed_job_leaves_no_event)
{
	struct db *db = open_log(engine);
	struct error e;
	struct write w = {.n = 2, .fail = true, .type = EVENT_TICKET_CHANGED};
	CHECK_INT(db_write(db, add_some, &w, &e), ERR_INVALID);
	CHECK_INT(db_testing_int(db, "SELECT count(*) FROM event", DB_NO_ARGS), 0);
	write_events(db, 1, 1, 1, EVENT_TICKET_CHANGED);
	CHECK_INT(db_testing_int(db, "SELECT id FROM event", DB_NO_ARGS), 1);
	db_testing_close(db);
}

/* Many jobs in few batches, some of which fail: the ids stay without holes, in one chain. */
struct many {
	struct db_job job;
	struct write write;
	struct many_done *done;
};
struct many_done {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int left;
};

static enum err many_run(struct db_job *job, struct db_conn *tx, struct error *e)
{
	return add_some(&CONTAINER_OF(job, struct many, job)->write, tx, e);
}

static void many_end(struct db_job *job, enum err result, const struct error *e)
{
	struct many_done *d = CONTAINER_OF(job, struct many, job)->done;
	(void)result;
	(void)e;
	pthread_mutex_lock(&d->lock);
	if (--d->left == 0)
		pthread_cond_signal(&d->changed);
	pthread_mutex_unlock(&d->lock);
}

DB_TEST(many_jobs_make_one_chain)
{
	struct db *db = open_log(engine);
	struct error e;
	struct many_done done = {.left = 200};
	static struct many jobs[200];
	pthread_mutex_init(&done.lock, NULL);
	pthread_cond_init(&done.changed, NULL);
	memset(jobs, 0, sizeof jobs);
	for (int i = 0; i < 200; i++) {
		jobs[i] = (struct many){.job = {.run = many_run, .done = many_end},
		                        .write = {.n = i % 4,
		                                  .fail = i % 10 == 3,
		                                  .type = EVENT_TICKET_CHANGED,
		                                  .ticket = i + 1,
		                                  .line = 1},
		                        .done = &done};
		CHECK_OK(db_submit(db, &jobs[i].job), NULL);
	}
	pthread_mutex_lock(&done.lock);
	while (done.left)
		pthread_cond_wait(&done.changed, &done.lock);
	pthread_mutex_unlock(&done.lock);
	int64_t want = 0, checked, bad;
	for (int i = 0; i < 200; i++)
		want += jobs[i].write.fail ? 0 : jobs[i].write.n;
	struct db_conn *c;
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	CHECK_OK(event_verify(c, &checked, &bad, &e), &e);
	db_read_end(db, c);
	CHECK_INT(bad, 0);
	CHECK_INT(checked, want);
	CHECK_INT(db_testing_int(db, "SELECT max(id) FROM event", DB_NO_ARGS), want);
	db_testing_close(db);
	pthread_cond_destroy(&done.changed);
	pthread_mutex_destroy(&done.lock);
}

/* The SQL predicate and event_visible agree. */
static int64_t count_visible(struct db *db, const struct actor *actor, int64_t ticket)
{
	ARENA_AUTO a = arena_new();
	struct error e;
	struct db_conn *c;
	struct event *seen, *all;
	size_t n, n_all, agree = 0;
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	CHECK_OK(event_read_visible(a, c, actor, ticket, 0, 100, &seen, &n, &e), &e);
	CHECK_OK(event_read(a, c, 0, 100, &all, &n_all, &e), &e);
	db_read_end(db, c);
	for (size_t i = 0; i < n_all; i++)
		if ((!ticket || all[i].ticket_id == ticket) && event_visible(&all[i], actor)) {
			CHECK(agree < n && seen[agree].id == all[i].id);
			agree++;
		}
	CHECK_INT(agree, n);
	return (int64_t)n;
}

DB_TEST(events_show_what_an_actor_may_see)
{
	struct db *db = open_log(engine);
	ARENA_AUTO a = arena_new();
	write_events(db, 1, 1, 1, EVENT_TICKET_CHANGED);   /* agents, line 1 */
	write_events(db, 2, 2, 2, EVENT_TICKET_CHANGED);   /* agents, line 2 */
	write_events(db, 4, 0, 1, EVENT_INTAKE_RECORDED);  /* leads, line 1 */
	write_events(db, 8, 0, 0, EVENT_INTAKE_RECORDED);  /* leads, no line */
	write_events(db, 16, 0, 0, EVENT_ACCOUNT_CHANGED); /* system */
	struct actor actor = {.kind = ACTOR_ACCOUNT, .rights = RIGHT_BIT(RIGHT_TICKET_READ)};
	int64_t lines[] = {1};
	actor_set_scope(a, &actor, false, lines, 1, true, NULL, 0);
	CHECK_INT(count_visible(db, &actor, 0), 1);
	actor.rights |= RIGHT_BIT(RIGHT_LEAD_READ) | RIGHT_BIT(RIGHT_ADMIN_SYSTEM);
	CHECK_INT(count_visible(db, &actor, 0), 5);
	int64_t brands[] = {2};
	actor_set_scope(a, &actor, false, lines, 1, false, brands, 1);
	CHECK_INT(count_visible(db, &actor, 0), 0);
	actor_set_scope(a, &actor, true, NULL, 0, true, NULL, 0);
	CHECK_INT(count_visible(db, &actor, 0), 31);
	CHECK_INT(count_visible(db, &actor, 2), 2);
	CHECK_INT(count_visible(db, actor_nobody("en"), 0), 0);
	CHECK_INT(count_visible(db, actor_system(), 0), 31);
	db_testing_close(db);
}

static enum err move_cursor(void *arg, struct db_conn *tx, struct error *e)
{
	return event_cursor_set(tx, "search", *(int64_t *)arg, 5, e);
}

DB_TEST(a_cursor_is_kept)
{
	struct db *db = open_log(engine);
	struct error e;
	int64_t id = 12, got = 99;
	struct db_conn *c;
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	CHECK_OK(event_cursor_get(c, "search", &got, &e), &e);
	db_read_end(db, c);
	CHECK_INT(got, 0);
	CHECK_OK(db_write(db, move_cursor, &id, &e), &e);
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	CHECK_OK(event_cursor_get(c, "search", &got, &e), &e);
	db_read_end(db, c);
	CHECK_INT(got, 12);
	db_testing_close(db);
}

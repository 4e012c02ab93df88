/* ticket_testing.c: see ticket_testing.h. Linked into the test program only. */
#include "desk/ticket_testing.h"

#include "desk/admin.h"
#include "desk/contact.h"
#include "store/check.h"
#include "store/line.h"
#include "store/migrations_gen.h"
#include "store/role.h"

#define START ((usec)1732197600 * USEC_SECOND) /* 2024-11-21 14:00 UTC */

static enum err run(struct db_job *job, struct db_conn *tx, struct error *e)
{
	struct world *w = CONTAINER_OF(job, struct world, job);
	pthread_mutex_lock(&w->mutex);
	w->tx = tx;
	w->state = WORLD_OPEN;
	pthread_cond_broadcast(&w->cond);
	while (w->state == WORLD_OPEN)
		pthread_cond_wait(&w->cond, &w->mutex);
	w->tx = NULL;
	bool commit = w->state == WORLD_COMMIT;
	pthread_mutex_unlock(&w->mutex);
	return commit ? ERR_OK : error_set(e, ERR_CONFLICT, "error.conflict", NULL, NULL);
}

static void done(struct db_job *job, enum err result, const struct error *e)
{
	struct world *w = CONTAINER_OF(job, struct world, job);
	pthread_mutex_lock(&w->mutex);
	w->result = result;
	w->done = true;
	if (result && e)
		w->e = *e;
	pthread_cond_broadcast(&w->cond);
	pthread_mutex_unlock(&w->mutex);
}

void world_begin(struct world *w)
{
	w->job = (struct db_job){.run = run, .done = done};
	w->done = false;
	w->state = WORLD_IDLE;
	CHECK_OK(db_submit(w->db, &w->job), NULL);
	pthread_mutex_lock(&w->mutex);
	while (w->state != WORLD_OPEN && !w->done)
		pthread_cond_wait(&w->cond, &w->mutex);
	pthread_mutex_unlock(&w->mutex);
	CHECK(!w->done);
}

static void end(struct world *w, int verdict)
{
	pthread_mutex_lock(&w->mutex);
	w->state = verdict;
	pthread_cond_broadcast(&w->cond);
	while (!w->done)
		pthread_cond_wait(&w->cond, &w->mutex);
	pthread_mutex_unlock(&w->mutex);
}

void world_commit(struct world *w)
{
	end(w, WORLD_COMMIT);
	CHECK_OK(w->result, &w->e);
}

void world_rollback(struct world *w)
{
	end(w, WORLD_ROLLBACK);
}

void world_read(struct world *w)
{
	CHECK_OK(db_read_begin(w->db, &w->reader, &w->e), &w->e);
}

void world_read_end(struct world *w)
{
	db_read_end(w->db, w->reader);
	w->reader = NULL;
}

void world_wait(struct world *w, usec by)
{
	clock_advance(w->clock, by);
}

static struct actor person(struct world *w, const char *name, const char *role, int64_t line,
                           int64_t brand)
{
	struct actor actor;
	int64_t id;
	CHECK_OK(desk_account_add(&w->desk, w->a, w->tx,
	                          str_printf(w->a, "%s@otklik.example", name), str_of(name),
	                          str_of(role), STR("en"), STR(""), &id, &w->e),
	         &w->e);
	if (line) {
		struct account account;
		CHECK_OK(account_get(w->a, w->tx, id, &account, &w->e), &w->e);
		account.all_lines = false;
		account.all_brands = !brand;
		CHECK_OK(account_update(w->tx, &account, &w->e), &w->e);
		CHECK_OK(account_set_lines(w->tx, id, &line, 1, &w->e), &w->e);
		if (brand)
			CHECK_OK(account_set_brands(w->tx, id, &brand, 1, &w->e), &w->e);
	}
	CHECK_OK(actor_from_account(w->a, w->tx, id, &actor, &w->e), &w->e);
	return actor;
}

static void furnish(struct world *w)
{
	struct desk_bootstrap boot = {.language = STR("en"), .brand_name = STR("One")};
	bool first;
	usec now = clock_now(w->clock);
	CHECK_OK(desk_bootstrap(&w->desk, w->a, w->tx, &boot, &first, &w->e), &w->e);
	struct brand *brands;
	size_t n;
	CHECK_OK(brand_list(w->a, w->tx, &brands, &n, &w->e), &w->e);
	w->brand_one = brands[0].id;
	struct brand two = {
	    .name = STR("Two"), .slug = STR("two"), .language = STR("ru"), .active = true};
	CHECK_OK(brand_insert(w->tx, &two, now, &w->brand_two, &w->e), &w->e);
	struct line line = {.name = STR("Parcels"), .level = 1, .active = true, .position = 100};
	CHECK_OK(line_insert(w->tx, &line, now, &w->parcels, &w->e), &w->e);
	line.name = STR("Quality");
	CHECK_OK(line_insert(w->tx, &line, now, &w->quality, &w->e), &w->e);
	line.name = STR("Foreign");
	CHECK_OK(line_insert(w->tx, &line, now, &w->foreign, &w->e), &w->e);
	struct inbox inbox = {.brand_id = w->brand_one,
	                      .line_id = w->parcels,
	                      .name = STR("Help"),
	                      .address = STR("help@one.example"),
	                      .address_norm = STR("help@one.example"),
	                      .active = true};
	CHECK_OK(inbox_insert(w->tx, &inbox, now, &w->inbox_one, &w->e), &w->e);
	inbox.brand_id = w->brand_two;
	inbox.line_id = w->foreign;
	inbox.address = inbox.address_norm = STR("help@two.example");
	CHECK_OK(inbox_insert(w->tx, &inbox, now, &w->inbox_two, &w->e), &w->e);
	w->admin = person(w, "admin", "admin", 0, 0);
	w->anna = person(w, "anna", "agent", 0, 0);
	w->oleg = person(w, "oleg", "outsourced", w->parcels, w->brand_one);
	w->vera = person(w, "vera", "agent", w->quality, 0);
	w->observer = person(w, "observer", "observer", 0, 0);
}

struct world *world_new(enum db_engine engine)
{
	struct world *w = xcalloc(1, sizeof *w);
	w->a = arena_new();
	w->url = db_testing_url(engine, MIGRATIONS, N_MIGRATIONS);
	w->db = db_testing_open_url(w->url);
	w->clock = clock_manual_new(START);
	pthread_mutex_init(&w->mutex, NULL);
	pthread_cond_init(&w->cond, NULL);
	w->desk = (struct desk){
	    .clock = w->clock,
	    .blobs = {.engine = engine, .dir = str_printf(w->a, "%s/blobs", test_tmp_dir())},
	    .undo_window = 10 * USEC_SECOND,
	    .db = w->db};
	world_begin(w);
	furnish(w);
	world_commit(w);
	return w;
}

void world_free(struct world *w)
{
	if (w->tx)
		world_rollback(w);
	if (w->reader)
		world_read_end(w);
	db_testing_close(w->db);
	clock_free(w->clock);
	arena_free(w->a);
	pthread_mutex_destroy(&w->mutex);
	pthread_cond_destroy(&w->cond);
	free(w);
}

int64_t world_letter(struct world *w, const char *from, const char *name, int64_t inbox,
                     const char *subject, const char *text)
{
	struct contact ct;
	struct ticket t;
	struct inbox box;
	world_wait(w, USEC_SECOND);
	world_begin(w);
	CHECK_OK(desk_contact_ensure(W(w, actor_system()), IDENTITY_EMAIL, str_of(from),
	                             str_of(name), false, &ct, &w->e),
	         &w->e);
	CHECK_OK(inbox_get(w->a, w->tx, inbox, &box, &w->e), &w->e);
	struct inbound m = {.author_name = str_of(name),
	                    .author_address = str_of(from),
	                    .subject = str_of(subject),
	                    .text = str_of(text),
	                    .inbox_id = inbox};
	struct inbound_ticket in = {
	    .contact_id = ct.id, .brand_id = box.brand_id, .line_id = box.line_id, .message = &m};
	CHECK_OK(desk_customer_ticket(W(w, actor_system()), &in, &t, NULL, &w->e), &w->e);
	world_commit(w);
	return t.id;
}

int64_t world_more(struct world *w, int64_t ticket, const char *from, const char *text)
{
	struct contact ct;
	int64_t id;
	world_wait(w, USEC_SECOND);
	world_begin(w);
	CHECK_OK(desk_contact_ensure(W(w, actor_system()), IDENTITY_EMAIL, str_of(from), STR(""),
	                             false, &ct, &w->e),
	         &w->e);
	struct inbound m = {.author_address = str_of(from), .text = str_of(text)};
	CHECK_OK(desk_customer_message(W(w, actor_system()), ticket, ct.id, &m, NULL, &id, &w->e),
	         &w->e);
	world_commit(w);
	return id;
}

int64_t world_answer(struct world *w, int64_t ticket, const char *text)
{
	struct message_input in = {.kind = MESSAGE_AGENT, .text = str_of(text)};
	int64_t id;
	world_wait(w, USEC_SECOND);
	world_begin(w);
	CHECK_OK(desk_message_create(W(w, &w->anna), ticket, &in, &id, &w->e), &w->e);
	world_commit(w);
	return id;
}

struct ticket world_ticket(struct world *w, int64_t id)
{
	struct ticket t;
	bool own = !w->tx && !w->reader;
	if (own)
		world_read(w);
	CHECK_OK(ticket_get(w->a, w->tx ? w->tx : w->reader, actor_system(), id, &t, &w->e), &w->e);
	if (own)
		world_read_end(w);
	return t;
}

void world_check_derived(struct world *w, int64_t id)
{
	struct ticket t = world_ticket(w, id), fresh = t;
	world_read(w);
	CHECK_OK(ticket_derive(w->a, w->reader, &fresh, &w->e), &w->e);
	world_read_end(w);
	CHECK_INT(t.message_count, fresh.message_count);
	CHECK_INT(t.last_message_id, fresh.last_message_id);
	CHECK_INT(t.last_message_at, fresh.last_message_at);
	CHECK_INT(t.waiting_since, fresh.waiting_since);
	CHECK_INT(t.first_reply_at, fresh.first_reply_at);
	CHECK_INT(t.has_attachments, fresh.has_attachments);
	CHECK_STRS(t.snippet, fresh.snippet);
	CHECK_STRS(t.last_from, fresh.last_from);
}

struct bad_rows {
	const char *what;
	int n;
};

static void bad_row(void *arg, const char *what, int64_t id)
{
	struct bad_rows *bad = arg;
	if (!strstr(what, bad->what))
		return;
	bad->n++;
	printf("  %s: %lld\n", what, (long long)id);
}

int world_n_bad(struct world *w, const char *what)
{
	struct bad_rows bad = {.what = what};
	int kinds;
	world_read(w);
	CHECK_OK(check_rows(w->reader, bad_row, &bad, &kinds, &w->e), &w->e);
	world_read_end(w);
	return bad.n;
}

void world_articles(struct world *w, const struct article_input *in, size_t n)
{
	struct article_imported sum;
	world_begin(w);
	CHECK_OK(desk_article_import(W(w, &w->admin), in, n, &sum, &w->e), &w->e);
	world_commit(w);
}

int64_t world_int(struct world *w, const char *sql, int64_t arg)
{
	return db_testing_int(w->db, sql, DB_ARGS(db_int(arg)));
}

/* fault_test.c: whole verbs while the disk fails at every place where it can.
 *
 * For each kind of fault, n = 1, 2, 3 ... until a verb is through without meeting it: the n-th
 * write, fsync or read fails, once or from then on. Whatever was answered, the caller asks again
 * with the same key, as clients and mail servers do; then the thing is there exactly once, with
 * all its parts. The process is never helped: it goes on with the same connections. In between
 * and at the end the database is opened anew and looked through.
 */
#include "db/db_testing.h"
#include "db/fault_vfs.h"
#include "events/event.h"
#include "main/service_testing.h"

struct place {
	struct served s;
	struct who admin;
	str url; /* outlives s */
	struct arena *arena;
	struct mail_intake intake;
	int64_t ticket; /* for answers */
	int n;          /* things so far: each has a name of its own */
	int refused;
};

enum verb { VERB_TICKET, VERB_REPLY, VERB_LETTER, VERBS };

static void place_begin(struct place *p)
{
	fault_vfs_install();
	memset(p, 0, sizeof *p);
	p->arena = arena_new();
	served_start(&p->s, DB_SQLITE);
	p->url = str_dup(p->arena, p->s.app.s.db.url);
	p->admin = sign_in(&p->s, "admin@x.test", "correct horse battery");
	p->admin.cookie = str_dup(p->arena, p->admin.cookie);
	struct answer a = ask(
	    &p->s, &p->admin, "POST", "/api/v1/inboxes",
	    "{\"brand_id\":1,\"line_id\":1,\"name\":\"Help\",\"address\":\"help@x.test\"}", NULL);
	CHECK_STATUS(&a, 201);
	a = ask(&p->s, &p->admin, "POST", "/api/v1/tickets",
	        "{\"subject\":\"first\",\"text\":\"?\",\"from_customer\":true,"
	        "\"to\":{\"address\":\"anna@customer.test\"}}",
	        NULL);
	CHECK_STATUS(&a, 201);
	p->ticket = answer_int(&a, "id");
	service_fill_intake(&p->s.app, &p->intake);
}

static void look_through(struct place *p)
{
	struct db *db = p->s.app.db;
	struct db_conn *c;
	struct error e;
	int64_t checked, bad = 0;
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	CHECK_OK(event_verify(c, &checked, &bad, &e), &e);
	db_read_end(db, c);
	CHECK_INT(bad, 0);
	CHECK_INT(db_testing_int(db,
	                         "SELECT count(*) FROM pragma_integrity_check() "
	                         "WHERE integrity_check <> 'ok'",
	                         DB_NO_ARGS),
	          0);
	CHECK_INT(db_testing_int(db, "SELECT count(*) FROM pragma_foreign_key_check()", DB_NO_ARGS),
	          0);
	/* A ticket without a message, a message without an event: half of something. */
	CHECK_INT(db_testing_int(db,
	                         "SELECT count(*) FROM ticket WHERE id NOT IN "
	                         "(SELECT ticket_id FROM message)",
	                         DB_NO_ARGS),
	          0);
}

static void reopen(struct place *p)
{
	struct served from = {.app.s.db.url = p->url};
	served_stop_beside(&p->s);
	served_start_beside(&p->s, &from);
	service_fill_intake(&p->s.app, &p->intake);
	look_through(p);
}

static int post(struct place *p, const char *path, str body)
{
	struct arena *a = p->s.arena;
	const char *key = str_z(a, str_printf(a, "Idempotency-Key: thing-%d\r\n", p->n));
	struct answer got = ask(&p->s, &p->admin, "POST", path, str_z(a, body), key);
	if (got.status >= 400) {
		if (got.status != 503)
			test_fail(__FILE__, __LINE__, "%.*s", STR_FMT(got.body));
		/* In words, and with a time to come back. */
		CHECK(answer_str(&got, "message").n > 0 && answer_str(&got, "key").n > 0);
		CHECK(answer_header(&got, "retry-after").n > 0);
	}
	return got.status;
}

/* True when it was acknowledged. */
static bool do_verb(struct place *p, enum verb verb)
{
	struct arena *a = p->s.arena;
	enum lmtp_reply reply;
	struct error e;
	switch (verb) {
	case VERB_TICKET:
		return post(p, "/api/v1/tickets",
		            str_printf(a,
		                       "{\"subject\":\"thing-%d\",\"text\":\"?\","
		                       "\"from_customer\":true,\"to\":"
		                       "{\"address\":\"c%d@customer.test\"}}",
		                       p->n, p->n)) == 201;
	case VERB_REPLY:
		return post(p,
		            str_z(a, str_printf(a, "/api/v1/tickets/%lld/messages",
		                                (long long)p->ticket)),
		            str_printf(a, "{\"kind\":\"agent\",\"text\":\"thing-%d\"}", p->n)) ==
		       201;
	case VERB_LETTER:
		break;
	default:
		return false;
	}
	const str to = STR("help@x.test");
	struct lmtp_letter letter = {
	    .raw = str_printf(a,
	                      "From: c%d@customer.test\r\nTo: help@x.test\r\nSubject: thing-%d\r\n"
	                      "Message-ID: <thing-%d@customer.test>\r\n\r\nWhere is it?\r\n",
	                      p->n, p->n, p->n),
	    .mail_from = STR("c@customer.test"),
	    .recipients = &to,
	    .nrecipients = 1,
	    .peer = STR("unix"),
	};
	enum err err = mail_intake_letter(&p->intake, &letter, &reply, &e);
	CHECK(err == ERR_OK || err == ERR_DB || err == ERR_IO || err == ERR_BUSY);
	return err == ERR_OK;
}

static int64_t count_of(struct place *p, enum verb verb)
{
	static const char *const sql[VERBS] = {
	    "SELECT count(*) FROM ticket WHERE subject = $1",
	    "SELECT count(*) FROM message WHERE kind = 'agent' AND text = $1",
	    "SELECT count(*) FROM intake i JOIN ticket t ON t.id = i.ticket_id "
	    "WHERE i.state = 'accepted' AND t.subject = $1",
	};
	str name = str_printf(p->s.arena, "thing-%d", p->n);
	return db_testing_int(p->s.app.db, sql[verb], DB_ARGS(db_text(name)));
}

/* One verb with the n-th operation failing. False: it did not come so far. */
static bool one_fault(struct place *p, enum verb verb, enum fault_kind kind, int n, bool stays)
{
	p->n++;
	fault_vfs_arm(kind, n, stays);
	bool acknowledged = do_verb(p, verb);
	bool hit = fault_vfs_disarm();
	int64_t there = count_of(p, verb);
	if (acknowledged && there != 1)
		test_fail(__FILE__, __LINE__, "%s %d: acknowledged and %lld times there",
		          fault_name(kind), n, (long long)there);
	p->refused += !acknowledged;
	/* Without help, and without doing it twice. */
	if (!acknowledged && !do_verb(p, verb))
		test_fail(__FILE__, __LINE__, "%s %d: it does not recover", fault_name(kind), n);
	CHECK_INT(count_of(p, verb), 1);
	return hit;
}

static void sweep(struct place *p, enum fault_kind kind, bool stays, int step)
{
	for (enum verb verb = 0; verb < VERBS; verb++) {
		int n = 1;
		for (; n < 2000; n += step) {
			if (!one_fault(p, verb, kind, n, stays))
				break;
			/* A cold cache, so that there is something to read. */
			if (kind == FAULT_READ)
				reopen(p);
		}
		CHECK(n < 2000);
		reopen(p);
	}
}

static void place_end(struct place *p)
{
	struct db_health h;
	struct answer a = ask(&p->s, NULL, "GET", "/readyz", NULL, NULL);
	CHECK_STATUS(&a, 200);
	db_health(p->s.app.db, &h);
	CHECK(!h.failing);
	CHECK(p->refused > 0);
	served_stop(&p->s);
	arena_free(p->arena);
}

#define FAULT_TEST(name, kind, step)                                                               \
	TEST(name)                                                                                 \
	{                                                                                          \
		struct place p;                                                                    \
		place_begin(&p);                                                                   \
		sweep(&p, kind, false, step);                                                      \
		sweep(&p, kind, true, step * 5);                                                   \
		place_end(&p);                                                                     \
	}

FAULT_TEST(write_errors_lose_and_double_nothing, FAULT_WRITE_ERROR, 1)
FAULT_TEST(a_full_disk_loses_and_doubles_nothing, FAULT_WRITE_FULL, 3)
FAULT_TEST(short_writes_lose_and_double_nothing, FAULT_WRITE_SHORT, 3)
FAULT_TEST(fsync_errors_lose_and_double_nothing, FAULT_SYNC, 1)
FAULT_TEST(read_errors_lose_and_double_nothing, FAULT_READ, 2)

/* What /readyz and a client hear while the disk is full, and after. */
TEST(a_full_disk_is_named_and_over_when_it_is_over)
{
	struct place p;
	place_begin(&p);
	fault_vfs_arm(FAULT_WRITE_FULL, 1, true);
	p.n++;
	CHECK(!do_verb(&p, VERB_TICKET));
	p.refused++;
	struct answer a = ask(&p.s, NULL, "GET", "/readyz", NULL, NULL);
	CHECK_STATUS(&a, 503);
	CHECK_STR(answer_str(&a, "reason"), "disk_full");
	CHECK(json_get_bool(a.json, "database", false) && !json_get_bool(a.json, "writer", true));
	a = ask(&p.s, &p.admin, "GET", "/api/v1/tickets?view=all", NULL, NULL);
	CHECK_STATUS(&a, 200); /* what is there can be read */
	a = ask(&p.s, &p.admin, "POST", "/api/v1/tickets",
	        "{\"subject\":\"x\",\"text\":\"?\",\"from_customer\":true,"
	        "\"to\":{\"address\":\"anna@customer.test\"}}",
	        NULL);
	CHECK_STATUS(&a, 503);
	CHECK_STR(answer_str(&a, "key"), "error.disk_full");
	struct db_health h;
	db_health(p.s.app.db, &h);
	CHECK(h.failing && h.failures >= 2);
	CHECK(fault_vfs_disarm());
	place_end(&p);
}

/* privacy_test.c: what is erased is nowhere: not in a row, a file of the
 * database, the index, a blob, nor in a backup of before that is restored.
 *
 * One word is planted wherever a customer's words go, and looked for afterwards.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "desk/privacy.h"
#include "desk/search.h"
#include "events/event.h"
#include "job/privacy.h"
#include "mail/mail_testing.h"
#include "store/check.h"
#include "store/dump.h"
#include "store/dump_tables.h"
#include "store/migrations_gen.h"

#define PLANT "zqxplant"
#define CUSTOMER PLANT "@customer.test"
#define CARD "4111 1111 1111 1111"

#define LETTER                                                                                     \
	"From: Zqxplant Name <" CUSTOMER ">\n"                                                     \
	"To: help@shop.test\n"                                                                     \
	"Subject: " PLANT " order\n"                                                               \
	"Message-ID: <" PLANT ".1@customer.test>\n"                                                \
	"MIME-Version: 1.0\n"                                                                      \
	"Content-Type: multipart/mixed; boundary=m\n"                                              \
	"\n"                                                                                       \
	"--m\n"                                                                                    \
	"Content-Type: multipart/alternative; boundary=a\n"                                        \
	"\n"                                                                                       \
	"--a\n"                                                                                    \
	"Content-Type: text/plain\n"                                                               \
	"\n"                                                                                       \
	"My name is " PLANT ", my card is " CARD ".\n"                                             \
	"\n"                                                                                       \
	"> quoted " PLANT "\n"                                                                     \
	"--a\n"                                                                                    \
	"Content-Type: text/html\n"                                                                \
	"\n"                                                                                       \
	"<p>My name is <b>" PLANT "</b>, my card is 4111&nbsp;1111 <i>1111</i> 1111</p>\n"         \
	"--a--\n"                                                                                  \
	"--m\n"                                                                                    \
	"Content-Type: text/plain; name=" PLANT ".txt\n"                                           \
	"Content-Disposition: attachment; filename=" PLANT ".txt\n"                                \
	"\n"                                                                                       \
	"The file of " PLANT "\n"                                                                  \
	"--m\n"                                                                                    \
	"Content-Type: text/plain; name=terms.txt\n"                                               \
	"Content-Disposition: attachment; filename=terms.txt\n"                                    \
	"\n"                                                                                       \
	"The same terms for everybody\n"                                                           \
	"--m--\n"

#define OTHER                                                                                      \
	"From: Olga <olga@customer.test>\n"                                                        \
	"To: help@shop.test\n"                                                                     \
	"Subject: Something else\n"                                                                \
	"Message-ID: <1@other.test>\n"                                                             \
	"MIME-Version: 1.0\n"                                                                      \
	"Content-Type: multipart/mixed; boundary=m\n"                                              \
	"\n"                                                                                       \
	"--m\n"                                                                                    \
	"Content-Type: text/plain\n"                                                               \
	"\n"                                                                                       \
	"Another matter altogether\n"                                                              \
	"--m\n"                                                                                    \
	"Content-Type: text/plain; name=terms.txt\n"                                               \
	"Content-Disposition: attachment; filename=terms.txt\n"                                    \
	"\n"                                                                                       \
	"The same terms for everybody\n"                                                           \
	"--m--\n"

/* ---- looking for the word ---- */

static int count_bytes(const char *path, str word)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), n = 0;
	struct stat st;
	if (fd < 0)
		return 0;
	CHECK(fstat(fd, &st) == 0);
	char *p = xmalloc((size_t)st.st_size + 1);
	CHECK(read(fd, p, (size_t)st.st_size) == st.st_size);
	close(fd);
	for (str rest = str_n(p, (size_t)st.st_size); rest.n;) {
		ptrdiff_t at = str_find_nocase(rest, word);
		if (at < 0)
			break;
		n++;
		rest = str_from(rest, (size_t)at + 1);
	}
	free(p);
	return n;
}

/* Files under a folder that hold the word; compressed ones count by `files`. */
static int count_folder(struct arena *a, str dir, str word, int *files)
{
	int n = 0;
	DIR *d = opendir(str_z(a, dir));
	if (!d)
		return 0;
	for (struct dirent *e; (e = readdir(d));) {
		str path = str_printf(a, "%.*s/%s", STR_FMT(dir), e->d_name);
		struct stat st;
		if (e->d_name[0] == '.' || stat(path.p, &st))
			continue;
		if (S_ISDIR(st.st_mode)) {
			n += count_folder(a, path, word, files);
		} else {
			n += count_bytes(path.p, word);
			++*files;
		}
	}
	closedir(d);
	return n;
}

static str database_file(struct arena *a, struct db *db)
{
	struct db_conn *c;
	struct db_rows r;
	struct error e;
	CHECK_OK(db_read_begin(db, &c, &e), &e);
	db_rows_open_text(&r, c, STR("SELECT file FROM pragma_database_list"), DB_NO_ARGS);
	CHECK(db_rows_next(&r));
	str path = db_dup_str(a, &r, 0);
	CHECK_OK(db_rows_close(&r, &e), &e);
	db_read_end(db, c);
	return path;
}

/* Where the word is found, in all: rows and files. */
static int count_all(struct arena *a, struct db *db, const struct blob_store *bs, str word)
{
	int n = 0, files = 0;
	if (db_engine_of(db) == DB_SQLITE) {
		str path = database_file(a, db);
		n += count_bytes(path.p, word);
		n += count_bytes(str_printf(a, "%.*s-wal", STR_FMT(path)).p, word);
		return n + count_folder(a, bs->dir, word, &files);
	}
	static const char *const more[] = {"message_search", "search_word", "blob"};
	for (size_t i = 0; i < DUMP_N_TABLES + COUNT_OF(more); i++) {
		const char *table =
		    i < DUMP_N_TABLES ? DUMP_TABLES[i].name : more[i - DUMP_N_TABLES];
		str sql = str_printf(a,
		                     "SELECT count(*) FROM %s t WHERE CAST(t AS text) ILIKE "
		                     "'%%' || $1 || '%%'",
		                     table);
		int found = (int)db_testing_int(db, sql.p, DB_ARGS(db_text(word)));
		if (found)
			fprintf(stderr, "# %s: %d\n", table, found);
		n += found;
	}
	return n;
}

static int64_t hits(struct post *p, struct db *db, str words)
{
	struct db_conn *c;
	struct search_page page;
	struct query q;
	const struct query_options o = {.max_items = 16};
	str expr;
	STEMMER_AUTO stemmer = stemmer_new(NULL);
	CHECK_OK(query_parse(p->a, stemmer, words, &o, &q, &p->e), &p->e);
	CHECK_OK(db_read_begin(db, &c, &p->e), &p->e);
	CHECK_OK(search_expression(p->a, c, &q, false, &expr, &p->e), &p->e);
	CHECK_OK(search_messages(p->a, c, actor_system(), expr, NULL, 0, 50, 1000, &page, &p->e),
	         &p->e);
	db_read_end(db, c);
	return (int64_t)page.n;
}

static void bad_row(void *arg, const char *what, int64_t id)
{
	(void)arg;
	test_fail(__FILE__, __LINE__, "%s: %lld", what, (long long)id);
}

static void bad_blob(void *arg, str hash, const char *why)
{
	(void)arg;
	test_fail(__FILE__, __LINE__, "%.*s: %s", STR_FMT(hash), why);
}

static void check_whole(struct post *p, struct db *db, const struct blob_store *bs)
{
	struct db_conn *c;
	int kinds;
	int64_t events, broken, blobs;
	CHECK_OK(db_read_begin(db, &c, &p->e), &p->e);
	CHECK_OK(check_rows(c, bad_row, NULL, &kinds, &p->e), &p->e);
	CHECK_OK(event_verify(c, &events, &broken, &p->e), &p->e);
	CHECK_INT(broken, 0);
	CHECK(events > 0);
	CHECK_OK(blob_verify(bs, c, bad_blob, NULL, &blobs, &p->e), &p->e);
	db_read_end(db, c);
}

/* ---- verbs ---- */

struct call {
	struct post *p;
	int64_t id, other;
	str text;
	const struct redact_input *redact;
	struct legal_hold hold;
	struct erasure run;
	enum err err;
};

static enum err do_erase(void *arg, struct db_conn *tx, struct error *e)
{
	struct call *c = arg;
	(void)e;
	c->err = desk_contact_erase(&c->p->desk, c->p->a, tx, &c->p->anna, c->id, c->text, &c->run,
	                            &c->p->e);
	return ERR_OK;
}

static enum err do_hold(void *arg, struct db_conn *tx, struct error *e)
{
	struct call *c = arg;
	return desk_hold_set(&c->p->desk, c->p->a, tx, &c->p->anna, c->id, c->other, c->text,
	                     &c->hold, e);
}

static enum err do_lift(void *arg, struct db_conn *tx, struct error *e)
{
	struct call *c = arg;
	struct legal_hold out;
	return desk_hold_lift(&c->p->desk, c->p->a, tx, &c->p->anna, c->hold.id, STR("over"), &out,
	                      e);
}

static enum err do_redact(void *arg, struct db_conn *tx, struct error *e)
{
	struct call *c = arg;
	(void)e;
	c->err =
	    desk_message_redact(&c->p->desk, c->p->a, tx, &c->p->anna, c->id, c->redact, &c->p->e);
	return ERR_OK;
}

static void run_jobs(struct post *p)
{
	struct job_kind kinds[JOB_PRIVACY_KINDS];
	const struct job_kind *list[JOB_PRIVACY_KINDS];
	job_privacy_kinds(kinds, &p->desk);
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		list[i] = &kinds[i];
	const struct job_runner_options o = {.db = p->db,
	                                     .clock = p->clock,
	                                     .owner = STR("test"),
	                                     .kinds = list,
	                                     .n_kinds = COUNT_OF(list)};
	CHECK_OK(job_run_due(&o, NULL, &p->e), &p->e);
	CHECK_INT(post_int(p, "SELECT count(*) FROM job WHERE error <> '' AND $1 = 0", 0), 0);
	CHECK_INT(post_int(p, "SELECT count(*) FROM erasure WHERE stage <> 'done' AND $1 = 0", 0),
	          0);
}

/* ---- the scene ---- */

struct scene {
	struct post *p;
	int64_t ticket, message, contact;
	const char *backup;
};

static void index_all(struct post *p)
{
	CHECK_OK(desk_search_catch_up(&p->desk, p->db, NULL, &p->e), &p->e);
}

static void set(struct post *p, const char *sql, int64_t id)
{
	db_testing_exec(p->db, sql, DB_ARGS(db_int(id)));
}

static void save(struct scene *s)
{
	struct db_conn *c;
	struct archive_writer *w;
	struct dump_counts counts;
	struct post *p = s->p;
	s->backup = str_printf(p->a, "%s/backup", test_tmp_dir()).p;
	CHECK_OK(db_read_begin(p->db, &c, &p->e), &p->e);
	CHECK_OK(archive_create(s->backup, &w, &p->e), &p->e);
	CHECK_OK(dump_save(c, &p->desk.blobs, w, clock_now(p->clock), STR_NONE, &counts, &p->e),
	         &p->e);
	CHECK_OK(archive_finish(w, &p->e), &p->e);
	db_read_end(p->db, c);
}

static void scene_begin(struct scene *s, enum db_engine engine)
{
	enum lmtp_reply replies[8];
	str to = STR("help@shop.test");
	struct post *p = s->p = post_new(engine);
	p->desk.tombstones = str_printf(p->a, "%s/" TOMBSTONE_FILE, test_tmp_dir());
	(void)post_inbox(p, "help@shop.test", false);
	post_letter(p, STR(LETTER), STR(CUSTOMER), &to, 1, replies);
	post_letter(p, STR(LETTER), STR(CUSTOMER), &to, 1, replies); /* the ledger knows it twice */
	post_letter(p, STR(OTHER), STR("olga@customer.test"), &to, 1, replies);
	s->ticket = post_int(p, "SELECT min(id) FROM ticket WHERE $1 = 0", 0);
	s->message = post_int(p, "SELECT min(id) FROM message WHERE ticket_id = $1", s->ticket);
	s->contact = post_int(p, "SELECT contact_id FROM ticket WHERE id = $1", s->ticket);
	CHECK(s->contact > 0);
	(void)post_answer(p, s->ticket, "Dear " PLANT ", the card " CARD " was charged");
	(void)post_side(p, s->ticket, "carrier@else.test", "Where is the parcel of " PLANT "?");
	p->refuse = STR(CUSTOMER);
	(void)post_run(p);
	clock_advance(p->clock, USEC_HOUR);
	(void)post_run(p);
	set(p,
	    "UPDATE contact SET note = '" PLANT " note', attributes = '{\"a\":\"" PLANT
	    "\"}' WHERE id = $1",
	    s->contact);
	set(p,
	    "INSERT INTO identity (contact_id, kind, value, value_norm, created_at) "
	    "VALUES ($1, 'app', '" PLANT "-app', '" PLANT "-app', 1)",
	    s->contact);
	set(p,
	    "INSERT INTO intake (received_at, channel, sender, recipient, from_address, subject, "
	    "size, digest, state, reason, raw_hash) SELECT 1, 'mail', 'ZQXplant@Customer.Test', "
	    "'help@shop.test', 'ZQXplant@Customer.Test', '" PLANT " waits', 1, 'd', "
	    "'quarantined', 'x', raw_hash FROM message WHERE id = $1",
	    s->message);
	set(p,
	    "INSERT INTO idempotency (account_id, key, request_hash, status, response, created_at) "
	    "VALUES (1, 'k', 'h', 200, '{\"name\":\"" PLANT "\"}', $1)",
	    clock_now(p->clock));
	index_all(p);
	CHECK(hits(p, p->db, STR(PLANT)) >= 2);
	CHECK_INT(hits(p, p->db, STR("altogether")), 1);
	CHECK(count_all(p->a, p->db, &p->desk.blobs, STR(PLANT)) > 10);
	save(s);
}

static struct call erase(struct scene *s)
{
	struct call c = {.p = s->p, .id = s->contact, .text = STR("Zqxplant Name")};
	CHECK_OK(db_write(s->p->db, do_erase, &c, &s->p->e), &s->p->e);
	return c;
}

static void check_nowhere(struct scene *s, struct db *db, const struct blob_store *bs)
{
	struct post *p = s->p;
	CHECK_INT(count_all(p->a, db, bs, STR(PLANT)), 0);
	CHECK_INT(count_all(p->a, db, bs, STR(CARD)), 0);
	CHECK_INT(hits(p, db, STR(PLANT)), 0);
	/* The thread stays whole, and so does what is somebody else's. */
	CHECK_INT(db_testing_int(db, "SELECT count(*) FROM message WHERE ticket_id = $1",
	                         DB_ARGS(db_int(s->ticket))),
	          3);
	CHECK_INT(
	    db_testing_int(db, "SELECT count(*) FROM message WHERE erased_at IS NULL", DB_NO_ARGS),
	    1);
	CHECK_INT(db_testing_int(db, "SELECT count(*) FROM attachment", DB_NO_ARGS), 1);
	CHECK_INT(db_testing_int(db,
	                         "SELECT count(*) FROM ticket WHERE erased_at IS NOT NULL AND "
	                         "status = 'closed' AND waiting_since IS NULL",
	                         DB_NO_ARGS),
	          1);
	/* It can still be looked at. */
	struct db_conn *c;
	struct ticket_full *full = ARENA_NEW(p->a, struct ticket_full);
	struct message_list *thread = ARENA_NEW(p->a, struct message_list);
	CHECK_OK(db_read_begin(db, &c, &p->e), &p->e);
	CHECK_OK(desk_ticket_full(&p->desk, p->a, c, &p->anna, s->ticket, full, &p->e), &p->e);
	CHECK(full->t.erased_at && !full->t.subject.n && !full->contact.n_identities);
	CHECK_OK(
	    desk_message_list(&p->desk, p->a, c, &p->anna, s->ticket, STR_NONE, 50, thread, &p->e),
	    &p->e);
	CHECK_INT(thread->n, 3);
	db_read_end(db, c);
	/* Olga's letter and the terms that came with both. */
	CHECK_INT(db_testing_int(db, "SELECT count(*) FROM blob", DB_NO_ARGS), 2);
	if (bs->engine == DB_SQLITE) {
		int files = 0;
		(void)count_folder(p->a, bs->dir, STR(PLANT), &files);
		CHECK_INT(files, 2);
	}
	check_whole(p, db, bs);
}

static void restore(struct scene *s, enum db_engine engine, struct db **out, struct blob_store *bs)
{
	struct post *p = s->p;
	struct dump_counts counts;
	str key;
	*out = db_testing_open(engine, MIGRATIONS, N_MIGRATIONS);
	*bs = (struct blob_store){.engine = engine,
	                          .dir = str_printf(p->a, "%s/blobs", test_tmp_dir())};
	CHECK_OK(dump_load(p->a, *out, bs, s->backup, clock_now(p->clock), &key, &counts, &p->e),
	         &p->e);
}

static int64_t apply_tombstones(struct scene *s, struct db *db, const struct blob_store *bs)
{
	struct post *p = s->p;
	struct tombstone *list;
	size_t n;
	int64_t applied;
	struct desk d = p->desk;
	d.blobs = *bs;
	CHECK_OK(tombstone_file_read(p->a, p->desk.tombstones.p, &list, &n, &p->e), &p->e);
	CHECK(n > 0);
	d.tombstones = str_printf(p->a, "%s/" TOMBSTONE_FILE, test_tmp_dir());
	CHECK_OK(desk_tombstones_apply(&d, db, list, n, &applied, &p->e), &p->e);
	CHECK_OK(desk_privacy_settle(&d, db, &p->e), &p->e);
	return applied;
}

/* ---- the tests ---- */

DB_TEST(an_erased_contact_is_nowhere)
{
	struct scene s;
	struct db *copy;
	struct blob_store bs;
	scene_begin(&s, engine);
	struct post *p = s.p;

	/* A legal hold stops it and says who and why. */
	struct call c = {.p = p, .other = s.ticket, .text = STR("court case 77")};
	post_write(p, do_hold, &c);
	struct call no = erase(&s);
	CHECK_INT(no.err, ERR_CONFLICT);
	CHECK_STR(str_of(p->e.key), "error.legal_hold");
	CHECK(str_starts(str_of(p->e.arg), STR("Anna Agent, 2026-03-02")));
	CHECK(str_ends(str_of(p->e.arg), STR(": court case 77")));
	post_write(p, do_lift, &c);

	/* Not by mistake. */
	struct call wrong = {.p = p, .id = s.contact, .text = STR("Olga")};
	CHECK_OK(db_write(p->db, do_erase, &wrong, &p->e), &p->e);
	CHECK_INT(wrong.err, ERR_INVALID);
	CHECK_STR(str_of(p->e.field), "confirm");

	c = erase(&s);
	CHECK_OK(c.err, &p->e);
	struct call twice = erase(&s);
	CHECK_INT(twice.err, ERR_CONFLICT);
	CHECK_STR(str_of(p->e.key), "error.erasure_running");
	run_jobs(p);
	check_nowhere(&s, p->db, &p->desk.blobs);
	CHECK_INT(count_bytes(p->desk.tombstones.p, STR(PLANT)), 0);
	CHECK_INT(post_int(p, "SELECT done FROM erasure WHERE id = $1", c.run.id), 3);
	twice = erase(&s);
	CHECK_INT(twice.err, ERR_CONFLICT);
	CHECK_STR(str_of(p->e.key), "error.erased_already");
	CHECK_INT(hits(p, p->db, STR("altogether")), 1);

	/* The same letter once more is the one that was taken. */
	int64_t contacts =
	    post_int(p, "SELECT count(*) FROM contact WHERE erased_at IS NULL AND $1 = 0", 0);
	enum lmtp_reply replies[8];
	str to = STR("help@shop.test");
	post_letter(p, STR(LETTER), STR(CUSTOMER), &to, 1, replies);
	CHECK_INT(post_int(p, "SELECT count(*) FROM message WHERE ticket_id = $1", s.ticket), 3);
	CHECK_INT(post_int(p, "SELECT count(*) FROM contact WHERE erased_at IS NULL AND $1 = 0", 0),
	          contacts);

	/* A backup of before brings it back, and the tombstones take it away. */
	restore(&s, engine, &copy, &bs);
	CHECK(count_all(p->a, copy, &bs, STR(PLANT)) > 5);
	CHECK(apply_tombstones(&s, copy, &bs) > 0);
	check_nowhere(&s, copy, &bs);
	CHECK_INT(apply_tombstones(&s, copy, &bs), 0);
	db_testing_close(copy);
	post_free(p);
}

DB_TEST(a_number_that_is_blocked_out_is_nowhere)
{
	static const char *const pieces[] = {"4111&nbsp;", "1111 <", "1111</i>", "</i> 1111",
	                                     "1111 1111"};
	struct scene s;
	struct db *copy;
	struct blob_store bs;
	scene_begin(&s, engine);
	struct post *p = s.p;
	const char *text = "My name is " PLANT ", my card is ";
	const struct redact_span span = {REDACT_TEXT, (int64_t)strlen(text), strlen(CARD)};
	const struct redact_input in = {.spans = &span, .n_spans = 1};
	struct call c = {.p = p, .id = s.message, .redact = &in};

	struct call hold = {.p = p, .id = s.contact, .text = STR("court case 77")};
	post_write(p, do_hold, &hold);
	CHECK_OK(db_write(p->db, do_redact, &c, &p->e), &p->e);
	CHECK_INT(c.err, ERR_CONFLICT);
	CHECK_STR(str_of(p->e.key), "error.legal_hold");
	post_write(p, do_lift, &hold);

	CHECK_OK(db_write(p->db, do_redact, &c, &p->e), &p->e);
	CHECK_OK(c.err, &p->e);
	run_jobs(p);
	for (int copied = 0; copied < 2; copied++) {
		struct db *db = copied ? copy : p->db;
		const struct blob_store *store = copied ? &bs : &p->desk.blobs;
		CHECK_INT(count_all(p->a, db, store, STR(CARD)), 0);
		/* Its pieces as the markup parts them; four digits alone may stand in a digest. */
		for (size_t i = 0; i < COUNT_OF(pieces); i++)
			CHECK_INT(count_all(p->a, db, store, str_of(pieces[i])), 0);
		CHECK_INT(hits(p, db, STR("1111")), 0);
		/* Of the ticket's three messages two held it; their raw letters are gone. */
		CHECK_INT(db_testing_int(db,
		                         "SELECT count(*) FROM message WHERE redacted_at IS NOT "
		                         "NULL AND raw_hash IS NULL AND text LIKE '%█%'",
		                         DB_NO_ARGS),
		          2);
		CHECK_INT(db_testing_int(db,
		                         "SELECT count(*) FROM message WHERE html LIKE "
		                         "'%my card is ███%' AND html LIKE '%<i>████</i>%'",
		                         DB_NO_ARGS),
		          1);
		check_whole(p, db, store);
		if (!copied) {
			CHECK_INT(hits(p, db, STR(PLANT)), 3);
			restore(&s, engine, &copy, &bs);
			CHECK(db_testing_int(copy,
			                     "SELECT count(*) FROM message WHERE text LIKE "
			                     "'%4111%'",
			                     DB_NO_ARGS) == 2);
			CHECK_INT(apply_tombstones(&s, copy, &bs), 1);
		}
	}
	db_testing_close(copy);
	post_free(p);
}

/* mailbox_visit_test.c: a mailbox of a scripted server, over a socket pair.
 *
 * The server is a list of answers: for each command it gets, the lines that
 * stand for it, with the command's tag in place of "%". */
#include "mail/mailbox_visit.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mail/mail_testing.h"
#include "store/system.h"

struct turn {
	const char *want; /* how the command begins, behind its tag */
	const char *say;  /* "%": the tag; NULL: the connection ends */
};

struct script {
	const struct turn *turns;
	int fd;
	pthread_t thread;
	char wrong[256];
};

static void say(int fd, const char *text, str tag)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	for (const char *p = text; *p; p++)
		if (*p == '%')
			buf_add(&b, tag);
		else
			buf_addc(&b, *p);
	for (size_t at = 0; at < b.n;) { /* in pieces, so that nothing comes whole */
		size_t n = b.n - at < 7 ? b.n - at : 7;
		if (send(fd, b.p + at, n, MSG_NOSIGNAL) < 0)
			return;
		at += n;
	}
}

static void *script_main(void *arg)
{
	struct script *s = arg;
	char line[1024], tag[32] = "";
	size_t n = 0;
	say(s->fd, "* OK [CAPABILITY IMAP4rev1 UIDPLUS] ready\r\n", STR(""));
	for (const struct turn *t = s->turns; t->want;) {
		ssize_t got = recv(s->fd, line + n, 1, 0);
		if (got <= 0)
			break;
		if (line[n++] != '\n' && n < sizeof line - 1)
			continue;
		line[n] = 0;
		const char *space = strchr(line, ' ');
		if (space)
			snprintf(tag, sizeof tag, "%.*s", (int)(space - line), line);
		if (!space || strncmp(space + 1, t->want, strlen(t->want)) != 0) {
			snprintf(s->wrong, sizeof s->wrong, "wanted %s, got %.200s", t->want, line);
			break;
		}
		n = 0;
		if (!t->say)
			break;
		say(s->fd, t->say, str_of(tag));
		t++;
	}
	close(s->fd);
	return NULL;
}

struct world {
	struct post *p;
	struct mailbox m;
	struct mailbox_options o;
	struct mailbox_memory memory;
	struct mailbox_visit v;
	struct script s;
};

static enum err insert_run(void *arg, struct db_conn *tx, struct error *e)
{
	struct world *w = arg;
	bool held;
	enum err err = mailbox_insert(tx, &w->m, 1, &w->m.id, e);
	if (!err)
		err = mailbox_claim(tx, &w->m, STR("me"), clock_now(w->p->clock),
		                    clock_now(w->p->clock) + USEC_HOUR, &held, e);
	return err;
}

static void open_world(struct world *w, enum db_engine engine)
{
	memset(w, 0, sizeof *w);
	w->p = post_new(engine);
	w->m = (struct mailbox){.inbox_id = post_inbox(w->p, "help@shop.test", true),
	                        .host = STR("mail.test"),
	                        .tls = STR("tls"),
	                        .username = STR("u"),
	                        .auth = STR("password"),
	                        .secret_box = STR(""),
	                        .folder = STR("INBOX"),
	                        .take_old = true,
	                        .active = true,
	                        .state = STR("new"),
	                        .version = 1};
	w->o = (struct mailbox_options){
	    .intake = &w->p->in, .letter_bytes = 200000, .lease = USEC_HOUR};
	post_write(w->p, insert_run, w);
}

/* Connects and takes what there is; the error that ended it. */
static enum err visit(struct world *w, const struct turn *turns)
{
	int ends[2];
	struct error e = {0};
	struct imap_server s = {.host = STR("mail.test"),
	                        .tls = IMAP_TLS_NONE,
	                        .user = STR("u"),
	                        .password = STR("p"),
	                        .timeout_seconds = 20};
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	w->s = (struct script){.turns = turns, .fd = ends[1]};
	CHECK(pthread_create(&w->s.thread, NULL, script_main, &w->s) == 0);
	w->v = (struct mailbox_visit){
	    .o = &w->o, .m = &w->m, .owner = STR("me"), .memory = &w->memory, .may_remove = true};
	enum err err = imap_adopt(&s, ends[0], &w->v.c, &e);
	if (!err)
		err = mailbox_visit_begin(&w->v, &e);
	if (!err)
		err = mailbox_visit_take(&w->v, &e);
	mailbox_visit_end(&w->v);
	imap_close(w->v.c);
	pthread_join(w->s.thread, NULL);
	CHECK_STR(str_of(w->s.wrong), "");
	return err;
}

static int64_t count(struct world *w, const char *sql)
{
	return post_int(w->p, sql, w->m.id);
}

#define LOGIN                                                                                      \
	{                                                                                          \
		"LOGIN \"u\" \"p\"", "% OK [CAPABILITY IMAP4rev1 UIDPLUS] in\r\n"                  \
	}
#define EXAMINE(v)                                                                                 \
	{                                                                                          \
		"EXAMINE \"INBOX\"", "* 2 EXISTS\r\n* OK [UIDVALIDITY " v                          \
		                     "] ok\r\n* OK [UIDNEXT 9] ok\r\n% OK done\r\n"                \
	}
#define SEARCH(after, found)                                                                       \
	{                                                                                          \
		"UID SEARCH UID " after ":*", "* SEARCH" found "\r\n% OK done\r\n"                 \
	}
#define LETTER "From: a@b.test\r\nSubject: S\r\nMessage-ID: <1@b.test>\r\n\r\nText\r\n"
#define OTHER "From: c@b.test\r\nSubject: T\r\nMessage-ID: <2@b.test>\r\n\r\nText\r\n"
#define FETCHED(uid, letter)                                                                       \
	{                                                                                          \
		"UID FETCH " uid " (UID RFC822.SIZE INTERNALDATE BODY.PEEK[]<0.200000>)",          \
		    "* 1 FETCH (UID " uid " RFC822.SIZE 60 INTERNALDATE "                          \
		    "\"28-Feb-2026 10:00:00 +0000\" BODY[]<0> {60}\r\n" letter                     \
		    ")\r\n% OK done\r\n"                                                           \
	}
#define END                                                                                        \
	{                                                                                          \
		NULL, NULL                                                                         \
	}

_Static_assert(sizeof LETTER == 61 && sizeof OTHER == 61, "the scripts say 60");

DB_TEST(letters_are_taken_once_and_the_cursor_stays)
{
	struct world w;
	open_world(&w, engine);
	/* "7:*" gives the last letter even where it is known. */
	const struct turn first[] = {
	    LOGIN, EXAMINE("5"), SEARCH("1", " 6 7"), FETCHED("6", LETTER), FETCHED("7", OTHER),
	    END};
	CHECK_OK(visit(&w, first), NULL);
	CHECK_INT(count(&w, "SELECT last_uid FROM mailbox WHERE id = $1"), 7);
	const struct turn second[] = {LOGIN, EXAMINE("5"), SEARCH("8", " 7"), END};
	CHECK_OK(visit(&w, second), NULL);
	CHECK_INT(count(&w, "SELECT count(*) FROM intake WHERE state = 'accepted' AND $1 > 0"), 2);
	/* they lay there for a day: nobody is told now that they have come */
	CHECK_INT(count(&w, "SELECT count(*) FROM delivery WHERE $1 > 0"), 0);
	post_free(w.p);
}

DB_TEST(a_new_uidvalidity_doubles_nothing)
{
	struct world w;
	open_world(&w, engine);
	const struct turn first[] = {LOGIN, EXAMINE("5"), SEARCH("1", " 6"), FETCHED("6", LETTER),
	                             END};
	CHECK_OK(visit(&w, first), NULL);
	const struct turn second[] = {
	    LOGIN, EXAMINE("6"), SEARCH("1", " 1 2"), FETCHED("1", LETTER), FETCHED("2", OTHER),
	    END};
	CHECK_OK(visit(&w, second), NULL);
	CHECK_INT(count(&w, "SELECT count(*) FROM ticket WHERE $1 > 0"), 2);
	CHECK_INT(count(&w, "SELECT count(*) FROM intake WHERE state = 'duplicate' AND $1 > 0"), 1);
	CHECK_INT(count(&w, "SELECT uidvalidity FROM mailbox WHERE id = $1"), 6);
	CHECK_INT(count(&w, "SELECT last_uid FROM mailbox WHERE id = $1"), 2);
	post_free(w.p);
}

DB_TEST(a_cut_letter_is_asked_for_again)
{
	struct world w;
	open_world(&w, engine);
	const struct turn cut[] = {
	    LOGIN, EXAMINE("5"), SEARCH("1", " 6"), {"UID FETCH 6", NULL}, END};
	const struct turn torn[] = {
	    LOGIN,
	    EXAMINE("5"),
	    SEARCH("1", " 6"),
	    {"UID FETCH 6", "* 1 FETCH (UID 6 RFC822.SIZE 60 BODY[]<0> {60}\r\nFrom: a@b"},
	    {"never", ""},
	    END};
	CHECK_INT(visit(&w, cut), ERR_IO);
	/* the script ends behind the torn answer */
	struct turn short_one[5];
	memcpy(short_one, torn, sizeof short_one);
	short_one[4] = (struct turn)END;
	CHECK_INT(visit(&w, short_one), ERR_IO);
	CHECK_INT(count(&w, "SELECT count(*) FROM intake WHERE $1 > 0"), 0);
	const struct turn good[] = {LOGIN, EXAMINE("5"), SEARCH("1", " 6"), FETCHED("6", LETTER),
	                            END};
	CHECK_OK(visit(&w, good), NULL);
	CHECK_INT(count(&w, "SELECT count(*) FROM intake WHERE state = 'accepted' AND $1 > 0"), 1);
	post_free(w.p);
}

DB_TEST(a_letter_that_is_refused_does_not_block_the_next)
{
	struct world w;
	open_world(&w, engine);
	const struct turn no[] = {LOGIN,
	                          EXAMINE("5"),
	                          SEARCH("1", " 6 7"),
	                          {"UID FETCH 6", "% NO it is broken\r\n"},
	                          END};
	/* whole, three times; its beginning; its header */
	for (int i = 0; i < 4; i++)
		CHECK_INT(visit(&w, no), ERR_IO);
	const struct turn last[] = {LOGIN,
	                            EXAMINE("5"),
	                            SEARCH("1", " 6 7"),
	                            {"UID FETCH 6 (UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER]",
	                             "% NO it is broken\r\n"},
	                            FETCHED("7", OTHER),
	                            END};
	CHECK_OK(visit(&w, last), NULL);
	CHECK_INT(count(&w, "SELECT count(*) FROM intake WHERE state = 'quarantined' AND "
	                    "reason = 'intake.not_given' AND $1 > 0"),
	          1);
	CHECK_INT(count(&w, "SELECT count(*) FROM ticket WHERE $1 > 0"), 1);
	post_free(w.p);
}

DB_TEST(a_lost_lease_takes_the_letter_back)
{
	struct world w;
	open_world(&w, engine);
	db_testing_exec(w.p->db, "UPDATE mailbox SET lease_owner = 'another'", DB_NO_ARGS);
	w.m.uidvalidity = 5; /* as it was read before */
	const struct turn turns[] = {LOGIN, EXAMINE("5"), SEARCH("1", " 6"), FETCHED("6", LETTER),
	                             END};
	CHECK_INT(visit(&w, turns), ERR_BUSY);
	CHECK(w.v.lease_lost);
	CHECK_INT(count(&w, "SELECT count(*) FROM intake WHERE $1 > 0"), 0);
	post_free(w.p);
}

DB_TEST(letters_are_deleted_only_if_told_and_whole)
{
	struct world w;
	open_world(&w, engine);
	w.m.remove = true;
	const struct turn turns[] = {
	    LOGIN,
	    {"SELECT \"INBOX\"", "* OK [UIDVALIDITY 5] ok\r\n% OK done\r\n"},
	    SEARCH("1", " 6 7 8"),
	    FETCHED("6", LETTER),
	    {"UID STORE 6 +FLAGS.SILENT (\\Deleted)", "% OK done\r\n"},
	    {"UID EXPUNGE 6", "* 1 EXPUNGE\r\n% OK done\r\n"},
	    {"UID FETCH 7",
	     "* 1 FETCH (UID 7 RFC822.SIZE 999999 BODY[]<0> {60}\r\n" OTHER ")\r\n% OK done\r\n"},
	    {"UID STORE 7", "% OK done\r\n"},
	    {"UID EXPUNGE 7", "% OK done\r\n"},
	    {"UID FETCH 8", "% OK gone\r\n"},
	    END};
	CHECK_OK(visit(&w, turns), NULL);
	CHECK_INT(count(&w, "SELECT last_uid FROM mailbox WHERE id = $1"), 8);
	CHECK_INT(count(&w, "SELECT count(*) FROM intake WHERE $1 > 0"), 2);
	post_free(w.p);
}

/* The answer to a FETCH of some bytes of a letter. */
static const char *fetched(struct arena *a, size_t size, size_t from, str bytes)
{
	str rest = str_from(bytes, from < bytes.n ? from : bytes.n);
	str part = from ? rest : str_sub(rest, 0, 4000);
	return str_printf(a,
	                  "* 1 FETCH (UID 6 RFC822.SIZE %zu BODY[]<%zu> {%zu}\r\n%.*s)\r\n"
	                  "%% OK done\r\n",
	                  size, from, part.n, STR_FMT(part))
	    .p;
}

static str with_a_file(struct arena *a, size_t lines)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, "From: a@b.test\r\nSubject: Huge\r\nMessage-ID: <3@b.test>\r\n"
	             "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nbefore\r\n"
	             "--x\r\nContent-Type: video/mp4; name=film.mp4\r\n\r\n");
	for (size_t i = 0; i < lines; i++)
		buf_addz(&b, "0123456789012345678901234567890123456789012345678\r\n");
	buf_addz(&b, "--x\r\nContent-Type: image/png; name=small.png\r\n\r\npng\r\n"
	             "--x\r\nContent-Type: text/plain\r\n\r\nbehind it\r\n--x--\r\n");
	return str_dup(a, buf_str(&b));
}

DB_TEST(a_huge_letter_is_taken_without_its_large_file)
{
	struct world w;
	open_world(&w, engine);
	ARENA_AUTO a = arena_new();
	w.o.letter_bytes = 4000;
	w.m.remove = true;
	str raw = with_a_file(a, 300);
	const struct turn turns[] = {
	    LOGIN,
	    {"SELECT \"INBOX\"", "* OK [UIDVALIDITY 5] ok\r\n% OK done\r\n"},
	    SEARCH("1", " 6"),
	    {"UID FETCH 6 (UID RFC822.SIZE INTERNALDATE BODY.PEEK[]<0.4000>)",
	     fetched(a, raw.n, 0, raw)},
	    {"UID FETCH 6 (UID BODY.PEEK[]<4000.2000000000>)", fetched(a, raw.n, 4000, raw)},
	    /* and it is not deleted */
	    END};
	CHECK_OK(visit(&w, turns), NULL);
	CHECK_INT(count(&w, "SELECT size FROM intake WHERE state = 'accepted' AND "
	                    "reason = 'intake.files_held' AND $1 > 0"),
	          (int64_t)raw.n);
	CHECK_INT(count(&w, "SELECT count(*) FROM message WHERE warning = 'files_held' AND "
	                    "text LIKE '%before%behind it%' AND $1 > 0"),
	          1);
	CHECK_INT(count(&w, "SELECT size FROM attachment WHERE name = 'film.mp4' AND $1 > 0"),
	          300 * 51 - 2);
	CHECK_INT(count(&w, "SELECT b.size FROM attachment x JOIN blob b ON b.hash = x.hash "
	                    "WHERE x.name = 'film.mp4' AND $1 > 0"),
	          0);
	CHECK_INT(count(&w, "SELECT size FROM attachment WHERE name = 'small.png' AND $1 > 0"), 3);
	post_free(w.p);
}

DB_TEST(a_letter_of_just_the_limit_is_whole)
{
	struct world w;
	open_world(&w, engine);
	ARENA_AUTO a = arena_new();
	str raw = str_concat(a, with_a_file(a, 70), STR(""));
	CHECK(raw.n < 4000);
	char *exact = str_z(a, str_printf(a, "%.*s%4000s", STR_FMT(raw), ""));
	raw = str_n(exact, 4000);
	w.o.letter_bytes = 4000;
	const struct turn turns[] = {
	    LOGIN,
	    EXAMINE("5"),
	    SEARCH("1", " 6"),
	    {"UID FETCH 6", fetched(a, 0, 0, raw)},
	    {"UID FETCH 6 (UID BODY.PEEK[]<4000.", fetched(a, 0, 4000, raw)},
	    END};
	CHECK_OK(visit(&w, turns), NULL);
	CHECK_INT(count(&w, "SELECT size FROM intake WHERE reason = '' AND $1 > 0"), 4000);
	CHECK_INT(count(&w, "SELECT count(*) FROM attachment WHERE size = 0 AND $1 > 0"), 0);
	post_free(w.p);
}

DB_TEST(a_huge_letter_that_does_not_come_through_is_taken_with_its_beginning)
{
	struct world w;
	open_world(&w, engine);
	ARENA_AUTO a = arena_new();
	w.o.letter_bytes = 100000;
	str raw = with_a_file(a, 3000);
	str head = str_sub(raw, 0, 100000);
	const struct turn cut[] = {
	    LOGIN,
	    EXAMINE("5"),
	    SEARCH("1", " 6"),
	    {"UID FETCH 6 (UID RFC822.SIZE INTERNALDATE BODY.PEEK[]<0.100000>)",
	     str_printf(a, "* 1 FETCH (UID 6 BODY[]<0> {%zu}\r\n%.*s)\r\n%% OK done\r\n", head.n,
	                STR_FMT(head))
	         .p},
	    {"UID FETCH 6 (UID BODY.PEEK[]", NULL},
	    END};
	for (int i = 0; i < 6; i++)
		CHECK_INT(visit(&w, cut), ERR_IO);
	head = str_sub(raw, 0, 65536);
	const struct turn last[] = {
	    LOGIN,
	    EXAMINE("5"),
	    SEARCH("1", " 6"),
	    {"UID FETCH 6 (UID RFC822.SIZE INTERNALDATE BODY.PEEK[]<0.65536>)",
	     str_printf(a,
	                "* 1 FETCH (UID 6 RFC822.SIZE %zu BODY[]<0> {%zu}\r\n%.*s)\r\n%% OK "
	                "done\r\n",
	                raw.n, head.n, STR_FMT(head))
	         .p},
	    END};
	CHECK_OK(visit(&w, last), NULL);
	CHECK_INT(count(&w, "SELECT count(*) FROM message WHERE warning = 'letter_cut' AND "
	                    "text LIKE '%before%' AND $1 > 0"),
	          1);
	CHECK_INT(count(&w, "SELECT count(*) FROM attachment WHERE $1 > 0"), 0);
	post_free(w.p);
}

DB_TEST(a_huge_letter_that_vanishes_meanwhile_is_taken_with_its_beginning)
{
	static const char *const ends[] = {"* 6 EXPUNGE\r\n% OK done\r\n",
	                                   "% NO [EXPUNGEISSUED] gone\r\n"};
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		struct world w;
		open_world(&w, engine);
		ARENA_AUTO a = arena_new();
		w.o.letter_bytes = 4000;
		w.m.remove = true;
		str raw = with_a_file(a, 300);
		const struct turn turns[] = {
		    LOGIN,
		    {"SELECT \"INBOX\"", "* OK [UIDVALIDITY 5] ok\r\n% OK done\r\n"},
		    SEARCH("1", " 6"),
		    {"UID FETCH 6 (UID RFC822.SIZE", fetched(a, raw.n, 0, raw)},
		    {"UID FETCH 6 (UID BODY.PEEK[]<4000.", ends[i]},
		    /* and there is nothing to delete */
		    END};
		CHECK_OK(visit(&w, turns), NULL);
		CHECK_INT(count(&w, "SELECT size FROM intake WHERE state = 'accepted' AND "
		                    "reason = 'intake.cut' AND $1 > 0"),
		          (int64_t)raw.n);
		CHECK_INT(count(&w, "SELECT count(*) FROM message WHERE warning = 'letter_cut' AND "
		                    "text LIKE '%before%' AND $1 > 0"),
		          1);
		/* the torn film is no file */
		CHECK_INT(count(&w, "SELECT count(*) FROM attachment WHERE $1 > 0"), 0);
		post_free(w.p);
	}
}

DB_TEST(of_a_header_the_size_is_the_letters)
{
	struct world w;
	open_world(&w, engine);
	const struct turn no[] = {
	    LOGIN, EXAMINE("5"), SEARCH("1", " 6"), {"UID FETCH 6", "% NO broken\r\n"}, END};
	for (int i = 0; i < 4; i++)
		CHECK_INT(visit(&w, no), ERR_IO);
	const struct turn header[] = {
	    LOGIN,
	    EXAMINE("5"),
	    SEARCH("1", " 6"),
	    {"UID FETCH 6 (UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER]<0.65536>)",
	     "* 1 FETCH (UID 6 RFC822.SIZE 30000000 BODY[HEADER]<0> {33}\r\n"
	     "From: a@b.test\r\nSubject: Huge\r\n\r\n)\r\n% OK done\r\n"},
	    END};
	CHECK_OK(visit(&w, header), NULL);
	CHECK_INT(count(&w, "SELECT size FROM intake WHERE state = 'quarantined' AND "
	                    "reason = 'intake.not_given' AND subject = 'Huge' AND $1 > 0"),
	          30000000);
	post_free(w.p);
}

/* Of what is not wanted, or gone, the rest is not asked for. */
DB_TEST(huge_old_letters_are_not_fetched_whole)
{
	struct world w;
	open_world(&w, engine);
	w.o.letter_bytes = 60;
	w.m.take_old = false;
	w.m.created_at = clock_now(w.p->clock) + USEC_DAY * 3650;
	const struct turn turns[] = {
	    LOGIN,
	    {"EXAMINE \"INBOX\"", "* OK [UIDVALIDITY 5] ok\r\n% OK done\r\n"},
	    SEARCH("1", " 6 7"),
	    {"UID FETCH 6 (UID RFC822.SIZE INTERNALDATE BODY.PEEK[]<0.60>)",
	     "* 1 FETCH (UID 6 RFC822.SIZE 99999 INTERNALDATE \"28-Feb-2026 10:00:00 +0000\" "
	     "BODY[]<0> {60}\r\n" LETTER ")\r\n% OK done\r\n"},
	    {"UID FETCH 7 (UID RFC822.SIZE", "% NO [EXPUNGEISSUED] gone\r\n"},
	    END};
	CHECK_OK(visit(&w, turns), NULL);
	CHECK_INT(count(&w, "SELECT last_uid FROM mailbox WHERE id = $1"), 7);
	CHECK_INT(count(&w, "SELECT count(*) FROM intake WHERE $1 > 0"), 0);
	post_free(w.p);
}

static enum err greet(const struct imap_server *s, const char *greeting)
{
	int ends[2];
	struct imap_client *c;
	struct error e = {0};
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	say(ends[1], greeting, STR(""));
	shutdown(ends[1], SHUT_WR);
	enum err err = imap_adopt(s, ends[0], &c, &e);
	close(ends[1]);
	return err;
}

TEST(strange_greetings_end_the_conversation)
{
	struct imap_server s = {.host = STR("mail.test"),
	                        .tls = IMAP_TLS_STARTTLS,
	                        .user = STR("u"),
	                        .password = STR("p"),
	                        .timeout_seconds = 5};
	CHECK_INT(greet(&s, "* PREAUTH you are somebody\r\n"), ERR_IO);
	/* what is said before TLS counts for nothing, and words behind STARTTLS are somebody's */
	CHECK_INT(greet(&s, "* OK hi\r\na1 OK go\r\n* CAPABILITY IMAP4rev1\r\n"), ERR_IO);
	CHECK_INT(greet(&s, "* OK hi\r\na1 NO not today\r\n"), ERR_IO);
	s.tls = IMAP_TLS_NONE;
	CHECK_INT(greet(&s, "* BYE go away\r\n"), ERR_IO);
	CHECK_INT(greet(&s, "220 smtp here\r\n"), ERR_IO);
	CHECK_INT(greet(&s, ""), ERR_IO);
	CHECK_INT(greet(&s, "* OK [CAPABILITY LOGINDISABLED] hi\r\n"), ERR_AUTH);
	CHECK_INT(greet(&s, "* OK [CAPABILITY X] hi\r\na1 NO wrong password\r\n"), ERR_AUTH);
	CHECK_INT(greet(&s, "* OK [CAPABILITY X] hi\r\na1 NO [UNAVAILABLE] later\r\n"), ERR_IO);
}

TEST(an_inside_server_is_not_connected_to)
{
	struct imap_server s = {.host = STR("127.0.0.1"), .port = 1, .user = STR("u")};
	struct imap_client *c;
	struct error e = {0};
	CHECK_INT(imap_connect(&s, &c, &e), ERR_IO);
	CHECK_STR(str_of(e.key), "error.imap_guard");
	e = (struct error){0};
	s.host = STR("0x7f.1");
	CHECK_INT(imap_connect(&s, &c, &e), ERR_IO);
	CHECK_STR(str_of(e.key), "error.imap_guard");
}

static enum err no_send_run(void *arg, struct db_conn *tx, struct error *e)
{
	return system_set(tx, SYSTEM_NO_SEND, str_of(arg), e);
}

DB_TEST(a_restored_copy_reads_no_mailbox_and_a_stop_by_hand_reads_on)
{
	static char restored[] = NO_SEND_RESTORED, paused[] = "paused";
	struct world w;
	struct db_conn *c;
	struct error e = {0};
	bool may_remove;
	open_world(&w, engine);
	CHECK_OK(db_read_begin(w.p->db, &c, &e), &e);
	CHECK_OK(mailbox_visit_allowed(w.p->a, c, &may_remove, &e), &e);
	CHECK(may_remove);
	db_read_end(w.p->db, c);
	CHECK_OK(db_write(w.p->db, no_send_run, paused, &e), &e);
	CHECK_OK(db_read_begin(w.p->db, &c, &e), &e);
	CHECK_OK(mailbox_visit_allowed(w.p->a, c, &may_remove, &e), &e);
	CHECK(!may_remove);
	db_read_end(w.p->db, c);
	CHECK_OK(db_write(w.p->db, no_send_run, restored, &e), &e);
	CHECK_OK(db_read_begin(w.p->db, &c, &e), &e);
	CHECK_INT(mailbox_visit_allowed(w.p->a, c, &may_remove, &e), ERR_CONFLICT);
	CHECK_STR(str_of(e.key), MAILBOX_RESTORED);
	CHECK(!may_remove);
	db_read_end(w.p->db, c);
	post_free(w.p);
}

DB_TEST(a_password_of_another_key_must_be_typed_again)
{
	struct world w;
	struct secret_key key = {{1}};
	struct error e = {0};
	struct imap_client *imap;
	open_world(&w, engine);
	w.p->desk.key = &key;
	w.m.secret_box = STR("b1.AAAA");
	CHECK_INT(mailbox_connect(&w.o, w.p->a, &w.m, -1, NULL, NULL, &imap, &e), ERR_CONFLICT);
	CHECK_STR(str_of(e.key), "error.secret_locked");
	CHECK(str_find(str_of(e.detail), STR("key file")) >= 0);
	post_free(w.p);
}

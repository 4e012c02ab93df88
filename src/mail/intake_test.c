/* intake_test.c: letters come in: the stories of tests/cases/mail/<name>.case, on both engines.
 *
 * A story is a text of directives, each a line that begins with "@":
 *   @inbox ADDRESS [ack]
 *   @set auth_server=X | sender_most=N | max_hops=N | parts=N | spam_server=X |
 *        spam_as_ticket=1 | clamd=SOCKET | clamd_away_hold=1
 *   @letter TO... [<FROM>]    the lines up to the next directive are the letter
 *                             ($SPACE at a line's start stands for one that begins with "@")
 *   @is STATE [key=value]...  the ledger's row of the next recipient of that letter:
 *                             reason, ticket, thread, kind, warning, auto, files, text (up to the
 * line's end)
 *   @refused                  the recipient hears 550 (asked at RCPT)
 *   @answer TICKET TEXT       the agent answers, and the outbox runs
 *   @side TICKET TO TEXT      the agent asks a third party
 *   @merge FROM INTO          tickets
 *   @release ID [line=N]      lets a quarantined item in; ID of the ledger
 *   @wait SECONDS
 *   @tickets N, @sent N, @messages TICKET N, @status TICKET STATUS, @line TICKET N
 *   @people TICKET LIST       addresses of the main thread's participants, sorted, commas
 *   @delivery N STATE         of the letter sent as the N-th
 * In letters and addresses {id N} and {reply N} stand for Message-ID and
 * Reply-To of the N-th letter that left.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/vec.h"
#include "desk/intake_rules.h"
#include "desk/merge.h"
#include "mail/mail_testing.h"
#include "store/check.h"

struct story {
	struct post *p;
	str rest; /* lines not read yet */
	int line;
	const char *name;
	/* Of the last letter: */
	int64_t *rows;
	size_t n_rows, seen;
};

NORETURN static void wrong(const struct story *s, const char *what, str got)
{
	test_fail(s->name, s->line, "%s: %.*s", what, STR_FMT(got));
}

static str file_text(struct arena *a, const char *path)
{
	BUF_AUTO b;
	buf_init(&b, 1 << 20);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		test_fail(__FILE__, __LINE__, "cannot read %s", path);
	for (;;) {
		char *p = buf_reserve(&b, 65536);
		ssize_t n = p ? read(fd, p, 65536) : -1;
		if (n <= 0)
			break;
		buf_commit(&b, (size_t)n);
	}
	close(fd);
	return str_dup(a, buf_str(&b));
}

static str word(str *rest)
{
	str w = STR_NONE;
	*rest = str_trim(*rest);
	if (rest->n)
		str_split(rest, ' ', &w);
	return w;
}

static int64_t number(const struct story *s, str w)
{
	int64_t v;
	if (!str_to_i64(w, &v))
		wrong(s, "no number", w);
	return v;
}

/* {id 1}, {reply 1} */
static str expand(struct story *s, str text)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	while (text.n) {
		ptrdiff_t open = str_chr(text, '{');
		ptrdiff_t close = open < 0 ? -1 : str_chr(str_from(text, (size_t)open), '}');
		if (close < 0)
			break;
		str inside = str_sub(text, (size_t)open + 1, (size_t)(open + close));
		bool id = str_starts(inside, STR("id ")), reply = str_starts(inside, STR("reply "));
		buf_add(&b, str_sub(text, 0, (size_t)open));
		if (id || reply) {
			int64_t n = number(s, str_from(inside, id ? 3 : 6));
			if (n < 1 || (size_t)n > s->p->n_sent)
				wrong(s, "no such letter was sent", inside);
			buf_add(&b, id ? s->p->sent[n - 1].message_id : s->p->sent[n - 1].reply_to);
		} else {
			buf_add(&b, str_sub(text, (size_t)open, (size_t)(open + close) + 1));
		}
		text = str_from(text, (size_t)(open + close) + 1);
	}
	buf_add(&b, text);
	return str_dup(s->p->a, buf_str(&b));
}

static str next_line(struct story *s)
{
	str line = STR_NONE;
	if (str_split(&s->rest, '\n', &line))
		s->line++;
	return line;
}

static str letter_text(struct story *s)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	while (s->rest.p && !str_starts(s->rest, STR("@"))) {
		str line = next_line(s);
		if (str_starts(line, STR("$@")))
			line = str_from(line, 1);
		buf_add(&b, line);
		buf_addc(&b, '\n');
	}
	return expand(s, str_n(b.p, b.n && b.p[b.n - 1] == '\n' ? b.n - 1 : b.n));
}

static void do_letter(struct story *s, str args)
{
	struct post *p = s->p;
	str to[8], from = STR("sender@client.test"), w;
	size_t n = 0;
	args = expand(s, args);
	while ((w = word(&args)).n) {
		if (w.p[0] == '<')
			from = str_sub(w, 1, w.n - 1);
		else
			to[n++] = w;
	}
	enum lmtp_reply replies[8];
	int64_t before = post_int(p, "SELECT coalesce(max(id), 0) FROM intake", 0);
	post_letter(p, letter_text(s), from, to, n, replies);
	for (size_t i = 0; i < n; i++)
		if (replies[i] != LMTP_ACCEPTED)
			wrong(s, "not accepted", to[i]);
	s->n_rows = n;
	s->seen = 0;
	s->rows = ARENA_ARRAY(p->a, n, int64_t);
	for (size_t i = 0; i < n; i++)
		s->rows[i] = before + (int64_t)i + 1;
	if (post_int(p, "SELECT max(id) FROM intake", 0) != before + (int64_t)n)
		wrong(s, "not one row for each recipient", STR(""));
}

static void is_value(struct story *s, str key, str want)
{
	struct post *p = s->p;
	int64_t row = s->rows[s->seen - 1];
	int64_t message =
	    post_int(p, "SELECT coalesce(message_id, 0) FROM intake WHERE id = $1", row);
	str got;
	if (str_is(key, "reason"))
		got = post_str(p, "SELECT reason FROM intake WHERE id = $1", row);
	else if (str_is(key, "ticket"))
		got = post_str(
		    p, "SELECT CAST(coalesce(ticket_id, 0) AS text) FROM intake WHERE id = $1",
		    row);
	else if (str_is(key, "thread"))
		got = post_str(
		    p, "SELECT CAST(coalesce(thread_id, 0) AS text) FROM message WHERE id = $1",
		    message);
	else if (str_is(key, "kind"))
		got = post_str(p, "SELECT kind FROM message WHERE id = $1", message);
	else if (str_is(key, "warning"))
		got = post_str(p, "SELECT replace(warning, ' ', '+') FROM message WHERE id = $1",
		               message);
	else if (str_is(key, "detail"))
		got =
		    post_str(p, "SELECT replace(detail, ' ', '_') FROM intake WHERE id = $1", row);
	else if (str_is(key, "auto"))
		got = post_str(p, "SELECT CAST(auto AS text) FROM message WHERE id = $1", message);
	else if (str_is(key, "files"))
		got = post_str(
		    p, "SELECT CAST(count(*) AS text) FROM attachment WHERE message_id = $1",
		    message);
	else if (str_is(key, "text"))
		got = str_trim(post_str(p, "SELECT text FROM message WHERE id = $1", message));
	else
		wrong(s, "unknown key", key);
	if (!str_eq(got, want))
		wrong(s,
		      str_z(p->a, str_printf(p->a, "%.*s should be %.*s, is", STR_FMT(key),
		                             STR_FMT(want))),
		      got);
}

static void do_is(struct story *s, str args)
{
	if (s->seen == s->n_rows)
		wrong(s, "no further recipient", args);
	int64_t row = s->rows[s->seen++];
	str state = post_str(s->p, "SELECT state FROM intake WHERE id = $1", row), w = word(&args);
	if (!str_eq(state, w))
		wrong(s, "state",
		      str_printf(s->p->a, "%.*s (%.*s)", STR_FMT(state),
		                 STR_FMT(post_str(s->p,
		                                  "SELECT reason FROM intake "
		                                  "WHERE id = $1",
		                                  row))));
	while (str_trim(args).n) {
		args = str_trim(args);
		ptrdiff_t eq = str_chr(args, '=');
		if (eq < 0)
			wrong(s, "key=value", args);
		str key = str_sub(args, 0, (size_t)eq);
		args = str_from(args, (size_t)eq + 1);
		str value = args;
		if (str_is(key, "text"))
			args = STR_NONE;
		else if (args.n && args.p[0] != ' ')
			value = word(&args);
		else
			value = STR("");
		is_value(s, key, value);
	}
}

/* ---- other verbs ---- */

struct verb {
	struct story *s;
	int64_t a, b;
};

static enum err do_merge(void *arg, struct db_conn *tx, struct error *e)
{
	struct verb *v = arg;
	struct merge m;
	return desk_ticket_merge(&v->s->p->desk, v->s->p->a, tx, &v->s->p->anna, v->a, v->b, &m, e);
}

static enum err do_release(void *arg, struct db_conn *tx, struct error *e)
{
	struct verb *v = arg;
	struct intake out;
	return desk_intake_release(&v->s->p->desk, v->s->p->a, tx, &v->s->p->anna, v->a,
	                           STR("it is fine"), v->b, &out, e);
}

static void do_set(struct story *s, str args)
{
	str key = STR_NONE;
	str_split(&args, '=', &key);
	struct mail_intake *in = &s->p->in;
	if (str_is(key, "auth_server"))
		in->auth_server = str_dup(s->p->a, args);
	else if (str_is(key, "sender_most"))
		in->sender_most = number(s, args);
	else if (str_is(key, "max_hops"))
		in->max_hops = (int)number(s, args);
	else if (str_is(key, "spam_server"))
		in->spam_server = str_dup(s->p->a, args);
	else if (str_is(key, "spam_as_ticket"))
		in->spam_as_ticket = str_is(args, "1");
	else if (str_is(key, "clamd"))
		in->clamd = str_dup(s->p->a, args);
	else if (str_is(key, "clamd_away_hold"))
		in->clamd_away_hold = str_is(args, "1");
	else if (str_is(key, "parts"))
		in->mime.parts = (size_t)number(s, args);
	else
		wrong(s, "unknown setting", key);
}

static void same(struct story *s, const char *what, str got, str want)
{
	if (!str_eq(got, want))
		wrong(s,
		      str_z(s->p->a,
		            str_printf(s->p->a, "%s should be %.*s, is", what, STR_FMT(want))),
		      got);
}

static void look(struct story *s, str verb, str args)
{
	struct post *p = s->p;
	str first = word(&args);
	int64_t n = number(s, first);
	str want = str_trim(args);
	if (str_is(verb, "tickets"))
		same(s, "tickets", post_str(p, "SELECT CAST(count(*) AS text) FROM ticket", 0),
		     first);
	else if (str_is(verb, "sent"))
		same(s, "sent", str_printf(p->a, "%zu", p->n_sent), first);
	else if (str_is(verb, "messages"))
		same(s, "messages",
		     post_str(p, "SELECT CAST(count(*) AS text) FROM message WHERE ticket_id = $1",
		              n),
		     want);
	else if (str_is(verb, "status"))
		same(s, "status", post_str(p, "SELECT status FROM ticket WHERE id = $1", n), want);
	else if (str_is(verb, "line"))
		same(s, "line",
		     post_str(p, "SELECT CAST(line_id AS text) FROM ticket WHERE id = $1", n),
		     want);
	else if (str_is(verb, "people")) {
		BUF_AUTO b;
		struct db_conn *c;
		struct db_rows r;
		buf_init(&b, 0);
		CHECK_OK(db_read_begin(p->db, &c, &p->e), &p->e);
		db_rows_open_text(&r, c,
		                  STR("SELECT address FROM participant WHERE ticket_id = $1 AND "
		                      "thread_id IS NULL AND removed_at IS NULL ORDER BY address"),
		                  DB_ARGS(db_int(n)));
		while (db_rows_next(&r)) {
			if (b.n)
				buf_addc(&b, ',');
			buf_add(&b, db_get_str(&r, 0));
		}
		CHECK_OK(db_rows_close(&r, &p->e), &p->e);
		db_read_end(p->db, c);
		same(s, "people", buf_str(&b), want);
	} else if (str_is(verb, "delivery")) {
		same(s, "delivery",
		     post_str(p,
		              "SELECT state FROM delivery WHERE id = (SELECT min(id) + $1 - 1 "
		              "FROM delivery)",
		              n),
		     want);
	} else
		wrong(s, "unknown directive", verb);
}

static void act(struct story *s, str verb, str args)
{
	struct post *p = s->p;
	struct verb v = {.s = s};
	if (str_is(verb, "inbox")) {
		str address = word(&args);
		post_inbox(p, str_z(p->a, address), str_is(str_trim(args), "ack"));
	} else if (str_is(verb, "set")) {
		do_set(s, str_trim(args));
	} else if (str_is(verb, "letter")) {
		do_letter(s, args);
	} else if (str_is(verb, "is")) {
		do_is(s, args);
	} else if (str_is(verb, "refused")) {
		same(s, "reply",
		     mail_intake_rcpt(&p->in, str_trim(args), NULL) == LMTP_UNKNOWN ? STR("550")
		                                                                    : STR("250"),
		     STR("550"));
	} else if (str_is(verb, "answer")) {
		int64_t ticket = number(s, word(&args));
		post_answer(p, ticket, str_z(p->a, str_trim(args)));
		post_run(p);
	} else if (str_is(verb, "side")) {
		int64_t ticket = number(s, word(&args));
		str to = word(&args);
		post_side(p, ticket, str_z(p->a, to), str_z(p->a, str_trim(args)));
		post_run(p);
	} else if (str_is(verb, "merge")) {
		v.a = number(s, word(&args));
		v.b = number(s, str_trim(args));
		post_write(p, do_merge, &v);
	} else if (str_is(verb, "release")) {
		v.a = number(s, word(&args));
		v.b = str_starts(str_trim(args), STR("line="))
		          ? number(s, str_from(str_trim(args), 5))
		          : 0;
		post_write(p, do_release, &v);
		post_run(p);
	} else if (str_is(verb, "wait")) {
		clock_advance(p->clock, number(s, str_trim(args)) * USEC_SECOND);
		post_run(p);
	} else if (str_is(verb, "run")) {
		post_run(p);
	} else {
		look(s, verb, args);
	}
}

static void broken(void *arg, const char *what, int64_t id)
{
	const struct story *s = arg;
	test_fail(s->name, s->line, "at the end: %s (id %lld)", what, (long long)id);
}

/* Whatever came in, the books are in order. */
static void audit(struct story *s)
{
	struct post *p = s->p;
	struct db_conn *c;
	int n;
	int64_t checked, bad;
	CHECK_OK(db_read_begin(p->db, &c, &p->e), &p->e);
	CHECK_OK(check_rows(c, broken, s, &n, &p->e), &p->e);
	CHECK_OK(event_verify(c, &checked, &bad, &p->e), &p->e);
	db_read_end(p->db, c);
	CHECK_INT(bad, 0);
}

static void tell(enum db_engine engine, const char *path, const char *name)
{
	struct post *p = post_new(engine);
	struct story s = {.p = p, .name = name, .rest = file_text(p->a, path)};
	while (s.rest.p) {
		str line = next_line(&s), verb;
		if (!str_trim(line).n || line.p[0] == '#')
			continue;
		if (line.p[0] != '@')
			wrong(&s, "no directive", line);
		line = str_from(line, 1);
		verb = word(&line);
		act(&s, verb, line.p ? line : STR(""));
	}
	audit(&s);
	post_free(p);
}

static int by_name(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

DB_TEST(stories_of_letters)
{
	ARENA_AUTO a = arena_new();
	str dir = test_case_dir(a, "mail");
	VEC(char *) names = {0};
	DIR *d = opendir(str_z(a, dir));
	CHECK(d != NULL);
	for (struct dirent *de; (de = readdir(d));)
		if (str_ends(str_of(de->d_name), STR(".case")))
			*vec_push(a, &names) = str_z(a, str_of(de->d_name));
	closedir(d);
	CHECK(names.n > 0);
	qsort(names.p, names.n, sizeof *names.p, by_name);
	for (size_t i = 0; i < names.n; i++)
		tell(engine, str_z(a, str_printf(a, "%.*s/%s", STR_FMT(dir), names.p[i])),
		     names.p[i]);
}

/* ---- spam that was none ---- */

struct judged {
	struct post *p;
	int64_t ticket;
	bool spam;
	struct ticket out;
};

static enum err judge(void *arg, struct db_conn *tx, struct error *e)
{
	struct judged *j = arg;
	return desk_ticket_spam(&j->p->desk, j->p->a, tx, &j->p->anna, j->ticket, j->spam, &j->out,
	                        e);
}

DB_TEST(spam_that_was_none_is_as_it_was)
{
	struct post *p = post_new(engine);
	enum lmtp_reply r[8];
	str to = STR("help@shop.test");
	struct judged j = {.p = p, .ticket = 1, .spam = true};
	post_inbox(p, "help@shop.test", false);
	post_letter(p, STR("From: a@client.test\nMessage-ID: <1@c>\n\nHi\n"), STR(""), &to, 1, r);
	int64_t since = post_int(p, "SELECT waiting_since FROM ticket WHERE id = 1", 0);
	CHECK(since > 0);
	post_write(p, judge, &j);
	CHECK(j.out.status == TICKET_SPAM && j.out.waiting_since == 0);
	post_write(p, judge, &j); /* again: nothing */
	j.spam = false;
	post_write(p, judge, &j);
	CHECK(j.out.status == TICKET_NEW && j.out.waiting_since == since);
	/* one that was answered and waits for the customer */
	post_answer(p, 1, "Hello");
	post_run(p);
	str was = post_str(p, "SELECT status FROM ticket WHERE id = 1", 0);
	j.spam = true;
	post_write(p, judge, &j);
	j.spam = false;
	post_write(p, judge, &j);
	CHECK_STR(was, ticket_status_name(j.out.status));
	post_free(p);
}

/* Nobody looked at it: it stays with the mail server, which tries again. */
DB_TEST(a_scanner_that_is_away_lets_nothing_through)
{
	struct post *p = post_new(engine);
	enum lmtp_reply r[8];
	str to = STR("help@shop.test");
	post_inbox(p, "help@shop.test", false);
	p->in.clamd = STR("/nowhere/clamd.ctl");
	post_letter(p, STR("From: a@client.test\nMessage-ID: <1@c>\n\nHi\n"), STR(""), &to, 1, r);
	CHECK_INT(r[0], LMTP_TEMPORARY);
	CHECK_INT(post_int(p, "SELECT count(*) FROM intake", 0), 0);
	p->in.clamd = STR("");
	post_letter(p, STR("From: a@client.test\nMessage-ID: <1@c>\n\nHi\n"), STR(""), &to, 1, r);
	CHECK_INT(r[0], LMTP_ACCEPTED);
	post_free(p);
}

/* ---- poison ---- */

/* A letter that the database refuses, whatever is tried, waits whole; those beside it come in. */
DB_TEST(poison_does_not_stop_the_next)
{
	struct post *p = post_new(engine);
	enum lmtp_reply r[8];
	str to = STR("help@shop.test");
	post_inbox(p, "help@shop.test", false);
	if (engine == DB_SQLITE)
		db_testing_exec(p->db,
		                "CREATE TRIGGER poison BEFORE INSERT ON message WHEN NEW.text LIKE "
		                "'poison%' BEGIN SELECT RAISE(FAIL, 'poison'); END",
		                DB_NO_ARGS);
	else
		db_testing_exec(p->db,
		                "ALTER TABLE message ADD CONSTRAINT message_poison CHECK (text NOT "
		                "LIKE 'poison%')",
		                DB_NO_ARGS);
	post_letter(p, STR("From: a@client.test\nMessage-ID: <1@c>\n\npoison\n"), STR(""), &to, 1,
	            r);
	CHECK_INT(r[0], LMTP_ACCEPTED);
	post_letter(p, STR("From: a@client.test\nMessage-ID: <2@c>\n\nfine\n"), STR(""), &to, 1, r);
	CHECK_INT(r[0], LMTP_ACCEPTED);
	CHECK_INT(post_int(p, "SELECT count(*) FROM intake WHERE reason = 'intake.unreadable'", 0),
	          1);
	CHECK_INT(post_int(p, "SELECT count(*) FROM message", 0), 1);
	post_free(p);
}

/* ---- several at once ---- */

struct carrier {
	pthread_t thread;
	struct post *p;
	str raw;
	enum lmtp_reply replies[8];
};

static void *carry(void *arg)
{
	struct carrier *c = arg;
	str to = STR("help@shop.test");
	post_letter(c->p, c->raw, STR("anna@client.test"), &to, 1, c->replies);
	return NULL;
}

DB_TEST(copies_that_come_at_once_are_one_message)
{
	struct post *p = post_new(engine);
	struct carrier c[8];
	post_inbox(p, "help@shop.test", true);
	p->in.auth_server = STR("mx.shop.test");
	for (size_t i = 0; i < COUNT_OF(c); i++) {
		/* Four copies of one letter, and four other letters of the same new customer. */
		c[i] = (struct carrier){
		    .p = p,
		    .raw = str_printf(p->a,
		                      "Authentication-Results: mx.shop.test; dmarc=pass\n"
		                      "From: Anna <anna@client.test>\nCc: carl@client.test\n"
		                      "Subject: Hi\nMessage-ID: <%zu@client.test>\n\nText %zu\n",
		                      i < 4 ? 0 : i, i < 4 ? 0 : i)};
		CHECK(pthread_create(&c[i].thread, NULL, carry, &c[i]) == 0);
	}
	for (size_t i = 0; i < COUNT_OF(c); i++) {
		pthread_join(c[i].thread, NULL);
		CHECK_INT(c[i].replies[0], LMTP_ACCEPTED);
	}
	CHECK_INT(post_int(p, "SELECT count(*) FROM intake", 0), 8);
	CHECK_INT(post_int(p, "SELECT count(*) FROM intake WHERE state = 'duplicate'", 0), 3);
	CHECK_INT(post_int(p, "SELECT count(*) FROM ticket", 0), 5);
	CHECK_INT(post_int(p, "SELECT count(*) FROM contact", 0), 1);
	post_run(p);
	CHECK_INT(p->n_sent, 1); /* one acknowledgement */
	post_free(p);
}

/* ---- letters that were fetched ---- */

DB_TEST(of_a_cut_letter_only_the_torn_file_is_left_out)
{
	static const char *const cuts[] = {"\n--b--\n", "\n--b\n\nThe text goes on", ""};
	struct post *p = post_new(engine);
	int64_t inbox = post_inbox(p, "help@shop.test", false);
	for (int i = 0; i < 3; i++) {
		struct intake_way way = {.inbox_id = inbox, .full_size = 1 << 30};
		struct lmtp_letter l = {
		    .raw =
		        str_printf(p->a,
		                   "From: a@client.test\nMessage-ID: <%d@c>\nContent-Type: "
		                   "multipart/mixed; boundary=b\n\n--b\n\nHi\n--b\nContent-Type: "
		                   "image/png; name=one.png\n\nONE\n--b\nContent-Type: image/png; "
		                   "name=two.png\n\nTWO%s",
		                   i, cuts[i]),
		    .peer = STR("imap")};
		CHECK_OK(mail_intake_fetched(&p->in, &l, &way, &p->e), &p->e);
		CHECK_INT(way.state, INTAKE_ACCEPTED);
		CHECK_INT(
		    post_int(p, "SELECT count(*) FROM attachment WHERE message_id = $1", i + 1),
		    i < 2 ? 2 : 1);
	}
	CHECK_STR(post_str(p, "SELECT name FROM attachment WHERE message_id = $1", 3), "one.png");
	post_free(p);
}

struct release {
	struct post *p;
	int64_t id;
};

static enum err release_run(void *arg, struct db_conn *tx, struct error *e)
{
	struct release *r = arg;
	struct intake out;
	return desk_intake_release(&r->p->desk, r->p->a, tx, &r->p->anna, r->id, STR("fine"), 0,
	                           &out, e);
}

/* The writer of a letter of which only a part came tells of a film that does not exist. */
DB_TEST(a_held_file_that_the_writer_claims_does_not_exist)
{
	struct post *p = post_new(engine);
	int64_t inbox = post_inbox(p, "help@shop.test", false);
	for (int i = 0; i < 4; i++) {
		bool ours = i >= 2;
		struct intake_way way = {.inbox_id = inbox,
		                         .full_size = 1 << 30,
		                         .thinned = ours,
		                         .hold = i % 2 ? "intake.not_given" : NULL};
		struct lmtp_letter l = {
		    .raw = str_printf(p->a,
		                      "From: a@client.test\nMessage-ID: <%d@c>\nContent-Type: "
		                      "multipart/mixed; boundary=b\n\n--b\n\nHi\n--b\n"
		                      "Content-Type: video/mp4; name=film.mp4\n"
		                      "X-Otklik-Held: 9000000000000\n\n\n--b--\n",
		                      i),
		    .peer = STR("imap")};
		CHECK_OK(mail_intake_fetched(&p->in, &l, &way, &p->e), &p->e);
		CHECK_INT(way.state, i % 2 ? INTAKE_QUARANTINED : INTAKE_ACCEPTED);
		if (i % 2) {
			struct release r = {p, post_int(p, "SELECT max(id) FROM intake", 0)};
			post_write(p, release_run, &r);
			post_run(p);
		}
		CHECK_INT(post_int(p, "SELECT count(*) FROM message", 0), i + 1);
		CHECK_INT(post_int(p,
		                   "SELECT count(*) FROM attachment WHERE name = 'film.mp4' "
		                   "AND size > 0",
		                   0),
		          ours ? i - 1 : 0);
	}
	post_free(p);
}

DB_TEST(a_letter_to_a_ticket_that_moved_is_told_to_its_line)
{
	struct post *p = post_new(engine);
	enum lmtp_reply r[8];
	str to = STR("help@shop.test");
	post_inbox(p, "help@shop.test", false);
	post_letter(p, STR("From: a@client.test\nMessage-ID: <1@c>\n\nHi\n"), STR(""), &to, 1, r);
	db_testing_exec(p->db, "UPDATE ticket SET line_id = $1", DB_ARGS(db_int(p->line_two)));
	post_letter(p, STR("From: a@client.test\nMessage-ID: <2@c>\nReferences: <1@c>\n\nMore\n"),
	            STR(""), &to, 1, r);
	CHECK_INT(post_int(p, "SELECT count(*) FROM ticket", 0), 1);
	static const char told[] =
	    "SELECT count(*) FROM event WHERE type = 'intake.recorded' AND line_id = $1";
	CHECK_INT(post_int(p, told, p->line), 1);
	CHECK_INT(post_int(p, told, p->line_two), 1);
	post_free(p);
}

/* Without a database nothing is acknowledged. */
DB_TEST(what_is_not_committed_is_not_acknowledged)
{
	struct post *p = post_new(engine);
	enum lmtp_reply replies[8];
	str to = STR("help@shop.test");
	post_inbox(p, "help@shop.test", false);
	db_testing_exec(p->db, "ALTER TABLE intake RENAME TO elsewhere", DB_NO_ARGS);
	post_letter(p, STR("From: anna@client.test\n\nText\n"), STR(""), &to, 1, replies);
	CHECK(replies[0] == LMTP_TEMPORARY);
	CHECK_INT(post_int(p, "SELECT count(*) FROM ticket", 0), 0);
	db_testing_exec(p->db, "ALTER TABLE elsewhere RENAME TO intake", DB_NO_ARGS);
	post_letter(p, STR("From: anna@client.test\n\nText\n"), STR(""), &to, 1, replies);
	CHECK_INT(replies[0], LMTP_ACCEPTED);
	CHECK_INT(post_int(p, "SELECT count(*) FROM ticket", 0), 1);
	post_free(p);
}

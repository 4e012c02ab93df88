#include "sys/log.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/test.h"

struct capture {
	struct log log;
	struct clock *clock;
	int fds[2];
	char text[65536];
};

static void capture_init(struct capture *c, enum log_level level, enum log_format format)
{
	CHECK(pipe(c->fds) == 0);
	c->clock = clock_manual_new((usec)1732198920 * USEC_SECOND);
	log_init(&c->log, c->clock, level, format, c->fds[1], "");
}

static str capture_end(struct capture *c)
{
	close(c->fds[1]);
	ssize_t n = read(c->fds[0], c->text, sizeof c->text);
	close(c->fds[0]);
	clock_free(c->clock);
	return str_n(c->text, n > 0 ? (size_t)n : 0);
}

TEST(log_line_in_logfmt)
{
	struct capture c;
	capture_init(&c, LOG_INFO, LOG_LOGFMT);
	log_debug(&c.log, "not shown");
	log_info(&c.log, "letter accepted", LOG_Z("inbox", "help"), LOG_INT("bytes", -5),
	         LOG_BOOL("spam", false), LOG_USEC("took_ms", 12034),
	         LOG_Z("forged", "a\nlevel=error \"x\""), LOG_SECRET("password", STR("hunter2")));
	CHECK_INT(c.log.counts[LOG_DEBUG], 1);
	CHECK_STR(
	    capture_end(&c),
	    "time=2024-11-21T14:22:00.000000Z level=info event=\"letter accepted\" inbox=help "
	    "bytes=-5 spam=false took_ms=12.034 forged=\"a\\nlevel=error \\\"x\\\"\" "
	    "password=***\n");
}

TEST(log_line_in_json)
{
	struct capture c;
	capture_init(&c, LOG_DEBUG, LOG_JSON);
	struct error e;
	enum err code UNUSED = error_detail(&e, ERR_IO, "no \x01 disk");
	log_error(&c.log, "failed", LOG_STR("bad", str_n("a\xff\0\xd1\x91", 5)), LOG_ERR(&e));
	CHECK_STR(
	    capture_end(&c),
	    "{\"time\":\"2024-11-21T14:22:00.000000Z\",\"level\":\"error\",\"event\":\"failed\","
	    "\"bad\":\"a\xef\xbf\xbd\\u0000\xd1\x91\",\"error\":\"io\",\"error_key\":\"error.io\","
	    "\"error_detail\":\"no \\u0001 disk\"}\n");
}

TEST(log_long_values_are_cut_and_the_line_stays_whole)
{
	struct capture c;
	capture_init(&c, LOG_DEBUG, LOG_JSON);
	ARENA_AUTO a = arena_new();
	char *p = arena_alloc(a, 10000);
	memset(p, '\n', 10000);
	str s = str_n(p, 10000);
	log_info(&c.log, "long", LOG_STR("a", s), LOG_STR("b", s), LOG_STR("c", s),
	         LOG_STR("d", s));
	str line = capture_end(&c);
	CHECK(line.n <= LOG_LINE_MAX);
	CHECK(str_ends(line, STR("\"}\n")));
	CHECK_INT(str_chr(line, '\n'), (int64_t)line.n - 1);
}

TEST(log_says_what_repeats_a_few_times_and_then_how_often)
{
	struct capture c;
	struct error e;
	capture_init(&c, LOG_INFO, LOG_LOGFMT);
	error_set(&e, ERR_DB, "error.disk_full", NULL, NULL);
	for (int i = 0; i < 100; i++) {
		log_error(&c.log, "request failed", LOG_ERR(&e));
		log_info(&c.log, "record");
	}
	CHECK_INT(c.log.counts[LOG_ERROR], 100);
	/* Another reason is another matter. */
	error_set(&e, ERR_INTERNAL, "error.internal", NULL, NULL);
	log_error(&c.log, "request failed", LOG_ERR(&e));
	error_set(&e, ERR_DB, "error.disk_full", NULL, NULL);
	clock_advance(c.clock, LOG_WINDOW);
	log_error(&c.log, "request failed", LOG_ERR(&e));
	str text = capture_end(&c), line;
	int full = 0, records = 0, unsaid = 0, internal = 0;
	while (str_split(&text, '\n', &line)) {
		full += str_find(line, STR("error.disk_full")) > 0;
		internal += str_find(line, STR("error.internal")) > 0;
		records += str_find(line, STR("event=record")) > 0;
		unsaid += str_find(line, STR("unsaid=95")) > 0;
	}
	CHECK_INT(full, LOG_BURST + 1);
	CHECK_INT(internal, 1);
	CHECK_INT(records, 100);
	CHECK_INT(unsaid, 1);
}

static int lines_with(str text, const char *what)
{
	int n = 0;
	for (str line; str_split(&text, '\n', &line);)
		n += str_find(line, str_of(what)) >= 0;
	return n;
}

TEST(log_has_lines_for_each_item)
{
	struct capture c;
	capture_init(&c, LOG_INFO, LOG_LOGFMT);
	for (int i = 0; i < 40; i++)
		log_warn(&c.log, "job failed", LOG_INT("job", i), LOG_Z("kind", "send"));
	for (int i = 0; i < 40; i++) {
		char key[16];
		snprintf(key, sizeof key, "m%d", i);
		log_warn(&c.log, "job failed", LOG_Z("key", key), LOG_INT("attempt", 1));
	}
	str text = capture_end(&c);
	CHECK_INT(lines_with(text, "job failed"), 80);
}

static void say_often(struct capture *c, const char *event, int n)
{
	for (int i = 0; i < n; i++)
		log_error(&c->log, event, LOG_INT("id", 7));
}

TEST(log_says_later_what_was_not_written)
{
	struct capture c;
	capture_init(&c, LOG_INFO, LOG_LOGFMT);
	say_often(&c, "first", LOG_BURST + 3);
	clock_advance(c.clock, LOG_WINDOW / 2);
	say_often(&c, "second", LOG_BURST + 4);
	log_flush(&c.log); /* too early */
	clock_advance(c.clock, LOG_WINDOW / 2);
	log_info(&c.log, "any");
	log_info(&c.log, "any");
	clock_advance(c.clock, LOG_WINDOW);
	log_flush(&c.log);
	log_flush(&c.log);
	say_often(&c, "third", LOG_BURST + 5);
	log_release(&c.log);
	c.log.fd = c.fds[1];
	str text = capture_end(&c);
	CHECK_INT(lines_with(text, "level=error event=\"repeats were not written\""), 3);
	CHECK_INT(lines_with(text, "unsaid=3 of=first"), 1);
	CHECK_INT(lines_with(text, "unsaid=4 of=second"), 1);
	CHECK_INT(lines_with(text, "unsaid=5 of=third"), 1);
	int64_t any = str_find(text, STR("event=any"));
	CHECK(str_find(text, STR("of=first")) < any && str_find(text, STR("of=second")) > any);
}

/* More names than slots: whoever is pushed out is told of. */
TEST(log_loses_no_count_when_a_slot_is_taken_over)
{
	struct capture c;
	capture_init(&c, LOG_INFO, LOG_LOGFMT);
	say_often(&c, "often", LOG_BURST + 90);
	size_t slot = 0;
	while (!c.log.slots[slot].unsaid)
		slot++;
	uint64_t name = c.log.slots[slot].name;
	for (int i = 0; c.log.slots[slot].name == name && i < 100 * LOG_SLOTS; i++)
		log_error(&c.log, "other", LOG_INT("id", i));
	CHECK(c.log.slots[slot].name != name);
	CHECK_INT(c.log.slots[slot].unsaid, 0);
	str text = capture_end(&c);
	CHECK_INT(lines_with(text, "event=often"), LOG_BURST);
	CHECK_INT(lines_with(text, "unsaid=90 of=often"), 1);
}

TEST(log_to_a_file_survives_rotation)
{
	ARENA_AUTO a = arena_new();
	struct log l;
	struct error e;
	log_init(&l, clock_system(), LOG_INFO, LOG_LOGFMT, 2, "worker");
	const char *dir = test_tmp_dir();
	char *path = str_z(a, str_printf(a, "%s/log", dir));
	char *old = str_z(a, str_printf(a, "%s/log.1", dir));
	CHECK_OK(log_open(&l, path, &e), &e);
	log_info(&l, "one");
	CHECK(rename(path, old) == 0);
	CHECK_OK(log_open(&l, path, &e), &e);
	log_info(&l, "two");
	log_release(&l);
	char text[512];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof text);
	close(fd);
	CHECK(n > 0 && str_find(str_n(text, (size_t)n), STR("event=two process=worker")) > 0);
	CHECK(str_find(str_n(text, (size_t)n), STR("event=one")) < 0);
	CHECK_INT(log_open(&l, "/nonexistent/x/log", &e), ERR_IO);
	log_info(NULL, "nobody listens");
}

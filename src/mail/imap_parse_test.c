/* imap_parse_test.c: responses of tests/cases/imap/parse.case, whole and byte by byte.
 *
 * "@say" is followed by the server's lines, "@hear" by what is understood, a line each. */
#include "mail/imap_parse.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/date.h"
#include "base/test.h"

static void put_value(struct buf *b, const struct imap_value *v)
{
	if (v->type == IMAP_LIST) {
		buf_addc(b, '[');
		for (size_t i = 0; i < v->n; i++) {
			if (i)
				buf_addc(b, ' ');
			put_value(b, &v->items[i]);
		}
		buf_addc(b, ']');
	} else {
		const char *q = v->type == IMAP_STRING ? "\"" : "";
		buf_addf(b, "%s%.*s%s", q, STR_FMT(v->s), q);
	}
}

static void put_fetch(struct arena *a, struct buf *b, const struct imap_parse *p,
                      const struct imap_response *r)
{
	struct imap_fetched f;
	if (!imap_fetch_read(a, p, r, &f)) {
		buf_addz(b, " not understood");
		return;
	}
	if (f.has_uid)
		buf_addf(b, " uid=%u", f.uid);
	if (f.has_size)
		buf_addf(b, " size=%llu", (unsigned long long)f.size);
	if (f.has_date)
		buf_addf(b, " date=%.*s", STR_FMT(date_rfc3339(a, f.date)));
	if (f.has_body && f.streamed)
		buf_addz(b, " streamed");
	else if (f.has_body)
		buf_addf(b, " body=%.*s", STR_FMT(f.body));
}

static void put_response(struct buf *b, const struct imap_parse *p)
{
	static const char *const status[] = {"", "OK", "NO", "BAD", "PREAUTH", "BYE"};
	ARENA_AUTO a = arena_new();
	struct imap_response r;
	struct imap_value v;
	uint32_t uid;
	if (!imap_response_read(p, &r)) {
		buf_addz(b, "not a response\n");
		return;
	}
	if (r.kind == IMAP_CONTINUE) {
		buf_addf(b, "continue %.*s", STR_FMT(r.text));
	} else if (r.status) {
		buf_addf(b, "%s%.*s %s", r.kind == IMAP_TAGGED ? "tagged " : "untagged",
		         r.kind == IMAP_TAGGED ? (int)r.tag.n : 0, r.tag.p, status[r.status]);
		if (r.code.n)
			buf_addf(b, " [%.*s %.*s]", STR_FMT(r.code), STR_FMT(r.code_args));
		buf_addf(b, " %.*s", STR_FMT(r.text));
	} else {
		if (r.has_number)
			buf_addf(b, "%u ", r.number);
		buf_add(b, r.name);
		if (str_eq_nocase(r.name, STR("FETCH"))) {
			put_fetch(a, b, p, &r);
		} else if (str_eq_nocase(r.name, STR("LIST"))) {
			buf_addc(b, ' ');
			if (imap_values_read(a, p, r.rest, &v))
				put_value(b, &v);
		} else if (str_is(r.name, "SEARCH")) {
			buf_addc(b, ' ');
			for (int i = 0; imap_search_next(&r.rest, &uid); i++)
				buf_addf(b, "%s%u", i ? "," : "", uid);
		} else if (r.rest.n) {
			buf_addf(b, " %.*s", STR_FMT(r.rest));
		}
	}
	buf_addc(b, '\n');
}

static void put_bytes(struct buf *b, struct buf *bytes)
{
	if (!bytes->n)
		return;
	buf_addz(b, "bytes ");
	for (size_t i = 0; i < bytes->n; i++)
		if (bytes->p[i] == '\r' || bytes->p[i] == '\n')
			buf_addz(b, bytes->p[i] == '\r' ? "\\r" : "\\n");
		else
			buf_addc(b, bytes->p[i]);
	buf_addc(b, '\n');
	buf_clear(bytes);
}

static void hear(struct buf *out, str in, size_t step)
{
	struct imap_parse p;
	BUF_AUTO bytes;
	buf_init(&bytes, 0);
	imap_parse_init(&p, NULL);
	while (in.n) {
		str piece = str_sub(in, 0, step);
		in = str_from(in, piece.n);
		enum imap_event event;
		while ((event = imap_parse_feed(&p, &piece)) != IMAP_MORE) {
			if (event == IMAP_PIECE) {
				buf_add(&bytes, p.piece);
				continue;
			}
			put_bytes(out, &bytes);
			if (event == IMAP_BROKEN) {
				buf_addf(out, "broken %s\n", p.broken);
				in = STR("");
				break;
			}
			put_response(out, &p);
		}
	}
	imap_parse_release(&p);
}

static str file_text(struct arena *a, const char *path)
{
	BUF_AUTO b;
	buf_init(&b, 1 << 20);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		test_skip("no cases here");
	char *p = buf_reserve(&b, 65536);
	ssize_t n = read(fd, p, 65536);
	close(fd);
	buf_commit(&b, n > 0 ? (size_t)n : 0);
	return str_dup(a, buf_str(&b));
}

TEST(imap_responses_are_understood_in_any_cut)
{
	ARENA_AUTO a = arena_new();
	const char *root = getenv("OTKLIK_SOURCE");
	str rest =
	    file_text(a, str_printf(a, "%s/tests/cases/imap/parse.case", root ? root : ".").p);
	BUF_AUTO say, want, got;
	buf_init(&say, 0);
	buf_init(&want, 0);
	buf_init(&got, 0);
	bool saying = false;
	str line;
	int cases = 0;
	while (rest.p) {
		bool more = str_split(&rest, '\n', &line);
		bool last = !more || (!rest.n && !line.n);
		if ((last || str_is(line, "@say")) && say.n) {
			for (size_t step = 1; step < 2000; step = step < 7 ? step + 1 : step * 13) {
				buf_clear(&got);
				hear(&got, buf_str(&say), step);
				CHECK_STRS(buf_str(&got), buf_str(&want));
			}
			buf_clear(&say);
			buf_clear(&want);
			cases++;
		}
		if (last)
			break;
		if (str_is(line, "@say") || str_is(line, "@hear")) {
			saying = str_is(line, "@say");
		} else {
			buf_add(saying ? &say : &want, line);
			buf_addz(saying ? &say : &want, saying ? "\r\n" : "\n");
		}
	}
	CHECK_INT(cases, 11);
}

TEST(imap_limits_hold)
{
	struct imap_parse p;
	struct imap_limits l = IMAP_LIMITS_DEFAULT;
	l.line_bytes = 20;
	imap_parse_init(&p, &l);
	str in = STR("* OK 12345678901234567890\r\n");
	CHECK_INT(imap_parse_feed(&p, &in), IMAP_BROKEN);
	imap_parse_release(&p);
	l = IMAP_LIMITS_DEFAULT;
	l.literals = 1;
	imap_parse_init(&p, &l);
	in = STR("* LIST {1}\r\na {1}\r\nb\r\n");
	CHECK_INT(imap_parse_feed(&p, &in), IMAP_BROKEN);
	imap_parse_release(&p);
	imap_parse_init(&p, NULL);
	in = str_n("* OK \0\r\n", 8);
	CHECK_INT(imap_parse_feed(&p, &in), IMAP_BROKEN);
	CHECK_INT(imap_parse_feed(&p, &in), IMAP_BROKEN);
	imap_parse_release(&p);
}

TEST(folder_names_are_written_in_modified_utf7)
{
	ARENA_AUTO a = arena_new();
	CHECK_STR(imap_utf7_encode(a, STR("INBOX")), "INBOX");
	CHECK_STR(imap_utf7_encode(a, STR("A & B")), "A &- B");
	CHECK_STR(imap_utf7_encode(a, STR("~peter/mail/台北/日本語")),
	          "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
	CHECK_STR(imap_utf7_encode(a, STR("Поддержка")), "&BB8EPgQ0BDQENQRABDYEOgQw-");
	CHECK_STR(imap_utf7_encode(a, STR("😀")), "&2D3eAA-");
}

TEST(strings_are_quoted_or_left_to_a_literal)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	CHECK(imap_quote(&b, STR("a\"b\\c")));
	CHECK_STR(buf_str(&b), "\"a\\\"b\\\\c\"");
	CHECK(!imap_quote(&b, STR("a\r\nb")) && !imap_quote(&b, STR("пароль")));
	CHECK(imap_has_word(STR("IMAP4rev1 idle AUTH=XOAUTH2"), "IDLE"));
	CHECK(!imap_has_word(STR("IMAP4rev1 XIDLE"), "IDLE"));
}

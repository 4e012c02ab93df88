/* ws_test.c: WebSocket frames, in one piece and byte by byte. */
#include "base/test.h"
#include "net/ws.h"

/* What a client's bytes come to, as text: "message:hello ping:x close:1000:bye". */
static str run(struct arena *a, str bytes, size_t piece_n, size_t max)
{
	struct ws_parser p;
	ws_parser_init(&p, max);
	str said = STR("");
	while (bytes.n) {
		str in = str_sub(bytes, 0, piece_n);
		bytes = str_from(bytes, in.n);
		enum ws_parsed r;
		while ((r = ws_parser_next(&p, &in)) != WS_MORE) {
			str what;
			if (r == WS_MESSAGE)
				what = str_printf(a, " %s:%.*s", p.binary ? "binary" : "text",
				                  STR_FMT(p.message));
			else if (r == WS_PING || r == WS_PONG)
				what = str_printf(a, " %s:%.*s", r == WS_PING ? "ping" : "pong",
				                  STR_FMT(p.control));
			else if (r == WS_CLOSE)
				what = str_printf(a, " close:%d:%.*s", p.code, STR_FMT(p.control));
			else
				what = str_printf(a, " error:%d", p.code);
			said = str_concat(a, said, what);
		}
		CHECK(in.n == 0);
	}
	ws_parser_release(&p);
	return str_trim(said);
}

/* Masked with zeros, so that payloads can be read here. */
#define MASK "\0\0\0\0"

TEST(ws_frames_are_read_or_refused)
{
	static const struct {
		str bytes;
		const char *want;
	} cases[] = {
	    {STR("\x81\x85" MASK "hello"), "text:hello"},
	    {STR("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), "text:Hello"}, /* RFC 6455, 5.7 */
	    {STR("\x82\x82" MASK "\xff\x01"), "binary:\xff\x01"},
	    {STR("\x81\x80" MASK), "text:"},
	    {STR("\x01\x83" MASK "Hel"
	         "\x80\x82" MASK "lo"),
	     "text:Hello"},
	    {STR("\x01\x83" MASK "Hel"
	         "\x89\x81" MASK "p"
	         "\x00\x80" MASK "\x80\x82" MASK "lo"),
	     "ping:p text:Hello"},
	    {STR("\x81\x81" MASK "a"
	         "\x81\x81" MASK "b"),
	     "text:a text:b"},
	    {STR("\x01\x81" MASK "\xd0"
	         "\x80\x81" MASK "\xb4"),
	     "text:д"}, /* a letter cut in two */
	    {STR("\x8a\x80" MASK), "pong:"},
	    {STR("\x88\x80" MASK), "close:1005:"},
	    {STR("\x88\x85" MASK "\x03\xe8"
	         "bye"),
	     "close:1000:bye"},
	    {STR("\x88\x82" MASK "\x0f\xa1"), "close:4001:"},
	    {STR("\x88\x80" MASK "\x81\x81" MASK "a"),
	     "close:1005:"}, /* nothing counts behind it */
	    /* against the protocol */
	    {STR("\x81\x05hello"), "error:1002"},     /* not masked */
	    {STR("\xc1\x81" MASK "a"), "error:1002"}, /* reserved bits */
	    {STR("\xa1\x81" MASK "a"), "error:1002"},
	    {STR("\x91\x81" MASK "a"), "error:1002"},
	    {STR("\x83\x81" MASK "a"), "error:1002"}, /* reserved opcodes */
	    {STR("\x8b\x81" MASK "a"), "error:1002"},
	    {STR("\x09\x81" MASK "a"), "error:1002"},   /* a ping in fragments */
	    {STR("\x89\xfe\0\x7e" MASK), "error:1002"}, /* a long ping */
	    {STR("\x80\x81" MASK "a"), "error:1002"},   /* continues nothing */
	    {STR("\x01\x81" MASK "a"
	         "\x81\x81" MASK "b"),
	     "error:1002"},                                     /* begins inside another */
	    {STR("\x81\xfe\0\x05" MASK "hello"), "error:1002"}, /* lengths not the shortest */
	    {STR("\x81\xff\0\0\0\0\0\0\0\x05" MASK "hello"), "error:1002"},
	    {STR("\x81\xff\x80\0\0\0\0\0\0\0" MASK), "error:1002"}, /* the top bit of a length */
	    {STR("\x88\x81" MASK "\x03"), "error:1002"},            /* half a code */
	    {STR("\x88\x82" MASK "\x03\xed"), "error:1002"},        /* 1005 is never sent */
	    {STR("\x88\x82" MASK "\x03\xe7"), "error:1002"},        /* 999 */
	    {STR("\x88\x83" MASK "\x03\xe8\xff"), "error:1007"},
	    {STR("\x81\x81" MASK "\xff"), "error:1007"}, /* no UTF-8 */
	    {STR("\x81\x83" MASK "\xed\xa0\x80"), "error:1007"},
	    {STR("\x81\xff\0\0\0\0\x7f\0\0\0" MASK), "error:1009"}, /* too large, at once */
	    {STR("\x01\xfe\0\x80" MASK "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	         "\x80\xfe\0\x80" MASK),
	     "error:1009"}, /* too large in sum */
	};
	ARENA_AUTO a = arena_new();
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		for (size_t piece = 1; piece < 10; piece += 2)
			CHECK_STR(run(a, cases[i].bytes, piece == 9 ? SIZE_MAX : piece, 200),
			          cases[i].want);
}

TEST(ws_long_messages_and_written_frames)
{
	static const size_t sizes[] = {125, 126, 65535, 65536, 100000};
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		ARENA_AUTO a = arena_new();
		char *p = arena_alloc(a, sizes[i]);
		memset(p, 'a', sizes[i]);
		BUF_AUTO b, masked;
		buf_init(&b, 0);
		buf_init(&masked, 0);
		ws_frame_add(&b, WS_OP_BINARY, str_n(p, sizes[i]));
		size_t head = b.n - sizes[i];
		CHECK_INT(head, sizes[i] < 126 ? 2 : sizes[i] < 65536 ? 4 : 10);
		buf_add(&masked, str_sub(buf_str(&b), 0, head));
		masked.p[1] |= (char)0x80;
		buf_add(&masked, STR(MASK));
		buf_add(&masked, str_from(buf_str(&b), head));
		str want = str_concat(a, STR("binary:"), str_n(p, sizes[i]));
		CHECK_STRS(run(a, buf_str(&masked), SIZE_MAX, 100000), want);
		CHECK_STRS(run(a, buf_str(&masked), 1000, 100000), want);
	}
}

TEST(ws_close_frames_carry_codes_that_may_be_sent)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	ws_close_add(&b, 1001);
	CHECK_STRS(buf_str(&b), STR("\x88\x02\x03\xe9"));
	buf_clear(&b);
	ws_close_add(&b, 1006);
	CHECK_STRS(buf_str(&b), STR("\x88\x00"));
}

TEST(ws_key_is_answered_as_in_the_rfc)
{
	ARENA_AUTO a = arena_new();
	str accept;
	CHECK(ws_accept_key(a, STR("dGhlIHNhbXBsZSBub25jZQ=="), &accept));
	CHECK_STR(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	CHECK(!ws_accept_key(a, STR_NONE, &accept));
	CHECK(!ws_accept_key(a, STR("dGhlIHNhbXBsZSBub25jZQ"), &accept));
	CHECK(!ws_accept_key(a, STR("dGhlIHNhbXBsZSBub25jZTEy"), &accept));
	CHECK(!ws_accept_key(a, STR("************************"), &accept));
}

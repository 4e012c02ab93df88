/* ws_fuzz.c: any bytes as WebSocket frames, whole and in pieces, come to the
 * same; messages keep to their limit and text is UTF-8. */
#include "net/ws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
	if (!ok)
		abort();
}

static void run(str input, size_t piece_n, struct buf *trace)
{
	struct ws_parser p;
	ws_parser_init(&p, 300);
	while (input.n) {
		str in = str_sub(input, 0, piece_n);
		input = str_from(input, in.n);
		enum ws_parsed r;
		while ((r = ws_parser_next(&p, &in)) != WS_MORE) {
			require(p.message.n <= 300 && p.control.n <= 125);
			require(r != WS_MESSAGE || p.binary || str_is_utf8(p.message));
			require(r != WS_ERROR || ws_code_is_valid(p.code));
			buf_addf(trace, "%d %d ", r, r == WS_CLOSE || r == WS_ERROR ? p.code : 0);
			buf_add(trace, r == WS_MESSAGE ? p.message : p.control);
			buf_addc(trace, '\n');
		}
		require(in.n == 0);
	}
	ws_parser_release(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BUF_AUTO whole, cut;
	buf_init(&whole, 0);
	buf_init(&cut, 0);
	str input = str_n((const char *)data, size);
	run(input, SIZE_MAX, &whole);
	run(input, size ? data[size - 1] % 16 + 1 : 1, &cut);
	require(str_eq(buf_str(&whole), buf_str(&cut)));
	return 0;
}

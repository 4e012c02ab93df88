/* The same bytes in two cuts must say the same; what is understood stays within its bounds. */
#include <assert.h>

#include "mail/imap_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void understand(const struct imap_parse *p, struct buf *heard)
{
	ARENA_AUTO a = arena_new();
	struct imap_response r;
	struct imap_fetched f;
	struct imap_value v;
	uint32_t uid;
	if (!imap_response_read(p, &r)) {
		buf_addc(heard, '!');
		return;
	}
	buf_addf(heard, "%d %d %.*s|", r.kind, r.status, STR_FMT(r.name));
	if (imap_fetch_read(a, p, &r, &f))
		buf_addf(heard, "uid=%u,%d,%zu", f.uid, f.streamed, f.body.n);
	if (imap_values_read(a, p, r.rest, &v))
		buf_addf(heard, "n=%zu", v.n);
	while (imap_search_next(&r.rest, &uid))
		assert(uid);
}

static void talk(str in, size_t step, struct buf *heard)
{
	static const struct imap_limits limits = {.line_bytes = 2000,
	                                          .inline_bytes = 20,
	                                          .literals = 4,
	                                          .depth = 6,
	                                          .values = 50,
	                                          .literal_max = 3000};
	struct imap_parse p;
	imap_parse_init(&p, &limits);
	while (in.n) {
		str piece = str_sub(in, 0, step);
		in = str_from(in, piece.n);
		enum imap_event event;
		while ((event = imap_parse_feed(&p, &piece)) != IMAP_MORE) {
			assert(p.text.n <= limits.line_bytes);
			if (event == IMAP_PIECE)
				buf_add(heard, p.piece);
			else if (event == IMAP_RESPONSE)
				understand(&p, heard);
			else
				break;
		}
		if (event == IMAP_BROKEN) {
			buf_addz(heard, "broken");
			break;
		}
	}
	imap_parse_release(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BUF_AUTO one;
	BUF_AUTO two;
	buf_init(&one, 0);
	buf_init(&two, 0);
	str in = str_n((const char *)data, size);
	talk(in, size ? size : 1, &one);
	talk(in, 3, &two);
	/* A limit on a line may be met a piece earlier; all else is the same. */
	if (str_find(buf_str(&one), STR("broken")) < 0)
		assert(str_eq(buf_str(&one), buf_str(&two)));
	ARENA_AUTO a = arena_new();
	usec t;
	(void)imap_date_read(in, &t);
	if (str_is_utf8(in))
		(void)imap_utf7_encode(a, in);
	return 0;
}

/* The same bytes in two cuts must make the same conversation and the same letters. */
#include <assert.h>

#include "mail/lmtp_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void talk(str in, size_t step, struct buf *heard)
{
	static const struct lmtp_limits limits = {
	    .letter_bytes = 300, .recipients = 3, .line_bytes = 100, .errors = 5, .letters = 5};
	struct lmtp_parse p;
	lmtp_parse_init(&p, &limits, STR("desk"));
	bool open = true;
	while (in.n > 0 && open) {
		str piece = str_sub(in, 0, step);
		in = str_from(in, piece.n);
		enum lmtp_event event;
		while (open && (event = lmtp_parse_feed(&p, &piece)) != LMTP_MORE) {
			if (event == LMTP_RCPT) {
				assert(p.address.n > 0);
				lmtp_parse_rcpt(&p, (enum lmtp_reply)(p.address.n % 5));
			} else if (event == LMTP_LETTER) {
				enum lmtp_reply r[3] = {LMTP_ACCEPTED, LMTP_TOO_LARGE,
				                        LMTP_TEMPORARY};
				assert(p.nrecipients > 0 && p.nrecipients <= 3 &&
				       p.data.n <= limits.letter_bytes);
				buf_addc(heard, '[');
				buf_add(heard, buf_str(&p.data));
				buf_addc(heard, ']');
				lmtp_parse_done(&p, r);
			} else {
				open = false;
			}
		}
	}
	buf_add(heard, buf_str(&p.out));
	lmtp_parse_release(&p);
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
	assert(str_eq(buf_str(&one), buf_str(&two)));
	return 0;
}

/* mbox_fuzz.c: whatever the file holds, its letters are parts of it in order, within the limit,
 * and each is found again from its offset. */
#include <assert.h>

#include "mail/mbox.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct file {
	str bytes;
	size_t at, step;
};

static ptrdiff_t read_some(void *arg, char *p, size_t n)
{
	struct file *f = arg;
	size_t left = f->bytes.n - f->at;
	n = n < left ? n : left;
	n = n < f->step ? n : f->step;
	if (n)
		memcpy(p, f->bytes.p + f->at, n);
	f->at += n;
	return (ptrdiff_t)n;
}

static void read_all(str bytes, bool mboxo)
{
	BUF_AUTO raw, again;
	struct mbox_letter l, same;
	struct file f = {.bytes = bytes, .step = 7};
	struct mbox_options o = {
	    .read = read_some, .arg = &f, .letter_bytes = 1000, .mboxo = mboxo};
	struct mbox *m = mbox_new(&o);
	int64_t last = -1;
	buf_init(&raw, 0);
	buf_init(&again, 0);
	while (mbox_next(m, &raw, &l, NULL) == ERR_OK) {
		assert(l.offset > last && (size_t)l.offset < bytes.n && raw.n <= 1000);
		last = l.offset;
		struct file g = {.bytes = bytes, .at = (size_t)l.offset, .step = 1 << 16};
		struct mbox_options from = o;
		from.arg = &g;
		from.offset = l.offset;
		struct mbox *second = mbox_new(&from);
		assert(mbox_next(second, &again, &same, NULL) == ERR_OK);
		assert(same.offset == l.offset && same.cut == l.cut && same.date == l.date);
		assert(str_eq(buf_str(&again), buf_str(&raw)));
		mbox_free(second);
	}
	mbox_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_all(str_n((const char *)data, size), false);
	read_all(str_n((const char *)data, size), true);
	return 0;
}

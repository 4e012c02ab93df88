/* import.c: an archive, first looked through, then taken in. See import.h. */
#include "mail/import.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "base/date.h"
#include "base/map.h"
#include "base/vec.h"
#include "mail/intake_import.h"
#include "mail/mbox.h"
#include "store/system.h"

enum {
	BATCH = 64,
	BATCH_MAX = 1000,
	BATCH_BYTES = 16 << 20, /* of raw letters, but at least one */
	THREADS = 4,
	THREADS_MAX = 32,
	CONFLICTS = 3,
};

/* One letter of the archive. */
struct entry {
	int file;
	int64_t offset;
	usec date;
	uint32_t occurrence;
	size_t node; /* of the forest of threads */
};

struct link {
	size_t from, to; /* nodes */
};

struct archive {
	const struct mail_import *im;
	const char *const *files;
	size_t n_files;
	VEC(struct entry) letters;
	/* A node for each letter and each Message-ID; those of one thread have one root. */
	VEC(size_t) parent;
	VEC(bool) here;         /* by node: the letter is in the archive */
	VEC(struct link) maybe; /* references that count if the letter is there */
	VEC(int64_t) ticket;    /* by root, as far as known */
	struct map *ids;        /* Message-ID to node + 1 */
	struct map *digests;    /* of content to how often */
	struct inbox box;
	struct arena *a;
	struct mail_imported sum;
	usec now;
};

static void *as_pointer(size_t n)
{
	return (void *)(uintptr_t)n; /* NOLINT(performance-no-int-to-ptr): a number in a map */
}

/* ---- files ---- */

static ptrdiff_t read_fd(void *arg, char *p, size_t n)
{
	const int *fd = arg;
	ssize_t got;
	do
		got = read(*fd, p, n);
	while (got < 0 && errno == EINTR);
	return got;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static void free_mbox(struct mbox **m)
{
	mbox_free(*m);
}

static enum err open_file(const struct archive *ar, int file, int *fd, struct error *e)
{
	*fd = open(ar->files[file], O_RDONLY | O_CLOEXEC);
	return *fd < 0 ? error_open(e, ar->files[file]) : ERR_OK;
}

static struct mbox_options options(const struct archive *ar, int *fd, int64_t offset)
{
	int64_t most = ar->im->in->desk->blobs.max;
	return (struct mbox_options){.read = read_fd,
	                             .arg = fd,
	                             .offset = offset,
	                             .letter_bytes = most > 0 ? (size_t)most : 0,
	                             .mboxo = ar->im->mboxo};
}

/* ---- threads ---- */

static size_t root_of(struct archive *ar, size_t node)
{
	while (ar->parent.p[node] != node) {
		ar->parent.p[node] = ar->parent.p[ar->parent.p[node]];
		node = ar->parent.p[node];
	}
	return node;
}

static void join(struct archive *ar, size_t x, size_t y)
{
	x = root_of(ar, x);
	y = root_of(ar, y);
	/* The older one stays: its number is smaller. */
	if (x < y)
		ar->parent.p[y] = x;
	else
		ar->parent.p[x] = y;
}

static size_t new_node(struct archive *ar)
{
	size_t node = ar->parent.n;
	*vec_push(ar->a, &ar->parent) = node;
	*vec_push(ar->a, &ar->here) = false;
	return node;
}

static size_t node_of_id(struct archive *ar, str id)
{
	size_t found = (size_t)(uintptr_t)map_get(ar->ids, id);
	if (found)
		return found - 1;
	size_t node = new_node(ar);
	map_put(ar->ids, id, as_pointer(node + 1));
	return node;
}

static size_t thread_of(struct archive *ar, const struct mime_message *m)
{
	size_t node = m->message_id.n ? node_of_id(ar, m->message_id) : new_node(ar);
	const struct mime_ids *const lists[] = {&m->in_reply_to, &m->references};
	ar->here.p[node] = true;
	for (size_t l = 0; l < COUNT_OF(lists); l++) {
		for (size_t i = 0; i < lists[l]->n; i++) {
			size_t to = node_of_id(ar, lists[l]->p[i]);
			if (incoming_is_reference(m, lists[l]->p[i]))
				join(ar, node, to);
			else
				*vec_push(ar->a, &ar->maybe) = (struct link){node, to};
		}
	}
	return node;
}

/* ---- the first reading ---- */

static bool sane(const struct archive *ar, usec t)
{
	static const struct date first = {.year = 1982, .month = 1, .day = 1};
	return t >= date_to_usec(&first) && t <= ar->now + USEC_DAY;
}

/* The letter's date, else that of its separator, else now. */
static usec date_of_letter(const struct archive *ar, const struct mime_message *m,
                           const struct mbox_letter *l)
{
	usec t = m && m->has_date && sane(ar, m->date) ? m->date : l->date;
	if (!sane(ar, t))
		return ar->now;
	return t < ar->now ? t : ar->now;
}

static str header_block(str raw)
{
	ptrdiff_t lf = str_find(raw, STR("\n\n")), crlf = str_find(raw, STR("\r\n\r\n"));
	if (crlf >= 0 && (lf < 0 || crlf < lf))
		return str_sub(raw, 0, (size_t)crlf + 4);
	return lf >= 0 ? str_sub(raw, 0, (size_t)lf + 2) : raw;
}

static void note(struct archive *ar, int file, str raw, const struct mbox_letter *l)
{
	ARENA_AUTO a = arena_new();
	struct mime_message *m = NULL;
	if (mime_parse(a, header_block(raw), &ar->im->in->mime, &m, NULL))
		m = NULL;
	str digest = incoming_digest(a, raw);
	size_t before = (size_t)(uintptr_t)map_get(ar->digests, digest);
	map_put(ar->digests, digest, as_pointer(before + 1));
	*vec_push(ar->a, &ar->letters) =
	    (struct entry){.file = file,
	                   .offset = l->offset,
	                   .date = date_of_letter(ar, m, l),
	                   .occurrence = (uint32_t)before + 1,
	                   .node = m ? thread_of(ar, m) : new_node(ar)};
}

static enum err look_through(struct archive *ar, int file, struct error *e)
{
	CLEANUP(close_fd) int fd = -1;
	CLEANUP(free_mbox) struct mbox *m = NULL;
	BUF_AUTO raw;
	struct mbox_letter l;
	struct error why = {0};
	buf_init(&raw, 0);
	enum err err = open_file(ar, file, &fd, e);
	if (err)
		return err;
	struct mbox_options o = options(ar, &fd, 0);
	m = mbox_new(&o);
	while (!(err = mbox_next(m, &raw, &l, &why)))
		note(ar, file, buf_str(&raw), &l);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_INVALID)
		return error_set(e, err, why.key, NULL, ar->files[file]);
	if (e)
		*e = why;
	return err;
}

static int by_date(const void *x, const void *y)
{
	const struct entry *p = x, *q = y;
	if (p->date != q->date)
		return p->date < q->date ? -1 : 1;
	if (p->file != q->file)
		return p->file < q->file ? -1 : 1;
	return p->offset < q->offset ? -1 : p->offset > q->offset;
}

/* ---- the second reading ---- */

struct batch {
	struct archive *ar;
	struct arena *a;
	struct import_letter *letters;
	size_t *entries; /* numbers in ar->letters */
	size_t n;
	size_t from, to; /* those of the transaction */
	/* For the threads that read: */
	struct arena **arenas;
	str *raw;
	enum err *errs;
	struct error *errors;
	pthread_mutex_t mutex;
	size_t next;
};

static enum err read_one(struct archive *ar, const struct entry *en, struct buf *raw,
                         struct import_letter *l, struct error *e)
{
	CLEANUP(close_fd) int fd = -1;
	CLEANUP(free_mbox) struct mbox *m = NULL;
	struct mbox_letter found;
	enum err err = open_file(ar, en->file, &fd, e);
	if (err)
		return err;
	if (lseek(fd, en->offset, SEEK_SET) < 0)
		return error_detail(e, ERR_IO, "%s: %m", ar->files[en->file]);
	struct mbox_options o = options(ar, &fd, en->offset);
	m = mbox_new(&o);
	err = mbox_next(m, raw, &found, e);
	if (err)
		return error_detail(e, ERR_IO, "%s changed while it was read", ar->files[en->file]);
	l->hold = found.cut ? "intake.too_large" : NULL;
	return ERR_OK;
}

/* The sender of the envelope, where the letter still bears it. */
static str return_path(const struct import_letter *l)
{
	return l->letter.m ? l->letter.m->return_path : STR("");
}

static void *prepare(void *arg)
{
	struct batch *b = arg;
	for (;;) {
		pthread_mutex_lock(&b->mutex);
		size_t i = b->next++;
		pthread_mutex_unlock(&b->mutex);
		if (i >= b->n)
			return NULL;
		struct import_letter *l = &b->letters[i];
		b->errs[i] = incoming_prepare(b->ar->im->in, b->arenas[i], b->raw[i], STR(""),
		                              &l->letter, &b->errors[i]);
		if (!b->errs[i])
			b->errs[i] =
			    incoming_scan(b->ar->im->in, b->arenas[i], &l->letter, &b->errors[i]);
		l->sender = return_path(l);
	}
}

/* Reads letters from number *at on, as many as a batch holds, and makes their bytes durable. */
static enum err fill(struct batch *b, size_t *at, struct error *e)
{
	struct archive *ar = b->ar;
	size_t most = (size_t)(ar->im->batch > 0 ? ar->im->batch : BATCH), bytes = 0;
	BUF_AUTO raw;
	buf_init(&raw, 0);
	b->n = b->next = 0;
	for (; *at < ar->letters.n && b->n < most && (!b->n || bytes < BATCH_BYTES); ++*at) {
		const struct entry *en = &ar->letters.p[*at];
		struct import_letter *l = &b->letters[b->n];
		const char *slash = strrchr(ar->files[en->file], '/');
		*l = (struct import_letter){
		    .peer = str_printf(b->a, "mbox %s", slash ? slash + 1 : ar->files[en->file]),
		    .at = en->date,
		    .occurrence = (int)en->occurrence,
		    .thread = root_of(ar, en->node)};
		enum err err = read_one(ar, en, &raw, l, e);
		if (err)
			return err;
		b->arenas[b->n] = arena_new();
		b->raw[b->n] = str_dup(b->arenas[b->n], buf_str(&raw));
		b->entries[b->n++] = *at;
		bytes += raw.n;
	}
	pthread_t threads[THREADS_MAX];
	int n = 0, want = ar->im->threads > 0 ? ar->im->threads : THREADS;
	if (want > THREADS_MAX)
		want = THREADS_MAX;
	while (n < want - 1 && pthread_create(&threads[n], NULL, prepare, b) == 0)
		n++;
	(void)prepare(b);
	while (n > 0)
		pthread_join(threads[--n], NULL);
	for (size_t i = 0; i < b->n; i++) {
		if (b->errs[i]) {
			if (e)
				*e = b->errors[i];
			return b->errs[i];
		}
	}
	return ERR_OK;
}

/* The ticket of the letter's thread: of an earlier batch, or of this one. */
static int64_t hint_for(const struct batch *b, size_t i)
{
	size_t root = b->letters[i].thread;
	int64_t ticket = b->ar->ticket.p[root];
	for (size_t k = b->from; !ticket && k < i; k++)
		if (b->letters[k].thread == root)
			ticket = b->letters[k].ticket_id;
	return ticket;
}

static enum err run(void *arg, struct db_conn *tx, struct error *e)
{
	struct batch *b = arg;
	ARENA_AUTO s = arena_new();
	str secret;
	enum err err = system_mail_secret(s, tx, &secret, e);
	for (size_t i = b->from; i < b->to; i++)
		b->letters[i].ticket_id = 0; /* of a run before */
	for (size_t i = b->from; !err && i < b->to; i++) {
		ARENA_AUTO a = arena_new();
		b->letters[i].hint = hint_for(b, i);
		err = import_letter_take(b->ar->im, a, tx, secret, &b->ar->box, &b->letters[i], e);
	}
	return err;
}

static enum err write_range(struct batch *b, size_t from, size_t to, struct error *e)
{
	struct db *db = b->ar->im->in->db;
	b->from = from;
	b->to = to;
	enum err err = db_write(db, run, b, e);
	for (int i = 0; err == ERR_CONFLICT && i < CONFLICTS; i++)
		err = db_write(db, run, b, e);
	return err;
}

static void count(struct batch *b, size_t from, size_t to)
{
	struct mail_imported *sum = &b->ar->sum;
	for (size_t i = from; i < to; i++) {
		const struct import_letter *l = &b->letters[i];
		sum->done++;
		if (l->ticket_id && !b->ar->ticket.p[l->thread])
			b->ar->ticket.p[l->thread] = l->ticket_id;
		if (l->known) {
			sum->known++;
			continue;
		}
		sum->accepted += l->state == INTAKE_ACCEPTED;
		sum->by_us += l->state == INTAKE_ACCEPTED && l->by_us;
		sum->tickets += l->state == INTAKE_ACCEPTED && l->fresh;
		sum->duplicate += l->state == INTAKE_DUPLICATE;
		sum->quarantined += l->state == INTAKE_QUARANTINED;
		sum->cut += l->hold != NULL;
	}
}

/* All at once; when one of them cannot be taken, each by itself and that one to quarantine. */
static enum err store(struct batch *b, struct error *e)
{
	struct error why = {0};
	enum err err = write_range(b, 0, b->n, &why);
	if (!err) {
		count(b, 0, b->n);
		return ERR_OK;
	}
	if (intake_passing(err)) {
		if (e)
			*e = why;
		return err;
	}
	for (size_t i = 0; i < b->n; i++) {
		err = write_range(b, i, i + 1, &why);
		if (err && !intake_passing(err)) {
			b->letters[i].hold = REASON_UNREADABLE;
			err = write_range(b, i, i + 1, &why);
		}
		if (err) {
			if (e)
				*e = why;
			return err;
		}
		count(b, i, i + 1);
	}
	return ERR_OK;
}

static enum err take_in(struct archive *ar, struct error *e)
{
	size_t at = 0, most = (size_t)(ar->im->batch > 0 ? ar->im->batch : BATCH);
	struct batch b = {.ar = ar};
	enum err err = ERR_OK;
	if (most > BATCH_MAX)
		return error_set(e, ERR_INVALID, "error.out_of_range", "batch", "1..1000");
	pthread_mutex_init(&b.mutex, NULL);
	while (!err && at < ar->letters.n) {
		ARENA_AUTO a = arena_new();
		b.a = a;
		b.letters = ARENA_ARRAY(a, most, struct import_letter);
		b.entries = ARENA_ARRAY(a, most, size_t);
		b.arenas = ARENA_ARRAY(a, most, struct arena *);
		b.raw = ARENA_ARRAY(a, most, str);
		b.errs = ARENA_ARRAY(a, most, enum err);
		b.errors = ARENA_ARRAY(a, most, struct error);
		err = fill(&b, &at, e);
		if (!err)
			err = store(&b, e);
		for (size_t i = 0; i < most; i++)
			arena_free(b.arenas[i]);
		if (!err && ar->im->progress)
			ar->im->progress(ar->im->arg, &ar->sum);
	}
	pthread_mutex_destroy(&b.mutex);
	return err;
}

static enum err find_inbox(struct archive *ar, struct error *e)
{
	struct db_conn *c;
	enum err err = db_read_begin(ar->im->in->db, &c, e);
	if (err)
		return err;
	err =
	    inbox_by_address(ar->a, c, inbox_address_norm(ar->a, ar->im->inbox, NULL), &ar->box, e);
	db_read_end(ar->im->in->db, c);
	if (err == ERR_NOT_FOUND)
		return error_set(e, err, "error.no_such_inbox", "inbox",
		                 str_z(ar->a, ar->im->inbox));
	return err;
}

enum err mail_import_mbox(const struct mail_import *im, const char *const *files, size_t n_files,
                          struct mail_imported *out, struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct archive ar = {.im = im,
	                     .files = files,
	                     .n_files = n_files,
	                     .ids = map_new(),
	                     .digests = map_new(),
	                     .a = a,
	                     .now = clock_now(im->in->desk->clock)};
	enum err err = find_inbox(&ar, e);
	for (size_t i = 0; !err && i < n_files; i++)
		err = look_through(&ar, (int)i, e);
	for (size_t i = 0; i < ar.maybe.n; i++)
		if (ar.here.p[ar.maybe.p[i].to])
			join(&ar, ar.maybe.p[i].from, ar.maybe.p[i].to);
	map_free(ar.ids);
	map_free(ar.digests);
	if (!err) {
		if (ar.letters.n)
			qsort(ar.letters.p, ar.letters.n, sizeof *ar.letters.p, by_date);
		ar.ticket.p = ARENA_ARRAY(a, ar.parent.n, int64_t);
		ar.ticket.n = ar.parent.n;
		ar.sum.letters = (int64_t)ar.letters.n;
		err = take_in(&ar, e);
	}
	*out = ar.sum;
	return err;
}

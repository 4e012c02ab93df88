/* shelf.c: see shelf.h. */
#include "desk/shelf.h"

#include <malloc.h>
#include <pthread.h>

#include "base/vec.h"
#include "store/article.h"
#include "store/neighbour.h"

#define TICKETS_EVERY (10 * USEC_MINUTE)
enum {
	PAGE = 200,
	ARTICLES_MAX = 5000,
	TICKETS_MAX = 1500, /* solved ones, and as many closed ones */
};

struct shelf {
	pthread_mutex_t mutex;
	struct shelf_book *books[SHELF_KINDS]; /* each holds one reference */
	/* Of the thread that refreshes: */
	struct article_stamp stamp;
	int64_t head; /* the newest event when the tickets were read */
	usec tickets_at;
	unsigned built; /* so many books */
};

struct shelf *shelf_new(void)
{
	struct shelf *s = xcalloc(1, sizeof *s);
	pthread_mutex_init(&s->mutex, NULL);
	return s;
}

void shelf_give(struct shelf *s, struct shelf_book *b)
{
	if (!b)
		return;
	pthread_mutex_lock(&s->mutex);
	bool last = --b->refs == 0;
	pthread_mutex_unlock(&s->mutex);
	if (!last)
		return;
	rank_free(b->index);
	free(b);
}

void shelf_free(struct shelf *s)
{
	if (!s)
		return;
	for (int k = 0; k < SHELF_KINDS; k++)
		shelf_give(s, s->books[k]);
	pthread_mutex_destroy(&s->mutex);
	free(s);
}

struct shelf_book *shelf_take(struct shelf *s, enum shelf_kind kind)
{
	if (!s)
		return NULL;
	pthread_mutex_lock(&s->mutex);
	struct shelf_book *b = s->books[kind];
	if (b)
		b->refs++;
	pthread_mutex_unlock(&s->mutex);
	return b;
}

size_t shelf_memory(struct shelf *s)
{
	size_t n = 0;
	for (int k = 0; k < SHELF_KINDS; k++) {
		struct shelf_book *b = shelf_take(s, (enum shelf_kind)k);
		n += b ? rank_memory(b->index) : 0;
		shelf_give(s, b);
	}
	return n;
}

static void put(struct shelf *s, enum shelf_kind kind, const struct rank_doc *docs, size_t n)
{
	struct shelf_book *b = xcalloc(1, sizeof *b);
	*b = (struct shelf_book){.index = rank_new(docs, n, NULL), .refs = 1};
	pthread_mutex_lock(&s->mutex);
	struct shelf_book *old = s->books[kind];
	s->books[kind] = b;
	pthread_mutex_unlock(&s->mutex);
	shelf_give(s, old);
	s->built++;
}

static str id_text(struct arena *a, int64_t id)
{
	return str_printf(a, "%lld", (long long)id);
}

static enum err refresh_articles(struct shelf *s, struct db_conn *c, struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct article_stamp stamp;
	VEC(struct rank_doc) docs = {0};
	struct article *page;
	size_t n = PAGE;
	enum err err = article_stamp(c, &stamp, e);
	if (err || (s->books[SHELF_ARTICLES] && memcmp(&stamp, &s->stamp, sizeof stamp) == 0))
		return err;
	for (int64_t at = 0; !err && n == PAGE && docs.n < ARTICLES_MAX;) {
		err = article_published(a, c, at, PAGE, &page, &n, e);
		for (size_t i = 0; !err && i < n; i++) {
			at = page[i].id;
			*vec_push(a, &docs) = (struct rank_doc){.id = id_text(a, page[i].id),
			                                        .title = page[i].title,
			                                        .body = page[i].body,
			                                        .language = page[i].language,
			                                        .solved = page[i].questions,
			                                        .n_solved = page[i].n_questions};
		}
	}
	if (err)
		return err;
	put(s, SHELF_ARTICLES, docs.p, docs.n);
	s->stamp = stamp;
	return ERR_OK;
}

static enum err refresh_tickets(struct shelf *s, struct db_conn *c, usec now, struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct neighbour *list;
	size_t n;
	int64_t head;
	if (s->tickets_at && now - s->tickets_at < TICKETS_EVERY && now >= s->tickets_at)
		return ERR_OK;
	enum err err = neighbour_head(c, &head, e);
	if (err || (s->books[SHELF_TICKETS] && head == s->head))
		return err;
	if ((err = neighbour_solved(a, c, TICKETS_MAX, &list, &n, e)))
		return err;
	struct rank_doc *docs = ARENA_ARRAY(a, n, struct rank_doc);
	for (size_t i = 0; i < n; i++)
		docs[i] = (struct rank_doc){.id = id_text(a, list[i].ticket_id),
		                            .title = list[i].subject,
		                            .body = list[i].text};
	put(s, SHELF_TICKETS, docs, n);
	s->head = head;
	s->tickets_at = now;
	return ERR_OK;
}

enum err shelf_refresh(struct shelf *s, struct db *db, usec now, struct error *e)
{
	struct db_conn *c;
	enum err err = db_read_begin(db, &c, e);
	if (err)
		return err;
	unsigned before = s->built;
	err = refresh_articles(s, c, e);
	if (!err)
		err = refresh_tickets(s, c, now, e);
	db_read_end(db, c);
	if (s->built != before) /* building takes several times what is kept */
		(void)malloc_trim(0);
	return err;
}

/* What events take out of the rows that are kept, and who is given one. */
#include "api/row_cache.h"

#include "base/test.h"

struct kept {
	struct arena *a;
	struct row_cache *k;
	struct actor actor;
};

static void kept_init(struct kept *x)
{
	x->a = arena_new();
	x->k = row_cache_new();
	x->actor = (struct actor){.kind = ACTOR_ACCOUNT, .account_id = 1};
	x->actor.all_lines = x->actor.all_brands = true;
}

static void kept_release(struct kept *x)
{
	row_cache_free(x->k);
	arena_free(x->a);
}

/* Events 1..head have been read, and none of them took anything out. */
static void reach(struct kept *x, int64_t head)
{
	const struct event ev = {.id = head, .type = EVENT_JOB_DEAD};
	row_cache_apply(x->k, &ev);
}

static void keep(struct kept *x, int64_t id, int64_t contact, bool unread, int64_t head)
{
	const struct ticket_row row = {.t = {.id = id,
	                                     .version = 3,
	                                     .contact_id = contact,
	                                     .line_id = 7,
	                                     .brand_id = 8,
	                                     .last_message_id = 50},
	                               .unread = unread};
	str json = str_printf(
	    x->a, "{\"id\":%lld,\"subject\":\"\\\"unread\\\":false\",\"unread\":%s,\"v\":1}",
	    (long long)id, unread ? "true" : "false");
	row_cache_keep(x->k, &row, LANG_EN, json, head);
}

static str find(struct kept *x, int64_t id, int64_t version, int64_t read, int64_t head)
{
	const struct ticket_key key = {.id = id, .version = version, .read = read};
	str row = STR_NONE;
	size_t missing = row_cache_find(x->k, x->a, &x->actor, LANG_EN, &key, 1, head, &row);
	CHECK_INT(missing, row.p ? 0 : 1);
	return row;
}

#define ROW(id, unread)                                                                            \
	"{\"id\":" #id ",\"subject\":\"\\\"unread\\\":false\",\"unread\":" #unread ",\"v\":1}"

TEST(row_cache_gives_what_it_keeps)
{
	struct kept x;
	kept_init(&x);
	reach(&x, 10);
	keep(&x, 1, 5, false, 10);
	keep(&x, 2, 5, true, 10);
	CHECK_STR(find(&x, 1, 3, 50, 10), ROW(1, false));
	CHECK_STR(find(&x, 1, 3, 49, 10), ROW(1, true)); /* another reader's mark */
	CHECK_STR(find(&x, 2, 3, 50, 12), ROW(2, false));
	CHECK_STR(find(&x, 2, 3, 0, 10), ROW(2, true));
	CHECK(!find(&x, 1, 4, 50, 10).p); /* of another version */
	CHECK(!find(&x, 1, 3, 50, 9).p);  /* made after that snapshot */
	CHECK(!find(&x, 3, 3, 50, 10).p);
	const struct ticket_key key = {.id = 1, .version = 3};
	str row = STR_NONE;
	CHECK_INT(row_cache_find(x.k, x.a, &x.actor, LANG_RU, &key, 1, 10, &row), 1);
	kept_release(&x);
}

TEST(row_cache_keeps_nothing_that_may_have_changed_meanwhile)
{
	struct kept x;
	kept_init(&x);
	reach(&x, 11);
	keep(&x, 1, 5, false, 10); /* read before event 11 */
	CHECK(!find(&x, 1, 3, 50, 11).p);
	keep(&x, 1, 5, false, 11);
	CHECK_STR(find(&x, 1, 3, 50, 11), ROW(1, false));
	kept_release(&x);
}

TEST(row_cache_asks_what_the_actor_sees)
{
	struct kept x;
	kept_init(&x);
	reach(&x, 1);
	keep(&x, 1, 5, false, 1);
	int64_t lines[] = {6}, brands[] = {8};
	x.actor.all_lines = x.actor.all_brands = false;
	x.actor.lines = lines;
	x.actor.brands = brands;
	x.actor.n_lines = x.actor.n_brands = 1;
	CHECK(!find(&x, 1, 3, 50, 1).p);
	lines[0] = 7;
	CHECK(find(&x, 1, 3, 50, 1).p);
	x.actor.kind = ACTOR_SYSTEM; /* no account: nothing is unread */
	CHECK_STR(find(&x, 1, 3, 0, 1), ROW(1, false));
	kept_release(&x);
}

TEST(row_cache_forgets_by_event)
{
	static const struct {
		struct event ev;
		bool rare;
		bool left[3]; /* tickets 1 (contact 5), 2 (contact 5), 3 (contact 6) */
	} cases[] = {
	    {{.type = EVENT_TICKET_CHANGED, .ticket_id = 1}, false, {false, true, true}},
	    {{.type = EVENT_MESSAGE_ADDED, .ticket_id = 3}, false, {true, true, false}},
	    {{.type = EVENT_TICKET_CHANGED}, false, {false, false, false}},
	    {{.type = EVENT_CONTACT_CHANGED, .data = {"{\"contact_id\":5,\"field\":\"name\"}", 31}},
	     false,
	     {false, false, true}},
	    {{.type = EVENT_CONTACT_CHANGED, .data = {"{}", 2}}, false, {false, false, false}},
	    {{.type = EVENT_CONTACT_CREATED, .data = {"{\"contact_id\":5}", 16}},
	     false,
	     {true, true, true}},
	    {{.type = EVENT_INTAKE_RECORDED, .ticket_id = 2}, false, {true, false, true}},
	    {{.type = EVENT_SESSION_ENDED}, false, {true, true, true}},
	    {{.type = EVENT_CONTACT_ERASED}, true, {false, false, false}},
	    {{.type = EVENT_CONTACT_MERGED}, true, {false, false, false}},
	    {{.type = EVENT_TICKET_MERGED, .ticket_id = 1}, true, {false, false, false}},
	    {{.type = EVENT_ADMIN_CHANGED}, true, {false, false, false}},
	    {{.type = EVENT_ACCOUNT_CHANGED}, true, {false, false, false}},
	    {{.type = EVENT_TYPE_COUNT}, true, {false, false, false}}, /* of a newer program */
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct kept x;
		struct event ev = cases[i].ev;
		kept_init(&x);
		reach(&x, 1);
		for (int64_t id = 1; id <= 3; id++)
			keep(&x, id, id == 3 ? 6 : 5, false, 1);
		ev.id = 2;
		row_cache_apply(x.k, &ev);
		/* Nothing that a reader remembers is told of by what leaves rows in. */
		CHECK_INT(row_cache_mark(x.k, 2), cases[i].rare ? 2 : 0);
		CHECK_INT(row_cache_mark(x.k, 1), 0);
		for (int64_t id = 1; id <= 3; id++)
			CHECK_INT(find(&x, id, 3, 50, 2).p != NULL, cases[i].left[id - 1]);
		kept_release(&x);
	}
}

TEST(row_cache_is_bounded)
{
	struct kept x;
	kept_init(&x);
	reach(&x, 1);
	size_t left = 0;
	for (int64_t id = 1; id <= ROW_CACHE_ROWS + 1000; id++)
		keep(&x, id, 5, false, 1);
	for (int64_t id = 1; id <= ROW_CACHE_ROWS + 1000; id++)
		left += find(&x, id, 3, 50, 1).p != NULL;
	CHECK_INT(left, ROW_CACHE_ROWS);
	CHECK(find(&x, ROW_CACHE_ROWS + 1000, 3, 50, 1).p);

	char *wide = arena_alloc(x.a, ROW_CACHE_ROW_BYTES);
	memset(wide, 'x', ROW_CACHE_ROW_BYTES);
	const struct ticket_row row = {.t = {.id = 99999, .version = 3}};
	row_cache_keep(
	    x.k, &row, LANG_EN,
	    str_printf(x.a, "{\"s\":\"%.*s\",\"unread\":false}", ROW_CACHE_ROW_BYTES, wide), 1);
	CHECK(!find(&x, 99999, 3, 0, 1).p);
	kept_release(&x);
}

/* push.c: see push.h. */
#include "push/push.h"

#include <pthread.h>
#include <stdatomic.h>

#include "json/read.h"
#include "json/write.h"
#include "sys/worker.h"

enum { PAGE = 256, CLOSE_AUTH = 4401, CLOSE_AWAY = 1001 };
/* How often a session's end is looked for when nothing happens. */
#define RECHECK (30 * USEC_SECOND)

struct sub {
	struct sub *next;
	struct push_hub *hub;
	struct http_stream *stream;
	void *pack; /* what the actor points to: thousands of these wait, so no arena each */
	struct actor actor;
	int64_t cursor;     /* everything up to it was sent or may not be seen */
	bool greeted, live; /* live: the cursor keeps up with the hub's */
	bool has_after;
	bool over; /* its session or its right has ended: closing */
	_Atomic bool closed;
	_Atomic int refs; /* the hub's and the stream's */
};

struct push_hub {
	struct push_options o;
	pthread_t thread;
	bool started;
	struct clock_waker waker;
	_Atomic bool stopping;
	pthread_mutex_t mutex; /* of incoming */
	struct sub *incoming;
	struct sub *subs; /* the thread's own */
	_Atomic int64_t clients, cursor, sent, resets;
};

static void sub_unref(struct sub *s)
{
	if (atomic_fetch_sub(&s->refs, 1) > 1)
		return;
	http_stream_unref(s->stream);
	free(s->pack);
	free(s);
}

static void on_close(struct http_stream *stream, int code, void *arg)
{
	struct sub *s = arg;
	struct push_hub *hub = s->hub;
	atomic_store(&s->closed, true);
	atomic_fetch_sub(&hub->clients, 1);
	if (!atomic_load(&hub->stopping))
		clock_wake(&hub->waker);
	sub_unref(s);
}

static const struct http_stream_handlers handlers = {.on_close = on_close};

/* ---- actors ---- */

static void actor_copy(struct sub *s, const struct actor *from)
{
	struct actor to = *from;
	size_t lines = from->n_lines * sizeof(int64_t), brands = from->n_brands * sizeof(int64_t);
	char *p = xmalloc(lines + brands + from->scope.n + from->name.n), *at = p;
	if (lines)
		to.lines = memcpy(at, from->lines, lines);
	at += lines;
	if (brands)
		to.brands = memcpy(at, from->brands, brands);
	at += brands;
	if (from->scope.n)
		to.scope.p = memcpy(at, from->scope.p, from->scope.n);
	at += from->scope.n;
	if (from->name.n)
		to.name.p = memcpy(at, from->name.p, from->name.n);
	free(s->pack);
	s->pack = p;
	s->actor = to;
}

/* The actor as it is now; a stream whose session is over is closed. */
static void recheck(struct push_hub *hub, struct db_conn *c, struct sub *s)
{
	ARENA_AUTO a = arena_new();
	struct actor now;
	struct error e;
	enum err err = actor_refresh(a, c, &s->actor, clock_now(hub->o.clock), &now, &e);
	if (err == ERR_OK && actor_may(&now, RIGHT_TICKET_READ))
		actor_copy(s, &now);
	else if (err == ERR_OK || err == ERR_AUTH)
		http_stream_close(s->stream, CLOSE_AUTH);
	else /* the database is away: better no events than foreign ones */
		http_stream_close(s->stream, CLOSE_AWAY);
	/* The loop closes it in its own time; until then it is told nothing. */
	if (err != ERR_OK || !actor_may(&now, RIGHT_TICKET_READ))
		s->over = true;
}

static int64_t account_of(struct arena *a, const struct event *ev)
{
	const struct json *j;
	struct error e;
	if (json_parse(a, ev->data, NULL, &j, &e) != ERR_OK)
		return 0;
	return json_get_i64(j, "account_id", 0);
}

/* Events after which actors are no longer what they were. */
static void recheck_concerned(struct push_hub *hub, struct db_conn *c, struct arena *a,
                              const struct event *ev)
{
	bool all = ev->type == EVENT_ADMIN_CHANGED;
	if (!all && ev->type != EVENT_ACCOUNT_CHANGED && ev->type != EVENT_SESSION_ENDED)
		return;
	int64_t account = all ? 0 : account_of(a, ev);
	for (struct sub *s = hub->subs; s; s = s->next)
		if (!atomic_load(&s->closed) && (all || s->actor.account_id == account))
			recheck(hub, c, s);
}

/* ---- sending ---- */

static void send_event(struct push_hub *hub, struct sub *s, int64_t id, str json)
{
	char text[24];
	snprintf(text, sizeof text, "%lld", (long long)id);
	/* Unnamed: a browser's EventSource gives those to onmessage. */
	if (http_stream_send_event(s->stream, str_of(text), STR(""), json))
		atomic_fetch_add(&hub->sent, 1);
}

static void greet(struct push_hub *hub, struct sub *s, bool reset)
{
	BUF_AUTO b;
	buf_init(&b, 256);
	buf_addf(&b, "{\"type\":\"hello\",\"cursor\":%lld,\"reset\":%s}", (long long)s->cursor,
	         reset ? "true" : "false");
	s->greeted = true;
	if (reset)
		atomic_fetch_add(&hub->resets, 1);
	send_event(hub, s, s->cursor, buf_str(&b));
}

/* One page of the log for one subscriber that is behind. */
static enum err catch_up(struct push_hub *hub, struct db_conn *c, struct sub *s, struct error *e)
{
	int64_t head = 0, far = hub->o.replay_max ? hub->o.replay_max : 10000;
	enum err err = event_head(c, &head, e);
	if (err)
		return err;
	if (!s->greeted) {
		/* What was changed between its request and now has been told to others only. */
		recheck(hub, c, s);
		if (s->over)
			return ERR_OK;
		bool reset = s->has_after && (s->cursor > head || head - s->cursor > far);
		if (!s->has_after || reset)
			s->cursor = head;
		greet(hub, s, reset);
	}
	ARENA_AUTO a = arena_new();
	struct event *list = NULL;
	size_t n = 0;
	BUF_AUTO b;
	buf_init(&b, 64 << 10);
	err = event_read_visible(a, c, &s->actor, 0, s->cursor, PAGE, &list, &n, e);
	for (size_t i = 0; err == ERR_OK && i < n; i++) {
		buf_clear(&b);
		hub->o.render(&b, &list[i]);
		send_event(hub, s, list[i].id, buf_str(&b));
		s->cursor = list[i].id;
	}
	/* The whole of this snapshot is behind it; the hub itself saw no later one. */
	if (err == ERR_OK && n < PAGE && head >= atomic_load(&hub->cursor)) {
		s->cursor = head;
		s->live = true;
	}
	return err;
}

/* The next page for all who are live. *more: the page was full. */
static enum err step(struct push_hub *hub, struct db_conn *c, bool *more, struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct event *list = NULL;
	size_t n = 0;
	BUF_AUTO b;
	buf_init(&b, 64 << 10);
	enum err err = event_read(a, c, atomic_load(&hub->cursor), PAGE, &list, &n, e);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		const struct event *ev = &list[i];
		recheck_concerned(hub, c, a, ev);
		buf_clear(&b);
		for (struct sub *s = hub->subs; s; s = s->next) {
			if (!s->live || s->over || ev->id <= s->cursor || atomic_load(&s->closed))
				continue;
			s->cursor = ev->id;
			if (!event_visible(ev, &s->actor))
				continue;
			if (b.n == 0)
				hub->o.render(&b, ev);
			send_event(hub, s, ev->id, buf_str(&b));
		}
		atomic_store(&hub->cursor, ev->id);
	}
	*more = n == PAGE;
	return ERR_OK;
}

/* ---- the thread ---- */

static void take_incoming(struct push_hub *hub)
{
	pthread_mutex_lock(&hub->mutex);
	struct sub *s = hub->incoming;
	hub->incoming = NULL;
	pthread_mutex_unlock(&hub->mutex);
	while (s) {
		struct sub *next = s->next;
		s->next = hub->subs;
		hub->subs = s;
		s = next;
	}
}

static void drop_closed(struct push_hub *hub)
{
	for (struct sub **p = &hub->subs; *p;) {
		struct sub *s = *p;
		if (atomic_load(&s->closed)) {
			*p = s->next;
			sub_unref(s);
		} else {
			p = &s->next;
		}
	}
}

static enum err round_of(struct push_hub *hub, bool *again, struct error *e)
{
	struct db_conn *c;
	bool more = false;
	usec now = clock_now(hub->o.clock);
	enum err err = db_read_begin(hub->o.db, &c, e);
	if (err)
		return err;
	for (struct sub *s = hub->subs; s; s = s->next)
		if (s->actor.expires_at && s->actor.expires_at <= now && !atomic_load(&s->closed))
			recheck(hub, c, s);
	err = step(hub, c, &more, e);
	for (struct sub *s = hub->subs; err == ERR_OK && s; s = s->next)
		if (!s->live && !s->over && !atomic_load(&s->closed)) {
			err = catch_up(hub, c, s, e);
			more = more || (!s->live && !s->over);
		}
	db_read_end(hub->o.db, c);
	*again = more;
	return err;
}

static void *run(void *arg)
{
	struct push_hub *hub = arg;
	while (!atomic_load(&hub->stopping)) {
		struct error e;
		bool again = false;
		take_incoming(hub);
		drop_closed(hub);
		enum err err = round_of(hub, &again, &e);
		if (err)
			log_warn(hub->o.log, "event log not readable", LOG_ERR(&e));
		if (again && err == ERR_OK)
			continue;
		usec pause = err ? USEC_SECOND : RECHECK;
		(void)clock_sleep_until(hub->o.clock, clock_now(hub->o.clock) + pause, &hub->waker);
	}
	take_incoming(hub);
	while (hub->subs) {
		struct sub *s = hub->subs;
		hub->subs = s->next;
		if (!atomic_load(&s->closed))
			http_stream_close(s->stream, CLOSE_AWAY);
		sub_unref(s);
	}
	return NULL;
}

/* ---- outside ---- */

void push_join(struct push_hub *hub, struct http_req *r, const struct push_join *join)
{
	size_t most = hub->o.max_clients ? hub->o.max_clients : 5000;
	if (atomic_load(&hub->stopping) || (size_t)atomic_load(&hub->clients) >= most) {
		const struct http_field h[] = {
		    {STR("Content-Type"), STR("application/json")},
		    {STR("Retry-After"), STR("5")},
		    {STR("Cache-Control"), STR("no-store")},
		};
		http_reply(r, 503, h, COUNT_OF(h),
		           STR("{\"code\":\"busy\",\"key\":\"error.busy\",\"message\":\"\","
		               "\"field\":null,\"retry_after\":5}"));
		return;
	}
	struct sub *s = xcalloc(1, sizeof *s);
	s->hub = hub;
	s->has_after = join->has_after;
	s->cursor = join->after;
	atomic_init(&s->refs, 2);
	actor_copy(s, join->actor);
	atomic_fetch_add(&hub->clients, 1);
	struct http_stream *stream =
	    join->websocket ? http_stream_ws(r, join->headers, join->n_headers, &handlers, s)
	                    : http_stream_sse(r, join->headers, join->n_headers, &handlers, s);
	if (!stream) { /* answered already: no upgrade was asked for */
		atomic_fetch_sub(&hub->clients, 1);
		free(s->pack);
		free(s);
		return;
	}
	s->stream = stream;
	pthread_mutex_lock(&hub->mutex);
	s->next = hub->incoming;
	hub->incoming = s;
	pthread_mutex_unlock(&hub->mutex);
	clock_wake(&hub->waker);
}

void push_wake(struct push_hub *hub)
{
	clock_wake(&hub->waker);
}

enum err push_start(const struct push_options *o, struct push_hub **out, struct error *e)
{
	struct push_hub *hub = xcalloc(1, sizeof *hub);
	struct db_conn *c;
	int64_t head = 0;
	hub->o = *o;
	pthread_mutex_init(&hub->mutex, NULL);
	clock_waker_init(&hub->waker);
	enum err err = db_read_begin(o->db, &c, e);
	if (err == ERR_OK) {
		err = event_head(c, &head, e);
		db_read_end(o->db, c);
	}
	atomic_store(&hub->cursor, head);
	if (err == ERR_OK) {
		err = thread_start(&hub->thread, "push", run, hub, e);
		hub->started = err == ERR_OK;
	}
	if (err) {
		push_stop(hub);
		return err;
	}
	*out = hub;
	return ERR_OK;
}

void push_stop(struct push_hub *hub)
{
	if (!hub)
		return;
	atomic_store(&hub->stopping, true);
	if (hub->started) {
		clock_wake(&hub->waker);
		pthread_join(hub->thread, NULL);
	}
	/* Streams close on the loops' own time and say so here. The owner stops the
	 * HTTP server first, after which nobody calls any more. */
	clock_waker_release(&hub->waker);
	pthread_mutex_destroy(&hub->mutex);
	free(hub);
}

void push_stats(struct push_hub *hub, struct push_stats *out)
{
	*out = (struct push_stats){
	    .clients = atomic_load(&hub->clients),
	    .cursor = atomic_load(&hub->cursor),
	    .sent = atomic_load(&hub->sent),
	    .resets = atomic_load(&hub->resets),
	};
}

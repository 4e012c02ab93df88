/* dispatch.c: the way of a request from the loop to a worker, to the writer, and back.
 *
 * Invariants
 *  - Every request is answered exactly once, by api_answer, api_fail or a stream.
 *  - The actor of a write is looked up again inside its transaction: a session
 *    that ended meanwhile changes nothing.
 *  - A write's answer leaves after its commit.
 *  - A key of Idempotency-Key is looked up, and its answer stored, in the
 *    transaction of the write itself.
 */
#include <unistd.h>

#include "api/image.h"
#include "api/guess.h"
#include "api/map.h"
#include "api/row_cache.h"
#include "desk/session.h"
#include "store/ahead.h"
#include "store/idempotency.h"
#include "sys/digest.h"

enum { OUT_MAX = 64 << 20, KEPT_MAX = 1 << 20, EMPTY_BODY_MAX = 4096 };

/* ---- on the loop's thread ---- */

static const struct http_field json_type = {{"Content-Type", 12}, {"application/json", 16}};

static struct api_call *call_new(struct api *api, struct http_req *r)
{
	struct api_call *call = ARENA_NEW(r->arena, struct api_call);
	call->api = api;
	call->desk = api->o.desk;
	call->req = r;
	call->arena = r->arena;
	call->raw.fd = -1;
	call->actor = actor_nobody(api_language(http_header(r, "accept-language")));
	call->now = clock_now(api->o.desk->clock);
	buf_init(&call->out, OUT_MAX);
	r->user = call;
	return call;
}

static void answer_openapi(struct api *api, struct api_call *call)
{
	struct http_req *r = call->req;
	str etag = str_of(api->openapi_etag);
	bool same = str_eq(str_trim(http_header(r, "if-none-match")), etag);
	const struct http_field h[] = {
	    json_type,
	    {STR("ETag"), etag},
	    {STR("Cache-Control"), STR("public, max-age=300")},
	    {STR("Content-Security-Policy"), STR("default-src 'none'; frame-ancestors 'none'")},
	    {STR("X-Content-Type-Options"), STR("nosniff")},
	    {STR("Referrer-Policy"), STR("no-referrer")},
	};
	api_metrics_count(api->metrics, call->route, same ? 304 : 200, 0);
	buf_release(&call->out);
	http_reply_static(r, same ? 304 : 200, h, COUNT_OF(h),
	                  same ? STR_NONE : str_n(api_openapi_json, api_openapi_size));
}

enum http_verdict api_on_head(struct api *api, struct http_req *r)
{
	struct api_call *call = call_new(api, r);
	const struct api_path *path = api_path_find(r->path, &call->id, &call->token);
	struct error e = {.code = ERR_OK};
	if (!path) {
		api_fail(call, ERR_NOT_FOUND,
		         (error_set(&e, ERR_NOT_FOUND, "error.not_found", NULL, NULL), &e));
		return HTTP_REPLIED;
	}
	enum http_method method = r->method == HTTP_HEAD ? HTTP_GET : r->method;
	call->route = path->by_method[method];
	if (!call->route) {
		struct http_field allow = {STR("Allow"), api_path_allow(r->arena, path)};
		api_fail_status(call, 405, "method", "error.method", &allow, 1);
		return HTTP_REPLIED;
	}
	call->status = call->route->status;
	if (call->route->mode == API_MODE_STATIC) {
		answer_openapi(api, call);
		return HTTP_REPLIED;
	}
	if (call->route->mode == API_MODE_SPOOL) {
		/* Who does not even say who they are is not read to the end. */
		if (!http_cookie(r, "otklik").n && !http_cookie(r, "__Host-otklik").n &&
		    !http_header(r, "authorization").n) {
			api_fail(call, ERR_AUTH,
			         (error_set(&e, ERR_AUTH, "error.auth", NULL, NULL), &e));
			return HTTP_REPLIED;
		}
		r->body_limit = call->desk->upload_max ? call->desk->upload_max : 25 << 20;
		r->spool = true;
	} else {
		r->body_limit = call->route->in ? api->o.body_max : EMPTY_BODY_MAX;
	}
	if (r->content_length > r->body_limit) {
		api_fail(call, ERR_TOO_LARGE,
		         (error_set(&e, ERR_TOO_LARGE, "error.too_large", NULL, NULL), &e));
		return HTTP_REPLIED;
	}
	return HTTP_READ_BODY;
}

static void work(void *context, void *arg);

void api_on_request(struct api *api, struct http_req *r)
{
	struct api_call *call = r->user;
	/* What is slow on purpose has threads of its own, so that guessing
	 * passwords does not slow down anybody's reading. */
	bool slow = call->route->prepare && call->route->mode != API_MODE_SPOOL;
	if (!workers_submit(slow ? api->slow : api->workers, work, call)) {
		struct error e;
		enum err err = error_set(&e, ERR_BUSY, "error.busy", NULL, NULL);
		api_fail(call, err, &e);
	}
}

/* ---- decoding, on a worker ---- */

static bool is_json(str content_type)
{
	ptrdiff_t semicolon = str_chr(content_type, ';');
	if (semicolon >= 0)
		content_type = str_sub(content_type, 0, (size_t)semicolon);
	return str_eq_nocase(str_trim(content_type), STR("application/json"));
}

static enum err decode(struct api_call *call, struct error *e)
{
	const struct api_route *route = call->route;
	struct http_req *r = call->req;
	enum err err = ERR_OK;
	if (route->query) {
		void *query = arena_alloc(r->arena, route->query->size);
		err = api_read_query(r->arena, route->query, r->query, query, e);
		call->query = query;
	}
	if (err == ERR_OK && route->in) {
		const struct json *j;
		void *in = arena_alloc(r->arena, route->in->size);
		/* No body at all is an empty object: every field may be optional. */
		str body = r->body.n ? r->body : STR("{}");
		const struct json_limits limits = {
		    .bytes = (size_t)call->api->o.body_max, .depth = 16, .wide = true};
		err = json_parse(r->arena, body, &limits, &j, e);
		if (err == ERR_OK)
			err = api_read(r->arena, route->in, j, in, e);
		call->in = in;
	}
	return err;
}

static enum err hash_request(struct api_call *call, struct error *e)
{
	struct http_req *r = call->req;
	call->idempotency_key = http_header(r, "idempotency-key");
	if (!call->idempotency_key.p)
		return ERR_OK;
	if (call->idempotency_key.n == 0 || call->idempotency_key.n > IDEMPOTENCY_KEY_MAX ||
	    !str_is_utf8(call->idempotency_key))
		return error_set(e, ERR_INVALID, "error.too_long", "Idempotency-Key", "200");
	struct digest_stream h;
	uint8_t digest[DIGEST_SIZE];
	digest_init(&h);
	/* With what the caller may do and see: an answer is not given again to a token, or after a
	 * change, that would have got less of it. */
	const struct actor *actor = call->actor;
	const str parts[] = {r->method_name,
	                     STR("\n"),
	                     r->path,
	                     STR("\n"),
	                     r->query,
	                     STR("\n"),
	                     str_printf(r->arena, "%llx", (unsigned long long)actor->rights),
	                     actor->scope,
	                     STR("\n")};
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		digest_add(&h, parts[i]);
	if (r->body_fd >= 0) {
		char *block = arena_alloc(r->arena, 64 << 10);
		for (int64_t at = 0; at < r->body_size;) {
			ssize_t n = pread(r->body_fd, block, 64 << 10, at);
			if (n <= 0)
				return error_detail(e, ERR_IO, "cannot read the spooled body");
			digest_add(&h, str_n(block, (size_t)n));
			at += n;
		}
	} else {
		digest_add(&h, r->body);
	}
	digest_end(&h, digest);
	call->request_hash = str_hex(r->arena, str_n((char *)digest, sizeof digest));
	return ERR_OK;
}

/* ---- noting that a session is in use, after a read ---- */

struct touch {
	struct db_job job;
	struct arena *arena;
	const struct desk *desk;
	struct actor actor;
};

static enum err touch_run(struct db_job *job, struct db_conn *tx, struct error *e)
{
	struct touch *t = CONTAINER_OF(job, struct touch, job);
	return desk_session_touch(t->desk, t->arena, tx, &t->actor, e);
}

static void touch_done(struct db_job *job, enum err result, const struct error *e)
{
	arena_free(CONTAINER_OF(job, struct touch, job)->arena);
}

static void touch(struct api_call *call)
{
	if (!actor_touch_due(call->actor, call->now))
		return;
	struct arena *a = arena_new();
	struct touch *t = ARENA_NEW(a, struct touch);
	t->arena = a;
	t->desk = call->desk;
	t->actor = (struct actor){.kind = call->actor->kind,
	                          .account_id = call->actor->account_id,
	                          .session_id = call->actor->session_id,
	                          .token_id = call->actor->token_id};
	t->job.run = touch_run;
	t->job.done = touch_done;
	/* It is no loss when the writer is busy: the next request notes it. */
	if (db_submit(call->api->o.db, &t->job) != ERR_OK)
		arena_free(a);
}

/* ---- writes ---- */

/* Gives the stored answer when this request was done before. */
static enum err replay(struct api_call *call, bool *found, struct error *e)
{
	struct idempotency kept;
	enum err err =
	    idempotency_get(call->arena, call->conn, call->actor->account_id, call->idempotency_key,
	                    call->request_hash, call->now, found, &kept, e);
	if (err == ERR_CONFLICT)
		return error_set(e, ERR_INVALID, "error.idempotency_mismatch", "Idempotency-Key",
		                 NULL);
	if (err || !*found)
		return err;
	if (kept.response.n == 0) /* it held a secret, or was too long to keep */
		return error_set(e, ERR_CONFLICT, "error.done_before", "Idempotency-Key", NULL);
	buf_add(&call->out, kept.response);
	call->status = (int)kept.status;
	call->replayed = true;
	return ERR_OK;
}

static enum err run_write(struct db_job *job, struct db_conn *tx, struct error *e)
{
	struct api_call *call = CONTAINER_OF(job, struct api_call, job);
	bool keyed = call->idempotency_key.p && call->actor->kind == ACTOR_ACCOUNT, found = false;
	arena_clear(call->job_arena);
	buf_clear(&call->out);
	call->conn = tx;
	call->now = clock_now(call->desk->clock);
	call->status = call->route->status;
	call->set_cookie = STR_NONE;
	call->secret = call->replayed = false;
	enum err err = ERR_OK;
	const struct actor *before = call->actor;
	if (before->kind != ACTOR_NOBODY) {
		struct actor *actor = ARENA_NEW(call->job_arena, struct actor);
		err = actor_refresh(call->job_arena, tx, before, call->now, actor, e);
		call->actor = err ? before : actor;
		if (err == ERR_OK)
			err = api_auth_route(call, e);
		if (err == ERR_OK && actor_touch_due(actor, call->now))
			err = desk_session_touch(call->desk, call->job_arena, tx, actor, e);
	}
	if (err == ERR_OK && keyed)
		err = replay(call, &found, e);
	if (err == ERR_OK && !found) {
		struct jw w;
		jw_init(&w, &call->out);
		err = call->route->run(call, &w, e);
		if (err == ERR_OK && keyed) {
			bool keep = !call->secret && !call->out.failed && call->out.n <= KEPT_MAX;
			const struct idempotency answer = {
			    .request_hash = call->request_hash,
			    .status = call->status,
			    .response = keep ? buf_str(&call->out) : STR(""),
			};
			err = idempotency_put(tx, call->actor->account_id, call->idempotency_key,
			                      &answer, call->now, e);
		}
	}
	/* The first actor outlives the job's arena, which a second run clears. */
	call->account_id = call->actor->kind == ACTOR_ACCOUNT ? call->actor->account_id : 0;
	call->actor = before;
	call->conn = NULL;
	return err;
}

static void done_write(struct db_job *job, enum err result, const struct error *e)
{
	struct api_call *call = CONTAINER_OF(job, struct api_call, job);
	if (result == ERR_OK)
		api_answer(call);
	else
		api_fail(call, result, e);
}

static enum err begin_write(struct api_call *call, struct error *e)
{
	enum err err = ERR_OK;
	if (call->req->method == HTTP_POST)
		err = hash_request(call, e);
	if (err == ERR_OK && call->route->prepare)
		err = call->route->prepare(call, e);
	if (err)
		return err;
	call->job_arena = arena_new();
	call->arena = call->job_arena;
	call->job.run = run_write;
	call->job.done = done_write;
	err = db_submit(call->api->o.db, &call->job);
	if (err)
		return error_set(e, ERR_BUSY, "error.busy", NULL, NULL);
	return ERR_OK;
}

/* ---- on a worker ---- */

static void begin_stream(struct api_call *call)
{
	struct http_req *r = call->req;
	struct error e;
	str last = http_header(r, "last-event-id"), after = http_query_get(r, "after");
	struct api_stream s = {
	    .actor = call->actor,
	    .websocket = call->route == &api_routes[API_ROUTE_EVENT_SOCKET],
	};
	/* A browser that comes back says where it was; the query is from its first call. */
	str from = last.n ? last : after;
	if (from.n) {
		s.has_after = str_to_i64(from, &s.after) && s.after >= 0;
		if (!s.has_after) {
			api_fail(
			    call, ERR_INVALID,
			    (error_set(&e, ERR_INVALID, "error.not_a_number", "after", NULL), &e));
			return;
		}
	}
	if (!call->api->o.stream) {
		api_fail(call, ERR_BUSY, (error_set(&e, ERR_BUSY, "error.busy", NULL, NULL), &e));
		return;
	}
	const struct http_field headers[] = {
	    {STR("Cache-Control"), STR("no-store")},
	    {STR("X-Content-Type-Options"), STR("nosniff")},
	    {STR("X-Accel-Buffering"), STR("no")}, /* nginx would hold events back */
	};
	s.headers = headers;
	s.n_headers = COUNT_OF(headers);
	log_info(call->api->o.log, "stream", LOG_Z("route", call->route->name),
	         LOG_INT("account", call->actor->account_id), LOG_STR("peer", r->peer));
	api_metrics_count(call->api->metrics, call->route, 200, 0);
	buf_release(&call->out);
	call->api->o.stream(call->api->o.stream_arg, r, &s);
}

/* The page of a ticket and its thread: what they will ask goes out with the question who is asking,
 * as it was for the same credential before. */
static void ask_early(struct api_call *call)
{
	struct actor guess;
	bool page = call->route == &api_routes[API_ROUTE_TICKET_GET];
	bool thread = call->route == &api_routes[API_ROUTE_MESSAGE_LIST] && !call->req->query.n;
	if (page)
		ahead_event_head(call->conn);
	if ((!page && !thread) || db_conn_engine(call->conn) == DB_SQLITE ||
	    call->proof == API_PROOF_NONE ||
	    !api_guess(call->api->guesses, call->req->arena, call->credential, &guess))
		return;
	if (page)
		ahead_ticket(call->conn, &guess, call->id);
	else
		ahead_thread(call->conn, &guess, call->id, 0, API_THREAD_PAGE);
}

/* What the connection remembers of lines, brands and so on holds for this page too? */
static enum err remember(struct api_call *call, struct error *e)
{
	int64_t head;
	if (call->route != &api_routes[API_ROUTE_TICKET_GET])
		return ERR_OK;
	enum err err = event_head(call->conn, &head, e);
	if (!err && head)
		err = row_cache_follow(call->api->rows, call->arena, call->conn, head, e);
	if (!err && head)
		db_keep_while(call->conn, row_cache_mark(call->api->rows, head));
	return err;
}

/* Everything that is asked on a snapshot. *wrote: the call goes on elsewhere. */
static enum err work_read(struct api_call *call, struct error *e)
{
	enum err err = db_read_begin(call->api->o.db, &call->conn, e);
	if (err)
		return err;
	ask_early(call);
	err = api_auth_actor(call, call->req->arena, e);
	if (err == ERR_OK)
		err = api_auth_route(call, e);
	if (err == ERR_OK)
		err = decode(call, e);
	if (err == ERR_OK)
		err = remember(call, e);
	if (err == ERR_OK && call->proof != API_PROOF_NONE && db_conn_engine(call->conn) == DB_PG)
		api_guess_note(call->api->guesses, call->credential, call->actor);
	if (err == ERR_OK && call->route->mode == API_MODE_READ) {
		struct jw w;
		jw_init(&w, &call->out);
		err = call->route->run(call, &w, e);
	}
	if (call->conn) /* an export that could not begin anew has none */
		db_read_end(call->api->o.db, call->conn);
	call->conn = NULL;
	return err;
}

static void work_after(void *context, void *arg)
{
	struct api_call *call = arg;
	struct error e = {.code = ERR_OK};
	enum err err = http_gone(call->req) ? error_set(&e, ERR_BUSY, "error.busy", NULL, NULL)
	                                    : call->after(call, &e);
	api_images_leave(call->api->images, call->actor->account_id);
	if (err)
		api_fail(call, err, &e);
	else
		api_answer(call);
}

static void work(void *context, void *arg)
{
	struct api_call *call = arg;
	const struct api_route *route = call->route;
	struct error e = {.code = ERR_OK};
	if (http_gone(call->req) && route->mode != API_MODE_WRITE) {
		api_fail(call, ERR_BUSY, (error_set(&e, ERR_BUSY, "error.busy", NULL, NULL), &e));
		return;
	}
	enum err err = api_auth_begin(call, &e);
	if (err == ERR_OK && route->in && call->req->body.n &&
	    !is_json(http_header(call->req, "content-type"))) {
		api_fail_status(call, 415, "content_type", "error.content_type", NULL, 0);
		return;
	}
	if (err == ERR_OK)
		err = work_read(call, &e);
	if (err == ERR_OK && (route->mode == API_MODE_WRITE || route->mode == API_MODE_SPOOL)) {
		/* On success the writer owns the call and may have answered already. */
		err = begin_write(call, &e);
		if (err == ERR_OK)
			return;
	}
	if (err) {
		api_fail(call, err, &e);
		return;
	}
	if (route->mode == API_MODE_STREAM) {
		begin_stream(call);
		return;
	}
	touch(call);
	if (!call->after) {
		api_answer(call);
	} else if (!api_images_enter(call->api->images, call->actor->account_id)) {
		err = error_set(&e, ERR_THROTTLED, "error.images_at_once", NULL, NULL);
		e.retry_after = 5 * USEC_SECOND;
		api_fail(call, err, &e);
	} else if (!workers_submit(call->api->outside, work_after, call)) {
		api_images_leave(call->api->images, call->actor->account_id);
		err = error_set(&e, ERR_BUSY, "error.busy", NULL, NULL);
		api_fail(call, err, &e);
	}
}

/* ---- life ---- */

enum err api_new(const struct api_options *o, struct api **out, struct error *e)
{
	struct api *api = xcalloc(1, sizeof *api);
	api->o = *o;
	if (!api->o.body_max)
		api->o.body_max = 1 << 20;
	/* Origin: scheme and authority of the base URL, without the path. */
	ptrdiff_t i = str_find(o->base_url, STR("://"));
	if (i >= 0) {
		str rest = str_from(o->base_url, (size_t)i + 3);
		ptrdiff_t slash = str_chr(rest, '/');
		api->origin = slash < 0 ? o->base_url
		                        : str_sub(o->base_url, 0, (size_t)i + 3 + (size_t)slash);
	}
	uint8_t digest[DIGEST_SIZE];
	digest_of(str_n(api_openapi_json, api_openapi_size), digest);
	snprintf(api->openapi_etag, sizeof api->openapi_etag,
	         "\"%02x%02x%02x%02x%02x%02x%02x%02x\"", digest[0], digest[1], digest[2], digest[3],
	         digest[4], digest[5], digest[6], digest[7]);
	api->metrics = api_metrics_new();
	api->rows = row_cache_new();
	api->guesses = api_guesses_new();
	struct worker_options w = {
	    .threads = o->workers ? o->workers : 4, .queue_max = o->queue_max, .name = "api"};
	enum err err = workers_new(&w, &api->workers, e);
	if (err == ERR_OK) {
		w.threads = o->password_workers ? o->password_workers : 2;
		w.queue_max = 64;
		w.name = "api-slow";
		err = workers_new(&w, &api->slow, e);
	}
	if (err == ERR_OK) {
		w.threads = 4;
		w.queue_max = 256;
		w.name = "api-outside";
		err = workers_new(&w, &api->outside, e);
	}
	api->images = api_images_new(o->image_cache);
	if (err) {
		api_free(api);
		return err;
	}
	*out = api;
	return ERR_OK;
}

void api_free(struct api *api)
{
	if (!api)
		return;
	workers_free(api->slow);
	workers_free(api->workers);
	workers_free(api->outside); /* the others hand work to it */
	api_images_free(api->images);
	api_metrics_free(api->metrics);
	row_cache_free(api->rows);
	api_guesses_free(api->guesses);
	free(api);
}

size_t api_waiting(struct api *api)
{
	return workers_waiting(api->workers) + workers_waiting(api->slow) +
	       workers_waiting(api->outside);
}

/* ---- for push ---- */

void api_render_event(struct buf *out, const struct event *ev)
{
	struct api_event o;
	struct jw w;
	api_of_event(&o, ev);
	jw_init(&w, out);
	api_event_write(&w, &o);
}

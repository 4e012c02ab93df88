/* call.h: one request under way, as the handlers see it, and the route table.
 *
 * A handler gets a call, what came in, and a zeroed struct for what goes out;
 * it returns an error or fills the struct. It may run more than once (a job is
 * replayed), so everything it makes lives in call->arena, which is cleared
 * before each run, and it has no effect outside its transaction.
 */
#ifndef OTKLIK_API_CALL_H
#define OTKLIK_API_CALL_H

#include "api/api.h"
#include "api/api_gen.h"
#include "sys/worker.h"

struct api_call;

/* What is no JSON: bytes, pages. */
struct api_raw {
	const char *content_type;
	str body;     /* in call->arena, or ... */
	int fd;       /* ... a file from offset 0, taken over; < 0: none */
	int64_t size; /* of the file */
	str filename; /* "" = no Content-Disposition */
	bool show;    /* inline instead of attachment; pictures only */
	const char *csp;
};

enum api_mode { API_MODE_READ, API_MODE_WRITE, API_MODE_SPOOL, API_MODE_STREAM, API_MODE_STATIC };
enum api_access { API_ACCESS_PUBLIC, API_ACCESS_SIGNED_IN, API_ACCESS_RIGHTS };
enum api_param { API_PARAM_NONE, API_PARAM_ID, API_PARAM_TOKEN };

struct api_route {
	const char *name, *path;
	enum http_method method;
	enum api_mode mode;
	enum api_access access;
	uint64_t rights; /* any of these */
	int status;
	bool etag, raw;
	const struct api_type *in, *query;
	enum err (*run)(struct api_call *call, struct jw *w, struct error *e);
	/* On a worker before the job, without a transaction: slow or outside work. */
	enum err (*prepare)(struct api_call *call, struct error *e);
};
extern const struct api_route api_routes[API_ROUTE_COUNT];

enum { API_SEGMENTS_MAX = 6 };
struct api_path {
	size_t n;
	enum api_param param;
	str segments[API_SEGMENTS_MAX]; /* "" = the parameter */
	const struct api_route *by_method[HTTP_OTHER + 1];
};
extern const struct api_path api_paths[];
extern const size_t api_n_paths;
extern const char api_openapi_json[];
extern const size_t api_openapi_size;

/* The path behind /api/v1; NULL when there is none. *id or *token is filled by
 * the path's parameter; an id that is none is no match. */
const struct api_path *api_path_find(str path, int64_t *id, str *token);
/* "GET, POST", in the arena. */
str api_path_allow(struct arena *a, const struct api_path *p);

/* By what the caller proves who it is. */
enum api_proof { API_PROOF_NONE, API_PROOF_COOKIE, API_PROOF_BEARER };

struct api_call {
	struct api *api;
	const struct desk *desk;
	struct http_req *req;
	const struct api_route *route;
	struct arena *arena;       /* of this run */
	struct db_conn *conn;      /* read snapshot, the job's transaction, or NULL in prepare */
	const struct actor *actor; /* never NULL */
	usec now;                  /* the clock when the run began */
	int64_t id;                /* {id} */
	str token;                 /* {token} */
	const void *query, *in;

	/* --- what a handler may leave besides its struct --- */
	struct api_raw raw;
	void *prepared; /* by prepare, in req->arena */
	/* What a read has still to do when its snapshot is given back, on a thread for what
	 * waits for others: it may fill raw, in req->arena. NULL: nothing. */
	enum err (*after)(struct api_call *call, struct error *e);
	int64_t version; /* for the ETag */
	str set_cookie;  /* whole value of Set-Cookie */
	bool written;    /* the handler has put the whole answer into `out` itself */
	bool secret;     /* the answer holds a secret: never kept for replays */

	/* --- of the dispatcher --- */
	struct db_job job;
	struct arena *job_arena; /* on the heap; a write's */
	struct buf out;
	enum api_proof proof;
	str credential;
	str idempotency_key, request_hash;
	bool replayed;
	int64_t account_id; /* who did the write, for the log: signing in has no actor before */
	int status;         /* of the answer */
	char etag[64];
};

struct api {
	struct api_options o;
	str origin;                               /* of base_url: "https://help.example.com" */
	struct workers *workers, *slow, *outside; /* outside: waits for servers elsewhere */
	struct api_images *images;
	char openapi_etag[40];
	struct api_metrics *metrics;
	struct row_cache *rows;
	struct api_guesses *guesses;
};

/* ---- answer.c ---- */

/* Answers with the error's JSON and ends the call. */
void api_fail(struct api_call *call, enum err code, const struct error *e);
/* The same with a status that no enum err stands for (405, 415). */
void api_fail_status(struct api_call *call, int status, const char *code, const char *key,
                     const struct http_field *extra, size_t n_extra);
/* Answers with call->out, or call->raw for raw routes, and ends the call. */
void api_answer(struct api_call *call);
int api_status_of(enum err code);
/* "en" or "ru" by the header, "en" when it names neither (RFC 9110, 12.5.4). */
const char *api_language(str accept_language);
/* attachment; filename="plain"; filename*=UTF-8''... (RFC 6266, RFC 8187). */
str api_disposition(struct arena *a, bool show, str filename);
/* png, jpeg, gif or webp by the first bytes; NULL otherwise. */
const char *api_image_type(str head);

/* ---- auth.c ---- */

/* Finds the credential and checks the rule against requests from foreign pages. */
enum err api_auth_begin(struct api_call *call, struct error *e) MUST_USE;
/* Fills call->actor on call->conn, in `a`; nobody when there is no credential. */
enum err api_auth_actor(struct api_call *call, struct arena *a, struct error *e) MUST_USE;
/* 401 or 403 unless the route is open to the actor. */
enum err api_auth_route(const struct api_call *call, struct error *e) MUST_USE;
/* The value of Set-Cookie for a session; token "" removes it. */
str api_auth_cookie(struct arena *a, bool secure, str token, usec max_age);

/* ---- metrics.c ---- */

struct api_metrics *api_metrics_new(void);
void api_metrics_free(struct api_metrics *m);
void api_metrics_count(struct api_metrics *m, const struct api_route *route, int status, usec took);

/* ---- for handlers ---- */

enum { API_THREAD_PAGE = 50 }; /* messages, unless the caller says how many */

/* What most verbs of desk/ begin with. */
#define CALL_DESK call->desk, call->arena, call->conn, call->actor

/* The error in the actor's language. */
str api_sentence(struct arena *a, const struct actor *actor, const struct error *e);

/* The version a change is based on: of the body, else of If-Match ("12-...").
 * 0 = none was given: the newest is changed. */
int64_t api_version(const struct api_call *call, bool has_version, int64_t version);

#endif

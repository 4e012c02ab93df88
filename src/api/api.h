/* api.h: the JSON API of /api/v1.
 *
 * An edge: it decodes requests, asks desk/, and encodes answers. The way of a
 * request: the route is found on the network loop; a worker finds the actor,
 * checks the route's right and the input; a read then runs on a snapshot, a
 * write becomes a job of the database's writer, whose answer leaves after the
 * commit. Handlers are in one file per topic; what is common to all of them
 * (signing in, rights, idempotency, ETags, errors, headers) is in dispatch.c
 * and its neighbours.
 */
#ifndef OTKLIK_API_API_H
#define OTKLIK_API_API_H

#include "base/buf.h"
#include "db/db.h"
#include "desk/desk.h"
#include "events/event.h"
#include "net/addr.h"
#include "net/http.h"
#include "store/actor.h"
#include "sys/clock.h"
#include "sys/log.h"

struct api;
struct inbox;
struct sender;
struct mailbox;

/* A request for the event stream, to be answered by whoever pushes. */
struct api_stream {
	const struct actor *actor; /* in r->arena: gone after the answer */
	bool websocket;
	bool has_after;
	int64_t after; /* the client has seen events up to this one */
	const struct http_field *headers;
	size_t n_headers;
};

struct api_options {
	/* Not owned; they outlive the API. */
	struct db *db;
	const struct desk *desk;
	struct log *log;
	const char *spool_dir; /* for answers that are made in a file; NULL: P_tmpdir */
	str base_url;          /* "https://help.example.com"; "" = as the client says */
	bool secure_cookies;   /* the session's cookie is for https only */
	int workers;           /* threads for reads and decoding; 0: 4 */
	int password_workers;  /* threads for what is slow on purpose; 0: 2 */
	size_t queue_max;      /* requests that wait for a worker; 0: 1024 */
	int64_t body_max;      /* of a JSON body; 0: 1 MiB */
	bool check_rows; /* rows of lists that are kept are made anew all the same, and one that
	                  * differs ends the process: for tests */
	size_t html_max; /* longer HTML of a letter is shown as text; 0: 2 MiB */
	/* Pictures in letters: fetched at once, not only when asked for; bytes of one (0: 5 MiB)
	 * and of those that are kept; where they may come from (NULL: public addresses). */
	bool images_proxy;
	size_t image_max, image_cache;
	bool (*image_allow)(const struct sockaddr *sa);
	/* Answers r, exactly once, with a stream or an error; on a worker's thread. NULL: 503. */
	void (*stream)(void *arg, struct http_req *r, const struct api_stream *s);
	void *stream_arg;
	/* Sends a test letter by a sender, on a worker's thread; lang: "en" or "ru". NULL: 503. */
	enum err (*sender_test)(void *arg, struct arena *a, const struct sender *s,
	                        const struct inbox *from, str to, const char *lang, bool *sent,
	                        str *words, struct error *e);
	void *sender_test_arg;
	/* Tries a mailbox without taking anything; may take a minute. NULL: 503. */
	enum err (*mailbox_try)(void *arg, const struct mailbox *m, int64_t *letters,
	                        struct error *e);
	void *mailbox_arg;
};

/* Starts the workers. */
enum err api_new(const struct api_options *o, struct api **out, struct error *e) MUST_USE;
/* Lets the workers finish; the database's writer must still run. NULL is fine. */
void api_free(struct api *api);

/* True for paths that belong to the API. */
bool api_owns(str path);
/* The two handlers of net/http.h, for those paths. */
enum http_verdict api_on_head(struct api *api, struct http_req *r);
void api_on_request(struct api *api, struct http_req *r);

/* The body (application/json, English) of what the HTTP server refuses by itself. */
void api_write_refusal(struct buf *out, int status);

/* One event as the JSON of the API, for push. */
void api_render_event(struct buf *out, const struct event *ev);

/* Counters and histograms in the text format of Prometheus. */
void api_metrics(struct api *api, struct buf *out);
/* Requests that wait for a worker. */
size_t api_waiting(struct api *api);

#endif

/* site.h: whatever is not the API: the browser interface, health, metrics, error pages.
 *
 * Files come from the program itself and are answered on the loop. /readyz and
 * /metrics ask the database and so run on a thread of their own; both answer
 * within a few seconds whatever hangs.
 */
#ifndef OTKLIK_SITE_SITE_H
#define OTKLIK_SITE_SITE_H

#include "base/buf.h"
#include "db/db.h"
#include "net/http.h"
#include "sys/clock.h"
#include "sys/log.h"

struct site;

enum { SITE_MAX_ALLOWED = 32 };

struct site_options {
	struct db *db;
	struct clock *clock;
	struct log *log;
	int schema_version;       /* of the newest migration this program knows */
	const str *metrics_allow; /* addresses and networks; "unix" for a local socket */
	size_t n_metrics_allow;
	const char *lang; /* of pages when the browser names none of ours */
	/* Appends further metrics in the text format of Prometheus; may be NULL. */
	void (*metrics)(void *arg, struct buf *out);
	/* Appends keys (short codes) of what is wrong though the service runs, separated
	 * by blanks: "no_send jobs_dead"; may be NULL. On the site's thread. */
	void (*degraded)(void *arg, struct db_conn *c, struct buf *out);
	void *arg;
};

/* The texts of the options are copied. */
enum err site_new(const struct site_options *o, struct site **out, struct error *e) MUST_USE;
void site_free(struct site *site); /* NULL is fine */
/* The process is about to end: /readyz says so. */
void site_drain(struct site *site);

/* The handlers of net/http.h, for all paths that are nobody else's. */
enum http_verdict site_on_head(struct site *site, struct http_req *r);
void site_on_request(struct site *site, struct http_req *r);

#endif

/* site_internal.h: what the files of site/ share. */
#ifndef OTKLIK_SITE_SITE_INTERNAL_H
#define OTKLIK_SITE_SITE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "net/addr.h"
#include "site/assets.h"
#include "site/site.h"
#include "sys/worker.h"

/* A change that changes nothing, sent through the writer to see that it lives.
 * At most one is under way; when it does not come back the next caller finds it so. */
struct site_probe {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	struct db_job job;
	bool under_way;
	enum err result;
	struct error error; /* when result says so */
	usec answered_at;   /* monotonic; 0: never */
};

struct site {
	struct site_options o;
	struct workers *workers;
	struct arena *arena;
	struct net_cidr allowed[SITE_MAX_ALLOWED];
	size_t n_allowed;
	bool metrics_unix;
	_Atomic bool draining;
	struct site_probe probe;
};

void site_reply_text(struct http_req *r, int status, const char *type, str body);
/* /readyz and /metrics: queues r for the site's thread. */
void site_health(struct site *site, struct http_req *r);

#endif

/* metrics.c: how many requests of each route ended how, and how long they took. */
#include <stdatomic.h>

#include "api/call.h"

static const int statuses[] = {200, 201, 204, 304, 400, 401, 403, 404,
                               405, 409, 413, 415, 422, 429, 500, 503};
/* Upper bounds in microseconds. */
static const usec bounds[] = {1000,   2500,   5000,   10000,   25000,  50000,
                              100000, 250000, 500000, 1000000, 2500000};

enum { N_STATUS = COUNT_OF(statuses) + 1, N_BOUND = COUNT_OF(bounds) };

struct api_metrics {
	/* The last row is for what matched no route. */
	_Atomic uint64_t count[API_ROUTE_COUNT + 1][N_STATUS];
	_Atomic uint64_t bucket[N_BOUND + 1];
	_Atomic uint64_t sum;
};

struct api_metrics *api_metrics_new(void)
{
	return xcalloc(1, sizeof(struct api_metrics));
}

void api_metrics_free(struct api_metrics *m)
{
	free(m);
}

void api_metrics_count(struct api_metrics *m, const struct api_route *route, int status, usec took)
{
	size_t row = route ? (size_t)(route - api_routes) : API_ROUTE_COUNT, s = 0, b = 0;
	while (s < COUNT_OF(statuses) && statuses[s] != status)
		s++;
	while (b < N_BOUND && took > bounds[b])
		b++;
	atomic_fetch_add_explicit(&m->count[row][s], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&m->bucket[b], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&m->sum, (uint64_t)(took > 0 ? took : 0), memory_order_relaxed);
}

void api_metrics(struct api *api, struct buf *out)
{
	struct api_metrics *m = api->metrics;
	buf_addz(out, "# HELP otklik_api_requests_total Requests by route and status.\n"
	              "# TYPE otklik_api_requests_total counter\n");
	for (size_t r = 0; r <= API_ROUTE_COUNT; r++)
		for (size_t s = 0; s < N_STATUS; s++) {
			uint64_t n = atomic_load_explicit(&m->count[r][s], memory_order_relaxed);
			if (!n)
				continue;
			buf_addf(out, "otklik_api_requests_total{route=\"%s\",status=\"",
			         r < API_ROUTE_COUNT ? api_routes[r].name : "none");
			if (s < COUNT_OF(statuses))
				buf_addf(out, "%d", statuses[s]);
			else
				buf_addz(out, "other");
			buf_addf(out, "\"} %llu\n", (unsigned long long)n);
		}
	buf_addz(out, "# HELP otklik_api_seconds Time from a request's head to its answer.\n"
	              "# TYPE otklik_api_seconds histogram\n");
	uint64_t total = 0;
	for (size_t b = 0; b <= N_BOUND; b++) {
		total += atomic_load_explicit(&m->bucket[b], memory_order_relaxed);
		if (b < N_BOUND)
			buf_addf(out, "otklik_api_seconds_bucket{le=\"%g\"} %llu\n",
			         (double)bounds[b] / 1e6, (unsigned long long)total);
		else
			buf_addf(out, "otklik_api_seconds_bucket{le=\"+Inf\"} %llu\n",
			         (unsigned long long)total);
	}
	buf_addf(out, "otklik_api_seconds_sum %.6f\notklik_api_seconds_count %llu\n",
	         (double)atomic_load_explicit(&m->sum, memory_order_relaxed) / 1e6,
	         (unsigned long long)total);
	buf_addf(out,
	         "# HELP otklik_api_waiting Requests that wait for a worker.\n"
	         "# TYPE otklik_api_waiting gauge\notklik_api_waiting %zu\n",
	         api_waiting(api));
}

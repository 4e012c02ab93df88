/* client.h: what the load programs share: connections to 127.0.0.1, the clock, exact percentiles.
 */
#ifndef OTKLIK_BENCH_CLIENT_H
#define OTKLIK_BENCH_CLIENT_H

#include <stddef.h>
#include <stdint.h>

int64_t client_now(void); /* microseconds, monotonic */
/* A blocking connection without Nagle's delay, -1: none. From 127.0.0.`from`, 0: as the system
 * likes; more than 28,000 connections need several addresses. */
int client_dial(int port, int from);

/* How long each request took, in microseconds; every one is kept. */
struct samples {
	uint32_t *us;
	size_t n, cap;
	long errors;
};
void samples_add(struct samples *s, int64_t us);
/* Prints one JSON object of all: requests, seconds, per_s, p50_us, p99_us, max_us, errors and
 * `more` (", \"key\": value", may be ""). */
void samples_print(struct samples *const *all, size_t n, double seconds, const char *more);

#endif

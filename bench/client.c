/* client.c: see client.h. */
#include "client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int64_t client_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

int client_dial(int port, int from)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct sockaddr_in me = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	if (fd < 0)
		return -1;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	me.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + (uint32_t)from);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (from) /* the port is chosen when it is known to whom, so that addresses share ports */
		setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
	if ((!from || bind(fd, (struct sockaddr *)&me, sizeof me) == 0) &&
	    connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
		return fd;
	close(fd);
	return -1;
}

void samples_add(struct samples *s, int64_t us)
{
	if (s->n == s->cap) {
		s->cap = s->cap * 2 + 4096;
		s->us = realloc(s->us, s->cap * sizeof *s->us);
	}
	s->us[s->n++] = (uint32_t)us;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

void samples_print(struct samples *const *all, size_t n, double seconds, const char *more)
{
	struct samples sum = {0};
	for (size_t i = 0; i < n; i++)
		sum.cap += all[i]->n;
	uint32_t *us = calloc(sum.cap + 1, sizeof *us);
	for (size_t i = 0; i < n; i++) {
		if (all[i]->n)
			memcpy(us + sum.n, all[i]->us, all[i]->n * sizeof *us);
		sum.n += all[i]->n;
		sum.errors += all[i]->errors;
	}
	qsort(us, sum.n, sizeof *us, by_value);
	printf(
	    "{\"requests\": %zu, \"seconds\": %.3f, \"per_s\": %.1f, \"p50_us\": %u, \"p99_us\": "
	    "%u, \"max_us\": %u, \"errors\": %ld%s}\n",
	    sum.n, seconds, (double)sum.n / seconds, us[sum.n / 2], us[sum.n * 99 / 100],
	    us[sum.n ? sum.n - 1 : 0], sum.errors, more);
	free(us);
}

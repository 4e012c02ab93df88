/* load.c: an HTTP load client: N keep-alive connections, one thread each.
 *
 * load [-H 'Name: value']... [-b BODY] [-m MAX] [-n FIRST] PORT CLIENTS SECONDS METHOD PATH
 * "%d" in the path or body becomes a number: counting up over all clients from
 * -n FIRST for POST, random in [1, -m MAX] otherwise. Prints one JSON object: requests,
 * seconds, per_s, p50_us, p99_us, errors.
 */
#include "client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct plan {
	int port, clients;
	double seconds;
	long max;
	const char *method, *path, *body;
	char headers[4096];
	atomic_long next;
	atomic_bool stop;
};

struct client {
	pthread_t thread;
	struct plan *plan;
	struct samples samples;
	uint64_t random;
};

/* Reads one answer; returns its status, or 0. */
static int answer(int fd, char *buf, size_t cap)
{
	size_t n = 0;
	char *end = NULL;
	while (!end) {
		ssize_t k = read(fd, buf + n, cap - 1 - n);
		if (k <= 0)
			return 0;
		n += (size_t)k;
		buf[n] = 0;
		end = strstr(buf, "\r\n\r\n");
		if (n + 1 == cap && !end)
			return 0;
	}
	int status = (int)strtol(buf + 9, NULL, 10);
	char *length = strcasestr(buf, "\r\ncontent-length:");
	size_t want = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
	size_t have = n - (size_t)(end + 4 - buf);
	while (have < want) {
		ssize_t k = read(fd, buf, cap);
		if (k <= 0)
			return 0;
		have += (size_t)k;
	}
	return status;
}

static size_t expand(char *out, size_t cap, const char *text, long value)
{
	size_t n = 0;
	for (; *text && n + 24 < cap; text++) {
		if (text[0] == '%' && text[1] == 'd') {
			n += (size_t)snprintf(out + n, cap - n, "%ld", value);
			text++;
		} else {
			out[n++] = *text;
		}
	}
	out[n] = 0;
	return n;
}

static long number(struct client *c)
{
	if (strcmp(c->plan->method, "POST") == 0)
		return atomic_fetch_add(&c->plan->next, 1);
	c->random = c->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (long)((c->random >> 33) % (uint64_t)c->plan->max) + 1;
}

static void *run(void *arg)
{
	struct client *c = arg;
	struct plan *p = c->plan;
	static _Thread_local char buf[262144], request[65536], path[2048], body[32768];
	int fd = -1;
	while (!atomic_load(&p->stop)) {
		if (fd < 0 && (fd = client_dial(p->port, 0)) < 0) {
			c->samples.errors++;
			usleep(1000);
			continue;
		}
		long value = number(c);
		expand(path, sizeof path, p->path, value);
		size_t body_n = p->body ? expand(body, sizeof body, p->body, value) : 0;
		int n =
		    snprintf(request, sizeof request,
		             "%s %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %zu\r\n\r\n%s",
		             p->method, path, p->headers, body_n, p->body ? body : "");
		int64_t t0 = client_now();
		int status = write(fd, request, (size_t)n) == n ? answer(fd, buf, sizeof buf) : 0;
		if (status < 200 || status > 299) {
			c->samples.errors++;
			if (c->samples.errors == 1)
				fprintf(stderr, "status %d: %.300s\n", status, buf);
			close(fd);
			fd = -1;
			continue;
		}
		samples_add(&c->samples, client_now() - t0);
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

int main(int argc, char **argv)
{
	static struct plan p = {.max = 1};
	int opt;
	size_t h = 0;
	while ((opt = getopt(argc, argv, "+H:b:m:n:")) != -1) {
		if (opt == 'H')
			h +=
			    (size_t)snprintf(p.headers + h, sizeof p.headers - h, "%s\r\n", optarg);
		else if (opt == 'b')
			p.body = optarg;
		else if (opt == 'm')
			p.max = strtol(optarg, NULL, 10);
		else if (opt == 'n')
			atomic_store(&p.next, strtol(optarg, NULL, 10));
		else
			return 2;
	}
	if (argc - optind != 5) {
		fprintf(
		    stderr,
		    "usage: load [-H HEADER] [-b BODY] [-m MAX] [-n FIRST] PORT CLIENTS SECONDS "
		    "METHOD PATH\n");
		return 2;
	}
	p.port = (int)strtol(argv[optind], NULL, 10);
	p.clients = (int)strtol(argv[optind + 1], NULL, 10);
	p.seconds = strtod(argv[optind + 2], NULL);
	p.method = argv[optind + 3];
	p.path = argv[optind + 4];
	struct client *clients = calloc((size_t)p.clients, sizeof *clients);
	int64_t t0 = client_now();
	for (int i = 0; i < p.clients; i++) {
		clients[i] = (struct client){.plan = &p, .random = (uint64_t)i * 7919 + 17};
		pthread_create(&clients[i].thread, NULL, run, &clients[i]);
	}
	usleep((useconds_t)(p.seconds * 1e6));
	atomic_store(&p.stop, true);
	for (int i = 0; i < p.clients; i++)
		pthread_join(clients[i].thread, NULL);
	double seconds = (double)(client_now() - t0) / 1e6;
	struct samples **all = calloc((size_t)p.clients, sizeof *all);
	for (int i = 0; i < p.clients; i++)
		all[i] = &clients[i].samples;
	samples_print(all, (size_t)p.clients, seconds, "");
	return 0;
}

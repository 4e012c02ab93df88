/* load.c: an HTTP load client: N keep-alive connections, one thread each.
 *
 * load [-H 'Name: value']... [-b BODY] [-m MAX] [-n FIRST] PORT CLIENTS SECONDS METHOD PATH
 * "%d" in the path or body becomes a number: counting up over all clients from
 * -n FIRST for POST, random in [1, -m MAX] otherwise. Prints one JSON object: requests,
 * seconds, per_s, p50_us, p99_us, errors.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_SAMPLES 4000000

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
	uint32_t *samples;
	size_t n, cap;
	long errors;
	uint64_t random;
};

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static int dial(int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
		return fd;
	close(fd);
	return -1;
}

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
		if (fd < 0 && (fd = dial(p->port)) < 0) {
			c->errors++;
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
		int64_t t0 = now_us();
		int status = write(fd, request, (size_t)n) == n ? answer(fd, buf, sizeof buf) : 0;
		if (status < 200 || status > 299) {
			c->errors++;
			if (c->errors == 1)
				fprintf(stderr, "status %d: %.300s\n", status, buf);
			close(fd);
			fd = -1;
			continue;
		}
		if (c->n < c->cap)
			c->samples[c->n++] = (uint32_t)(now_us() - t0);
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static void report(struct client *clients, const struct plan *p, double seconds)
{
	size_t n = 0;
	long errors = 0;
	for (int i = 0; i < p->clients; i++)
		n += clients[i].n;
	uint32_t *all = malloc((n + 1) * sizeof *all);
	n = 0;
	for (int i = 0; i < p->clients; i++) {
		memcpy(all + n, clients[i].samples, clients[i].n * sizeof *all);
		n += clients[i].n;
		errors += clients[i].errors;
	}
	qsort(all, n, sizeof *all, by_value);
	printf(
	    "{\"requests\": %zu, \"seconds\": %.3f, \"per_s\": %.1f, \"p50_us\": %u, \"p99_us\": "
	    "%u, \"errors\": %ld}\n",
	    n, seconds, (double)n / seconds, n ? all[n / 2] : 0, n ? all[n * 99 / 100] : 0, errors);
	free(all);
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
	int64_t t0 = now_us();
	for (int i = 0; i < p.clients; i++) {
		clients[i] = (struct client){.plan = &p, .random = (uint64_t)i * 7919 + 17};
		clients[i].cap = MAX_SAMPLES / (size_t)p.clients;
		clients[i].samples = malloc(clients[i].cap * sizeof(uint32_t));
		pthread_create(&clients[i].thread, NULL, run, &clients[i]);
	}
	usleep((useconds_t)(p.seconds * 1e6));
	atomic_store(&p.stop, true);
	for (int i = 0; i < p.clients; i++)
		pthread_join(clients[i].thread, NULL);
	report(clients, &p, (double)(now_us() - t0) / 1e6);
	return 0;
}

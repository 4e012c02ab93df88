/* clamd_test.c: a daemon of a few lines answers. */
#include "mail/clamd.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/test.h"

struct daemon {
	int listen;
	const char *answer; /* NULL: hangs up */
	size_t got;
	uint32_t last; /* the size of the final chunk */
	pthread_t thread;
};

static bool read_all(int fd, void *p, size_t n)
{
	char *c = p;
	while (n) {
		ssize_t k = read(fd, c, n);
		if (k <= 0)
			return false;
		c += k;
		n -= (size_t)k;
	}
	return true;
}

static void *serve(void *arg)
{
	struct daemon *d = arg;
	int fd = accept(d->listen, NULL, NULL);
	char command[10], chunk[65536];
	unsigned char size[4];
	if (read_all(fd, command, sizeof command) && memcmp(command, "zINSTREAM", 10) == 0) {
		while (read_all(fd, size, 4)) {
			size_t n = (size_t)size[0] << 24 | (size_t)size[1] << 16 |
			           (size_t)size[2] << 8 | size[3];
			d->last = (uint32_t)n;
			if (!n || n > sizeof chunk || !read_all(fd, chunk, n))
				break;
			d->got += n;
		}
	}
	if (d->answer && write(fd, d->answer, strlen(d->answer) + 1) < 0)
		d->got = 0;
	close(fd);
	return NULL;
}

static enum err scan(struct arena *a, struct daemon *d, size_t bytes, enum clamd_result *out,
                     str *name)
{
	str path = str_printf(a, "%s/clamd-%p", test_tmp_dir(), (void *)d);
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct error e;
	CHECK(path.n < sizeof sun.sun_path);
	memcpy(sun.sun_path, path.p, path.n);
	unlink(path.p);
	d->listen = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(bind(d->listen, (struct sockaddr *)&sun, sizeof sun) == 0 &&
	      listen(d->listen, 1) == 0);
	CHECK(pthread_create(&d->thread, NULL, serve, d) == 0);
	struct clamd_options o = {.socket = path, .timeout_seconds = 20};
	enum err err = clamd_scan(a, &o, str_n(arena_alloc(a, bytes), bytes), out, name, &e);
	pthread_join(d->thread, NULL);
	close(d->listen);
	return err;
}

TEST(clamd_is_given_everything_and_believed)
{
	ARENA_AUTO a = arena_new();
	enum clamd_result r;
	str name;
	struct daemon ok = {.answer = "stream: OK"};
	CHECK_INT(scan(a, &ok, 200000, &r, &name), ERR_OK);
	CHECK(r == CLAMD_CLEAN && ok.got == 200000 && ok.last == 0);
	struct daemon found = {.answer = "stream: Eicar-Signature FOUND"};
	CHECK_INT(scan(a, &found, 10, &r, &name), ERR_OK);
	CHECK(r == CLAMD_FOUND);
	CHECK_STR(name, "Eicar-Signature");
	struct daemon large = {.answer = "INSTREAM size limit exceeded. ERROR"};
	CHECK_INT(scan(a, &large, 10, &r, &name), ERR_OK);
	CHECK(r == CLAMD_TOO_LARGE);
	struct daemon odd = {.answer = "UNKNOWN COMMAND"};
	CHECK_INT(scan(a, &odd, 10, &r, &name), ERR_IO);
	struct daemon gone = {0};
	CHECK_INT(scan(a, &gone, 0, &r, &name), ERR_IO);
}

TEST(clamd_that_is_away)
{
	ARENA_AUTO a = arena_new();
	enum clamd_result r;
	str name;
	struct error e;
	static const char *const nowhere[] = {"/nowhere/clamd.ctl", "127.0.0.1:1", "what", ""};
	for (size_t i = 0; i < COUNT_OF(nowhere); i++) {
		struct clamd_options o = {.socket = str_of(nowhere[i])};
		CHECK_INT(clamd_scan(a, &o, STR("x"), &r, &name, &e), ERR_IO);
	}
}

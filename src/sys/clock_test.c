#include "sys/clock.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/test.h"

TEST(clock_manual_stands_until_it_is_turned)
{
	struct clock *c = clock_manual_new(1000);
	CHECK_INT(clock_now(c), 1000);
	clock_advance(c, 500);
	CHECK_INT(clock_now(c), 1500);
	CHECK_INT(clock_mono(c), 1500);
	clock_set(c, 10);
	CHECK_INT(clock_now(c), 10);
	clock_free(c);
}

TEST(clock_system_moves_and_needs_no_freeing)
{
	struct clock *c = clock_system();
	CHECK(clock_now(c) > (usec)1600000000 * USEC_SECOND);
	CHECK(clock_mono(c) <= clock_mono(c));
	clock_free(c);
}

struct sleeper {
	struct clock *clock;
	struct clock_waker waker;
	usec deadline;
	_Atomic int result; /* 0 asleep, 1 the time came, 2 poked */
};

static void *sleep_in_thread(void *arg)
{
	struct sleeper *s = arg;
	atomic_store(&s->result, clock_sleep_until(s->clock, s->deadline, &s->waker) ? 2 : 1);
	return NULL;
}

TEST(clock_turning_wakes_a_sleeper)
{
	struct clock *c = clock_manual_new(0);
	struct sleeper s[3];
	pthread_t t[3];
	for (int i = 0; i < 3; i++) {
		s[i] = (struct sleeper){.clock = c,
		                        .deadline = i == 2 ? CLOCK_NEVER : (i + 1) * USEC_DAY};
		clock_waker_init(&s[i].waker);
		pthread_create(&t[i], NULL, sleep_in_thread, &s[i]);
	}
	clock_advance(c, USEC_DAY);
	pthread_join(t[0], NULL);
	CHECK_INT(s[0].result, 1);
	CHECK_INT(s[1].result, 0);
	clock_advance(c, USEC_DAY);
	pthread_join(t[1], NULL);
	CHECK_INT(s[1].result, 1);
	CHECK_INT(s[2].result, 0);
	clock_wake(&s[2].waker);
	pthread_join(t[2], NULL);
	CHECK_INT(s[2].result, 2);
	for (int i = 0; i < 3; i++)
		clock_waker_release(&s[i].waker);
	clock_free(c);
}

TEST(clock_poke_before_the_sleep_is_kept)
{
	struct clock_waker w;
	clock_waker_init(&w);
	clock_wake(&w);
	CHECK(clock_sleep_until(clock_system(), CLOCK_NEVER, &w));
	CHECK(!clock_sleep_until(clock_system(), 1, &w));
	clock_waker_release(&w);
}

TEST(clock_file_turns_a_sleeper_from_outside)
{
	char path[512];
	snprintf(path, sizeof path, "%s/clock", test_tmp_dir());
	struct clock *c;
	struct error e;
	CHECK_OK(clock_file_open(path, &c, &e), &e);
	usec before = clock_now(c);
	struct sleeper s = {.clock = c, .deadline = before + 300 * USEC_DAY};
	clock_waker_init(&s.waker);
	pthread_t t;
	pthread_create(&t, NULL, sleep_in_thread, &s);
	int64_t offset = 301 * USEC_DAY;
	int fd = open(path, O_WRONLY);
	CHECK_INT(pwrite(fd, &offset, 8, 0), 8);
	close(fd);
	pthread_join(t, NULL);
	CHECK_INT(s.result, 1);
	CHECK(clock_now(c) >= before + 301 * USEC_DAY);
	clock_waker_release(&s.waker);
	clock_free(c);
	CHECK_INT(clock_file_open("/nonexistent/clock", &c, &e), ERR_IO);
	CHECK(strstr(e.detail, "/nonexistent/clock"));
}

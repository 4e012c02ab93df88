/* clock.h: the one clock of the program.
 *
 * Nothing else asks for the time: not SQL, not the C library, not an edge. A
 * clock is a parameter like any other, so a test turns a manual clock instead
 * of sleeping, and sessions, tokens, jobs and deadlines follow at once.
 *
 * Three kinds: the system's; a manual one, which stands still until it is set;
 * and the system's plus an offset that stands in a small file, by which a test
 * of the whole program turns the clock of a running process.
 */
#ifndef OTKLIK_SYS_CLOCK_H
#define OTKLIK_SYS_CLOCK_H

#include <pthread.h>

#include "base/date.h"
#include "base/err.h"

#define CLOCK_NEVER INT64_MAX

struct clock;

/* The system's clock. It has no state; nobody frees it. */
struct clock *clock_system(void);
/* A clock that stands at `start`; the caller frees it when no thread waits on it. */
struct clock *clock_manual_new(usec start);
/* The system's clock plus the offset in the file's first 8 bytes (usec, signed,
 * in the machine's byte order), read at every call; the file is created with 0
 * when absent. ERR_IO when it cannot be mapped. Owned by the caller. */
enum err clock_file_open(const char *path, struct clock **out, struct error *e) MUST_USE;
void clock_free(struct clock *c); /* NULL and the system's clock are fine */

/* Microseconds since 1970 UTC. May step back when the system's clock is set. */
usec clock_now(struct clock *c);
/* Microseconds from an unnamed start, never stepping back: for the time-outs of
 * sockets and for measuring. A manual clock gives its own time; an offset of a
 * clock file does not count here. */
usec clock_mono(struct clock *c);

/* Turn a manual clock; every sleeper whose deadline has come wakes. Safe from any thread. */
void clock_set(struct clock *c, usec now);
void clock_advance(struct clock *c, usec by);

/* What one thread sleeps on and other threads poke. A poke that comes before
 * the sleep is not lost: it ends the next sleep at once. */
struct clock_waker {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	bool poked;
	struct clock_waker *next; /* among the sleepers of a manual clock */
};

void clock_waker_init(struct clock_waker *w);
void clock_waker_release(struct clock_waker *w);
void clock_wake(struct clock_waker *w);
/* Sleeps until the clock shows `deadline` (CLOCK_NEVER: for ever) or somebody
 * pokes. True: poked (and the poke is used up); false: the time has come. */
bool clock_sleep_until(struct clock *c, usec deadline, struct clock_waker *w);

#endif

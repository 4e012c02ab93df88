/* follower.h: a thread that reads the event log behind the commits. */
#ifndef OTKLIK_MAIN_FOLLOWER_H
#define OTKLIK_MAIN_FOLLOWER_H

#include "base/err.h"
#include "sys/log.h"

struct follower;

struct follower_options {
	const char *name; /* of the thread */
	/* Reads on from its own cursor to the log's end; may block. *more (false before): there is
	 * older work besides, which is asked for again after a short pause, so that others may
	 * write. */
	enum err (*catch_up)(void *arg, bool *more, struct error *e);
	void *arg;
	int nice; /* by so much the thread yields to those that serve people */
	usec lag; /* how long commits pile up, to be taken together */
	struct log *log;
	const char *behind; /* the sentence of the log when catch_up fails */
};

enum err follower_start(const struct follower_options *o, struct follower **out,
                        struct error *e) MUST_USE;
/* Something was committed: any thread, cheap. */
void follower_wake(struct follower *x);
/* Ends after the step under way. NULL is fine. */
void follower_stop(struct follower *x);

#endif
